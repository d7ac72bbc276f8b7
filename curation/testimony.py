"""Testimony: what people's answers say for or against labels.

A person is one more witness, and errs at times: what most say holds, and two who contradict each other settle nothing.
"""

import polars as pl

# What a choice does to the labels that its question is about: it clears reasons away, or rejects for one. Any other
# choice leaves them as they are.
_OF_RECORDS = [
    "copy_under_two_speakers",
    "heard_otherwise",
    "records_disagree",
    "record_spans_classes",
    "voice_disagrees",
]
_CLEARS = {
    ("record", "supported"): _OF_RECORDS,
    ("identity", "same_voice"): ["identity_doubtful"],
    ("voices", "one_voice"): ["second_voice"],
    ("words", "harmless"): ["words_give_it_away"],
    ("quality", "fit"): ["quality"],
}
_REJECTS = {
    ("record", "rule_misread"): "rule_misread",
    ("record", "record_wrong"): "record_wrong",
    ("identity", "other_voice"): "other_speaker",
    ("voices", "several_voices"): "second_voice",
    ("words", "give_it_away"): "words_give_it_away",
    ("quality", "unfit"): "quality",
}
_EFFECTS = pl.DataFrame(
    [(*key, reasons, None) for key, reasons in _CLEARS.items()]
    + [(*key, [], reason) for key, reason in _REJECTS.items()],
    {"kind": pl.String, "choice": pl.String, "clears": pl.List(pl.String), "rejects": pl.String},
    orient="row",
)

# How often a person is wrong, this project's choice until answers to known questions tell.
_ERROR = 0.05

# By what the labels are found that a question is about.
_UNITS = {
    "record": ["source", "entity", "attribute", "value", "fact_ids"],
    "words": ["clip_id", "attribute"],
    "identity": ["clip_id"],
    "voices": ["clip_id"],
    "quality": ["clip_id"],
}
_LABEL = ["clip_id", "attribute"]


def effects_of_answers(labels: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Return what answers (ANSWER) do to labels: clip_id, attribute, source, entity, value (null: no one) and fact_ids.

    One row a label on which an answer bears: clip_id, attribute, the reasons `cleared`, the reason `rejected` (null: it
    is not), whether it was `heard_otherwise`, and `odds`, by which people multiply those that its record is right.
    """
    told = (
        answers.join(_EFFECTS, on=["kind", "choice"])
        .group_by("question_id", "kind")
        .agg(
            pl.col("source", "entity", "clip_id", "attribute", "value", "fact_ids").first(),
            votes=pl.col("rejects").is_null().sum().cast(pl.Int64) - pl.col("rejects").is_not_null().sum(),
            clears=pl.col("clears").filter(pl.col("rejects").is_null()).first(),
            rejects=pl.col("rejects").drop_nulls().mode().sort().first(),
        )
    )
    found = [_on(labels, told.filter(kind=kind), unit) for kind, unit in _UNITS.items()]
    is_for, is_against = pl.col("votes") > 0, pl.col("votes") < 0
    is_on_record = pl.col("kind") == "record"
    changed = pl.concat(found).select(
        *_LABEL,
        cleared=pl.when(is_for).then("clears").otherwise(pl.lit([], pl.List(pl.String))),
        rejected=pl.when(is_against).then("rejects"),
        heard_otherwise=pl.lit(value=False),
        odds=pl.when(is_on_record).then(((1 - _ERROR) / _ERROR) ** pl.col("votes")).otherwise(1.0),
    )
    return (
        pl.concat([changed, _heard(labels, answers)])
        .group_by(_LABEL)
        .agg(
            pl.col("cleared").list.explode().drop_nulls().unique().sort(),
            pl.col("rejected").drop_nulls().sort().first(),
            pl.col("heard_otherwise").any(),
            pl.col("odds").product(),
        )
        .sort(_LABEL)
    )


def _on(labels: pl.DataFrame, told: pl.DataFrame, unit: list[str]) -> pl.DataFrame:
    """Return the labels that questions are about, each with what was told."""
    wanted = [*unit, "kind", "votes", "clears", "rejects"]
    return (
        labels.select(*_LABEL, *(name for name in unit if name not in _LABEL))
        .join(told.select(wanted), on=unit, nulls_equal=True)
        .select(*_LABEL, "kind", "votes", "clears", "rejects")
    )


def _heard(labels: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Return the labels of which most who heard them blindly heard another class, or as many one as the other."""
    heard = answers.filter(kind="hearing").filter(pl.col("choice") != "cannot_tell").select(*_LABEL, "choice")
    votes = (
        labels.select(*_LABEL, "value")
        .join(heard, on=_LABEL)
        .group_by(_LABEL)
        .agg(other=(pl.col("choice") != pl.col("value")).sum(), same=(pl.col("choice") == pl.col("value")).sum())
    )
    return votes.select(
        *_LABEL,
        cleared=pl.lit([], pl.List(pl.String)),
        rejected=pl.lit(None, pl.String),
        heard_otherwise=pl.col("other") >= pl.col("same").clip(1),
        odds=pl.lit(1.0),
    )
