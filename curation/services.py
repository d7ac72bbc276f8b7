"""What models are asked and what they answer; adapters in curation/adapters do the work.

Sound is 16 kHz mono, full scale being 1. Frames are STEP seconds long; frame k of a sound begins at k * STEP.
"""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

RATE = 16_000  # Hz, of all sound
STEP = 0.01

Samples = npt.NDArray[np.float32]
Frames = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]


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


class SpeakerEncoder(Protocol):
    """A model that describes a voice by a vector."""

    def vectors(self, samples: Samples, stretches: Frames) -> Vectors:
        """Return a vector of length 1 for each stretch of the sound, given by its frames (stretches, frames each)."""
        ...
