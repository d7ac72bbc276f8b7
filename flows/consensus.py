"""Consensus: settle the evidence on every speaker's clips into labels."""

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from curation.consensus import settle
from flows.run import batches_of_entities, current

# Rows of clips and statements at once: bounds memory, whatever the size of the corpus.
ROWS = 10_000


@flow(name="consensus", flow_run_name="consensus")
def consensus() -> None:
    """Settle the labels of speakers whose evidence or clips changed, batch by batch."""
    run = current()
    queue = run.narrowed(run.warehouse.query("queues/entities_to_settle", rules=run.rules("consensus")))
    with run.stage("consensus", queue.height, "speakers and files"):
        for number, batch in enumerate(batches_of_entities(queue, ROWS), start=1):
            settle_speakers(number, batch)


@task(name="settle speakers", task_run_name="settle speakers, batch {number}", cache_policy=NO_CACHE)
def settle_speakers(number: int, batch: pl.DataFrame) -> None:
    """Replace the labels of one batch of speakers."""
    run = current()
    warehouse = run.warehouse
    with warehouse.registered("batch", batch), warehouse.transaction():
        claims = warehouse.query("queues/claims_of_entities")
        labels = settle(claims, warehouse.query("queues/evidence_of_entities"))
        warehouse.execute("derived/forget_consensus")
        with warehouse.registered("incoming", labels):
            warehouse.execute("derived/load_labels")
        warehouse.execute("derived/settle_entities", stage="consensus")
    run.progress.advance(batch.height)
