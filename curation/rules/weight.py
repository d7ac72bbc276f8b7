"""Weight class from the body-mass index of recorded height and weight, for adults."""

import polars as pl

from curation.records import REJECTION, empty, shaped
from curation.rules.age import completed_years
from curation.rules.occasions import OCCASION, STATEMENT, Conclusion, classes_between, witness
from curation.taxonomy import OUTSIDE, Taxonomy


def weight(holding: pl.DataFrame, age_ranges: pl.DataFrame, taxonomy: Taxonomy) -> Conclusion:
    """State the weight classes that the index may fall in, to the precision of the records.

    The cut-offs are for adults: below the adult age the statement is `outside`; where the records
    leave room for a younger speaker, or say nothing of age, `outside` stands beside the classes. A height
    that may have been taken before the adult age leaves everything possible.
    """
    attribute = taxonomy.attributes["weight"]
    frame = (
        pl.concat([_from_height_and_weight(holding), _from_index(holding)])
        .join(age_ranges, on=OCCASION, how="left", nulls_equal=True)
        .with_columns(_adulthood(taxonomy.adult_age).alias("adulthood"))
    )
    classes = classes_between(pl.col("low"), pl.col("high"), attribute)
    minor = pl.concat_list(pl.lit(OUTSIDE))
    anything = pl.lit(sorted([*attribute.classes, OUTSIDE]), dtype=pl.List(pl.String))
    frame = frame.with_columns(
        attribute=pl.lit("weight"),
        values=pl.when(pl.col("adulthood") == "adult")
        .then(classes)
        .when(pl.col("adulthood") == "minor")
        .then(minor)
        .when(pl.col("adulthood") == "height perhaps of a minor")
        .then(anything)
        .otherwise(classes.list.concat(minor).list.sort()),
        rule=pl.format("{}, {}", "rule", "adulthood"),
        fact_ids=pl.col("fact_ids").list.concat(pl.col("age_facts").fill_null([])).list.unique().list.sort(),
        refusal=pl.lit("below_adult_age"),
        finding=pl.format("{} years or younger at the recording, expected {}", "oldest", taxonomy.adult_age),
    )
    return Conclusion(shaped(frame, STATEMENT), empty(REJECTION))


def _adulthood(adult_age: int) -> pl.Expr:
    at_height = completed_years(pl.col("birth_last"), pl.col("height_first"))
    is_grown = pl.col("is_at_recording") | (at_height >= adult_age).fill_null(value=False)
    return (
        pl.when(pl.col("oldest") < adult_age)
        .then(pl.lit("minor"))
        .when(~is_grown)
        .then(pl.lit("height perhaps of a minor"))
        .when(pl.col("youngest") >= adult_age)
        .then(pl.lit("adult"))
        .when(pl.col("youngest").is_null())
        .then(pl.lit("age not recorded"))
        .otherwise(pl.lit("perhaps a minor"))
    )


def _from_height_and_weight(holding: pl.DataFrame) -> pl.DataFrame:
    """Return the index of every height with every weight of an occasion, in kg/m2.

    `height_first` is the first day on which the height may have been taken, null if its record has no date;
    `is_at_recording` says that it is the height at the recording.
    """
    columns = [*OCCASION, "fact_id", "low", "high"]
    heights = holding.filter(pl.col("property") == "height").select(*columns, "is_at_recording", "valid_first")
    weights = holding.filter(pl.col("property") == "weight").select(columns)
    return weights.join(heights, on=OCCASION, suffix="_height", nulls_equal=True).select(
        *OCCASION,
        fact_ids=pl.concat_list("fact_id", "fact_id_height"),
        is_at_recording="is_at_recording",
        height_first="valid_first",
        about="fact_id",
        low=pl.col("low") / (pl.col("high_height") / 100) ** 2,
        high=pl.col("high") / (pl.col("low_height") / 100) ** 2,
        witness=witness("height_and_weight"),
        rule=pl.lit("body-mass index from height and weight"),
    )


def _from_index(holding: pl.DataFrame) -> pl.DataFrame:
    """Return the recorded indices, whose heights are taken as of the same day."""
    return holding.filter(pl.col("property") == "bmi").select(
        *OCCASION,
        fact_ids=pl.concat_list("fact_id"),
        is_at_recording=pl.lit(value=True),
        height_first=pl.lit(None, dtype=pl.Date),
        about="fact_id",
        low="low",
        high="high",
        witness=witness("bmi"),
        rule=pl.lit("body-mass index as recorded"),
    )
