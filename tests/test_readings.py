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
    readings, rejections = read(facts, TAXONOMY)
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
        ("education", "B.Sc.", "ISCED 6", "case or punctuation"),
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
        ("age", "1234", "years", "implausible_value", "found '1234', expected 0 to 123 year"),
        ("age", "-3", "years", "implausible_value", "found '-3', expected 0 to 123 year"),
        ("height", "1.72", "cm", "implausible_value", "found '1.72', expected 50 to 250 cm"),
        ("age", "about 30", None, "unreadable_number", "found 'about 30', expected a number such as 172.5"),
        ("weight", "58,500", "kg", "unreadable_number", "found '58,500', expected a number such as 172.5"),
        ("height", "172", None, "unknown_unit", "found no unit, expected one of"),
        ("height", "172", "furlong", "unknown_unit", "found unit 'furlong', expected one of"),
        (
            "household_income",
            "31000",
            "GBP/year",
            "unknown_unit",
            "found unit 'GBP/year', expected one of USD per month",
        ),
        ("birth_date", "long ago", None, "unreadable_date", "found 'long ago', expected a date such as 1980"),
        ("birth_date", "1980-13", None, "unreadable_date", "found '1980-13', expected a date such as 1980"),
        ("native_language", "Hinid", None, "unknown_value", "(did you mean 'hindi'?)"),
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
    ("property_", "value", "unit", "low", "high", "rule"),
    [
        ("height", "163", "cm", 162.5, 163.5, "number"),
        ("height", "1.63", "m", 162.5, 163.5, "number, m → cm"),
        ("height", "67", "in", 66.5 * 2.54, 67.5 * 2.54, "number, in → cm"),
        ("weight", "72,5", "kg", 72.45, 72.55, "decimal comma"),
        ("weight", "58.50", "kg", 58.495, 58.505, "number"),
        ("household_income", "75,000", "USD/year", 74999.5, 75000.5, "thousands separator"),
        (
            "household_income",
            "1,000.50",
            "USD/month",
            12 * 1000.495,
            12 * 1000.505,
            "thousands separator, USD/month → USD/year",
        ),
        ("age", "24", "years", 24, 25, "number"),
        ("age", "24", None, 24, 25, "number"),
        ("age", "24.24", "years", 24.235, 24.245, "number"),
        ("age", "30.0", "years", 29.95, 31, "number"),
        ("age", "30", "months", 2.5, 31 / 12, "number, months → year"),
    ],
)
def test_a_number_stands_for_an_interval_of_its_own_precision(
    make_facts: Facts, property_: str, value: str, unit: str | None, low: float, high: float, rule: str
) -> None:
    row = only(make_facts(("s", property_, value, unit)))
    assert row["low"] == pytest.approx(low, abs=1e-9)
    assert row["high"] == pytest.approx(high, abs=1e-9)
    assert row["rule"] == rule


@given(st.lists(st.tuples(st.sampled_from([*TAXONOMY.properties, "shoe_size"]), VALUES, VALUES), max_size=8))
def test_no_fact_is_lost_whatever_it_says(make_facts: Facts, rows: list[tuple[str, str | None, str | None]]) -> None:
    facts = make_facts(*((f"s{number}", *row) for number, row in enumerate(rows)))
    readings, rejections = read(facts, TAXONOMY)
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


@given(st.integers(1000, 2500), st.integers(0, 3))
def test_the_interval_of_a_number_holds_it(make_facts: Facts, digits: int, decimals: int) -> None:
    number = digits / 10**decimals
    row = only(make_facts(("s", "household_income", f"{number:.{decimals}f}", "USD/year")))
    assert float(str(row["low"])) < number < float(str(row["high"]))


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
    readings, rejections = read(facts, TAXONOMY)
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
    readings, rejections = read(make_facts(*rows), TAXONOMY)
    # 80 speakers: 4 have diabetes and 9 a cold, the other fields of the two are empty.
    assert len(rows) == 5 * 80
    assert Counter(rejections["reason"]) == {"empty_value": 80 - 4 + 80 - 9}
    assert Counter(readings["property"]) == {"age": 80, "gender": 80, "health_status": 80, "diabetes": 4, "cold": 9}
