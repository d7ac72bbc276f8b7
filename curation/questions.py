"""Questions: what people are asked about contested labels, in the unit of its cause and in the order of its worth.

Records belong to speakers, so that one question about them settles every clip that rests on them; what is wrong with a
clip is asked for the clip, and first: what its speaker's record says matters only if the clip is the speaker's own.
"""

import polars as pl

from curation.records import content_ids, shaped
from curation.verification import QUESTION, QUESTION_KEY

# The kind of question that each reason to contest a label asks.
KINDS = {
    "records_disagree": "record",
    "record_spans_classes": "record",
    "copy_under_two_speakers": "record",
    "voice_disagrees": "record",
    "heard_otherwise": "record",
    "identity_doubtful": "identity",
    "second_voice": "voices",
    "words_give_it_away": "words",
    "quality": "quality",
}

# No class holds what is recorded, so that there is nothing to ask.
_ASKS_NOTHING = "outside_classes"

# Minutes of a person, this project's estimate until answers tell (ANSWER has `seconds`): a clip of some seconds is
# heard twice; one to compare it with takes as long again, and so does a second voice to look for; a record is desk
# work: to read it, its rule and, at times, another source.
MINUTES = {"record": 4.0, "identity": 1.0, "voices": 1.0, "words": 0.5, "quality": 0.5, "hearing": 0.5}

# Of a label whose confidence is not known: as likely wrong as right.
_UNKNOWN = 0.5

_ROUNDED = (
    9  # digits: a sum of many numbers differs further on with their order, which must not change that of questions
)


def questions(contested: pl.DataFrame) -> pl.DataFrame:
    """Return what is asked about contested labels: QUESTION_KEY, reasons, count_labels and their mean confidence.

    `contested` has clip_id, source, entity, attribute, value, reasons, confidence and fact_ids.
    """
    causes = (
        contested.sort("source", "entity", "clip_id", "attribute")
        .explode("reasons")
        .filter(pl.col("reasons") != _ASKS_NOTHING)
        .with_columns(kind=pl.col("reasons").replace_strict(KINDS))
    )
    is_on_record = pl.col("kind") == "record"
    is_on_clip = pl.col("kind").is_in(["identity", "voices", "quality"])
    asked = causes.filter(~is_on_record | is_on_record.all().over("clip_id", "attribute")).with_columns(
        label=pl.struct("clip_id", "attribute"),
        clip_id=pl.when(~is_on_record).then("clip_id"),
        attribute=pl.when(~is_on_clip).then("attribute"),
        value=pl.when(is_on_record).then("value"),
        fact_ids=pl.when(is_on_record).then("fact_ids").otherwise(pl.lit([], pl.List(pl.String))),
        # which says nothing of words, of a second voice or of quality
        confidence=pl.when(pl.col("kind").is_in(["record", "identity"])).then("confidence"),
    )
    labels = asked.group_by(*QUESTION_KEY, "label", maintain_order=True).agg("reasons", pl.col("confidence").first())
    return labels.group_by(QUESTION_KEY, maintain_order=True).agg(
        pl.col("reasons").list.explode().unique().sort(),
        count_labels=pl.len().cast(pl.Int64),
        confidence=pl.col("confidence").fill_null(_UNKNOWN).mean(),
    )


def put(audit: pl.DataFrame, contested: pl.DataFrame, answered: pl.Series, hours: float) -> pl.DataFrame:
    """Return all questions (QUESTION) in the order in which they are asked, and whether within so many hours.

    Those of an audit come first, in their order, since a bound holds for a random sample, however little of it is
    heard; then those that set most labels right in a minute. What is `answered`, by id, takes no more time.
    """
    columns = [*QUESTION_KEY, "reasons", "count_labels", "confidence"]
    both = pl.concat(
        [
            audit.select(*columns, is_audit=True),
            contested.select(*columns, is_audit=False),
        ]
    )
    identified = both.with_columns(content_ids(both, QUESTION_KEY).alias("question_id")).with_row_index("place")
    merged = identified.group_by("question_id", maintain_order=True).agg(
        pl.col("place", *QUESTION_KEY, "confidence", "is_audit").first(),
        pl.col("reasons").list.explode().unique().sort(),
        pl.col("count_labels").max(),
    )
    minutes = pl.col("kind").replace_strict(MINUTES)
    weighed = merged.with_columns(
        minutes=minutes, chance_wrong=(1 - pl.col("confidence").fill_null(_UNKNOWN)).round(_ROUNDED)
    ).with_columns(worth=(pl.col("count_labels") * pl.col("chance_wrong") / minutes).round(_ROUNDED))
    turn = pl.when("is_audit").then("place").otherwise(len(both))
    ordered = weighed.sort(turn, "worth", "question_id", descending=[False, True, False])
    spent = pl.when(~pl.col("question_id").is_in(answered.implode())).then("minutes").otherwise(0.0).cum_sum()
    return shaped(ordered.with_columns(is_in_budget=spent <= 60 * hours), QUESTION)
