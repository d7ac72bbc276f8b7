"""Read a corpus's own files as tables of text, as `read_table` and its like in a source's queries ask for.

Every field is as it is written, and a file that does not hold together stops with its line: nothing is
guessed, skipped or turned into a number. Each row carries its place, `record_file` and `record_line`.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import polars as pl
import polars.selectors as cs

from curation.errors import ConfigError, nearest

PLACE = ("record_file", "record_line")

# Rows made into one frame, so that the memory does not grow with the file.
_BATCH = 5_000

Frames = Iterator[pl.DataFrame]


def matching(pattern: str, root: Path, paths: Sequence[str]) -> list[str]:
    """Return the paths that a pattern names: * and ? stay within a folder, ** stands for any folders.

    Raises ConfigError where there is none, and for a pattern that leads out of the root.
    """
    parts = [part for part in pattern.split("/") if part != "."]
    if pattern.startswith("/") or ".." in parts:
        raise ConfigError(f"{pattern!r} leads outside the source's root; name files relative to {root}")
    name = "/".join(parts)
    found = [name] if name in paths else [path for path in paths if _fits(path.split("/"), parts)]
    if not found:
        raise ConfigError(
            f"no file {pattern!r} below the source's root {root}{nearest(name, paths)}; "
            "what a link holds that leads outside the root is no file of the source"
        )
    return found


def _fits(path: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_fits(path[place:], pattern[1:]) for place in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _fits(path[1:], pattern[1:])


def read_table(  # noqa: PLR0913 - the options of a dialect
    root: Path,
    paths: Sequence[str],
    *,
    delim: str = ",",
    quote: str = '"',
    skip: int = 0,
    header: bool = True,
    union_by_name: bool = False,
    encoding: str = "utf-8",
) -> Frames:
    """Yield the rows of tables with a delimiter; an empty field is null, and an empty line no row.

    `skip` lines stand above the header; without a header the columns are column0 and so on. Several files have
    the same columns in any order; with `union_by_name` a column that a file lacks is null there.
    """
    # A text in SQL has no escapes; DuckDB's own reader takes the same.
    delimiter = "\t" if delim == "\\t" else delim
    dialect = {
        "delimiter": delimiter,
        "quotechar": quote or None,
        "quoting": csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    }
    first: list[str] = []
    for path in paths:
        with _opened(root, path, encoding) as file:
            try:
                rows = _rows(path, file, skip, dialect)
            except TypeError as error:
                raise ConfigError(f"delim and quote are one character each, found {delim!r} and {quote!r}") from error
            line, fields = next(rows, (0, []))
            if not fields:
                raise ConfigError(f"{path} is empty, expected {'a header' if header else 'a row'}")
            names = _names(path, line, fields, is_header=header)
            if not union_by_name:
                first = first or names
                _check_same(paths[0], first, path, names)
            kept = () if header else ((line, fields),)
            yield from _frames(path, names, kept, rows)


def _rows(path: str, file: TextIO, skip: int, dialect: Mapping[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """Return the rows that hold something, each with the number of its first line."""
    above = len(list(islice(file, skip)))
    reader = csv.reader(file, strict=True, **dialect)

    def numbered() -> Iterator[tuple[int, list[str]]]:
        line = above + 1
        try:
            for fields in reader:
                if fields:
                    yield line, fields
                line = above + reader.line_num + 1
        except csv.Error as error:
            raise ConfigError(
                f"{path}, line {line}: {error}; say how the file quotes its fields, quote := '' where it does not"
            ) from error

    return numbered()


def _names(path: str, line: int, fields: Sequence[str], *, is_header: bool) -> list[str]:
    """Return the names of the columns; one without a name is called after its place, as DuckDB does."""
    names = [(is_header and field) or f"column{place}" for place, field in enumerate(fields)]
    # DuckDB does not tell upper and lower case apart.
    lowered = [name.lower() for name in (*PLACE, *names)]
    for place, name in enumerate(names, len(PLACE)):
        if lowered[place] in lowered[:place]:
            raise ConfigError(
                f"{path}, line {line}: a second column is called {name}; {' and '.join(PLACE)} are there in any case; "
                "with header := false columns are called by their place"
            )
    return names


def _check_same(first: str, expected: list[str], path: str, names: list[str]) -> None:
    for one, found, other, wanted in ((path, names, first, expected), (first, expected, path, names)):
        lacking = [name for name in wanted if name not in found]
        if lacking:
            raise ConfigError(
                f"{one}: no column {lacking[0]}, which {other} has{nearest(lacking[0], found)}; "
                "where files may differ, say union_by_name := true"
            )


def _frames(
    path: str, names: Sequence[str], kept: Sequence[tuple[int, list[str]]], rows: Iterator[tuple[int, list[str]]]
) -> Frames:
    schema = {"record_file": pl.String, "record_line": pl.Int64, **dict.fromkeys(names, pl.String)}
    batch = [*kept]
    yield pl.DataFrame(schema=schema)
    while batch := [*batch, *islice(rows, _BATCH)]:
        for line, fields in batch:
            if len(fields) != len(names):
                raise ConfigError(
                    f"{path}, line {line}: {len(fields)} fields, expected {len(names)} as in its first row"
                )
        frame = pl.DataFrame([(path, line, *fields) for line, fields in batch], schema=schema, orient="row")
        yield frame.with_columns(pl.when(cs.by_name(names) != "").then(cs.by_name(names)).name.keep())
        batch = []


def read_lines(root: Path, paths: Sequence[str], *, encoding: str = "utf-8") -> Frames:
    """Yield the lines of text files as `text`, the empty ones too, whatever ends them."""
    schema = {"record_file": pl.String, "record_line": pl.Int64, "text": pl.String}
    for path in paths:
        with _opened(root, path, encoding) as file:
            lines = enumerate((line.rstrip("\r\n") for line in file), 1)
            yield pl.DataFrame(schema=schema)
            while batch := [(path, number, text) for number, text in islice(lines, _BATCH)]:
                yield pl.DataFrame(batch, schema=schema, orient="row")


def read_json(root: Path, paths: Sequence[str], *, lines: bool = False, encoding: str = "utf-8") -> Frames:
    """Yield JSON as `json`, a file or with `lines` a line each; its numbers become strings, as they are written."""
    schema = {"record_file": pl.String, "record_line": pl.Int64, "json": pl.String}
    for path in paths:
        with _opened(root, path, encoding) as file:
            texts = ((line, text) for line, text in enumerate(file if lines else [file.read()], 1) if text.strip())
            yield pl.DataFrame(schema=schema)
            while batch := [(path, line, _numbers_as_text(path, line, text)) for line, text in islice(texts, _BATCH)]:
                yield pl.DataFrame(batch, schema=schema, orient="row")


def _numbers_as_text(path: str, line: int, text: str) -> str:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
            raise ConfigError(f"{path}, document in line {line}: key {twice!r} stands twice in one object")
        return found

    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        place = f"line {line + error.lineno - 1}, column {error.colno}"
        raise ConfigError(f"{path}, {place}: {error.msg}; say lines := true where each line is a document") from error
    return json.dumps(found, ensure_ascii=False)


def read_parquet(root: Path, paths: Sequence[str]) -> Frames:
    """Yield the rows of Parquet files, their numbers and dates written as text; `record_line` counts the rows.

    Nested and binary columns, such as sounds, are left out.
    """
    for path in paths:
        try:
            rows = pl.scan_parquet(root / path).select(~(cs.nested() | cs.binary())).cast(pl.String).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ConfigError(f"{path}: cannot be read as Parquet: {error}") from error
        rows = rows.with_row_index("record_line", 1).with_columns(pl.col("record_line").cast(pl.Int64))
        yield rows.with_columns(record_file=pl.lit(path))


@contextmanager
def _opened(root: Path, path: str, encoding: str) -> Iterator[TextIO]:
    """Open a text; UTF-8 may begin with a byte-order mark, which is no part of its first field."""
    try:
        with (root / path).open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            yield file
    except (LookupError, UnicodeError) as error:
        known = "utf-8, utf-16, latin-1 or cp1252"
        raise ConfigError(f"{path} is not in {encoding}: {error}; name its encoding, for example {known}") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


READERS: Mapping[str, Callable[..., Frames]] = {
    "read_table": read_table,
    "read_lines": read_lines,
    "read_json": read_json,
    "read_parquet": read_parquet,
}
