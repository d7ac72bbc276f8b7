"""Readings: every recorded value ends as a reading, with the rule that made it, or as a rejection."""

from collections import defaultdict
from typing import NamedTuple

import polars as pl

from curation.dates import date_interval
from curation.errors import nearest
from curation.numbers import read_numbers
from curation.records import REJECTION, Schema, shaped
from curation.taxonomy import Taxonomy, key

# One fact as read: `reading` is its normalised value, `rule` says how it came from the verbatim one.
# `attribute` is the one that the property serves, null for a property that no rule reads. `low` and
# `high` are the half-open interval that a number stands for, in the property's unit.
READING: Schema = {
    "fact_id": pl.String,
    "source": pl.String,
    "speaker": pl.String,
    "path": pl.String,
    "property": pl.String,
    "attribute": pl.String,
    "valid_on": pl.String,
    "reading": pl.String,
    "rule": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
}

SHOWN = 60  # characters of a value that a detail quotes

# What stands between the words of a value that names several, as compared (taxonomy.key), and between what
# they are read as.
BETWEEN_WORDS = r"[,;/&+]|\band\b"
SEVERAL = " + "


class Reading(NamedTuple):
    """The facts that could be read, and those that could not.

    `unread` (READING without reading and rule) are those of the latter that state a value: not those of an
    empty field, of a word for "not stated", or of a value that the taxonomy refuses.
    """

    readings: pl.DataFrame
    rejections: pl.DataFrame
    unread: pl.DataFrame


def read(facts: pl.DataFrame, taxonomy: Taxonomy) -> Reading:
    """Read every fact: as many rows come out, in `readings` (READING) and `rejections`, as went in."""
    known = facts.join(_properties(taxonomy), on="property", how="left").with_columns(
        text=pl.col("value").str.strip_chars(),
        key=key(pl.col("value")),
        quoted=pl.format("'{}'", pl.col("value").str.slice(0, SHOWN)),
    )
    stated = _refuse_unstated(known, taxonomy)
    is_open = pl.col("reason").is_null()
    is_word = pl.col("kind").is_in(["category", "condition"])
    parts = [
        _read_words(stated.filter(is_open & is_word), taxonomy),
        read_numbers(stated.filter(is_open & (pl.col("kind") == "number")), taxonomy),
        _read_dates(stated.filter(is_open & (pl.col("kind") == "date"))),
        _read_texts(stated.filter(is_open & pl.col("kind").is_null())),
    ]
    frame = pl.concat(parts, how="diagonal").with_columns(
        rule=pl.when(pl.col("value") != pl.col("text")).then(pl.lit("trimmed, ")).otherwise(pl.lit("")) + pl.col("rule")
    )
    is_read = pl.col("reason").is_null()
    unread = frame.filter(~is_read)
    rejections = pl.concat([stated.filter(~is_open), unread], how="diagonal").select(
        "source", "attribute", "reason", "detail", stage=pl.lit("ground"), kind=pl.lit("fact"), subject="fact_id"
    )
    return Reading(
        readings=shaped(frame.filter(is_read), READING).sort("fact_id"),
        rejections=shaped(rejections, REJECTION).sort("subject"),
        unread=shaped(unread.drop("reading", "rule", "low", "high"), READING).sort("fact_id"),
    )


def _properties(taxonomy: Taxonomy) -> pl.DataFrame:
    schema = {
        "name": pl.String,
        "kind": pl.String,
        "attribute": pl.String,
        "unit": pl.String,
        "unit_optional": pl.Boolean,
        "least": pl.Float64,
        "most": pl.Float64,
        "completed": pl.Boolean,
        "thousands": pl.Boolean,
        "several": pl.Boolean,
    }
    rows = [[getattr(known, column) for column in schema] for known in taxonomy.properties.values()]
    return pl.DataFrame(rows, schema=schema, orient="row").rename({"name": "property", "unit": "own_unit"})


