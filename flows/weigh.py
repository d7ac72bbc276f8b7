"""Weigh: what the voices of the whole corpus say for and against its records."""

from contextlib import ExitStack

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from curation.audit_model import AUDIT_MODEL, estimated
from curation.conflicts import belonging, conflicts
from curation.reliability import confident, reliability, supported
from flows.run import current


@task(name="weigh records", cache_policy=NO_CACHE)
def weigh_records() -> None:
    """Estimate attributes by voice, find identity conflicts, and say how likely each record is right."""
    run = current()
    warehouse = run.warehouse
    inputs, is_due = run.weighing()
    if not is_due:
        return
    voiced, recorded = warehouse.query("queues/voiced"), warehouse.query("queues/recorded")
    found = estimated(voiced, recorded)
    belongings = belonging(voiced)
    known = supported(recorded, found.estimates.filter(witness=AUDIT_MODEL))
    errors = reliability(known)
    misfiled = belongings.select("clip_id", probability=1 - pl.col("probability"))
    frames = {
        "estimated": found.estimates,
        "skilled": found.skills,
        "conflicting": conflicts(voiced, belongings),
        "reliable": errors,
        "weighed": confident(known, errors, misfiled),
    }
    with ExitStack() as stack:
        for name, frame in frames.items():
            stack.enter_context(warehouse.registered(name, frame))
        stack.enter_context(warehouse.transaction())
        warehouse.execute("derived/load_weights", inputs=inputs, least_confidence=run.settings.consensus.min_confidence)
