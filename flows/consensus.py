"""Consensus: agree on what records say, weigh it against the voices, and settle labels."""

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from curation.consensus import agreed, settle
from curation.testimony import effects_of_answers
from flows.run import batches, current
from flows.weigh import weigh_records

# Rows of files and statements in a batch, and clips settled at once: both bound memory, however many clips a
# corpus has, or one speaker.
ROWS = 10_000
CLIPS = 5_000


@flow(name="consensus", flow_run_name="consensus")
def consensus() -> None:
    """Settle the labels of speakers whose evidence, clips or voices changed, batch by batch."""
    run = current()
    for number, batch in enumerate(batches(run.narrowed(run.unagreed()), ROWS), start=1):
        agree_on_speakers(number, batch)
    weigh_records()
    queue = run.narrowed(run.unsettled())
    with run.stage("consensus", queue.height, "speakers and files"):
        for number, batch in enumerate(batches(queue, ROWS), start=1):
            settle_speakers(number, batch)
    run.warehouse.execute("derived/reject_targets")


@task(name="agree on speakers", task_run_name="agree on speakers, batch {number}", cache_policy=NO_CACHE)
def agree_on_speakers(number: int, batch: pl.DataFrame) -> None:
    """Replace what the records of one batch of speakers agree on."""
    run = current()
    warehouse = run.warehouse
    with warehouse.registered("batch", batch), warehouse.transaction():
        warehouse.execute("derived/forget_agreements")
        evidence = warehouse.query("queues/evidence_of_entities")
        last = ""
        while not (copies := warehouse.query("queues/copies_of_entities", after=last, count=CLIPS)).is_empty():
            with warehouse.registered("incoming", agreed(copies, evidence)):
                warehouse.execute("derived/load_agreements")
            last = copies["clip_id"][-1]
        warehouse.execute("derived/settle_entities", stage="agreement")


@task(name="settle speakers", task_run_name="settle speakers, batch {number}", cache_policy=NO_CACHE)
def settle_speakers(number: int, batch: pl.DataFrame) -> None:
    """Replace the labels of one batch of speakers."""
    run = current()
    warehouse, least = run.warehouse, run.settings.consensus.min_confidence
    with warehouse.registered("batch", batch), warehouse.transaction():
        warehouse.execute("derived/forget_consensus")
        doubts = warehouse.query("queues/doubts_of_entities")
        answers = warehouse.query("queues/answers_of_entities")
        last = ""
        while not (found := warehouse.query("queues/agreements_of_entities", after=last, count=CLIPS)).is_empty():
            with warehouse.registered("incoming", settle(found, doubts, effects_of_answers(found, answers), least)):
                warehouse.execute("derived/load_labels")
            last = found["clip_id"][-1]
        warehouse.execute("derived/settle_entities", stage="consensus")
    run.progress.advance(batch.height)
