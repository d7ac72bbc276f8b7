import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.ground import Grounding

Values = Callable[..., list[list[str]]]
DAYS = st.dates(dt.date(1980, 1, 1), dt.date(2030, 12, 31))
DIGITS = st.sampled_from([4, 7, 10])
HIGH_SCHOOL, BACHELOR, MASTER, DOCTOR = "High_School_or_Equivalent", "Bachelors_Degree", "Masters_Degree", "Doctorate"


def state(value: str, valid_on: str | None = "recording") -> tuple[str | None, ...]:
    return ("education", value, None, valid_on)


def degree(value: str, valid_on: str | None) -> tuple[str | None, ...]:
    return ("degree", value, None, valid_on)


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        ([state("MSc")], [[MASTER]]),
        ([state("MSc", "2019")], [[MASTER]]),
        ([state("associate degree")], [["outside"]]),
        ([state("primary school")], [["outside"]]),
        ([state("BSc", "2010")], [[BACHELOR, DOCTOR, MASTER]]),
        ([state("PhD", "2000")], [[DOCTOR]]),
        ([state("MSc", "2025")], [[BACHELOR, HIGH_SCHOOL, MASTER, "outside"]]),
        ([state("BSc", "2019-01"), state("MSc", "2019-12")], [[BACHELOR, DOCTOR, MASTER], [MASTER]]),
        ([state("MSc"), state("BSc")], [[BACHELOR], [MASTER]]),
    ],
)
def test_a_state_is_exact_near_the_recording_and_a_bound_far_from_it(
    values_at: Values, rows: list[tuple[str | None, ...]], values: list[list[str]]
) -> None:
    assert values_at("education", "2020-06-15", *rows) == values


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        ([degree("BA", "1990")], [BACHELOR]),
        ([degree("BA", "1990"), degree("PhD", "1999"), degree("MA", "1993")], [DOCTOR]),
        ([degree("BA", "1990"), degree("PhD", "2021")], [BACHELOR]),
        ([degree("BA", "1990"), degree("PhD", "2020")], [BACHELOR, DOCTOR]),
        ([degree("BA", "1990"), degree("PhD", None)], [BACHELOR, DOCTOR]),
        ([degree("PhD", "1999"), degree("BA", None)], [DOCTOR]),
        ([degree("BA", "2024"), degree("MA", "2026")], [BACHELOR, HIGH_SCHOOL, "outside"]),
        ([degree("BA", "recording")], [BACHELOR]),
        ([degree("BA", "1990"), degree("Doctor honoris causa", "1999")], [BACHELOR]),
    ],
)
def test_the_highest_degree_held_by_the_recording_counts(
    values_at: Values, rows: list[tuple[str | None, ...]], values: list[str]
) -> None:
    assert values_at("education", "2020-06-15", *rows) == [values]


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        ([state("high school"), state("Habilitation")], [BACHELOR, DOCTOR, HIGH_SCHOOL, MASTER, "outside"]),
        ([state("MSc"), state("Habilitation", "2010")], [DOCTOR, MASTER]),
        ([state("MSc"), degree("Habilitation", "2015")], [DOCTOR, MASTER]),
        ([state("MSc"), degree("Habilitation", None)], [DOCTOR, MASTER]),
        ([state("MSc"), degree("Habilitation", "2021")], [MASTER]),
        ([state("PhD"), degree("Habilitation", "2015")], [DOCTOR]),
        ([degree("BA", "1990"), degree("Habilitation", "1999")], [BACHELOR, DOCTOR, MASTER]),
        ([degree("BA", "1990"), degree("Habilitation", "recording")], [BACHELOR, DOCTOR, MASTER]),
        ([degree("BA", "1990"), state("", "2015"), degree("NIL", "1999")], [BACHELOR]),
    ],
)
def test_beside_a_record_that_cannot_be_read_every_higher_level_stays_possible(
    values_at: Values, rows: list[tuple[str | None, ...]], values: list[str]
) -> None:
    assert values_at("education", "2020-06-15", *rows) == [values]


def test_a_record_that_cannot_be_read_is_no_evidence_by_itself(values_at: Values) -> None:
    assert values_at("education", "2020", state("Habilitation"), degree("Habilitation", "1999")) == []


def test_the_rule_names_the_property_of_the_record_that_cannot_be_read(ground_at: Callable[..., Grounding]) -> None:
    rule = ground_at("2020", state("MSc"), degree("Habilitation", "1999")).evidence["rule"][0]
    assert rule == "level held at the recording (as listed); or a higher one, beside degree that cannot be read"


def test_the_evidence_cites_every_degree_of_the_list(ground_at: Callable[..., Grounding]) -> None:
    grounding = ground_at("2020", degree("BA", "1990"), degree("PhD", "1999"))
    assert grounding.evidence["fact_ids"].to_list() == [sorted(grounding.readings["fact_id"])]


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from([BACHELOR, MASTER, DOCTOR]), st.tuples(DAYS, DIGITS), min_size=1), DAYS, DIGITS)
def test_the_true_class_is_among_the_values_of_every_blurred_list_of_degrees(
    values_at: Values, awarded: dict[str, tuple[dt.date, int]], recorded_on: dt.date, digits: int
) -> None:
    rows = [degree(name, str(day)[:precision]) for name, (day, precision) in awarded.items()]
    (values,) = values_at("education", str(recorded_on)[:digits], *rows)
    held = [name for name in (BACHELOR, MASTER, DOCTOR) if name in awarded and awarded[name][0] <= recorded_on]
    # before the first degree it is any level below
    assert [HIGH_SCHOOL, *held][-1] in values


@pytest.mark.parametrize(
    ("recorded_on", "row", "reason"),
    [
        ("2020", degree("PhD", None), "undated"),
        ("2020", state("PhD", None), "undated"),
        (None, state("PhD", "2020"), "recording_undated"),
        ("2020", state("PhD (honorary)"), "honorary_degree"),
        ("2020", state("lower secondary"), "outside_classes"),
    ],
)
def test_a_record_of_education_that_gives_no_class_says_why(
    ground_at: Callable[..., Grounding], recorded_on: str | None, row: tuple[str | None, ...], reason: str
) -> None:
    grounding = ground_at(recorded_on, row)
    assert grounding.rejections["reason"].to_list() == [reason]
    assert grounding.evidence["values"].to_list() == ([["outside"]] if reason == "outside_classes" else [])
