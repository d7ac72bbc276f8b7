"""The speed and memory of the stage `segment` with the embedded models, on the real recordings at several speeds."""

import csv
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
import soundfile
import soxr

from curation.audio import RATE, Samples, decode
from curation.diarization import speech
from curation.voices import stretch_frames
from flows.models import encoder, segmentation
from tests.speed import floor, memory

PROCESSES = 2
SPEEDS = (0.9, 0.95, 1.0, 1.05, 1.1)  # at which a recording is another for the search for copies
LONG_SECONDS = 2 * 3600

_TERMS = """title = "Real recordings at several speeds"
citation = "none: made by tests/benchmark.py"
licence = "CC0-1.0"
tier = "internal"
kind = "registry"
stages = ["ingest", "segment"]
"""
_CLIPS = "select path, speaker, null as recorded_on, null as transcript from read_table('recordings.csv')"
_FACTS = """select null as speaker, null as path, null as property, null as value, null as unit, null as valid_on,
    null as record_file, null as locator where false"""


def figures(corpus: Path, folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield what was measured, the figure, its floor and its target."""
    paths = sorted(path for path in corpus.rglob("*") if path.suffix in (".wav", ".WAV"))
    made = list(_variants(paths, folder / "many"))
    hours = sum(len(samples) for samples in made) / RATE / 3600
    alone = models_alone(made)
    outcome, seconds = _segmented(folder / "many")
    what = f"segment, {hours:.2f} hours in {len(made):,} recordings, {PROCESSES} processes"
    yield (
        f"{what}, beside its models alone",
        f"{seconds:.1f} s, {seconds / alone:.2f} x",
        f"{alone:.1f} s",
        "at most 1.1 x",
    )
    yield f"{what}, models loaded anew", f"{3600 * hours / seconds:.0f} x real time", "-", "at least 60 x"
    yield "segment, peak memory of a process", f"{outcome.peak_mb:.0f} MB", "-", "none"
    long = np.tile(np.concatenate(made), 1 + LONG_SECONDS * RATE // sum(map(len, made)))[: LONG_SECONDS * RATE]
    _write(folder / "long", {"long.wav": long})
    outcome, _ = _segmented(folder / "long")
    yield "segment, peak memory of a process, a recording of 2 hours", f"{outcome.peak_mb:.0f} MB", "-", "none"


def _variants(paths: Sequence[Path], folder: Path) -> Iterator[Samples]:
    found = {}
    for number, path in enumerate(paths):
        samples = decode(path, LONG_SECONDS).pcm
        for speed in SPEEDS:
            found[f"{number}-{speed}.wav"] = soxr.resample(samples, RATE * speed, RATE)
    _write(folder, found)
    yield from found.values()


def _write(folder: Path, recordings: dict[str, Samples]) -> None:
    (folder / "corpus").mkdir(parents=True)
    (folder / "definition").mkdir()
    for name, text in (("source.toml", _TERMS), ("clips.sql", _CLIPS), ("facts.sql", _FACTS)):
        (folder / "definition" / name).write_text(text, encoding="utf-8")
    with (folder / "corpus" / "recordings.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(name, name.split("-")[0]) for name in recordings]
        csv.writer(file, lineterminator="\n").writerows([("path", "speaker"), *rows])
    for name, samples in recordings.items():
        soundfile.write(folder / "corpus" / name, samples, RATE, subtype="PCM_16")
    (folder / "curation.toml").write_text(
        'home = "home"\n[sources.made]\nroot = "corpus"\ndefinition = "definition"\n'
        f"[segment]\nworkers = {PROCESSES}\ntimeout_seconds = 3600\n[ingest]\nmax_silence_share = 1.0\n",
        encoding="utf-8",
    )


def _segmented(folder: Path) -> tuple[memory.Outcome, float]:
    """Rebuild what is in a folder; return how it went, and the seconds of the stage."""
    command = [sys.executable, "-m", "flows.cli", "rebuild", "--config", str(folder / "curation.toml")]
    memory.run([*command, "--stage", "ingest"])
    outcome = memory.run([*command, "--stage", "segment"])
    with duckdb.connect(str(folder / "home" / "snapshot.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("select sum(seconds) from timings where stage = 'segment'").fetchall()
    return outcome, float(rows[0][0])


def models_alone(sounds: Sequence[Samples]) -> float:
    """Return the seconds that loading and running the models alone takes, in a bare loop in each process."""
    order = sorted(range(len(sounds)), key=lambda number: -len(sounds[number]))
    shares = [[sounds[number] for number in order[first::PROCESSES]] for first in range(PROCESSES)]
    with floor.as_in_the_sandbox(), get_context("spawn").Pool(PROCESSES) as pool:
        started = time.perf_counter()
        pool.map(_run, shares, chunksize=1)
        return time.perf_counter() - started


def _run(sounds: Sequence[Samples]) -> None:
    for samples in sounds:
        encoder().vectors(samples, stretch_frames(speech(segmentation().activity(samples))))
