"""Run a source's SQL where it can read its corpus and do nothing else.

A query sees the files below the source's root through the readers in warehouse/readers, by paths relative
to it, and one table, `files`, with the `path` of each. DuckDB itself opens no file: a query sees no other
file, link target, network, setting or Python variable, and no reader that guesses.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from curation.errors import ConfigError, nearest
from curation.readers import READERS, matching
from curation.warehouse import FOLDER

MEMORY_LIMIT = "512MB"

# Stands in a line of its own above the query, which a message therefore shows alone, one line too far.
_MATERIALISE = "create temp table result as"

# How to have a reader's call evaluated; the call takes the place of the null.
_ASKING = "select asked, md5(asked::varchar) from (select null as asked)"

# They write a number in their own way: 1.50 becomes 1.5. read_json hands numbers on as strings.
_TAKES_JSON_APART = re.compile(r"->>?|from_json.*|json_(extract|value|transform|each|tree).*")


def query(file: Path, sql: str, root: Path, paths: pl.Series, columns: Mapping[str, str]) -> pl.DataFrame:
    """Return the rows of the one SELECT in `sql`, all of them text, in the columns named.

    `file` is where the SQL stands, for messages; `columns` says of each column what it holds. Raises
    ConfigError for whatever DuckDB or a reader refuses and for columns that are missing, unknown or not text.
    """
    with tempfile.TemporaryDirectory(prefix="curation-") as spill, duckdb.connect(":memory:") as connection:
        try:
            statements = connection.extract_statements(f"\n{sql}")
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                found = ", ".join(statement.type.name for statement in statements) or "nothing"
                raise ConfigError(f"{file}: expected one SELECT statement, found {found}")
            _confine(connection, spill)
            _load(connection, "files", Path(spill) / "files", [paths.alias("path").to_frame()])
            _read_files(connection, Path(spill), file, sql, root.resolve(), paths.to_list())
            # A table can spill to disk, and hands its rows on without pyarrow.
            connection.execute(f"{_MATERIALISE}\n{sql}")
            result = connection.table("result")
            _check_columns(file, result.columns, columns)
            rows = pl.DataFrame(result)
        except duckdb.Error as error:
            raise ConfigError(_explained(file, str(error))) from error
    return _as_text(file, rows.select(columns.keys()))


def _confine(connection: duckdb.DuckDBPyConnection, spill: str) -> None:
    """Leave DuckDB its own folder, and no file, network or variable of Python's, which are tables to it as well."""
    connection.execute("set memory_limit = ?", [MEMORY_LIMIT])
    connection.execute("set temp_directory = ?", [spill])
    # Rows keep the order of the files.
    connection.execute("set threads = 1")
    connection.execute("set preserve_insertion_order = true")
    connection.execute("set allowed_directories = ?", [[f"{spill}/"]])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _load(connection: duckdb.DuckDBPyConnection, name: str, folder: Path, frames: Iterable[pl.DataFrame]) -> None:
    """Make a table of frames, by way of files, since registering a frame loads pandas and pyarrow."""
    folder.mkdir()
    files = []
    for number, frame in enumerate(frames):
        files.append(str(folder / f"{number}.parquet"))
        frame.write_parquet(files[-1])
    connection.read_parquet(files, union_by_name=True).create(name)


def _read_files(
    connection: duckdb.DuckDBPyConnection, spill: Path, file: Path, sql: str, root: Path, paths: list[str]
) -> None:
    """Read what the query's readers ask for, and define them as the tables of what was read."""
    for definition in sorted((FOLDER / "readers").glob("*.sql")):
        connection.execute(definition.read_text(encoding="utf-8"))
    known = set()
    for line, call in _reader_calls(connection, file, sql):
        try:
            asked, name = connection.execute(call).fetchall()[0]
            if name not in known:
                known.add(name)
                _load(connection, name, spill / name, _frames(asked, root, paths))
        except (ConfigError, duckdb.Error) as error:
            finding = re.split(r"^LINE \d+: ", str(error), maxsplit=1, flags=re.MULTILINE)[0].strip()
            raise ConfigError(f"{file}:{line}: {finding}") from error


