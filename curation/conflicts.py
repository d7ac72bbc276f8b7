"""What voices say against the claims of sources: clips under another speaker, and one person under two ids.

A clip is compared with the other clips of its speaker, and with all other speakers. What that says is learned from the
corpus, whose claims are mostly right: what is learned tells which are not, and those then count less.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from curation.records import BELONGING, CONFLICT, shaped
from curation.resemblance import (
    Clips,
    Compared,
    Likelihood,
    Numbers,
    Places,
    Voices,
    clips_of,
    compared,
    different,
    firsts,
    joined,
    learned,
    others,
    voices,
)

_LEAST = 0.05  # probability from which a conflict is told
_MISFILED, _UNTIL = 0.02, 50.0  # share of clips under another speaker, until as many clips say otherwise
_STRANGER = 0.2  # probability that who is heard in one has no other clip: files are mostly mixed up within a corpus
_TWICE = 0.02  # share of speakers with a second id
_ROUNDS, _STEPS = 3, 20
_DISAGREEING = 0.05  # a clip that agrees with no other counts a little, or two that disagree would have no other clips
_BLOCK = 256  # rows of a matrix of likenesses
_SPEAKER = "speaker:"  # how the entity of a speaker begins; a file without one claims nothing

_KEY = ["source", "entity", "clip_id"]


class _Rivals(NamedTuple):
    """Of the likelihood ratios between a clip and all other speakers: their mean, the greatest, and whose that is."""

    mean: Numbers
    greatest: Numbers
    nearest: Places


def belonging(voiced: pl.DataFrame) -> pl.DataFrame:
    """Return how likely each clip is of its speaker (records.BELONGING), by source, entity and clip_id.

    `voiced` has the columns clip_id, source, entity, speech_seconds and vector of records.VOICED. With m the share of
    clips under another speaker, s the probability that who is heard there has no other clip, r the likelihood ratio of
    one speaker to two between a clip and the others of its speaker, and R the mean of such ratios over all other
    speakers, the odds are (1 - m) r / (m ((1 - s) R + s)): identification in an open set. m and the ratios are found
    by expectation-maximisation.
    """
    rows = voiced.select(*_KEY, "speech_seconds", "vector").sort(_KEY)
    is_known = _is_known(rows)
    found = pl.concat([_judged(rows.filter(is_known)), rows.filter(~is_known)], how="diagonal")
    return shaped(found.sort(_KEY), BELONGING)


def conflicts(voiced: pl.DataFrame, belongings: pl.DataFrame) -> pl.DataFrame:
    """Return the misfiled clips and the speakers under two ids (records.CONFLICT) with a probability of at least 0.05.

    `belongings` is what `belonging` returns of `voiced`. A pair of ids stands once, under the first of them.
    """
    doubted = belongings.with_columns(kind=pl.lit("misfiled"), probability=1 - pl.col("probability"))
    rows = voiced.join(belongings.select(*_KEY, "probability"), _KEY).sort(_KEY)
    same = _same_person(rows.filter(_is_known(rows))).with_columns(kind=pl.lit("same_person"))
    found = [shaped(some, CONFLICT) for some in (doubted, same)]
    return pl.concat(found).filter(pl.col("probability") >= _LEAST).sort("kind", *_KEY, "other_source", "other_entity")


def _is_known(rows: pl.DataFrame) -> pl.Series:
    return rows.select(pl.col("vector").is_not_null() & pl.col("entity").str.starts_with(_SPEAKER)).to_series()


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what `belonging` does, of clips in order that have a vector and a speaker."""
    clips = clips_of(rows)
    count = np.bincount(clips.entity)[clips.entity] - 1
    told = np.flatnonzero(count)  # there is another clip to compare with
    first, second = (told[places] for places in different(clips.source[told], clips.entity[told]))
    if not len(first):
        return rows
    each, following = Voices(clips.vectors, np.full(len(rows), np.inf)), _following(clips.entity)[told]
    belongs, ratio = _agreement(clips), np.ones(len(rows))
    for _ in range(_ROUNDS):
        weights = clips.weights * belongs
        rest = others(clips, weights)
        same = compared(each, rest, told, told)
        alone = Voices(clips.vectors, weights)
        likelihood = learned(
            joined(same, compared(each, alone, told, following)),
            joined(compared(each, rest, first, second), compared(each, alone, first, second)),
            np.concatenate([belongs[told], belongs[told] * belongs[following]]),
        )
        ratio[told] = likelihood.ratio(same)
        rivals = _rivals(clips, voices(clips, weights), likelihood)
        belongs = _posterior(clips.entity, count, ratio, rivals.mean)
    is_likelier = (1 - _STRANGER) * rivals.greatest / clips.entity.max() > _STRANGER
    likeness = np.full(len(rows), np.nan)
    likeness[told] = same.cosine
    other = pl.Series(np.where(is_likelier, rivals.nearest, np.nan)).fill_nan(None).cast(pl.Int64)
    return rows.select(_KEY).hstack(
        [
            *_named(rows, other, "other_"),
            pl.Series("likeness", likeness).fill_nan(None),
            pl.Series("probability", np.where(count > 0, belongs, np.nan)).fill_nan(None),
        ]
    )


def _following(entity: Places) -> Places:
    """Return the place of the clip of an entity that follows each; after the last comes the first."""
    first = firsts(entity)[entity]
    return first + (np.arange(len(entity)) - first + 1) % np.bincount(entity)[entity]


