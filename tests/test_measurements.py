from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curation import records
from curation.audio import RATE, Samples, Sound, decode
from curation.measurements import PIECE, measure
from tests import hostile


def measured(pcm: Samples) -> dict[str, float | None]:
    sound = Sound(pcm.astype(np.float32), sha256="", codec="", decoder="", rate=RATE, channels=1, clipped_share=0.0)
    return measure(sound)


def number(pcm: Samples, name: str) -> float:
    value = measured(pcm)[name]
    assert value is not None
    return value


def noise(seconds: float, level: float = 0.1, seed: int = 0) -> Samples:
    samples = np.random.default_rng(seed).standard_normal(int(seconds * RATE))
    return (level * samples).astype(np.float32)


def tone(frequency: float, seconds: float = 2.0, level: float = 0.5) -> Samples:
    return (level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def low_passed(pcm: Samples, cutoff: float) -> Samples:
    spectrum = np.fft.rfft(pcm)
    spectrum[np.fft.rfftfreq(len(pcm), 1 / RATE) > cutoff] = 0
    # As stored: in 16 bits.
    return (np.rint(np.fft.irfft(spectrum, len(pcm)) * 32768) / 32768).astype(np.float32)


def test_the_measurements_are_those_of_a_clip() -> None:
    assert ["clip_id", *measured(hostile.voice(1.0))] == list(records.CLIP)


def test_levels_are_relative_to_full_scale() -> None:
    found = measured(tone(1000, level=0.5))
    assert found["seconds"] == 2.0
    assert found["peak_dbfs"] == pytest.approx(20 * np.log10(0.5), abs=0.01)
    assert found["rms_dbfs"] == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.01)
    assert found["loudness_lufs"] == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.1)


def test_the_offset_is_the_mean_and_part_of_the_rms() -> None:
    found = measured(noise(2.0) + np.float32(0.2))
    assert found["dc_offset"] == pytest.approx(0.2, abs=0.002)
    assert found["rms_dbfs"] == pytest.approx(10 * np.log10(0.2**2 + 0.1**2), abs=0.05)


def test_an_offset_hides_no_silence() -> None:
    speech = np.concatenate([hostile.voice(1.0), np.zeros(3 * RATE, np.float32)])
    assert number(speech + np.float32(0.3), "silence_share") == pytest.approx(number(speech, "silence_share"), abs=0.01)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.97])
def test_silence_is_the_share_of_frames_without_sound(share: float) -> None:
    pcm = noise(20.0)
    pcm[: int(share * len(pcm))] *= np.float32(1e-3)
    assert number(pcm, "silence_share") == pytest.approx(share, abs=0.01)


def test_a_click_does_not_make_silence_of_a_voice() -> None:
    pcm = noise(5.0, level=0.01)
    before = number(pcm, "silence_share")
    pcm[RATE] = 0.99
    assert number(pcm, "silence_share") == pytest.approx(before, abs=0.01)


def test_hiss_alone_is_silence() -> None:
    assert measured(noise(2.0, level=1e-5))["silence_share"] == 1.0


@pytest.mark.parametrize("planted", [10, 15, 20, 25, 30])
def test_the_noise_planted_under_a_voice_is_estimated(planted: float) -> None:
    speech = hostile.voice(6.0)
    active = float(np.mean(speech[np.abs(speech) > 0.05] ** 2))
    mixed = speech + noise(6.0, level=float(np.sqrt(active / 10 ** (planted / 10))))
    assert number(mixed, "snr_db") == pytest.approx(planted, abs=5)


def test_more_noise_is_a_lower_ratio() -> None:
    speech = hostile.voice(6.0)
    ratios = [number(speech + noise(6.0, level), "snr_db") for level in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[0] > 35
    assert ratios[-1] < 0


def test_more_noise_under_real_voices_is_a_lower_ratio(corpus: Path) -> None:
    for path in sorted(corpus.glob("speechocean762/WAVE/*/*.WAV"))[::40]:
        pcm = decode(path, 60.0).pcm
        level = float(np.sqrt(np.mean(pcm**2)))
        ratios = [
            number(pcm + noise(60.0)[: len(pcm)] * np.float32(10 * level * 10 ** (-planted / 20)), "snr_db")
            for planted in (30, 20, 10, 5, 0)
        ]
        assert ratios == sorted(ratios, reverse=True)
        assert ratios[0] - ratios[2] > 10


@pytest.mark.parametrize("cutoff", [1000, 3000, 4000, 6000])
def test_bandwidth_is_where_the_sound_ends(cutoff: float) -> None:
    assert number(low_passed(noise(3.0), cutoff), "bandwidth_hz") == pytest.approx(cutoff, abs=150)


def test_bandwidth_is_all_of_it_for_white_noise_and_the_frequency_of_a_tone() -> None:
    assert number(noise(3.0), "bandwidth_hz") == pytest.approx(8000, abs=50)
    assert number(tone(2500), "bandwidth_hz") == pytest.approx(2500, abs=300)


def test_a_telephone_recording_is_known_whatever_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "telephone.wav"
    speech = hostile.voice(3.0, 8_000) + 0.01 * np.random.default_rng(0).standard_normal(24_000)
    path.write_bytes(hostile.encoded(speech, 8_000, "WAV", "PCM_16"))
    assert number(decode(path, 60.0).pcm, "bandwidth_hz") == pytest.approx(4000, abs=200)


def test_clipping_is_carried_over_from_the_file() -> None:
    sound = Sound(noise(1.0), sha256="", codec="", decoder="", rate=48_000, channels=2, clipped_share=0.25)
    assert measure(sound)["clipped_share"] == 0.25
    assert measure(replace(sound, clipped_share=0.0))["clipped_share"] == 0.0


def test_a_long_recording_is_measured_as_its_parts_are() -> None:
    long = np.tile(hostile.voice(4.0), 2 * PIECE // (4 * RATE) + 3)
    short = long[: 20 * RATE]
    for name in ("rms_dbfs", "loudness_lufs", "silence_share", "snr_db", "bandwidth_hz"):
        assert number(long, name) == pytest.approx(number(short, name), rel=0.02)


@pytest.mark.parametrize("length", [1, 79, 80, 399, 400, 511, 512, 6400, 16_001])
def test_a_sound_of_any_length_is_measured(length: int) -> None:
    found = measured(noise(2.0)[:length])
    assert found["rms_dbfs"] is not None
    assert (found["silence_share"] is None) == (found["snr_db"] is None) == (length < 400)
    assert (found["bandwidth_hz"] is None) == (length < 512)
    assert (found["loudness_lufs"] is None) == (length < 6400)


def test_digital_silence_has_no_levels() -> None:
    found = measured(np.zeros(RATE, np.float32))
    for name in ("peak_dbfs", "rms_dbfs", "loudness_lufs", "bandwidth_hz"):
        assert found[name] is None
    assert found["silence_share"] == 1.0
