"""Whether the stated bound holds: many simulated corpora, of which a sample is drawn and heard as the audit does it."""

from statistics import median
from typing import NamedTuple

import polars as pl

from curation.audit import SPEAKER, audits, drawn, outcomes
from curation.records import shaped
from curation.taxonomy import load_taxonomy
from curation.verification import ANSWER

SPEAKERS, AUDITED, CORPORA = 1_000, 300, 500


class Held(NamedTuple):
    """In what share of corpora a share of wrong labels was at most the stated bound, and the median of that."""

    rate: float
    share: float
    median_bound: float


def labels(speakers: int, seed: str) -> pl.DataFrame:
    """Return accepted labels of one attribute, one a speaker, as queues/labels_to_audit returns them."""
    return pl.select(
        source=pl.lit(f"simulated {seed}"),
        entity=pl.format("speaker:{}", pl.int_range(speakers)),
        attribute=pl.lit("gender"),
        clip_id=pl.format("{}", pl.int_range(speakers)),
        value=pl.lit("Female"),
        confidence=pl.lit(0.9),
        fact_ids=pl.concat_list(pl.format("fact {}", pl.int_range(speakers))),
        is_accepted=pl.lit(value=True),
        count_labels=pl.lit(1, pl.Int64),
        count_records=pl.lit(1, pl.Int64),
        count_values=pl.lit(1, pl.Int64),
    )


def heard(sample: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    """Return what people with good ears say to a sample, of which those among `wrong` are wrong."""
    mistaken = sample.join(wrong.with_columns(is_wrong=True), on=SPEAKER, how="left", maintain_order="left")
    choice = pl.when("is_wrong").then(pl.lit("Male")).otherwise("value")
    return shaped(mistaken.with_columns(kind=pl.lit("hearing"), choice=choice), ANSWER)


def simulated(rate: float, corpora: int = CORPORA, speakers: int = SPEAKERS, audited: int = AUDITED) -> Held:
    """Audit so many corpora of which a share of the speakers have a wrong label."""
    taxonomy = load_taxonomy()
    bounds = []
    for number in range(corpora):
        corpus = labels(speakers, str(number))
        # who is wrong is all the same: the draw is at random
        wrong = corpus.head(round(rate * speakers)).select(SPEAKER)
        answers = heard(drawn(corpus, audited, taxonomy), wrong)
        (row,) = audits(corpus, outcomes(answers, taxonomy), taxonomy).rows(named=True)
        bounds.append(row["bound"])
    return Held(rate, sum(bound >= round(rate * speakers) / speakers for bound in bounds) / corpora, median(bounds))
