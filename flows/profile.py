"""Profile: measure the voices that were heard, and have classifiers judge them."""

from functools import partial
from itertools import islice
from pathlib import Path

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed

from curation.failures import AGAIN, FailureCount
from curation.intake import PARTS_AT_ONCE, load_parts
from curation.profile import part_name, profiled, unprofiled
from curation.records import PROFILED
from curation.sandbox import Sandbox
from curation.voice_profile import Unprofiled
from curation.warehouse import write_part
from flows.profiler import Profiler, profile_of
from flows.run import batches, current
from flows.runner import THREADS

# Seconds of audio in a batch: what a kill may cost, and long enough that batches cost nothing.
BATCH_SECONDS = 1800.0


@flow(name="profile", flow_run_name="profile", task_runner=THREADS)
def profile() -> None:
    """Profile the voices of the clips that are not profiled, in batches."""
    run = current()
    if run.profiler is not None:
        profile_clips(run.profiler)
    run.warehouse.execute("derived/reject_unprofiled")


def profile_clips(profiler: Profiler) -> None:
    """Profile the voices of the clips that are not profiled."""
    run = current()
    settings = run.settings.profile
    queue = run.unprofiled()
    failures = FailureCount("profile", queue.filter(pl.col("why") != AGAIN).height)
    with (
        run.stage("profile", round(queue["seconds"].sum()), "hours of audio", per=3600),
        Sandbox(
            partial(profile_of, profiler), settings.worker_count, settings.worker_memory_mb, settings.timeout_seconds
        ) as sandbox,
    ):
        weighed = queue.with_columns(weight=pl.col("seconds"))
        parts = [
            profile_batch.submit(number, batch.drop("weight"), profiler.witness, sandbox, failures)
            for number, batch in enumerate(batches(weighed, BATCH_SECONDS), start=1)
        ]
        written = (part.result() for part in as_completed(parts))
        while paths := list(islice(written, PARTS_AT_ONCE)):
            load_parts(run.warehouse, paths)


@task(name="profile clips", task_run_name="profile clips, batch {number}", cache_policy=NO_CACHE)
def profile_batch(
    number: int,
    batch: pl.DataFrame,
    witness: str,
    sandbox: Sandbox[Unprofiled, dict[str, object]],
    failures: FailureCount,
) -> Path:
    """Profile one batch of clips and return the part written."""
    run = current()
    clips = unprofiled(batch, run.roots(), run.settings.ingest.max_seconds)
    outcomes = []
    for why, seconds, outcome in zip(batch["why"], batch["seconds"], sandbox.map(clips), strict=True):
        if why != AGAIN:  # it failed when others did not
            failures.add(outcome)
        outcomes.append(outcome)
        run.progress.advance(seconds)
    folder = run.home / "parts" / "profile"
    return write_part(folder, part_name(batch, witness), profiled(batch, outcomes, witness), PROFILED)
