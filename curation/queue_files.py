"""Queue files: questions as CSV and as JSON lines, which people fill in, and their replies read back."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from curation.errors import ConfigError, nearest
from curation.verification import REPLY

# What a question shows, by its kind. Who is to say what they hear is shown no class, speaker, file or fact.
SHOWN = {
    "record": ("source", "entity", "attribute", "value", "reasons", "facts", "rules"),
    "identity": ("source", "entity", "path", "references"),
    "voices": ("source", "path"),
    "words": ("source", "path", "attribute", "words", "transcript"),
    "quality": ("source", "path"),
    "hearing": ("attribute", "sound"),
}
_QUESTION = tuple(dict.fromkeys(("kind", *(name for names in SHOWN.values() for name in names), "choices")))

# A spreadsheet takes a cell that begins so for a formula, unless an apostrophe stands before it.
_FORMULA = tuple("=+-@\t\r\n'")


def write_queue(folder: Path, kind: str, rows: pl.DataFrame) -> None:
    """Write questions of one kind as KIND.csv and KIND.jsonl, with columns for the replies.

    `rows` have question_id, and as far as they are known choices, what a question of the kind shows, and the reply.
    """
    names = ["question_id", "kind", *SHOWN[kind], "choices", *(name for name in REPLY if name != "question_id")]
    absent = [pl.lit(None).alias(name) for name in names if name not in rows.columns]
    filled = rows.with_columns(*absent).with_columns(kind=pl.lit(kind)).select(names)
    with (folder / f"{kind}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in filled.iter_rows())
    with (folder / f"{kind}.jsonl").open("w", encoding="utf-8", newline="") as file:
        file.writelines(json.dumps(row) + "\n" for row in filled.iter_rows(named=True))


def _cell(value: object) -> str:
    text = "\n".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(cell: str) -> str | None:
    is_quoted = cell.startswith("'") and cell[1:].startswith(_FORMULA)
    return (cell[1:] if is_quoted else cell) or None


def read_queue(path: Path) -> pl.DataFrame:
    """Return the replies in a CSV or JSON lines file (REPLY, all of it text, with file and line).

    What the questions showed is left out. Raises ConfigError for a file that is neither, and for an unknown column.
    """
    try:
        rows = list(_json_rows(path) if path.suffix.lower() == ".jsonl" else _csv_rows(path))
    except (OSError, UnicodeError, csv.Error) as error:
        raise ConfigError(f"answers file {path}: {error}; expected a CSV file, or JSON lines named .jsonl") from error
    schema = {"file": pl.String, "line": pl.Int64, **dict.fromkeys(REPLY, pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        names = next(reader, [])
        _check_columns(path, 1, names)
        line = reader.line_num + 1
        for row in reader:
            if len(row) not in (0, len(names)):
                raise ConfigError(f"answers file {path}: line {line}: found {len(row)} fields, expected {len(names)}")
            if row:
                yield _reply(path, line, dict(zip(names, map(_text, row), strict=True)))
            line = reader.line_num + 1


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except ValueError as error:
                raise ConfigError(f"answers file {path}: line {line}: {error}") from error
            if not isinstance(row, dict):
                raise ConfigError(f"answers file {path}: line {line}: expected an object, found {text.strip()[:60]!r}")
            _check_columns(path, line, list(row))
            for name in REPLY:
                if not isinstance(row.get(name), str | int | float | None) or isinstance(row.get(name), bool):
                    raise ConfigError(
                        f"answers file {path}: line {line}, column {name}: expected text, found {row[name]!r}"
                    )
            yield _reply(path, line, {name: None if value is None else str(value) for name, value in row.items()})


def _reply(path: Path, line: int, row: dict[str, str | None]) -> dict[str, Any]:
    for name in REPLY:
        (row.get(name) or "").encode()  # JSON may hold halves of characters, which no text has
    return {"file": str(path), "line": line, **{name: row.get(name) or None for name in REPLY}}


def _check_columns(path: Path, line: int, names: Sequence[str]) -> None:
    for name in ("question_id", "annotator", "answered_at", "choice"):
        if name not in names:
            found = ", ".join(names) or "nothing"
            raise ConfigError(
                f"answers file {path}: line {line}: no column {name}{nearest(name, names)}; found {found}"
            )
    for name in names:
        if name not in REPLY and name not in _QUESTION:
            known = ", ".join(REPLY)
            raise ConfigError(
                f"answers file {path}: line {line}: unknown column {name!r}{nearest(name, REPLY)}; known are {known}"
            )
