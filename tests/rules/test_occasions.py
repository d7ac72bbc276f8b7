from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.ground import Grounding, ground
from curation.rules.occasions import classes_between
from curation.taxonomy import load_taxonomy

AGES = load_taxonomy().attributes["age"]
SCHEMA = dict.fromkeys(["source", "speaker", "path", "recorded_on"], pl.String)


def classes(low: float, high: float) -> list[str]:
    frame = pl.DataFrame({"low": low, "high": high})
    found: list[str] = frame.select(classes_between(pl.col("low"), pl.col("high"), AGES)).item().to_list()
    return found


def dates(grounding: Grounding, attribute: str) -> list[str | None]:
    return sorted(grounding.evidence.filter(pl.col("attribute") == attribute)["recorded_on"].to_list(), key=str)


def test_a_speaker_is_grounded_once_for_each_recording_date(ground_at: Callable[..., Grounding]) -> None:
    grounding = ground_at(["2020", "2021", None], ("gender", "f"), ("birth_date", "1980"))
    assert dates(grounding, "gender") == ["2020", "2021", None]
    assert dates(grounding, "age") == ["2020", "2021"]
    assert grounding.rejections["reason"].to_list() == ["recording_undated"]


def test_a_speaker_without_a_recording_is_grounded_without_a_date(ground_at: Callable[..., Grounding]) -> None:
    rows = (("gender", "f"), ("age", "30", "years", "recording"), ("health_status", "healthy", None, "2020-04-10"))
    grounding = ground_at([], *rows)
    assert dates(grounding, "gender") == dates(grounding, "age") == [None]
    assert dates(grounding, "health") == []
    assert grounding.rejections.is_empty()


@pytest.mark.parametrize(
    ("valid_on", "is_held"),
    [("2020-04-05", True), ("2020-04-19", True), ("2020-04-04", False), ("2020-04", False), ("recording", True)],
)
def test_a_record_holds_only_if_it_must_lie_within_its_window(
    ground_at: Callable[..., Grounding], valid_on: str, is_held: bool
) -> None:
    grounding = ground_at("2020-04-12", ("health_status", "ill", None, valid_on))
    assert (grounding.evidence.height, grounding.rejections.height) == ((1, 0) if is_held else (0, 1))


def test_a_record_too_far_from_the_recording_says_how_far(ground_at: Callable[..., Grounding]) -> None:
    rejection = ground_at("2020-04-12", ("health_status", "ill", None, "2020-04")).rejections.row(0, named=True)
    assert (rejection["attribute"], rejection["reason"]) == ("health", "not_near_recording")
    assert rejection["detail"] == "of 2020-04, up to 18 days from the recording of 2020-04-12, expected at most 7"


def test_a_fact_about_a_file_is_evidence_on_that_file_alone(make_facts: Callable[..., pl.DataFrame]) -> None:
    facts = make_facts(("a.wav", "age", "30", "years", "2019-06-01"), subject="path")
    appearances = pl.DataFrame(
        [("made", None, "a.wav", "2020"), ("made", "s", None, "2020")], schema=SCHEMA, orient="row"
    )
    evidence = ground(facts, appearances, load_taxonomy()).evidence
    assert evidence.select("speaker", "path", "recorded_on").rows() == [(None, "a.wav", "2020")]


def test_sources_do_not_share_speakers(make_facts: Callable[..., pl.DataFrame]) -> None:
    facts = pl.concat([make_facts(("s", "gender", "f"), source=source) for source in ("one", "two")])
    appearances = pl.DataFrame([("one", "s", None, "2020")], schema=SCHEMA, orient="row")
    evidence = ground(facts, appearances, load_taxonomy()).evidence
    assert evidence.select("source", "recorded_on").sort("source").rows() == [("one", "2020"), ("two", None)]


@given(st.floats(-20, 120), st.floats(0, 60))
def test_an_interval_touches_the_class_of_every_number_in_it(low: float, width: float) -> None:
    touched = classes(low, low + width)
    for share in (0, 0.3, 0.7, 0.999):
        number = low + share * width
        (own,) = classes(number, number)
        assert own in touched or number == low + width


@given(st.integers(-20, 120))
def test_a_whole_number_has_one_class_and_an_edge_that_of_the_numbers_above(number: int) -> None:
    expected = f"{number // 10 * 10}-{number // 10 * 10 + 10}" if 10 <= number < 90 else "outside"
    assert classes(number, number) == classes(number, number + 1) == [expected]
