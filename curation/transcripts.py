"""Transcripts: where what is said gives away what only the voice should tell."""

import polars as pl

from curation.disclosures import disclosures, words_of
from curation.records import DISCLOSED, shaped

# A name, a number or an address is nobody's label: a clip that holds one is cut or left out.
PERSONAL = ("name", "telephone", "address")

_SPAN = pl.struct("start_seconds", "end_seconds")


def disclosed(clips: pl.DataFrame) -> pl.DataFrame:
    """Return the words of each clip that give an attribute away, and when they are said (DISCLOSED, without `is_cut`).

    `clips` are rows of queues/clips_of_entities. Words that no model has timed have no times.
    """
    columns = clips.select("clip_id", "source", "entity", "words", "transcript").iter_rows()
    rows = [
        {"clip_id": clip_id, "source": source, "entity": entity, **found}
        for clip_id, source, entity, words, transcript in columns
        for found in _found(words, transcript)
    ]
    schema = {name: dtype for name, dtype in DISCLOSED.items() if name != "is_cut"}
    return pl.DataFrame(rows, schema=schema)


def _found(words: list[dict[str, object]] | None, transcript: str | None) -> list[dict[str, object]]:
    timed = words or [{"text": word, "start_seconds": None, "end_seconds": None} for word in words_of(transcript or "")]
    rows = []
    for attribute, first, last in disclosures([str(word["text"]) for word in timed]):
        some = timed[first : last + 1]
        starts = [word["start_seconds"] for word in some if word["start_seconds"] is not None]
        ends = [word["end_seconds"] for word in some if word["end_seconds"] is not None]
        rows.append(
            {
                "attribute": attribute,
                "words": " ".join(str(word["text"]) for word in some),
                "start_seconds": starts[0] if starts else None,
                "end_seconds": ends[-1] if ends else None,
            }
        )
    return rows


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
