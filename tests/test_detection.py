from dataclasses import dataclass

import numpy as np
import pytest

from curation.detection import Agreed
from curation.services import Activity, Samples

LENGTH, WIDTH = 7, 4  # frames


@dataclass
class Windows:
    """Two local speakers, the second half as likely as the first."""

    likeliest: float

    def activity(self, samples: Samples) -> Activity:
        del samples
        row = np.full(WIDTH, self.likeliest, np.float32)
        return Activity(np.array([0, 2, 4]), np.stack([np.stack([row, row / 2])] * 3), LENGTH)


@dataclass
class Ramp:
    """Speech that is the likelier the later."""

    frames: int = LENGTH + 1

    def speech(self, samples: Samples) -> Samples:
        del samples
        return np.arange(self.frames, dtype=np.float32) / np.float32(10)


def agreed(likeliest: float) -> Activity:
    return Agreed(Windows(likeliest), Ramp()).activity(np.zeros(1, np.float32))


def test_speech_is_as_likely_as_both_say_on_the_average() -> None:
    starts, probabilities, length = agreed(0.8)
    assert (starts.tolist(), length) == ([0, 2, 4], LENGTH)
    assert probabilities[0, 0] == pytest.approx([0.4, 0.45, 0.5, 0.55])
    assert probabilities[1, 0] == pytest.approx([0.5, 0.55, 0.6, 0.65])


def test_local_speakers_keep_their_shares() -> None:
    found = agreed(0.8).probabilities
    assert found[:, 1] == pytest.approx(found[:, 0] / 2)


def test_beyond_the_end_there_is_no_speech_to_detect() -> None:
    assert agreed(0.8).probabilities[2, 0, -1] == pytest.approx(0.4)


def test_where_no_local_speaker_is_heard_there_is_none() -> None:
    assert not agreed(0.0).probabilities.any()
