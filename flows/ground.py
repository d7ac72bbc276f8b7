"""Ground: read the facts of every speaker whose records or recording dates changed."""

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from curation.ground import ground as grounded
from flows.run import batches, current

# Rows of facts and dates at once: bounds memory, whatever the size of the corpus.
ROWS = 10_000


@flow(name="ground", flow_run_name="ground")
def ground() -> None:
    """Turn the facts of changed speakers into evidence, batch by batch."""
    run = current()
    queue = run.narrowed(run.warehouse.query("queues/entities_to_ground", rules=run.rules("ground")))
    with run.stage("ground", queue.height, "speakers and files"):
        for number, batch in enumerate(batches(queue, ROWS), start=1):
            ground_speakers(number, batch)


@task(name="ground speakers", task_run_name="ground speakers, batch {number}", cache_policy=NO_CACHE)
def ground_speakers(number: int, batch: pl.DataFrame) -> None:
    """Replace the evidence of one batch of speakers."""
    run = current()
    warehouse = run.warehouse
    with warehouse.registered("batch", batch), warehouse.transaction():
        facts = warehouse.query("queues/facts_of_entities")
        result = grounded(facts, warehouse.query("queues/appearances_of_entities"), run.taxonomy)
        warehouse.execute("derived/forget_ground")
        for table in ("readings", "evidence", "rejections"):
            with warehouse.registered("incoming", getattr(result, table)):
                warehouse.execute(f"derived/load_{table}")
        warehouse.execute("derived/settle_entities", stage="ground")
    run.progress.advance(batch.height)
