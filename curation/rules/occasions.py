"""Occasions: a speaker, or a file, as recorded on one date, with the readings that may hold then."""

from typing import NamedTuple

import polars as pl

from curation.dates import AT_RECORDING, date_interval
from curation.records import REJECTION, Schema, shaped
from curation.taxonomy import OUTSIDE, Attribute, Taxonomy

# Whose attribute at which recording; `path` is set in place of `speaker` for facts about one file.
OCCASION = ("source", "speaker", "path", "recorded_on")

# Evidence before it has an id. `about` is the fact that a refusal is counted under; `refusal` and
# `finding` give its reason and detail where the only value is `outside`.
STATEMENT: Schema = {
    "source": pl.String,
    "speaker": pl.String,
    "path": pl.String,
    "recorded_on": pl.String,
    "attribute": pl.String,
    "values": pl.List(pl.String),
    "witness": pl.String,
    "rule": pl.String,
    "fact_ids": pl.List(pl.String),
    "about": pl.String,
    "refusal": pl.String,
    "finding": pl.String,
}


class Conclusion(NamedTuple):
    """What one rule makes of the readings: statements (STATEMENT) and rejections (REJECTION)."""

    statements: pl.DataFrame
    rejections: pl.DataFrame


def occasions(readings: pl.DataFrame, appearances: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Join every reading to each recording date of its subject, and its dates to first and last days.

    A subject without any recording is one occasion without a date; `has_recording` tells it apart.
    """
    parts = []
    for subject in ("speaker", "path"):
        dates = appearances.filter(pl.col(subject).is_not_null()).select(
            "source", subject, "recorded_on", has_recording=pl.lit(value=True)
        )
        own = readings.filter(pl.col(subject).is_not_null())
        parts.append(own.join(dates.unique(), on=["source", subject], how="left"))
    windows = pl.DataFrame(
        [(name, known.window_days) for name, known in taxonomy.properties.items()],
        schema={"property": pl.String, "window_days": pl.Int64},
        orient="row",
    )
    held = pl.concat(parts).join(windows, on="property", how="left")
    recorded, valid = date_interval(pl.col("recorded_on")), date_interval(pl.col("valid_on"))
    at_recording = pl.col("valid_on") == AT_RECORDING
    return held.with_columns(
        pl.col("has_recording").fill_null(value=False),
        is_at_recording=at_recording.fill_null(value=False),
        recorded_first=recorded[0],
        recorded_last=recorded[1],
        valid_first=pl.when(at_recording).then(recorded[0]).otherwise(valid[0]),
        valid_last=pl.when(at_recording).then(recorded[1]).otherwise(valid[1]),
    )


def days_apart() -> pl.Expr:
    """Return how many days may at most lie between the record's date and the recording."""
    after = (pl.col("valid_last") - pl.col("recorded_first")).dt.total_days().abs()
    before = (pl.col("recorded_last") - pl.col("valid_first")).dt.total_days().abs()
    return pl.max_horizontal(after, before)


def undated() -> pl.Expr:
    """Return the reason why a record cannot be set against the recording in time, null if it can."""
    return (
        pl.when("is_at_recording")
        .then(None)
        .when(pl.col("valid_first").is_null())
        .then(pl.lit("undated"))
        .when(pl.col("recorded_first").is_null())
        .then(pl.lit("recording_undated"))
    )


def keep_holding(held: pl.DataFrame) -> Conclusion:
    """Keep the readings that hold at the recording, by their property's window; reject the others.

    Here `statements` has the columns of `held`.
    """
    is_far = ~pl.col("is_at_recording") & (days_apart() > pl.col("window_days"))
    reason = undated().fill_null(pl.when(is_far).then(pl.lit("not_near_recording")))
    frame = held.with_columns(reason=pl.when(pl.col("window_days").is_not_null()).then(reason))
    return Conclusion(frame.filter(pl.col("reason").is_null()).select(held.columns), refuse_dates(frame))


def refuse_dates(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a rejection for each row of a frame of occasions whose `reason` is one of time.

    A subject without a recording has no date to meet, so its dated records are no rejections.
    """
    details = {
        "undated": pl.format("valid on {}, expected a date or 'recording'", pl.col("valid_on").fill_null("no date")),
        "recording_undated": pl.format("recorded on {}, expected a date", pl.col("recorded_on").fill_null("no date")),
        "not_near_recording": pl.format(
            "of {}, up to {} days from the recording of {}, expected at most {}",
            "valid_on", days_apart(), "recorded_on", "window_days",
        ),
    }  # fmt: skip
    detail = pl.coalesce(pl.when(pl.col("reason") == reason).then(text) for reason, text in details.items())
    has_date_to_meet = pl.col("has_recording") | (pl.col("reason") == "undated")
    return refusals(frame.with_columns(detail=detail).filter(pl.col("reason").is_in(list(details)) & has_date_to_meet))


def refusals(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rejections of the facts in a frame with fact_id, source, attribute, reason and detail."""
    ordered = frame.sort("fact_id", "recorded_on").rename({"fact_id": "subject"})
    return shaped(ordered.with_columns(stage=pl.lit("ground"), kind=pl.lit("fact")), REJECTION)


def witness(name: str | pl.Expr) -> pl.Expr:
    """Return the witness that a rule over the named property is."""
    return pl.format("record/{}@1", pl.lit(name) if isinstance(name, str) else name)


def classes_between(low: pl.Expr, high: pl.Expr, attribute: Attribute) -> pl.Expr:
    """Return the sorted classes that [low, high) touches, with `outside` where it leaves them all.

    Where low is high, as of a number written with more digits than a float holds, the one number counts.
    """
    edges = attribute.edges
    touched = [
        pl.when(low < upper, (high > lower) | (low == lower)).then(pl.lit(name))
        for name, lower, upper in zip(attribute.classes, edges[:-1], edges[1:], strict=True)
    ]
    leaves = pl.when((low < edges[0]) | (low >= edges[-1]) | (high > edges[-1])).then(pl.lit(OUTSIDE))
    return pl.concat_list(*touched, leaves).list.drop_nulls().list.sort()
