from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.questions import KINDS, MINUTES, put, questions
from curation.records import Schema
from curation.verification import QUESTION, QUESTION_KEY

CONTESTED: Schema = {
    "clip_id": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "attribute": pl.String,
    "value": pl.String,
    "reasons": pl.List(pl.String),
    "confidence": pl.Float64,
    "fact_ids": pl.List(pl.String),
}
NOBODY = pl.Series("question_id", [], pl.String)
ON_CLIP = ("identity_doubtful", "second_voice", "quality")
ON_RECORD = tuple(reason for reason, kind in KINDS.items() if kind == "record")


def contested(*rows: dict[str, Any]) -> pl.DataFrame:
    known = {
        "clip_id": "c1",
        "source": "made",
        "entity": "speaker:s",
        "attribute": "gender",
        "value": "Male",
        "reasons": ["voice_disagrees"],
        "confidence": 0.5,
        "fact_ids": ["f1"],
    }
    return pl.DataFrame([known | row for row in rows], schema=dict(CONTESTED))


def asked(frame: pl.DataFrame, hours: float = 40.0, answered: pl.Series = NOBODY) -> pl.DataFrame:
    found = questions(frame)
    return put(found.clear(), found, answered, hours)


# Any labels: a clip has one speaker, and a label stands once.
LABELS = st.lists(
    st.fixed_dictionaries(
        {
            "clip_id": st.sampled_from(["a1", "a2", "a3", "b1", "b2"]),
            "attribute": st.sampled_from(["gender", "age"]),
            "value": st.sampled_from(["one", "two", None]),
            "reasons": st.lists(st.sampled_from([*KINDS, "outside_classes"]), min_size=1, max_size=3, unique=True),
            "confidence": st.none() | st.floats(0, 1),
            "fact_ids": st.sampled_from([["f1"], ["f1", "f2"]]),
        }
    ),
    unique_by=lambda row: (row["clip_id"], row["attribute"]),
).map(lambda rows: contested(*({**row, "entity": f"speaker:{str(row['clip_id'])[0]}"} for row in rows)))


def test_a_record_is_asked_about_once_for_all_clips_that_rest_on_it() -> None:
    found = asked(contested({"clip_id": "c1"}, {"clip_id": "c2"}, {"clip_id": "c3", "confidence": 0.8}))
    (row,) = found.rows(named=True)
    assert (row["kind"], row["clip_id"], row["attribute"], row["value"]) == ("record", None, "gender", "Male")
    assert (row["fact_ids"], row["count_labels"], row["chance_wrong"]) == (["f1"], 3, pytest.approx(0.4))
    assert row["worth"] == pytest.approx(3 * 0.4 / MINUTES["record"])


@pytest.mark.parametrize(
    "other",
    [
        {"source": "other"},
        {"entity": "speaker:t"},
        {"attribute": "age"},
        {"value": "Female"},
        {"value": None},
        {"fact_ids": ["f1", "f2"]},
    ],
)
def test_another_speaker_fact_attribute_or_class_is_another_question(other: dict[str, Any]) -> None:
    assert asked(contested({"clip_id": "c1"}, {"clip_id": "c2", **other})).height == 2


@pytest.mark.parametrize("reason", ON_CLIP)
def test_what_is_wrong_with_a_clip_is_asked_once_for_the_clip(reason: str) -> None:
    rows = [{"attribute": name, "clip_id": clip, "reasons": [reason]} for name in ("gender", "age") for clip in "ab"]
    found = asked(contested(*rows))
    assert found.select("kind", "clip_id", "attribute", "value", "fact_ids", "count_labels").sort("clip_id").rows() == [
        (KINDS[reason], clip, None, None, [], 2) for clip in "ab"
    ]


def test_words_are_asked_about_for_a_clip_and_an_attribute() -> None:
    rows = [{"attribute": name, "reasons": ["words_give_it_away"]} for name in ("gender", "age")]
    found = asked(contested(*rows))
    assert found.select("kind", "clip_id", "attribute", "count_labels").sort("attribute").rows() == [
        ("words", "c1", "age", 1),
        ("words", "c1", "gender", 1),
    ]


def test_what_is_outside_all_classes_asks_nothing() -> None:
    assert asked(contested({"reasons": ["outside_classes"]})).is_empty()
    assert asked(contested({"reasons": ["copy_under_two_speakers", "outside_classes"]}))["kind"].to_list() == ["record"]


