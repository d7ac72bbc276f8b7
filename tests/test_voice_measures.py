from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import find_peaks

from curation import weights
from curation.adapters.espeak import SAMPLE_RATE, Voice
from curation.audio import decode
from curation.services import RATE, Samples
from curation.turns import NONE, Intervals
from curation.voice_measures import _peaks, contours, measures

# Sentences with their syllables, counted by hand.
SYLLABLES = {
    "Can you tell me which bus goes to the railway station from here?": 15,
    "We painted the kitchen yellow, and the bedroom a very pale shade of green.": 18,
    "Nobody remembered the name of the doctor who had saved the village.": 18,
    "Heavy clouds gathered over the mountains long before the first drop fell.": 17,
    "Turn left at the church, walk past three shops, and knock on the blue door.": 15,
}


def buzz(hertz: npt.ArrayLike, seconds: float = 1.0) -> Samples:
    """Return the harmonics of a voice at a pitch, or at one pitch after the other for as long in all."""
    pitches = np.resize(
        np.repeat(np.atleast_1d(hertz), max(1, round(seconds * RATE / np.size(hertz)))), round(seconds * RATE)
    )
    phase = 2 * np.pi * np.cumsum(pitches) / RATE
    return np.asarray(0.1 * np.sum([np.cos(k * phase) / k for k in range(1, 12)], axis=0), np.float32)


def noise(seconds: float, level: float) -> Samples:
    """Return noise at a level in dBFS."""
    return np.random.default_rng(0).normal(0, 10 ** (level / 20), round(seconds * RATE)).astype(np.float32)


def spans(*turns: tuple[float, float]) -> Intervals:
    return np.array(turns)


def of_whole(samples: Samples) -> dict[str, float | None]:
    whole = spans((0, len(samples) / RATE))
    return measures(contours(samples), whole, whole)


def spoken(text: str, name: str, words_per_minute: int = 160) -> Samples:
    said = Voice(name, words_per_minute=words_per_minute).speak(text).samples
    return np.asarray(soxr.resample(said, SAMPLE_RATE, RATE), np.float32)


@pytest.mark.parametrize("hertz", [80, 125, 210, 330])
def test_the_pitch_of_a_voice_is_that_of_its_periods(hertz: float) -> None:
    found = of_whole(buzz(hertz))
    assert found["pitch_hz"] == pytest.approx(hertz, rel=hertz / RATE)
    assert found["pitch_spread"] == 0
    assert found["voiced_share"] == pytest.approx(1, abs=0.05)


def test_the_spread_is_that_of_the_melody_in_semitones_whatever_the_pitch() -> None:
    melody = 2.5 * np.random.default_rng(0).standard_normal(60)
    for middle in (110, 200):
        found = of_whole(buzz(middle * 2 ** (melody / 12), 15))
        assert found["pitch_spread"] == pytest.approx(2.5, rel=0.15)


def test_an_octave_error_now_and_then_moves_neither_pitch_nor_spread() -> None:
    melody = 120 * 2 ** (np.linspace(-2, 2, 40) / 12)
    wrong = melody.copy()
    wrong[::8] /= 2
    right, with_errors = of_whole(buzz(melody, 12)), of_whole(buzz(wrong, 12))
    assert with_errors["pitch_hz"] == pytest.approx(right["pitch_hz"], rel=0.05)
    assert with_errors["pitch_spread"] == pytest.approx(right["pitch_spread"], rel=0.4)


def test_the_voiced_share_is_of_the_speech_and_not_of_the_clip() -> None:
    sound = np.concatenate([buzz(150, 1), noise(1, -30), noise(3, -80)])
    found = measures(contours(sound), spans((0, 2)), spans((0, 2)))
    assert found["voiced_share"] == pytest.approx(0.5, abs=0.03)


def test_two_voices_are_measured_where_each_is_alone() -> None:
    sound = np.concatenate([buzz(110, 2), buzz(110, 1) + buzz(230, 1), 0.1 * buzz(230, 2)])
    speech = spans((0, 5))
    his, hers = (measures(contours(sound), alone, speech) for alone in (spans((0, 2)), spans((3, 5))))
    assert his["pitch_hz"] == pytest.approx(110, rel=0.01)
    assert hers["pitch_hz"] == pytest.approx(230, rel=0.02)
    assert his["level_dbfs"] is not None
    assert hers["level_dbfs"] == pytest.approx(his["level_dbfs"] - 20, abs=0.2)


@pytest.mark.parametrize("over", [10, 20, 40])
def test_a_voice_is_as_far_above_the_pauses_as_it_was_made(over: float) -> None:
    voice = buzz(140, 1)
    level = 10 * np.log10(np.mean(voice**2))
    sound = np.concatenate([noise(0.5, level - over), voice + noise(1, level - over), noise(0.5, level - over)])
    found = measures(contours(sound), spans((0.5, 1.5)), spans((0.5, 1.5)))
    assert found["snr_db"] == pytest.approx(over, abs=0.5)


def test_without_a_pause_or_a_voiced_sound_what_cannot_be_told_is_null() -> None:
    assert of_whole(buzz(140))["snr_db"] is None
    whispered = of_whole(noise(1, -30))
    assert (whispered["pitch_hz"], whispered["pitch_spread"], whispered["speaking_rate"]) == (None, None, 0)
    assert set(measures(contours(buzz(140)), NONE, NONE).values()) == {None}
    assert set(of_whole(np.zeros(100, np.float32)).values()) == {None}
    assert of_whole(buzz(140, 0.03))["pitch_hz"] is None


