import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.answers import BETTER_RECORD, CHOICES, NO_ANSWER, Checked, checked, choices
from curation.errors import ConfigError
from curation.licences import licence_finding
from curation.queue_files import SHOWN, read_queue, write_queue
from curation.taxonomy import load_taxonomy
from curation.verification import ANSWER, QUESTION_KEY, REPLY

TAXONOMY = load_taxonomy()
RULE = "completed years at the recording from age (number)"
RULES = [RULE]
ASKED_SCHEMA = {"question_id": pl.String, **{name: ANSWER[name] for name in QUESTION_KEY}, "rules": pl.List(pl.String)}
EARLIER = dict.fromkeys(("answer_id", "question_id", "annotator", "answered_at"), pl.String)
NOTHING: dict[str, Any] = dict.fromkeys(QUESTION_KEY, None) | {"source": "made", "entity": "speaker:s", "fact_ids": []}
ASKED = pl.DataFrame(
    [
        {**NOTHING, "question_id": "on record", "kind": "record", "attribute": "age", "value": "20-30", "rules": RULES},
        {**NOTHING, "question_id": "no class", "kind": "record", "attribute": "age", "rules": RULES},
        {**NOTHING, "question_id": "identity", "kind": "identity", "clip_id": "c", "rules": []},
        {**NOTHING, "question_id": "voices", "kind": "voices", "clip_id": "c", "rules": []},
        {**NOTHING, "question_id": "words", "kind": "words", "clip_id": "c", "attribute": "age", "rules": []},
        {**NOTHING, "question_id": "quality", "kind": "quality", "clip_id": "c", "rules": []},
        {**NOTHING, "question_id": "hearing", "kind": "hearing", "clip_id": "c", "attribute": "gender", "value": "Male",
         "rules": []},
    ],
    schema=ASKED_SCHEMA,
)  # fmt: skip
FACT = {
    "property": "birth_date",
    "fact_value": "1990-05-12",
    "valid_on": "recording",
    "reference": "registry office, letter of 2026-04-01",
    "licence": "CC-BY-4.0",
}

Row = Mapping[str, str | None]


def replies(*rows: Row) -> pl.DataFrame:
    """Return replies of rows, a supporting one to the question on a record unless they say otherwise."""
    known = {"file": "a.csv", "annotator": "ann", "answered_at": "2026-04-23T14:05:00Z", "question_id": "on record"}
    schema = {"file": pl.String, "line": pl.Int64, **dict.fromkeys(REPLY, pl.String)}
    lines = [{"line": number, "choice": "supported", **known, **row} for number, row in enumerate(rows, start=2)]
    return pl.DataFrame(lines, schema=schema)


def check(*rows: Row, earlier: pl.DataFrame | None = None) -> Checked:
    return checked(replies(*rows), ASKED, pl.DataFrame(schema=EARLIER) if earlier is None else earlier, TAXONOMY)


def finding(row: Row) -> str:
    found = check(row)
    assert (found.answers.height, len(found.findings)) == (0, 1), found.findings
    return found.findings[0].removeprefix("answers file a.csv: line 2, column ")


# What an answer may be


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        (row["question_id"], choice)
        for row in ASKED.rows(named=True)
        for choice in choices(row["kind"], row["attribute"], row["value"], TAXONOMY)
    ],
)
def test_every_choice_of_a_question_is_an_answer_with_what_it_was_about(question: str, choice: str) -> None:
    found = check({"question_id": question, "choice": choice})
    assert found.findings == []
    (answer,) = found.answers.rows(named=True)
    assert dict(found.answers.schema) == dict(ANSWER)
    (about,) = ASKED.filter(question_id=question).rows(named=True)
    assert {name: answer[name] for name in QUESTION_KEY} == {name: about[name] for name in QUESTION_KEY}
    assert (answer["choice"], answer["annotator"]) == (choice, "ann")


def test_choices_are_those_of_the_kind() -> None:
    assert choices("hearing", "gender", "Male", TAXONOMY) == ("Female", "Male", "cannot_tell", *NO_ANSWER)
    assert choices("words", "age", None, TAXONOMY) == ("harmless", "give_it_away", "cannot_tell", *NO_ANSWER)
    assert all("cannot_tell" in own for own in CHOICES.values())
    assert "supported" not in choices("record", "age", None, TAXONOMY), "there is no class to support"


def test_a_correction_names_the_rule_or_brings_a_fact() -> None:
    found = check(
        {"choice": "rule_misread", "rule": RULE}, {"choice": "record_wrong", **FACT, "annotator": "ben"}
    ).answers
    assert found["rule"].to_list() == [RULE, None]
    assert found.select(FACT.keys()).row(1, named=True) == FACT


@pytest.mark.parametrize("choice", ["rule_misread", "record_wrong"])
def test_a_correction_that_brings_nothing_is_taken_for_what_it_is(choice: str) -> None:
    assert check({"choice": choice}).answers["choice"].to_list() == [choice]


