"""Income class from a household income in US dollars, against the median of its year."""

import polars as pl

from curation.records import shaped
from curation.rules.occasions import STATEMENT, Conclusion, classes_between, refusals, refuse_dates, witness
from curation.taxonomy import Taxonomy


def income(holding: pl.DataFrame, taxonomy: Taxonomy) -> Conclusion:
    """State the income classes of each amount; partial dates lie in one year each, which gives the median."""
    is_undated = pl.col("valid_first").is_null()
    frame = (
        holding.filter(pl.col("property") == "household_income")
        .with_columns(
            year=pl.col("valid_first").dt.year(),
            reason=pl.when(is_undated).then(pl.lit("recording_undated")),
        )
        .join(taxonomy.medians, on="year", how="left")
    )
    known = frame.filter(pl.col("median").is_not_null()).with_columns(
        values=classes_between(
            pl.col("low").clip(lower_bound=0) / pl.col("median"),
            pl.col("high") / pl.col("median"),
            taxonomy.attributes["income"],
        ),
        witness=witness("household_income"),
        rule=pl.format("share of the United States median of {} ({})", "year", "rule"),
        fact_ids=pl.concat_list("fact_id"),
        about="fact_id",
    )
    first, last = taxonomy.medians["year"].min(), taxonomy.medians["year"].max()
    unmatched = frame.filter(pl.col("median").is_null(), ~is_undated).with_columns(
        reason=pl.lit("no_published_median"),
        detail=pl.format("for {}, expected {} to {}", "year", pl.lit(first), pl.lit(last)),
    )
    return Conclusion(shaped(known, STATEMENT), pl.concat([refuse_dates(frame), refusals(unmatched)]))
