"""Consensus: settle the evidence on every speaker's clips into labels."""

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from curation.consensus import settle
from flows.run import batches, current

# Rows of files and statements in a batch, and clips settled at once: both bound memory, however many clips a
# corpus has, or one speaker.
ROWS = 10_000
CLIPS = 5_000


@flow(name="consensus", flow_run_name="consensus")
def consensus() -> None:
    """Settle the labels of speakers whose evidence or clips changed, batch by batch."""
    run = current()
    queue = run.narrowed(run.warehouse.query("queues/entities_to_settle", rules=run.rules("consensus")))
    with run.stage("consensus", queue.height, "speakers and files"):
        for number, batch in enumerate(batches(queue, ROWS), start=1):
            settle_speakers(number, batch)


@task(name="settle speakers", task_run_name="settle speakers, batch {number}", cache_policy=NO_CACHE)
def settle_speakers(number: int, batch: pl.DataFrame) -> None:
    """Replace the labels of one batch of speakers."""
    run = current()
    warehouse = run.warehouse
    with warehouse.registered("batch", batch), warehouse.transaction():
        warehouse.execute("derived/forget_consensus")
        evidence = warehouse.query("queues/evidence_of_entities")
        disclosed = warehouse.query("queues/disclosures_of_entities")
        last = ""
        while not (copies := warehouse.query("queues/copies_of_entities", after=last, count=CLIPS)).is_empty():
            with warehouse.registered("incoming", settle(copies, evidence, disclosed)):
                warehouse.execute("derived/load_labels")
            last = copies["clip_id"][-1]
        warehouse.execute("derived/settle_entities", stage="consensus")
    run.progress.advance(batch.height)
