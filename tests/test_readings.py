import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.readings import READING, read
from curation.records import REJECTION
from curation.taxonomy import load_taxonomy

Facts = Callable[..., pl.DataFrame]

TAXONOMY = load_taxonomy()
# The only value of each property that a test gives may be any text at all.
VALUES = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(TAXONOMY.words["listed"].to_list()),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.dates().map(str),
)


def only(facts: pl.DataFrame) -> dict[str, object]:
    """Return the one row, reading or rejection, that the one fact became."""
    readings, rejections, _ = read(facts, TAXONOMY)
    assert readings.height + rejections.height == 1
    return (readings if readings.height else rejections).row(0, named=True)


@pytest.mark.parametrize(
    ("property_", "value", "reading", "rule"),
    [
        ("gender", "Male", "Male", "case or punctuation"),
        ("gender", "f", "Female", "as listed"),
        ("native_language", "Gujrati", "guj", "spelling: Gujrati → guj"),
        ("native_language", " malyalam ", "mal", "trimmed, spelling: Malyalam → mal"),
        ("native_language", "malayam", "mal", "spelling: Malayam → mal"),
        ("native_language", "HINDI", "hin", "case or punctuation"),
        ("native_language", "hi", "hin", "as listed"),
        ("native_language", "hin", "hin", "as listed"),
        ("nationality", "Indian ", "IND", "trimmed, as listed"),
        ("nationality", "U.S.A.", "USA", "case or punctuation"),
        ("nationality", "Chinese Canadian", "CAN", "compound, last word: Canadian"),
        ("nationality", "Indo-canadian", "CAN", "compound, last word: Canadian"),
        ("nationality", "Trinidad and Tobago", "TTO", "as listed"),
        ("nationality", "Indian/American", "IND + USA", "several words: IND + USA"),
        ("native_language", "Hindi, English", "eng + hin", "several words: eng + hin"),
        ("native_language", " Hindi and Gujrati", "guj + hin", "trimmed, several words: guj + hin"),
        ("native_language", "English & english", "eng", "several words: eng"),
        ("education", "B.Sc.", "ISCED 6", "case or punctuation"),
        ("education", "J.D.", "ISCED 7", "case or punctuation"),
        ("degree", "Doctor of Medicine", "ISCED 7", "case or punctuation"),
        ("degree", "SJD", "ISCED 8", "as listed"),
        ("education", "Master\u2019s degree", "ISCED 7", "case or punctuation"),
        ("degree", "High_School_or_Equivalent", "ISCED 3", "as listed"),
        ("diabetes", "True", "present", "as listed"),
        ("diabetes", "n", "absent", "as listed"),
        ("birth_date", "1980-04", "1980-04", "partial date"),
        ("shoe_size", " 43", "43", "trimmed, kept as text"),
    ],
)
def test_a_value_is_read_by_a_named_rule(
    make_facts: Facts, property_: str, value: str, reading: str, rule: str
) -> None:
    row = only(make_facts(("s", property_, value)))
    assert (row["reading"], row["rule"]) == (reading, rule)


@pytest.mark.parametrize(
    ("property_", "value", "unit", "reason", "detail"),
    [
        ("age", None, None, "empty_value", "the record holds an empty field"),
        ("age", "  ", None, "empty_value", "the record holds an empty field"),
        ("waist", "NIL", "cm", "not_stated", "found 'NIL', which states no value"),
        ("gender", "Prefer not to say", None, "not_stated", "found 'Prefer not to say', which states no value"),
        ("native_language", "nan", None, "not_stated", "found 'nan', which states no value"),
        ("birth_date", "long ago", None, "unreadable_date", "found 'long ago', expected a date such as 1980"),
        ("birth_date", "1980-13", None, "unreadable_date", "found '1980-13', expected a date such as 1980"),
        ("native_language", "Hinid", None, "unknown_value", "(did you mean 'hindi'?)"),
        ("native_language", "Hindi, Klingon", None, "unknown_value", "found 'Hindi, Klingon'"),
        ("native_language", "English, ", None, "unknown_value", "found 'English, '"),
        ("native_language", "no", None, "unknown_value", "found 'no'"),
        ("native_language", "UK", None, "unknown_value", "found 'UK'"),
        ("gender", "male, female", None, "unknown_value", "found 'male, female'"),
        ("degree", "LLD", None, "unknown_value", "found 'LLD'"),
        ("nationality", "British Indian", None, "unknown_value", "found 'British Indian', expected a listed word"),
        ("nationality", "American Indian", None, "unknown_value", "found 'American Indian'"),
        ("nationality", "Latin American", None, "unknown_value", "found 'Latin American'"),
        (
            "education",
            "PhD (honorary)",
            None,
            "honorary_degree",
            "found 'PhD (honorary)', which education does not take",
        ),
        ("asthma", "a little", None, "unknown_value", "found 'a little', expected a listed word for asthma"),
    ],
)
def test_what_cannot_be_read_is_a_rejection_that_says_why(
    make_facts: Facts, property_: str, value: str | None, unit: str | None, reason: str, detail: str
) -> None:
    facts = make_facts(("s", property_, value, unit))
    row = only(facts)
    assert (row["stage"], row["kind"], row["subject"]) == ("ground", "fact", facts["fact_id"][0])
    assert row["reason"] == reason
    assert detail in str(row["detail"])


