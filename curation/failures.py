"""What child processes came to, clip by clip: which failures are a clip's own, and when it must be the models."""

from collections.abc import Sequence
from threading import Lock

import polars as pl

from curation.errors import ClipError, CurationError
from curation.records import Schema, shaped

# Clips in a row that fail where it is the models and not the clips; all of fewer are enough, but not of very few.
MOST_FAILURES, FEWEST_FAILURES = 16, 4

# Why a clip is taken up that failed for a reason that may pass.
AGAIN = "failed before"

# What is no fault of a model: the file is not what it was when it was read.
_OF_FILES = ("changed",)


def concluded(clips: pl.DataFrame, outcomes: Sequence[dict[str, object] | ClipError], schema: Schema) -> pl.DataFrame:
    """Return clips, in their order, with what each has come to, its fields or `reason` and `detail`.

    A clip whose file is no longer what it was is left out: the next scan will tell what it is now.
    """
    rows = [{"reason": one.reason, "detail": one.detail} if isinstance(one, ClipError) else one for one in outcomes]
    found = pl.DataFrame(rows, schema={name: dtype for name, dtype in schema.items() if name not in clips.columns})
    whole = shaped(pl.concat([clips, found], how="horizontal"), schema)
    return whole.filter(pl.col("reason").is_null() | ~pl.col("reason").is_in(_OF_FILES))


class FailureCount:
    """Counts the clips that fail one after the other; any thread may add to it."""

    def __init__(self, stage: str, clips: int) -> None:
        """Begin with none, of so many `clips` to come."""
        self._lock = Lock()
        self._stage = stage
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
                    f"the models of [{self._stage}] failed on {self._in_a_row} clips in a row, on the last with "
                    f"{outcome}; what was finished before is kept: mend their set-up, or take these files out, and "
                    "call it again"
                )
