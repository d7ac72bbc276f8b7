"""How many labels are set right by how many questions, if whoever answers is always right.

Each wrong label has the number of the question that sets it right: a curve is how many have none up to a number.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from tests.quality.found import resampled

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

SHARES = (0.5, 0.9, 0.95)
NEVER = np.iinfo(np.int64).max
UNIT = ("source", "entity", "attribute")


def set_right(labels: pl.DataFrame, questions: pl.DataFrame) -> Places:
    """Return which question, from 1, sets each wrong label (JUDGED) right; NEVER where none does.

    A question about a record sets right what is wrong in the record, of the labels that rest on the facts in question;
    one about what is heard in a clip the labels of that clip, if it is under the wrong speaker or has two voices; a
    blind one of a clip's attribute that label alone.
    """
    by_clip, by_unit, by_label = (defaultdict[object, list[int]](list) for _ in range(3))
    facts = [set(some) for some in labels["fact_ids"].to_list()]
    for place, label in enumerate(labels.rows(named=True)):
        by_label[label["clip_id"], label["attribute"]].append(place)
        if label["is_of_clip"]:
            by_clip[label["clip_id"]].append(place)
        else:
            by_unit[tuple(label[name] for name in UNIT)].append(place)
    found = np.full(len(labels), NEVER)
    for number, question in enumerate(questions.rows(named=True), start=1):
        if question["kind"] == "record":
            rest = set(question["fact_ids"])
            settled = [one for one in by_unit[tuple(question[name] for name in UNIT)] if facts[one] & rest]
        elif question["kind"] == "hearing":
            settled = by_label[question["clip_id"], question["attribute"]]
        else:
            settled = by_clip[question["clip_id"]]
        found[settled] = np.minimum(found[settled], number)
    return found


def asked_in_order(labels: pl.DataFrame, order: Places) -> Places:
    """Return which question sets each label right if labels are asked for in an order, by place.

    One question is on one attribute of one speaker, and sets all labels right that are wrong, whatever is wrong there.
    """
    unit = labels.select(pl.struct(UNIT).rank("dense") - 1).to_series().to_numpy().astype(np.int64)
    _, first = np.unique(unit[order], return_index=True)
    numbers = np.empty(len(first), np.int64)
    numbers[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    return np.asarray(numbers[unit])


class Curve(NamedTuple):
    """The share of wrong labels that is left after so many questions, from none, and 2.5 and 97.5 % by bootstrap."""

    left: Numbers
    low: Numbers
    high: Numbers

    def reaches(self, settled: float) -> str:
        """Return how many questions it takes to set a share of the wrong labels right, with the interval."""
        first, least, most = (_first(some, 1 - settled) for some in (self.left, self.low, self.high))
        return f"{first} [{least}, {most}]"


def curve(numbers: Places, speakers: Sequence[str], budget: int) -> Curve:
    """Return the curve of wrong labels (labels, or labels x orders), each with the question that sets it right.

    Of several orders it is the mean. The interval is over speakers.
    """
    of_orders = numbers.reshape(len(numbers), -1)
    _, speaker = np.unique(np.array(speakers), return_inverse=True)
    count = speaker.max() + 1
    settled = np.zeros((count, budget + 2))
    np.add.at(settled, (speaker[:, None], np.minimum(of_orders, budget + 1)), 1 / of_orders.shape[1])
    left = settled[:, ::-1].cumsum(axis=1)[:, -2::-1]
    weights = resampled(count)
    some = (weights @ left) / (weights @ left[:, :1])
    low, high = np.quantile(some, [0.025, 0.975], axis=0)
    return Curve(left.sum(axis=0) / left[:, 0].sum(), low, high)


def is_ahead(one: Curve, other: Curve) -> npt.NDArray[np.bool_]:
    """Return at which budgets, from one question, no more is left by the one than by the other."""
    return np.asarray(one.left[1:] <= other.left[1:] + 1e-9)


def _first(left: Numbers, share: float) -> str:
    reached = np.flatnonzero(left <= share + 1e-9)
    return str(reached[0]) if len(reached) else "never"
