"""The table at the end of a run: clips in, rejected by reason, labels by attribute and verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

import polars as pl
from rich.table import Table

from curation.sources import Stage
from curation.taxonomy import load_taxonomy
from curation.warehouse import Warehouse

STAGES = get_args(Stage)


@dataclass(frozen=True)
class Summary:
    """What the marts say after a run, as frames."""

    intake: pl.DataFrame
    rejections: pl.DataFrame
    verdicts: pl.DataFrame

    def rows(self) -> list[dict[str, object]]:
        """Return one table for the Prefect UI and for the terminal: what, of what, how many."""
        files = [
            {"what": f"{row['source']}: files", "outcome": outcome, "count": row[column]}
            for row in self.intake.to_dicts()
            for outcome, column in (("in", "count_files"), ("kept as clips", "count_clips"))
        ]
        left = [
            {"what": f"{row['stage']}: {row['kind']}s rejected", "outcome": row["reason"], "count": row["count"]}
            for row in self.rejections.group_by("stage", "kind", "reason")
            .agg(pl.col("count_subjects").sum().alias("count"))
            .sort(pl.col("stage").cast(pl.Enum(STAGES)), "kind", "reason")
            .to_dicts()
        ]
        labels = [
            {"what": f"labels: {row['attribute']}", "outcome": row["verdict"], "count": row["count"]}
            for row in self.verdicts.group_by("attribute", "verdict")
            .agg(pl.col("count_labels").sum().alias("count"))
            .sort("attribute", "verdict")
            .to_dicts()
        ]
        return [*files, *left, *labels]

    def table(self) -> Table:
        """Return the rows as a table for the terminal."""
        return outcomes(self.rows())


def outcomes(rows: Iterable[Mapping[str, object]]) -> Table:
    """Return a summary's rows as a table for the terminal."""
    table = Table(box=None, pad_edge=False)
    table.add_column("what")
    table.add_column("outcome")
    table.add_column("count", justify="right")
    for row in rows:
        table.add_row(str(row["what"]), str(row["outcome"]), f"{row['count']:,}")
    return table


def summary(warehouse: Warehouse) -> Summary:
    """Read the summary from the marts."""
    return Summary(
        intake=warehouse.query("marts/intake"),
        rejections=warehouse.query("marts/rejections"),
        verdicts=warehouse.query("marts/verdicts", attributes=list(load_taxonomy().attributes)),
    )
