"""How much likelier voices are of one speaker than of two, as learned from a corpus.

What a cosine between two voices says depends on the encoder, on what the recordings of a source have in common, and on
how many clips a voice was taken from. So nothing is fitted beforehand: a logistic regression tells the clips of one
speaker from those of two speakers of one source, who are harder to tell apart than those of two sources.
"""

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Rows = TypeVar("Rows", Vectors, Numbers)

_SOURCES = 10.0  # speakers: the mean of fewer in a source says more of them than of their source
_SESSION = 3.0  # seconds of speech after which more says little more: a voice differs from clip to clip as well
_LIGHTEST = 0.25  # of a long clip: what weighs less is told by no more
_PAIRS = 50_000  # of different speakers are enough to learn from
_WEAK = 100.0  # inverse of the regularisation, which is for speakers who are told apart without error
_SUREST = np.float32(np.log(1e6))  # a million to 1: what says more is believed no more
_NOTHING = 1e-5  # of a sum of vectors: what is left of one when it is subtracted from itself


class Clips(NamedTuple):
    """Clips, one a row, in order of source and entity.

    `vectors` are centred and of length 1, `weights` are greater the more speech is heard, below 1; `source` and
    `entity` are numbered from 0.
    """

    vectors: Vectors
    source: Places
    entity: Places
    weights: Numbers


class Voices(NamedTuple):
    """What clips sound like together: directions of length 1, or 0 where there are none, and what the clips weigh."""

    directions: Vectors
    weights: Numbers

    @property
    def lightness(self) -> Vectors:
        """Return how much a cosine is lowered by having few clips to compare with, up to a factor."""
        return np.asarray(1 / self.weights.clip(_LIGHTEST), np.float32)


class Compared(NamedTuple):
    """Cosines between voices, and the sum of how light both are."""

    cosine: Vectors
    lightness: Vectors


class Likelihood(NamedTuple):
    """From voices compared to how much likelier they are of one speaker than of two: log odds, by what they rise."""

    intercept: float
    cosine: float
    lightness: float
    product: float

    def ratio(self, found: Compared) -> Vectors:
        """Return the likelihood ratios."""
        odds = found.cosine * (found.lightness * np.float32(self.product) + np.float32(self.cosine))
        odds += found.lightness * np.float32(self.lightness) + np.float32(self.intercept)
        return np.asarray(np.exp(odds.clip(-_SUREST, _SUREST, out=odds), out=odds))


def clips_of(rows: pl.DataFrame) -> Clips:
    """Return the clips of rows, in order of source and entity, with the columns of records.VOICED; no vector is null.

    Vectors lose what those of a source have in common, every speaker counting the same.
    """
    flat = rows["vector"].explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.float32)
    vectors = flat.reshape(len(rows), -1) if len(rows) else np.empty((0, 1), np.float32)
    source, entity = (
        rows.select(pl.struct(key).rle_id()).to_series().to_numpy().astype(np.int64)
        for key in (["source"], ["source", "entity"])
    )
    seconds = rows["speech_seconds"].to_numpy()
    clips = Clips(vectors, source, entity, seconds / (seconds + _SESSION))
    return clips._replace(vectors=unit(vectors - _middles(clips)[source])) if len(rows) else clips


def unit(vectors: Vectors) -> Vectors:
    """Return vectors of length 1 in the same directions; 0 for what is next to nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > _NOTHING, lengths, np.inf), np.float32)


def voices(clips: Clips, weights: Numbers) -> Voices:
    """Return the voice of each entity."""
    return Voices(unit(_sums(clips.vectors * _column(weights), clips.entity)), _sums(weights, clips.entity))


def others(clips: Clips, weights: Numbers) -> Voices:
    """Return, for each clip, the voice of the other clips of its entity."""
    own = clips.vectors * _column(weights)
    rest = _sums(own, clips.entity)[clips.entity] - own
    return Voices(unit(rest), (_sums(weights, clips.entity)[clips.entity] - weights).clip(0))


def compared(some: Voices, others: Voices, first: Places, second: Places) -> Compared:
    """Return how some voices compare with others, by the places of both."""
    cosine = np.empty(len(first), np.float32)
    for start in range(0, len(first), 1 << 14):  # memory stays flat
        part = slice(start, start + (1 << 14))
        cosine[part] = np.einsum("ij,ij->i", some.directions[first[part]], others.directions[second[part]])
    return Compared(cosine, some.lightness[first] + others.lightness[second])


def joined(*some: Compared) -> Compared:
    """Return all of them."""
    return Compared(*(np.concatenate(column) for column in zip(*some, strict=True)))


def different(source: Places, entity: Places) -> tuple[Places, Places]:
    """Return places of two entities of one source, in order of source, all pairs or many, evenly spread.

    Where no source has two, of two sources; none where there is but one entity.
    """
    for group in (source, np.zeros_like(source)):
        first, second = _around(group)
        is_different = entity[first] != entity[second]
        if is_different.any():
            break
    return first[is_different], second[is_different]


def learned(same: Compared, different: Compared, weights: Numbers, prior: float = 0.5) -> Likelihood:
    """Return what tells voices of one speaker, each of which counts by its weight, from voices of two.

    A logistic regression is truest where it finds either as likely: at the `prior` that counts are weighed to, Brummer
    and du Preez (2006), Computer Speech and Language 20.
    """
    from sklearn.linear_model import LogisticRegression  # here, for it takes a second to load

    every = joined(same, different)
    found = np.column_stack([*every, every.cosine * every.lightness])
    is_same = np.arange(len(found)) < len(same.cosine)
    odds = prior / (1 - prior)
    shares = np.concatenate([weights / weights.sum(), np.full(len(different.cosine), 1 / len(different.cosine) / odds)])
    model = LogisticRegression(C=_WEAK).fit(found, is_same, shares * len(same.cosine))
    return Likelihood(float(model.intercept_[0] - np.log(odds)), *map(float, model.coef_[0]))


def _middles(clips: Clips) -> Vectors:
    """Return what the vectors of each source have in common: the fewer speakers, the more that of all sources."""
    means = _sums(clips.vectors, clips.entity) / _column(np.bincount(clips.entity))
    source = clips.source[firsts(clips.entity)]
    counts = _column(np.bincount(source) + _SOURCES)
    return np.asarray((_sums(means, source) + _SOURCES * means.mean(axis=0)) / counts, np.float32)


def firsts(group: Places) -> Places:
    """Return the first place of each group, which come in order."""
    return np.flatnonzero(np.diff(group, prepend=-1))


def _sums(rows: Rows, group: Places) -> Rows:
    return np.asarray(np.add.reduceat(rows, firsts(group), axis=0), rows.dtype)


def _column(numbers: npt.NDArray[np.generic]) -> Vectors:
    return numbers.astype(np.float32)[:, None]


def _around(group: Places) -> tuple[Places, Places]:
    """Return places within groups, each with others that follow it, after the last of which comes the first."""
    found = [np.empty((2, 0), np.int64)]
    for start, size in zip(*np.unique(group, return_index=True, return_counts=True)[1:], strict=True):
        count = min(size - 1, max(1, _PAIRS // len(group)))
        first = np.arange(size)[:, None]
        second = (first + 1 + np.arange(count) * (size - 1) // max(count, 1)) % size
        found.append(start + np.stack([np.broadcast_to(first, second.shape), second]).reshape(2, -1))
    first, second = np.concatenate(found, axis=1)
    return first, second
