from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.consensus import agreed, settle
from curation.records import EVIDENCE, LABEL, empty, shaped
from curation.testimony import effects_of_answers
from curation.verification import ANSWER

CLASSES = ["Arabic", "English", "Romance", "outside"]
VALUES = st.lists(st.sampled_from(CLASSES), min_size=1, max_size=3, unique=True).map(sorted)
NOTHING_SAID = effects_of_answers(
    pl.DataFrame(
        schema=dict.fromkeys(("clip_id", "attribute", "source", "entity", "value"), pl.String)
        | {"fact_ids": pl.List(pl.String)}
    ),
    empty(ANSWER),
)
PIECES = st.lists(VALUES, min_size=1, max_size=5)
# Pieces that all admit English, and one that admits nothing else.
ADMITTING = VALUES.map(lambda values: sorted({"English", *values}))
AGREEING = st.lists(ADMITTING, max_size=4).map(lambda pieces: [*pieces, ["English"]])


def claims(*rows: dict[str, Any]) -> pl.DataFrame:
    known = {"clip_id": "c", "source": "made", "speaker": "s", "path": "a.wav", "recorded_on": "2020"}
    schema = {**dict.fromkeys(known, pl.String), "is_contradictory": pl.Boolean}
    return pl.DataFrame([{**known, "is_contradictory": False, **row} for row in rows or ({},)], schema=schema)


def evidence(*pieces: list[str], **fields: str | None) -> pl.DataFrame:
    known: dict[str, str | None] = {
        "source": "made",
        "speaker": "s",
        "recorded_on": "2020",
        "attribute": "accent",
        **fields,
    }
    rows = [
        {**known, "evidence_id": f"e{number}", "values": values, "fact_ids": [f"f{number}"]}
        for number, values in enumerate(pieces)
    ]
    return shaped(pl.DataFrame(rows, schema_overrides=dict.fromkeys(known, pl.String)), EVIDENCE)


def settled(
    copies: pl.DataFrame,
    pieces: pl.DataFrame,
    *doubts: tuple[str, str | None, str],
    voice: tuple[float, bool] = (0.97, False),
) -> pl.DataFrame:
    confidence, is_contradicted = voice
    agreements = agreed(copies, pieces).with_columns(confidence=confidence, is_contradicted=is_contradicted)
    columns = dict.fromkeys(("clip_id", "attribute", "reason"), pl.String)
    return settle(agreements, pl.DataFrame(doubts, columns, orient="row"), NOTHING_SAID, 0.9)


def verdict(*pieces: list[str]) -> tuple[str, str | None, list[str]]:
    (label,) = settled(claims(), evidence(*pieces)).rows(named=True)
    return label["verdict"], label["value"], label["reasons"]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([["English"]], ("accepted", "English", [])),
        ([["English"], ["English"]], ("accepted", "English", [])),
        ([["English"], ["English", "Romance"]], ("accepted", "English", [])),
        ([["English", "Romance"], ["Arabic", "English"]], ("accepted", "English", [])),
        ([["English"], ["Romance"]], ("contested", None, ["records_disagree"])),
        (
            [["Arabic", "English"], ["English", "Romance"], ["Arabic", "Romance"]],
            ("contested", None, ["records_disagree"]),
        ),
        ([["English", "Romance"]], ("contested", None, ["record_spans_classes"])),
        ([["English", "outside"]], ("contested", None, ["record_spans_classes"])),
        ([["English"], ["outside"]], ("contested", None, ["records_disagree"])),
        ([["outside"]], ("rejected", None, ["outside_classes"])),
        ([["outside"], ["English", "outside"]], ("rejected", None, ["outside_classes"])),
    ],
)
def test_what_all_evidence_leaves_possible_decides(
    pieces: list[list[str]], expected: tuple[str, str | None, list[str]]
) -> None:
    assert verdict(*pieces) == expected


@given(PIECES)
def test_the_verdict_is_that_of_the_intersection_of_sets(pieces: list[list[str]]) -> None:
    common = set.intersection(*map(set, pieces))
    found, value, _ = verdict(*pieces)
    assert (found == "accepted") == (len(common) == 1 and common != {"outside"})
    assert (found == "rejected") == (common == {"outside"})
    assert value == (next(iter(common)) if len(common) == 1 and common != {"outside"} else None)


@given(PIECES, st.randoms(use_true_random=False))
def test_the_order_of_evidence_never_matters(pieces: list[list[str]], random: Any) -> None:
    frame = evidence(*pieces)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=random.randrange(1000))
    assert settled(claims(), frame).equals(settled(claims(), shuffled))


@given(AGREEING, st.sampled_from(CLASSES))
def test_evidence_that_agrees_never_changes_a_value(pieces: list[list[str]], other: str) -> None:
    assert verdict(*pieces, sorted({"English", other})) == verdict(*pieces) == ("accepted", "English", [])


@given(AGREEING, VALUES.filter(lambda values: "English" not in values))
def test_evidence_that_contradicts_never_leaves_a_label_accepted(pieces: list[list[str]], other: list[str]) -> None:
    assert verdict(*pieces, other) == ("contested", None, ["records_disagree"])


