from typing import Any

import polars as pl
import pytest

from curation.records import shaped
from curation.testimony import effects_of_answers
from curation.verification import ANSWER

SAME = {"source": "made", "entity": "speaker:s"}


def labels(*rows: dict[str, Any]) -> pl.DataFrame:
    known = {"clip_id": "c", "attribute": "gender", **SAME, "value": "Male", "fact_ids": ["f"]}
    return pl.DataFrame([known | row for row in rows or ({},)])


def answers(*given: tuple[str, str], **about: Any) -> pl.DataFrame:
    """Return one answer each of so many people: kind and choice."""
    on_record = {**SAME, "attribute": "gender", "value": "Male", "fact_ids": ["f"]}
    on_clip = {**SAME, "clip_id": "c", "fact_ids": []}
    rows = [
        (on_record if kind == "record" else on_clip)
        | ({"attribute": "gender"} if kind in ("words", "hearing") else {})
        | {"kind": kind, "choice": choice, "question_id": kind, "annotator": f"person {number}"}
        | about
        for number, (kind, choice) in enumerate(given)
    ]
    return shaped(pl.DataFrame(rows), ANSWER)


def effect(*given: tuple[str, str]) -> dict[str, Any]:
    (row,) = effects_of_answers(labels(), answers(*given)).rows(named=True)
    return row


@pytest.mark.parametrize(
    ("kind", "good", "bad", "cleared", "rejected"),
    [
        ("identity", "same_voice", "other_voice", "identity_doubtful", "other_speaker"),
        ("voices", "one_voice", "several_voices", "second_voice", "second_voice"),
        ("words", "harmless", "give_it_away", "words_give_it_away", "words_give_it_away"),
        ("quality", "fit", "unfit", "quality", "quality"),
    ],
)
def test_what_most_people_say_of_a_clip_holds(kind: str, good: str, bad: str, cleared: str, rejected: str) -> None:
    assert (effect((kind, good))["cleared"], effect((kind, good))["rejected"]) == ([cleared], None)
    assert (effect((kind, bad))["cleared"], effect((kind, bad))["rejected"]) == ([], rejected)
    assert effect((kind, good), (kind, bad), (kind, bad))["rejected"] == rejected
    undecided = effect((kind, good), (kind, bad))
    assert (undecided["cleared"], undecided["rejected"]) == ([], None)


def test_who_supports_a_record_makes_it_likelier_and_clears_what_spoke_against_it() -> None:
    once, twice = effect(("record", "supported")), effect(("record", "supported"), ("record", "supported"))
    assert "voice_disagrees" in once["cleared"]
    assert (once["odds"], twice["odds"]) == (pytest.approx(19), pytest.approx(19**2))
    against = effect(("record", "record_wrong"))
    assert (against["rejected"], against["odds"]) == ("record_wrong", pytest.approx(1 / 19))


def test_an_answer_on_a_record_settles_every_clip_that_rests_on_it_and_no_other() -> None:
    rest = labels(
        {"clip_id": "a"},
        {"clip_id": "b"},
        {"clip_id": "other facts", "fact_ids": ["f", "g"]},
        {"clip_id": "other class", "value": "Female"},
        {"clip_id": "other speaker", "entity": "speaker:t"},
        {"clip_id": "other attribute", "attribute": "age"},
    )
    assert effects_of_answers(rest, answers(("record", "supported")))["clip_id"].to_list() == ["a", "b"]


def test_an_answer_on_a_clip_is_on_all_of_its_labels_but_one_on_words_on_its_attribute_alone() -> None:
    both = labels({}, {"attribute": "age", "value": "20-30"}, {"clip_id": "other"})
    assert effects_of_answers(both, answers(("identity", "other_voice")))["attribute"].to_list() == ["age", "gender"]
    assert effects_of_answers(both, answers(("words", "give_it_away")))["attribute"].to_list() == ["gender"]


@pytest.mark.parametrize(
    ("heard", "is_otherwise"),
    [(["Male"], False), (["Female"], True), (["Male", "Female"], True), (["Male", "Male", "Female"], False)],
)
def test_another_class_heard_is_a_doubt_unless_most_hear_that_of_the_label(
    heard: list[str], is_otherwise: bool
) -> None:
    row = effect(*(("hearing", choice) for choice in heard))
    assert (row["heard_otherwise"], row["rejected"], row["odds"]) == (is_otherwise, None, 1.0)


@pytest.mark.parametrize("given", [("record", "cannot_tell"), ("identity", "cannot_tell"), ("hearing", "cannot_tell")])
def test_who_cannot_tell_changes_nothing(given: tuple[str, str]) -> None:
    assert effects_of_answers(labels(), answers(given)).is_empty()
