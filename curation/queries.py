"""Run a source's SQL where it can read its corpus and do nothing else.

A query sees the files below the source's root, by paths relative to it, and one table, `files`,
with the `path` of each; it sees no other file, link target, network, setting or Python variable.
"""

import contextlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from curation.errors import ConfigError, nearest

# Every open CSV file takes a buffer of 30 MB, however short it is, and a query may read a dozen.
MEMORY_LIMIT = "512MB"

# Stands in a line of its own above the query, which a message therefore shows alone, one line too far.
_MATERIALISE = "create temp table result as"


def query(file: Path, sql: str, root: Path, paths: pl.Series, columns: Mapping[str, str]) -> pl.DataFrame:
    """Return the rows of the one SELECT in `sql`, all of them text, in the columns named.

    `file` is where the SQL stands, for messages; `columns` says of each column what it holds. The
    working folder is the root meanwhile, so that relative paths work: not to be called from threads.
    Raises ConfigError for whatever DuckDB refuses and for columns that are missing, unknown or not text.
    """
    if re.search(r"\bignore_errors\b", sql):
        raise ConfigError(f"{file}: ignore_errors drops rows in silence; describe the file's dialect instead")
    real = root.resolve()
    with (
        tempfile.TemporaryDirectory(prefix="curation-") as spill,
        contextlib.chdir(real),
        duckdb.connect(":memory:") as connection,
    ):
        _confine(connection, real, Path(spill), paths)
        try:
            statements = connection.extract_statements(f"\n{sql}")
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                found = ", ".join(statement.type.name for statement in statements) or "nothing"
                raise ConfigError(f"{file}: expected one SELECT statement, found {found}")
            # A table can spill to disk, and hands its rows on without pyarrow.
            connection.execute(f"{_MATERIALISE}\n{sql}")
            result = connection.table("result")
            _check_columns(file, result.columns, columns)
            rows = pl.DataFrame(result)
        except duckdb.Error as error:
            raise ConfigError(_explained(file, str(error))) from error
    return _as_text(file, rows.select(columns.keys()))


def _confine(connection: duckdb.DuckDBPyConnection, root: Path, spill: Path, paths: pl.Series) -> None:
    # Through a file, since registering a frame loads pandas and pyarrow.
    paths.alias("path").to_frame().write_parquet(spill / "files.parquet")
    connection.read_parquet(str(spill / "files.parquet")).create("files")
    for setting, value in {
        "memory_limit": _quoted(MEMORY_LIMIT),
        "temp_directory": _quoted(str(spill)),
        "threads": "1",
        # Row numbers are lines of a record file only while rows keep the file's order.
        "preserve_insertion_order": "true",
        "python_enable_replacements": "false",
        # DuckDB resolves links before it compares.
        "allowed_directories": f"[{_quoted(f'{root}/')}]",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }.items():
        connection.execute(f"set {setting} = {value}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
                f"{file}: column {name} is {dtype}, expected text (VARCHAR): read the file as text "
                "(all_varchar = true), so that nothing is reinterpreted; a number that you compute, cast to varchar"
            )
    return rows.cast(pl.String)


def _explained(file: Path, message: str) -> str:
    """Say where in the SQL, and what DuckDB says of it; what it means where DuckDB's words do not tell."""
    finding, *excerpt = re.split(r"^LINE (\d+): ", message, maxsplit=1, flags=re.MULTILINE)
    # What follows are dozens of options, some of which drop rows.
    finding = re.split(r"^Possible ", finding, maxsplit=1, flags=re.MULTILINE)[0].strip()
    if finding.startswith("Permission Error: Cannot access file"):
        finding = f"outside the source's root, or through a link that leaves it: {finding}"
    elif "Invalid unicode" in finding and "value construction" in finding:
        finding = f"a file name is not UTF-8; list files with the table `files` instead of glob: {finding}"
    elif finding.startswith("Binder Error: Referenced column"):
        finding = f"{finding}\nIf the file has it, say how to read the file: header = true, delim = ',', quote = '\"'"
    elif "not utf-8 encoded" in finding:
        finding = f"{finding}\nName its encoding: read_csv(..., encoding = 'latin-1')"
    if not excerpt:
        return f"{file}: {finding}"
    number, text = excerpt
    return f"{file}:{int(number) - 1}: {finding}\n{text.splitlines()[0].strip()}"