@pytest.mark.parametrize("pieces", [[["English"]], [["outside"]], [["English"], ["Arabic"]]])
def test_a_copy_under_two_speakers_is_contested_whatever_the_records_say(pieces: list[list[str]]) -> None:
    (label,) = settled(claims({"is_contradictory": True}), evidence(*pieces)).rows(named=True)
    assert label["verdict"] == "contested"
    assert label["reasons"][0] == "copy_under_two_speakers"


def test_words_that_give_an_attribute_away_contest_its_label_and_no_other() -> None:
    clips = claims({"clip_id": "told"}, {"clip_id": "untold"})
    pieces = pl.concat(
        [evidence(["English"]), evidence(["Male"], attribute="gender").with_columns(evidence_id=pl.lit("m"))]
    )
    labels = settled(clips, pieces, ("told", "accent", "words_give_it_away"))
    assert labels.select("clip_id", "attribute", "verdict", "value", "reasons").rows() == [
        ("told", "accent", "contested", "English", ["words_give_it_away"]),
        ("told", "gender", "accepted", "Male", []),
        ("untold", "accent", "accepted", "English", []),
        ("untold", "gender", "accepted", "Male", []),
    ]


@pytest.mark.parametrize("pieces", [[["outside"]], [["English"], ["Arabic"]]])
def test_words_that_give_an_attribute_away_are_one_reason_more(pieces: list[list[str]]) -> None:
    (before,) = settled(claims(), evidence(*pieces)).rows(named=True)
    (after,) = settled(claims(), evidence(*pieces), ("c", "accent", "words_give_it_away")).rows(named=True)
    assert after["reasons"] == [*before["reasons"], "words_give_it_away"]
    assert after["verdict"] == "contested"


def test_a_doubt_on_a_clip_contests_all_of_its_labels_and_no_other_clip_s() -> None:
    clips = claims({"clip_id": "doubted"}, {"clip_id": "other"})
    male = evidence(["Male"], attribute="gender").with_columns(evidence_id=pl.lit("m"))
    labels = settled(clips, pl.concat([evidence(["English"]), male]), ("doubted", None, "identity_doubtful"))
    assert labels.select("clip_id", "attribute", "verdict", "value", "reasons").rows() == [
        ("doubted", "accent", "contested", "English", ["identity_doubtful"]),
        ("doubted", "gender", "contested", "Male", ["identity_doubtful"]),
        ("other", "accent", "accepted", "English", []),
        ("other", "gender", "accepted", "Male", []),
    ]


@pytest.mark.parametrize(
    ("voice", "expected"),
    [
        ((0.89, True), ("contested", ["voice_disagrees"])),
        ((0.9, True), ("accepted", [])),
        # the records of such a source are often wrong, but this voice says nothing against this one
        ((0.89, False), ("accepted", [])),
    ],
)
def test_a_voice_that_speaks_against_a_record_contests_what_it_makes_unlikely(
    voice: tuple[float, bool], expected: tuple[str, list[str]]
) -> None:
    (label,) = settled(claims(), evidence(["English"]), voice=voice).rows(named=True)
    assert (label["verdict"], label["reasons"]) == expected
    assert (label["value"], label["confidence"]) == ("English", voice[0])


def test_a_voice_says_nothing_where_records_leave_several_classes() -> None:
    (label,) = settled(claims(), evidence(["English", "Romance"]), voice=(0.1, True)).rows(named=True)
    assert (label["value"], label["reasons"]) == (None, ["record_spans_classes"])


def test_a_label_cites_all_its_evidence_and_facts_sorted_and_once() -> None:
    frame = evidence(["English"], ["English"]).with_columns(fact_ids=pl.Series([["f9", "f1"], ["f1"]]))
    labels = settled(claims(), frame)
    assert dict(labels.schema) == dict(LABEL)
    assert labels.select("evidence_ids", "fact_ids").row(0) == (["e0", "e1"], ["f1", "f9"])
    assert labels["confidence"].to_list() == [0.97]


@pytest.mark.parametrize("recorded_on", ["2020", None])
def test_evidence_counts_for_the_clips_of_its_date_alone(recorded_on: str | None) -> None:
    clips = claims({"clip_id": "on date", "recorded_on": recorded_on}, {"clip_id": "later", "recorded_on": "2021"})
    labels = settled(clips, evidence(["English"], recorded_on=recorded_on))
    assert labels["clip_id"].to_list() == ["on date"]


def test_evidence_on_a_path_counts_for_that_file_beside_that_on_its_speaker() -> None:
    clips = claims({"clip_id": "a", "path": "a.wav"}, {"clip_id": "b", "path": "b.wav"})
    on_path = evidence(["Arabic"], speaker=None).with_columns(path=pl.lit("a.wav"), evidence_id=pl.lit("p"))
    labels = settled(clips, pl.concat([evidence(["Arabic", "English"]), on_path]))
    assert labels.select("clip_id", "verdict", "value").rows() == [
        ("a", "accepted", "Arabic"),
        ("b", "contested", None),
    ]


def test_a_clip_without_a_speaker_takes_no_evidence_on_speakers() -> None:
    assert settled(claims({"speaker": None}), evidence(["English"])).is_empty()


def test_one_speaker_name_in_two_sources_is_two_speakers() -> None:
    assert settled(claims({"source": "other"}), evidence(["English"])).is_empty()


def test_no_evidence_gives_no_label_with_all_columns() -> None:
    labels = settled(claims(), evidence(["English"]).clear())
    assert (labels.height, dict(labels.schema)) == (0, dict(LABEL))
