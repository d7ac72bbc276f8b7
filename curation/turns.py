"""Intervals of time, and all arithmetic on them.

Intervals are an array of shape (n, 2): start and end in seconds, half open. A set of intervals is sorted, disjoint
and without gaps of zero length; functions that return intervals return such a set.
"""

import numpy as np
import numpy.typing as npt

Intervals = npt.NDArray[np.float64]

NONE: Intervals = np.empty((0, 2))

# Seconds; a shorter one may lie within a word. Halfway between two frames, so that no float decides.
SHORTEST_PAUSE = 0.195


def union(*intervals: Intervals, gap: float = 0.0) -> Intervals:
    """Return all that any of the intervals covers; what lies no more than `gap` seconds apart becomes one."""
    rows = np.concatenate([NONE, *intervals])
    rows = rows[rows[:, 1] > rows[:, 0]]
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    if not len(rows):
        return NONE
    ends = np.maximum.accumulate(rows[:, 1])
    is_first = np.append(True, rows[1:, 0] - ends[:-1] > gap)
    is_last = np.append(is_first[1:], True)
    return np.column_stack([rows[is_first, 0], ends[is_last]])


def intersection(some: Intervals, others: Intervals) -> Intervals:
    """Return what both sets cover."""
    borders = np.unique(np.concatenate([some.ravel(), others.ravel()]))
    starts, ends = borders[:-1], borders[1:]
    # a point lies in a set where it has an odd number of its borders behind it
    is_in = [np.searchsorted(one.ravel(), starts, side="right") % 2 == 1 for one in (some, others)]
    return union(np.column_stack([starts, ends])[is_in[0] & is_in[1]])


def difference(some: Intervals, others: Intervals) -> Intervals:
    """Return what the first set covers and the second does not."""
    borders = np.concatenate([[-np.inf], others.ravel(), [np.inf]]).reshape(-1, 2)
    return intersection(some, borders)


def seconds(intervals: Intervals) -> float:
    """Return how much time a set covers."""
    return float(np.sum(intervals[:, 1] - intervals[:, 0]))


def without_short(intervals: Intervals, shortest: float) -> Intervals:
    """Return the intervals of a set that last at least `shortest` seconds."""
    return intervals[intervals[:, 1] - intervals[:, 0] >= shortest]


def of_frames(is_on: npt.NDArray[np.bool_], step: float) -> Intervals:
    """Return where a row of frames of `step` seconds is on."""
    changes = np.flatnonzero(np.diff(is_on, prepend=False, append=False))
    # divided, for 0.01 has no exact float, and 1.07 as the hundredth part of 107 is the nearest there is
    return np.asarray(changes.reshape(-1, 2) / round(1 / step), np.float64)
