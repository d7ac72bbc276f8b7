"""Audit: which accepted labels people hear blindly, and how wrong the labels that nobody heard may be.

One label a drawn speaker is audited, so that what is bounded is the share of speakers with a wrong label; a file
without a speaker stands for one. There are three methods:

- `hearing`, where the ear may judge: a person says what they hear, without seeing the class. The ear errs too, so what
  it says against a label goes to the record: the label is right if people then find that the record supports it. Until
  they do, and where they can't tell, it counts as wrong, and so does one of which the ear can't tell. A question that
  nobody could answer, for the sound did not play or they know the speaker, says nothing on the label and doesn't count.
  A wrong label that the ear takes for right is not found: the bound is on what can be heard.
- `second_record`: where a speaker has two records of one class each, of different properties or sources, they are held
  against each other. Two that differ count as a wrong label, though consensus contests it, since the labels of speakers
  with a single record have nothing to be contested by; those with two stand for them, as far as they are like them.
- `mapping`, where there is neither: only the rules that read the records were checked.
"""

import hashlib
from bisect import bisect_left

import polars as pl

from curation.taxonomy import Taxonomy
from curation.verification import AUDIT, QUESTION_KEY

CONFIDENCE = 0.95

# Raised, another sample is drawn.
SEED = "audit 1"

SPEAKER = ["source", "entity", "attribute"]


def one_sided(taxonomy: Taxonomy) -> list[str]:
    """Return the properties whose values name one class at most, and so can't contradict another of their kind."""
    named = taxonomy.meanings.explode("values").group_by("property").agg(pl.col("values").n_unique())
    return sorted(named.filter(pl.col("values") == 1)["property"])


def drawn(labels: pl.DataFrame, count: int, taxonomy: Taxonomy, seed: str = SEED) -> pl.DataFrame:
    """Return the accepted labels of so many speakers for each attribute that can be heard, in the order of the draw.

    `labels` has a row for each speaker and attribute, as queues/labels_to_audit returns them. Speakers are ordered by
    a digest of the seed, their id and the attribute, so that those who come later push some out and move nobody.
    """
    audible = [name for name, attribute in taxonomy.attributes.items() if attribute.judged.by_ear]
    accepted = labels.filter("is_accepted", pl.col("attribute").is_in(audible))
    places = [hashlib.sha256(repr((seed, *row)).encode()).digest() for row in accepted.select(SPEAKER).iter_rows()]
    ordered = accepted.with_columns(pl.Series("place", places, pl.Binary)).sort("place", *SPEAKER)
    return ordered.filter(pl.int_range(pl.len()).over("attribute") < count).drop("place")


def to_hear(sample: pl.DataFrame) -> pl.DataFrame:
    """Return what is asked about the drawn labels: what do you hear?"""
    return _asked(
        sample.with_columns(kind=pl.lit("hearing"), fact_ids=pl.lit([], pl.List(pl.String))), "drawn_for_audit"
    )


