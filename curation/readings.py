"""Readings: every recorded value ends as a reading, with the rule that made it, or as a rejection."""

from collections import defaultdict
from typing import NamedTuple

import polars as pl

from curation.dates import date_interval
from curation.errors import nearest
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

NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
# Three digits after a comma may be thousands or thousandths; only a property of large numbers may have the former.
DECIMAL_COMMA = r"^-?[0-9]+,([0-9]{1,2}|[0-9]{4,})$"
THOUSANDS = r"^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"

SHOWN = 60  # characters of a value that a detail quotes


class Reading(NamedTuple):
    """The facts that could be read, and those that could not."""

    readings: pl.DataFrame
    rejections: pl.DataFrame


def read(facts: pl.DataFrame, taxonomy: Taxonomy) -> Reading:
    """Read every fact: as many rows come out, in `readings` (READING) and `rejections`, as went in."""
    known = facts.join(_properties(taxonomy), on="property", how="left").with_columns(
        text=pl.col("value").str.strip_chars(), key=key(pl.col("value"))
    )
    stated = _refuse_unstated(known, taxonomy)
    is_open = pl.col("reason").is_null()
    is_word = pl.col("kind").is_in(["category", "condition"])
    parts = [
        stated.filter(~is_open),
        _read_words(stated.filter(is_open & is_word), taxonomy),
        _read_numbers(stated.filter(is_open & (pl.col("kind") == "number")), taxonomy),
        _read_dates(stated.filter(is_open & (pl.col("kind") == "date"))),
        _read_texts(stated.filter(is_open & pl.col("kind").is_null())),
    ]
    frame = pl.concat(parts, how="diagonal").with_columns(
        rule=pl.when(pl.col("value") != pl.col("text")).then(pl.lit("trimmed, ")).otherwise(pl.lit("")) + pl.col("rule")
    )
    is_read = pl.col("reason").is_null()
    rejections = frame.filter(~is_read).select(
        "source", "attribute", "reason", "detail", stage=pl.lit("ground"), kind=pl.lit("fact"), subject="fact_id"
    )
    return Reading(
        shaped(frame.filter(is_read), READING).sort("fact_id"), shaped(rejections, REJECTION).sort("subject")
    )


def _properties(taxonomy: Taxonomy) -> pl.DataFrame:
    columns = ("name", "kind", "attribute", "unit", "unit_optional", "least", "most", "completed", "thousands")
    return pl.DataFrame(
        [[getattr(known, column) for column in columns] for known in taxonomy.properties.values()],
        schema={
            "property": pl.String,
            "kind": pl.String,
            "attribute": pl.String,
            "own_unit": pl.String,
            "unit_optional": pl.Boolean,
            "least": pl.Float64,
            "most": pl.Float64,
            "completed": pl.Boolean,
            "thousands": pl.Boolean,
        },
        orient="row",
    )


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
            .then(pl.format("found {}, which states no value", _quoted()))
            .when(pl.col("reason").is_not_null())
            .then(pl.format("found {}, which {} does not take", _quoted(), "property"))
        )
    )


