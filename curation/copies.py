"""Which clips are copies of one sound, and which of them is kept.

Clips meet in the landmarks that they share. Most meetings are chance, which a look at the fingerprints
around them shows; clips that are alike there are compared over their whole overlap.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from curation.fingerprint import LEVEL_STEP_DB, SPECTRUM_BITS, Fingerprint

# Raised when comparing concludes otherwise from the same fingerprints.
VERSION = "copies@1"

COPY_PAIR = {"clip_id": pl.String, "other_id": pl.String, "score": pl.Float64}
COPY_GROUP = {"clip_id": pl.String, "group_id": pl.String, "is_kept": pl.Boolean, "is_contradictory": pl.Boolean}

# Which clip of a group is kept: by these columns, whether or not in descending order.
_PREFERENCE = {
    "is_nameless": False, "is_lossless": True, "rate": True, "seconds": True, "source": False, "path": False,
}  # fmt: skip

# Clips, and bytes of their fingerprints, that a child compares with as many: that takes half a second and
# 250 MB, whatever the size of the corpus.
PAGE = {"clips": 2_048, "bytes": 32_000_000}

# Two clips are copies up to this difference: the share of bits that differ, plus a twentieth for each
# dB by which the levels do not run in parallel. The less there is to compare, the less may differ:
# by chance alone the difference spreads as one over the root of the number of frames.
MAX_DIFFERENCE = 0.38
CHANCE = 0.75
DIFFERENCE_OF_ONE_DB = 0.05
# Nowhere may a stretch of 0.4 s differ as other sounds do: one carrier sentence with two names is no copy.
STRETCH_FRAMES = 40
MAX_STRETCH_DIFFERENCE = 0.42
# What is compared: all within 30 dB of the loudest, and never less than the loudest quarter second.
SOUNDING_DB = 30.0
MIN_FRAMES = 24
# A shared click, tone or word is no copy: most of what sounds in the shorter clip must be in both;
# and a short excerpt of a long recording is a clip of its own.
MIN_SHARED = 0.75
MIN_LENGTH_RATIO = 0.4

_VOTES = {"first": pl.Int32, "second": pl.Int32, "offset": pl.Int32, "votes": pl.UInt32}
_SPECTRUM = np.uint32((1 << SPECTRUM_BITS) - 1)
# The words of a clip cover less than its sound, by this many frames.
_UNCOVERED_FRAMES = 14
# Neighbouring frames can have one hash, so that a landmark stands some frames early or late.
_STRAY = 3
# A meeting is looked at from near, then with more around it: frames around, and bits that may differ.
_SCREENS = ((np.arange(-12, 13, 2), 0.33), (np.arange(-96, 97, 4), 0.40))
_SCREENED = 1 << 15  # meetings at a time
# Clips that share a hash meet this many neighbours each, in the clips' order: many copies still form
# one chain, and a beep that starts every clip does not cost its square.
_MAX_NEIGHBOURS = 16

_HALF = np.uint64(32)
_SOUNDING_STEPS = np.int16(SOUNDING_DB / LEVEL_STEP_DB)

_Ints = npt.NDArray[np.signedinteger]


class _Clips(NamedTuple):
    """The fingerprints of some clips in one array, and where the parts of each begin and end."""

    ids: pl.Series
    data: Fingerprint
    counts: _Ints  # of landmarks
    starts: _Ints  # of the first landmark's hash
    words: _Ints
    ends: _Ints


class _Meetings(NamedTuple):
    """Landmarks shared by two clips: row numbers of the clips and frames in each."""

    first: _Ints
    second: _Ints
    first_frame: _Ints
    second_frame: _Ints


class Comparison(NamedTuple):
    """New clips (clip_id, part) to compare with known ones, or with each other, and the folder of the parts."""

    parts: Path
    new: pl.DataFrame
    known: pl.DataFrame | None


def compare(comparison: Comparison) -> pl.DataFrame:
    """Return the pairs that `copy_pairs` finds, of fingerprints that are read here: what a child process does."""
    new = _with_fingerprints(comparison.parts, comparison.new)
    if comparison.known is None:
        return copy_pairs(new)
    return _pairs_with(new, _with_fingerprints(comparison.parts, comparison.known))


def copy_pairs(new: pl.DataFrame, known: Iterable[pl.DataFrame] = ()) -> pl.DataFrame:
    """Return the pairs that sound alike among new clips, and between them and those known.

    Frames hold clip_id and fingerprint (bytes); known ones come in batches, since memory goes with the
    largest frame, and may hold the new ones again. Returns each pair once: clip_id, other_id (the
    greater) and score, 1 for identical sounds less their difference.
    """
    found = [_pairs_with(new, new.clear())]
    found += [_pairs_with(new, batch) for batch in known]
    return pl.concat(found).unique(["clip_id", "other_id"], keep="first").sort("clip_id", "other_id")


def copy_groups(pairs: pl.DataFrame, clips: pl.DataFrame) -> pl.DataFrame:
    """Return every clip's group of copies, whether it is kept, and whether the group contradicts itself.

    `clips` has a row for each file: clip_id, is_lossless, rate, seconds, source, path and speaker. Of a
    group a clip with a speaker is kept before one without, the lossless before the lossy one, then the one
    of the higher rate, the longer, and the first by source and path. Copies filed under two speakers, or
    under one name in two sources, are a contradiction; a file without a speaker says nothing.
    """
    grouped = (
        clips.join(_components(pairs), on="clip_id", how="left", maintain_order="left")
        .with_columns(pl.col("group_id").fill_null(pl.col("clip_id")))
        .with_columns(is_nameless=pl.col("speaker").is_null())
        .sort(list(_PREFERENCE), descending=list(_PREFERENCE.values()))
    )
    speakers = pl.struct("source", "speaker").filter(pl.col("speaker").is_not_null()).n_unique()
    return (
        grouped.with_columns(
            is_kept=pl.col("clip_id") == pl.col("clip_id").first().over("group_id"),
            is_contradictory=speakers.over("group_id") > 1,
        )
        .select(list(COPY_GROUP))
        .unique("clip_id")
        .sort("clip_id")
    )


def _components(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the clips that pairs connect, directly or not, each with the smallest clip_id it can reach."""
    ids = pl.concat([pairs["clip_id"], pairs["other_id"]]).unique().sort()
    ends = np.stack([ids.search_sorted(pairs[name]).to_numpy() for name in ("clip_id", "other_id")]).astype(np.int64)
    smallest = np.arange(len(ids))
    while True:
        before = smallest.copy()
        reached = smallest[ends].min(axis=0)
        for end in ends:
            np.minimum.at(smallest, smallest[end], reached)
        smallest = smallest[smallest]
        if np.array_equal(before, smallest):
            return pl.DataFrame({"clip_id": ids, "group_id": ids.gather(smallest)})


