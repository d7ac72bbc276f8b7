"""Whether a stated confidence means what it says.

The expected calibration error, in bins of as many labels each: Naeini, Cooper and Hauskrecht (2015), AAAI; Nguyen and
O'Connor (2015), EMNLP. Labels of the same confidence are in the same bin.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from tests.quality.found import resampled

BINS = 15  # as in Guo et al. (2017), On Calibration of Modern Neural Networks

Numbers = npt.NDArray[np.float64]


class Calibration(NamedTuple):
    """The error with its 95 % interval over speakers, and of how many labels and speakers in how many bins.

    `score` is the Brier score, and `constant` that of stating the share of true labels everywhere.
    """

    error: float
    low: float
    high: float
    labels: int
    speakers: int
    bins: int
    score: float
    constant: float
    stated: float
    true: float

    def __str__(self) -> str:
        return (
            f"{self.error:.3f} [{self.low:.3f}, {self.high:.3f}] of {self.labels:,} labels, {self.speakers} speakers, "
            f"{self.bins} bins of equal mass; {100 * self.stated:.1f} % are said to be right and "
            f"{100 * self.true:.1f} % are; Brier score {self.score:.3f}, of that share everywhere {self.constant:.3f}"
        )


def calibration(labels: pl.DataFrame) -> Calibration:
    """Return how well `confidence` agrees with `is_true` in the rows that have one, a row a label, with its speaker."""
    rows = labels.drop_nulls("confidence")
    stated, true = rows["confidence"].to_numpy(), rows["is_true"].to_numpy().astype(float)
    place = bins(stated)
    speaker = rows.select(pl.struct("source", "speaker").rank("dense") - 1).to_series().to_numpy()
    excess = np.zeros((speaker.max() + 1, place.max() + 1))
    np.add.at(excess, (speaker, place), stated - true)
    counts = np.bincount(speaker)
    weights = resampled(len(counts))
    errors = np.abs(weights @ excess).sum(axis=1) / (weights @ counts)
    low, high = np.quantile(errors, [0.025, 0.975])
    return Calibration(
        error=float(np.abs(excess.sum(axis=0)).sum() / len(rows)),
        low=float(low),
        high=float(high),
        labels=len(rows),
        speakers=len(counts),
        bins=len(np.unique(place)),
        score=float(np.mean((stated - true) ** 2)),
        constant=float(true.mean() * (1 - true.mean())),
        stated=float(stated.mean()),
        true=float(true.mean()),
    )


def bins(stated: Numbers) -> npt.NDArray[np.int64]:
    """Return the bin of each confidence, from 0: about as many in each, and the same ones together."""
    order = np.argsort(stated, kind="stable")
    place = np.empty(len(stated), np.int64)
    place[order] = np.arange(len(stated)) * BINS // len(stated)
    _, value = np.unique(stated, return_inverse=True)
    first = np.full(value.max() + 1, BINS)
    np.minimum.at(first, value, place)
    return first[value]
