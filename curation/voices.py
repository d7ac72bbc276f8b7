"""Whether speech is of one voice or more, and what each voice sounds like.

A speaker encoder describes short stretches of speech by vectors. Stretches of one voice lie close together, but how
close depends on the encoder, on how many there are and on how they fall apart, so no distance by itself says that
there are two voices. A logistic regression over a few measurements of the best split does. It was fitted by
tests/quality/fit.py on speakers that no figure is reported on; voices.toml holds the result.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.services import Frames, Vectors

Mask = npt.NDArray[np.bool_]
Pitch = npt.NDArray[np.float64]

WIDTH, HOP = 120, 40  # frames of speech in a stretch, and from one stretch to the next

_FEWEST = 2  # stretches of a voice
_ROUNDS = 20
_FEWEST_VOICED = 10  # frames
_MOST = 75  # stretches, half a minute of speech: the fit has seen no more
MEASUREMENTS = ("distance", "second_speaker", "changes", "semitones", "log_stretches", "smaller_share")


@dataclass(frozen=True)
class Calibration:
    """What a speaker encoder's vectors have in common, and from measurements of a split to the odds of two voices."""

    centre: Vectors
    coefficients: npt.NDArray[np.float64]
    intercept: float


class Stretches(NamedTuple):
    """Stretches of speech: centred vectors of length 1 (n, d) and the frames that each covers (n, WIDTH)."""

    vectors: Vectors
    frames: Frames

    def of(self, chosen: Mask) -> "Stretches":
        """Return some of them."""
        return Stretches(self.vectors[chosen], self.frames[chosen])


@cache
def calibration() -> Calibration:
    """Return what was fitted."""
    fitted = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return Calibration(
        centre=np.array(fitted["centre"], np.float32),
        coefficients=np.array([fitted["coefficients"][name] for name in MEASUREMENTS]),
        intercept=fitted["intercept"],
    )


def stretch_frames(is_speech: Mask) -> Frames:
    """Return the frames (n, WIDTH) of stretches of all speech, but for up to HOP / 2 frames at its end.

    Pauses are left out; speech that is shorter than a stretch is repeated.
    """
    frames = np.flatnonzero(is_speech)
    if not len(frames):
        return np.empty((0, WIDTH), np.int64)
    if len(frames) < WIDTH:
        return np.resize(frames, (1, WIDTH))
    starts = list(range(0, len(frames) - WIDTH + 1, HOP))
    if len(frames) - WIDTH - starts[-1] > HOP // 2:
        starts.append(len(frames) - WIDTH)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(frames, WIDTH)[starts])


def unit(vectors: Vectors) -> Vectors:
    """Return vectors of length 1 in the same directions; what has no length stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def centred(stretches: Stretches, centre: Vectors) -> Stretches:
    """Return stretches without what the vectors of all voices have in common."""
    return Stretches(unit(stretches.vectors - centre), stretches.frames)


def mean_of(stretches: Stretches) -> Vectors:
    """Return the vector of a voice: the mean direction of its stretches."""
    return unit(stretches.vectors.mean(axis=0))


def halves(vectors: Vectors) -> Mask | None:
    """Return which vectors are of the first voice, if they are of two; None where no two voices have two stretches.

    Of two runs of 2-means on the sphere, begun across the two directions of most variance, that which leaves the
    vectors nearer to the means of their sides: spherical k-means, Dhillon and Modha (2001), Machine Learning 42.
    """
    if len(vectors) < 2 * _FEWEST:
        return None
    around = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(around, full_matrices=False)
    found = [_two_means(vectors, around @ direction > 0) for direction in directions[:2]]
    return max(
        (split for split in found if split is not None), key=lambda split: _coherence(vectors, split), default=None
    )


def _two_means(vectors: Vectors, is_first: Mask) -> Mask | None:
    for _ in range(_ROUNDS):
        if min(is_first.sum(), (~is_first).sum()) < _FEWEST:
            return None
        moved = vectors @ unit(vectors[is_first].mean(axis=0)) > vectors @ unit(vectors[~is_first].mean(axis=0))
        if np.array_equal(moved, is_first):
            return moved
        is_first = moved
    return is_first if min(is_first.sum(), (~is_first).sum()) >= _FEWEST else None


def _coherence(vectors: Vectors, is_first: Mask) -> float:
    """Return the sum of the cosines between the vectors and the means of their sides."""
    return float(np.linalg.norm(vectors[is_first].sum(axis=0)) + np.linalg.norm(vectors[~is_first].sum(axis=0)))


def _distance(vectors: Vectors, is_first: Mask) -> float:
    """Return the cosine distance between the means of both sides."""
    return float(1 - unit(vectors[is_first].mean(axis=0)) @ unit(vectors[~is_first].mean(axis=0)))


def measured(stretches: Stretches, is_first: Mask, pitch: Pitch, second_speaker: float) -> npt.NDArray[np.float64]:
    """Return the MEASUREMENTS of a split.

    `pitch` is in Hz by frame, NaN where unvoiced. `second_speaker` is that of `diarization.second_speaker`.
    """
    share = float(min(is_first.mean(), 1 - is_first.mean()))
    changes = float(np.mean(is_first[1:] != is_first[:-1]))
    return np.array(
        [
            _distance(stretches.vectors, is_first),
            second_speaker,
            changes / (2 * share * (1 - share)),  # 1 where both sides come in random order
            _semitones(pitch, stretches.frames[is_first], stretches.frames[~is_first]),
            np.log(min(len(is_first), _MOST)),
            share,
        ]
    )


def two_voices(measurements: npt.NDArray[np.float64], fitted: Calibration) -> float:
    """Return the probability that a split with these measurements is one of two voices."""
    odds = np.exp(-(measurements @ fitted.coefficients + fitted.intercept))
    return float(1 / (1 + odds))


def _semitones(pitch: Pitch, some: Frames, others: Frames) -> float:
    """Return the interval between the median pitches of two sets of frames, 0 where either is hardly voiced."""
    heard = [_voiced(pitch, some), _voiced(pitch, others)]
    if min(map(len, heard)) < _FEWEST_VOICED:
        return 0.0
    return float(abs(12 * np.log2(np.median(heard[0]) / np.median(heard[1]))))


def _voiced(pitch: Pitch, frames: Frames) -> Pitch:
    chosen = np.unique(frames)
    found = pitch[chosen[chosen < len(pitch)]]
    return np.asarray(found[~np.isnan(found)])
