"""Verify without a server: questions go out as files, and answers come in as files."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from curation.answers import checked, choices
from curation.errors import ClipError, ConfigError
from curation.folders import check_empty
from curation.home import held
from curation.intake import keep_answers
from curation.queue_files import read_queue, write_queue
from curation.sandbox import Sandbox
from curation.settings import Settings
from curation.sounds import Unrendered, render
from curation.taxonomy import load_taxonomy
from curation.warehouse import Warehouse

_SHOWN = 20  # findings in one message


def exported(settings: Settings, folder: Path) -> dict[str, int]:
    """Write the questions that are open to a new or empty folder, one file a kind; return how many by kind.

    What is to be heard blindly is written beside them under names that tell nothing; a question whose sound can't be
    is left out, and counted as `unplayable`.
    """
    check_empty(folder)
    taxonomy = load_taxonomy()
    with Warehouse.reading(settings.home) as warehouse:
        asked = warehouse.query("queues/questions_to_export")
    options = [choices(row["kind"], row["attribute"], row["value"], taxonomy) for row in asked.iter_rows(named=True)]
    asked = asked.with_columns(pl.Series("choices", options, pl.List(pl.String)))
    heard = asked.filter(pl.col("kind") == "hearing")
    sounds = _written(settings, heard, folder / "sounds") if len(heard) else {}
    playable = asked.with_columns(
        sound=pl.col("question_id").replace_strict(sounds, default=None, return_dtype=pl.String)
    )
    playable = playable.filter((pl.col("kind") != "hearing") | pl.col("sound").is_not_null())
    return _files(folder, playable) | ({"unplayable": len(heard) - len(sounds)} if len(heard) > len(sounds) else {})


def _written(settings: Settings, heard: pl.DataFrame, folder: Path) -> dict[str, str]:
    """Write of each clip what is its speaker's, as published, named by its question; return the names by question."""
    folder.mkdir()
    roots = {name: source.root for name, source in settings.sources.items()}
    if gone := sorted(set(heard["source"]) - roots.keys()):
        raise ConfigError(f"source {gone[0]} is not in the settings; name the file that has it (--config), or rebuild")
    ingest = settings.ingest
    clips = [
        Unrendered(
            path=str(roots[row["source"]] / row["path"]),
            clip_id=row["clip_id"],
            max_seconds=ingest.max_seconds,
            loudness_lufs=settings.release.loudness_lufs,
            cut=None if row["start_seconds"] is None else (row["start_seconds"], row["end_seconds"]),
        )
        for row in heard.iter_rows(named=True)
    ]
    names = {}
    with Sandbox(render, ingest.worker_count, ingest.max_memory_mb, ingest.timeout_seconds) as sandbox:
        for question_id, sound in zip(heard["question_id"], sandbox.map(clips), strict=True):
            if not isinstance(sound, ClipError):
                (folder / f"{question_id}.flac").write_bytes(sound)
                names[question_id] = f"sounds/{question_id}.flac"
    return names


def exported_answers(settings: Settings, folder: Path) -> dict[str, int]:
    """Write all answers, those that count no more too, as the questions are written; return how many by kind."""
    check_empty(folder)
    with Warehouse.reading(settings.home) as warehouse:
        given = warehouse.query("queues/answers_to_export")
    return _files(folder, given)


def _files(folder: Path, rows: pl.DataFrame) -> dict[str, int]:
    for (kind,), some in rows.group_by("kind", maintain_order=True):
        write_queue(folder, str(kind), some)
    return dict(rows.group_by("kind").len().sort("kind").iter_rows())


def imported(settings: Settings, files: Sequence[Path]) -> dict[str, int]:
    """Take in the answers of files, all or nothing; return how many are new, known already, rejected and empty.

    Raises ConfigError that names every wrong row, file and line.
    """
    replies = pl.concat([read_queue(path) for path in files])
    named = replies.select("question_id").unique().drop_nulls()
    with held(settings.home):
        if not Warehouse.is_readable(settings.home):
            raise ConfigError(f"{settings.home}: nothing has been asked here yet; run `make rebuild-dataset` first")
        with Warehouse.writing(settings.home) as warehouse:
            with warehouse.registered("named", named):
                asked, earlier = warehouse.query("queues/questions_named"), warehouse.query("queues/answers_named")
            found = checked(replies, asked, earlier, load_taxonomy())
            if found.findings:
                more = len(found.findings) - _SHOWN
                shown = [*found.findings[:_SHOWN], *([f"and {more:,} more"] if more > 0 else []), "nothing is imported"]
                raise ConfigError("\n".join(shown))
            keep_answers(warehouse, settings.home, found.answers)
            with (
                warehouse.registered("imported", pl.concat([found.answers, found.unknown], how="diagonal")),
                warehouse.registered("unknown", found.unknown),
                warehouse.transaction(),
            ):
                warehouse.execute("derived/reject_answers")
            warehouse.snapshot()
    return {
        "imported": found.answers.height,
        "known": found.count_known,
        "rejected": found.unknown.height,
        "empty": found.count_empty,
    }
