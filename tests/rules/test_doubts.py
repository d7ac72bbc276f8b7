from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.ground import Grounding
from curation.taxonomy import OUTSIDE, load_taxonomy

Values = Callable[..., list[list[str]]]
Row = tuple[str | None, ...]

TAXONOMY = load_taxonomy()
CLASSES = {name: sorted([*known.classes, OUTSIDE]) for name, known in TAXONOMY.attributes.items()}
# A record of each property that names one class by itself; education has rules of its own.
CLEAR: dict[str, Row] = {
    "birth_date": ("birth_date", "1985-02-03"),
    "age": ("age", "35", "years"),
    "age_class": ("age_class", "30-40"),
    "gender": ("gender", "f"),
    "native_language": ("native_language", "Hindi"),
    "nationality": ("nationality", "Indian"),
    "accent_class": ("accent_class", "South Asia"),
    "household_income": ("household_income", "60000", "USD/year"),
    "income_class": ("income_class", "Middle"),
    "social_class": ("social_class", "Middle"),
    "ns_sec": ("ns_sec", "3"),
    "health_status": ("health_status", "healthy"),
    "health_problem": ("health_problem", "no"),
    "bmi": ("bmi", "22"),
    "weight_class": ("weight_class", "Normal"),
}
# What cannot be read, beside what it leaves open.
OPEN = {
    **{name: {name} for name in CLEAR},
    "native_language": {"native_language", "nationality"},
    "ns_sec": {"ns_sec", "social_class"},
    "health_problem": {"health_problem", "health_status"},
    "covid_test": {"health_problem", "health_status"},
    "asthma": {"health_problem", "health_status"},
    "height": set(),
    "weight": set(),
}


@pytest.mark.parametrize("doubtful", OPEN)
def test_a_value_that_cannot_be_read_leaves_open_its_own_property_and_those_that_it_outranks(
    ground_at: Callable[..., Grounding], doubtful: str
) -> None:
    evidence = ground_at("2020-06-15", *CLEAR.values(), (doubtful, "beyond words")).evidence
    assert set(evidence["witness"]) == {f"record/{name}@1" for name in CLEAR}
    opened = evidence.filter(pl.col("values").list.len() > 1)["witness"]
    assert set(opened) == {f"record/{name}@1" for name in OPEN[doubtful]}


@pytest.mark.parametrize(
    ("attribute", "rows", "values"),
    [
        ("accent", [("native_language", "Klingon"), ("nationality", "American")], [CLASSES["accent"]]),
        ("accent", [("native_language", "NIL"), ("nationality", "American")], [["English"]]),
        ("accent", [("native_language", "Hindi"), ("nationality", "Bharati")], [["South_Asia"]]),
        (
            "accent",
            [("native_language", "Hindi, English"), ("nationality", "American")],
            [["English", "South_Asia"], ["English", "South_Asia"]],
        ),
        ("accent", [("nationality", "Swiss"), ("nationality", "German")], [["Germanic"], ["Germanic", "Romance"]]),
        ("age", [("birth_date", "1990"), ("birth_date", "1990-06-15")], [["20-30", "30-40"], ["30-40"]]),
        ("gender", [("gender", "f"), ("gender", "enby")], [CLASSES["gender"]]),
        ("health", [("health_status", "healthy"), ("asthma", "a little")], [["healthy", "illness"]]),
        ("health", [("health_status", "ill"), ("asthma", "a little")], [["illness"]]),
        ("health", [("cold", "y"), ("health_status", "under observation")], [["illness"]]),
    ],
)
def test_what_is_left_open_is_what_the_other_record_may_mean(
    values_at: Values, attribute: str, rows: list[Row], values: list[list[str]]
) -> None:
    assert values_at(attribute, "2020-06-15", *rows) == values


def test_a_doubt_holds_at_the_recordings_that_its_own_window_reaches(ground_at: Callable[..., Grounding]) -> None:
    rows = [("health_status", "healthy", None, "recording"), ("asthma", "a little", None, "2020-06-14")]
    evidence = ground_at(["2020-06-15", "2021"], *rows).evidence
    assert dict(evidence.select("recorded_on", "values").iter_rows()) == {
        "2020-06-15": ["healthy", "illness"],
        "2021": ["healthy"],
    }


def test_the_rule_says_beside_what_a_record_is_left_open(ground_at: Callable[..., Grounding]) -> None:
    rows = [("health_status", "healthy"), ("asthma", "a little"), ("cold", "a little")]
    evidence = ground_at("2020", *rows).evidence
    assert evidence["rule"].to_list() == ["as listed; left open beside asthma and cold"]
    assert evidence["fact_ids"].explode().is_in(ground_at("2020", *rows).readings["fact_id"].implode()).all()


def test_a_value_of_no_class_is_counted_though_it_is_left_open(ground_at: Callable[..., Grounding]) -> None:
    reasons = ground_at("2020", ("gender", "non-binary"), ("gender", "enby")).rejections["reason"]
    assert sorted(reasons) == ["outside_classes", "unknown_value"]


@settings(max_examples=10)
@given(st.sets(st.sampled_from(sorted(CLEAR)), max_size=4), st.sampled_from(sorted(OPEN)))
def test_a_doubt_never_takes_a_value_away(values_at: Values, names: set[str], doubtful: str) -> None:
    rows = [CLEAR[name] for name in sorted(names)]
    for attribute in TAXONOMY.attributes:
        before = values_at(attribute, "2020-06-15", *rows)
        after = values_at(attribute, "2020-06-15", *rows, (doubtful, "beyond words"))
        assert len(before) == len(after)
        shared = set.intersection(set(CLASSES[attribute]), *map(set, before))
        assert shared <= set.intersection(set(CLASSES[attribute]), *map(set, after))
