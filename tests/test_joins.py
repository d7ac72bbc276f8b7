"""The recordings that quality is measured on are what they are said to be."""

import random
from pathlib import Path

import numpy as np
import pytest

from curation.audio import RATE
from curation.identity import identified
from curation.services import Diarization
from curation.turns import difference, intersection, seconds, union, without_short
from tests.quality.claims import Claim, Sound, claimed, segmented
from tests.quality.joins import Clip, dialogues, join, monologues, speakers
from tests.quality.kept import Kept


@pytest.fixture
def clips() -> dict[str, list[Clip]]:
    """Return clips of two speakers that are a tone each, with a pause in the middle."""
    found = {}
    for speaker, hertz in (("so/A", 200), ("so/B", 300)):
        time = np.arange(2 * RATE) / RATE
        samples = (0.1 * np.sin(2 * np.pi * hertz * time) * ((time < 0.8) | (time > 1.2))).astype(np.float32)
        found[speaker] = [Clip(samples, np.array([[0.0, 0.8], [1.2, 2.0]])) for _ in range(4)]
    return found


def test_the_reference_of_a_join_is_where_its_clips_sound(clips: dict[str, list[Clip]]) -> None:
    joined = join(random.Random(0), clips, 4)
    a, b = joined.speakers["so/A"], joined.speakers["so/B"]
    assert [seconds(a), seconds(b)] == pytest.approx([3.2, 3.2])
    assert seconds(intersection(a, b)) == 0
    loud = np.abs(joined.samples) > 0.01
    for start, end in union(a, b):
        assert loud[round(start * RATE) : round(end * RATE)].mean() > 0.8
    whole = np.array([[0.0, len(joined.samples) / RATE]])
    for start, end in without_short(difference(whole, union(a, b)), 0.01):
        assert loud[round(start * RATE) + 1 : round(end * RATE) - 1].mean() < 0.01


def test_a_third_of_the_dialogues_overlap_and_no_monologue_has_two_speakers(clips: dict[str, list[Clip]]) -> None:
    joined = dialogues(random.Random(0), clips, 12)
    overlaps = [seconds(intersection(*one.speakers.values())) > 0 for one in joined]
    assert 3 <= sum(overlaps[::3]) <= 4
    assert not any(overlaps[1::3] + overlaps[2::3])
    for one in monologues(random.Random(0), clips, 6):
        (speech,) = one.speakers.values()
        assert seconds(speech) == pytest.approx(1.6 * (4 - len(next(iter(one.unused.values())))))


def test_nobody_who_is_reported_on_is_fitted_on(corpus: Path) -> None:
    reported, fitted = speakers(corpus, reported=True), speakers(corpus, reported=False)
    sounds = [{clip.samples.tobytes() for some in clips.values() for clip in some} for clips in (reported, fitted)]
    assert not sounds[0] & sounds[1]
    assert min(len(reported), len(fitted)) >= 20


def test_purity_is_the_share_of_what_is_kept_in_which_the_others_are_silent() -> None:
    kept, target, others = Kept(), np.array([[0.0, 6.0]]), np.array([[5.0, 8.0]])
    kept.add({"reason": None, "start_seconds": None, "end_seconds": None}, target, others, 10.0)
    kept.add({"reason": None, "start_seconds": 1.0, "end_seconds": 6.0}, target, others, 10.0)
    kept.add({"reason": "no_clean_stretch", "start_seconds": None, "end_seconds": None}, target, others, 10.0)
    assert (kept.recordings, kept.whole, kept.had_stretch, kept.missed) == (3, 1, 0, 0)
    assert str(kept).startswith("target alone for 73.3 % of 15 s kept; 1 of 3 recordings kept whole, 1 left out as")


def test_claims_are_answered_in_their_order() -> None:
    claims = [
        Claim(Sound(length, Diarization((), 0.0)), [Sound(1.0, Diarization((), 0.0))] * 2) for length in (3.0, 2.0)
    ]
    frame = segmented(claims)
    assert frame.height == 6
    found = claimed(identified(frame))
    assert found["clip_id"].to_list() == ["000000/0", "000001/0"]
    assert found["reason"].to_list() == ["no_speech"] * 2
