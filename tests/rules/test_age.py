import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.ground import Grounding

Values = Callable[..., list[list[str]]]
Reasons = Callable[..., list[str]]
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2030, 12, 31))


def decade(years: int) -> str:
    return f"{years // 10 * 10}-{years // 10 * 10 + 10}" if 10 <= years < 90 else "outside"


def completed(birth: dt.date, day: dt.date) -> int:
    """Count birthdays one by one, those of 29 February falling on 1 March of a common year."""
    years = 0
    while True:
        year = birth.year + years + 1
        try:
            birthday = birth.replace(year=year)
        except ValueError:
            birthday = dt.date(year, 3, 1)
        if birthday > day:
            return years
        years += 1


@pytest.mark.parametrize(
    ("birth", "recorded_on", "values"),
    [
        ("1990-06-15", "2020-06-15", ["30-40"]),
        ("1990-06-16", "2020-06-15", ["20-30"]),
        ("1990", "2020-06-15", ["20-30", "30-40"]),
        ("1990", "2020-12-31", ["30-40"]),
        ("1990-06", "2020-06", ["20-30", "30-40"]),
        ("1985", "2020", ["30-40"]),
        ("1996-02-29", "2026-02-28", ["20-30"]),
        ("1996-02-29", "2026-03-01", ["30-40"]),
        ("2010-06", "2020-06", ["10-20", "outside"]),
        ("2014-01-20", "2020-04-01", ["outside"]),
        ("1930-01-01", "2020-01-01", ["outside"]),
        ("1930-01-02", "2020-01-01", ["80-90"]),
    ],
)
def test_a_birth_date_gives_the_classes_of_its_interval(
    values_at: Values, birth: str, recorded_on: str, values: list[str]
) -> None:
    assert values_at("age", recorded_on, ("birth_date", birth)) == [values]


@pytest.mark.parametrize(
    ("age", "valid_on", "recorded_on", "values"),
    [
        ("29", "recording", None, ["20-30"]),
        ("29.96", "recording", None, ["20-30"]),
        ("30.0", "recording", None, ["20-30", "30-40"]),
        ("9", "recording", "2020", ["outside"]),
        ("10", "recording", "2020", ["10-20"]),
        ("89", "recording", "2020", ["80-90"]),
        ("90", "recording", "2020", ["outside"]),
        ("29", "2020-06-15", "2020-06-15", ["20-30"]),
        ("29", "2020-06-15", "2020-06-16", ["20-30", "30-40"]),
        ("29", "2020-06-15", "2021-06-15", ["30-40"]),
        ("29", "2020-06-15", "2021-06-14", ["20-30", "30-40"]),
        ("30", "2020-06-15", "2020-06-14", ["20-30", "30-40"]),
        ("25", "2010", "2020", ["30-40"]),
        ("24.24", "2020-01-01", "2020-12-31", ["20-30"]),
        ("29.50", "2020-01-01", "2020-06-15", ["20-30"]),
        ("29.50", "2020-01-01", "2020-07-15", ["30-40"]),
        ("29.50", "2020-01-01", "2020-07-02", ["20-30", "30-40"]),
    ],
)
def test_a_stated_age_is_carried_to_the_recording(
    values_at: Values, age: str, valid_on: str, recorded_on: str | None, values: list[str]
) -> None:
    assert values_at("age", recorded_on, ("age", age, "years", valid_on)) == [values]


@settings(max_examples=40)
@given(DAYS, st.integers(0, 40_000))
def test_whole_birth_dates_agree_with_counting_birthdays(values_at: Values, birth: dt.date, days: int) -> None:
    recorded_on = min(birth + dt.timedelta(days), dt.date(2099, 12, 31))
    expected = decade(completed(birth, recorded_on))
    assert values_at("age", str(recorded_on), ("birth_date", str(birth))) == [[expected]]


@settings(max_examples=40)
@given(DAYS, st.integers(0, 30_000), st.integers(0, 30_000), st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_the_true_class_is_among_the_values_of_every_blurred_record(
    values_at: Values, birth: dt.date, to_record: int, to_recording: int, birth_digits: int, digits: int
) -> None:
    latest = dt.date(2099, 12, 31)
    stated_on = min(birth + dt.timedelta(to_record), latest)
    recorded_on = min(birth + dt.timedelta(to_recording), latest)
    truth = decade(completed(birth, recorded_on))
    years = completed(birth, stated_on)
    blurred = str(recorded_on)[:digits]
    for values in values_at("age", blurred, ("birth_date", str(birth)[:birth_digits])):
        assert truth in values
    for values in values_at("age", blurred, ("age", str(years), "years", str(stated_on)[:digits])):
        assert truth in values


@settings(max_examples=40)
@given(st.integers(1950, 2000), st.decimals(10, 80, places=2), st.integers(-2000, 2000))
def test_an_age_with_decimals_holds_whoever_was_born_so_long_before(
    values_at: Values, year: int, age: object, days: int
) -> None:
    stated_on = dt.date(year, 7, 1)
    birth = stated_on - dt.timedelta(round(float(str(age)) * 365.2425))
    recorded_on = stated_on + dt.timedelta(days)
    (values,) = values_at("age", str(recorded_on), ("age", str(age), "years", str(stated_on)))
    assert decade(completed(birth, recorded_on)) in values
    assert len(values) <= 2


@pytest.mark.parametrize(
    ("recorded_on", "row", "reason"),
    [
        ("2020", ("age", "30", "years", None), "undated"),
        ("2020", ("age", "30", "years", "some day"), "undated"),
        (None, ("age", "30", "years", "2020"), "recording_undated"),
        ("yesterday", ("age", "30", "years", "2020"), "recording_undated"),
        (None, ("birth_date", "1980"), "recording_undated"),
        ("1979", ("birth_date", "1980"), "recorded_before_birth"),
        ("2020", ("age", "6", "years", "recording"), "outside_classes"),
    ],
)
def test_an_age_that_gives_no_class_says_why(
    reasons_at: Reasons, recorded_on: str | None, row: tuple[str | None, ...], reason: str
) -> None:
    assert reasons_at(recorded_on, row) == [reason]


def test_a_speaker_of_six_years_is_counted_and_still_contradicts_another_age(
    ground_at: Callable[..., Grounding],
) -> None:
    grounding = ground_at("2020", ("age", "6", "years"), ("birth_date", "1980"))
    assert grounding.rejections["detail"].to_list() == ["6 years at the recording, expected 10 to 89"]
    assert sorted(grounding.evidence["values"].to_list()) == [["30-40", "40-50"], ["outside"]]


def test_a_birth_date_without_any_recording_is_a_reading_and_no_rejection(
    ground_at: Callable[..., Grounding],
) -> None:
    grounding = ground_at([], ("birth_date", "1980"))
    assert (grounding.readings.height, grounding.evidence.height, grounding.rejections.height) == (1, 0, 0)
