from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Values = Callable[..., list[list[str]]]
MEDIAN_2019 = 68_703


@pytest.mark.parametrize(
    ("amount", "values"),
    [
        ("0", ["Low"]),
        ("45801", ["Low"]),
        ("45802", ["Low", "Middle"]),
        ("45803", ["Middle"]),
        (str(MEDIAN_2019), ["Middle"]),
        ("137405", ["Middle"]),
        ("137406", ["High", "Middle"]),
        ("137407", ["High"]),
        ("240,000", ["High"]),
    ],
)
def test_an_income_is_set_against_the_median_of_its_year(values_at: Values, amount: str, values: list[str]) -> None:
    row = ("household_income", amount, "USD/year", "2019-04")
    assert values_at("income", "2019-06", row) == [values]


@settings(max_examples=40)
@given(st.floats(0, 300_000), st.integers(0, 2), st.sampled_from([("USD/year", 1), ("USD/month", 12)]))
def test_the_true_class_is_among_the_values_of_every_rounded_amount(
    values_at: Values, amount: float, decimals: int, unit: tuple[str, int]
) -> None:
    share = amount * unit[1] / MEDIAN_2019
    truth = "Low" if share < 2 / 3 else "Middle" if share < 2 else "High"
    (values,) = values_at("income", "2019", ("household_income", f"{amount:.{decimals}f}", unit[0]))
    assert truth in values


def test_an_income_at_the_recording_takes_the_year_of_the_recording(values_at: Values) -> None:
    row = ("household_income", "45000", "USD/year", "recording")
    assert values_at("income", "2010-06-15", row) == [["Middle"]]
    assert values_at("income", "2019-06-15", row) == [["Low"]]


def test_an_income_by_the_month_is_taken_twelvefold(values_at: Values) -> None:
    assert values_at("income", "2019", ("household_income", "5000", "USD/month")) == [["Middle"]]


@pytest.mark.parametrize(
    ("recorded_on", "row", "reason"),
    [
        ("1995", ("household_income", "45000", "USD/year", "1995"), "no_published_median"),
        ("2020", ("household_income", "45000", "USD/year", "2010"), "not_near_recording"),
        ("2020", ("household_income", "45000", "USD/year", None), "undated"),
        (None, ("household_income", "45000", "USD/year", "2019"), "recording_undated"),
        (None, ("household_income", "45000", "USD/year", "recording"), "recording_undated"),
        ("2020", ("household_income", "45000", "EUR/year", "2020"), "unknown_unit"),
        ("2019", ("household_income", "45.802", "USD/year", "2019"), "ambiguous_number"),
    ],
)
def test_an_income_that_gives_no_class_says_why(
    reasons_at: Callable[..., list[str]], recorded_on: str | None, row: tuple[str | None, ...], reason: str
) -> None:
    assert reasons_at(recorded_on, row) == [reason]
