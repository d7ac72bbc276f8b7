"""What the report shows: frames of the warehouse, and what is reckoned from them."""

from dataclasses import dataclass, field

import polars as pl

from curation.records import Schema

MOST_CONFLICTS = 24  # that are shown with their sounds, two or three of 0.1 MB each
BINS = 10  # of probability, as is usual (Guo et al. 2017, On calibration of modern neural networks)

# A sound to play beside the conflict of this `place` among those shown, from 0; or why there is none. By its `role` it
# is the clip in doubt, one of its speaker, or one of the other speaker, whom it sounds like.
EXCERPT: Schema = {
    "place": pl.Int64,
    "role": pl.String,
    "clip_id": pl.String,
    "flac": pl.Binary,
    "reason": pl.String,
}

_SPEAKER = ("witness", "source", "entity", "attribute")


@dataclass(frozen=True)
class Findings:
    """What is known after a stage, by the names of nouns and marts. A frame without rows may be without columns too.

    `questions` (QUESTION) are those that are open, in the order in which they are asked. `conflicts` (CONFLICT) come as
    `ordered` returns them, and their entities are pseudonyms. `version` is that of the latest release.
    """

    version: str | None
    intake: pl.DataFrame
    rejections: pl.DataFrame
    label_verdicts: pl.DataFrame
    label_classes: pl.DataFrame
    label_reasons: pl.DataFrame
    label_confidences: pl.DataFrame
    shortcuts: pl.DataFrame
    shortcut_features: pl.DataFrame
    estimates: pl.DataFrame = field(default_factory=pl.DataFrame)
    recorded: pl.DataFrame = field(default_factory=pl.DataFrame)
    skills: pl.DataFrame = field(default_factory=pl.DataFrame)
    questions: pl.DataFrame = field(default_factory=pl.DataFrame)
    answers: pl.DataFrame = field(default_factory=pl.DataFrame)
    conflicts: pl.DataFrame = field(default_factory=pl.DataFrame)
    excerpts: pl.DataFrame = field(default_factory=pl.DataFrame)
    audits: pl.DataFrame = field(default_factory=pl.DataFrame)


def ordered(conflicts: pl.DataFrame) -> pl.DataFrame:
    """Return conflicts (CONFLICT) in the order in which the first of them are shown: the most probable first."""
    if conflicts.is_empty():
        return conflicts
    by = ["kind", "source", "entity", "clip_id", "other_source", "other_entity"]
    return conflicts.sort("probability", *by, descending=[True, *(False for _ in by)], nulls_last=True)


def to_hear(conflicts: pl.DataFrame) -> pl.DataFrame:
    """Return which clips are played beside the conflicts that are shown, before their entities become pseudonyms.

    Columns: place and role (as in EXCERPT), number (of the row), source, entity, clip_id (null: any), other_than.
    """
    nobody = pl.lit(None, pl.String)
    shown = conflicts.head(MOST_CONFLICTS).with_row_index("place")
    its_own = ["place", "source", "entity"]
    parts = [
        shown.drop_nulls("clip_id").select(*its_own, "clip_id", role=pl.lit("clip"), other_than=nobody),
        shown.select(*its_own, clip_id=nobody, role=pl.lit("speaker"), other_than="clip_id"),
        shown.drop_nulls("other_entity").select(
            "place",
            source="other_source",
            entity="other_entity",
            clip_id=nobody,
            role=pl.lit("other"),
            other_than=nobody,
        ),
    ]
    return pl.concat(parts, how="diagonal").sort("place", maintain_order=True).with_row_index("number")


def reliability(estimates: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """Return how often records say the class that a model holds likeliest, by how likely it holds that class.

    One row is a bin of a witness and an attribute: the mean probability `stated`, the share of speakers whose record is
    `agreeing`, and count_speakers. `estimates` are ESTIMATE, `recorded` is RECORDED; a speaker with records of two
    classes counts for each.
    """
    chances = estimates.select("clip_id", *_SPEAKER, "chances").explode("chances").unnest("chances")
    likeliest = (
        chances.sort("probability", "value", descending=[True, False], maintain_order=True)
        .group_by("clip_id", "witness", "attribute", maintain_order=True)
        .first()
    )
    told = likeliest.join(recorded.select("clip_id", "attribute", recorded="value"), on=["clip_id", "attribute"])
    return _binned(
        told.unique([*_SPEAKER, "recorded"], keep="first", maintain_order=True).select(
            "witness",
            "attribute",
            stated="probability",
            agreeing=(pl.col("value") == pl.col("recorded")).cast(pl.Float64),
            count_speakers=1,
        ),
        "witness",
        "attribute",
    )


def pooled(bins: pl.DataFrame) -> pl.DataFrame:
    """Return the bins of `reliability` with all attributes of a witness together."""
    return _binned(bins, "witness")


def _binned(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    place = (pl.col("stated") * BINS).floor().clip(0, BINS - 1).alias("bin")
    return rows.group_by(*by, place).agg(_weighed("stated", "agreeing")).sort(*by, "bin").drop("bin")


def _weighed(*columns: str) -> list[pl.Expr]:
    weight = pl.col("count_speakers")
    return [*((pl.col(name) * weight).sum() / weight.sum() for name in columns), weight.sum()]


def calibration_errors(bins: pl.DataFrame) -> pl.DataFrame:
    """Return the bins of `reliability` as one row a witness and attribute, with their expected calibration `error`."""
    difference = (pl.col("stated") - pl.col("agreeing")).abs()
    return (
        bins.with_columns(error=difference)
        .group_by("witness", "attribute", maintain_order=True)
        .agg(_weighed("stated", "agreeing", "error"))
    )


def wrong_left(questions: pl.DataFrame) -> pl.DataFrame:
    """Return how many wrong labels are expected to be left once so many questions (QUESTION) are answered.

    Columns: asked, left (asked in their order), left_by_chance (in random order). Questions of audits, which are put to
    know and not to mend, are left out, and so are labels that no question reaches.
    """
    mended = questions.filter(~pl.col("is_audit")).select(
        asked=pl.int_range(1, pl.len() + 1), mended=(pl.col("count_labels") * pl.col("chance_wrong")).cum_sum()
    )
    if mended.is_empty():
        return pl.DataFrame(schema={"asked": pl.Int64, "left": pl.Float64, "left_by_chance": pl.Float64})
    start = pl.DataFrame({"asked": [0], "mended": [0.0]}, schema=mended.schema)
    total, count = pl.col("mended").last(), pl.col("asked").last()
    return pl.concat([start, mended]).select(
        "asked", left=total - pl.col("mended"), left_by_chance=total * (1 - pl.col("asked") / count)
    )
