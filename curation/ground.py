"""Ground: from facts to evidence, by rules alone."""

from typing import NamedTuple

import polars as pl

from curation.readings import read
from curation.records import EVIDENCE, EVIDENCE_KEY, content_ids, shaped
from curation.rules.age import age, age_ranges, ages_at_recording
from curation.rules.classes import stated_classes
from curation.rules.doubts import left_open
from curation.rules.education import EDUCATION_PROPERTIES, education
from curation.rules.income import income
from curation.rules.occasions import keep_holding, occasions, refusals
from curation.rules.weight import weight
from curation.taxonomy import OUTSIDE, Taxonomy


class Grounding(NamedTuple):
    """What grounding made of facts: readings (READING), evidence (EVIDENCE) and rejections (REJECTION)."""

    readings: pl.DataFrame
    evidence: pl.DataFrame
    rejections: pl.DataFrame


def ground(facts: pl.DataFrame, appearances: pl.DataFrame, taxonomy: Taxonomy) -> Grounding:
    """Read facts (FACT) and state what they mean for each recording date of their subjects.

    `appearances` has source, speaker, path and recorded_on: the dates of a speaker's recordings,
    and those of single files that facts are about. Every fact is a reading or a rejection; a reading
    that cannot vote for want of a date or a class is a rejection besides, one a fact, attribute and
    reason. Evidence may have `outside` among its values: the fact states something that no class holds.
    A fact that states a value and cannot be read is no evidence, but what it may mean is added to that of
    the facts that do not decide beside it.
    """
    readings, rejected, unread = read(facts, taxonomy)
    held, doubtful = occasions(readings, appearances, taxonomy), occasions(unread, appearances, taxonomy)
    # education reckons with dates itself
    holding, far = keep_holding(held.filter(pl.col("property") != "education"))
    doubts = keep_holding(doubtful.filter(~pl.col("property").is_in(EDUCATION_PROPERTIES))).statements
    ages = ages_at_recording(held)
    conclusions = [
        stated_classes(holding, taxonomy),
        age(ages, taxonomy),
        weight(holding, age_ranges(ages), taxonomy),
        education(held, doubtful, taxonomy),
        income(holding, taxonomy),
    ]
    statements = pl.concat([conclusion.statements for conclusion in conclusions])
    evidence = left_open(statements, readings, doubts, taxonomy)
    evidence = evidence.with_columns(content_ids(evidence, EVIDENCE_KEY).alias("evidence_id"))
    rejections = [rejected, far, _outside(statements), *(conclusion.rejections for conclusion in conclusions)]
    return Grounding(
        readings=readings,
        evidence=shaped(evidence.unique("evidence_id").sort("evidence_id"), EVIDENCE),
        rejections=pl.concat(rejections)
        .unique(["subject", "attribute", "reason"], keep="first", maintain_order=True)
        .sort("subject", "attribute", "reason"),
    )


def _outside(statements: pl.DataFrame) -> pl.DataFrame:
    """Count the facts whose statement no class holds; it stays evidence, so that it can contradict another."""
    frame = statements.filter(pl.col("values").list.len() == 1, pl.col("values").list.first() == OUTSIDE).select(
        "source", "recorded_on", "attribute", fact_id="about", reason="refusal", detail="finding"
    )
    return refusals(frame)
