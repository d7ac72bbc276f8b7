"""Age at the recording, in completed years, from a birth date or from an age on a date."""

import polars as pl

from curation.dates import date_interval
from curation.records import shaped
from curation.rules.occasions import (
    OCCASION,
    STATEMENT,
    Conclusion,
    classes_between,
    refusals,
    refuse_dates,
    undated,
    witness,
)
from curation.taxonomy import Taxonomy

AGE_PROPERTIES = ("age", "birth_date")


def ages_at_recording(held: pl.DataFrame) -> pl.DataFrame:
    """Return the age readings with `youngest` and `oldest` (completed years), null where `reason` says why.

    The speaker was born from `birth_first` to `birth_last`, null of an age at a recording without a date.
    Whoever was born on 29 February turns a year older on 1 March of a common year.
    """
    frame = held.filter(pl.col("property").is_in(AGE_PROPERTIES))
    is_birth = pl.col("property") == "birth_date"
    birth = date_interval(pl.when(is_birth).then(pl.col("reading")))
    recording_missing = pl.when(pl.col("recorded_first").is_null()).then(pl.lit("recording_undated"))
    frame = frame.with_columns(
        reason=pl.when(is_birth).then(recording_missing).otherwise(undated()),
        birth_first=birth[0].fill_null(_before(pl.col("valid_first"), pl.col("high"), 366).dt.offset_by("1d")),
        birth_last=birth[1].fill_null(_before(pl.col("valid_last"), pl.col("low"), 365)),
    ).with_columns(
        youngest=pl.when("is_at_recording", ~is_birth)
        .then(pl.col("low").floor().cast(pl.Int64))
        .otherwise(completed_years(pl.col("birth_last"), pl.col("recorded_first"))),
        oldest=pl.when("is_at_recording", ~is_birth)
        .then(pl.col("high").ceil().cast(pl.Int64) - 1)
        .otherwise(completed_years(pl.col("birth_first"), pl.col("recorded_last"))),
    )
    return frame.with_columns(
        reason=pl.when(pl.col("reason").is_null() & (pl.col("oldest") < 0))
        .then(pl.lit("recorded_before_birth"))
        .otherwise("reason")
    )


def age(ages: pl.DataFrame, taxonomy: Taxonomy) -> Conclusion:
    """State the age classes of each reading that `ages_at_recording` returns."""
    attribute = taxonomy.attributes["age"]
    low, high = attribute.edges[0], attribute.edges[-1]
    years = (
        pl.when(pl.col("youngest") == pl.col("oldest"))
        .then(pl.format("{}", "youngest"))
        .otherwise(pl.format("{} to {}", "youngest", "oldest"))
    )
    known = ages.filter(pl.col("reason").is_null()).with_columns(
        values=classes_between(pl.col("youngest"), pl.col("oldest") + 1, attribute),
        witness=witness(pl.col("property")),
        rule=pl.format("completed years at the recording from {} ({})", "property", "rule"),
        fact_ids=pl.concat_list("fact_id"),
        about="fact_id",
        refusal=pl.lit("outside_classes"),
        finding=pl.format("{} years at the recording, expected {} to {}", years, int(low), int(high) - 1),
    )
    impossible = ages.filter(pl.col("reason") == "recorded_before_birth").with_columns(
        detail=pl.format("recorded on {}, born on {} or later", "recorded_on", "birth_first")
    )
    return Conclusion(shaped(known, STATEMENT), pl.concat([refuse_dates(ages), refusals(impossible)]))


def age_ranges(ages: pl.DataFrame) -> pl.DataFrame:
    """Return one row an occasion: the ranges that its age readings span, and the facts they rest on."""
    return (
        ages.filter(pl.col("reason").is_null())
        .group_by(OCCASION)
        .agg(
            pl.col("youngest").min(),
            pl.col("oldest").max(),
            pl.col("birth_first").min(),
            pl.col("birth_last").max(),
            age_facts=pl.col("fact_id"),
        )
    )


def completed_years(birth: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the age on a day of somebody born on another, in completed years."""
    is_before_birthday = (day.dt.month() < birth.dt.month()) | (
        (day.dt.month() == birth.dt.month()) & (day.dt.day() < birth.dt.day())
    )
    return day.dt.year().cast(pl.Int64) - birth.dt.year() - is_before_birthday.cast(pl.Int64)


def _before(day: pl.Expr, years: pl.Expr, days_a_year: int) -> pl.Expr:
    """Return the day that lies so many years earlier: whole years by the calendar, their fraction in days."""
    whole = years.floor()
    days = (years - whole) * days_a_year
    rounded = days.ceil() if days_a_year == 366 else days.floor()
    return day.dt.offset_by(pl.format("-{}y{}d", whole.cast(pl.Int64), rounded.cast(pl.Int64)))
