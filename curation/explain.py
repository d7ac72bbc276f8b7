"""Explain: the chain from a label back to the fact as recorded, or the reason why a file left."""

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from curation.errors import CurationError
from curation.warehouse import Warehouse

Row = dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """All that the warehouse knows of one clip or file; facts stand below the evidence that cites them."""

    files: list[Row]
    clip: Row | None
    labels: list[Row]
    rejections: list[Row]

    def as_dict(self) -> dict[str, object]:
        """Return it as plain objects for JSON."""
        return asdict(self)


def explain(warehouse: Warehouse, subject: str, attribute: str | None, witness: str) -> Explanation:
    """Return what became of a clip or file and why.

    Raises CurationError for an id that nothing has, or that stands for several sounds.
    """
    subjects = warehouse.query("marts/subjects", id=subject)
    if subjects.is_empty():
        raise CurationError(
            f"{subject}: no file, clip or published clip has this id; give a path as its source names it, or at least "
            "6 digits of an id"
        )
    sounds = subjects["clip_id"].unique()
    if len(sounds) > 1:
        paths = ", ".join(f"{row['source']}:{row['path']}" for row in subjects.head(5).to_dicts())
        raise CurationError(f"{subject}: stands for {len(sounds)} sounds ({paths}); give more of it")
    clip_id = sounds[0]
    first = subjects.row(0, named=True)
    with warehouse.registered("subjects", subjects):
        files = warehouse.query("marts/explained_files", witness=witness)
    clip = None if clip_id is None else warehouse.query("marts/explained_clip", clip_id=clip_id).row(0, named=True)
    owner = first if clip is None or clip["source"] is None else clip
    place = {"source": owner["source"], "unit": owner["unit"], "path": owner["path"], "clip_id": clip_id}
    return Explanation(
        files=files.to_dicts(),
        clip=clip,
        labels=_labels(warehouse, place, attribute),
        rejections=warehouse.query("marts/explained_rejections", **place).to_dicts(),
    )


def _labels(warehouse: Warehouse, place: Row, attribute: str | None) -> list[Row]:
    labels = warehouse.query("marts/explained_labels", clip_id=place["clip_id"], attribute=attribute)
    evidence = warehouse.query("marts/explained_evidence", clip_id=place["clip_id"])
    facts = warehouse.query("marts/explained_facts", source=place["source"], unit=place["unit"])
    return [
        {
            **{name: label[name] for name in ("attribute", "value", "verdict", "reasons", "confidence")},
            "evidence": [
                {
                    **{name: row[name] for name in ("evidence_id", "values", "witness", "rule")},
                    "facts": _facts(facts, row["fact_ids"]),
                }
                for row in evidence.filter(pl.col("evidence_id").is_in(label["evidence_ids"])).to_dicts()
            ],
        }
        for label in labels.to_dicts()
    ]


def _facts(facts: pl.DataFrame, ids: list[str]) -> list[Row]:
    """Return each fact once, with all the places where it stands."""
    places = ("record_file", "locator", "record_sha256")
    rows: dict[str, Row] = {}
    for row in facts.filter(pl.col("fact_id").is_in(ids)).to_dicts():
        fact = rows.setdefault(
            row["fact_id"], {name: row[name] for name in row if name not in places} | {"sightings": []}
        )
        fact["sightings"].append({name: row[name] for name in places})
    return list(rows.values())
