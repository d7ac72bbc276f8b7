"""Answers: what people may say to a question, and how a reply becomes an answer or a clear error."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl

from curation.dates import AT_RECORDING, readable_date
from curation.errors import nearest
from curation.licences import licence_finding
from curation.readings import read
from curation.records import FACT, Schema, content_ids, empty, shaped
from curation.taxonomy import Taxonomy
from curation.verification import ANSWER, REPLY

CHOICES = {
    "record": ("supported", "rule_misread", "record_wrong", "cannot_tell"),
    "identity": ("same_voice", "other_voice", "cannot_tell"),
    "voices": ("one_voice", "several_voices", "cannot_tell"),
    "words": ("harmless", "give_it_away", "cannot_tell"),
    "quality": ("fit", "unfit", "cannot_tell"),
    "hearing": ("cannot_tell",),  # after the classes of the attribute
}

# To any question; none of them answers it (warehouse view `answers_in_force`).
NO_ANSWER = ("cannot_play", "recognised_person", "distressing", "skipped")

# What a better record consists of. A correction that brings neither this nor a rule is taken for what it is: the label
# is wrong, and nothing takes its place.
BETTER_RECORD = ("property", "fact_value", "unit", "valid_on", "reference", "licence")

# What people say in their own words stays as it is.
_TRIMMED = [name for name in REPLY if name not in {"fact_value", "reference", "comment"}]

# An answer to a question that is not known.
UNKNOWN: Schema = {"answer_id": pl.String, "detail": pl.String}

Row = Mapping[str, Any]


class Checked(NamedTuple):
    """What became of replies: new answers (ANSWER), and how many are known already or were left empty.

    `unknown` (UNKNOWN) are of questions that are not known. `findings` says what is wrong, and where; if there is
    anything, nothing else is said.
    """

    answers: pl.DataFrame
    unknown: pl.DataFrame
    count_known: int
    count_empty: int
    findings: list[str]


def choices(kind: str, attribute: str | None, value: str | None, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the choices that a question has; without a class in question there is nothing to support."""
    classes = taxonomy.attributes[attribute].classes if kind == "hearing" and attribute is not None else ()
    own = tuple(choice for choice in CHOICES[kind] if choice != "supported" or value is not None)
    return (*classes, *own, *NO_ANSWER)


def checked(replies: pl.DataFrame, asked: pl.DataFrame, earlier: pl.DataFrame, taxonomy: Taxonomy) -> Checked:
    """Return what becomes of replies (REPLY as text, with file and line).

    `asked` are the questions that they name, as far as they are known: question_id, QUESTION_KEY and rules; `earlier`
    are the answers to those: answer_id, question_id, annotator and answered_at.
    """
    is_empty = pl.all_horizontal(pl.col(name).is_null() for name in ("choice", *BETTER_RECORD, "rule", "comment"))
    given = replies.with_columns(pl.col(_TRIMMED).str.strip_chars().replace("", None)).filter(~is_empty)
    findings = [
        f"answers file {row['file']}: line {row['line']}, column {column}: {finding}"
        for row in _with_context(given, asked, taxonomy).iter_rows(named=True)
        for column, finding in _findings(row, taxonomy)
    ]
    if findings:
        return _refused(findings)
    moments = [_moment(text) for text in given["answered_at"]]
    timed = given.with_columns(pl.Series("answered_at", moments, pl.String), pl.col("seconds").cast(pl.Float64))
    made = timed.with_columns(content_ids(timed, tuple(REPLY)).alias("answer_id"))
    answers = made.unique("answer_id", keep="first", maintain_order=True)
    new = answers.join(earlier, on="answer_id", how="anti", maintain_order="left")
    if clashes := _clashes(new, earlier):
        return _refused(clashes)
    return Checked(
        answers=shaped(new.join(asked, on="question_id", maintain_order="left"), ANSWER),
        unknown=_unknown(new.join(asked, on="question_id", how="anti", maintain_order="left")),
        count_known=made.height - new.height,
        count_empty=replies.height - given.height,
        findings=[],
    )


