"""Classes that a listed word names by itself: gender, accent, health, and stated classes."""

import polars as pl

from curation.readings import SEVERAL
from curation.records import REJECTION, empty, shaped
from curation.rules.occasions import STATEMENT, Conclusion, witness
from curation.taxonomy import Taxonomy


def stated_classes(holding: pl.DataFrame, taxonomy: Taxonomy) -> Conclusion:
    """State the classes that each reading means by the taxonomy; a reading that means none says nothing.

    Several words mean any class that one of them means.
    """
    meanings = (
        holding.select("property", "reading")
        .unique()
        .with_columns(word=pl.col("reading").str.split(SEVERAL))
        .explode("word")
        .join(taxonomy.meanings, left_on=["property", "word"], right_on=["property", "reading"])
        .group_by("property", "reading")
        .agg(pl.col("values").explode().unique().sort())
    )
    frame = holding.join(meanings, on=["property", "reading"]).with_columns(
        witness=witness(pl.col("property")),
        fact_ids=pl.concat_list("fact_id"),
        about="fact_id",
        refusal=pl.lit("outside_classes"),
        finding=pl.format("'{}' belongs to no class of {}", "reading", "property"),
        rule=pl.when(pl.col("values").list.len() == 1, pl.col("values").list.first() == pl.col("reading"))
        .then("rule")
        .otherwise(pl.format("{}; {} means {}", "rule", "reading", pl.col("values").list.join(" or "))),
    )
    return Conclusion(shaped(frame, STATEMENT), empty(REJECTION))
