"""What models are asked and what they answer; adapters in curation/adapters do the work.

Sound is 16 kHz mono, full scale being 1. Frames are STEP seconds long; frame k of a sound begins at k * STEP.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from curation.turns import Intervals

RATE = 16_000  # Hz, of all sound
STEP = 0.01

Samples = npt.NDArray[np.float32]
Frames = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]


class Activity(NamedTuple):
    """How likely each of a window's local speakers is active; who is who differs from window to window.

    `probabilities` has the shape (windows, local speakers, frames); a window begins at its frame in `starts`. The
    last frames may lie beyond the end of the sound, which has `length` frames.
    """

    starts: Frames
    probabilities: npt.NDArray[np.float32]
    length: int


class Segmentation(Protocol):
    """A model that tells the speakers within a short window apart."""

    def activity(self, samples: Samples) -> Activity:
        """Return who is active when, in windows over the whole sound."""
        ...


class SpeechDetector(Protocol):
    """A model that tells speech from everything else."""

    def speech(self, samples: Samples) -> Samples:
        """Return how likely there is speech in each frame, the last of which may reach beyond the end."""
        ...


class SpeakerEncoder(Protocol):
    """A model that describes a voice by a vector."""

    def vectors(self, samples: Samples, stretches: Frames) -> Vectors:
        """Return a vector of length 1 for each stretch of the sound, given by its frames (stretches, frames each)."""
        ...


@dataclass(frozen=True, eq=False)
class Voice:
    """One voice of a recording: its turns, which may overlap those of others, and its vector of length 1.

    `exclusive` are turns that overlap none: where several speak, that of the one who is heard most.
    """

    turns: Intervals
    exclusive: Intervals
    vector: Vectors


@dataclass(frozen=True, eq=False)
class Diarization:
    """The voices of a recording, that with the most speech first, and the probability that there is more than one.

    `alternative` are the two voices that a recording taken for one voice would have, where it can be told.
    """

    voices: tuple[Voice, ...]
    second_voice: float
    alternative: tuple[Voice, ...] = ()


class Diarizer(Protocol):
    """A model, or several put together, that says who speaks when."""

    def diarization(self, samples: Samples) -> Diarization:
        """Return who speaks when; no voice where nobody speaks. Raises ClipError `model_failed`."""
        ...


class Word(NamedTuple):
    """A word as said, when, in seconds of the recording, and how sure that is, from 0 to 1; null where not known."""

    text: str
    start: float | None
    end: float | None
    confidence: float | None


class Transcript(NamedTuple):
    """What is said: recognised by a model, or known from the source and aligned; or why there are no words with times.

    `detail` says what could not be aligned.
    """

    status: Literal["recognised", "aligned", "not_aligned", "absent"]
    words: tuple[Word, ...] = ()
    language: str | None = None
    language_probability: float | None = None
    detail: str | None = None


class Transcriber(Protocol):
    """A model that says which word is said when."""

    def transcript(self, samples: Samples, known: str | None) -> Transcript:
        """Return the words; `known` is what the source says was said. Raises ClipError `model_failed`."""
        ...


class AttributeModel(Protocol):
    """A model that tells speakers apart by an attribute of their voices."""

    def probabilities(self, stretches: Samples) -> Probabilities:
        """Return how likely each of the model's labels is, adding up to 1, for one voice.

        `stretches` of its speech are equally long (stretches, samples). Raises ClipError `model_failed`.
        """
        ...
