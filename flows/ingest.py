"""Ingest: read, hash, decode and measure the files that are new or changed, and find the copies."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed

from curation.copies import PAGE, VERSION, Comparison, compare, copy_groups
from curation.errors import ClipError, CurationError
from curation.ingest import ingested, part_name, unread
from curation.intake import PARTS_AT_ONCE, load_parts
from curation.records import INGESTED
from curation.sandbox import Sandbox
from curation.sounds import Unread, failed, inspect, witness
from curation.warehouse import write_part
from flows.run import Run, batches, current
from flows.runner import THREADS

# Bytes of files in a batch, so that the fingerprints of long recordings do not fill the memory.
BATCH_BYTES = 256_000_000
# Comparisons handed out at a time, which bound memory as the size of a page does.
COMPARISONS = 32
_COMPARING_MB, _COMPARING_SECONDS = 2_048, 600.0


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
    queue = run.unread()
    with (
        run.stage("ingest", queue.height, "files"),
        Sandbox(inspect, settings.worker_count, settings.max_memory_mb, settings.timeout_seconds) as sandbox,
    ):
        weighed = queue.with_columns(weight=pl.max_horizontal(1, pl.col("size") * settings.batch_size // BATCH_BYTES))
        parts = [
            read_files.submit(number, batch.drop("weight"), sandbox)
            for number, batch in enumerate(batches(weighed, settings.batch_size), start=1)
        ]
        written = (part.result() for part in as_completed(parts))
        while paths := list(islice(written, PARTS_AT_ONCE)):
            load_parts(run.warehouse, paths)
            run.warehouse.snapshot()
    find_copies()
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


@task(name="find copies", task_run_name="find copies", cache_policy=NO_CACHE)
def find_copies() -> None:
    """Judge the clips, and compare those that are new with each other and with all before them."""
    run = current()
    warehouse = run.warehouse
    with warehouse.transaction():
        warehouse.execute("derived/candidates", witness=witness(), **run.settings.ingest.thresholds())
        warehouse.execute("derived/forget_comparisons", version=VERSION)
    warehouse.execute("derived/pages", **PAGE)
    pages = warehouse.query("queues/pages_to_compare")["page"]
    with (
        run.stage("compare", sum(pages), "comparisons"),
        Sandbox(compare, run.settings.ingest.worker_count, _COMPARING_MB, _COMPARING_SECONDS) as sandbox,
    ):
        for page in pages:
            pairs = list(_compared(run, page, sandbox))
            with warehouse.transaction():
                warehouse.append("copy_pairs", pl.concat(pairs))
                warehouse.execute("derived/mark_compared", page=page, version=VERSION)


def _compared(run: Run, page: int, sandbox: Sandbox[Comparison, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the pairs that each comparison of a page has found; a page has as many as its number."""
    comparisons = _comparisons(run, page)
    while some := list(islice(comparisons, COMPARISONS)):
        for outcome in sandbox.map(some):
            if isinstance(outcome, ClipError):
                raise CurationError(f"clips could not be compared: {outcome}; run again")
            yield outcome
            run.progress.advance(1)


def _comparisons(run: Run, page: int) -> Iterator[Comparison]:
    """Yield what is to be compared with a page: itself and each page before it."""
    parts = run.home / "parts"
    new = run.warehouse.query("queues/clips_of_page", page=page)
    yield Comparison(parts, new, None)
    for known in range(1, page):
        yield Comparison(parts, new, run.warehouse.query("queues/clips_of_page", page=known))


@task(name="state claims", task_run_name="state claims", cache_policy=NO_CACHE)
def state_claims() -> None:
    """Keep one clip of each group of copies, and state what the rest stand for."""
    warehouse = current().warehouse
    groups = copy_groups(warehouse.query("queues/pairs_to_group"), warehouse.query("queues/clips_to_group"))
    with warehouse.transaction(), warehouse.registered("grouped", groups):
        warehouse.execute("derived/claims")
