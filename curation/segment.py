"""Segment: which clips to hear together, and what hearing them has shown."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import polars as pl

from curation.errors import ClipError, CurationError
from curation.hearing import Unheard
from curation.records import SEGMENTED, shaped

# Clips in a row that fail where it is the models and not the clips; all of fewer are enough, but not of very few.
MOST_FAILURES, FEWEST_FAILURES = 16, 4

# Why a clip is heard that failed for a reason that may pass.
AGAIN = "failed before"

# What is no fault of a model: the file is not what it was when it was read.
_OF_FILES = ("changed",)


def part_name(batch: pl.DataFrame, witness: str) -> str:
    """Return a name that follows from what is heard and by what, so that a repeated batch is the same part."""
    digest = hashlib.sha256(witness.encode())
    for row in batch.select("clip_id", "transcript").iter_rows():
        digest.update(repr(row).encode())
    return digest.hexdigest()[:32]


def unheard(batch: pl.DataFrame, roots: Mapping[str, Path], max_seconds: float) -> list[Unheard]:
    """Return what the processes that hold the models need to know of each clip of a batch."""
    columns = batch.select("source", "path", "clip_id", "transcript").iter_rows()
    return [
        Unheard(str(roots[source] / path), clip_id, transcript, max_seconds)
        for source, path, clip_id, transcript in columns
    ]


def segmented(batch: pl.DataFrame, outcomes: Sequence[dict[str, object] | ClipError], witness: str) -> pl.DataFrame:
    """Return what models, named by `witness`, heard in each clip of a batch, in its order (records.SEGMENTED).

    A clip whose file is no longer what it was is left out: the next scan will tell what it is now.
    """
    rows = [{"reason": one.reason, "detail": one.detail} if isinstance(one, ClipError) else one for one in outcomes]
    clips = batch.select("clip_id", known_transcript="transcript", witness=pl.lit(witness))
    heard = pl.DataFrame(rows, schema={name: dtype for name, dtype in SEGMENTED.items() if name not in clips.columns})
    found = shaped(pl.concat([clips, heard], how="horizontal"), SEGMENTED)
    return found.filter(pl.col("reason").is_null() | ~pl.col("reason").is_in(_OF_FILES))


class FailureCount:
    """Counts the clips that fail one after the other; any thread may add to it."""

    def __init__(self, clips: int) -> None:
        """Begin with none, of so many `clips` to come."""
        self._lock = Lock()
        self._limit = min(MOST_FAILURES, max(FEWEST_FAILURES, clips))
        self._in_a_row = 0

    def add(self, outcome: object) -> None:
        """Count an outcome; CurationError once so many clips have failed in a row that it must be the models."""
        with self._lock:
            if isinstance(outcome, ClipError) and outcome.reason in _OF_FILES:
                return
            self._in_a_row = self._in_a_row + 1 if isinstance(outcome, ClipError) else 0
            if self._in_a_row >= self._limit:
                raise CurationError(
                    f"the models of [segment] failed on {self._in_a_row} clips in a row, on the last with {outcome}; "
                    "what was finished before is kept: mend their set-up, or take these files out, and call it again"
                )
