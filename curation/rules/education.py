"""Highest education held at the recording, from states on a date and from degrees awarded on a date.

A level once held is not lost, so a record far from the recording still bounds it from one side. A record
that states a level or a degree but cannot be read may state a higher one than all others.
"""

import polars as pl

from curation.records import shaped
from curation.rules.occasions import OCCASION, STATEMENT, Conclusion, days_apart, refuse_dates, undated, witness
from curation.taxonomy import OUTSIDE, Taxonomy

TOP_LEVEL = 8  # of ISCED 2011; the lowest is 0


EDUCATION_PROPERTIES = ("education", "degree")


def education(held: pl.DataFrame, unread: pl.DataFrame, taxonomy: Taxonomy) -> Conclusion:
    """State the classes of the ISCED levels that each state, and each list of degrees, leaves possible.

    `unread` are the occasions of the records that could not be read.
    """
    frame = held.filter(pl.col("property").is_in(EDUCATION_PROPERTIES)).with_columns(
        reason=undated(), level=pl.col("reading").str.extract("([0-9])$").cast(pl.Int64)
    )
    states = _from_states(frame.filter(pl.col("property") == "education", pl.col("reason").is_null()))
    degrees = _from_degrees(frame.filter(pl.col("property") == "degree"))
    statements = _with_values(_opened(pl.concat([states, degrees]), unread), taxonomy).with_columns(
        attribute=pl.lit("education"),
        refusal=pl.lit("outside_classes"),
        finding=pl.format(
            "ISCED level {}, expected 3, 6, 7 or 8", pl.col("levels").cast(pl.List(pl.String)).list.join(", ")
        ),
    )
    return Conclusion(shaped(statements, STATEMENT), refuse_dates(frame))


def _from_states(states: pl.DataFrame) -> pl.DataFrame:
    """Near the recording a state is the level; before it a lower bound, after it an upper bound.

    A state is also but a lower bound where a later one, up to the recording, follows it.
    """
    latest = pl.col("valid_first").filter(pl.col("valid_first") <= pl.col("recorded_last")).max().over(OCCASION)
    is_superseded = (latest > pl.col("valid_last")).fill_null(value=False)
    is_near = pl.col("is_at_recording") | (days_apart() <= pl.col("window_days"))
    is_after = (pl.col("valid_first") > pl.col("recorded_last")).fill_null(value=False)
    is_before = (pl.col("valid_last") <= pl.col("recorded_first")).fill_null(value=False)
    is_exact = is_near & ~is_superseded
    level = pl.col("level")
    return states.select(
        *OCCASION,
        levels=pl.int_ranges(
            pl.when(is_exact | is_before | is_superseded).then(level).otherwise(0),
            pl.when(is_exact | (is_after & ~is_near)).then(level).otherwise(TOP_LEVEL) + 1,
        ),
        witness=witness("education"),
        rule=pl.format(
            "{} ({})",
            pl.when(is_exact)
            .then(pl.lit("level held at the recording"))
            .when(is_before | is_superseded)
            .then(pl.lit("level held before the recording, or a higher one"))
            .when(is_after)
            .then(pl.lit("level held after the recording, or a lower one"))
            .otherwise(pl.lit("level held at another time")),
            "rule",
        ),
        fact_ids=pl.concat_list("fact_id"),
        about="fact_id",
    )


def _from_degrees(degrees: pl.DataFrame) -> pl.DataFrame:
    """Take the highest degree held by the recording, and any that may have been awarded by then.

    An undated degree may; on its own it says nothing. Before the first degree all lower levels are possible.
    """
    level, is_dated = pl.col("level"), pl.col("reason").is_null()
    is_held = (is_dated & (pl.col("valid_last") <= pl.col("recorded_first"))) | pl.col("is_at_recording")
    is_possible = ~is_dated | (pl.col("valid_first") <= pl.col("recorded_last")) | pl.col("is_at_recording")
    lists = (
        degrees.filter(pl.col("has_recording") | pl.col("is_at_recording"))
        .group_by(OCCASION)
        .agg(
            fact_ids=pl.col("fact_id").sort(),
            held=level.filter(is_held.fill_null(value=False)).max(),
            possible=level.filter(is_possible.fill_null(value=False)).unique(),
            least=level.min(),
            is_dated=is_dated.any(),
        )
        .filter("is_dated")
    )
    higher = lists.explode("possible").filter((pl.col("possible") > pl.col("held")) | pl.col("possible").is_null())
    higher = higher.group_by(OCCASION).agg(higher=pl.col("possible").drop_nulls())
    ceiling = pl.coalesce(pl.col("possible").list.max(), pl.col("least"))
    return (
        lists.join(higher, on=OCCASION, how="left", nulls_equal=True)
        .with_columns(
            levels=pl.when(pl.col("held").is_null())
            .then(pl.int_ranges(0, ceiling + 1))
            .otherwise(pl.concat_list("held").list.concat(pl.col("higher").fill_null([])).list.sort())
        )
        .select(
            *OCCASION,
            "levels",
            witness=witness("degree"),
            rule=pl.lit("highest degree held by the recording"),
            fact_ids="fact_ids",
            about=pl.col("fact_ids").list.first(),
        )
    )


def _opened(statements: pl.DataFrame, unread: pl.DataFrame) -> pl.DataFrame:
    """Add all higher levels where a record that cannot be read may hold by the recording."""
    is_later = (pl.col("valid_first") > pl.col("recorded_last")).fill_null(value=False)
    doubts = unread.filter(pl.col("property").is_in(EDUCATION_PROPERTIES), ~is_later)
    doubts = doubts.group_by(OCCASION).agg(doubt=pl.col("property").unique().sort().str.join(" and "))
    is_opened = pl.col("doubt").is_not_null() & (pl.col("levels").list.min() < TOP_LEVEL)
    return (
        statements.join(doubts, on=OCCASION, how="left", nulls_equal=True)
        .with_columns(
            levels=pl.when(is_opened)
            .then(pl.int_ranges(pl.col("levels").list.min(), TOP_LEVEL + 1))
            .otherwise("levels"),
            rule=pl.when(is_opened)
            .then(pl.format("{}; or a higher one, beside {} that cannot be read", "rule", "doubt"))
            .otherwise("rule"),
        )
        .drop("doubt")
    )


def _with_values(frame: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    levels = pl.DataFrame({"level": range(TOP_LEVEL + 1)}).with_columns(
        value=pl.col("level").replace_strict(dict(taxonomy.levels), default=OUTSIDE, return_dtype=pl.String)
    )
    frame = frame.with_row_index("row")
    values = (
        frame.select("row", level="levels")
        .explode("level")
        .join(levels, on="level")
        .group_by("row")
        .agg(values=pl.col("value").unique().sort())
    )
    return frame.join(values, on="row")