def _with_fingerprints(parts: Path, clips: pl.DataFrame) -> pl.DataFrame:
    held = []
    for (part,), rows in clips.group_by("part"):
        frame = pl.read_parquet(parts / f"{part}.parquet", columns=["clip_id", "fingerprint"], glob=False)
        # of two rows on one clip the one further down is later
        held.append(frame.drop_nulls().unique("clip_id", keep="last").join(rows, on="clip_id", how="semi"))
    return clips.select("clip_id").join(pl.concat(held), on="clip_id", maintain_order="left")


def _pairs_with(new: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs between new clips and known ones, or among the new where none is known."""
    columns = ["clip_id", "fingerprint"]
    clips = _unpacked(pl.concat([new.select(columns), known.select(columns)]))
    rows = [
        (clips.ids[first], clips.ids[second], score)
        for first, second, offset in _candidates(clips, new.height)
        if (score := _score(_words(clips, first), _words(clips, second), offset)) is not None
    ]
    return pl.DataFrame(rows, schema=COPY_PAIR, orient="row")


def _unpacked(frame: pl.DataFrame) -> _Clips:
    data = np.frombuffer(b"".join(frame["fingerprint"]), np.uint32)
    sizes = frame["fingerprint"].bin.size().to_numpy().astype(np.int64) // data.itemsize
    ends = np.cumsum(sizes)
    counts = data[ends - sizes].astype(np.int64)
    starts = ends - sizes + 1
    return _Clips(frame["clip_id"], data, counts, starts, starts + 2 * counts, ends)


def _candidates(clips: _Clips, new: int) -> Iterator[tuple[int, int, int]]:
    """Yield the rows of clips that may be copies, in the order of their ids, and their likeliest offset.

    The offset is the frame of the first clip at which the second starts.
    """
    ranks = clips.ids.rank("dense").to_numpy()
    found = [pl.DataFrame(schema=_VOTES)]
    for step_meetings in _meetings(clips, new):
        meetings = step_meetings
        for around, most in _SCREENS:
            meetings = _screened(clips, meetings, around, most)
        # so that a pair is judged alike whichever clip came first
        turned = ranks[meetings.first] > ranks[meetings.second]
        offsets = meetings.first_frame - meetings.second_frame
        frame = pl.DataFrame(
            {
                "first": np.where(turned, meetings.second, meetings.first),
                "second": np.where(turned, meetings.first, meetings.second),
                "offset": np.where(turned, -offsets, offsets),
            }
        )
        # a clip among the new may be among the known again, and is no copy of itself
        frame = frame.filter(ranks[meetings.first] != ranks[meetings.second])
        found.append(frame.group_by("first", "second", "offset").agg(votes=pl.len()))
    votes = pl.concat(found).group_by("first", "second", "offset").agg(pl.col("votes").sum())
    best = votes.sort("votes", "offset", descending=[True, False]).unique(["first", "second"], keep="first")
    yield from best.select("first", "second", "offset").iter_rows()


def _words(clips: _Clips, row: int) -> Fingerprint:
    return clips.data[clips.words[row] : clips.ends[row]]


def _landmarks(clips: _Clips) -> tuple[_Ints, _Ints, Fingerprint]:
    """Return all landmarks, sorted by hash and then clip: their clips' rows, where they stand, their hashes."""
    owners = np.repeat(np.arange(len(clips.ids), dtype=np.int32), clips.counts)
    within = np.arange(len(owners)) - np.repeat(np.cumsum(clips.counts) - clips.counts, clips.counts)
    places = (clips.starts[owners] + within).astype(np.int32)
    # as one number each, which is ten times faster than to sort by two columns
    keys = clips.data[places].astype(np.uint64) << _HALF | np.arange(len(places), dtype=np.uint64)
    keys.sort()
    order = keys.astype(np.uint32)
    return owners[order], places[order], (keys >> _HALF).astype(np.uint32)


def _meetings(clips: _Clips, new: int) -> Iterator[_Meetings]:
    """Yield the landmarks that new clips share with those known, or with each other where none is."""
    owners, places, hashes = _landmarks(clips)
    others_from = new if new < len(clips.ids) else 0
    at = np.flatnonzero(owners < new)
    for step in range(1, _MAX_NEIGHBOURS + 1):
        at = at[: np.searchsorted(at, len(hashes) - step)]
        at = at[hashes[at] == hashes[at + step]]
        if not len(at):
            return
        first = at[owners[at + step] >= others_from]
        second = first + step
        frames = (clips.data[places[each] + clips.counts[owners[each]]].astype(np.int32) for each in (first, second))
        yield _Meetings(owners[first], owners[second], *frames)


def _screened(clips: _Clips, meetings: _Meetings, around: _Ints, most: float) -> _Meetings:
    """Return the meetings around which, where it is loud, at most such a share of bits differs."""
    keep = np.zeros(len(meetings.first), bool)
    for start in range(0, len(keep), _SCREENED):
        part = slice(start, start + _SCREENED)
        first, second, first_frame, second_frame = (column[part] for column in meetings)
        one, one_inside = _words_around(clips, first, first_frame, around)
        other, other_inside = _words_around(clips, second, second_frame, around)
        levels = np.where(one_inside & other_inside, _levels(np.maximum(one, other)), 0)
        compared = levels > np.maximum(levels.max(axis=1, keepdims=True) - _SOUNDING_STEPS, 0)
        differing = (_differing(one, other) * compared).sum(axis=1, dtype=np.int32)
        keep[part] = differing <= most * SPECTRUM_BITS * compared.sum(axis=1)
    return _Meetings(*(column[keep] for column in meetings))


def _words_around(
    clips: _Clips, rows: _Ints, frames: _Ints, around: _Ints
) -> tuple[Fingerprint, npt.NDArray[np.bool_]]:
    """Return, a row for each frame, the words at some distances from it and whether the clip has them."""
    places = (clips.words[rows] + frames)[:, None] + around
    inside = (places >= clips.words[rows][:, None]) & (places < clips.ends[rows][:, None])
    return clips.data.take(places, mode="clip"), inside


def _score(first: Fingerprint, second: Fingerprint, offset: int) -> float | None:
    """Return how alike two clips are near an offset, 1 being identical, or None if they are no copies."""
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) + _UNCOVERED_FRAMES < MIN_LENGTH_RATIO * (len(longer) + _UNCOVERED_FRAMES):
        return None
    overlaps = [_overlap(first, second, near) for near in range(offset - _STRAY, offset + _STRAY + 1)]
    overlaps = [(here, there) for here, there in overlaps if here.stop - here.start >= MIN_FRAMES]
    if not overlaps:
        return None
    here, there = min(overlaps, key=lambda parts: _differing(first[parts[0]], second[parts[1]]).mean())
    one, other = first[here], second[there]
    compared = _sounding(one) | _sounding(other)
    frames = np.count_nonzero(compared)
    sounding = _sounding(shorter)
    shared = np.count_nonzero(sounding[here if shorter is first else there])
    if frames < MIN_FRAMES or shared < MIN_SHARED * np.count_nonzero(sounding):
        return None
    bits = _differing(one, other)[compared] / SPECTRUM_BITS
    gains = (_levels(one) - _levels(other))[compared] * LEVEL_STEP_DB
    difference = bits.mean() + DIFFERENCE_OF_ONE_DB * np.abs(gains - np.median(gains)).mean()
    sums = np.append(0, np.cumsum(bits))
    stretch = min(STRETCH_FRAMES, frames)
    worst = (sums[stretch:] - sums[:-stretch]).max() / stretch
    alike = difference <= MAX_DIFFERENCE - CHANCE / np.sqrt(frames) and worst <= MAX_STRETCH_DIFFERENCE
    return float(1 - difference) if alike else None


def _overlap(first: Fingerprint, second: Fingerprint, offset: int) -> tuple[slice, slice]:
    """Return the parts of two clips that lie on each other when the second starts at a frame of the first."""
    here, there = max(0, offset), max(0, -offset)
    length = max(0, min(len(first) - here, len(second) - there))
    return slice(here, here + length), slice(there, there + length)


def _differing(one: Fingerprint, other: Fingerprint) -> npt.NDArray[np.uint8]:
    """Return, by frame, how many bits of the spectrum differ."""
    differing: npt.NDArray[np.uint8] = np.bitwise_count((one ^ other) & _SPECTRUM)
    return differing


def _levels(words: Fingerprint) -> _Ints:
    return (words >> np.uint32(SPECTRUM_BITS)).astype(np.int16)


def _sounding(words: Fingerprint) -> npt.NDArray[np.bool_]:
    """Return which frames are loud enough to compare."""
    levels = _levels(words)
    quietest = min(levels.max() - SOUNDING_DB / LEVEL_STEP_DB, np.partition(levels, -MIN_FRAMES)[-MIN_FRAMES])
    sounding: npt.NDArray[np.bool_] = levels >= max(quietest, 1)
    return sounding
