"""Ingest: read, hash, decode and measure the files that are new or changed, and find the copies."""

from pathlib import Path

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed

from curation.audio import witness
from curation.errors import ClipError
from curation.ingest import ingested, part_name, unread
from curation.intake import load_part
from curation.records import COPY_GROUP, INGESTED, empty
from curation.sandbox import Sandbox
from curation.sounds import Unread, failed, inspect
from curation.warehouse import write_part
from flows.run import current
from flows.runner import THREADS


@flow(
    name="ingest",
    flow_run_name="ingest",
    task_runner=THREADS,
    description="Read what has to be read, in batches, and state which clip stands for what.",
)
def ingest() -> None:
    """Read what has to be read, in batches, and state which clip stands for what."""
    run = current()
    settings = run.settings.ingest
    queue = run.narrowed(run.warehouse.query("queues/files_to_ingest", witness=witness(), rehash=run.scope.rehash))
    with (
        run.stage("ingest", queue.height, "files"),
        Sandbox(inspect, settings.worker_count, settings.max_memory_mb, settings.timeout_seconds) as sandbox,
    ):
        parts = [
            read_files.submit(number, batch, sandbox)
            for number, batch in enumerate(queue.iter_slices(settings.batch_size), start=1)
        ]
        for part in as_completed(parts):
            path = part.result()
            load_part(run.warehouse, f"ingest/{path.stem}", pl.read_parquet(path), "derived/load_ingested")
    state_claims()


@task(name="read files", task_run_name="read files, batch {number}", cache_policy=NO_CACHE)
def read_files(number: int, batch: pl.DataFrame, sandbox: Sandbox[Unread, dict[str, object]]) -> Path:
    """Read one batch of files and return the part written."""
    run = current()
    files = unread(batch, run.roots(), run.settings.ingest)
    rows = []
    for file, outcome in zip(files, sandbox.map(files), strict=True):
        rows.append(failed(file, outcome) if isinstance(outcome, ClipError) else outcome)
        run.progress.advance(1)
    return write_part(run.home / "parts" / "ingest", part_name(batch, witness()), ingested(batch, rows), INGESTED)


@task(name="state claims", task_run_name="state claims", cache_policy=NO_CACHE)
def state_claims() -> None:
    """Judge the clips, find the copies among them and keep one of each."""
    run = current()
    with run.warehouse.transaction():
        run.warehouse.execute("derived/candidates", witness=witness(), **run.settings.ingest.thresholds())
        with run.warehouse.registered("grouped", empty(COPY_GROUP)):
            run.warehouse.execute("derived/claims")
