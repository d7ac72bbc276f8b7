import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.turns import (
    NONE,
    Intervals,
    difference,
    intersection,
    of_frames,
    seconds,
    union,
    without_short,
)

# On a grid, so that touching and equal borders are common and membership of a point is never in doubt.
STEP = 0.25
COUNT = 40


def intervals(*pairs: tuple[float, float]) -> Intervals:
    return np.array(pairs, dtype=float).reshape(-1, 2)


borders = st.integers(0, COUNT).map(lambda place: place * STEP)
any_intervals = st.lists(st.tuples(borders, borders), max_size=8).map(lambda pairs: intervals(*pairs))


def points(some: Intervals) -> set[int]:
    """Return the frames that lie in any of the intervals, found one by one."""
    return {frame for frame in range(COUNT) for start, end in some if start <= (frame + 0.5) * STEP < end}


def is_a_set(some: Intervals) -> bool:
    return bool(np.all(some[:, 0] < some[:, 1]) and np.all(some[1:, 0] > some[:-1, 1]))


@given(any_intervals, any_intervals)
def test_sets_of_intervals_are_sets_of_points(some: Intervals, others: Intervals) -> None:
    a, b = union(some), union(others)
    for found, expected in (
        (union(some, others), points(some) | points(others)),
        (intersection(a, b), points(some) & points(others)),
        (difference(a, b), points(some) - points(others)),
    ):
        assert is_a_set(found)
        assert points(found) == expected
        assert seconds(found) == pytest.approx(len(expected) * STEP)


@given(any_intervals, st.integers(0, 4))
def test_a_union_closes_the_gaps_that_it_is_told_to_and_no_other(some: Intervals, places: int) -> None:
    closed = union(some, gap=places * STEP)
    assert points(some) <= points(closed)
    assert np.all(closed[1:, 0] - closed[:-1, 1] > places * STEP)
    for start, end in difference(closed, union(some)):
        assert end - start <= places * STEP


@given(any_intervals)
def test_frames_and_intervals_say_the_same(some: Intervals) -> None:
    a = union(some)
    frames = np.isin(np.arange(COUNT), list(points(some)))
    assert np.array_equal(of_frames(frames, STEP), a)


def test_short_intervals_are_left_out() -> None:
    assert np.array_equal(without_short(intervals((0, 1), (2, 2.5), (3, 5)), 1.0), intervals((0, 1), (3, 5)))


def test_nothing_is_a_set_too() -> None:
    assert union().shape == intersection(NONE, NONE).shape == difference(NONE, NONE).shape == NONE.shape
    assert seconds(NONE) == 0
    assert len(of_frames(np.zeros(3, np.bool_), STEP)) == 0


@pytest.mark.parametrize("first", range(0, 900, 7))
def test_frames_of_a_hundredth_have_the_same_borders_as_their_numbers(first: int) -> None:
    found = of_frames((np.arange(1000) >= first) & (np.arange(1000) < first + 20), 0.01)
    assert found.tolist() == [[first / 100, (first + 20) / 100]]
