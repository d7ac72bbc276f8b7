"""The taxonomy: attributes, classes, thresholds and word lists, as taxonomy.toml states them."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import polars as pl

from curation.errors import ConfigError

TAXONOMY_FILE = Path(__file__).with_suffix(".toml")

# A recorded value that no class holds: an age of six, a language of no accent group.
OUTSIDE = "outside"
PRESENT, ABSENT = "present", "absent"
Kind = Literal["number", "date", "category", "condition"]


@dataclass(frozen=True)
class Judged:
    """What a person may judge an attribute by: the ear, or records alone.

    What is heard agrees with a class up to `tolerance` classes away; where models hear more than people, what is heard
    is `worse_than_models`.
    """

    by_ear: bool
    tolerance: int
    worse_than_models: bool
    source: str
    choice: str


@dataclass(frozen=True)
class Attribute:
    """What a label is about; class k holds values from `edges[k]` up to, not including, `edges[k + 1]`."""

    name: str
    classes: tuple[str, ...]
    edges: tuple[float, ...]
    source: str
    choice: str
    judged: Judged


@dataclass(frozen=True)
class Property:
    """What facts record: how a value is read, and how many days from the recording it still holds.

    `least` and `most` are in `unit`; a null `window_days` sets no limit. A `completed` whole number
    counts completed units: 20 stands for [20, 21), not for [19.5, 20.5). With `several` a value may name
    several words. `outranks` names the properties that do not decide beside a value of this one that is
    stated and leaves the class open.
    """

    name: str
    kind: Kind
    attribute: str
    unit: str | None
    unit_optional: bool
    units: Mapping[str, float]
    least: float
    most: float
    completed: bool
    thousands: bool
    window_days: int | None
    several: bool
    outranks: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """Attributes and properties by name, and the word lists as frames to join with.

    `words`: property, key (see `key`), listed, reading, is_variant. `meanings`: property, reading,
    values (sorted classes, or `outside`). `refused`: property, part, reason. `compounds`: property,
    last (a key), `heritages`: property, first (a key). `medians`: year, median in US dollars. `digest` is
    over what the file states, whatever its comments and layout.
    """

    digest: str
    attributes: Mapping[str, Attribute]
    properties: Mapping[str, Property]
    not_stated: frozenset[str]
    words: pl.DataFrame
    meanings: pl.DataFrame
    refused: pl.DataFrame
    compounds: pl.DataFrame
    heritages: pl.DataFrame
    medians: pl.DataFrame
    levels: Mapping[int, str]
    adult_age: int


def key(text: pl.Expr) -> pl.Expr:
    """Return what words are compared by: no case, full stops or apostrophes; `_` and spaces as one space."""
    return text.str.to_lowercase().str.replace_all(r"[.'\u2019]", "").str.replace_all(r"[_\s]+", " ").str.strip_chars()


@cache
def load_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """Return the taxonomy of a file; raises ConfigError where a word is listed twice or cannot be reached."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    attributes = {name: _attribute(name, table) for name, table in document["attributes"].items()}
    properties = {name: _property(name, table) for name, table in _property_tables(document)}
    not_stated = frozenset(_keys(document["not_stated"]))
    words = _words(document, properties)
    _check_words(path, words, not_stated)
    return Taxonomy(
        digest=hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest(),
        attributes=attributes,
        properties=properties,
        not_stated=not_stated,
        words=words.filter(~pl.col("key").is_in(not_stated)),
        meanings=_meanings(document, attributes, words),
        refused=_frame(
            (
                (name, part, reason)
                for name, table in document["refused"].items()
                for reason, parts in table.items()
                for part in _keys(parts)
            ),
            ("property", "part", "reason"),
        ),
        compounds=_frame(
            ((name, last) for name, table in document["compounds"].items() for last in _keys(table["last_words"])),
            ("property", "last"),
        ),
        heritages=_frame(
            ((name, first) for name, table in document["compounds"].items() for first in _keys(table["heritages"])),
            ("property", "first"),
        ),
        medians=pl.DataFrame(
            {"year": [int(year) for year in document["medians"]], "median": list(document["medians"].values())},
            schema={"year": pl.Int32, "median": pl.Float64},
        ).sort("year"),
        levels={int(level): name for level, name in document["attributes"]["education"]["levels"].items()},
        adult_age=document["attributes"]["weight"]["adult_age"],
    )


