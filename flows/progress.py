"""Progress: what a person at the terminal sees, what a log gets, and what `curation status` reads."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from curation.home import STATUS_FILE, write_json

# A log gets a line when a stage begins, ends, and this often in between.
_LINE_SECONDS = 10.0
_STATUS_SECONDS = 0.5


def _bars(console: Console) -> Bars:
    return Bars(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.fields[done]} {task.fields[unit]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )


class Progress:
    """Shows one stage at a time; any thread may say that it advanced."""

    def __init__(self, home: Path, console: Console) -> None:
        """Write the status to home and the rest to the console."""
        self._status = home / STATUS_FILE
        self._console = console
        self._lock = Lock()
        self._name, self._unit, self._per = "", "", 1
        self._done: float = 0
        self._total: float = 0
        self._started = self._last_status = self._last_line = 0.0

    @contextmanager
    def stage(self, name: str, total: float, unit: str, per: int = 1) -> Iterator[None]:
        """Show a stage of `total` during the block, in units of `per`."""
        self._name, self._unit, self._per, self._done, self._total = name, unit, per, 0, total
        self._started = self._last_line = time.monotonic()
        self._write_status("running")
        if not total:
            yield
        elif self._console.is_terminal:
            with _bars(self._console) as self._bars:
                self._task = self._bars.add_task(name, total=total, unit=unit, done=self._counted())
                yield
        else:
            self._line()
            yield
            self._line()
        self._write_status("done")

    def advance(self, count: float) -> None:
        """Count some of the present stage as done."""
        with self._lock:
            self._done += count
            now = time.monotonic()
            if self._console.is_terminal:
                self._bars.update(self._task, advance=count, done=self._counted())
            elif self._done < self._total and now - self._last_line >= _LINE_SECONDS:
                self._line()
            if now - self._last_status > _STATUS_SECONDS:
                self._write_status("running")

    def _line(self) -> None:
        self._last_line = time.monotonic()
        left = self._seconds_left()
        remaining = "" if left is None or self._done >= self._total else f", about {left:.0f} s left"
        self._console.print(f"{self._name}: {self._counted()} {self._unit}{remaining}", highlight=False)

    def _counted(self) -> str:
        done, total = self._units()
        return f"{done:,} of {total:,}"

    def _units(self) -> tuple[float, float]:
        """Return what is done and the total, in units; of units that are many, hundredths count."""
        if self._per == 1:
            return self._done, self._total
        return round(self._done / self._per, 2), round(self._total / self._per, 2)

    def _seconds_left(self) -> float | None:
        if not self._done:
            return None
        return (time.monotonic() - self._started) * (self._total - self._done) / self._done

    def _write_status(self, state: str) -> None:
        self._last_status = time.monotonic()
        left = self._seconds_left()
        done, total = self._units()
        status = {
            "state": state,
            "process": os.getpid(),
            "stage": self._name,
            "done": done,
            "total": total,
            "unit": self._unit,
            "seconds_left": None if left is None else round(left),
        }
        write_json(self._status, status)
