"""Explain: the chain from a label back to the fact as recorded, or the reason why a file left."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from curation.errors import ConfigError, CurationError, nearest
from curation.taxonomy import load_taxonomy
from curation.warehouse import Warehouse

Row = dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """All that is known of one clip or file; facts stand below the evidence that cites them.

    `files` are all that hold the sound. `voices` is what models heard, `profile` what each voice is like, `disclosures`
    are words that give an attribute away. `withdrawals` are corrections that leave a fact out of account.
    `published` is the clip's row in the latest release; `unrecorded` are the attributes that no record of
    the clip's speaker bears on.
    """

    files: list[Row]
    clip: Row | None
    labels: list[Row]
    rejections: list[Row]
    withdrawals: list[Row]
    unrecorded: list[str]
    voices: Row | None
    profile: list[Row]
    disclosures: list[Row]
    published: Row | None = None

    def as_dict(self) -> dict[str, object]:
        """Return it as plain objects for JSON."""
        return asdict(self)


def explain(warehouse: Warehouse, subject: str, attribute: str | None, witness: str) -> Explanation:
    """Return what became of a clip or file and why, on one attribute or on all.

    Raises CurationError for an id that nothing has, or that stands for several sounds, and ConfigError
    for an attribute that there is not.
    """
    attributes = _asked(attribute)
    subjects = _subjects(warehouse, subject, witness)
    clip, place = None, {"source": subjects["source"][0], "entity": None, "clip_id": subjects["clip_id"][0]}
    if place["clip_id"] is not None:
        clip = warehouse.query("marts/explained_clip", clip_id=place["clip_id"]).row(0, named=True)
        place |= {name: clip[name] for name in ("source", "entity") if clip["source"] is not None}
        subjects = warehouse.query("marts/subjects", id=place["clip_id"], witness=witness)
    with warehouse.registered("subjects", subjects):
        files = warehouse.query("marts/explained_files", witness=witness)
        rejections = warehouse.query("marts/explained_rejections", **place, attribute=attribute)
    voices = warehouse.query("marts/explained_voices", clip_id=place["clip_id"])
    profile = warehouse.query("marts/explained_profile", clip_id=place["clip_id"], attribute=attribute)
    labels = warehouse.query("marts/explained_labels", clip_id=place["clip_id"], attribute=attribute)
    evidence = warehouse.query("marts/explained_evidence", clip_id=place["clip_id"])
    estimates = warehouse.query("marts/explained_estimates", clip_id=place["clip_id"])
    withdrawals = _withdrawals(warehouse, place, attribute)
    cited = {*evidence["fact_ids"].explode(), *rejections.filter(kind="fact")["subject"], *withdrawals["fact_id"]}
    facts = _facts(warehouse.query("marts/explained_facts", fact_ids=sorted(cited)))
    decided = {*labels["attribute"], *rejections["attribute"]}
    return Explanation(
        files=files.to_dicts(),
        clip=clip,
        labels=_labels(labels, evidence, facts, estimates),
        rejections=[{**row, "fact": facts.get(row["subject"])} for row in rejections.to_dicts()],
        withdrawals=[{**row, "fact": facts[row["fact_id"]]} for row in withdrawals.to_dicts()],
        unrecorded=[name for name in attributes if place["entity"] is not None and name not in decided],
        voices=None if voices.is_empty() else voices.row(0, named=True),
        profile=profile.to_dicts(),
        disclosures=warehouse.query("marts/explained_disclosures", clip_id=place["clip_id"]).to_dicts(),
    )


def _asked(attribute: str | None) -> list[str]:
    known = list(load_taxonomy().attributes)
    if attribute is None:
        return known
    if attribute not in known:
        raise ConfigError(f"attribute {attribute}: unknown{nearest(attribute, known)}; there are {', '.join(known)}")
    return [attribute]


def _subjects(warehouse: Warehouse, subject: str, witness: str) -> pl.DataFrame:
    """Return the files that an id stands for: of one sound, or one that gave none."""
    subjects = warehouse.query("marts/subjects", id=subject, witness=witness)
    if subjects.is_empty():
        raise CurationError(
            f"{subject}: no file, clip or published clip has this id; give a path as its source names it, or at least "
            "6 digits of an id"
        )
    meant = subjects.select(pl.coalesce("clip_id", pl.format("{}:{}", "source", "path"))).to_series()
    if meant.n_unique() > 1:
        paths = ", ".join(f"{row['source']}:{row['path']}" for row in subjects.head(5).to_dicts())
        more = ", ..." if subjects.height > 5 else ""
        raise CurationError(f"{subject}: may mean any of {subjects.height} files ({paths}{more}); give more of it")
    return subjects


def _withdrawals(warehouse: Warehouse, place: Row, attribute: str | None) -> pl.DataFrame:
    rows = warehouse.query("marts/explained_withdrawals", source=place["source"], entity=place["entity"])
    if attribute is None:
        return rows
    properties = load_taxonomy().properties.values()
    return rows.filter(pl.col("property").is_in([known.name for known in properties if known.attribute == attribute]))


def _labels(
    labels: pl.DataFrame, evidence: pl.DataFrame, facts: Mapping[str, Row], estimates: pl.DataFrame
) -> list[Row]:
    return [
        {
            **{name: label[name] for name in ("attribute", "value", "verdict", "reasons", "confidence")},
            "evidence": [
                {
                    **{name: row[name] for name in ("evidence_id", "values", "witness", "rule")},
                    "facts": [facts[fact_id] for fact_id in row["fact_ids"]],
                }
                for row in evidence.filter(pl.col("evidence_id").is_in(label["evidence_ids"])).to_dicts()
            ],
            "estimates": estimates.filter(attribute=label["attribute"]).drop("attribute").to_dicts(),
        }
        for label in labels.to_dicts()
    ]


def _facts(rows: pl.DataFrame) -> dict[str, Row]:
    """Return each fact once by its id, with all the places where it stands."""
    places = ("record_file", "locator", "record_sha256")
    facts: dict[str, Row] = {}
    for row in rows.to_dicts():
        fact = facts.setdefault(
            row["fact_id"], {name: row[name] for name in row if name not in places} | {"sightings": []}
        )
        if row["record_file"] is not None:
            fact["sightings"].append({name: row[name] for name in places})
    for fact in facts.values():
        if (original := fact["original"]) is not None:
            original["sightings"] = facts[original["fact_id"]]["sightings"]
    return facts