def _attribute(name: str, table: Mapping[str, Any]) -> Attribute:
    return Attribute(
        name=name,
        classes=tuple(table["classes"]),
        edges=tuple(float(edge) for edge in table.get("edges", ())),
        source=table["source"],
        choice=table["choice"],
        judged=Judged(
            by_ear=table["judged"]["by_ear"],
            tolerance=table["judged"].get("tolerance", 0),
            worse_than_models=table["judged"].get("worse_than_models", False),
            source=table["judged"].get("source", ""),
            choice=table["judged"]["choice"],
        ),
    )


def _property_tables(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from document["properties"].items()
    conditions = document["conditions"]
    shared = {name: conditions[name] for name in ("window_days", "outranks")}
    for name in conditions["names"]:
        yield name, {"kind": "condition", "attribute": "health", **shared}


def _property(name: str, table: Mapping[str, Any]) -> Property:
    return Property(
        name=name,
        kind=table["kind"],
        attribute=table["attribute"],
        unit=table.get("unit"),
        unit_optional=table.get("unit_optional", False),
        units=table.get("units", {}),
        least=table.get("least", float("-inf")),
        most=table.get("most", float("inf")),
        completed=table.get("completed", False),
        thousands=table.get("thousands", False),
        window_days=table.get("window_days"),
        several=table.get("several", False),
        outranks=tuple(table.get("outranks", ())),
    )


def _words(document: Mapping[str, Any], properties: Mapping[str, Property]) -> pl.DataFrame:
    rows: list[tuple[str, str, str, bool]] = []
    for name, table in document["words"].items():
        rows += [
            (name, word if reading == OUTSIDE else reading, word, False)
            for reading, words in table.items()
            for word in words
        ]
    rows += [("degree", *row[1:]) for row in rows if row[0] == "education"]
    for table in document["languages"].values():
        rows += [("native_language", code, word, False) for code, words in table.items() for word in (code, *words)]
    for code, country in document["countries"].items():
        rows += [("nationality", code, word, False) for word in (code, *country["names"])]
    for name, table in document["spellings"].items():
        rows += [(name, reading, word, True) for word, reading in table.items()]
    for name in (name for name, known in properties.items() if known.kind == "condition"):
        for reading in (PRESENT, ABSENT):
            rows += [(name, reading, word, False) for word in document["conditions"][reading]]
    frame = pl.DataFrame(rows, schema=["property", "reading", "listed", "is_variant"], orient="row")
    return frame.with_columns(key(pl.col("listed")).alias("key")).unique(
        ["property", "key", "reading"], keep="first", maintain_order=True
    )


def _meanings(document: Mapping[str, Any], attributes: Mapping[str, Attribute], words: pl.DataFrame) -> pl.DataFrame:
    """Say what each reading means; one that has no row, such as an absent condition, says nothing."""
    groups = {code: group for group, table in document["languages"].items() for code in table} | {OUTSIDE: OUTSIDE}
    rows = [("native_language", code, [group]) for code, group in groups.items()]
    for code, country in document["countries"].items():
        rows.append(("nationality", code, sorted({groups[language] for language in country["languages"]})))
    rows += [(name, PRESENT, ["illness"]) for name in document["conditions"]["names"]]
    rows.append(("covid_test", "positive", ["illness"]))
    classes = {name for attribute in attributes.values() for name in attribute.classes} | {OUTSIDE}
    rows += [(name, word, [OUTSIDE]) for name, table in document["words"].items() for word in table.get(OUTSIDE, ())]
    stated = words.filter(pl.col("reading").is_in(classes)).select("property", "reading").unique(maintain_order=True)
    rows += [(name, reading, [reading]) for name, reading in stated.iter_rows()]
    return pl.DataFrame(
        rows, schema={"property": pl.String, "reading": pl.String, "values": pl.List(pl.String)}, orient="row"
    )


def _check_words(path: Path, words: pl.DataFrame, not_stated: frozenset[str]) -> None:
    twice = words.filter(pl.len().over("property", "key") > 1)
    # A code of two or three letters may mean "not stated"; a name may not.
    hidden = words.filter(pl.col("key").is_in(not_stated) & (pl.col("listed") != pl.col("reading")))
    for frame, finding in ((twice, "is listed for two readings"), (hidden, "also means 'not stated'")):
        for name, listed in frame.select("property", "listed").head(1).iter_rows():
            raise ConfigError(f"{path}: {name}: the word {listed!r} {finding}; a word must have one meaning")


def _keys(words: list[str]) -> list[str]:
    return pl.Series(words, dtype=pl.String).to_frame("word").select(key(pl.col("word"))).to_series().to_list()


def _frame(rows: Iterator[tuple[str, ...]], columns: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")
