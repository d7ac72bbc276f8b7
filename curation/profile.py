"""Profile: which clips to profile together, and what their voices were found to be like."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from curation.errors import ClipError
from curation.failures import concluded
from curation.records import PROFILED, batch_id
from curation.voice_profile import Spans, Turns, Unprofiled


def part_name(batch: pl.DataFrame, witness: str) -> str:
    """Return a name that follows from what is profiled and by what, so that a repeated batch is the same part."""
    return batch_id(batch.select("clip_id", "heard_by"), witness)


def unprofiled(batch: pl.DataFrame, roots: Mapping[str, Path], max_seconds: float) -> list[Unprofiled]:
    """Return what the processes that profile voices need to know of each clip of a batch."""
    columns = batch.select("source", "path", "clip_id", "voices", "alternative_voices").iter_rows()
    return [
        Unprofiled(str(roots[source] / path), clip_id, _turns(voices, alternative), max_seconds)
        for source, path, clip_id, voices, alternative in columns
    ]


def _turns(voices: list[dict[str, Spans]] | None, alternative: list[dict[str, Spans]] | None) -> list[Turns] | None:
    if voices is None:
        return None
    return [
        Turns(place, is_alternative, voice["turns"], voice["exclusive_turns"])
        for is_alternative, some in ((False, voices), (True, alternative or []))
        for place, voice in enumerate(some, start=1)
    ]


def profiled(batch: pl.DataFrame, outcomes: Sequence[dict[str, object] | ClipError], witness: str) -> pl.DataFrame:
    """Return what the voices of each clip of a batch are like (records.PROFILED)."""
    return concluded(batch.select("clip_id", "heard_by", witness=pl.lit(witness)), outcomes, PROFILED)
