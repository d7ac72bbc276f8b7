"""Numbers: what a recorded number stands for, to the precision with which it was written."""

import polars as pl

from curation.taxonomy import Taxonomy, key

NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
# Three digits after a comma may be thousands or thousandths; only a property of large numbers may have the former.
DECIMAL_COMMA = r"^-?[0-9]+,([0-9]{1,2}|[0-9]{4,})$"
THOUSANDS = r"^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"
# The same after the only point, where a number may be large: 45.802 is 45,802 in much of Europe.
POINT_OR_THOUSANDS = r"^-?[0-9]+\.[0-9]{3}$"


def read_numbers(stated: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Read each number in its property's unit, as `reading`, `low` and `high`, or say why not: `reason`, `detail`.

    `stated` are facts with the columns of their property; what a detail quotes of the value is `quoted`.
    """
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
        pl.when(pl.col("thousands") & text.str.contains(POINT_OR_THOUSANDS))
        .then(pl.lit("ambiguous"))
        .when(text.str.contains(NUMBER))
        .then(pl.lit("number"))
        .when(pl.col("thousands") & text.str.contains(THOUSANDS))
        .then(pl.lit("thousands separator"))
        .when(text.str.contains(DECIMAL_COMMA))
        .then(pl.lit("decimal comma"))
    )


def _refuse_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    reason = (
        pl.when(pl.col("form") == "ambiguous")
        .then(pl.lit("ambiguous_number"))
        .when(pl.col("number").is_null())
        .then(pl.lit("unreadable_number"))
        .when(pl.col("factor").is_null())
        .then(pl.lit("unknown_unit"))
        .when(~pl.col("amount").is_between("least", "most"))
        .then(pl.lit("implausible_value"))
    )
    unit = pl.when(pl.col("unit_key").is_null()).then(pl.lit("no unit")).otherwise(pl.format("unit '{}'", "unit"))
    return frame.with_columns(reason=reason).with_columns(
        detail=pl.when(pl.col("reason") == "unreadable_number")
        .then(pl.format("found {}, expected a number such as 172.5", "quoted"))
        .when(pl.col("reason") == "ambiguous_number")
        .then(pl.format("found {}, whose point may be a thousands separator; write 1234.5 or 1,234", "quoted"))
        .when(pl.col("reason") == "unknown_unit")
        .then(pl.format("found {}, expected one of {}", unit, "accepted"))
        .when(pl.col("reason") == "implausible_value")
        .then(
            pl.format(
                "found {}, expected {} to {} {}",
                "quoted",
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
