"""Where lines and points of a chart lie, in pixels; the template of the report draws them."""

from collections.abc import Sequence
from math import ceil, floor, log10, sqrt
from typing import NamedTuple

WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 10, 46  # around the axes: room for their numbers and titles
STEPS = 5  # about so many numbers on an axis
MOST_POINTS = 300  # of a line: more are finer than the picture
_NOTHING = 1e-9  # what is left of a sum of chances when all of them are subtracted again
SMALLEST, LARGEST = 2.0, 9.0  # radius of a point


class Line(NamedTuple):
    """Points, x by x, that are joined up; or, where they have sizes, a point each of such an area."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    sizes: Sequence[float] = ()


class Tick(NamedTuple):
    """A number on an axis, and where it stands."""

    value: float
    place: float


class Drawn(NamedTuple):
    """A line or points, by name: `path` as SVG wants it, or `points`, each with its radius."""

    name: str
    path: str
    points: list[tuple[float, float, float]]


class Chart(NamedTuple):
    """A chart whose axes begin at 0."""

    x_title: str
    y_title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    drawn: list[Drawn]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def chart(x_title: str, y_title: str, lines: Sequence[Line]) -> Chart:
    """Return where everything lies; the axes end at the largest numbers of the lines, or the next round one."""
    x_ticks, y_ticks = _ticks([x for line in lines for x in line.x]), _ticks([y for line in lines for y in line.y])
    across = (WIDTH - RIGHT - LEFT) / x_ticks[-1]
    up = (HEIGHT - BOTTOM - TOP) / y_ticks[-1]
    largest = max((size for line in lines for size in line.sizes), default=1.0)

    def placed(x: float, y: float) -> tuple[float, float]:
        return round(LEFT + x * across, 1), round(HEIGHT - BOTTOM - y * up, 1)

    drawn = []
    for line in lines:
        every = ceil(len(line.x) / MOST_POINTS) or 1
        kept = sorted({*range(0, len(line.x), every), len(line.x) - 1})
        points = [placed(line.x[place], line.y[place]) for place in kept]
        path = "" if line.sizes else " ".join(f"{x:g},{y:g}" for x, y in points)
        radii = [max(SMALLEST, round(LARGEST * sqrt(size / largest), 1)) for size in line.sizes]
        sized = [(x, y, radius) for (x, y), radius in zip(points, radii, strict=False)]
        drawn.append(Drawn(line.name, path, sized))
    return Chart(
        x_title,
        y_title,
        [Tick(value, placed(value, 0)[0]) for value in x_ticks],
        [Tick(value, placed(0, value)[1]) for value in y_ticks],
        drawn,
    )


def _ticks(values: Sequence[float]) -> list[float]:
    """Return round numbers from 0 up to the largest value: steps of 1, 2 or 5 times a power of ten."""
    most = max(values, default=0.0)
    if most < _NOTHING:
        most = 1.0
    power = 10.0 ** floor(log10(most / STEPS))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= most / STEPS * 0.999)
    return [float(f"{number * step:.12g}") for number in range(ceil(most / step - 1e-9) + 1)]
