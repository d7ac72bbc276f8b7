import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from curation.corrections import apply_corrections, read_corrections
from curation.errors import ConfigError
from curation.records import REJECTION

HEADER = "fact,value,author,date,reason,source\n"


@pytest.fixture
def facts(make_facts: Callable[..., pl.DataFrame]) -> pl.DataFrame:
    return make_facts(("s", "age", "1234", "years", "2020"), ("s", "gender", "f"), ("t", "gender", "m"))


@pytest.fixture
def corrections(tmp_path: Path) -> Callable[..., pl.DataFrame]:
    """Read corrections of the lines given, which follow the header."""

    def read(*lines: str, header: str = HEADER) -> pl.DataFrame:
        path = tmp_path / "corrections.csv"
        path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        return read_corrections(path)

    return read


def line(fact: str, value: str, date: str = "2026-04-23") -> str:
    return f'{fact},{value},R. Eader,{date},"typed twice, it seems",the form'


def test_a_corrected_fact_votes_in_the_place_of_the_original(
    facts: pl.DataFrame, corrections: Callable[..., pl.DataFrame]
) -> None:
    original = facts.row(0, named=True)
    voting, links, rejections = apply_corrections(facts, corrections(line(original["fact_id"][:8], "34")))
    assert rejections.is_empty()
    (link,) = links.rows(named=True)
    assert (link["fact_id"], link["author"], link["corrected_on"]) == (original["fact_id"], "R. Eader", "2026-04-23")
    assert (link["reason"], link["reference"], link["line"]) == ("typed twice, it seems", "the form", 2)
    assert original["fact_id"] not in voting["fact_id"]
    (corrected,) = voting.filter(pl.col("fact_id") == link["corrected_id"]).rows(named=True)
    assert corrected == {**original, "fact_id": link["corrected_id"], "value": "34"}
    assert voting.height == 3


def test_an_empty_value_withdraws_the_fact(facts: pl.DataFrame, corrections: Callable[..., pl.DataFrame]) -> None:
    voting, links, _ = apply_corrections(facts, corrections(line(facts["fact_id"][0], "")))
    assert links["corrected_id"].to_list() == [None]
    assert sorted(voting["fact_id"]) == sorted(facts["fact_id"][1:])


def test_the_same_correction_gives_the_same_fact_and_another_gives_another(
    facts: pl.DataFrame, corrections: Callable[..., pl.DataFrame]
) -> None:
    fact = facts["fact_id"][0]
    lines = [line(fact, "34"), line(fact, "34"), line(fact, "35"), line(fact, "34", date="2026-05")]
    ids = [apply_corrections(facts, corrections(text)).links["corrected_id"][0] for text in lines]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_no_corrections_change_nothing(facts: pl.DataFrame, corrections: Callable[..., pl.DataFrame]) -> None:
    voting, links, rejections = apply_corrections(facts, corrections())
    assert voting.equals(facts.sort("fact_id"))
    assert links.is_empty()
    assert rejections.is_empty()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (line("xyz", "34"), "line 2, column fact: found 'xyz', expected a fact id"),
        (line("1234567", "34"), "line 2, column fact: found '1234567', expected a fact id"),
        (line("12345678", "34", date="last May"), "line 2, column date: found 'last May', expected a date such as"),
        (line("12345678", "34", date="2026-99-99"), "line 2, column date: found '2026-99-99', expected a date such as"),
        (line("12345678", "34", date="2026-02-30"), "line 2, column date: found '2026-02-30', expected a date such as"),
        (line("12345678", "34", date=""), "line 2, column date: found '', expected a date such as"),
        ("12345678,34,,2026,why,where", "line 2, column author: found '', expected who corrects"),
        ("12345678,34", "line 2: found 2 fields, expected 6"),
    ],
)
def test_a_line_that_is_no_correction_is_named(
    corrections: Callable[..., pl.DataFrame], text: str, finding: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(finding)):
        corrections(text)


def test_a_wrong_header_names_the_nearest_column(corrections: Callable[..., pl.DataFrame]) -> None:
    with pytest.raises(ConfigError, match=r"unknown column 'autor' \(did you mean 'author'\?\)"):
        corrections(header="fact,value,autor,date,reason,source\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"corrections file .*absent\.csv"):
        read_corrections(tmp_path / "absent.csv")


def test_a_correction_of_a_fact_that_is_not_recorded_is_counted_and_the_others_hold(
    facts: pl.DataFrame, corrections: Callable[..., pl.DataFrame]
) -> None:
    known = facts["fact_id"][0]
    voting, links, rejections = apply_corrections(facts, corrections(line("00000000", "34"), line(known, "35")))
    assert links["fact_id"].to_list() == [known]
    assert voting.height == facts.height
    (rejection,) = rejections.rows(named=True)
    assert dict(rejections.schema) == dict(REJECTION)
    assert [rejection[name] for name in ("stage", "kind", "subject", "reason")] == [
        "ground", "correction", "line 2", "fact_not_recorded"
    ]  # fmt: skip
    assert "begins with 00000000" in rejection["detail"]


def test_an_ambiguous_start_of_an_id_stops_the_run(
    facts: pl.DataFrame, corrections: Callable[..., pl.DataFrame]
) -> None:
    alike = facts.with_columns(fact_id=pl.lit("0123456789") + pl.col("fact_id").str.slice(10))
    with pytest.raises(ConfigError, match="begins the ids of 3 facts"):
        apply_corrections(alike, corrections(line("01234567", "34")))


def test_two_corrections_of_one_fact_stop_the_run(
    facts: pl.DataFrame, corrections: Callable[..., pl.DataFrame]
) -> None:
    fact = facts["fact_id"][0]
    with pytest.raises(ConfigError, match=f"lines 2 and 3: both correct fact {fact}"):
        apply_corrections(facts, corrections(line(fact, "34"), line(fact[:9], "35")))