def _agreement(clips: Clips) -> Numbers:
    """Return how like each clip is to the others of its speaker, as in curation.identity.

    The sum of the others moves to where most agree, as in power iteration.
    """
    belongs = np.ones(len(clips.entity))
    for _ in range(_ROUNDS):
        rest = others(clips, clips.weights * belongs)
        belongs = np.einsum("ij,ij->i", clips.vectors, rest.directions).clip(_DISAGREEING).astype(np.float64)
    return belongs


def _rivals(clips: Clips, speakers: Voices, likelihood: Likelihood) -> _Rivals:
    """Return how the other speakers compare with each clip; a block of clips at a time, so that memory stays flat."""
    mean, greatest = np.empty(len(clips.entity)), np.empty(len(clips.entity))
    nearest = np.empty(len(clips.entity), np.int64)
    for start in range(0, len(clips.entity), _BLOCK):
        block = slice(start, start + _BLOCK)
        found = Compared(clips.vectors[block] @ speakers.directions.T, speakers.lightness)
        ratio = likelihood.ratio(found)
        rows = np.arange(len(ratio))
        ratio[rows, clips.entity[block]] = 0
        nearest[block] = ratio.argmax(axis=1)
        greatest[block] = ratio[rows, nearest[block]]
        mean[block] = ratio.sum(axis=1) / (ratio.shape[1] - 1)
    return _Rivals(mean, greatest, nearest)


def _posterior(entity: Places, count: Places, ratio: Numbers, rivals: Numbers) -> Numbers:
    """Return the probability that each clip is of its speaker, who has so many others, the share of those estimated.

    A clip that is unlike the others is right where all of these are wrong. Of so many clips and the one, each is as
    likely as any other to be the only right one, unless two agree.
    """
    is_told = count > 0
    against = (1 - _STRANGER) * rivals + _STRANGER
    share, belongs = _MISFILED, np.ones_like(ratio)
    for _ in range(_STEPS):
        alone = share / count.clip(1) * (1 - _most_of_others(entity, belongs))
        odds = (1 - share) * (ratio + alone) / (share * against)
        belongs = np.where(is_told, odds / (1 + odds), 1 - share)
        share = ((1 - belongs[is_told]).sum() + _MISFILED * _UNTIL) / (is_told.sum() + _UNTIL)
    return belongs


def _most_of_others(entity: Places, numbers: Numbers) -> Numbers:
    """Return the greatest number of the other rows of each row's entity; 0 where there are none."""
    starts = firsts(entity)
    greatest = np.maximum.reduceat(numbers, starts)[entity]
    is_greatest = numbers == greatest
    next_to_it = np.maximum.reduceat(np.where(is_greatest, 0, numbers), starts)[entity]
    is_only = is_greatest & (np.add.reduceat(is_greatest.astype(np.int64), starts)[entity] == 1)
    return np.where(is_only, next_to_it, greatest)


def _same_person(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of speakers that may be one person, from clips in order with the probability of each.

    How like two halves of a speaker's clips are says how like the clips under two ids of one person are.
    """
    clips = clips_of(rows)
    weights = clips.weights * rows["probability"].fill_null(1.0).to_numpy()
    place = np.arange(len(rows)) - firsts(clips.entity)[clips.entity]
    even, odd = (voices(clips, np.where(place % 2 == side, weights, 0)) for side in (0, 1))
    halved = np.flatnonzero(odd.weights > 0)
    first, second = (halved[places] for places in different(clips.source[firsts(clips.entity)][halved], halved))
    if not len(first):
        return pl.DataFrame(schema=dict(CONFLICT))
    # few pairs are of one person, so what has to be known best is how like two can be
    same, different_ = (compared(even, odd, *places) for places in ((halved, halved), (first, second)))
    likelihood = learned(same, different_, np.ones(len(halved)), _TWICE)
    found = _pairs(voices(clips, weights), likelihood)
    return found.select(
        *_named(rows, found["first"], ""), *_named(rows, found["second"], "other_"), "likeness", "probability"
    )


def _pairs(speakers: Voices, likelihood: Likelihood) -> pl.DataFrame:
    """Return the places of two speakers, their likeness, and the probability that they are one, of at least _LEAST."""
    count = len(speakers.weights)
    prior = np.float32(_TWICE / (count - 1))
    found = []
    for start in range(0, count, _BLOCK):
        some, rest = slice(start, start + _BLOCK), slice(start, None)
        cosine = speakers.directions[some] @ speakers.directions[rest].T
        lightness = speakers.lightness[some, None] + speakers.lightness[rest]
        odds = prior / (1 - prior) * likelihood.ratio(Compared(cosine, lightness))
        first, second = np.nonzero(np.triu(odds >= _LEAST / (1 - _LEAST), 1))
        probability = odds[first, second] / (1 + odds[first, second])
        found.append(
            pl.DataFrame(
                {
                    "first": first + start,
                    "second": second + start,
                    "likeness": cosine[first, second],
                    "probability": probability,
                }
            )
        )
    return pl.concat(found)


def _named(rows: pl.DataFrame, places: pl.Series, prefix: str) -> list[pl.Series]:
    """Return source and entity by place, null where that is null."""
    names = rows.select("source", "entity").unique(maintain_order=True)
    return [names[name].gather(places).alias(prefix + name) for name in names.columns]
