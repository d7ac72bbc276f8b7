"""The embedded models themselves, on real speech and on speech of eSpeak NG."""

import numpy as np
import pytest
import soxr
import torchaudio

from curation import weights
from curation.adapters.espeak import SAMPLE_RATE, Voice
from curation.adapters.ge2e import BANDS, SIZE, mel_filters
from curation.adapters.pyannet import HOP, WINDOW
from curation.adapters.silero import Silero
from curation.diarization import diarize
from curation.services import RATE, Samples
from curation.turns import seconds
from curation.voices import WIDTH, calibration
from flows.models import encoder, segmentation

TEXT = "The river rose in the night, and by the morning the lower meadow was a lake with trees in it."


def spoken(voice: str, text: str = TEXT) -> Samples:
    samples = soxr.resample(Voice(voice).speak(text).samples, SAMPLE_RATE, RATE)
    return np.asarray(0.3 * samples, np.float32)


def test_the_mel_bands_are_those_that_the_encoder_was_trained_on() -> None:
    expected = torchaudio.functional.melscale_fbanks(201, 0.0, RATE / 2, BANDS, RATE, norm="slaney", mel_scale="slaney")
    assert mel_filters() == pytest.approx(expected.numpy().T, abs=1e-6)


def test_speech_is_heard_where_it_is_and_silence_is_not() -> None:
    silence = np.zeros(2 * RATE, np.float32)
    speech = spoken("en-us+m3")
    activity = segmentation().activity(np.concatenate([silence, speech, silence]))
    assert activity.length == pytest.approx((len(speech) / RATE + 4) * 100, abs=1)
    assert activity.probabilities.shape == (len(activity.starts), 3, 500)
    assert activity.probabilities[0, :, :150].max() < 0.3
    assert np.median(activity.probabilities[0, :, 250:450].max(axis=0)) > 0.8
    assert activity.starts[-1] + 500 >= activity.length


@pytest.mark.parametrize("seconds_long", [0.05, 1.0, 5.0, 5.01, 12.0])
def test_windows_cover_a_sound_of_any_length(seconds_long: float) -> None:
    activity = segmentation().activity(np.zeros(round(seconds_long * RATE), np.float32))
    assert set(np.diff(activity.starts)) <= {100 * HOP}
    assert activity.starts[0] == 0
    assert (
        0 <= activity.starts[-1] + 100 * WINDOW - activity.length < 100 * max(HOP, WINDOW - activity.length / 100) + 1
    )


def test_a_voice_is_nearer_to_itself_than_to_another_and_as_loud_as_you_like() -> None:
    his, hers = spoken("en-us+m3"), spoken("en-us+f2")
    stretches = np.stack([np.arange(20, 20 + WIDTH), np.arange(200, 200 + WIDTH)])
    vectors = [encoder().vectors(sound, stretches) - calibration().centre for sound in (his, hers)]
    (his_first, his_second), (hers_first, _) = vectors
    assert his_first @ his_second > his_first @ hers_first
    louder = encoder().vectors(4 * his, stretches)
    assert louder == pytest.approx(encoder().vectors(his, stretches), abs=1e-4)
    assert louder.shape == (2, SIZE)
    assert np.linalg.norm(louder, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_steady_noise_changes_a_voice_little() -> None:
    sound = spoken("en-us+m3")
    noise = np.random.default_rng(0).normal(0, 10 ** (-50 / 20), len(sound)).astype(np.float32)
    stretches = np.stack([np.arange(first, first + WIDTH) for first in (20, 60, 100)])
    clean = encoder().vectors(sound, stretches)
    assert np.sum(clean * encoder().vectors(sound + noise, stretches), axis=1).min() > 0.9


def test_speech_is_detected_where_it_is_in_a_sound_of_any_length() -> None:
    detector = Silero(weights.located(weights.SILERO))
    silence, speech = np.zeros(2 * RATE, np.float32), spoken("en-us+m3")
    found = detector.speech(np.concatenate([silence, speech, silence]))
    assert len(found) == -(-(len(speech) + 4 * RATE) // 160)
    assert found[:180].max() < 0.2
    assert np.median(found[250:450]) > 0.8
    assert detector.speech(speech / np.float32(1_000)) == pytest.approx(detector.speech(speech), abs=0.01)
    for length in (1, 511, 513, RATE):
        assert len(detector.speech(speech[:length])) == -(-length // 160)


def test_a_stretch_sounds_the_same_wherever_it_lies_in_a_long_recording() -> None:
    sound, away = spoken("en-us+f2"), 4_000  # frames of silence before it: it crosses the border of a block
    long = np.concatenate([np.zeros(away * RATE // 100, np.float32), sound])
    stretches = np.stack([np.arange(first, first + WIDTH) for first in (20, 60, 100)])
    assert encoder().vectors(long, stretches + away) == pytest.approx(encoder().vectors(sound, stretches), abs=1e-5)


def test_no_stretch_has_no_vector() -> None:
    nothing = np.empty((0, WIDTH), np.int64)
    assert encoder().vectors(np.zeros(RATE, np.float32), nothing).shape == (0, SIZE)
    assert encoder().vectors(np.empty(0, np.float32), nothing).shape == (0, SIZE)


def test_a_man_and_a_woman_in_turn_are_two_voices_and_each_alone_is_one() -> None:
    his, hers = spoken("en-us+m3"), spoken("en-us+f2")
    pause = np.zeros(RATE // 2, np.float32)
    both = diarize(np.concatenate([his, pause, hers]), segmentation(), encoder(), calibration())
    assert len(both.voices) == 2
    border = len(his) / RATE
    starts = sorted(float(voice.turns[0, 0]) for voice in both.voices)
    assert starts[0] < 0.5
    assert starts[1] == pytest.approx(border + 0.5, abs=0.5)
    for alone in (his, hers):
        found = diarize(alone, segmentation(), encoder(), calibration())
        assert len(found.voices) == 1
        assert seconds(found.voices[0].turns) > 0.7 * len(alone) / RATE


def test_a_sound_gives_the_same_whatever_was_heard_before_it() -> None:
    sound = spoken("en-us+f2")
    first = diarize(sound, segmentation(), encoder(), calibration())
    diarize(spoken("en-us+m3"), segmentation(), encoder(), calibration())
    again = diarize(sound, segmentation(), encoder(), calibration())
    assert again.second_voice == first.second_voice
    assert np.array_equal(again.voices[0].vector, first.voices[0].vector)
    assert np.array_equal(again.voices[0].turns, first.voices[0].turns)