@pytest.mark.parametrize("missing", [name for name in BETTER_RECORD if name != "unit"])
def test_half_a_fact_is_none(missing: str) -> None:
    assert finding({"choice": "record_wrong", **FACT, missing: None}) == (
        f"{missing}: nothing; a new fact has property, fact_value, valid_on, reference and licence"
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"question_id": None}, "question_id: nothing, expected the id of a question"),
        ({"annotator": None}, "annotator: nothing, expected who answers"),
        ({"annotator": "  "}, "annotator: nothing, expected who answers"),
        ({"answered_at": None}, "answered_at: found None, expected a time such as 2026-04-23T14:05:00Z"),
        ({"answered_at": "yesterday"}, "answered_at: found 'yesterday', expected a time"),
        ({"seconds": "a few"}, "seconds: found 'a few', expected how many seconds"),
        ({"seconds": "-1"}, "seconds: found '-1', expected how many seconds"),
        ({"seconds": "nan"}, "seconds: found 'nan', expected how many seconds"),
        ({"choice": "suported"}, r"choice: found 'suported' (did you mean 'supported'?), expected one of supported, "),
        ({"choice": "same_voice"}, "choice: found 'same_voice', expected one of supported, rule_misread"),
        ({"question_id": "no class"}, "choice: found 'supported' (did you mean 'skipped'?), "),
        ({"question_id": "hearing", "choice": "man"}, "choice: found 'man', expected one of Female, Male, cannot_tell"),
        ({"choice": None, "comment": "see letter"}, "choice: nothing, expected a choice where"),
        ({"rule": RULE}, "rule: names a rule, which only `rule_misread` does, not 'supported'"),
        ({"choice": "rule_misread", "rule": "one"}, f"rule: found 'one', expected one that read the record: {RULE}"),
        (FACT, "property: brings a new fact, which only `record_wrong` does, not 'supported'"),
        ({"choice": "record_wrong", **FACT, "property": "birth"}, "property: found 'birth' (did you mean 'birth_date'"),
        ({"choice": "record_wrong", **FACT, "property": "gender", "fact_value": "f"}, "property: found 'gender'"),
        ({"choice": "record_wrong", **FACT, "fact_value": "May"}, "fact_value: "),
        ({"choice": "record_wrong", **FACT, "property": "age", "fact_value": "4000"}, "fact_value: "),
        ({"choice": "record_wrong", **FACT, "valid_on": "23.4.2026"}, "valid_on: found '23.4.2026', expected a d"),
        ({"choice": "record_wrong", **FACT, "licence": "CC-BY-4"}, "licence: 'CC-BY-4': 'CC-BY-4' is no SPDX licence"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_a_clear_error(row: Row, message: str) -> None:
    assert finding(row).startswith(message)


def test_a_licence_of_ones_own_has_a_name_that_says_so() -> None:
    assert licence_finding("LicenseRef-letter") is None
    assert "no SPDX licence" in str(licence_finding("letter"))


def test_every_wrong_row_is_named_and_nothing_of_the_rest_is_taken() -> None:
    found = check({}, {"choice": "perhaps"}, {"annotator": None, "seconds": "x"})
    assert [text.split(":")[1] for text in found.findings] == [" line 3, column choice", " line 4, column annotator",
                                                               " line 4, column seconds"]  # fmt: skip
    assert found.answers.is_empty()


def test_times_are_told_in_utc() -> None:
    texts = ["2026-04-23T14:05:00Z", "2026-04-23T14:05:00+02:00", "2026-04-23 14:05:00", "2026-04-23", "20260423T1405"]
    rows = [{"answered_at": text, "annotator": str(number)} for number, text in enumerate(texts)]
    assert [moment[:16] for moment in check(*rows).answers["answered_at"]] == [
        "2026-04-23T14:05", "2026-04-23T12:05", "2026-04-23T14:05", "2026-04-23T00:00", "2026-04-23T14:05",
    ]  # fmt: skip


def test_a_row_that_nobody_filled_in_is_no_answer() -> None:
    found = check({"choice": None}, {"choice": " ", "annotator": None, "answered_at": None}, {})
    assert (found.answers.height, found.count_empty, found.findings) == (1, 2, [])


# What an answer is beside others


def test_an_answer_to_a_question_that_is_not_known_is_rejected_and_the_others_are_taken() -> None:
    found = check({"question_id": "far away"}, {})
    assert found.answers.height == 1
    assert found.unknown["detail"].to_list() == [
        "a.csv, line 2: question far away is not asked any more, for its labels or their facts changed, or never was"
    ]


def test_an_answer_twice_is_one_answer() -> None:
    first = check({}, {"annotator": "ben"})
    again = check({}, {"annotator": "ben"}, {"annotator": "cem"}, earlier=first.answers.select(EARLIER.keys()))
    assert (again.answers["annotator"].to_list(), again.count_known) == (["cem"], 2)
    assert check({}, {}).answers.height == 1


def test_a_changed_answer_is_a_new_row_with_a_time_of_its_own() -> None:
    earlier = check({}).answers.select(EARLIER.keys())
    changed = {"choice": "cannot_tell"}
    later = check({**changed, "answered_at": "2026-04-24"}, earlier=earlier)
    assert (later.answers.height, later.count_known) == (1, 0)
    at_once = check(changed, earlier=earlier)
    assert at_once.answers.is_empty()
    assert "is the time of another answer by the same annotator" in at_once.findings[0]
    assert len(check({}, changed).findings) == 2
    assert check({}, {**changed, "annotator": "ben"}).findings == []


# Files

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DANGEROUS = st.sampled_from(list("=+-@\t\r\n'\"")).flatmap(lambda first: TEXT.map(lambda rest: first + rest))


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT | DANGEROUS, min_size=len(REPLY), max_size=len(REPLY)), shown=TEXT | DANGEROUS)
def test_any_text_comes_back_as_it_was_written(suffix: str, texts: list[str], shown: str, tmp_path: Path) -> None:
    """A reply is written the way a question is: in its columns, by the same code."""
    reply = dict(zip(REPLY, texts, strict=True))
    row = {**reply, "choices": [shown], "path": shown, "source": shown}
    write_queue(tmp_path, "quality", pl.DataFrame([row]))
    path = tmp_path / f"quality.{suffix}"
    (found,) = read_queue(path).rows(named=True)
    assert found == {"file": str(path), "line": 2 if suffix == "csv" else 1, **{k: v or None for k, v in reply.items()}}


