"""Who is the claimed speaker, among voices whose vectors are made up."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.identity import CLIP, MEASUREMENTS, identified, measurements, posterior

SIZE = 32


class Part(NamedTuple):
    """What somebody, who is a number, says from when to when."""

    speaker: int
    start: float
    end: float


def voice(*parts: Part, clip: int) -> dict[str, object]:
    """Return a voice: near to those of its speakers, and a little its own in every clip."""
    generator = np.random.default_rng([clip, *(part.speaker for part in parts)])
    vector = sum(np.eye(SIZE)[part.speaker] * (part.end - part.start) for part in parts)
    vector = vector / np.linalg.norm(vector) + generator.normal(0, 0.4 / np.sqrt(SIZE), SIZE)
    return {
        "speech_seconds": float(sum(part.end - part.start for part in parts)),
        "vector": (vector / np.linalg.norm(vector)).tolist(),
        "turns": [{"start_seconds": float(part.start), "end_seconds": float(part.end)} for part in parts],
    }


def clip(
    number: int, *parts: Part, entity: str | None = "A", second_voice: float = 0.05, told_apart: bool = False
) -> dict[str, object]:
    """Return a clip in which the parts are voices by speaker where they are told apart, else halves of one voice."""
    speakers = list(dict.fromkeys(part.speaker for part in parts))
    apart = [voice(*(part for part in parts if part.speaker == speaker), clip=number) for speaker in speakers]
    halves = [voice(part, clip=number) for part in parts] if len(parts) > 1 else []
    together = [voice(*parts, clip=number)] if parts else []
    return {
        "source": "made",
        "entity": entity,
        "clip_id": f"{number:03}",
        "seconds": 20.0,
        "second_voice": second_voice,
        "voices": apart if told_apart else together,
        "alternative_voices": [] if told_apart else apart if len(apart) > 1 else halves,
        "avoided": [],
        "shortest_cut": 3.0,
        "longest_cut": 15.0,
    }


def found(*clips: dict[str, object]) -> pl.DataFrame:
    return identified(pl.DataFrame(clips, dict(CLIP), orient="row"))


def alone(number: int, speaker: int = 0, entity: str | None = "A") -> dict[str, object]:
    return clip(number, Part(speaker, 1, 6), entity=entity)


DIALOGUE = (Part(1, 0, 9), Part(0, 10, 15))
TOLD = clip(9, *DIALOGUE, second_voice=0.95, told_apart=True)


def test_the_target_is_the_voice_that_agrees_with_the_other_clips_and_its_stretch_is_kept() -> None:
    row = found(alone(1), alone(2), TOLD).row(2, named=True)
    assert (row["voice"], row["is_alternative"], row["reason"]) == (2, False, None)
    assert (row["start_seconds"], row["end_seconds"]) == pytest.approx((9.9, 15.1))
    assert row["likeness"] > 0.7
    assert row["second_voice"] > 0.9


def test_a_clip_of_one_voice_is_kept_whole() -> None:
    row = found(alone(1), alone(2)).row(0, named=True)
    assert (row["voice"], row["start_seconds"], row["end_seconds"], row["reason"]) == (1, None, None, None)


def test_a_half_that_no_other_clip_sounds_like_is_a_second_voice() -> None:
    mistaken = clip(9, *DIALOGUE, second_voice=0.4)
    row = found(alone(1), alone(2), alone(3), mistaken).row(3, named=True)
    assert row["second_voice"] > 0.5
    assert (row["is_alternative"], row["voice"]) == (True, 2)
    assert (row["start_seconds"], row["end_seconds"]) == pytest.approx((9.9, 15.1))


def test_two_voices_that_both_sound_like_the_other_clips_are_one_after_all() -> None:
    one = clip(9, Part(0, 0, 9), Part(0, 10, 15), second_voice=0.6)
    one["voices"], one["alternative_voices"] = one["alternative_voices"], []
    row = found(alone(1), alone(2), alone(3), one).row(3, named=True)
    assert row["second_voice"] < 0.5


def test_without_another_clip_nobody_can_say_which_voice_is_claimed() -> None:
    for lonely in (
        found(TOLD),
        found(TOLD, alone(1, entity="B")),
        found(TOLD | {"entity": None}, alone(1, entity=None)),
    ):
        row = lonely.row(-1, named=True)
        assert (row["reason"], row["likeness"], row["second_voice"]) == ("target_unknown", None, 0.95)
        assert row["detail"] == "2 voices, no other clip of the speaker"


def test_where_two_voices_are_as_like_the_other_clips_neither_is_the_target() -> None:
    alike = clip(9, Part(0, 0, 9), Part(0, 10, 15), second_voice=0.9999)
    alike["voices"], alike["alternative_voices"] = alike["alternative_voices"], []
    row = found(alone(1), alone(2), alike).row(2, named=True)
    assert row["reason"] == "target_unknown"
    assert row["detail"] == "2 voices, none by far the likest to the speaker's other clips"


def test_a_lonely_clip_that_may_well_have_two_voices_is_not_kept() -> None:
    row = found(clip(9, *DIALOGUE, second_voice=0.4)).row(0, named=True)
    assert (row["reason"], row["is_alternative"]) == ("target_unknown", True)


def test_a_clip_is_cut_around_what_is_to_be_avoided() -> None:
    talkative = clip(9, Part(0, 0, 4), Part(0, 5, 11), second_voice=0.01)
    talkative["avoided"] = [{"start_seconds": 1.0, "end_seconds": 2.0}]
    row = found(alone(1), talkative).row(1, named=True)
    assert (row["start_seconds"], row["end_seconds"], row["reason"]) == (pytest.approx(4.9), pytest.approx(11.1), None)


def test_a_clip_that_cannot_be_cut_around_what_is_to_be_avoided_is_kept() -> None:
    brief = clip(9, Part(0, 0, 6), second_voice=0.01)
    brief["avoided"] = [{"start_seconds": 3.0, "end_seconds": 4.0}]
    row = found(alone(1), brief).row(1, named=True)
    assert (row["start_seconds"], row["end_seconds"], row["reason"]) == (None, None, None)


def test_a_lonely_clip_of_one_voice_is_kept_whole() -> None:
    row = found(alone(1)).row(0, named=True)
    assert (row["voice"], row["likeness"], row["start_seconds"], row["reason"]) == (1, None, None, None)


def test_where_nobody_speaks_there_is_no_target() -> None:
    row = found(alone(1), clip(2, second_voice=0.0)).row(1, named=True)
    assert (row["voice"], row["likeness"], row["reason"]) == (None, None, "no_speech")


def test_where_the_target_is_never_alone_for_long_nothing_is_kept() -> None:
    short = clip(9, Part(1, 0, 9.25), Part(0, 10, 12), second_voice=0.95, told_apart=True)
    row = found(alone(1), alone(2), short).row(2, named=True)
    assert (row["reason"], row["start_seconds"]) == ("no_clean_stretch", None)
    assert row["detail"] == "9.2 s of a second voice, no stretch of 3 s without it"


def test_no_clips_are_none() -> None:
    assert found().is_empty()


def test_the_odds_of_two_voices_fall_with_what_both_have_in_common_with_the_others() -> None:
    fitted = posterior()
    low, high = np.array([0.0, 0.7, 0.1, 0.07]), np.array([0.0, 0.7, 0.7, 0.49])
    assert len(fitted.coefficients) == len(MEASUREMENTS)
    assert low @ fitted.coefficients + fitted.intercept > 1
    assert high @ fitted.coefficients + fitted.intercept < -0.5


def test_a_clip_is_compared_with_all_others_of_its_entity_and_not_with_itself() -> None:
    frame = pl.DataFrame([alone(1), alone(2), clip(9, *DIALOGUE)], dict(CLIP), orient="row")
    row = measurements(frame).row(2, named=True)
    others = np.sum([np.array(one["vector"]) for (one,) in frame["voices"][:2]], axis=0)
    ours, theirs = (
        np.array(one["vector"]) @ others / np.linalg.norm(others) for one in frame["alternative_voices"][2][::-1]
    )
    assert (row["nearer"], row["further"]) == pytest.approx((ours, theirs), abs=0.02)
    assert row["log_odds"] == pytest.approx(np.log(0.05 / 0.95))


speakers = st.integers(0, 3)
entities = st.sampled_from(["A", "B", None])
kinds = st.tuples(speakers, speakers, entities, st.floats(0, 1), st.booleans())


def clips_of(some: Sequence[tuple[int, int, str | None, float, bool]]) -> list[dict[str, object]]:
    return [
        clip(
            number,
            Part(first, 0, 4),
            Part(second, 5, 9),
            entity=entity,
            second_voice=probability,
            told_apart=told_apart and first != second,
        )
        for number, (first, second, entity, probability, told_apart) in enumerate(some)
    ]


@given(st.lists(kinds, min_size=1, max_size=8), st.randoms())
def test_the_order_of_the_rows_does_not_matter(
    some: list[tuple[int, int, str | None, float, bool]], dice: random.Random
) -> None:
    clips = clips_of(some)
    shuffled = clips.copy()
    dice.shuffle(shuffled)
    assert found(*clips).equals(found(*shuffled))


@given(st.lists(kinds, min_size=1, max_size=8))
def test_clips_of_another_entity_change_nothing(some: list[tuple[int, int, str | None, float, bool]]) -> None:
    clips = clips_of(some)
    others = [clip(100 + number, Part(number, 0, 4), Part(0, 5, 9), entity="C") for number in range(3)]
    assert found(*clips).equals(found(*clips, *others).head(len(clips)))


@given(st.integers(1, 3), st.integers(3, 7), st.integers(0, 6))
def test_one_misfiled_clip_does_not_move_the_targets_of_the_others(stranger: int, count: int, place: int) -> None:
    clips = [
        clip(number, Part(4 + number, 0, 7), Part(0, 8, 13), second_voice=0.95, told_apart=True)
        for number in range(count)
    ]
    misfiled = clip(50 + place, Part(stranger, 0, 19))
    before, after = found(*clips), found(*clips, misfiled).head(count)
    assert before["voice"].to_list() == [2] * count
    assert after["voice"].to_list() == [2] * count
    assert after["start_seconds"].equals(before["start_seconds"])


def test_a_clip_of_another_speaker_is_unlike_the_others() -> None:
    likeness = found(alone(1), alone(2), alone(3), alone(4, speaker=1))["likeness"].to_list()
    assert min(likeness[:3]) > 0.6
    assert likeness[3] < 0.3
