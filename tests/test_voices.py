import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.voices import (
    HOP,
    MEASUREMENTS,
    WIDTH,
    Stretches,
    calibration,
    halves,
    mean_of,
    measured,
    stretch_frames,
    two_voices,
    unit,
)


def around(*directions: int, each: int = 10, spread: float = 0.05) -> Stretches:
    """Return stretches of voices that point along the given axes, one voice after the other."""
    generator = np.random.default_rng(0)
    vectors = np.concatenate([np.eye(8)[[axis] * each] for axis in directions])
    vectors = unit((vectors + generator.normal(0, spread, vectors.shape)).astype(np.float32))
    frames = np.arange(len(vectors))[:, None] * HOP + np.arange(WIDTH)
    return Stretches(vectors, frames)


def test_two_voices_are_told_apart_by_their_vectors() -> None:
    split = halves(around(0, 1).vectors)
    assert split is not None
    assert sorted([split[:10].mean(), split[10:].mean()]) == [0, 1]


def test_too_few_stretches_are_not_split() -> None:
    assert halves(around(0, each=3).vectors) is None
    assert halves(np.ones((8, 4), np.float32)) is None


def test_the_measurements_say_how_far_apart_and_how_mixed_the_sides_are() -> None:
    stretches = around(0, 1)
    split = np.arange(20) < 10
    pitch = np.full(1000, 200.0)
    pitch[stretches.frames[split]] = 100.0
    found = dict(zip(MEASUREMENTS, measured(stretches, split, pitch, 0.5), strict=True))
    assert found["distance"] == pytest.approx(1, abs=0.1)
    assert found["second_speaker"] == 0.5
    assert found["changes"] == pytest.approx((1 / 19) / 0.5)
    assert found["semitones"] == pytest.approx(12, abs=0.5)
    assert found["smaller_share"] == 0.5
    unvoiced = measured(stretches, split, np.full(1000, np.nan), 0.5)
    assert unvoiced[MEASUREMENTS.index("semitones")] == 0


def test_two_voices_are_likelier_the_further_apart_they_are_and_the_more_a_second_speaker_is_heard() -> None:
    fitted = calibration()
    low, high = np.array([0.2, 0.0, 1.0, 0.0, 3.0, 0.4]), np.array([1.2, 0.6, 1.0, 8.0, 3.0, 0.4])
    assert two_voices(low, fitted) < 0.05
    assert two_voices(high, fitted) > 0.95
    for place in (0, 1, 3):
        further = low.copy()
        further[place] = high[place]
        assert two_voices(further, fitted) > two_voices(low, fitted)


def test_the_mean_of_a_voice_has_length_one() -> None:
    assert np.linalg.norm(mean_of(around(0))) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(unit(np.zeros(3, np.float32)), np.zeros(3))


@given(st.lists(st.booleans(), max_size=900))
def test_stretches_cover_speech_alone_and_all_of_it_but_a_fifth_of_a_second(speech: list[bool]) -> None:
    is_speech = np.array(speech, np.bool_)
    frames = stretch_frames(is_speech)
    assert set(frames.ravel()) <= set(np.flatnonzero(is_speech))
    assert frames.shape[1] == WIDTH
    missed = set(np.flatnonzero(is_speech)) - set(frames.ravel())
    assert len(missed) <= HOP // 2
    if is_speech.any():
        assert len(frames) >= 1
