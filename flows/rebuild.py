"""The whole way once: ingest, segment, profile, ground, consensus, questions to people, release."""

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.consensus import consensus
from flows.ground import ground
from flows.ingest import ingest
from flows.profile import profile
from flows.release import release
from flows.route import put_questions
from flows.run import current
from flows.segment import segment
from flows.summary import summary


@flow(name="rebuild", flow_run_name="rebuild", validate_parameters=False)
def rebuild() -> None:
    """Ingest, segment and profile clips, ground facts, settle labels, put questions, publish what is accepted."""
    run = current()
    run.warehouse.snapshot()
    for stage in (ingest, segment, profile, ground, consensus):
        if run.scope.includes(stage.name):
            stage()
            run.warehouse.snapshot()
    if run.scope.includes("consensus"):
        put_questions()
        run.warehouse.snapshot()
    if not run.scope.is_narrowed:
        release()
        run.warehouse.snapshot()
    create_table_artifact(
        key="summary", table=summary(run.warehouse).rows(), description="What came in, what left and what is settled"
    )
