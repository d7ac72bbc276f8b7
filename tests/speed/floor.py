"""Floors: the work on the sounds alone, in a bare loop over as many processes, and a bare start of Prefect's API."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from curation.sandbox import CHUNK, ENVIRONMENT
from curation.settings import Settings
from curation.sounds import Unread, Unrendered, inspect, render
from flows.api import SETTINGS

Item = TypeVar("Item")
Result = TypeVar("Result")


def inspect_all(settings: Settings, paths: Sequence[Path]) -> tuple[float, list[str]]:
    """Return the seconds of decoding, hashing and measuring files, and their clip ids."""
    limits = settings.ingest
    files = [Unread(str(path), None, limits.max_seconds, limits.max_file_mb * 2**20) for path in paths]
    clip_ids: list[str] = []
    seconds = _timed(inspect, files, limits.worker_count, lambda row: clip_ids.append(str(row["clip_id"])))
    return seconds, clip_ids


def render_all(settings: Settings, paths: Sequence[Path], clip_ids: Sequence[str]) -> float:
    """Return the seconds of rendering clips for a release."""
    limits, lufs = settings.ingest, settings.release.loudness_lufs
    pairs = zip(paths, clip_ids, strict=True)
    clips = [Unrendered(str(path), clip_id, limits.max_seconds, lufs) for path, clip_id in pairs]
    return _timed(render, clips, limits.worker_count, len)


def bare_start() -> float:
    """Return the seconds of a program that starts Prefect's API, runs an empty flow and ends."""
    script = "from prefect import flow\nflow(lambda: None, name='nothing')()"
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, env=SETTINGS | os.environ, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _timed(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int, take: Callable[[Result], object]
) -> float:
    """Run a function over items and hand its results on, in order; the time leaves out the start of the processes."""
    with _as_in_the_sandbox(), get_context("spawn").Pool(workers) as pool:
        pool.map(function, items[:workers], chunksize=1)
        started = time.perf_counter()
        for result in pool.imap(function, items, chunksize=CHUNK):
            take(result)
        return time.perf_counter() - started


@contextmanager
def _as_in_the_sandbox() -> Iterator[None]:
    """Let processes start with what the sandbox sets: without it the floor would be twice as high."""
    before = dict(os.environ)
    os.environ |= ENVIRONMENT
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
