"""Partial dates: 2020, 2020-04 and 2020-04-23 are intervals of days, known to their precision."""

import polars as pl

# Dates of people and of recordings; anything else is a slip of the pen, such as 0202 or 20200.
FIRST_YEAR, LAST_YEAR = 1850, 2100

PATTERN = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
AT_RECORDING = "recording"


def date_interval(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and the last day that a partial date (ISO 8601, reduced precision) stands for.

    Both are null where the text is none: no such day, another format, a year outside 1850 to 2100.
    """
    shaped = pl.when(text.str.contains(PATTERN)).then(text)
    completed = shaped + pl.lit("-01-01").str.slice((shaped.str.len_bytes() - 4).cast(pl.Int64))
    first = completed.str.to_date("%Y-%m-%d", strict=False)
    first = pl.when(first.dt.year().is_between(FIRST_YEAR, LAST_YEAR)).then(first)
    length = shaped.str.len_bytes()
    after = (
        pl.when(length == 4)
        .then(first.dt.offset_by("1y"))
        .when(length == 7)
        .then(first.dt.offset_by("1mo"))
        .otherwise(first.dt.offset_by("1d"))
    )
    return first, after.dt.offset_by("-1d")


def readable_date(text: pl.Expr) -> pl.Expr:
    """Return whether the text is a partial date; null stays null."""
    return pl.when(text.is_not_null()).then(date_interval(text)[0].is_not_null())
