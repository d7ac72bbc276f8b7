"""How often records are wrong, and how likely a record is right given the voice.

Records are wrong with a probability that is learnt from where voices speak against them, by expectation maximisation as
in Dawid & Skene (1979), "Maximum likelihood estimation of observer error-rates", Applied Statistics 28. What is known
of labels elsewhere is the prior: of those of ten well-known test sets 3.3 % are wrong, Northcutt et al. (2021),
"Pervasive label errors in test sets destabilize machine learning benchmarks", NeurIPS.
"""

import polars as pl

from curation.records import RELIABILITY, WEIGHT, shaped

_WRONG, _RECORDS = 1.0, 30.0  # of so many records that were seen before any of these, so many were wrong
_ROUNDS = 50
_DECIMALS = 3  # of an error: a digit more would move with every speaker that comes, and all labels with it
_LEAST = 1e-6  # of a chance: nothing is surer than that
_LEAST_SURE = 1e-4  # and no record

_UNIT = ("source", "entity", "attribute", "value")
_ORIGIN = ("source", "attribute")


def supported(recorded: pl.DataFrame, estimates: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of RECORDED, the share of speakers of that class, and how far the voice supports it.

    `support` is the ratio by which the voice changes the odds of the recorded class, null where no voice is heard:
    `estimates` (ESTIMATE, of one witness) are what follows from that and from the shares.
    """
    speakers = recorded.select(*_UNIT).unique().group_by("attribute", "value").len()
    shares = speakers.with_columns(share=pl.col("len") / pl.col("len").sum().over("attribute")).drop("len")
    chances = estimates.select("clip_id", "attribute", "chances").explode("chances").unnest("chances")
    known = recorded.join(shares, on=["attribute", "value"]).join(
        chances, on=["clip_id", "attribute", "value"], how="left"
    )
    chance, share = (pl.col(name).clip(_LEAST, 1 - _LEAST) for name in ("probability", "share"))
    return known.with_columns(support=chance / (1 - chance) * (1 - share) / share).drop("probability")


def reliability(known: pl.DataFrame) -> pl.DataFrame:
    """Return how often records are wrong, by source and attribute (RELIABILITY), given what `supported` returned.

    A speaker's clips with one recorded class are one record.
    """
    records = known.drop_nulls("support").group_by(_UNIT).agg(pl.col("support").median())
    origins = known.select(_ORIGIN).unique()
    found = origins.with_columns(error=pl.lit(_WRONG / _RECORDS), count_speakers=pl.lit(0))
    for _ in range(_ROUNDS):
        doubted = records.join(found, on=_ORIGIN).with_columns(wrong=1 - _right())
        errors = doubted.group_by(_ORIGIN).agg(pl.col("wrong").sum(), pl.len())
        found = (
            origins.join(errors, on=_ORIGIN, how="left")
            .with_columns(pl.col("wrong", "len").fill_null(0))
            .select(
                *_ORIGIN,
                error=(_WRONG + pl.col("wrong")) / (_RECORDS + pl.col("len")),
                count_speakers=pl.col("len"),
            )
        )
    return shaped(found.with_columns(pl.col("error").round(_DECIMALS)).sort(_ORIGIN), RELIABILITY)


def confident(known: pl.DataFrame, errors: pl.DataFrame, misfiled: pl.DataFrame) -> pl.DataFrame:
    """Return how likely each recorded class is right (WEIGHT), by clip and attribute.

    `errors` is what `reliability` returned; `misfiled` (clip_id, probability) how likely clips are somebody else's, who
    is of the class as often as anybody.
    """
    strays = pl.col("probability").fill_null(0)
    weights = (
        known.join(errors, on=_ORIGIN)
        .join(misfiled, on="clip_id", how="left")
        .with_columns(
            confidence=((1 - strays) * _right() + strays * pl.col("share")).clip(_LEAST_SURE, 1 - _LEAST_SURE).round(4),
            is_contradicted=(pl.col("support") < 1).fill_null(value=False),
        )
    )
    return shaped(weights.sort("clip_id", "attribute"), WEIGHT)


def _right() -> pl.Expr:
    odds = (1 - pl.col("error")) / pl.col("error") * pl.col("support").fill_null(1)
    return odds / (1 + odds)