def to_look_up(labels: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return what is asked about accepted labels that were heard otherwise: does the record support the class?"""
    doubted = labels.filter("is_accepted").join(
        found.filter("is_wrong"), on=[*SPEAKER, "value"], how="semi", maintain_order="left"
    )
    return _asked(doubted.with_columns(kind=pl.lit("record"), clip_id=pl.lit(None, pl.String)), "heard_otherwise")


def _asked(labels: pl.DataFrame, reason: str) -> pl.DataFrame:
    return labels.select(*QUESTION_KEY, "count_labels", "confidence", reasons=pl.concat_list(pl.lit(reason)))


def outcomes(answers: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Return which classes of speakers that were heard count as wrong: source, entity, attribute, value, is_wrong.

    `answers` (ANSWER) are those that count. Where several people answer, one who disagrees is enough to doubt a label,
    and one who doesn't find it supported is enough to leave it doubted.
    """
    by = [*SPEAKER, "value"]
    classes = _classes(taxonomy)
    heard = (
        answers.filter(pl.col("kind") == "hearing")
        .join(classes, left_on=["attribute", "value"], right_on=["attribute", "class"])
        .join(classes, left_on=["attribute", "choice"], right_on=["attribute", "class"], how="left", suffix="_heard")
        .with_columns(agrees=((pl.col("place_heard") - pl.col("place")).abs() <= pl.col("tolerance")).fill_null(False))
    )
    looked_up = answers.filter(pl.col("kind") == "record").with_columns(supports=pl.col("choice") == "supported")
    return (
        heard.group_by(by)
        .agg(pl.col("agrees").all())
        .join(looked_up.group_by(by).agg(pl.col("supports").all()), on=by, how="left")
        .select(*by, is_wrong=~(pl.col("agrees") | pl.col("supports").fill_null(value=False)))
        .sort(by)
    )


def _classes(taxonomy: Taxonomy) -> pl.DataFrame:
    """Return attribute, class, place (among the attribute's classes) and tolerance."""
    rows = [
        (attribute.name, name, place, attribute.judged.tolerance)
        for attribute in taxonomy.attributes.values()
        for place, name in enumerate(attribute.classes)
    ]
    return pl.DataFrame(rows, schema=["attribute", "class", "place", "tolerance"], orient="row")


def audits(labels: pl.DataFrame, found: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Return what was audited of the accepted labels (AUDIT), by attribute and method.

    `labels` as for `drawn`, `found` as `outcomes` returns it.
    """
    accepted = labels.filter("is_accepted")
    speakers, heard, compared = _counted(accepted), _heard(accepted, found), _compared(labels)
    rows: list[tuple[str, str, int, int, int, float | None]] = []
    for name, attribute in taxonomy.attributes.items():
        if name not in speakers and name not in heard:
            continue
        (count,) = speakers.get(name, (0,))
        if attribute.judged.by_ear:
            audited, wrong, gone = heard.get(name, (0, 0, 0))
            bound = finite_bound(count + gone, audited, wrong) if audited else None
            rows.append((name, "hearing", count + gone, audited, wrong, bound))
        if name in compared:
            audited, wrong = compared[name]
            rows.append((name, "second_record", count, audited, wrong, binomial_bound(audited, wrong)))
        elif not attribute.judged.by_ear:
            rows.append((name, "mapping", count, 0, 0, None))
    return pl.DataFrame(rows, schema=dict(AUDIT), orient="row")


def _counted(rows: pl.DataFrame, *counts: pl.Expr) -> dict[str, tuple[int, ...]]:
    """Return how many rows there are by attribute, and what else is to be counted."""
    return {name: tuple(found) for name, *found in rows.group_by("attribute").agg(pl.len(), *counts).iter_rows()}


def _heard(accepted: pl.DataFrame, found: pl.DataFrame) -> dict[str, tuple[int, ...]]:
    """Return by attribute how many speakers were heard, are wrong, and have no accepted label of it any more.

    A label that was heard as it stands counts as long as it stands. One that was found wrong counts for good: to set it
    right mends none of the labels that it stands for.
    """
    standing = accepted.select(*SPEAKER, pl.col("value").alias("standing"))
    audited = found.join(standing, on=SPEAKER, how="left").filter(
        pl.col("is_wrong") | (pl.col("value") == pl.col("standing"))
    )
    speakers = audited.group_by(SPEAKER).agg(pl.col("is_wrong").any(), is_gone=pl.col("standing").is_null().all())
    return _counted(speakers, pl.col("is_wrong").sum(), pl.col("is_gone").sum())


def _compared(labels: pl.DataFrame) -> dict[str, tuple[int, ...]]:
    """Return by attribute how many speakers have a second record, and of how many it differs."""
    compared = labels.filter(pl.col("count_records") > 1).sort("clip_id").unique(SPEAKER, keep="first")
    return _counted(compared, (pl.col("count_values") > 1).sum())


def binomial_bound(audited: int, wrong: int, confidence: float = CONFIDENCE) -> float:
    """Return the exact one-sided upper bound on a share of which a sample is known (Clopper and Pearson, 1934)."""
    from scipy.special import betaincinv  # here, for it takes a rebuild 0.3 s, and few audits are answered

    return float(betaincinv(wrong + 1, audited - wrong, confidence)) if wrong < audited else 1.0


def finite_bound(speakers: int, audited: int, wrong: int, confidence: float = CONFIDENCE) -> float:
    """Return the exact one-sided upper bound on a share of so many speakers, of whom some were drawn without return.

    It is the largest share that leaves so few wrong ones in the sample a chance of more than 1 - confidence, by the
    hypergeometric distribution; for many speakers that is the binomial bound.
    """
    from scipy.stats import hypergeom  # here, for it takes a rebuild 0.7 s

    possible = range(wrong, speakers - audited + wrong + 1)
    excluded = bisect_left(
        possible, True, key=lambda number: bool(hypergeom.cdf(wrong, speakers, number, audited) <= 1 - confidence)
    )
    return possible[excluded - 1] / speakers