def _read_words(stated: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Read a listed word, a listed spelling of one, or a compound of heritage and nationality."""
    frame = _compounds(stated, taxonomy).join(
        taxonomy.words, left_on=["property", "read_key"], right_on=["property", "key"], how="left"
    )
    as_listed = (
        pl.when(pl.col("text") == pl.col("listed")).then(pl.lit("as listed")).otherwise(pl.lit("case or punctuation"))
    )
    frame = frame.with_columns(
        rule=pl.when("is_variant")
        .then(pl.format("spelling: {} → {}", "listed", "reading"))
        .when(pl.col("read_key") != pl.col("key"))
        .then(pl.format("compound, last word: {}", "listed"))
        .otherwise(as_listed),
        reason=pl.when(pl.col("reading").is_null()).then(pl.lit("unknown_value")),
    )
    unknown = frame.filter(pl.col("reason").is_not_null()).select("property", "key").unique()
    return frame.join(_hints(unknown, taxonomy), on=["property", "key"], how="left").with_columns(
        detail=pl.when(pl.col("reason").is_not_null()).then(
            pl.format("found {}, expected a listed word for {}{}", _quoted(), "property", pl.col("hint"))
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


def _read_numbers(stated: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Read a number to the precision with which it was written, in the property's unit."""
    units = pl.DataFrame(
        [(name, unit, factor) for name, known in taxonomy.properties.items() for unit, factor in known.units.items()],
        schema={"property": pl.String, "listed_unit": pl.String, "factor": pl.Float64},
        orient="row",
    ).with_columns(unit_key=key(pl.col("listed_unit")))
    accepted = units.group_by("property").agg(accepted=pl.col("listed_unit").sort().str.join(", "))
    given = key(pl.col("unit"))
    frame = (
        stated.with_columns(unit_key=pl.when(given == "").then(None).otherwise(given))
        .join(units, on=["property", "unit_key"], how="left")
        .join(accepted, on="property", how="left")
        .with_columns(
            factor=pl.when(pl.col("unit_key").is_null() & pl.col("unit_optional")).then(1.0).otherwise("factor"),
            form=_number_form(),
        )
        .with_columns(
            digits=pl.when(pl.col("form") == "decimal comma")
            .then(pl.col("text").str.replace(",", ".", literal=True))
            .when(pl.col("form") == "thousands separator")
            .then(pl.col("text").str.replace_all(",", "", literal=True))
            .when(pl.col("form") == "number")
            .then("text")
        )
        .with_columns(number=pl.col("digits").cast(pl.Float64, strict=False))
        .with_columns(amount=pl.col("number") * pl.col("factor"))
    )
    return _precise(_refuse_numbers(frame))


def _number_form() -> pl.Expr:
    text = pl.col("text")
    return (
        pl.when(text.str.contains(NUMBER))
        .then(pl.lit("number"))
        .when(pl.col("thousands") & text.str.contains(THOUSANDS))
        .then(pl.lit("thousands separator"))
        .when(text.str.contains(DECIMAL_COMMA))
        .then(pl.lit("decimal comma"))
    )


def _refuse_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    reason = (
        pl.when(pl.col("number").is_null())
        .then(pl.lit("unreadable_number"))
        .when(pl.col("factor").is_null())
        .then(pl.lit("unknown_unit"))
        .when(~pl.col("amount").is_between("least", "most"))
        .then(pl.lit("implausible_value"))
    )
    unit = pl.when(pl.col("unit_key").is_null()).then(pl.lit("no unit")).otherwise(pl.format("unit '{}'", "unit"))
    return frame.with_columns(reason=reason).with_columns(
        detail=pl.when(pl.col("reason") == "unreadable_number")
        .then(pl.format("found {}, expected a number such as 172.5", _quoted()))
        .when(pl.col("reason") == "unknown_unit")
        .then(pl.format("found {}, expected one of {}", unit, "accepted"))
        .when(pl.col("reason") == "implausible_value")
        .then(
            pl.format(
                "found {}, expected {} to {} {}",
                _quoted(),
                pl.col("least").cast(pl.Int64),
                pl.col("most").cast(pl.Int64),
                "own_unit",
            )
        )
    )


def _precise(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the interval that a number stands for: half a unit of its last digit to either side.

    A completed count runs from the whole number to the next; one written with zero decimals (30.0)
    may be either, so its interval covers both.
    """
    decimals = pl.col("digits").str.extract(r"\.([0-9]+)$")
    is_whole = decimals.fill_null("0").str.contains("^0+$")
    half = 0.5 / pl.lit(10.0).pow(decimals.str.len_bytes().fill_null(0).cast(pl.Float64))
    number, factor = pl.col("number"), pl.col("factor")
    converted = pl.col("unit_key").is_not_null() & (factor != 1)
    return frame.with_columns(
        low=pl.when("completed", decimals.is_null()).then(number).otherwise(number - half) * factor,
        high=pl.when("completed", is_whole).then(number + 1).otherwise(number + half) * factor,
        reading=pl.format("{} {}", "digits", pl.coalesce("listed_unit", "own_unit")),
        rule=pl.when(converted).then(pl.format("{}, {} → {}", "form", "listed_unit", "own_unit")).otherwise("form"),
    )


def _read_dates(stated: pl.DataFrame) -> pl.DataFrame:
    is_date = date_interval(pl.col("text"))[0].is_not_null()
    return stated.with_columns(
        reading="text",
        rule=pl.lit("partial date"),
        reason=pl.when(~is_date).then(pl.lit("unreadable_date")),
        detail=pl.when(~is_date).then(
            pl.format("found {}, expected a date such as 1980, 1980-04 or 1980-04-23", _quoted())
        ),
    )


def _read_texts(stated: pl.DataFrame) -> pl.DataFrame:
    return stated.with_columns(reading="text", rule=pl.lit("kept as text"))


def _quoted() -> pl.Expr:
    return pl.format("'{}'", pl.col("value").str.slice(0, SHOWN))
