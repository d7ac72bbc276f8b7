"""Rebuilds of the real corpus with errors planted, and what the pipeline says of it.

The models hear all sounds once, for what they hear follows from a sound alone. Everything else is made anew for each
corpus, from a home in which nothing was ever settled: whatever was trained or fitted on the corpus without the errors
would not be told of them.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import duckdb
import polars as pl

from flows.scope import STAGES
from tests.prefect_server import prefect_server
from tests.quality.record_files import READ_SENTENCES, SURVEY, Files, write
from tests.workbench import Workbench

SOURCES = (READ_SENTENCES, SURVEY, "arabic_speech_commands")
HEARING = STAGES[: STAGES.index("ground")]
PROCESSES = 2


@dataclass(frozen=True)
class Rebuilt:
    """What the warehouse holds after a rebuild: its tables, or the columns of them that are counted here."""

    labels: pl.DataFrame
    claims: pl.DataFrame
    copies: pl.DataFrame
    evidence: pl.DataFrame
    rejections: pl.DataFrame
    targets: pl.DataFrame
    voices: pl.DataFrame
    questions: pl.DataFrame
    skills: pl.DataFrame


_TABLES = {
    "labels": "select clip_id, source, entity, attribute, verdict, reasons, confidence, fact_ids from labels"
    " order by clip_id, attribute",
    "claims": "select clip_id, source, entity, path from claims order by clip_id",
    "copies": "select clip_id, source, path from copies order by source, path",
    "evidence": 'select source, entity, attribute, "values" from evidence order by all',
    "rejections": "select subject as clip_id, reason from rejections where kind = 'clip' order by all",
    "targets": "select clip_id, start_seconds, end_seconds from targets order by clip_id",
    "voices": "select clip_id, vector from voices where voice = 1 order by clip_id",
    "questions": "select kind, source, entity, clip_id, attribute, fact_ids, is_audit from questions"
    " order by worth desc nulls last, question_id",
    "skills": "select attribute, witness, skill, low, high, is_used from skills where held_out = 'speakers'"
    " order by all",
}

# TODO: remove, with what reads it, when these tables are there
_ABSENT: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "questions": {
        **dict.fromkeys(("kind", "source", "entity", "clip_id", "attribute"), pl.String),
        "fact_ids": pl.List(pl.String),
        "is_audit": pl.Boolean,
    },
    "skills": {
        **dict.fromkeys(("attribute", "witness"), pl.String),
        **dict.fromkeys(("skill", "low", "high"), pl.Float64),
        "is_used": pl.Boolean,
    },
}


def read(home: Path) -> Rebuilt:
    """Return what the warehouse of a home holds, in an order that is always the same."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return Rebuilt(**{name: _read(connection, name) for name in _TABLES})


def _read(connection: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    try:
        return connection.execute(_TABLES[name]).pl()
    except duckdb.CatalogException:
        return pl.DataFrame(schema=_ABSENT[name])


class Rebuilds:
    """A copy of the corpus in which sounds may be planted, and processes that rebuild it with other record files."""

    def __init__(self, folder: Path, pool: ProcessPoolExecutor) -> None:
        self.corpus = folder / "corpus"
        self._folder = folder
        self._pool = pool

    def hear(self, listings: Sequence[Files]) -> None:
        """Have the models hear all sounds that are listed; what follows begins there."""
        self._pool.submit(_hear, self._folder, listings).result()

    def each(self, corpora: Iterable[Files]) -> Iterator[Rebuilt]:
        """Yield what the pipeline says with each of these record files, in their order."""
        return self._pool.map(partial(_rebuilt, self._folder), corpora)


@contextmanager
def rebuilding(corpus: Path) -> Iterator[Rebuilds]:
    with tempfile.TemporaryDirectory(prefix="curation-planted-") as temporary:
        folder = Path(temporary)
        for source in SOURCES:
            _copy(corpus / source, folder / "corpus" / source)
        environment = {
            "CURATION_KEY": "an open key for benchmarks, which publish nothing",
            "PREFECT_HOME": str(folder / "prefect"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        with (
            patch.dict(os.environ, environment),
            prefect_server(folder / "server"),
            ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool,
        ):
            yield Rebuilds(folder, pool)


def _copy(source: Path, target: Path) -> None:
    """Copy what lies in a folder, but not who may write it: the corpus may be read only."""
    for path in source.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _hear(folder: Path, listings: Sequence[Files]) -> None:
    bench = _bench(folder, "")
    for files in listings:
        write(files, folder / "corpus")
        for stage in HEARING:
            bench.rebuild(stage=stage)
    bench.home.rename(folder / "heard")


def _rebuilt(folder: Path, files: Files) -> Rebuilt:
    bench = _bench_of_process(folder)
    write(files, bench.folder / "corpus")
    shutil.copytree(bench.folder / "heard", bench.home)
    # to render and write what is accepted takes longer than all the rest, and adds nothing to what is counted
    with patch("flows.rebuild.release"):
        bench.rebuild()
    found = read(bench.home)
    shutil.rmtree(bench.home)
    return found


@cache
def _bench_of_process(folder: Path) -> Workbench:
    """Return a bench of this process's own, whose home knows the files of its copy of the corpus."""
    own = folder / f"process {os.getpid()}"
    shutil.copytree(folder / "corpus", own / "corpus")
    bench = _bench(own, "[ingest]\nworkers = 1\n[segment]\nworkers = 1")
    shutil.copytree(folder / "heard", bench.home)
    bench.rebuild(stage="ingest")
    bench.home.rename(own / "heard")
    return bench


def _bench(folder: Path, settings: str) -> Workbench:
    return Workbench(folder, {source: folder / "corpus" / source for source in SOURCES}, settings)