def _frames(asked: dict[str, Any], root: Path, paths: list[str]) -> Iterator[pl.DataFrame]:
    options = {option: value for option, value in asked.items() if value is not None}
    reader, file = READERS[options.pop("reader")], options.pop("file", None)
    named = file if isinstance(file, list) else [file]
    if not named or not all(isinstance(pattern, str) for pattern in named):
        raise ConfigError(f"expected the name of a file, a pattern or a list of them, found {file!r}")
    return reader(root, [path for pattern in named for path in matching(pattern, root, paths)], **options)


def _reader_calls(connection: duckdb.DuckDBPyConnection, file: Path, sql: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each call of a reader, and the statement that evaluates what it asks for."""
    functions = list(_functions(_parsed(connection, sql)))
    names = {node["function_name"] for node in functions}
    apart = sorted(name for name in names if _TAKES_JSON_APART.fullmatch(name))
    if apart and "read_json" not in names:
        raise ConfigError(f"{file}: {apart[0]} would rewrite the numbers of JSON: read it with read_json('FILE')")
    asking = _parsed(connection, _ASKING)
    for node in functions:
        if node["function_name"] in READERS:
            line = sql.encode()[: node["query_location"]].count(b"\n") + 1
            if any(child["class"] == "COMPARISON" for child in node["children"]):
                raise ConfigError(f"{file}:{line}: an option of a reader is given as `option := value`, not with =")
            # In a list of expressions, as opposed to after `from`, a call says what is asked for.
            inner = asking["statements"][0]["node"]["from_table"]["subquery"]["node"]
            inner["select_list"] = [{**node, "alias": "asked"}]
            yield line, connection.execute("select json_deserialize_sql(?)", [json.dumps(asking)]).fetchall()[0][0]


def _parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    (text,) = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()[0]
    tree: dict[str, Any] = json.loads(text)
    return tree


def _functions(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if tree.get("class") == "FUNCTION":
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from _functions(branch)


def _check_columns(file: Path, found: list[str], columns: Mapping[str, str]) -> None:
    for name, holds in columns.items():
        if name not in found:
            raise ConfigError(
                f"{file}: no column {name} ({holds}){nearest(name, found)}; found {', '.join(found)}; "
                f"write `null as {name}` where the corpus does not say"
            )
    extra = [name for name in found if name not in columns]
    if extra:
        known = ", ".join(columns)
        raise ConfigError(f"{file}: unknown column {extra[0]}{nearest(extra[0], columns)}; known are {known}")


def _as_text(file: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """Refuse whatever DuckDB has read as anything but text; a bare `null` has a type of its own."""
    for name, dtype in rows.schema.items():
        if dtype != pl.String and rows[name].null_count() < rows.height:
            raise ConfigError(
                f"{file}: column {name} is {dtype}, expected text (VARCHAR); a number that you compute, cast to varchar"
            )
    return rows.cast(pl.String)


def _explained(file: Path, message: str) -> str:
    """Say where in the SQL, and what DuckDB says of it; what it means where DuckDB's words do not tell."""
    finding, *excerpt = re.split(r"^LINE (\d+): ", message, maxsplit=1, flags=re.MULTILINE)
    finding = finding.strip()
    if finding.startswith("Permission Error"):
        finding = f"{finding}\nA query reads files by {', '.join(READERS)}; their names are in the table `files`"
    elif "unnamed_query" in finding:
        # DuckDB 1.5 loses a macro's table between `from` and `unpivot` unless it has a name.
        finding = f"{finding}\nGive what is unpivoted a name: from read_table(...) as t unpivot ..."
    elif finding.startswith("Binder Error: Referenced column"):
        finding = f"{finding}\nIf the file has it, say how it is written, for example read_table(..., delim := ';')"
    if not excerpt:
        return f"{file}: {finding}"
    number, text = excerpt
    return f"{file}:{int(number) - 1}: {finding}\n{text.splitlines()[0].strip()}"
