import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.cuts import MARGIN, PADDING, clean_stretch
from curation.turns import NONE, SHORTEST_PAUSE, Intervals, intersection, seconds, union, without_short

LENGTH = 30.0


def turns(*pairs: tuple[float, float]) -> Intervals:
    return np.array(pairs, float).reshape(-1, 2)


def test_the_longest_stretch_of_the_target_alone_is_taken_with_a_little_pause_around_it() -> None:
    found = clean_stretch(turns((1, 5), (9, 12), (12.5, 16), (25, 28)), turns((6, 8), (17, 24)), LENGTH, 3, 15)
    assert found == pytest.approx((9 - PADDING, 16 + PADDING))


def test_a_turn_that_another_voice_runs_into_is_left_out() -> None:
    found = clean_stretch(
        turns((1, 5), (6, 12)),
        turns(
            (4.9, 5.5),
        ),
        LENGTH,
        3,
        15,
    )
    assert found == pytest.approx((6 - PADDING, 12 + PADDING))


def test_a_stretch_is_no_longer_than_asked_and_ends_in_a_pause() -> None:
    found = clean_stretch(turns((0, 6), (6.5, 12), (12.5, 20)), NONE, LENGTH, 3, 15)
    assert found == pytest.approx((6.5 - PADDING, 20 + PADDING))


def test_a_cut_does_not_reach_into_a_turn_that_was_left_out() -> None:
    start, _ = clean_stretch(turns((1, 5), (5.2, 12)), turns((3, 4)), LENGTH, 3, 15) or (0, 0)
    assert 5 <= start <= 5.2


def test_a_gap_that_may_lie_within_a_word_is_no_pause_to_cut_in() -> None:
    target = turns((0, 2), (2.017, 4.5), (4.517, 9))
    assert clean_stretch(target, NONE, LENGTH, 1, 6) is None
    assert clean_stretch(target, NONE, LENGTH, 1, 15) == pytest.approx((0, 9 + PADDING))


@pytest.mark.parametrize(
    ("target", "others"),
    [(turns((1, 2)), NONE), (turns((1, 25)), NONE), (NONE, NONE), (turns((1, 9)), turns((4, 5)))],
    ids=["too short", "too long, without a pause", "silent", "always interrupted"],
)
def test_where_no_stretch_will_do_there_is_none(target: Intervals, others: Intervals) -> None:
    assert clean_stretch(target, others, LENGTH, 3, 15) is None


places = st.floats(0, LENGTH).map(lambda place: round(place, 2))
any_turns = st.lists(st.tuples(places, places), max_size=8).map(lambda pairs: union(turns(*pairs)))


@given(any_turns, any_turns, st.floats(0.2, 5), st.floats(5, 20))
def test_whatever_is_kept_is_the_targets_alone_within_bounds_and_cut_in_pauses(
    target: Intervals, others: Intervals, shortest: float, longest: float
) -> None:
    target = union(without_short(target, 0.1), gap=SHORTEST_PAUSE)
    found = clean_stretch(target, others, LENGTH, shortest, longest)
    if found is None:
        return
    start, end = found
    assert shortest <= end - start <= longest
    assert 0 <= start < end <= LENGTH
    kept = np.array([found])
    assert seconds(intersection(kept, union(others))) == 0
    assert seconds(intersection(kept, target)) > 0
    for border in found:
        assert not any(turn_start < border < turn_end for turn_start, turn_end in target)
    # no other row of turns that are free has more speech and is as short as asked
    for first in range(len(target)):
        for last in range(first, len(target)):
            row = target[first : last + 1]
            span = np.array([[row[0, 0] - MARGIN, row[-1, 1] + MARGIN]])
            if shortest <= row[-1, 1] - row[0, 0] <= longest - 2 * PADDING and not seconds(
                intersection(span, union(others))
            ):
                assert seconds(row) <= seconds(intersection(kept, target)) + 1e-9
    for other_start, other_end in others:
        assert end <= other_start - MARGIN + 1e-9 or start >= other_end + MARGIN - 1e-9
