"""Corrections: what a maintainer changes in recorded facts, in a file kept in version control."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

import polars as pl

from curation.dates import readable_date
from curation.errors import ConfigError, nearest
from curation.records import FACT, FACT_KEY, ID_LENGTH, REJECTION, Schema, content_ids, shaped

COLUMNS = ("fact", "value", "author", "date", "reason", "source")

# The shortest start of a fact id that names it; 8 hexadecimal digits tell four billion facts apart.
SHORTEST_PREFIX = 8

# One line of the file, `line` counted from 1. `value` null: the fact is withdrawn.
CORRECTION: Schema = {
    "fact": pl.String,
    "value": pl.String,
    "author": pl.String,
    "date": pl.String,
    "reason": pl.String,
    "source": pl.String,
    "line": pl.Int64,
}

# What was corrected into what; `corrected_id` is null where the fact is withdrawn.
CORRECTED: Schema = {
    "fact_id": pl.String,
    "corrected_id": pl.String,
    "author": pl.String,
    "corrected_on": pl.String,
    "reason": pl.String,
    "reference": pl.String,
    "line": pl.Int64,
}


class Corrected(NamedTuple):
    """The facts that vote (FACT), and the links from corrected facts to those in their place (CORRECTED).

    `rejections` (REJECTION) are the corrections of facts that are not recorded.
    """

    facts: pl.DataFrame
    links: pl.DataFrame
    rejections: pl.DataFrame


def read_corrections(path: Path) -> pl.DataFrame:
    """Return the corrections of a CSV file (CORRECTION).

    Columns: fact (its id, or at least 8 digits of its start), value (empty: withdraw the fact),
    author, date, reason, source. Raises ConfigError naming the line and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, [field.strip() for field in row]) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"corrections file {path}: {error}") from error
    if not lines or tuple(lines[0][1]) != COLUMNS:
        raise ConfigError(_header_finding(path, lines[0][1] if lines else []))
    rows = [_row(path, number, row) for number, row in lines[1:]]
    corrections = pl.DataFrame(rows, schema=dict(CORRECTION), orient="row")
    for line, date in corrections.filter(~readable_date(pl.col("date"))).select("line", "date").head(1).iter_rows():
        raise ConfigError(
            f"corrections file {path}: line {line}, column date: found {date!r}, expected a date such as 2026-04-23"
        )
    return corrections


def apply_corrections(facts: pl.DataFrame, corrections: pl.DataFrame) -> Corrected:
    """Put corrected facts in the place of those that they correct.

    A corrected fact has an id of its own, made of the original and the correction. A correction of a fact
    that is not among them is a rejection: its source may be left out, or have mended the record. Raises
    ConfigError for a fact id that several facts begin with, or that two lines correct.
    """
    resolved = corrections.with_columns(fact_id=_resolved(facts, corrections))
    links = resolved.filter(pl.col("fact_id").is_not_null())
    twice = links.filter(pl.len().over("fact_id") > 1).sort("fact_id", "line")
    if not twice.is_empty():
        fact, first, second = twice["fact_id"][0], twice["line"][0], twice["line"][1]
        raise ConfigError(f"corrections, lines {first} and {second}: both correct fact {fact}; keep one of them")
    originals = facts.select(FACT.keys()).join(
        links.rename({"source": "reference", "value": "new_value"}), on="fact_id"
    )
    originals = originals.with_columns(
        content_ids(originals, (*FACT_KEY, "fact_id", "new_value", "author", "date", "reason", "reference"))
    ).with_columns(corrected_id=pl.when(pl.col("new_value").is_not_null()).then("id"))
    changed = originals.filter(pl.col("corrected_id").is_not_null()).with_columns(
        fact_id="corrected_id", value="new_value"
    )
    untouched = facts.join(links, on="fact_id", how="anti")
    return Corrected(
        facts=pl.concat([shaped(untouched, FACT), shaped(changed, FACT)]).sort("fact_id"),
        links=shaped(originals.rename({"date": "corrected_on"}), CORRECTED).sort("fact_id"),
        rejections=_rejections(resolved.filter(pl.col("fact_id").is_null())),
    )


def _rejections(unmatched: pl.DataFrame) -> pl.DataFrame:
    """Count the corrections of facts that are not recorded; they belong to no source."""
    frame = unmatched.select(
        stage=pl.lit("ground"),
        source=pl.lit(""),
        kind=pl.lit("correction"),
        subject=pl.format("line {}", "line"),
        reason=pl.lit("fact_not_recorded"),
        detail=pl.format("no record states a fact whose id begins with {}; `curation explain` shows ids", "fact"),
    )
    return shaped(frame, REJECTION)


def _header_finding(path: Path, found: list[str]) -> str:
    unknown = next((f", unknown column {name!r}{nearest(name, COLUMNS)}" for name in found if name not in COLUMNS), "")
    return (
        f"corrections file {path}: line 1: found {','.join(found) or 'nothing'}, expected {','.join(COLUMNS)}{unknown}"
    )


def _row(path: Path, line: int, row: list[str]) -> dict[str, str | int | None]:
    where = f"corrections file {path}: line {line}"
    if len(row) != len(COLUMNS):
        raise ConfigError(f"{where}: found {len(row)} fields, expected {len(COLUMNS)}: {','.join(COLUMNS)}")
    fields = dict(zip(COLUMNS, row, strict=True))
    shapes = {
        "fact": (rf"[0-9a-f]{{{SHORTEST_PREFIX},{ID_LENGTH}}}", "a fact id as `curation explain` shows it"),
        "author": (".+", "who corrects"),
        "reason": (".+", "why the record is wrong"),
        "source": (".+", "where the right value stands"),
    }
    for column, (shape, expected) in shapes.items():
        if not re.fullmatch(shape, fields[column]):
            raise ConfigError(f"{where}, column {column}: found {fields[column]!r}, expected {expected}")
    return {**fields, "value": fields["value"] or None, "line": line}


def _resolved(facts: pl.DataFrame, corrections: pl.DataFrame) -> pl.Series:
    """Return the whole id for each correction's start of one, null where no fact has it."""
    start = pl.col("fact").str.slice(0, SHORTEST_PREFIX)
    found = (
        corrections.select("fact", start=start)
        .unique()
        .join(facts.select("fact_id", start=pl.col("fact_id").str.slice(0, SHORTEST_PREFIX)), on="start")
        .filter(pl.col("fact_id").str.starts_with(pl.col("fact")))
        .group_by("fact")
        .agg(pl.col("fact_id").sort())
    )
    matches = corrections.join(found, on="fact", how="left", maintain_order="left").with_columns(
        pl.col("fact_id").fill_null([])
    )
    for fact, line, ids in matches.select("fact", "line", "fact_id").iter_rows():
        if len(ids) > 1:
            raise ConfigError(
                f"corrections, line {line}, column fact: {fact!r} begins the ids of {len(ids)} facts, "
                f"{ids[0]} and {ids[1]} among them; `curation explain` shows ids"
            )
    return matches["fact_id"].list.first()
