"""Consensus: from evidence to labels."""

import polars as pl

from curation.records import LABEL, shaped
from curation.taxonomy import OUTSIDE

CLIP_ATTRIBUTE = ("clip_id", "attribute")


def settle(copies: pl.DataFrame, evidence: pl.DataFrame, disclosed: pl.DataFrame) -> pl.DataFrame:
    """Return a label (LABEL) for each clip and attribute on which there is evidence (EVIDENCE).

    `copies` has a row for each file that holds the clip: clip_id, source, speaker, path, recorded_on and
    is_contradictory (the files stand under two speakers). Evidence on a speaker counts for the files
    recorded on its date, evidence on a path for that file, and all of it for the clip. What all of it leaves
    possible decides: exactly one class is
    accepted, several are contested, none is contested; `outside` alone is rejected, for no class
    holds what the records say. `disclosed` are the clips and attributes (clip_id, attribute) that the words give
    away: what is heard there is not the voice, so those labels are contested too.
    """
    votes = _votes(copies, evidence)
    settled = (
        _common_values(votes)
        .join(
            votes.group_by(CLIP_ATTRIBUTE).agg(
                evidence_ids=pl.col("evidence_id").sort(),
                fact_ids=pl.col("fact_ids").list.explode().unique().sort(),
                is_contradictory=pl.col("is_contradictory").any(),
            ),
            on=CLIP_ATTRIBUTE,
        )
        .join(disclosed.with_columns(is_disclosed=True), on=CLIP_ATTRIBUTE, how="left")
        .with_columns(reasons=_reasons())
    )
    is_accepted = pl.col("reasons").list.len() == 0
    is_rejected = pl.col("reasons") == ["outside_classes"]
    labels = settled.with_columns(
        value=pl.when(is_accepted).then(pl.col("common").list.first()),
        verdict=pl.when(is_accepted)
        .then(pl.lit("accepted"))
        .when(is_rejected)
        .then(pl.lit("rejected"))
        .otherwise(pl.lit("contested")),
    )
    return shaped(labels.sort(CLIP_ATTRIBUTE), LABEL)


def _votes(copies: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """Return each clip with each piece of evidence on it, once."""
    statement = ["source", "evidence_id", "attribute", "values", "fact_ids"]
    clip = ["source", "clip_id", "is_contradictory"]
    on_speaker = evidence.filter(pl.col("speaker").is_not_null()).select(*statement, "speaker", "recorded_on")
    on_path = evidence.filter(pl.col("path").is_not_null()).select(*statement, "path")
    spoken = copies.filter(pl.col("speaker").is_not_null()).select(*clip, "speaker", "recorded_on")
    votes = [
        spoken.join(on_speaker, on=["source", "speaker", "recorded_on"], nulls_equal=True).drop(
            "speaker", "recorded_on"
        ),
        copies.select(*clip, "path").join(on_path, on=["source", "path"]).drop("path"),
    ]
    return pl.concat(votes).unique(["clip_id", "evidence_id"])


def _common_values(votes: pl.DataFrame) -> pl.DataFrame:
    """Return `common`, the sorted values that every piece of evidence on a clip's attribute leaves possible."""
    return (
        votes.select(*CLIP_ATTRIBUTE, "values", pieces=pl.len().over(CLIP_ATTRIBUTE))
        .explode("values")
        .group_by(*CLIP_ATTRIBUTE, "values")
        .agg(pl.len(), pl.col("pieces").first())
        .group_by(CLIP_ATTRIBUTE)
        .agg(common=pl.col("values").filter(pl.col("len") == pl.col("pieces")).sort())
    )


def _reasons() -> pl.Expr:
    common, count = pl.col("common"), pl.col("common").list.len()
    disagreement = (
        pl.when(count == 0)
        .then(pl.lit("records_disagree"))
        .when(count > 1)
        .then(pl.lit("record_spans_classes"))
        .when(common.list.first() == OUTSIDE)
        .then(pl.lit("outside_classes"))
    )
    copy = pl.when("is_contradictory").then(pl.lit("copy_under_two_speakers"))
    words = pl.when("is_disclosed").then(pl.lit("words_give_it_away"))
    return pl.concat_list(copy, disagreement, words).list.drop_nulls()
