import calendar
import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.dates import date_interval, readable_date

DAYS = st.dates(min_value=dt.date(1850, 1, 1), max_value=dt.date(2100, 12, 31))


def interval(text: str | None) -> tuple[dt.date | None, dt.date | None]:
    first, last = date_interval(pl.col("text"))
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    row: tuple[dt.date | None, dt.date | None] = frame.select(first.alias("first"), last.alias("last")).row(0)
    return row


@given(DAYS)
def test_a_day_is_itself(day: dt.date) -> None:
    assert interval(day.isoformat()) == (day, day)


@given(DAYS)
def test_a_month_runs_from_its_first_day_to_its_last(day: dt.date) -> None:
    length = calendar.monthrange(day.year, day.month)[1]
    assert interval(f"{day:%Y-%m}") == (day.replace(day=1), day.replace(day=length))


@given(DAYS)
def test_a_year_runs_from_january_to_december(day: dt.date) -> None:
    assert interval(f"{day:%Y}") == (dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))


@given(st.text(alphabet="0123456789-/. Td٣", max_size=12))
def test_a_readable_date_is_one_that_python_reads_when_completed(text: str) -> None:
    completed = text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text
    try:
        day = dt.datetime.strptime(completed, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
        expected = completed == day.isoformat() and 1850 <= day.year <= 2100
    except ValueError:
        expected = False
    assert (interval(text)[0] is not None) == expected


@pytest.mark.parametrize(
    "text",
    ["2020-13", "2020-00", "2020-02-30", "2019-02-29", "1849", "2101", "20200423", "2020-4", "2020 ", "", "recording"],
)
def test_what_is_no_date_has_no_days(text: str) -> None:
    assert interval(text) == (None, None)


def test_no_date_is_neither_readable_nor_unreadable() -> None:
    frame = pl.DataFrame({"text": ["2020-02", "2020-02-30", None]})
    assert frame.select(readable_date(pl.col("text"))).to_series().to_list() == [True, False, None]
