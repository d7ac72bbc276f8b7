"""What a source says of its files and its people, held against what lies on disk.

Every row of clips.sql ends as a file or as a rejection, and so does every recording on disk; every
row of facts.sql ends as a sighting of a fact or as a rejection.
"""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import NamedTuple

import polars as pl

from curation.dates import AT_RECORDING, readable_date
from curation.errors import ConfigError, nearest
from curation.queries import query
from curation.records import FACT, FACT_KEY, FILE, REJECTION, SIGHTING, content_ids, empty, shaped
from curation.scan import AUDIO_SUFFIXES, Entry
from curation.sources import Source

# Raised when reading concludes otherwise from the same files and definitions.
VERSION = "listing@1"

CLIP_COLUMNS = {
    "path": "file, relative to the root",
    "speaker": "id of its only speaker, null where there is none or several",
    "recorded_on": "date of the recording: 2020, 2020-04 or 2020-04-23",
    "transcript": "words spoken",
}
FACT_COLUMNS = {
    "speaker": "id of the person described, or null",
    "path": "file described, relative to the root, or null",
    "property": "name of what is recorded",
    "value": "value as recorded, null for an empty field",
    "unit": "unit as recorded or documented",
    "valid_on": "date for which it holds: 2020, 2020-04, 2020-04-23 or recording",
    "record_file": "file that records it, relative to the root",
    "locator": "place in that file",
}

FILE_KIND = pl.lit("file")

_CHUNK = 10_000  # entries of a walk

# Why a file that clips.sql names cannot be taken.
DETAILS = {
    "path_leaves_root": "the path, or a link on it, leads out of the source's root",
    "link_broken": "a link to nothing",
    "not_a_regular_file": "a device, a pipe or a socket",
    "name_not_utf8": "the name is not UTF-8",
    "file_missing": "named by clips.sql, absent on disk",
    "listed_twice": "rows of clips.sql differ in speaker, recorded_on or transcript",
}


class Files(NamedTuple):
    """The files to ingest (records.FILE) and what was turned away (records.REJECTION)."""

    files: pl.DataFrame
    rejections: pl.DataFrame


class Records(NamedTuple):
    """Facts, their sightings and what was turned away, by the schemas of records.py."""

    facts: pl.DataFrame
    sightings: pl.DataFrame
    rejections: pl.DataFrame


def on_disk(entries: Iterable[Entry]) -> pl.DataFrame:
    """Return what a walk finds (scan.Entry) as a frame."""
    schema = {"path": pl.String, "size": pl.Int64, "mtime_ns": pl.Int64, "ctime_ns": pl.Int64, "flaw": pl.String}
    # objects of Python take several times the memory of a frame, so that they never exist all at once
    rows = iter(entries)
    chunks = [
        pl.DataFrame(chunk, schema=schema, orient="row") for chunk in iter(lambda: list(islice(rows, _CHUNK)), [])
    ]
    return pl.concat([pl.DataFrame(schema=schema), *chunks], rechunk=True)


def read_clips(source: Source, disk: pl.DataFrame) -> Files:
    """Return the files that clips.sql names and that can be read, and a rejection for every other one.

    `disk` is what lies there, as from `on_disk`. Raises ConfigError for a query that cannot be run or has the wrong
    columns.
    """
    file = source.folder / "clips.sql"
    rows = query(file, source.clips_sql, source.root, _readable(disk), CLIP_COLUMNS)
    if rows.height and "ingest" not in source.terms.stages:
        raise ConfigError(f"{file}: names {rows.height} files, but stages in source.toml leaves out ingest")
    rows = rows.with_columns(_normal_path("path"), *_filled("speaker", "recorded_on", "transcript"))
    rows = _spelt_as_on_disk(rows, "path", disk).with_row_index("row", 1)
    listed = _claims(rows.filter(pl.col("path").is_not_null()), disk)
    files = listed.filter(pl.col("reason").is_null())
    unreadable = readable_date(pl.col("recorded_on")).not_()
    unnamed = disk.filter(_is_audio() | pl.col("flaw").is_not_null()).join(listed, on="path", how="anti")
    rejections = [
        rows.filter(pl.col("path").is_null()).select(
            kind=pl.lit("record"),
            subject=pl.format("{}, row {}", pl.lit(file.name), "row"),
            reason=pl.lit("path_missing"),
            detail=pl.format("speaker {}", pl.col("speaker").fill_null("null")),
        ),
        listed.filter(pl.col("reason").is_not_null()).select("reason", "detail", kind=FILE_KIND, subject="path"),
        # the file stays, undated: only its date is turned away
        files.filter(unreadable).select(
            kind=pl.lit("date"),
            subject="path",
            reason=pl.lit("unreadable_date"),
            detail=pl.format("recorded_on {}", "recorded_on"),
        ),
        unnamed.select(
            kind=FILE_KIND,
            subject="path",
            reason=pl.col("flaw").fill_null("unlisted"),
            detail=pl.lit("no row of clips.sql names it"),
        ),
    ]
    files = files.with_columns(pl.when(unreadable.not_()).then("recorded_on"), source=pl.lit(source.name)).sort("path")
    return Files(shaped(files, FILE), _rejections(source, "ingest", rejections))


