from collections.abc import Callable

import polars as pl
import pytest

from curation.ground import Grounding, ground
from curation.records import shaped
from curation.taxonomy import load_taxonomy

APPEARANCE = dict.fromkeys(["source", "speaker", "path", "recorded_on"], pl.String)


@pytest.fixture(scope="session")
def ground_at(make_facts: Callable[..., pl.DataFrame]) -> Callable[..., Grounding]:
    """Ground rows (property, value, unit, valid_on) of one speaker recorded on the dates given."""

    def at(recorded_on: str | list[str | None] | None, *rows: tuple[str | None, ...]) -> Grounding:
        dates = recorded_on if isinstance(recorded_on, list) else [recorded_on]
        appearances = pl.DataFrame({"recorded_on": dates}, schema={"recorded_on": pl.String})
        appearances = shaped(appearances.with_columns(source=pl.lit("made"), speaker=pl.lit("s")), APPEARANCE)
        return ground(make_facts(*(("s", *row) for row in rows)), appearances, load_taxonomy())

    return at


@pytest.fixture(scope="session")
def values_at(ground_at: Callable[..., Grounding]) -> Callable[..., list[list[str]]]:
    """Return the values of each piece of evidence on an attribute, sorted."""

    def at(attribute: str, recorded_on: str | None, *rows: tuple[str | None, ...]) -> list[list[str]]:
        evidence = ground_at(recorded_on, *rows).evidence
        return sorted(evidence.filter(pl.col("attribute") == attribute)["values"].to_list())

    return at


@pytest.fixture(scope="session")
def reasons_at(ground_at: Callable[..., Grounding]) -> Callable[..., list[str]]:
    """Return the reasons of the rejections, sorted."""

    def at(recorded_on: str | None, *rows: tuple[str | None, ...]) -> list[str]:
        return sorted(ground_at(recorded_on, *rows).rejections["reason"].to_list())

    return at