def test_a_clip_is_asked_about_before_its_record() -> None:
    both = {"reasons": ["voice_disagrees", "identity_doubtful"]}
    assert asked(contested(both))["kind"].to_list() == ["identity"]
    found = asked(contested({**both, "clip_id": "c1"}, {"clip_id": "c2"}))
    assert dict(found.select("kind", "count_labels").iter_rows()) == {"identity": 1, "record": 1}


def test_a_reason_that_no_question_is_known_for_stops_the_run() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError, match="incomplete mapping"):
        questions(contested({"reasons": ["unheard_of"]}))


def test_a_label_whose_confidence_is_not_known_is_as_likely_wrong_as_right() -> None:
    assert asked(contested({"confidence": None}))["chance_wrong"].to_list() == [0.5]


@given(LABELS)
def test_every_contested_label_rests_on_a_question_of_each_of_its_causes_or_those_of_its_clip(
    frame: pl.DataFrame,
) -> None:
    found = {(row[0], *row[2:6], tuple(row[6])) for row in asked(frame).select(QUESTION_KEY).iter_rows()}
    for label in frame.rows(named=True):
        kinds = {KINDS[reason] for reason in label["reasons"] if reason != "outside_classes"}
        for kind in kinds - {"record"}:
            attribute = label["attribute"] if kind == "words" else None
            assert (kind, label["entity"], label["clip_id"], attribute, None, ()) in found
        if kinds == {"record"}:
            facts = tuple(label["fact_ids"])
            assert ("record", label["entity"], None, label["attribute"], label["value"], facts) in found


@given(LABELS)
def test_one_question_a_unit_in_the_order_of_worth(frame: pl.DataFrame) -> None:
    found = asked(frame)
    assert dict(found.schema) == dict(QUESTION)
    assert found["question_id"].is_unique().all()
    assert found.select(QUESTION_KEY).is_unique().all()
    assert found["worth"].to_list() == sorted(found["worth"], reverse=True)
    expected = found["count_labels"] * found["chance_wrong"] / found["minutes"]
    assert found["worth"].to_list() == pytest.approx(expected.to_list(), abs=1e-8)


@given(LABELS, st.randoms(use_true_random=False))
def test_the_order_of_labels_never_matters(frame: pl.DataFrame, random: Any) -> None:
    shuffled = frame.sample(fraction=1, shuffle=True, seed=random.randrange(1000))
    assert asked(frame).equals(asked(shuffled))


@given(LABELS, st.integers(0, 60), st.data())
def test_the_budget_is_never_exceeded_and_not_left_where_the_next_question_fits(
    frame: pl.DataFrame, minutes: int, data: st.DataObject
) -> None:
    ids = asked(frame)["question_id"].to_list()
    answered = pl.Series("question_id", sorted(data.draw(st.sets(st.sampled_from(ids)))) if ids else [], pl.String)
    found = asked(frame, minutes / 60, answered)
    assert found["question_id"].to_list() == ids, "a budget moves nothing"
    unanswered = found.filter(~pl.col("question_id").is_in(answered.implode()))
    spent = unanswered.filter("is_in_budget")["minutes"].sum()
    assert spent <= minutes
    waiting = unanswered.filter(~pl.col("is_in_budget"))
    assert waiting.is_empty() or spent + waiting["minutes"][0] > minutes


def test_an_audit_comes_first_in_its_own_order_and_a_question_of_both_is_asked_once() -> None:
    rows = contested({}, {"entity": "speaker:t", "confidence": 0.0})
    found = questions(rows)
    drawn = pl.concat([found.tail(1), found.head(1)]).with_columns(reasons=pl.concat_list(pl.lit("heard_otherwise")))
    both = put(drawn, found, NOBODY, 40.0)
    assert both.select("entity", "is_audit", "reasons").rows() == [
        (entity, True, ["heard_otherwise", "voice_disagrees"]) for entity in drawn["entity"]
    ]
    assert put(drawn.tail(1), found, NOBODY, 40.0)["is_audit"].to_list() == [True, False]


def test_ids_are_those_of_the_content() -> None:
    one, other = contested({}), contested({"reasons": ["records_disagree"], "confidence": 0.1})
    assert asked(one)["question_id"].to_list() == asked(other)["question_id"].to_list()