def read_facts(source: Source, disk: pl.DataFrame, properties: Collection[str]) -> Records:
    """Return what facts.sql says: facts, where each stands, and a rejection for every row that is none.

    `properties` are the names that the taxonomy reads. Raises ConfigError for a query that cannot be
    run, and for rows that show it to be wrong: two subjects, an unknown property, no place of record.
    """
    file = source.folder / "facts.sql"
    rows = query(file, source.facts_sql, source.root, _readable(disk), FACT_COLUMNS)
    rows = rows.with_columns(
        _normal_path("path"),
        _normal_path("record_file"),
        *_filled("speaker", "property", "value", "unit", "valid_on", "locator"),
        source=pl.lit(source.name),
    )
    rows = _spelt_as_on_disk(rows, "path", disk)
    _check_facts(source, rows, disk, properties)
    flaw = (
        pl.when(pl.col("speaker").is_null() & pl.col("path").is_null())
        .then(pl.lit("subject_missing"))
        .when(_leaves_root(disk))
        .then(pl.lit("path_leaves_root"))
    )
    rows = rows.with_columns(flaw=flaw)
    valid_on = pl.col("valid_on")
    readable = (valid_on == AT_RECORDING) | readable_date(valid_on)
    told = rows.filter(pl.col("flaw").is_null()).with_columns(
        stated=valid_on, valid_on=pl.when(readable).then(valid_on)
    )
    told = told.with_columns(content_ids(told, FACT_KEY).alias("fact_id"))
    rejections = [
        rows.filter(pl.col("flaw").is_not_null()).select(
            kind=pl.lit("record"),
            subject=pl.format("{}, {}", "record_file", "locator"),
            reason="flaw",
            detail=pl.format("{} = {}", "property", pl.col("value").fill_null("null"))
            + pl.format(", path {}", "path").fill_null(""),
        ),
        told.filter(pl.col("valid_on").is_null() & pl.col("stated").is_not_null())
        .select(
            kind=pl.lit("fact"),
            subject="fact_id",
            reason=pl.lit("unreadable_date"),
            detail=pl.format("valid_on {}", "stated"),
        )
        .unique(),
    ]
    place = ["fact_id", "record_file", "locator"]
    return Records(
        shaped(told, FACT).unique("fact_id").sort("fact_id"),
        shaped(told, SIGHTING).unique(place).sort(place),
        _rejections(source, "ground", rejections),
    )


def _readable(disk: pl.DataFrame) -> pl.Series:
    return disk.filter(pl.col("flaw").is_null())["path"]


def _normal_path(name: str) -> pl.Expr:
    """Write ./a//b as a/b, the same path; an empty one is none."""
    path = pl.col(name).str.replace_all("/+", "/").str.replace_all(r"(^|/)(\./)+", "${1}")
    return pl.when(path != "").then(path).alias(name)


def _spelt_as_on_disk(rows: pl.DataFrame, name: str, disk: pl.DataFrame) -> pl.DataFrame:
    """Write a path that is not on disk as the one file there whose name is canonically equivalent Unicode.

    A table written on Linux says é as one character, a copy made on a Mac as two.
    """
    spellings = disk.select(form=pl.col("path").str.normalize("NFC"), on_disk="path").filter(pl.col("form").is_unique())
    forms = rows.with_columns(form=pl.col(name).str.normalize("NFC"))
    joined = forms.join(spellings, on="form", how="left", maintain_order="left")
    is_there = pl.col(name).is_in(disk["path"].implode())
    return joined.with_columns(pl.when(is_there).then(name).otherwise(pl.coalesce("on_disk", name)).alias(name)).drop(
        "form", "on_disk"
    )


