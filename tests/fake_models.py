"""What stands in for models where a test is about the pipeline: voices are told by the names of files.

`ana/1.wav` is all of ana's voice, `ana/duet-ben.wav` three quarters of hers and then ben's, `ana/ben.wav` all of
ben's, `ana/quiet.wav` nobody's. `fails`, `dies` and `stalls` in a name do that.
"""

import os
import signal
import time
from pathlib import Path

import numpy as np

from curation.errors import ClipError
from curation.hearing import Unheard, hear
from curation.services import Diarization, Samples, Transcript, Voice, Word
from curation.voice_profile import Unprofiled
from flows.models import Models
from flows.profiler import Profiler, profile_of

SPEAKERS = ("ana", "ben", "cem", "dua", "eva", "fin")
FIRST_TO = 0.7  # of a duet


def heard(models: Models, clip: Unheard) -> dict[str, object]:
    """Stand in for flows.models.heard."""
    del models
    path = Path(clip.path)
    _die_or_stall(path.stem)
    return hear(clip, Told(path), Spaced())


def _die_or_stall(stem: str) -> None:
    if "dies" in stem:
        os.kill(os.getpid(), signal.SIGKILL)
    if "stalls" in stem:
        time.sleep(60)


def slowly(models: Models, clip: Unheard) -> dict[str, object]:
    """Stand in for models that take their time."""
    time.sleep(0.3)
    return heard(models, clip)


def without_its_file(models: Models, clip: Unheard) -> dict[str, object]:
    """Stand in for models that find one file gone."""
    if Path(clip.path).parent.name == "ana" and Path(clip.path).stem == "1":
        raise ClipError("changed", "its file is gone")
    return heard(models, clip)


def failing(models: Models | Profiler, clip: Unheard | Unprofiled) -> dict[str, object]:
    """Stand in for models that fail on every clip."""
    del models, clip
    raise ClipError("model_failed", "no memory left on the GPU")


def profiled(profiler: Profiler, clip: Unprofiled) -> dict[str, object]:
    """Stand in for flows.profiler.profile_of."""
    stem = Path(clip.path).stem
    _die_or_stall(stem)
    if "fails" in stem:
        raise ClipError("model_failed", "a tensor of a shape that nobody expects")
    return profile_of(profiler, clip)


def profiled_slowly(profiler: Profiler, clip: Unprofiled) -> dict[str, object]:
    """Stand in for classifiers that take their time."""
    time.sleep(0.3)
    return profile_of(profiler, clip)


def unprofiled_without_its_file(profiler: Profiler, clip: Unprofiled) -> dict[str, object]:
    """Stand in for a profiler that finds one file gone."""
    if Path(clip.path).parent.name == "ana" and Path(clip.path).stem == "1":
        raise ClipError("changed", "its file is gone")
    return profile_of(profiler, clip)


class Told:
    """A diarizer that knows a file's name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def diarization(self, samples: Samples) -> Diarization:
        stem, claimed = self.path.stem, self.path.parent.name
        if "fails" in stem:
            raise ClipError("model_failed", "a tensor of a shape that nobody expects")
        length = len(samples) / 16_000
        if "quiet" in stem:
            return Diarization((), 0.0)
        if stem.startswith("duet-"):
            first = _voice(claimed, (0.1, 0.35 * length), (0.4 * length, FIRST_TO * length))
            return Diarization((first, _voice(stem.removeprefix("duet-"), (0.75 * length, length))), 0.99)
        return Diarization((_voice(stem if stem in SPEAKERS else claimed, (0.0, length)),), 0.01)


class Spaced:
    """An aligner that gives every word the same time."""

    def transcript(self, samples: Samples, known: str | None) -> Transcript:
        if known is None:
            return Transcript("absent")
        words = known.split()
        each = len(samples) / 16_000 / len(words)
        timed = (Word(word, place * each, (place + 1) * each, 0.9) for place, word in enumerate(words))
        return Transcript("aligned", tuple(timed), language="en")


def _voice(name: str, *turns: tuple[float, float]) -> Voice:
    vector = np.random.default_rng(SPEAKERS.index(name)).normal(size=32)
    return Voice(np.array(turns), np.array(turns), np.asarray(vector / np.linalg.norm(vector), np.float32))
