"""Run a command and note the most memory that each of its processes ever held."""

import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECONDS_BETWEEN_LOOKS = 0.2
PROC = Path("/proc")


@dataclass(frozen=True)
class Outcome:
    """How long a command took, and the peak of each process in MB (resident, shared libraries included)."""

    seconds: float
    peaks: dict[int, float] = field(default_factory=dict)

    @property
    def peak_mb(self) -> float:
        """The peak of the largest process."""
        return max(self.peaks.values())


def run(command: Sequence[str]) -> Outcome:
    """Run a command to its end; CalledProcessError, with what it wrote, if it fails."""
    peaks: dict[int, float] = {}
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        watcher = threading.Thread(target=_watch, args=(process, peaks))
        watcher.start()
        output, _ = process.communicate()
        seconds = time.perf_counter() - started
        watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Outcome(seconds, peaks)


def _watch(process: "subprocess.Popen[str]", peaks: dict[int, float]) -> None:
    while process.returncode is None:
        for number in _tree(process.pid):
            if (peak := _peak_mb(number)) is not None:
                peaks[number] = peak
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _tree(root: int) -> Iterator[int]:
    """Yield a process and all below it; one that ends meanwhile is left out."""
    yield root
    for thread in (PROC / str(root) / "task").glob("*"):
        try:
            children = (thread / "children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children:
            yield from _tree(int(child))


def _peak_mb(number: int) -> float | None:
    """Return the kernel's own high-water mark; only what grows after the last look is missed."""
    try:
        lines = (PROC / str(number) / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM:")), None)
