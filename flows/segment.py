"""Segment: hear who speaks when and what is said, and find what of each clip its claimed speaker says."""

from functools import partial
from itertools import islice
from pathlib import Path

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed

from curation.failures import AGAIN, FailureCount
from curation.hearing import Unheard
from curation.identity import identified
from curation.intake import PARTS_AT_ONCE, load_parts
from curation.records import SEGMENTED
from curation.sandbox import Sandbox
from curation.segment import part_name, segmented, unheard
from curation.transcripts import avoiding, disclosed, marked
from curation.warehouse import write_part
from flows.models import Models, heard
from flows.run import batches, current
from flows.runner import THREADS

# Seconds of audio in a batch: what a kill may cost, and long enough that batches cost nothing.
BATCH_SECONDS = 600.0
# Clips whose voices are compared at once, which bounds memory.
CLIPS = 5_000


@flow(name="segment", flow_run_name="segment", task_runner=THREADS)
def segment() -> None:
    """Have the models hear the clips that they have not heard, in batches, and find the speakers' own voices."""
    run = current()
    if run.models is not None:
        hear_clips(run.models)
    run.warehouse.execute("derived/reject_unsegmented")
    identify()


def hear_clips(models: Models) -> None:
    """Have the models hear what they have not heard."""
    run = current()
    settings = run.settings.segment
    queue = run.unheard()
    failures = FailureCount("segment", queue.filter(pl.col("why") != AGAIN).height)
    with (
        run.stage("segment", round(queue["seconds"].sum()), "hours of audio", per=3600),
        Sandbox(
            partial(heard, models), settings.worker_count, settings.worker_memory_mb, settings.timeout_seconds
        ) as sandbox,
    ):
        weighed = queue.with_columns(weight=pl.col("seconds"))
        parts = [
            hear_batch.submit(number, batch.drop("weight"), models.witness, sandbox, failures)
            for number, batch in enumerate(batches(weighed, BATCH_SECONDS), start=1)
        ]
        written = (part.result() for part in as_completed(parts))
        while paths := list(islice(written, PARTS_AT_ONCE)):
            load_parts(run.warehouse, paths)
            run.warehouse.snapshot()


@task(name="hear clips", task_run_name="hear clips, batch {number}", cache_policy=NO_CACHE)
def hear_batch(
    number: int,
    batch: pl.DataFrame,
    witness: str,
    sandbox: Sandbox[Unheard, dict[str, object]],
    failures: FailureCount,
) -> Path:
    """Have the models hear one batch of clips and return the part written."""
    run = current()
    clips = unheard(batch, run.roots(), run.settings.ingest.max_seconds)
    outcomes = []
    for why, seconds, outcome in zip(batch["why"], batch["seconds"], sandbox.map(clips), strict=True):
        if why != AGAIN:  # it failed when others did not
            failures.add(outcome)
        outcomes.append(outcome)
        run.progress.advance(seconds)
    return write_part(
        run.home / "parts" / "segment", part_name(batch, witness), segmented(batch, outcomes, witness), SEGMENTED
    )


def identify() -> None:
    """Find the voice of each claimed speaker whose clips changed, and what of each clip is to be kept."""
    run = current()
    queue = run.narrowed(run.unidentified())
    with run.stage("identity", queue.height, "speakers and files"):
        for number, batch in enumerate(batches(queue, CLIPS), start=1):
            identify_speakers(number, batch)


@task(name="identify speakers", task_run_name="identify speakers, batch {number}", cache_policy=NO_CACHE)
def identify_speakers(number: int, batch: pl.DataFrame) -> None:
    """Replace the targets of one batch of speakers, and what their transcripts give away."""
    run = current()
    warehouse = run.warehouse
    with warehouse.registered("batch", batch), warehouse.transaction():
        clips = warehouse.query("queues/clips_of_entities", **run.settings.segment.bounds())
        found = disclosed(clips)
        targets = identified(avoiding(clips.drop_nulls("voices"), found))
        warehouse.execute("derived/forget_identity")
        for table, rows in (("targets", targets), ("disclosures", marked(found, targets))):
            with warehouse.registered("incoming", rows):
                warehouse.execute(f"derived/load_{table}")
        warehouse.execute("derived/settle_entities", stage="identity")
    run.progress.advance(batch.height)