def _with_context(given: pl.DataFrame, asked: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Add what each reply is checked against: its question, and what is wrong with the value of a new fact."""
    facts = given.filter(pl.col("fact_value").is_not_null(), pl.col("property").is_in(list(taxonomy.properties)))
    stated = facts.select(
        "property",
        "unit",
        value="fact_value",
        fact_id=pl.concat_str("file", pl.lit(":"), pl.col("line").cast(pl.String)),
    )
    unread = read(shaped(stated, FACT), taxonomy).rejections.select(place="subject", unread="detail")
    return (
        given.with_columns(
            place=pl.concat_str("file", pl.lit(":"), pl.col("line").cast(pl.String)),
            is_dated=readable_date(pl.col("valid_on")) | (pl.col("valid_on") == AT_RECORDING),
        )
        .join(asked, on="question_id", how="left", maintain_order="left")
        .join(unread, on="place", how="left", maintain_order="left")
    )


def _findings(row: Row, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one reply, by column."""
    if row["question_id"] is None:
        yield "question_id", "nothing, expected the id of a question as it was exported"
    if row["annotator"] is None:
        yield "annotator", "nothing, expected who answers"
    if _moment(row["answered_at"] or "") is None:
        yield "answered_at", f"found {row['answered_at']!r}, expected a time such as 2026-04-23T14:05:00Z"
    if row["seconds"] is not None and not _is_duration(row["seconds"]):
        yield "seconds", f"found {row['seconds']!r}, expected how many seconds the answer took"
    yield from _choice_findings(row, taxonomy)
    if row["rule"] is not None:
        yield from _rule_findings(row)
    if brought := [name for name in BETTER_RECORD if row[name] is not None]:
        if row["choice"] == "record_wrong":
            yield from _record_findings(row, taxonomy)
        else:
            yield brought[0], f"brings a new fact, which only `record_wrong` does, not {row['choice']!r}"


def _choice_findings(row: Row, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    if row["choice"] is None:
        yield "choice", "nothing, expected a choice where a rule, a fact or a comment stands"
    elif row["kind"] is not None:
        allowed = choices(row["kind"], row["attribute"], row["value"], taxonomy)
        if row["choice"] not in allowed:
            hint = nearest(row["choice"], allowed)
            yield "choice", f"found {row['choice']!r}{hint}, expected one of {', '.join(allowed)}"


def _rule_findings(row: Row) -> Iterator[tuple[str, str]]:
    if row["choice"] != "rule_misread":
        yield "rule", f"names a rule, which only `rule_misread` does, not {row['choice']!r}"
    elif row["rules"] and row["rule"] not in row["rules"]:
        yield "rule", f"found {row['rule']!r}, expected one that read the record: {'; '.join(row['rules'])}"


def _record_findings(row: Row, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    """Yield what is missing from a better record, or wrong with it."""
    for name in BETTER_RECORD:
        if row[name] is None and name != "unit":
            yield name, "nothing; a new fact has property, fact_value, valid_on, reference and licence"
    known = [name for name, found in taxonomy.properties.items() if found.attribute == row["attribute"]]
    if row["property"] is not None and row["attribute"] is not None and row["property"] not in known:
        hint = nearest(row["property"], known)
        yield "property", f"found {row['property']!r}{hint}, expected one of {', '.join(known)}"
    if row["unread"] is not None:
        yield "fact_value", row["unread"]
    if row["valid_on"] is not None and not row["is_dated"]:
        yield "valid_on", f"found {row['valid_on']!r}, expected a date such as 2026-04-23, or `{AT_RECORDING}`"
    if row["licence"] is not None and (finding := licence_finding(row["licence"])) is not None:
        yield "licence", finding


def _moment(text: str) -> str | None:
    """Return a time in UTC, to the millisecond; one that names no zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat("T", "milliseconds")
    except (ValueError, OverflowError):
        return None


def _is_duration(text: str) -> bool:
    try:
        return 0 <= float(text) < math.inf
    except ValueError:
        return False


def _clashes(new: pl.DataFrame, earlier: pl.DataFrame) -> list[str]:
    """Say where one person gave two answers to a question at one time: no one can tell which of them counts."""
    moment = ["question_id", "annotator", "answered_at"]
    twice = new.filter(pl.len().over(moment) > 1)
    again = new.join(earlier, on=moment, how="semi", maintain_order="left")
    return [
        f"answers file {file}: line {line}, column answered_at: {moment} is the time of another answer by the same "
        "annotator to this question; give the one that counts a later time"
        for file, line, moment in pl.concat([twice, again])
        .unique(maintain_order=True)
        .select("file", "line", "answered_at")
        .iter_rows()
    ]


def _refused(findings: list[str]) -> Checked:
    return Checked(empty(ANSWER), empty(UNKNOWN), 0, 0, findings)


def _unknown(answers: pl.DataFrame) -> pl.DataFrame:
    text = "{}, line {}: question {} is not asked any more, for its labels or their facts changed, or never was"
    return shaped(answers.with_columns(detail=pl.format(text, "file", "line", "question_id")), UNKNOWN)
