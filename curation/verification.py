"""The nouns of verification: what people are asked, what they say, and what an audit makes of it."""

import polars as pl

from curation.records import Schema

# One question put to people, in the unit of its cause: a record is asked about once for a speaker, its facts and the
# class (`clip_id` null), everything else for a clip. `attribute` and `value`, the class in question, are null where the
# kind has none, `value` also where the records leave none or several. `count_labels` are the labels that rest on the
# answer, `chance_wrong` the share of them that is expected to be wrong, `worth` how many labels a minute of a person
# sets right. A question of an audit (`is_audit`) comes before the others; what is not `is_in_budget` waits.
QUESTION: Schema = {
    "question_id": pl.String,
    "kind": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "clip_id": pl.String,
    "attribute": pl.String,
    "value": pl.String,
    "fact_ids": pl.List(pl.String),
    "reasons": pl.List(pl.String),
    "count_labels": pl.Int64,
    "chance_wrong": pl.Float64,
    "minutes": pl.Float64,
    "worth": pl.Float64,
    "is_audit": pl.Boolean,
    "is_in_budget": pl.Boolean,
}
QUESTION_KEY = ("kind", "source", "entity", "clip_id", "attribute", "value", "fact_ids")

# What a person says to one question. `choice` is one that its kind has; a correction to a record names the `rule` that
# misread it, or brings a new fact: the columns from `property` to `licence`. `answered_at` is ISO 8601 in UTC, to the
# millisecond; `seconds` is how long it took.
REPLY: Schema = {
    "question_id": pl.String,
    "annotator": pl.String,
    "answered_at": pl.String,
    "seconds": pl.Float64,
    "choice": pl.String,
    "rule": pl.String,
    "property": pl.String,
    "fact_value": pl.String,
    "unit": pl.String,
    "valid_on": pl.String,
    "reference": pl.String,
    "licence": pl.String,
    "comment": pl.String,
}

# A reply, whole, and what its question was about.
ANSWER: Schema = {"answer_id": pl.String, **{name: QUESTION[name] for name in QUESTION_KEY}, **REPLY}

# How wrong the accepted labels of an attribute may be, as far as a `method` tells: the share of speakers (and of files
# without one) with a wrong label is at most `bound`, with 95 % confidence; null where nothing was audited.
AUDIT: Schema = {
    "attribute": pl.String,
    "method": pl.String,
    "count_speakers": pl.Int64,
    "count_audited": pl.Int64,
    "count_wrong": pl.Int64,
    "bound": pl.Float64,
}
