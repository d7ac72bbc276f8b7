import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curation.fingerprint import MAX_LANDMARKS, SPECTRUM_BITS, Fingerprint, fingerprint

Samples = npt.NDArray[np.float32]


def noise(seconds: float, seed: int = 0) -> Samples:
    samples = np.random.default_rng(seed).standard_normal(int(seconds * 16_000), dtype=np.float32)
    return 0.1 * samples


def landmarks(printed: Fingerprint) -> tuple[Fingerprint, Fingerprint]:
    count = int(printed[0])
    return printed[1 : count + 1], printed[count + 1 : 2 * count + 1]


def words(printed: Fingerprint) -> Fingerprint:
    return printed[2 * int(printed[0]) + 1 :]


def spectrum(printed: Fingerprint) -> Fingerprint:
    return words(printed) & np.uint32((1 << SPECTRUM_BITS) - 1)


def levels(printed: Fingerprint) -> Fingerprint:
    return words(printed) >> np.uint32(SPECTRUM_BITS)


def share_of_differing_bits(one: Fingerprint, other: Fingerprint) -> float:
    length = min(len(one), len(other))
    return float(np.bitwise_count(one[:length] ^ other[:length]).mean()) / SPECTRUM_BITS


@pytest.mark.parametrize("seconds", [0.5, 1, 6, 30])
def test_there_is_a_word_every_ten_milliseconds(seconds: float) -> None:
    assert seconds * 100 - 16 < len(words(fingerprint(noise(seconds)))) < seconds * 100


def test_a_long_recording_has_no_more_landmarks_than_a_sentence() -> None:
    assert fingerprint(noise(60))[0] == fingerprint(noise(6))[0] == MAX_LANDMARKS


def test_the_same_samples_give_the_same_fingerprint() -> None:
    assert fingerprint(noise(3)).tobytes() == fingerprint(noise(3).copy()).tobytes()


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_gain_changes_the_levels_and_not_the_spectrum(gain: float) -> None:
    plain, louder = fingerprint(noise(3)), fingerprint(gain * noise(3))
    assert share_of_differing_bits(spectrum(plain), spectrum(louder)) < 0.001
    steps = levels(louder).astype(int) - levels(plain).astype(int)
    assert set(steps) <= {round(40 * np.log10(gain)) + stray for stray in (-1, 0, 1)}


def test_other_sounds_differ_in_half_of_the_bits() -> None:
    assert (
        0.45 < share_of_differing_bits(spectrum(fingerprint(noise(6))), spectrum(fingerprint(noise(6, seed=1)))) < 0.55
    )


def test_a_trimmed_sound_keeps_landmarks_at_its_new_place() -> None:
    whole, trimmed = noise(6), noise(6)[8_000:]
    frames_of = dict(zip(*landmarks(fingerprint(whole)), strict=True))
    shared = [
        frames_of[each] - frame
        for each, frame in zip(*landmarks(fingerprint(trimmed)), strict=True)
        if each in frames_of
    ]
    assert len(shared) > MAX_LANDMARKS / 2
    assert np.mean(np.abs(np.array(shared) - 50) <= 1) > 0.9


def test_what_lies_above_the_telephone_band_does_not_matter() -> None:
    time = np.arange(3 * 16_000) / 16_000
    whistle = (0.1 * np.sin(2 * np.pi * 5_500 * time)).astype(np.float32)
    difference = share_of_differing_bits(spectrum(fingerprint(noise(3))), spectrum(fingerprint(noise(3) + whistle)))
    assert difference < 0.01


@pytest.mark.parametrize("samples", [0, 1, 100, 1_024, 2_000])
def test_too_short_a_sound_has_nothing_to_compare(samples: int) -> None:
    assert fingerprint(noise(1)[:samples]).tolist() == [0]


def test_silence_has_neither_landmarks_nor_levels() -> None:
    silent = fingerprint(np.zeros(16_000, np.float32))
    assert silent[0] == 0
    assert not words(silent).any()


def test_noise_below_the_last_bit_of_a_file_is_a_sound_like_any_other() -> None:
    quiet = fingerprint(1e-3 * noise(3))
    assert share_of_differing_bits(spectrum(quiet), spectrum(fingerprint(noise(3)))) < 0.05


@given(
    arrays(
        np.float32, st.integers(0, 9_000), elements=st.floats(-1, 1, width=32), fill=st.sampled_from([0.0, 0.5, -1.0])
    )
)
def test_any_samples_give_a_well_formed_fingerprint(samples: Samples) -> None:
    printed = fingerprint(samples)
    hashes, frames = landmarks(printed)
    assert printed.dtype == np.uint32
    assert len(printed) >= 1 + 2 * printed[0]
    assert printed[0] <= MAX_LANDMARKS
    assert (np.diff(hashes.astype(np.int64)) > 0).all()
    assert (frames < max(1, len(words(printed)))).all()
