"""What a rebuild shows on its way: a bar to a person, lines to a log, and the table at the end to both."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from curation.settings import load
from flows import progress
from flows.progress import Progress
from flows.scope import Request
from flows.start import start
from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return the time, as the module `time` does."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def work(shows: Progress, clock: Clock, *, steps: int, seconds: float, total: int) -> None:
    """Pass through a stage that ends, by itself or not, after so many steps of so many seconds."""
    with shows.stage("ingest", total, "files"):
        for _ in range(steps):
            clock.now += seconds
            shows.advance(100)


def test_a_terminal_sees_the_stage_how_far_it_is_and_the_time_left(tmp_path: Path, clock: Clock) -> None:
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, color_system=None, width=100, get_time=clock.monotonic)
    work(Progress(tmp_path, console), clock, steps=3, seconds=2, total=1000)
    (line,) = [text for text in screen.getvalue().splitlines() if "300 of 1,000" in text][-1:]
    assert line.split()[0].endswith("ingest")
    assert line.split()[2:] == ["300", "of", "1,000", "files", "0:00:06", "left", "0:00:14"]


def test_units_of_many_are_counted_in_hundredths(tmp_path: Path) -> None:
    written = StringIO()
    shows = Progress(tmp_path, Console(file=written, width=100))
    with shows.stage("segment", 9000, "hours of audio", per=3600):
        shows.advance(4500.0)
        assert json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))["total"] == 2.5
        shows.advance(4500.0)
    assert written.getvalue().splitlines() == [
        "segment: 0.0 of 2.5 hours of audio",
        "segment: 2.5 of 2.5 hours of audio",
    ]


def test_a_log_gets_a_line_at_the_start_every_ten_seconds_and_at_the_end(tmp_path: Path, clock: Clock) -> None:
    written = StringIO()
    work(Progress(tmp_path, Console(file=written, width=100)), clock, steps=20, seconds=5, total=2000)
    between = [
        f"ingest: {count:,} of 2,000 files, about {(2000 - count) / 20:.0f} s left" for count in range(200, 2000, 200)
    ]
    assert written.getvalue().splitlines() == ["ingest: 0 of 2,000 files", *between, "ingest: 2,000 of 2,000 files"]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_stage_without_items_shows_nothing_and_is_done(tmp_path: Path, clock: Clock, *, is_terminal: bool) -> None:
    screen = StringIO()
    console = Console(file=screen, force_terminal=is_terminal, width=100)
    work(Progress(tmp_path, console), clock, steps=0, seconds=0, total=0)
    assert screen.getvalue() == ""
    assert json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))["state"] == "done"


def test_a_rebuild_ends_with_what_came_in_what_left_what_is_settled_and_where_it_is(
    small: Workbench, small_corpus: SmallCorpus
) -> None:
    small_corpus.write("ana/3.wav", "ana", seed=99).unlink()
    small_corpus.speakers["ben"]["gender"] = "unknown"
    small_corpus.save()
    written = StringIO()
    start(load(small.config), Request(), Console(file=written, width=100))
    lines = written.getvalue().splitlines()
    table = lines[lines.index("release: 12 of 12 clips") + 1 : -1]
    assert [" ".join(line.split()) for line in table] == [
        "what outcome count",
        "small: files in 13",
        "small: files kept as clips 12",
        "ingest: files rejected file_missing 1",
        "ground: facts rejected not_stated 1",
        "labels: accent accepted 12",
        "labels: age accepted 12",
        "labels: education no record 12",
        "labels: gender accepted 10",
        "labels: gender no record 2",
        *[f"labels: {attribute} no record 12" for attribute in ("health", "income", "social_stratum", "weight")],
    ]
    assert lines[-1] == f"published 1.0.0: {small.release}"