def _refuse_unstated(known: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Name the reason for values that state nothing and for those that the taxonomy refuses."""
    refusals = known.select("property", "key").unique().join(taxonomy.refused, on="property")
    refusals = refusals.filter(pl.col("key").str.contains(pl.col("part"), literal=True))
    refusals = refusals.group_by("property", "key").agg(refusal=pl.col("reason").min())
    return (
        known.join(refusals, on=["property", "key"], how="left")
        .with_columns(
            reason=pl.when(pl.col("text").fill_null("") == "")
            .then(pl.lit("empty_value"))
            .when(pl.col("key").is_in(taxonomy.not_stated))
            .then(pl.lit("not_stated"))
            .otherwise("refusal")
        )
        .with_columns(
            detail=pl.when(pl.col("reason") == "empty_value")
            .then(pl.lit("the record holds an empty field"))
            .when(pl.col("reason") == "not_stated")
            .then(pl.format("found {}, which states no value", "quoted"))
            .when(pl.col("reason").is_not_null())
            .then(pl.format("found {}, which {} does not take", "quoted", "property"))
        )
    )


def _read_words(stated: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Read a listed word, a listed spelling of one, a compound of heritage and nationality, or several words."""
    frame = (
        _compounds(stated, taxonomy)
        .join(taxonomy.words, left_on=["property", "read_key"], right_on=["property", "key"], how="left")
        .join(_several(stated, taxonomy), on=["property", "key"], how="left")
    )
    as_listed = (
        pl.when(pl.col("text") == pl.col("listed")).then(pl.lit("as listed")).otherwise(pl.lit("case or punctuation"))
    )
    frame = frame.with_columns(
        reading=pl.coalesce("reading", "readings"),
        rule=pl.when("is_variant")
        .then(pl.format("spelling: {} → {}", "listed", "reading"))
        .when(pl.col("reading").is_null())
        .then(pl.format("several words: {}", "readings"))
        .when(pl.col("read_key") != pl.col("key"))
        .then(pl.format("compound, last word: {}", "listed"))
        .otherwise(as_listed),
        reason=pl.when(pl.coalesce("reading", "readings").is_null()).then(pl.lit("unknown_value")),
    )
    unknown = frame.filter(pl.col("reason").is_not_null()).select("property", "key").unique()
    return frame.join(_hints(unknown, taxonomy), on=["property", "key"], how="left").with_columns(
        detail=pl.when(pl.col("reason").is_not_null()).then(
            pl.format("found {}, expected a listed word for {}{}", "quoted", "property", pl.col("hint"))
        )
    )


def _compounds(stated: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Add `read_key`: of an unlisted compound such as `indo-canadian` the last word, of all else the key."""
    listed = taxonomy.words.select("property", "key")
    heritages = pl.concat([taxonomy.heritages.rename({"first": "key"}), listed]).unique()
    compound = (
        stated.select("property", "key")
        .unique()
        .join(listed, on=["property", "key"], how="anti")
        .with_columns(
            first=pl.col("key").str.extract(r"^(.+)[ -][^ -]+$"), last=pl.col("key").str.extract(r"^.+[ -]([^ -]+)$")
        )
        .join(taxonomy.compounds, on=["property", "last"], how="semi")
        .join(heritages.rename({"key": "first"}), on=["property", "first"], how="semi")
        .select("property", "key", "last")
    )
    return stated.join(compound, on=["property", "key"], how="left").with_columns(read_key=pl.coalesce("last", "key"))


def _several(stated: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Return `readings` by property and key: what a value of several words reads as, where each of them is listed."""
    listed = taxonomy.words.select("property", "reading", word="key")
    return (
        stated.filter("several", pl.col("key").str.contains(BETWEEN_WORDS))
        .select("property", "key")
        .unique()
        .join(listed, left_on=["property", "key"], right_on=["property", "word"], how="anti")
        .with_columns(word=pl.col("key").str.replace_all(BETWEEN_WORDS, ",").str.split(","))
        .explode("word")
        .with_columns(pl.col("word").str.strip_chars())
        .join(listed, on=["property", "word"], how="left")
        .group_by("property", "key")
        .agg(
            readings=pl.col("reading").unique().sort().str.join(SEVERAL),
            is_listed=pl.col("reading").is_not_null().all(),
        )
        .filter("is_listed")
        .drop("is_listed")
    )


def _hints(unknown: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Name the nearest listed word, among those of about equal length that begin alike, which keeps it quick."""
    listed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, word in taxonomy.words.select("property", "key").sort("property", "key").iter_rows():
        listed[name, word[:1]].append(word)
    rows = [
        (name, word, nearest(word, (other for other in listed[name, word[:1]] if abs(len(other) - len(word)) <= 2)))
        for name, word in unknown.iter_rows()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(["property", "key", "hint"], pl.String), orient="row")


def _read_dates(stated: pl.DataFrame) -> pl.DataFrame:
    is_date = date_interval(pl.col("text"))[0].is_not_null()
    return stated.with_columns(
        reading="text",
        rule=pl.lit("partial date"),
        reason=pl.when(~is_date).then(pl.lit("unreadable_date")),
        detail=pl.when(~is_date).then(
            pl.format("found {}, expected a date such as 1980, 1980-04 or 1980-04-23", "quoted")
        ),
    )


def _read_texts(stated: pl.DataFrame) -> pl.DataFrame:
    return stated.with_columns(reading="text", rule=pl.lit("kept as text"))
