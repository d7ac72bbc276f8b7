"""Print the figures of quality, and those of speed and memory, each beside its floor of the same run: `make benchmark`.

Quality is measured on the real corpus, where there is one (tests/quality). The corpus for speed is generated
(tests/speed/corpus.py); no figure on labels means anything.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from curation.settings import Settings, load
from tests.conftest import CORPUS
from tests.quality import aligned, disclosed, measure, planted
from tests.speed import corpus, floor, memory, rows, segmentation

REPEATS = 3


@dataclass(frozen=True)
class Figure:
    """One row of the table: what was measured, the floor beside it, and what it should reach."""

    what: str
    measured: str
    floor: str
    target: str


class Bench:
    """A corpus of some size, a home for it, and rebuilds of it in processes of their own.

    A cold run finds an empty home; the floors, which are measured before, have read the files into the cache of disk.
    """

    def __init__(self, folder: Path, clips: int) -> None:
        self.folder = folder
        self.clips = clips
        self.config = folder / "curation.toml"
        source = f'[sources.{corpus.NAME}]\nroot = "corpus"\ndefinition = "definition"\n'
        self.config.write_text(f'home = "home"\n{source}', encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return load(self.config)

    def rebuild(self, *arguments: str) -> memory.Outcome:
        return memory.run([sys.executable, "-m", "flows.cli", "rebuild", "--config", str(self.config), *arguments])

    def seconds_of(self, stage: str) -> float:
        with duckdb.connect(str(self.folder / "home" / "snapshot.duckdb"), read_only=True) as warehouse:
            rows = warehouse.execute("select sum(seconds) from timings where stage = ?", [stage]).fetchall()
        return float(rows[0][0])

    def paths(self) -> list[Path]:
        return [self.folder / "corpus" / corpus.path_of(number) for number in range(self.clips)]


def figures(bench: Bench, many: int) -> Iterator[Figure]:
    """Measure one thing after the other; `many` is the number of synthetic rows."""
    set_up = statistics.median(floor.set_up() for _ in range(REPEATS))
    yield Figure("set-up, second call", f"{set_up:.2f} s", "-", "at most 0.3 s")

    reading, clip_ids = floor.inspect_all(bench.settings, bench.paths())
    with tempfile.TemporaryDirectory(dir=bench.folder) as shards:
        publishing = floor.publish_all(bench.settings, bench.paths(), clip_ids, Path(shards))
    start = statistics.median(floor.bare_start() for _ in range(REPEATS))

    cold = bench.rebuild()
    ingest, compare = bench.seconds_of("ingest"), bench.seconds_of("compare")
    comparing = floor.compare_all(bench.settings)
    yield Figure("ingest, cold", f"{ingest:.1f} s, {ingest / reading:.2f} x", f"{reading:.1f} s", "at most 1.5 x")
    yield Figure(
        "ingest and comparing, beside the floor of ingest",
        f"{ingest + compare:.1f} s, {(ingest + compare) / reading:.2f} x",
        f"{reading:.1f} s",
        "at most 1.5 x",
    )
    yield Figure("comparing", f"{compare:.1f} s, {compare / comparing:.2f} x", f"{comparing:.1f} s", "none")

    nothing = statistics.median(bench.rebuild().seconds for _ in range(REPEATS))
    yield Figure("rebuild, nothing changed", f"{nothing:.2f} s", "-", "at most 1 s")

    beyond = statistics.median(_one_changed(bench, take) - floor.bare_start() for take in range(1, REPEATS + 1))
    yield Figure("rebuild, one clip changed, beyond a bare start", f"{beyond:.1f} s", f"{start:.1f} s", "at most 3 s")

    rest = cold.seconds - start - reading - comparing - publishing
    yield Figure(
        "warehouse and orchestration: a cold run beyond a bare start and its work on sounds",
        f"{rest:.1f} s of {cold.seconds:.1f} s, {100 * rest / cold.seconds:.1f} %",
        f"start {start:.1f}, read {reading:.1f}, compare {comparing:.1f}, render and write {publishing:.1f} s",
        "at most 5 %",
    )
    yield Figure("peak memory of any process, cold run", f"{cold.peak_mb:.0f} MB", "-", "at most 600 MB")

    few_mb, many_mb = (rows.peak_mb(bench.folder / f"rows{count}", count) for count in (bench.clips, many))
    yield Figure(f"peak memory, {many:,} synthetic rows", f"{many_mb:.0f} MB", f"{few_mb:.0f} MB", "no more")
    one_mb = rows.peak_mb(bench.folder / "rows of one", many, clips_a_speaker=many)
    yield Figure(
        f"peak memory, {many:,} synthetic rows of one speaker", f"{one_mb:.0f} MB", f"{few_mb:.0f} MB", "no more"
    )


def _one_changed(bench: Bench, take: int) -> float:
    corpus.write_clip(bench.folder / "corpus", 0, take)
    return bench.rebuild().seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=22_000)
    parser.add_argument("--folder", type=Path, help="where to work; kept; default: a temporary folder")
    parser.add_argument("--quality", action="store_true", help="only the figures of quality")
    options = parser.parse_args()
    for what, found in quality():
        print(f"{what}: {found}", flush=True)
    if options.quality:
        return
    with tempfile.TemporaryDirectory(prefix="curation-benchmark-") as temporary:
        os.environ.setdefault("CURATION_KEY", "a key for benchmarks, which publish nothing")
        os.environ.setdefault("PREFECT_HOME", f"{temporary}/prefect")
        folder = options.folder or Path(temporary)
        if CORPUS.is_dir():
            for row in segmentation.figures(CORPUS, folder / "segmentation"):
                show(Figure(*row))
        if (folder / "home").exists():
            parser.error(f"{folder / 'home'} is there already, so that nothing would be cold; name another folder")
        started = time.monotonic()
        corpus.make(folder, options.clips, os.cpu_count() or 1)
        print(f"{options.clips:,} clips of {corpus.SECONDS} s made in {time.monotonic() - started:.0f} s", flush=True)
        for figure in figures(Bench(folder, options.clips), 10 * options.clips):
            show(figure)


def quality() -> Iterator[tuple[str, str]]:
    """Yield what was measured and the figure; on the real corpus where there is one."""
    yield from disclosed.figures()
    yield from aligned.word_times()
    if CORPUS.is_dir():
        yield from aligned.on_speakers(CORPUS)
        yield from measure.figures(CORPUS)
        yield from planted.figures(CORPUS)


def show(figure: Figure) -> None:
    print(f"{figure.what}: {figure.measured} (floor {figure.floor}; target: {figure.target})", flush=True)


if __name__ == "__main__":
    main()
