"""Segment: which clips to hear together, and what hearing them has shown."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from curation.errors import ClipError
from curation.failures import concluded
from curation.hearing import Unheard
from curation.records import SEGMENTED, batch_id


def part_name(batch: pl.DataFrame, witness: str) -> str:
    """Return a name that follows from what is heard and by what, so that a repeated batch is the same part."""
    return batch_id(batch.select("clip_id", "transcript"), witness)


def unheard(batch: pl.DataFrame, roots: Mapping[str, Path], max_seconds: float) -> list[Unheard]:
    """Return what the processes that hold the models need to know of each clip of a batch."""
    columns = batch.select("source", "path", "clip_id", "transcript").iter_rows()
    return [
        Unheard(str(roots[source] / path), clip_id, transcript, max_seconds)
        for source, path, clip_id, transcript in columns
    ]


def segmented(batch: pl.DataFrame, outcomes: Sequence[dict[str, object] | ClipError], witness: str) -> pl.DataFrame:
    """Return what models, named by `witness`, heard in each clip of a batch (records.SEGMENTED)."""
    clips = batch.select("clip_id", known_transcript="transcript", witness=pl.lit(witness))
    return concluded(clips, outcomes, SEGMENTED)
