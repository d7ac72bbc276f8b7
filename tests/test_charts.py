import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.report.charts import HEIGHT, LEFT, MOST_POINTS, WIDTH, Line, chart

positive = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("most", "numbers"),
    [
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (180.0, [0, 50, 100, 150, 200]),
        (0.07, [0, 0.02, 0.04, 0.06, 0.08]),
        (9.0, [0, 2, 4, 6, 8, 10]),
        (1e-15, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_the_numbers_on_an_axis_are_round(most: float, numbers: list[float]) -> None:
    assert [tick.value for tick in chart("x", "y", [Line("a", [0, most], [0, 1])]).x_ticks] == numbers


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=20), st.booleans())
def test_all_of_a_line_lies_between_the_axes(points: list[tuple[float, float]], is_sized: bool) -> None:
    x, y = zip(*sorted(points), strict=True)
    drawn = chart("x", "y", [Line("a", x, y, [1.0] * len(x) if is_sized else ())])
    (line,) = drawn.drawn
    pairs = [pair.split(",") for pair in line.path.split()]
    placed = [(x, y) for x, y, _ in line.points] or [(float(x), float(y)) for x, y in pairs]
    assert len(placed) == len(points)
    assert all(LEFT <= place[0] <= WIDTH and 0 <= place[1] <= HEIGHT for place in placed)
    assert drawn.x_ticks[0].place == drawn.left
    assert drawn.x_ticks[-1].place <= drawn.right


def test_a_long_line_is_thinned_but_keeps_its_ends() -> None:
    steps = [float(step) for step in range(10_000)]
    drawn = chart("x", "y", [Line("a", steps, steps[::-1])])
    path = drawn.drawn[0].path.split()
    assert MOST_POINTS / 2 < len(path) <= MOST_POINTS + 1
    assert path[0].startswith(f"{LEFT},")
    assert path[-1].endswith(f",{drawn.bottom}")
