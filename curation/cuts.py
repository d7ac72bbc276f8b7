"""Which stretch of a recording is published: that with the most speech of the target speaker alone.

A cut begins and ends in pauses, so that no word is split.
"""

import numpy as np

from curation.turns import SHORTEST_PAUSE, Intervals, difference, seconds, union

MARGIN = 0.15  # seconds kept free around other voices: borders of turns are no more exact than that
PADDING = 0.1  # seconds of pause left before the first word and after the last


def clean_stretch(
    target: Intervals, others: Intervals, length: float, shortest: float, longest: float
) -> tuple[float, float] | None:
    """Return start and end of the stretch with the most speech of the target alone, or None where none is long enough.

    `target` and `others` are turns, pauses between them left out, in a recording of `length` seconds. The stretch
    lasts from `shortest` to `longest` seconds; of two with as much speech the first is taken.
    """
    target = union(target, gap=SHORTEST_PAUSE)
    taken = union(others + np.array([-MARGIN, MARGIN]))
    free = difference(np.array([[0.0, length]]), taken)
    best: tuple[float, tuple[float, float]] | None = None
    for low, high in free:
        whole = np.flatnonzero((target[:, 0] >= low) & (target[:, 1] <= high))
        for first in whole:
            for last in whole[whole >= first]:
                stretch = _padded(target, first, last, (low, high))
                lasts = stretch[1] - stretch[0]
                if lasts > longest:
                    break
                speech = seconds(target[first : last + 1])
                if lasts >= shortest and (best is None or speech > best[0]):
                    best = speech, stretch
    return None if best is None else best[1]


def _padded(turns: Intervals, first: int, last: int, free: tuple[float, float]) -> tuple[float, float]:
    """Return a row of turns with some of the pauses around it, at most half of one between turns."""
    before = free[0] if first == 0 else max(free[0], (turns[first - 1, 1] + turns[first, 0]) / 2)
    after = free[1] if last == len(turns) - 1 else min(free[1], (turns[last, 1] + turns[last + 1, 0]) / 2)
    return float(max(turns[first, 0] - PADDING, before)), float(min(turns[last, 1] + PADDING, after))