@pytest.mark.parametrize("name", ["en-us", "en-us+f2", "en-us+m7", "en-gb-x-rp+f4"])
@pytest.mark.parametrize("words_per_minute", [120, 160, 210])
def test_syllables_are_counted_however_fast_they_are_said(name: str, words_per_minute: int) -> None:
    counted = 0.0
    for text in SYLLABLES:
        sound = spoken(text, name, words_per_minute)
        found = of_whole(sound)["speaking_rate"]
        assert found is not None
        counted += found * len(sound) / RATE
    assert counted == pytest.approx(sum(SYLLABLES.values()), rel=0.1)


def test_pauses_are_no_part_of_the_speaking_rate() -> None:
    sound = spoken(next(iter(SYLLABLES)), "en-us")
    length = len(sound) / RATE
    paused = np.concatenate([noise(2, -70), sound, noise(2, -70)])
    found = measures(contours(paused), spans((2, 2 + length)), spans((2, 2 + length)))
    assert found["speaking_rate"] == pytest.approx(of_whole(sound)["speaking_rate"], rel=0.1)


def test_claps_are_no_syllables() -> None:
    claps = noise(3, -60)
    for place in range(0, 3 * RATE, RATE // 4):
        claps[place : place + 400] += noise(400 / RATE, -10)
    assert of_whole(claps)["speaking_rate"] == 0


@pytest.mark.parametrize("gain", [0.01, 0.3, 3.0])
def test_a_louder_recording_of_a_voice_is_the_same_but_for_the_level(gain: float) -> None:
    sound = spoken(next(iter(SYLLABLES)), "en-us+f2")
    found, louder = of_whole(sound), of_whole(np.float32(gain) * sound)
    level, other = found.pop("level_dbfs"), louder.pop("level_dbfs")
    assert level is not None
    assert other == pytest.approx(level + 20 * np.log10(gain), abs=0.01)
    assert (found.pop("snr_db"), louder.pop("snr_db")) == (None, None)
    assert louder == pytest.approx(found, rel=0.05)


@given(st.integers(0, 2**32), st.integers(0, 60), st.sampled_from([0.5, 2.0, 5.0]))
def test_peaks_are_those_of_a_prominence_of_two_decibels(seed: int, count: int, step: float) -> None:
    contour = np.cumsum(np.random.default_rng(seed).normal(0, step, count))
    bounded = np.concatenate([[-200.0], contour, [-200.0]])
    assert _peaks(contour) == [place - 1 for place in find_peaks(bounded, prominence=2)[0]]


def test_men_and_women_of_real_recordings_are_told_apart_by_their_pitch(corpus: Path) -> None:
    root = corpus / "speechocean762"
    recorded: dict[str, dict[str, str]] = {}
    for name in ("spk2gender", "spk2age"):
        rows = [line.split() for part in ("train", "test") for line in (root / part / name).read_text().splitlines()]
        recorded[name] = dict(rows)
    adults = [speaker for speaker, age in recorded["spk2age"].items() if int(age) >= 18]
    pitches: dict[str, list[float]] = {"m": [], "f": []}
    within = []
    for speaker in adults:
        paths = islice(sorted((root / "WAVE" / f"SPEAKER{speaker}").glob("*.WAV")), 3)
        found = [of_whole(decode(path, 60).pcm)["pitch_hz"] for path in paths]
        heard = [pitch for pitch in found if pitch is not None]
        assert len(heard) == len(found)
        if heard:
            pitches[recorded["spk2gender"][speaker]].append(float(np.median(heard)))
            within.append(12 * np.log2(max(heard) / min(heard)))
    assert min(map(len, pitches.values())) >= 10
    # between the usual 120 and 210 Hz of men and women, in octaves; a record may be wrong
    is_low = {gender: np.array(some) < 160 for gender, some in pitches.items()}
    assert is_low["m"].mean() > 0.9
    assert is_low["f"].mean() < 0.1
    assert np.median(within) < 2


def test_syllables_of_real_recordings_are_about_those_that_a_dictionary_has(corpus: Path) -> None:
    root = corpus / "speechocean762"
    dictionary = weights.located(weights.POCKETSPHINX) / "cmudict-en-us.dict"
    phones = dict(line.split(maxsplit=1) for line in dictionary.read_text(encoding="utf-8").splitlines())
    texts = dict(line.split("\t") for line in (root / "train" / "text").read_text(encoding="utf-8").splitlines())
    expected, counted = [], []
    for name, text in texts.items():
        words = text.lower().split()
        path = root / "WAVE" / f"SPEAKER{name[1:5]}" / f"{name}.WAV"
        if path.exists() and all(word in phones for word in words):
            sound = decode(path, 60).pcm
            rate = of_whole(sound)["speaking_rate"]
            assert rate is not None
            counted.append(rate * len(sound) / RATE)
            expected.append(sum(phone[0] in "AEIOU" for word in words for phone in phones[word].split()))
    assert len(expected) > 100
    # most are children who learn English; de Jong and Wempe report 0.71 to 0.88 on adults who speak their own language
    assert np.corrcoef(counted, expected)[0, 1] > 0.5
    assert 0.8 < sum(counted) / sum(expected) < 1.25
