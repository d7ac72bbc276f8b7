"""Doubts: what a record leaves open decides no other record that is weaker, or that answers the same question."""

import polars as pl

from curation.rules.occasions import OCCASION
from curation.taxonomy import OUTSIDE, Taxonomy


def left_open(
    statements: pl.DataFrame, readings: pl.DataFrame, doubts: pl.DataFrame, taxonomy: Taxonomy
) -> pl.DataFrame:
    """Add to the values of each statement (STATEMENT) what a record that it does not decide beside may mean.

    `doubts` are the occasions of records that state a value which cannot be read. Such a value may be any
    that its property can have: it leaves open the other records of the property and those of properties
    that it outranks. A value that is read and leaves several classes possible leaves open the latter alone,
    since a clearer record of the same property says which of them holds.
    """
    named = statements.join(readings.select("property", about="fact_id"), on="about", how="left")
    ranks = _ranks(taxonomy)
    unread = doubts.join(_possible(taxonomy), on="property").join(ranks, on="property")
    broad = named.filter(pl.col("values").list.len() > 1).join(ranks, on="property")
    broad = broad.filter(pl.col("weaker") != pl.col("property")).with_columns(possible="values")
    columns = [*OCCASION, "weaker", "property", "possible"]
    open_beside = (
        pl.concat([unread.select(columns), broad.select(columns)])
        .group_by(*OCCASION, "weaker")
        .agg(
            pl.col("possible").list.explode().unique(),
            doubt=pl.col("property").unique().sort().str.join(" and "),
        )
        .rename({"weaker": "property"})
    )
    opened = named.join(open_beside, on=[*OCCASION, "property"], how="left", nulls_equal=True).with_columns(
        widened=pl.col("values").list.set_union(pl.col("possible").fill_null([])).list.sort()
    )
    is_open = pl.col("widened") != pl.col("values")
    return opened.with_columns(
        values="widened",
        rule=pl.when(is_open).then(pl.format("{}; left open beside {}", "rule", "doubt")).otherwise("rule"),
    ).select(statements.columns)


def _ranks(taxonomy: Taxonomy) -> pl.DataFrame:
    """Return each property with those that do not decide beside it: itself and those that it outranks."""
    rows = [(name, weaker) for name, known in taxonomy.properties.items() for weaker in (name, *known.outranks)]
    return pl.DataFrame(rows, schema={"property": pl.String, "weaker": pl.String}, orient="row")


def _possible(taxonomy: Taxonomy) -> pl.DataFrame:
    """Return `possible` by property: the values that a word of it can mean, and all for a number or a date."""
    words = taxonomy.meanings.group_by("property").agg(possible=pl.col("values").explode().unique())
    rest = [
        (name, [*taxonomy.attributes[known.attribute].classes, OUTSIDE])
        for name, known in taxonomy.properties.items()
        if known.kind in ("number", "date")
    ]
    return pl.concat([words, pl.DataFrame(rest, schema=words.schema, orient="row")])
