"""The whole way once: ingest, segment, ground, consensus, release."""

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.consensus import consensus
from flows.ground import ground
from flows.ingest import ingest
from flows.release import release
from flows.run import current
from flows.segment import segment
from flows.summary import summary


@flow(name="rebuild", flow_run_name="rebuild", validate_parameters=False)
def rebuild() -> None:
    """Ingest and segment clips, ground facts in evidence, settle evidence into labels, publish what is accepted."""
    run = current()
    run.warehouse.snapshot()
    for stage in (ingest, segment, ground, consensus):
        if run.scope.includes(stage.name):
            stage()
            run.warehouse.snapshot()
    if not run.scope.is_narrowed:
        release()
        run.warehouse.snapshot()
    create_table_artifact(
        key="summary", table=summary(run.warehouse).rows(), description="What came in, what left and what is settled"
    )
