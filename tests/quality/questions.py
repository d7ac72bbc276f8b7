"""How many questions set planted errors right, beside asking in random order and by a model's probability."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from tests.quality import baselines
from tests.quality.corpora import Corpora, Corpus
from tests.quality.curve import NEVER, Curve, asked_in_order, curve, is_ahead, set_right
from tests.quality.truth import judged

SHARES = (0.5, 0.9, 0.95)
BUDGETS = (5, 10, 20, 40, 80)
ORDERS = 20  # random ones a corpus

Places = npt.NDArray[np.int64]


class Asked(NamedTuple):
    """The wrong labels of a corpus (JUDGED), and which question sets each right, by three ways to ask."""

    wrong: pl.DataFrame
    ours: Places
    likely: Places
    random: Places  # by each order


def figures(corpora: Corpora) -> Iterator[tuple[str, str]]:
    """Yield what was measured and the figure."""
    labels = [judged(one.planting, corpora.spoken, corpora.clean, one.rebuilt) for one in corpora.mixed]
    fits = {
        attribute: baselines.strength(baselines.embedded(corpora.clean, attribute).drop_nulls("value"))
        for attribute in sorted(set(pl.concat(labels)["attribute"]))
    }
    asked = [
        _asked(corpus, some.filter("is_open"), fits, seed)
        for seed, (corpus, some) in enumerate(zip(corpora.mixed, labels, strict=True))
    ]
    where = f"{len(asked)} corpora with all errors"
    gone = sum(some.filter(~pl.col("is_open") & ~pl.col("is_true")).height for some in labels)
    listed = np.mean([len(corpus.rebuilt.questions) for corpus in corpora.mixed])
    told = (
        f"{listed:.0f} a corpus; in all {sum(len(one.wrong) for one in asked):,} wrong labels are left to be set right"
    )
    yield f"questions in {where}", f"{told}, and {gone:,} were rejected, with their clips or without"
    yield from _compared(asked, f"all wrong labels, {where}")
    heard = [_without(one, "age") for one in asked]
    yield from _compared(heard, f"wrong labels other than ages, {where}")


def _asked(corpus: Corpus, labels: pl.DataFrame, fits: dict[str, float], seed: int) -> Asked:
    wrong = ~labels["is_true"]
    chances = _chances(corpus, labels, fits)
    likely = asked_in_order(labels, np.argsort(chances, kind="stable"))
    dice = np.random.default_rng(seed)
    random = np.column_stack([asked_in_order(labels, dice.permutation(len(labels))) for _ in range(ORDERS)])
    rows, is_wrong = labels.filter(wrong), wrong.to_numpy()
    return Asked(rows, set_right(rows, corpus.rebuilt.questions), likely[is_wrong], random[is_wrong])


def _chances(corpus: Corpus, labels: pl.DataFrame, fits: dict[str, float]) -> npt.NDArray[np.float64]:
    """Return how likely each label's value is by the embeddings alone; infinite where the clip has none."""
    known = []
    for attribute, fit in fits.items():
        clips = baselines.embedded(corpus.rebuilt, attribute).drop_nulls("value")
        likely = baselines.chances(clips, fit)
        known.append(clips.select("clip_id", attribute=pl.lit(attribute), chance=likely))
    joined = labels.join(pl.concat(known), on=["clip_id", "attribute"], how="left", maintain_order="left")
    return joined["chance"].fill_null(np.inf).to_numpy()


def _without(asked: Asked, attribute: str) -> Asked:
    others = (asked.wrong["attribute"] != attribute).to_numpy()
    return Asked(asked.wrong.filter(others), asked.ours[others], asked.likely[others], asked.random[others])


def _compared(asked: list[Asked], what: str) -> Iterator[tuple[str, str]]:
    """Yield how much each way to ask leaves, and whether the first leaves the least after any number of questions."""
    last = max(some[some < NEVER].max(initial=1) for one in asked for some in (one.ours, one.likely, one.random))
    speakers = [
        f"{source}/{speaker}" for one in asked for source, speaker in one.wrong.select("source", "speaker").rows()
    ]
    ours, likely, random = (
        curve(np.concatenate([getattr(one, name) for one in asked]), speakers, int(last))
        for name in ("ours", "likely", "random")
    )
    for name, way in (
        ("in order of worth", ours),
        ("lowest model probability first", likely),
        ("random order", random),
    ):
        left = ", ".join(f"{100 * way.left[n]:.0f} % after {n}" for n in BUDGETS if n <= last)
        reached = ", ".join(f"{share:.0%} after {way.reaches(share)}" for share in SHARES)
        yield (
            f"{what}: asked {name}",
            f"left {left}, {100 * way.left[-1]:.0f} % after {last}; set right {reached} questions",
        )
    yield (
        f"{what}: is the order of worth ahead",
        "; ".join(
            f"{_ahead(ours, other)} {name}"
            for name, other in (("lowest model probability first", likely), ("random order", random))
        ),
    )


def _ahead(ours: Curve, other: Curve) -> str:
    ahead = is_ahead(ours, other)
    if ahead.all():
        return f"at all {len(ahead)} budgets, of"
    worst = 100 * (ours.left - other.left).max()
    first = np.argmin(ahead) + 1
    return f"at {ahead.sum()} of {len(ahead)} budgets, first behind after {first}, at most {worst:.0f} points, of"
