"""Which voice of a clip is the speaker who is claimed, and what of the clip is theirs alone.

The target is the voice that agrees with the other clips of the claimed speaker. Their vectors are added up, each the
more the better it agrees with the rest, for some may hold another voice or belong to somebody else; a clip's own part
is subtracted before it is judged. What the two voices that a clip may have share with the other clips says more about
whether there are two than the clip alone can. How much more was fitted by tests/quality/fit.py on speakers that no
figure is reported on; identity.toml holds the result.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from curation.cuts import clean_stretch
from curation.records import TARGET, TURNS, VOICE, Schema, shaped
from curation.turns import Intervals, seconds, union

Span = dict[str, float]
Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

VERSION = 1  # raised when the same voices give other targets

# What is known of a clip: the voices that a diarizer hears and, where it hears one, the two that this might be; spans
# that a stretch should not hold; and how many seconds of it may be kept, if not all.
CLIP: Schema = {
    "source": pl.String,
    "entity": pl.String,
    "clip_id": pl.String,
    "seconds": pl.Float64,
    "second_voice": pl.Float64,
    "voices": pl.List(VOICE),
    "alternative_voices": pl.List(VOICE),
    "avoided": TURNS,
    "shortest_cut": pl.Float64,
    "longest_cut": pl.Float64,
}

MEASUREMENTS = ("log_odds", "nearer", "further", "product")

_DOUBT = 0.2  # probability of a second voice from which a clip is not kept whole
_CLEARLY = 0.3  # more like the other clips than any other voice: where two are as like, they are not told apart well
_ROUNDS = 3
_LEAST = 0.05  # a clip that agrees with no other counts a little, or two that disagree would have no other clips
_SESSION = 3.0  # seconds of speech after which more says little more: a voice differs from clip to clip as well
_SMALLEST = 1e-4  # probability: a model that is surer than that is believed no more
_NOTHING = 1e-9  # of a sum of vectors: what is left of one when it is subtracted from itself
_OUTCOME = {"start_seconds": pl.Float64, "end_seconds": pl.Float64, "reason": pl.String, "detail": pl.String}


class Posterior(NamedTuple):
    """From MEASUREMENTS to the log odds of two voices."""

    coefficients: Numbers
    intercept: float


class _Voices(NamedTuple):
    """Voices, one a row: which clip of a frame it is in, in which place there, and what is known of it."""

    clip: Places
    place: Places
    seconds: Numbers
    vectors: Numbers


class _Compared(NamedTuple):
    """The place of each clip's voice that is likest to its speaker's other clips, and how like they are.

    That is, the likest voice, the runner-up and the least like; NaN where there is no voice or no other clip.
    """

    nearest: Places
    nearer: Numbers
    runner_up: Numbers
    further: Numbers


class _Outcome(NamedTuple):
    start_seconds: float | None = None
    end_seconds: float | None = None
    reason: str | None = None
    detail: str | None = None


@cache
def posterior() -> Posterior:
    """Return what was fitted."""
    fitted = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return Posterior(np.array([fitted["coefficients"][name] for name in MEASUREMENTS]), fitted["intercept"])


def witness() -> str:
    """Return what decides the result beside the clips: a change of it has all targets found anew."""
    fitted = posterior()
    return f"identity@{VERSION} ({', '.join(map(str, [*fitted.coefficients.tolist(), fitted.intercept]))})"


def identified(segmented: pl.DataFrame) -> pl.DataFrame:
    """Return the target of each clip (records.TARGET), by source and clip_id: whose voice it is, and what is kept.

    `segmented` has the columns of CLIP. A clip that holds spans to avoid is cut around them, unless that leaves no
    stretch that is long enough. `likeness` is the cosine between the target voice and the other clips of the entity,
    `second_voice` the probability of a second voice given them.
    """
    clips = segmented.sort("source", "entity", "clip_id")
    voices, possible = _voices(clips["voices"]), _possible(clips)
    others = _others(clips, voices)
    whole, parts = _compared(voices, others), _compared(possible, others)
    second_voice = _second_voice(clips, parts)
    found, most = (np.bincount(some.clip, minlength=len(clips)) for some in (voices, possible))
    is_cut = (most > 1) & ((second_voice > _DOUBT) | np.isnan(parts.nearer) & (found > 1))
    judged = clips.select(
        "source",
        "clip_id",
        "entity",
        pl.Series("voice", np.where(is_cut, parts.nearest, whole.nearest) + 1),
        pl.Series("is_alternative", is_cut & (found == 1)),
        pl.Series("second_voice", second_voice),
        pl.Series("likeness", np.where(is_cut, parts.nearer, whole.nearer)).fill_nan(None),
    ).with_columns(pl.when(pl.Series(found > 0)).then("voice"))
    unclear = np.select(
        [np.isnan(parts.nearer), parts.nearer - parts.runner_up < _CLEARLY],
        ["no other clip of the speaker", "none by far the likest to the speaker's other clips"],
        "",
    )
    used = pl.when(judged["is_alternative"]).then("alternative_voices").otherwise("voices")
    asked = clips.select(
        judged["voice"],
        pl.Series("is_cut", is_cut),
        pl.Series("unclear", unclear),
        used.list.eval(pl.element().struct.field("turns")),
        "avoided",
        "seconds",
        "shortest_cut",
        "longest_cut",
    )
    outcomes = pl.DataFrame([_outcome(*row) for row in asked.iter_rows()], _OUTCOME, orient="row")
    return shaped(judged.hstack(outcomes).sort("source", "clip_id"), TARGET)


def measurements(segmented: pl.DataFrame) -> pl.DataFrame:
    """Return the MEASUREMENTS of each clip, by source and clip_id; NaN where there is nothing to compare."""
    clips = segmented.sort("source", "entity", "clip_id")
    parts = _compared(_possible(clips), _others(clips, _voices(clips["voices"])))
    found = pl.DataFrame(_measured(clips, parts), MEASUREMENTS, orient="row")
    return clips.select("source", "clip_id").hstack(found).sort("source", "clip_id")


def _measured(clips: pl.DataFrame, parts: _Compared) -> Numbers:
    odds = clips["second_voice"].to_numpy().clip(_SMALLEST, 1 - _SMALLEST)
    return np.column_stack([np.log(odds / (1 - odds)), parts.nearer, parts.further, parts.nearer * parts.further])


def _second_voice(clips: pl.DataFrame, parts: _Compared) -> Numbers:
    """Return the probability of a second voice given the other clips; where there are none, as it was."""
    fitted = posterior()
    odds = np.exp(_measured(clips, parts) @ fitted.coefficients + fitted.intercept)
    return np.where(np.isnan(odds), clips["second_voice"].to_numpy(), odds / (1 + odds))


def _outcome(  # noqa: PLR0913, PLR0917 - a clip's columns
    voice: int | None,
    is_cut: bool,
    unclear: str,
    turns: list[list[Span]],
    avoided: list[Span],
    length: float,
    shortest: float,
    longest: float,
) -> _Outcome:
    if voice is None:
        return _Outcome(reason="no_speech", detail="nobody is heard")
    if is_cut and unclear:
        return _Outcome(reason="target_unknown", detail=f"{len(turns)} voices, {unclear}")
    target = _intervals(turns[voice - 1])
    others = union(*(_intervals(some) for place, some in enumerate(turns, start=1) if is_cut and place != voice))
    if avoided:
        around = clean_stretch(target, union(others, _intervals(avoided)), length, shortest, longest)
        if around is not None:
            return _kept(around)
    if not is_cut:
        return _Outcome()
    stretch = clean_stretch(target, others, length, shortest, longest)
    if stretch is None:
        heard = f"{seconds(others):.1f} s of a second voice, no stretch of {shortest:g} s without it"
        return _Outcome(reason="no_clean_stretch", detail=heard)
    return _kept(stretch)


def _kept(stretch: tuple[float, float]) -> _Outcome:
    return _Outcome(round(stretch[0], 3), round(stretch[1], 3))


def _intervals(spans: list[Span]) -> Intervals:
    return np.array([(span["start_seconds"], span["end_seconds"]) for span in spans], float).reshape(-1, 2)


def _voices(column: pl.Series) -> _Voices:
    """Return all voices of a column of lists of voices."""
    counts = column.list.len().to_numpy().astype(np.int64)
    clip = np.repeat(np.arange(len(column)), counts)
    rows = column.explode(empty_as_null=False, keep_nulls=False)
    vectors = rows.struct.field("vector").explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.float64)
    return _Voices(
        clip,
        np.arange(len(clip)) - np.repeat(np.cumsum(counts) - counts, counts),
        rows.struct.field("speech_seconds").to_numpy(),
        vectors.reshape(len(clip), -1) if len(clip) else np.empty((0, 1)),
    )


def _possible(clips: pl.DataFrame) -> _Voices:
    """Return the voices that clips may have: of one with a single voice the two that it might be, if it can be told."""
    is_open = (pl.col("voices").list.len() == 1) & (pl.col("alternative_voices").list.len() > 1)
    return _voices(clips.select(pl.when(is_open).then("alternative_voices").otherwise("voices")).to_series())


def _others(clips: pl.DataFrame, voices: _Voices) -> Numbers:
    """Return the voice of the other clips of each clip's entity (clips, d), of length 1; of none if there are none.

    A clip counts by its voice that is likest to the others of the round before, and by how like that is: the sum moves
    to where most clips agree, as in power iteration. How much a clip counts is judged with all the others, so that to
    leave one out is to subtract it.
    """
    entity = clips.select(pl.struct("source", "entity").rle_id()).to_series().to_numpy()
    weights = voices.seconds / (voices.seconds + _SESSION) * clips["entity"].is_not_null().to_numpy()[voices.clip]
    counted = weights
    for _ in range(_ROUNDS):
        others = _without_own(entity, voices, counted)
        likeness = np.einsum("ij,ij->i", voices.vectors, others[voices.clip])
        place = _nearest(len(clips), voices, likeness)
        counted = np.where(voices.place == place[voices.clip], weights * likeness.clip(_LEAST), 0)
    return _without_own(entity, voices, counted)


def _without_own(entity: Places, voices: _Voices, weights: Numbers) -> Numbers:
    """Return the direction of the weighted sum of vectors of an entity, without those of the clip itself (clips, d)."""
    own = np.zeros((len(entity), voices.vectors.shape[1]))
    np.add.at(own, voices.clip, voices.vectors * weights[:, None])
    total = np.zeros_like(own)
    np.add.at(total, entity, own)
    rest = total[entity] - own
    lengths = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.asarray(rest / np.where(lengths > _NOTHING, lengths, np.inf))


def _nearest(count: int, voices: _Voices, likeness: Numbers) -> Places:
    """Return the place of the likest voice of each of so many clips, the first of those that are as like."""
    order = np.lexsort((voices.place, -likeness, voices.clip))
    places = np.zeros(count, np.int64)
    is_first = np.diff(voices.clip[order], prepend=-1) > 0
    places[voices.clip[order][is_first]] = voices.place[order][is_first]
    return places


def _compared(voices: _Voices, others: Numbers) -> _Compared:
    likeness = np.einsum("ij,ij->i", voices.vectors, others[voices.clip])
    counts = np.bincount(voices.clip, minlength=len(others))
    ranked = likeness[np.lexsort((-likeness, voices.clip))]  # of each clip in turn, the likest first
    is_told = others.any(axis=1) & (counts > 0)
    first, last = np.cumsum(counts)[is_told] - counts[is_told], counts[is_told] - 1
    found = np.full((3, len(others)), np.nan)
    found[:, is_told] = ranked[first], ranked[first + np.minimum(1, last)], ranked[first + last]
    return _Compared(_nearest(len(others), voices, likeness), *found)
