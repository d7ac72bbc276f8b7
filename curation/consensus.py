"""Consensus: from evidence to labels.

What all records on a clip leave possible is agreed on first. Whether the voice, the words or people speak against that
is weighed afterwards: nothing but a record makes a label.
"""

import polars as pl

from curation.records import AGREEMENT, LABEL, shaped
from curation.taxonomy import OUTSIDE

CLIP_ATTRIBUTE = ("clip_id", "attribute")


def agreed(copies: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """Return what all evidence (EVIDENCE) on a clip leaves possible, by clip and attribute (AGREEMENT).

    `copies` has a row for each file that holds the clip: clip_id, source, speaker, path, recorded_on and
    is_contradictory (the files stand under two speakers). Evidence on a speaker counts for the files
    recorded on its date, evidence on a path for that file, and all of it for the clip.
    """
    votes = _votes(copies, evidence)
    cited = votes.group_by(CLIP_ATTRIBUTE).agg(
        evidence_ids=pl.col("evidence_id").sort(),
        fact_ids=pl.col("fact_ids").list.explode().unique().sort(),
        is_contradictory=pl.col("is_contradictory").any(),
    )
    agreements = _common_values(votes).join(cited, on=CLIP_ATTRIBUTE)
    return shaped(agreements.sort(CLIP_ATTRIBUTE), AGREEMENT)


def settle(
    agreements: pl.DataFrame, doubts: pl.DataFrame, testimony: pl.DataFrame, least_confidence: float
) -> pl.DataFrame:
    """Return a label (LABEL) for each agreement (AGREEMENT, and the columns confidence and is_contradicted).

    One class alone is accepted, unless something speaks against it; several are contested, none is contested;
    `outside` alone is rejected, for no class holds what the records say. The confidence is the probability that the one
    class is the speaker's; it is contradicted where the voice speaks against it. `doubts` (clip_id, attribute, reason)
    is what else speaks against a label: against all of a clip where the attribute is null. `testimony` is what
    `testimony.effects_of_answers` makes of people's answers: they clear reasons away, reject the label, or doubt it.
    """
    settled = (
        agreements.join(_doubted(agreements, doubts), on=CLIP_ATTRIBUTE, how="left")
        .join(testimony, on=CLIP_ATTRIBUTE, how="left")
        .with_columns(_reasons(least_confidence), confidence=_confidence())
    )
    is_accepted = pl.col("reasons").list.len() == 0
    is_rejected = (pl.col("reasons") == ["outside_classes"]) | pl.col("rejected").is_not_null()
    labels = settled.with_columns(
        value=pl.when(_is_one_class()).then(pl.col("values").list.first()),
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
    """Return `values`, sorted, that every piece of evidence on a clip's attribute leaves possible."""
    return (
        votes.select(*CLIP_ATTRIBUTE, "values", pieces=pl.len().over(CLIP_ATTRIBUTE))
        .explode("values")
        .group_by(*CLIP_ATTRIBUTE, "values")
        .agg(pl.len(), pl.col("pieces").first())
        .group_by(CLIP_ATTRIBUTE)
        .agg(pl.col("values").filter(pl.col("len") == pl.col("pieces")).sort())
    )


def _doubted(agreements: pl.DataFrame, doubts: pl.DataFrame) -> pl.DataFrame:
    """Return the sorted reasons of doubt, by clip and attribute."""
    keys = agreements.select(CLIP_ATTRIBUTE)
    on_clip = keys.join(doubts.filter(pl.col("attribute").is_null()).drop("attribute"), on="clip_id")
    on_attribute = keys.join(doubts, on=CLIP_ATTRIBUTE)
    found = pl.concat([on_clip, on_attribute.select(on_clip.columns)])
    return found.group_by(CLIP_ATTRIBUTE).agg(doubted=pl.col("reason").unique().sort())


def _is_one_class() -> pl.Expr:
    return (pl.col("values").list.len() == 1) & (pl.col("values").list.first() != OUTSIDE)


def _reasons(least_confidence: float) -> pl.Expr:
    count = pl.col("values").list.len()
    copy = pl.when("is_contradictory").then(pl.lit("copy_under_two_speakers"))
    records = (
        pl.when(count == 0)
        .then(pl.lit("records_disagree"))
        .when(count > 1)
        .then(pl.lit("record_spans_classes"))
        .when(~_is_one_class())
        .then(pl.lit("outside_classes"))
    )
    is_unlikely = pl.col("is_contradicted") & (pl.col("confidence") < least_confidence) & _is_one_class()
    voice = pl.when(is_unlikely).then(pl.lit("voice_disagrees"))
    heard = pl.when("heard_otherwise").then(pl.lit("heard_otherwise"))
    of_records = pl.concat_list(copy, records, voice, heard).list.drop_nulls()
    found = pl.concat_list(of_records, pl.col("doubted").fill_null([]))
    left = found.list.set_difference(pl.col("cleared").fill_null([]))
    return pl.concat_list(left, pl.col("rejected")).list.drop_nulls().list.unique(maintain_order=True).alias("reasons")


def _confidence() -> pl.Expr:
    """Return how likely the record is right, given also what people say of it."""
    odds = pl.col("confidence") / (1 - pl.col("confidence")) * pl.col("odds").fill_null(1)
    return (odds / (1 + odds)).round(4)
