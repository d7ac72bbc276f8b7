"""Route: put what is contested, and what is drawn for the audit, to people."""

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from curation import audit
from curation.questions import put, questions
from flows.run import current


@task(name="put questions", cache_policy=NO_CACHE)
def put_questions() -> None:
    """Replace the questions, and what the audit says, by those that the labels and answers now call for."""
    run = current()
    warehouse, settings, taxonomy = run.warehouse, run.settings.verify, run.taxonomy
    contested = warehouse.query("queues/labels_to_question")
    labels = warehouse.query("queues/labels_to_audit", one_sided=audit.one_sided(taxonomy))
    answers = warehouse.query("queues/answers_in_force")
    found = audit.outcomes(answers, taxonomy)
    sample = audit.drawn(labels, settings.audit_speakers, taxonomy)
    drawn = pl.concat([audit.to_look_up(labels, found), audit.to_hear(sample)])
    asked = put(drawn, questions(contested), answers["question_id"], settings.budget_hours)
    with (
        warehouse.registered("asked", asked),
        warehouse.registered("audited", audit.audits(labels, found, taxonomy)),
        warehouse.transaction(),
    ):
        warehouse.execute("derived/load_questions")
