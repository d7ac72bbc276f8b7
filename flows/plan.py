"""Plan: bring the warehouse up to the sources, and say what that leaves to do and why."""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl
from rich.table import Table

from curation.errors import ConfigError
from curation.intake import adopt_parts, compact_parts, correct, forget_sources, keep_facts, scan_sources
from curation.sounds import witness
from flows.run import Run

# Seconds an item, measured on two cores, until this home has timings of its own.
_FIRST_GUESS = {"ingest": 0.006, "ground": 0.001, "consensus": 0.001}


@dataclass(frozen=True)
class Plan:
    """What a rebuild would do: stage, why, items and estimated seconds."""

    rows: list[dict[str, object]]

    def table(self) -> Table:
        """Return the rows as a table for the terminal."""
        table = Table(box=None, pad_edge=False)
        for column in ("stage", "why"):
            table.add_column(column)
        for column in ("items", "about seconds"):
            table.add_column(column, justify="right")
        for row in self.rows:
            table.add_row(str(row["stage"]), str(row["why"]), f"{row['items']:,}", f"{row['seconds']:,}")
        return table


def prepare(run: Run) -> None:
    """Load what the sources and the corrections now say, all or nothing, and finished parts before it.

    Raises ConfigError for a source, correction or id that does not fit, with nothing changed.
    """
    adopt_parts(run.warehouse, run.home)
    compact_parts(run.warehouse, run.home)
    with run.warehouse.transaction():
        # once nothing can be refused any more
        keep_facts(run.warehouse, run.home / "parts", _load(run))


def plan(run: Run) -> Plan:
    """Return what a rebuild would do, and leave the warehouse as it was."""
    rows = []
    with run.warehouse.trial():
        _load(run)
        queues = _queues(run)
        pace = {row["stage"]: row["pace"] for row in run.warehouse.query("marts/paces").to_dicts()}
    for stage, queue in queues.items():
        seconds = pace.get(stage, _FIRST_GUESS[stage])
        reasons = queue.group_by("why").len("items").sort("why")
        rows += [{"stage": stage, **row, "seconds": round(row["items"] * seconds, 1)} for row in reasons.to_dicts()]
    return Plan(rows)


def _queues(run: Run) -> dict[str, pl.DataFrame]:
    """Return what each stage would take up; consensus also what the stages before it would hand on."""
    unread = run.warehouse.query("queues/files_to_ingest", witness=witness(), rehash=run.scope.rehash)
    ungrounded = run.warehouse.query("queues/entities_to_ground", rules=run.rules("ground"))
    unsettled = run.warehouse.query("queues/entities_to_settle", rules=run.rules("consensus"))
    queues = {
        stage: run.narrowed(queue) if run.scope.includes(stage) else queue.clear()
        for stage, queue in (("ingest", unread), ("ground", ungrounded), ("consensus", unsettled))
    }
    if run.scope.includes("consensus"):
        with (
            run.warehouse.registered("unread", queues["ingest"]),
            run.warehouse.registered("ungrounded", queues["ground"]),
            run.warehouse.registered("unsettled", queues["consensus"]),
        ):
            queues["consensus"] = run.narrowed(run.warehouse.query("queues/entities_to_settle_next"))
    return queues


def _load(run: Run) -> Collection[pl.DataFrame]:
    """Load what the sources and the corrections say, and return the facts that are new."""
    if run.scope.source is None:
        forget_sources(run.warehouse, [source.name for source in run.sources])
    wanted = [source for source in run.sources if run.scope.source in (None, source.name)]
    scanned = scan_sources(run.warehouse, wanted, frozenset(run.taxonomy.properties))
    correct(run.warehouse, run.settings.ground.corrections)
    if run.scope.clip is not None:
        run.subjects = run.warehouse.query("marts/subjects", id=run.scope.clip)
        if run.subjects.is_empty():
            raise ConfigError(f"--clip {run.scope.clip}: no file or clip has this path or id; see `curation explain`")
    return scanned.values()
