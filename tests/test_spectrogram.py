import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from curation.audio import RATE, Samples
from curation.spectrogram import draw, envelope, spectrogram


def sine(hertz: float, seconds: float, level: float = 1.0) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.mark.parametrize(("hertz", "level", "dbfs"), [(1_000, 1.0, 0.0), (3_500, 0.1, -20.0), (300, 0.001, -60.0)])
def test_a_sine_stands_at_its_frequency_and_level(hertz: float, level: float, dbfs: float) -> None:
    levels = spectrogram(sine(hertz, 1, level))
    row = levels.max(axis=1).argmax()
    assert row * (RATE / 2) / (len(levels) - 1) == pytest.approx(hertz, abs=16)
    assert levels[row, levels.shape[1] // 2] == pytest.approx(dbfs, abs=0.2)


@pytest.mark.parametrize("seconds", [2, 60])
def test_a_click_stands_where_it_is_heard(seconds: int) -> None:
    pcm = np.zeros(seconds * RATE, np.float32)
    pcm[len(pcm) // 4 : len(pcm) // 4 + 400] = 0.5
    levels = spectrogram(pcm)
    assert levels.max(axis=0).argmax() / levels.shape[1] == pytest.approx(0.25, abs=0.01)
    _, high = envelope(pcm)
    assert high.argmax() / len(high) == pytest.approx(0.25, abs=0.001)


def test_a_long_sound_has_no_more_columns_than_the_picture_shows() -> None:
    pcm = sine(100, 120)
    assert spectrogram(pcm).shape[1] <= 2_401
    assert all(len(edge) == 2_400 for edge in envelope(pcm))


def test_the_envelope_leaves_out_no_peak() -> None:
    pcm = np.random.default_rng(1).uniform(-0.1, 0.1, 60 * RATE).astype(np.float32)
    pcm[123_456], pcm[654_321] = 0.9, -0.8
    low, high = envelope(pcm)
    assert high.max() == np.float32(0.9)
    assert low.min() == np.float32(-0.8)


@pytest.mark.parametrize("samples", [1, 160, 8_000, 48_000])
def test_a_sound_of_any_length_with_digital_silence_in_it_is_drawn(samples: int, tmp_path: Path) -> None:
    pcm = np.zeros(samples, np.float32)
    pcm[-1] = 0.5
    soundfile.write(tmp_path / "sound.wav", pcm, RATE)
    draw(tmp_path / "sound.wav", tmp_path / "picture.png", "clip 0123456789ab, as published")
    picture = (tmp_path / "picture.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) == (1_200, 600)
