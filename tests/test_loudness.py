from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.audio import RATE, Samples, decode
from curation.errors import ClipError
from curation.loudness import CEILING, SEGMENT, SEGMENTS_AT_A_TIME, TOLERANCE, at_loudness, loudness
from tests import hostile

# pyloudnorm scales the high-pass to unit gain, which the standard's own coefficients do not have.
PYLOUDNORM_OFFSET = 10 * np.log10(0.99502)


def tone(frequency: float, seconds: float, level: float = 1.0) -> Samples:
    return (level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_a_sine_of_full_scale_at_997_hz_has_the_loudness_that_the_standard_states() -> None:
    assert loudness(tone(997, 5.0)) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("level_db", [-60, -40, -23, -6])
def test_loudness_follows_the_gain(level_db: float) -> None:
    assert loudness(tone(997, 3.0, 10 ** (level_db / 20))) == pytest.approx(-3.01 + level_db, abs=0.01)


@pytest.mark.parametrize("frequency", [30, 60, 150, 500, 2000, 5000, 7500])
def test_the_filter_is_pyloudnorms_at_48_khz(frequency: float) -> None:
    time = np.arange(48_000 * 3) / 48_000
    expected = pyloudnorm.Meter(48_000).integrated_loudness(0.5 * np.sin(2 * np.pi * frequency * time))
    assert loudness(tone(frequency, 3.0, 0.5)) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("seconds", [0.5, 1.3, 6.0, 75.0])
def test_a_voice_is_as_loud_as_pyloudnorm_says(seconds: float) -> None:
    pcm = hostile.voice(seconds)
    expected = pyloudnorm.Meter(RATE).integrated_loudness(pcm.astype(np.float64))
    assert loudness(pcm) == pytest.approx(expected, abs=0.1)


def test_pauses_are_gated_out() -> None:
    speech = hostile.voice(4.0)
    paused = np.concatenate([speech, np.zeros(20 * RATE, np.float32), speech])
    assert loudness(paused) == pytest.approx(loudness(speech), abs=0.2)


def test_the_length_of_a_piece_makes_no_difference() -> None:
    piece = SEGMENT * SEGMENTS_AT_A_TIME
    noise = np.random.default_rng(0).standard_normal(piece + RATE).astype(np.float32) * np.float32(0.1)
    assert loudness(noise) == pytest.approx(loudness(noise[RATE:]), abs=0.02)


def test_loudness_is_undefined_below_one_block_and_for_silence() -> None:
    assert loudness(np.zeros(0, np.float32)) is None
    assert loudness(tone(997, 0.399)) is None
    assert loudness(tone(997, 0.4)) == pytest.approx(-3.01, abs=0.2)
    assert loudness(np.zeros(RATE, np.float32)) is None
    assert loudness(tone(997, 1.0, 1e-4)) is None
    assert loudness(np.full(RATE * 3, 0.5, np.float32) * tone(0, 3.0)) is None


@given(level=st.floats(-40, 0), target=st.floats(-40, -12))
def test_a_clip_ends_at_the_loudness_asked_for_and_under_the_ceiling(level: float, target: float) -> None:
    pcm = hostile.voice(1.0) * np.float32(10 ** (level / 20))
    result = at_loudness(pcm, target)
    assert loudness(result) == pytest.approx(target, abs=TOLERANCE)
    assert len(result) == len(pcm)
    assert float(np.abs(result).max()) <= CEILING + 1e-6


def test_where_there_is_headroom_only_the_gain_changes() -> None:
    pcm = hostile.voice(2.0)
    result = at_loudness(pcm, -27.0)
    gain = float(result @ pcm) / float(pcm @ pcm)
    assert result == pytest.approx(pcm * gain, abs=1e-6)


def test_a_peak_is_turned_down_without_touching_the_rest_of_the_clip() -> None:
    pcm = hostile.voice(4.0) * np.float32(0.1)
    pcm[RATE * 2] = 0.9
    result = at_loudness(pcm, -27.0)
    assert loudness(result) == pytest.approx(-27.0, abs=TOLERANCE)
    assert float(np.abs(result).max()) == pytest.approx(CEILING, abs=1e-3)
    gain = float(result[:RATE] @ pcm[:RATE]) / float(pcm[:RATE] @ pcm[:RATE])
    away = np.abs(np.arange(len(pcm)) - RATE * 2) > RATE // 50
    assert result[away] == pytest.approx(pcm[away] * gain, abs=1e-5)


@pytest.mark.parametrize("pcm", [np.zeros(RATE, np.float32), tone(440, 0.3)], ids=["silence", "too short"])
def test_what_has_no_loudness_is_not_brought_to_one(pcm: Samples) -> None:
    with pytest.raises(ClipError) as caught:
        at_loudness(pcm, -27.0)
    assert caught.value.reason == "no_loudness"


def test_a_click_that_is_louder_than_the_clip_cannot_be_brought_to_the_loudness() -> None:
    pcm = np.zeros(RATE, np.float32)
    pcm[RATE // 2] = 0.5
    with pytest.raises(ClipError) as caught:
        at_loudness(pcm, -20.0)
    assert caught.value.reason == "no_headroom"


def test_every_real_clip_reaches_the_loudness_of_a_release(corpus: Path) -> None:
    paths = sorted(path for path in corpus.rglob("*") if path.suffix.lower() == ".wav")
    for path in paths[::10]:
        assert loudness(at_loudness(decode(path, 60.0).pcm, -27.0)) == pytest.approx(-27.0, abs=TOLERANCE)
