"""The README of a release: what it holds, on what terms, and how every count came about."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

_HEADER = """---
pretty_name: Speech labelled from records, release {version}
license: other
task_categories:
- audio-classification
configs:
- config_name: audio
  default: true
  data_files:
{splits}
{tables}---

# Release {version}

Speech clips with labels of private attributes of the speaker. Every label cites the evidence that it
was settled from, and every evidence the recorded facts that it rests on. Do not try to identify anyone.

| | |
| --- | ---: |
| clips | {clips:,} |
| speakers | {speakers:,} |
| hours | {hours:.2f} |
| labels | {labels:,} |
| content digest | `{content_digest}` |
"""

_CHANGES = """
Since release {parent}: {labels_added:,} labels added, {labels_removed:,} removed, {labels_changed:,} of another value;
{clips_added:,} clips added, {clips_removed:,} removed.
"""

_FILES = """
## Files

- `labels.parquet`: one row an accepted label of a clip: its value, how it was verified, its split, the ids of its
  evidence. `confidence` is the probability that it is right, given the records, all voices and what people answered.
- `clips.parquet`: one row a clip: speaker, source, licence, tier, split, the stretch of the recording that it is (in
  seconds; null where it is all of it), its length, measurements of the recording, and the audio file that holds its
  sound.
- `evidence.parquet`: one row a statement of a witness on one attribute: the classes that it leaves possible, the rule
  that read it, the ids of its facts.
- `facts.parquet`: one row a recorded fact: property, value as read (null where it would identify the speaker), rule,
  licence and kind of source.
- `audio/*.parquet`: 16 kHz mono 16-bit FLAC at {loudness:g} LUFS (ITU-R BS.1770-4), columns `clip_id` and `audio`.
- `manifest.json`: SHA-256 and size of every file.

Ids are keyed pseudonyms: they join the tables, and mean nothing outside of them. A speaker is in one split only,
and stays there as long as the shares of the splits stay.
"""


def card(manifest: Mapping[str, Any], marts: Mapping[str, pl.DataFrame]) -> str:
    """Return the README as Markdown, with the header that Hugging Face reads.

    `marts` are the frames of warehouse/marts: classes, intake, rejections, verdicts and unpublished.
    """
    counts = manifest["counts"]
    audio = [name for name in manifest["files"] if name.startswith("audio/")]
    splits = sorted({name.removeprefix("audio/").split("-")[0] for name in audio})
    header = _HEADER.format(
        version=manifest["version"],
        splits="\n".join(f"  - split: {split}\n    path: audio/{split}-*.parquet" for split in splits),
        tables="".join(
            f"- config_name: {table}\n  data_files: {table}.parquet\n"
            for table in ("labels", "clips", "evidence", "facts")
        ),
        content_digest=manifest["content_digest"],
        **counts,
    )
    changes = manifest["changes"]
    sections = [
        header,
        *([] if changes is None else [_CHANGES.format(parent=manifest["parent"], **changes)]),
        _FILES.format(loudness=manifest["rendering"]["loudness_lufs"]),
        _classes(marts["classes"]),
        _sources(marts["intake"]),
        _way_of_files(marts, counts["clips"]),
        _way_of_labels(marts["verdicts"], counts["labels"]),
        _way_of_facts(marts["rejections"]),
    ]
    return "\n".join(sections)


def _classes(classes: pl.DataFrame) -> str:
    rows = [
        (row["attribute"], row["value"], row["split"], row["count_clips"], row["count_speakers"], f"{row['hours']:.2f}")
        for row in classes.to_dicts()
    ]
    return "## Labels by class\n\n" + _table(("attribute", "class", "split", "clips", "speakers", "hours"), rows)


def _sources(intake: pl.DataFrame) -> str:
    rows = [
        (
            f"{row['title']} (`{row['source']}`)", row["licence"], row["tier"], row["count_files"], row["count_clips"],
            row["count_recorded_speakers"], row["count_facts"],
        )
        for row in intake.to_dicts()
    ]  # fmt: skip
    columns = ("source", "licence", "tier", "files", "clips", "speakers with records", "facts")
    citations = [f"- `{row['source']}`: {row['citation']}" for row in intake.to_dicts()]
    uses = [
        f"- `{row['source']}`: {', '.join(row['permitted_uses'])}; {row['basis']}"
        for row in intake.drop_nulls("basis").to_dicts()
    ]
    return "\n".join(
        [
            "## Sources\n",
            _table(columns, rows),
            "Please cite:\n",
            *citations,
            "\nPermitted uses, and on what basis:\n",
            *uses,
            "",
        ]
    )


def _way_of_files(marts: Mapping[str, pl.DataFrame], published: int) -> str:
    """Account for every file: what came in, less each reason for leaving, is what is published."""
    intake, unpublished = marts["intake"], marts["unpublished"]
    left = marts["rejections"].filter(pl.col("kind") == "file")
    rows: list[tuple[object, ...]] = [
        ("files that a source's tables name or that lie in its folder", "", intake["count_files"].sum())
    ]
    rows += [(f"less: {_words(row['reason'])}", row["source"], -row["count_subjects"]) for row in left.to_dicts()]
    rows += [("= clips", "", intake["count_clips"].sum())]
    rows += [(f"less: {row['reason']}", row["source"], -row["count_clips"]) for row in unpublished.to_dicts()]
    rows += [("= clips published", "", published)]
    intro = "As at the rebuild that published this release.\n\n"
    return "## What became of every file\n\n" + intro + _table(("", "source", "files"), rows)


def _way_of_labels(verdicts: pl.DataFrame, published: int) -> str:
    rows = [
        (row["attribute"], row["verdict"], _words(row["reason"] or ""), row["count_labels"], row["count_speakers"])
        for row in verdicts.to_dicts()
    ]
    columns = ("attribute", "verdict", "reason", "labels", "speakers")
    intro = "As at the rebuild that published this release. "
    intro += f"The rows of an attribute add up to the clips. Of the accepted labels {published:,} are published, "
    intro += "those of published clips.\n\n"
    return "## What became of every label\n\n" + intro + _table(columns, rows)


def _way_of_facts(rejections: pl.DataFrame) -> str:
    left = rejections.filter(pl.col("kind") != "file")
    rows = [
        (row["source"], row["stage"], row["kind"], row["attribute"] or "", _words(row["reason"]), row["count_subjects"])
        for row in left.to_dicts()
    ]
    return "## Records that gave no label\n\n" + _table(
        ("source", "stage", "what", "attribute", "reason", "count"), rows
    )


def _words(reason: str) -> str:
    return reason.replace("_", " ")


def _table(columns: Iterable[str], rows: Iterable[tuple[object, ...]]) -> str:
    names = list(columns)
    body = list(rows)
    numeric = [bool(body) and all(isinstance(row[place], int) for row in body) for place in range(len(names))]
    lines = [
        _line(names),
        _line("---:" if is_number else "---" for is_number in numeric),
        *(_line(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) for row in body),
    ]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
