from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.readings import read
from curation.taxonomy import load_taxonomy

Facts = Callable[..., pl.DataFrame]

TAXONOMY = load_taxonomy()


def interval(facts: pl.DataFrame) -> dict[str, object]:
    """Return what the one fact is read as."""
    return read(facts, TAXONOMY).readings.row(0, named=True)


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
    row = interval(make_facts(("s", property_, value, unit)))
    assert row["low"] == pytest.approx(low, abs=1e-9)
    assert row["high"] == pytest.approx(high, abs=1e-9)
    assert row["rule"] == rule


@given(st.integers(1000, 2500), st.integers(0, 2))
def test_the_interval_of_a_number_holds_it(make_facts: Facts, digits: int, decimals: int) -> None:
    number = digits / 10**decimals
    row = interval(make_facts(("s", "household_income", f"{number:.{decimals}f}", "USD/year")))
    assert float(str(row["low"])) < number < float(str(row["high"]))


@pytest.mark.parametrize(
    ("property_", "value", "unit", "reason", "detail"),
    [
        ("age", "1234", "years", "implausible_value", "found '1234', expected 0 to 123 year"),
        ("age", "-3", "years", "implausible_value", "found '-3', expected 0 to 123 year"),
        ("height", "1.72", "cm", "implausible_value", "found '1.72', expected 50 to 250 cm"),
        ("age", "about 30", None, "unreadable_number", "found 'about 30', expected a number such as 172.5"),
        ("weight", "58,500", "kg", "unreadable_number", "found '58,500', expected a number such as 172.5"),
        ("household_income", "33.000,00", "USD/year", "unreadable_number", "found '33.000,00', expected a number"),
        ("household_income", "45.802", "USD/year", "ambiguous_number", "found '45.802', whose point may be"),
        ("household_income", "0.500", "USD/month", "ambiguous_number", "a thousands separator; write 1234.5 or 1,234"),
        ("height", "172", None, "unknown_unit", "found no unit, expected one of"),
        ("height", "172", "furlong", "unknown_unit", "found unit 'furlong', expected one of"),
        (
            "household_income",
            "31000",
            "GBP/year",
            "unknown_unit",
            "found unit 'GBP/year', expected one of USD per month",
        ),
    ],
)
def test_a_number_that_cannot_be_read_says_why(
    make_facts: Facts, property_: str, value: str, unit: str | None, reason: str, detail: str
) -> None:
    (row,) = read(make_facts(("s", property_, value, unit)), TAXONOMY).rejections.rows(named=True)
    assert row["reason"] == reason
    assert detail in row["detail"]


@pytest.mark.parametrize("value", ["45802.50", "45,802.000", "1.5", "45.8020"])
def test_only_three_digits_after_a_single_point_may_be_thousands(make_facts: Facts, value: str) -> None:
    number = float(value.replace(",", ""))
    row = interval(make_facts(("s", "household_income", value, "USD/year")))
    assert float(str(row["low"])) < number < float(str(row["high"]))


def test_a_property_of_small_numbers_has_three_decimals(make_facts: Facts) -> None:
    assert interval(make_facts(("s", "weight", "58.500", "kg")))["reading"] == "58.500 kg"
