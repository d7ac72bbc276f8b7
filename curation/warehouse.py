"""The warehouse: one DuckDB file, one writing process, SQL in files.

Parts (Parquet, under home/parts) are the truth of what was computed; the database can be rebuilt
from them and the sources. Readers open a copy that is replaced whole, because DuckDB lets no
second process open a database that is being written.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self

import duckdb
import polars as pl

from curation.errors import ConfigError, CurationError
from curation.home import SPILL, synchronise
from curation.records import Schema, empty, shaped

FOLDER = Path(__file__).resolve().parents[1] / "warehouse"

# The working set of a query; larger ones spill to home/spill. The memory of a rebuild must not
# grow with the number of clips.
MEMORY_LIMIT = "128MB"


class Warehouse:
    """An open database, migrated to the newest schema."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Wrap an open connection; use `writing` or `reading` to get one."""
        self.path = path
        self._connection = connection
        self._scratch: Path | None = None
        self._parameters: AbstractSet[str] = frozenset()

    @classmethod
    def writing(cls, home: Path) -> Self:
        """Open home's database for writing; create or migrate it. Only for the process that holds home."""
        shutil.rmtree(home / SPILL, ignore_errors=True)  # what a killed run left
        (home / SPILL).mkdir(parents=True)
        path = home / "warehouse.duckdb"
        if not path.exists():
            cls._create(path)
        warehouse = cls(path, _connect(path, home, read_only=False))
        # frames on their way into the database hold records, which must not be left outside home
        warehouse._scratch = home / SPILL
        warehouse._migrate()
        return warehouse

    @classmethod
    def _create(cls, path: Path) -> None:
        """Put a new database in place in one step: DuckDB cannot open one that is half made."""
        staged = path.with_suffix(".staged")
        path.parent.mkdir(parents=True, exist_ok=True)
        for left_over in (staged, Path(f"{staged}.wal"), Path(f"{path}.wal")):
            left_over.unlink(missing_ok=True)
        with cls(staged, _connect(staged, path.parent, read_only=False)) as warehouse:
            warehouse._migrate()
            warehouse._execute("checkpoint")
        staged.replace(path)

    @staticmethod
    def is_readable(home: Path) -> bool:
        """Return whether a rebuild has begun in home, so that there is a snapshot to read."""
        return (home / "snapshot.duckdb").exists()

    @classmethod
    def reading(cls, home: Path) -> Self:
        """Open the latest snapshot; ConfigError if there is none yet."""
        path = home / "snapshot.duckdb"
        if not cls.is_readable(home):
            raise ConfigError(f"{home}: nothing has been rebuilt here yet; run `make rebuild-dataset` first")
        warehouse = cls(path, _connect(path, home, read_only=True))
        warehouse._applied()
        return warehouse

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the warehouse itself; it closes at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self.close()

    def query(self, name: str, **parameters: object) -> pl.DataFrame:
        """Return the rows of warehouse/NAME.sql, for example `queues/files_to_ingest`.

        The file reads a parameter as `getvariable('name')`, so that it can also be run by hand.
        """
        with self._translating():
            return self._run(name, parameters).pl()

    def batches(self, name: str, rows: int, **parameters: object) -> Iterator[pl.DataFrame]:
        """Yield the rows of warehouse/NAME.sql in frames of at most `rows`; the first is empty and carries the columns.

        No other statement may run on this warehouse until the last frame has been taken.
        """
        reader = self._run(name, parameters).to_arrow_reader(rows)
        yield pl.DataFrame(reader.schema.empty_table())
        with self._translating():
            for batch in reader:
                yield pl.DataFrame(batch)

    def execute(self, name: str, **parameters: object) -> None:
        """Run warehouse/NAME.sql, which changes tables."""
        self._run(name, parameters)

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        return int(self._connection.table(table).count("*").fetchall()[0][0])

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the frame's rows to a table, column by name."""
        if frame.is_empty():
            return
        columns = ", ".join(f'"{column}"' for column in frame.columns)
        with self.registered("incoming", frame):
            # the names are this project's own, never a source's
            self._execute(f'insert into "{table}" ({columns}) select {columns} from incoming')  # noqa: S608

    @contextmanager
    def registered(self, name: str, rows: pl.DataFrame | Path) -> Iterator[None]:
        """Let queries see a frame, or a Parquet file, as a table during the block."""
        with ExitStack() as stack:
            if isinstance(rows, pl.DataFrame):
                # Handing over a frame itself would load pandas: half a second, and 60 MB for good.
                file = stack.enter_context(NamedTemporaryFile(dir=self._scratch, suffix=".parquet"))
                rows.write_parquet(file.name)
                rows = Path(file.name)
            self._execute(f"create or replace temp view {name} as from read_parquet({_literal(str(rows))})")
            yield
            self._execute(f"drop view if exists {name}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block does, or nothing of it."""
        self._execute("begin")
        try:
            yield
        except BaseException:
            self._execute("rollback")
            raise
        self._execute("commit")

    def failed_checks(self) -> dict[str, pl.DataFrame]:
        """Return the offending rows by the name of each check in warehouse/checks that has any."""
        found = {path.stem: self.query(f"checks/{path.stem}") for path in sorted((FOLDER / "checks").glob("*.sql"))}
        return {name: rows for name, rows in found.items() if not rows.is_empty()}

    def snapshot(self) -> None:
        """Give readers the present state: a copy of the file, put in place in one step."""
        self._execute("checkpoint")
        target = self.path.with_name("snapshot.duckdb")
        staged = target.with_suffix(".staged")
        shutil.copyfile(self.path, staged)
        staged.replace(target)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Say in one line what the disk or the memory does not allow; a mistake in SQL stays DuckDB's error."""
        try:
            yield
        except (duckdb.OperationalError, duckdb.FatalException) as error:
            reason = str(error).splitlines()[0]
            raise CurationError(f"{self.path}: {reason}; nothing is lost, call it again once that is mended") from error

    def _execute(self, statement: str) -> duckdb.DuckDBPyConnection:
        with self._translating():
            return self._connection.execute(statement)

    def _run(self, name: str, parameters: dict[str, object]) -> duckdb.DuckDBPyConnection:
        # What an earlier statement was given is not for this one; until now rows of its answer may have been read.
        for parameter in self._parameters - parameters.keys():
            self._execute(f"reset variable {parameter}")
        for parameter, value in parameters.items():
            self._execute(f"set variable {parameter} = {_literal(value)}")
        self._parameters = parameters.keys()
        return self._execute(_sql(name))

    def _migrate(self) -> None:
        """Apply the numbered files of warehouse/schema that are new, each with the record that it was."""
        self._execute("create table if not exists migrations (name varchar not null, sha256 varchar not null)")
        applied = self._applied()
        for name, sha256 in _schema().items():
            if name not in applied:
                with self.transaction():
                    self._execute(_sql(f"schema/{name}"))
                    self.append("migrations", pl.DataFrame({"name": [name], "sha256": [sha256]}))

    def _applied(self) -> set[str]:
        """Return the files of warehouse/schema that made this database; ConfigError if one differs from today's."""
        table = self._connection.table("migrations")
        made = {name: sha256 for name, sha256, *_ in table.fetchall()} if "sha256" in table.columns else {"all": ""}
        if others := sorted(name for name, sha256 in made.items() if _schema().get(name) != sha256):
            raise ConfigError(
                f"{self.path}: made by another version of the project (schema {others[0]}); use that one, or delete "
                "the file: the next rebuild makes it again from parts and sources"
            )
        return set(made)


def _schema() -> dict[str, str]:
    """Return the SHA-256 of each file of warehouse/schema, in the order in which they apply."""
    names = sorted(path.stem for path in (FOLDER / "schema").glob("*.sql"))
    return {name: hashlib.sha256(_sql(f"schema/{name}").encode()).hexdigest() for name in names}


@cache
def _sql(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def _literal(value: object) -> str:
    """Write a parameter as SQL; binding it would load pandas too."""
    match value:
        case None:
            return "null"
        case bool() | int():
            return repr(value)
        case float():
            return f"{value!r}::double"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case list():
            return f"[{', '.join(map(_literal, value))}]::varchar[]"
    raise TypeError(f"a query's parameter is of type {type(value).__name__}")


def _connect(path: Path, home: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    settings = {"memory_limit": MEMORY_LIMIT, "threads": "2", "temp_directory": str(home / SPILL)}
    try:
        return duckdb.connect(str(path), read_only=read_only, config=dict(settings))
    except duckdb.IOException as error:
        remedy = "if no other program has it open, delete it: the next rebuild makes it again from parts and sources"
        raise CurationError(f"{path}: cannot be opened: {error}; {remedy}") from error


def write_part(folder: Path, name: str, frame: pl.DataFrame, schema: Schema, modified_ns: int | None = None) -> Path:
    """Write one part atomically: readers and a restarted run see it whole or not at all.

    `modified_ns` is its time of modification, if not now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f".{name}.staged"
    shaped(frame, schema).write_parquet(staged, compression="zstd", statistics=False)
    if modified_ns is not None:
        os.utime(staged, ns=(modified_ns, modified_ns))
    synchronise(staged)
    path = folder / f"{name}.parquet"
    staged.replace(path)
    return path


def read_parts(paths: list[Path], schema: Schema) -> pl.DataFrame:
    """Return the rows of parts, in the order of their paths."""
    return pl.concat([pl.read_parquet(path) for path in paths]) if paths else empty(schema)
