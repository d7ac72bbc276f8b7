import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft

from curation.pitch import pitch
from curation.services import RATE, STEP


def buzz(hertz: float, seconds: float = 0.5) -> npt.NDArray[np.float32]:
    """Return a pulse for each period, with the harmonics of a voice."""
    time = np.arange(round(seconds * RATE)) / RATE
    harmonics = [np.cos(2 * np.pi * hertz * k * time) / k for k in range(1, int(4000 / hertz))]
    return np.asarray(0.1 * np.sum(harmonics, axis=0), np.float32)


@pytest.mark.parametrize("hertz", [70, 110, 150, 220, 300, 400])
def test_the_pitch_of_a_periodic_sound_is_its_frequency_and_no_multiple(hertz: float) -> None:
    found = pitch(buzz(hertz), RATE)
    # a period is counted in whole samples
    assert found == pytest.approx(np.full(len(found), hertz), rel=hertz / RATE)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert np.mean(np.isnan(pitch(noise, RATE))) > 0.98
    assert np.isnan(pitch(np.zeros(RATE, np.float32), RATE)).all()


def test_the_pitch_is_the_same_whichever_library_transforms() -> None:
    melody = np.concatenate([buzz(hertz, 0.3) for hertz in (90, 120, 180, 260)])
    noise = np.random.default_rng(0).normal(0, 0.02, len(melody)).astype(np.float32)
    assert np.array_equal(pitch(melody + noise, RATE), pitch(melody + noise, RATE, scipy.fft), equal_nan=True)


def test_a_constant_added_to_noise_gives_it_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(0.02, 0.001, RATE).astype(np.float32)
    assert np.mean(np.isnan(pitch(noise, RATE))) > 0.98


def test_there_is_a_frame_every_ten_milliseconds_as_long_as_a_frame_fits() -> None:
    assert len(pitch(buzz(100, 0.5), RATE)) == round((0.5 - 0.04) / STEP) + 1
    assert len(pitch(buzz(100, 0.03), RATE)) == 0


def test_a_long_sound_gives_what_its_parts_give() -> None:
    long = np.concatenate([buzz(100, 25.0), buzz(200, 25.0)])
    found = pitch(long, RATE)
    assert len(found) == round((50 - 0.04) / STEP) + 1
    first = 1_900  # from before the border of a block to after the next one
    part = pitch(long[first * RATE // 100 :][: 25 * RATE], RATE)
    assert np.array_equal(found[first : first + len(part)], part, equal_nan=True)
