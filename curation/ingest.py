"""Ingest: which files to read together, and what reading them has shown."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from curation.records import INGESTED, batch_id, shaped
from curation.settings import IngestSettings
from curation.sounds import Unread


def part_name(batch: pl.DataFrame, witness: str) -> str:
    """Return a name that follows from what is read and by what, so that a repeated batch is the same part.

    What is known counts too: a part that only confirms it must not replace the one that holds it.
    """
    asked = batch.select("source", "path", "size", "mtime_ns", "ctime_ns", "known_sha256", "failures")
    return batch_id(asked, witness)


def unread(batch: pl.DataFrame, roots: Mapping[str, Path], settings: IngestSettings) -> list[Unread]:
    """Return what the decoding processes need to know of each file of a batch."""
    return [
        Unread(str(roots[source] / path), known, settings.max_seconds, settings.max_file_mb * 2**20)
        for source, path, known in batch.select("source", "path", "known_sha256").iter_rows()
    ]


def ingested(batch: pl.DataFrame, rows: Iterable[dict[str, object]]) -> pl.DataFrame:
    """Return the batch with what reading each file has shown, in the batch's order (records.INGESTED)."""
    columns = {name: dtype for name, dtype in INGESTED.items() if name not in batch.columns}
    found = pl.DataFrame(list(rows), schema=columns)
    return shaped(pl.concat([batch, found], how="horizontal"), INGESTED)