@given(DANGEROUS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cell_begins_like_a_formula(tmp_path: Path, text: str) -> None:
    row: dict[str, Any] = dict.fromkeys((*REPLY, *SHOWN["record"]), text)
    row |= {"choices": [text], "facts": [text], "rules": [text]}
    write_queue(tmp_path, "record", pl.DataFrame([row]))
    with (tmp_path / "record.csv").open(encoding="utf-8-sig", newline="") as file:
        _, cells = csv.reader(file)
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n"))]


def written(tmp_path: Path, kind: str = "hearing") -> Path:
    row = {"question_id": "q", "attribute": "gender", "sound": "sounds/q.flac", "choices": ["Female", "Male"]}
    write_queue(tmp_path, kind, pl.DataFrame([row]))
    return tmp_path / f"{kind}.csv"


def test_both_files_say_the_same_and_have_room_for_the_reply(tmp_path: Path) -> None:
    path = written(tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    other = json.loads(path.with_suffix(".jsonl").read_text(encoding="utf-8"))
    assert list(row) == list(other) == ["question_id", "kind", "attribute", "sound", "choices", *list(REPLY)[1:]]
    assert (row["choices"], other["choices"]) == ("Female\nMale", ["Female", "Male"])


def test_who_is_to_hear_is_not_told_the_class_the_speaker_or_the_file() -> None:
    assert not set(SHOWN["hearing"]) & {"value", "source", "entity", "path", "facts", "rules", "reasons", "references"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "question_id,annotator,choice\nq,ann,fit\n", r"line 1: no column answered_at"),
        ("a.csv", "question_id,annotator,answered_at,choise\n", r"no column choice \(did you mean 'choise'\?\)"),
        ("a.csv", "question_id,annotator,answered_at,choice,note\n", r"unknown column 'note'.*; known are quest"),
        ("a.csv", "", r"line 1: no column question_id"),
        ("a.csv", "question_id,annotator,answered_at,choice\nq,ann\n", r"line 2: found 2 fields, expected 4"),
        ("a.csv", 'question_id,annotator,answered_at,choice\nq,"ann\n', r"unexpected end of data; expected a CSV file"),
        ("a.csv", b"question_id,annotator,answered_at,choice\nq,\xe9,,\n", r"can't decode byte.*; expected a CSV file"),
        ("a.jsonl", "[1]\n", r"line 1: expected an object, found '\[1\]'"),
        ("a.jsonl", "\n{\n", r"line 2: Expecting property name"),
        ("a.jsonl", '{"question_id": "q", "annotator": "ann", "answered_at": "2026", "choice": ["fit"]}',
         r"line 1, column choice: expected text, found \['fit'\]"),
        ("a.jsonl", '{"question_id": "q", "annotator": "\\ud800", "answered_at": "2026", "choice": "fit"}',
         r"surrogates not allowed; expected a CSV file, or JSON lines"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_an_error_with_its_line(
    name: str, text: str | bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=rf"answers file {path}: .*{message}"):
        read_queue(path)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_queue(tmp_path / "absent.csv")


def test_lines_are_counted_where_cells_hold_several(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'question_id,annotator,answered_at,choice,comment\nq,a,b,c,"one\ntwo"\n\nq,a,b,c,d\n', encoding="utf-8"
    )
    assert read_queue(path)["line"].to_list() == [2, 5]


def test_numbers_in_json_lines_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"question_id": "q", "annotator": 7, "answered_at": "2026-04-23", "choice": "fit", "seconds": 8.5}'
    )
    assert read_queue(path).select("annotator", "seconds").row(0) == ("7", "8.5")
