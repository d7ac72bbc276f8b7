"""Weight class from the body-mass index of recorded height and weight, for adults."""

import polars as pl

from curation.records import REJECTION, empty, shaped
from curation.rules.occasions import OCCASION, STATEMENT, Conclusion, classes_between, witness
from curation.taxonomy import OUTSIDE, Taxonomy


def weight(holding: pl.DataFrame, age_ranges: pl.DataFrame, taxonomy: Taxonomy) -> Conclusion:
    """State the weight classes that the index may fall in, to the precision of the records.

    The cut-offs are for adults: below the adult age the statement is `outside`; where the records
    leave room for a younger speaker, or say nothing of age, `outside` stands beside the classes.
    """
    frame = (
        pl.concat([_from_height_and_weight(holding), _from_index(holding)])
        .join(age_ranges, on=OCCASION, how="left", nulls_equal=True)
        .with_columns(_adulthood(taxonomy.adult_age).alias("adulthood"))
    )
    classes = classes_between(pl.col("low"), pl.col("high"), taxonomy.attributes["weight"])
    minor = pl.concat_list(pl.lit(OUTSIDE))
    frame = frame.with_columns(
        attribute=pl.lit("weight"),
        values=pl.when(pl.col("adulthood") == "adult")
        .then(classes)
        .when(pl.col("adulthood") == "minor")
        .then(minor)
        .otherwise(classes.list.concat(minor).list.sort()),
        rule=pl.format("{}, {}", "rule", "adulthood"),
        fact_ids=pl.col("fact_ids").list.concat(pl.col("age_facts").fill_null([])).list.unique().list.sort(),
        refusal=pl.lit("below_adult_age"),
        finding=pl.format("{} years or younger at the recording, expected {}", "oldest", taxonomy.adult_age),
    )
    return Conclusion(shaped(frame, STATEMENT), empty(REJECTION))


def _adulthood(adult_age: int) -> pl.Expr:
    return (
        pl.when(pl.col("youngest") >= adult_age)
        .then(pl.lit("adult"))
        .when(pl.col("oldest") < adult_age)
        .then(pl.lit("minor"))
        .when(pl.col("youngest").is_null())
        .then(pl.lit("age not recorded"))
        .otherwise(pl.lit("perhaps a minor"))
    )


def _from_height_and_weight(holding: pl.DataFrame) -> pl.DataFrame:
    """Return the index of every height with every weight of an occasion, in kg/m2."""
    columns = [*OCCASION, "fact_id", "low", "high"]
    heights = holding.filter(pl.col("property") == "height").select(columns)
    weights = holding.filter(pl.col("property") == "weight").select(columns)
    return weights.join(heights, on=OCCASION, suffix="_height", nulls_equal=True).select(
        *OCCASION,
        fact_ids=pl.concat_list("fact_id", "fact_id_height"),
        about="fact_id",
        low=pl.col("low") / (pl.col("high_height") / 100) ** 2,
        high=pl.col("high") / (pl.col("low_height") / 100) ** 2,
        witness=witness("height_and_weight"),
        rule=pl.lit("body-mass index from height and weight"),
    )


def _from_index(holding: pl.DataFrame) -> pl.DataFrame:
    return (
        holding.filter(pl.col("property") == "bmi")
        .select(
            *OCCASION,
            "low",
            "high",
            fact_ids=pl.concat_list("fact_id"),
            about="fact_id",
            witness=witness("bmi"),
            rule=pl.lit("body-mass index as recorded"),
        )
        .select(*OCCASION, "fact_ids", "about", "low", "high", "witness", "rule")
    )