def test_a_rejection_names_the_attribute_that_its_property_serves(make_facts: Facts) -> None:
    rejections = read(make_facts(("s", "height", ""), ("s", "shoe_size", "")), TAXONOMY).rejections
    assert sorted(rejections["attribute"].to_list(), key=str) == [None, "weight"]


@pytest.mark.parametrize(
    ("property_", "value", "is_unread"),
    [
        ("native_language", "Klingon", True),
        ("age", "1234", True),
        ("household_income", "45.802", True),
        ("height", "172", True),
        ("birth_date", "long ago", True),
        ("native_language", "", False),
        ("native_language", None, False),
        ("native_language", "Prefer not to say", False),
        ("education", "PhD (honorary)", False),
        ("health_status", "under_validation", False),
        ("native_language", "Hindi", False),
        ("shoe_size", "large", False),
    ],
)
def test_unread_is_what_states_a_value_that_no_rule_reads(
    make_facts: Facts, property_: str, value: str | None, is_unread: bool
) -> None:
    facts = make_facts(("s", property_, value))
    unread = read(facts, TAXONOMY).unread
    assert dict(unread.schema) == dict(READING)
    assert unread["fact_id"].to_list() == (facts["fact_id"].to_list() if is_unread else [])
    assert unread["reading"].null_count() == unread.height


@given(st.lists(st.tuples(st.sampled_from([*TAXONOMY.properties, "shoe_size"]), VALUES, VALUES), max_size=8))
def test_no_fact_is_lost_whatever_it_says(make_facts: Facts, rows: list[tuple[str, str | None, str | None]]) -> None:
    facts = make_facts(*((f"s{number}", *row) for number, row in enumerate(rows)))
    readings, rejections, _ = read(facts, TAXONOMY)
    assert dict(readings.schema) == dict(READING)
    assert dict(rejections.schema) == dict(REJECTION)
    assert sorted([*readings["fact_id"], *rejections["subject"]]) == sorted(facts["fact_id"])
    assert readings.select(pl.col("reading", "rule").is_null().any()).row(0) in ((False, False), (None, None))
    assert rejections.select(pl.col("reason", "detail").is_null().any()).row(0) in ((False, False), (None, None))


@given(st.sampled_from(TAXONOMY.words.filter(~pl.col("is_variant")).rows(named=True)), st.sampled_from(" _\t\u00a0"))
def test_case_and_space_never_change_what_a_listed_word_is_read_as(
    make_facts: Facts, word: dict[str, str], space: str
) -> None:
    value = space + word["listed"].upper().replace(" ", space + space) + space
    assert only(make_facts(("s", word["property"], value)))["reading"] == word["reading"]


def test_every_value_of_the_nisp_table_is_read_or_counted(make_facts: Facts, corpus: Path) -> None:
    table = [line.split() for line in (corpus / "nisp_records" / "spkrinfo.list").read_text().splitlines()]
    properties = {
        "Gender": ("gender", None), "Mother_Tongue": ("native_language", None), "Height": ("height", "cm"),
        "Waist_size": ("waist", "cm"), "Weight": ("weight", "kg"), "Age": ("age", "years"),
    }  # fmt: skip
    facts = make_facts(
        *(
            (row[0], properties[column][0], value, properties[column][1])
            for row in table[1:]
            for column, value in zip(table[0], row, strict=True)
            if column in properties
        )
    )
    readings, rejections, _ = read(facts, TAXONOMY)
    # Counted with grep: 15 waists are NIL; 2 malayam, 1 malyalam and 1 Sourashtra are spelled otherwise.
    nil = 15
    assert Counter(rejections["reason"]) == {"not_stated": nil}
    assert readings.height == 40 * 6 - nil
    spelled = readings.filter(pl.col("rule").str.starts_with("spelling"))
    assert Counter(spelled["rule"]) == {
        "spelling: Malayam → mal": 2, "spelling: Malyalam → mal": 1, "spelling: Sourashtra → saz": 1
    }  # fmt: skip


def test_every_value_of_the_coswara_tables_is_read_or_counted(make_facts: Facts, corpus: Path) -> None:
    columns = {"a": "age", "g": "gender", "covid_status": "health_status", "diabetes": "diabetes", "cold": "cold"}
    rows = [
        (line["id"], columns[column], value, None, line["record_date"])
        for path in sorted((corpus / "coswara_records").glob("*.csv"))
        for line in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
        for column, value in line.items()
        if column in columns
    ]
    readings, rejections, _ = read(make_facts(*rows), TAXONOMY)
    # 80 speakers: 4 have diabetes and 9 a cold, the other fields of the two are empty.
    assert len(rows) == 5 * 80
    assert Counter(rejections["reason"]) == {"empty_value": 80 - 4 + 80 - 9}
    assert Counter(readings["property"]) == {"age": 80, "gender": 80, "health_status": 80, "diabetes": 4, "cold": 9}
