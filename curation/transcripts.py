"""Transcripts: where what is said gives away what only the voice should tell."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from curation.disclosures import disclosures, words_of
from curation.records import DISCLOSED, shaped

Row = dict[str, Any]

_SPAN = pl.struct("start_seconds", "end_seconds")


def disclosed(clips: pl.DataFrame) -> pl.DataFrame:
    """Return the words of each clip that give an attribute away, and when they are said (DISCLOSED, without `is_cut`).

    `clips` are rows of queues/clips_of_entities. Words whose times are not known have none. Where a model recognised
    the words, the source's own are read too: names and numbers are what it mishears.
    """
    columns = clips.select("clip_id", "source", "entity", "words", "transcript").iter_rows()
    rows = [
        {"clip_id": clip_id, "source": source, "entity": entity, **found}
        for clip_id, source, entity, words, transcript in columns
        for found in _of_clip(words or [], transcript or "")
    ]
    schema = {name: dtype for name, dtype in DISCLOSED.items() if name != "is_cut"}
    return pl.DataFrame(rows, schema=schema)


def _of_clip(heard: list[Row], transcript: str) -> Iterator[Row]:
    found = list(_found(heard))
    yield from found
    known = words_of(transcript)
    if known != [word["text"] for word in heard]:
        timed = {row["attribute"] for row in found}
        untimed = [{"text": word, "start_seconds": None, "end_seconds": None} for word in known]
        yield from (row for row in _found(untimed) if row["attribute"] not in timed)


def _found(words: list[Row]) -> Iterator[Row]:
    for attribute, first, last in disclosures([word["text"] for word in words]):
        start, end = _span(words, first, last)
        text = " ".join(word["text"] for word in words[first : last + 1])
        yield {"attribute": attribute, "words": text, "start_seconds": start, "end_seconds": end}


def _span(words: list[Row], first: int, last: int) -> tuple[float, float] | tuple[None, None]:
    """Return when words are said; where the first or the last of them has no times, from or to the next that has."""
    before = [word for word in words[: first + 1] if word["start_seconds"] is not None]
    after = [word for word in words[last:] if word["end_seconds"] is not None]
    if not after:
        return None, None
    start = 0.0 if not before else before[-1]["start_seconds" if before[-1] is words[first] else "end_seconds"]
    return start, after[0]["end_seconds" if after[0] is words[last] else "start_seconds"]


def avoiding(clips: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the clips with `avoided`, the spans of their disclosures."""
    spans = found.drop_nulls("start_seconds").group_by("clip_id").agg(avoided=_SPAN.sort())
    empty = pl.lit([], dtype=spans.schema["avoided"])
    return clips.join(spans, on="clip_id", how="left").with_columns(pl.col("avoided").fill_null(empty))


def marked(found: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Return the disclosures with `is_cut`: whether the stretch of its clip that is kept leaves one out (DISCLOSED)."""
    kept = targets.select("clip_id", kept_from="start_seconds", kept_to="end_seconds")
    is_out = (pl.col("end_seconds") <= pl.col("kept_from")) | (pl.col("start_seconds") >= pl.col("kept_to"))
    rows = found.join(kept, on="clip_id", how="left", maintain_order="left")
    return shaped(rows.with_columns(is_cut=is_out.fill_null(value=False)), DISCLOSED)