def _filled(*names: str) -> list[pl.Expr]:
    """Read an empty field as null, as CSV readers differ on it; spaces stay."""
    return [pl.when(pl.col(name) != "").then(name).alias(name) for name in names]


def _is_audio() -> pl.Expr:
    lowered = pl.col("path").str.to_lowercase()
    return pl.any_horizontal(lowered.str.ends_with(suffix) for suffix in AUDIO_SUFFIXES)


def _claims(rows: pl.DataFrame, disk: pl.DataFrame) -> pl.DataFrame:
    """Return one row a path named, with what is claimed of it, its times, and why it cannot be taken."""
    said = ["speaker", "recorded_on", "transcript"]
    claims = rows.group_by("path").agg(
        pl.col(said).first(),
        speakers=pl.col("speaker").drop_nulls().unique().sort(),
        versions=pl.struct(said).n_unique(),
    )
    claims = claims.join(disk, on="path", how="left").sort("path")
    absent = pl.col("size").is_null()
    reason = (
        pl.when(_leaves_root(disk))
        .then(pl.lit("path_leaves_root"))
        .when(pl.col("flaw").is_not_null())
        .then("flaw")
        .when(absent)
        .then(pl.lit("file_missing"))
        .when(pl.col("speakers").list.len() > 1)
        .then(pl.lit("listed_under_two_speakers"))
        .when(pl.col("versions") > 1)
        .then(pl.lit("listed_twice"))
    )
    names = pl.format("speakers {}", pl.col("speakers").list.join(", "))
    return claims.with_columns(reason=reason).with_columns(
        detail=pl.col("reason").replace_strict(DETAILS, default=names, return_dtype=pl.String)
    )


def _leaves_root(disk: pl.DataFrame) -> pl.Expr:
    """Whether a path is absolute, climbs out, or lies on a link that leads out; false where there is none."""
    links = frozenset(disk.filter(pl.col("flaw") == "path_leaves_root")["path"])
    path = pl.col("path")
    leaves = path.str.contains(r"^/|(^|/)\.\.(/|$)")
    if links:
        leaves |= path.map_elements(lambda one: _is_on(one, links), pl.Boolean)
    return leaves.fill_null(value=False)


def _is_on(path: str, links: frozenset[str]) -> bool:
    return any(f"{path}/"[:place] in links for place, character in enumerate(f"{path}/") if character == "/")


def _check_facts(source: Source, rows: pl.DataFrame, disk: pl.DataFrame, properties: Collection[str]) -> None:
    """Refuse what only a mistake in facts.sql explains, showing the first row that has it."""
    file = source.folder / "facts.sql"
    both = rows.filter(pl.col("speaker").is_not_null() & pl.col("path").is_not_null())
    if both.height:
        raise ConfigError(f"{file}: speaker and path both set, expected one of them, in {both.row(0, named=True)}")
    for name in ("property", "record_file", "locator"):
        lacking = rows.filter(pl.col(name).is_null())
        if lacking.height:
            raise ConfigError(f"{file}: {name} ({FACT_COLUMNS[name]}) is empty in {lacking.row(0, named=True)}")
    known = {*properties, *source.terms.other_properties}
    for name in rows["property"].unique().sort():
        if name not in known:
            raise ConfigError(
                f"{file}: unknown property {name!r}{nearest(name, known)}; known are {', '.join(sorted(known))}; one "
                f"that no rule reads goes into other_properties in {source.folder / 'source.toml'}"
            )
    readable = _readable(disk)
    absent = rows.filter(~pl.col("record_file").is_in(readable.implode()))
    if absent.height:
        record_file = str(absent["record_file"].min())
        raise ConfigError(
            f"{file}: record_file {record_file!r} is not on disk{nearest(record_file, readable)}; "
            f"name it relative to the root {source.root}"
        )


def _rejections(source: Source, stage: str, frames: list[pl.DataFrame]) -> pl.DataFrame:
    columns = {"stage": pl.lit(stage), "source": pl.lit(source.name)}
    return pl.concat([empty(REJECTION), *(shaped(frame.with_columns(**columns), REJECTION) for frame in frames)]).sort(
        "kind", "subject", "reason", "detail"
    )
