"""Floors: the work on the sounds alone, in bare loops over as many processes, and a bare start of Prefect's API."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import duckdb
import polars as pl

from curation.copies import PAGE, Comparison, compare
from curation.sandbox import CHUNK, ENVIRONMENT
from curation.settings import Settings
from curation.shards import write_shard
from curation.sounds import Unread, Unrendered, inspect, render
from flows.api import SETTINGS

ROOT = Path(__file__).parents[2]

Item = TypeVar("Item")
Result = TypeVar("Result")


def inspect_all(settings: Settings, paths: Sequence[Path]) -> tuple[float, list[str]]:
    """Return the seconds of decoding, hashing and measuring files, and their clip ids."""
    limits = settings.ingest
    files = [Unread(str(path), None, limits.max_seconds, limits.max_file_mb * 2**20) for path in paths]
    clip_ids: list[str] = []
    seconds = _timed(inspect, files, limits.worker_count, lambda row: clip_ids.append(str(row["clip_id"])))
    return seconds, clip_ids


def compare_all(settings: Settings) -> float:
    """Return the seconds of comparing all clips of a home with each other, page by page, as its rebuild did."""
    with duckdb.connect(str(settings.home / "snapshot.duckdb"), read_only=True) as warehouse:
        clips = pl.DataFrame(
            warehouse.execute(
                "select clip_id, part from fingerprints join claims using (clip_id) order by path"
            ).fetchall(),
            schema=["clip_id", "part"],
            orient="row",
        )
    pages = list(clips.iter_slices(PAGE["clips"]))
    parts = settings.home / "parts"
    comparisons = [
        Comparison(parts, page, known) for number, page in enumerate(pages) for known in (None, *pages[:number])
    ]
    return _timed(compare, comparisons, settings.ingest.worker_count, len, chunk=1)


def publish_all(settings: Settings, paths: Sequence[Path], clip_ids: Sequence[str], folder: Path) -> float:
    """Return the seconds of rendering clips and writing them to the audio files of a release."""
    limits, release = settings.ingest, settings.release
    pairs = zip(paths, clip_ids, strict=True)
    clips = [Unrendered(str(path), clip_id, limits.max_seconds, release.loudness_lufs) for path, clip_id in pairs]
    waiting: list[tuple[str, bytes]] = []

    def take(sound: bytes) -> None:
        waiting.append((f"{len(waiting):024x}", sound))
        if len(waiting) == release.clips_per_shard:
            write_shard(folder, "test", 0, waiting)
            waiting.clear()

    return _timed(render, clips, limits.worker_count, take)


def bare_start() -> float:
    """Return the seconds of a program that starts Prefect's API, runs an empty flow and ends."""
    script = "from prefect import flow\nflow(lambda: None, name='nothing')()"
    environment = SETTINGS | os.environ | {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def set_up() -> float:
    """Return the seconds that `make` takes to find its environment made."""
    started = time.perf_counter()
    ready = min((ROOT / ".venv").glob("ready-*")).relative_to(ROOT)
    subprocess.run(["make", "--directory", str(ROOT), str(ready)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _timed(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int,
    take: Callable[[Result], object],
    chunk: int = CHUNK,
) -> float:
    """Run a function over items and hand its results on, in order; the time leaves out the start of the processes."""
    with as_in_the_sandbox(), get_context("spawn").Pool(workers) as pool:
        pool.map(function, items[:workers], chunksize=1)
        started = time.perf_counter()
        for result in pool.imap(function, items, chunksize=chunk):
            take(result)
        return time.perf_counter() - started


@contextmanager
def as_in_the_sandbox() -> Iterator[None]:
    """Let processes start with what the sandbox sets: without it the floor would be twice as high."""
    before = dict(os.environ)
    os.environ |= ENVIRONMENT
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
