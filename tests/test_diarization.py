"""Diarization with models that are known to be right or wrong in a known way; the true models are in test_models.py."""

import numpy as np
import pytest

from curation.diarization import diarize, second_speaker, speech
from curation.services import RATE, Activity, Diarization, Frames, Samples, Vectors
from curation.turns import Intervals, intersection, seconds, union
from curation.voices import MEASUREMENTS, Calibration, unit

WINDOW, HOP = 500, 125
SIZE = 8

# Two voices where vectors are far apart, whatever else is measured.
BY_DISTANCE = Calibration(
    np.zeros(SIZE, np.float32), np.array([20.0 if name == "distance" else 0.0 for name in MEASUREMENTS]), -10.0
)


class Told:
    """Models that are told who speaks, frame by frame; who is which local speaker differs from window to window."""

    def __init__(self, active: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> None:
        self.active = active

    def activity(self, samples: Samples) -> Activity:
        speakers, length = self.active.shape
        assert round(len(samples) / RATE * 100) in (length, length - 1)
        starts = np.arange(0, max(length - WINDOW, 0) + HOP, HOP)
        padded = np.pad(self.active, ((0, 0), (0, WINDOW + HOP)))
        probabilities = np.zeros((len(starts), 3, WINDOW), np.float32)
        for window, start in enumerate(starts):
            for speaker in range(speakers):
                probabilities[window, (speaker + window) % 3] = padded[speaker, start : start + WINDOW]
        return Activity(starts, 0.9 * probabilities, length)

    def vectors(self, samples: Samples, stretches: Frames) -> Vectors:
        del samples
        shares = self.active[:, stretches].mean(axis=2).T
        vectors = np.pad(shares, ((0, 0), (0, SIZE - shares.shape[1])))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def told(*turns: tuple[int, float, float], length: float) -> tuple[Told, dict[int, Intervals]]:
    """Return the models, and the turns (speaker, start, end) as intervals."""
    speakers = sorted({speaker for speaker, _, _ in turns})
    active = np.zeros((max(len(speakers), 1), round(length * 100)), np.bool_)
    for speaker, start, end in turns:
        active[speaker, round(start * 100) : round(end * 100)] = True
    return Told(active), {
        speaker: np.array([(start, end) for one, start, end in turns if one == speaker]) for speaker in speakers
    }


def heard(models: Told, length: float) -> Diarization:
    return diarize(np.zeros(round(length * RATE), np.float32), models, models, BY_DISTANCE)


def test_turns_of_two_voices_are_joined_over_windows_in_which_they_go_by_other_numbers() -> None:
    models, expected = told((0, 0, 4), (1, 4.5, 8), (0, 9, 13), (1, 13.5, 16), length=17)
    found = heard(models, 17)
    assert found.second_voice > 0.9
    assert [seconds(voice.turns) for voice in found.voices] == pytest.approx([8, 6], abs=0.1)
    assert found.voices[0].turns == pytest.approx(expected[0], abs=0.02)
    assert found.voices[1].turns == pytest.approx(expected[1], abs=0.02)


def test_overlap_belongs_to_both_voices() -> None:
    models, _ = told((0, 0, 5), (1, 4, 9), (0, 10, 14), length=14)
    first, second = heard(models, 14).voices
    assert intersection(first.turns, second.turns) == pytest.approx(np.array([[4.0, 5.0]]), abs=0.05)


def test_exclusive_turns_give_overlap_to_one_of_the_voices() -> None:
    models, _ = told((0, 0, 5), (1, 4, 9), (0, 10, 14), length=14)
    first, second = heard(models, 14).voices
    assert not len(intersection(first.exclusive, second.exclusive))
    assert union(first.exclusive, second.exclusive) == pytest.approx(union(first.turns, second.turns))


def test_what_is_taken_for_one_voice_comes_with_the_two_that_it_might_be() -> None:
    models, expected = told((0, 0, 5), (1, 5.5, 9), length=9)
    sure_of_one = Calibration(BY_DISTANCE.centre, BY_DISTANCE.coefficients, -30.0)
    found = diarize(np.zeros(9 * RATE, np.float32), models, models, sure_of_one)
    assert len(found.voices) == 1
    assert [voice.turns.round(1).tolist() for voice in found.alternative] == [
        expected[0].tolist(),
        expected[1].tolist(),
    ]


def test_one_voice_takes_all_speech_whatever_the_windows_call_it() -> None:
    models, expected = told((0, 1, 6), (0, 7, 12), length=13)
    found = heard(models, 13)
    assert len(found.voices) == 1
    assert found.second_voice < 0.1
    assert found.voices[0].turns == pytest.approx(expected[0], abs=0.02)


def test_three_voices_are_found_one_split_after_the_other() -> None:
    models, expected = told((0, 0, 5), (1, 5.5, 10), (2, 10.5, 14.5), length=15)
    found = heard(models, 15)
    assert [voice.turns.round(2).tolist() for voice in found.voices] == [
        expected[speaker].tolist() for speaker in (0, 1, 2)
    ]


class OneOfTwoNumbers(Told):
    """The last speaker is the one before, whom the segmentation model takes for another."""

    def vectors(self, samples: Samples, stretches: Frames) -> Vectors:
        vectors = super().vectors(samples, stretches)
        vectors[:, 1] += vectors[:, 2]
        vectors[:, 2] = 0
        return unit(vectors)


def test_one_voice_under_two_numbers_of_a_window_loses_nothing_of_its_speech() -> None:
    told_apart, _ = told((0, 0, 4), (1, 4.5, 8.5), (2, 8.6, 10), length=10)
    found = heard(OneOfTwoNumbers(told_apart.active), 10)
    assert [seconds(voice.turns) for voice in found.voices] == pytest.approx([5.5, 4], abs=0.6)


def test_speech_that_lasts_to_the_end_ends_with_the_recording() -> None:
    models, _ = told((0, 1, 10.01), length=10.01)
    (voice,) = diarize(np.zeros(160_100, np.float32), models, models, BY_DISTANCE).voices
    assert voice.turns[-1, 1] == 160_100 / RATE


def test_where_nobody_speaks_there_is_no_voice() -> None:
    models, _ = told(length=6)
    assert (heard(models, 6).voices, heard(models, 6).second_voice) == ((), 0.0)


def test_a_word_that_is_shorter_than_a_stretch_is_a_voice_of_its_own() -> None:
    models, _ = told((0, 0.3, 0.7), length=1)
    (voice,) = heard(models, 1).voices
    assert voice.turns == pytest.approx(np.array([[0.3, 0.7]]), abs=0.02)


def test_vectors_have_length_one() -> None:
    models, _ = told((0, 0, 4), (1, 4.5, 8), length=8)
    assert [np.linalg.norm(voice.vector) for voice in heard(models, 8).voices] == pytest.approx([1, 1], abs=1e-6)


def test_a_second_speaker_counts_where_that_is_most() -> None:
    models, _ = told((0, 0, 30), (1, 20, 22), length=30)
    activity = models.activity(np.zeros(30 * RATE, np.float32))
    # three windows hold all of the two seconds
    assert second_speaker(activity, speech(activity)) == pytest.approx(np.sqrt(0.9 * 2 / 5))


def test_a_second_speaker_counts_only_in_the_frames_asked_for() -> None:
    models, _ = told((0, 0, 3), (1, 3, 5), length=5)
    activity = models.activity(np.zeros(5 * RATE, np.float32))
    assert second_speaker(activity, speech(activity)) == pytest.approx(np.sqrt(0.9 * 2 / 5))
    assert second_speaker(activity, np.arange(500) < 300) == 0
