from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from curation.errors import ClipError
from curation.sandbox import Sandbox
from tests import hostile

# What may be said of broken bytes. `failed` is missing: an exception that nobody translated is a bug.
REASONS = {
    "missing", "unreadable", "not_audio", "truncated", "chained", "no_samples", "too_long", "too_many_channels",
    "implausible_rate", "implausible_level", "not_finite", "silent", "timed_out", "out_of_memory", "crashed",
}  # fmt: skip


SOUNDS = {".wav", ".flac", ".mp3", ".opus", ".ogg", ".m4a"}


@pytest.fixture(scope="module")
def victims(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the demonstration files and one short file of each kind."""
    folder = tmp_path_factory.mktemp("originals")
    for name, content in hostile.originals().items():
        (folder / name).write_bytes(content)
    paths = [*demonstration.rglob("*"), *folder.iterdir()]
    return sorted(path for path in paths if path.suffix.lower() in SOUNDS)


def counted(outcomes: Iterable[dict[str, object] | ClipError]) -> Counter[object]:
    return Counter(
        outcome.reason if isinstance(outcome, ClipError) else outcome.get("reason", "clip") for outcome in outcomes
    )


def memory_mb() -> float:
    """Return what this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 2**20


def test_whole_files_are_clips(tmp_path: Path) -> None:
    for name, content in hostile.originals().items():
        (tmp_path / name).write_bytes(content)
    with Sandbox(hostile.examine, workers=2, memory_mb=1024, timeout_seconds=20.0) as sandbox:
        rows = list(sandbox.map(list(tmp_path.iterdir())))
    assert counted(rows) == {"clip": len(hostile.originals())}
    assert all(isinstance(row, dict) and {"seconds", "fingerprint"} <= row.keys() for row in rows)


def test_a_seed_decides_its_mutant(victims: list[Path]) -> None:
    whole = victims[0].read_bytes()
    mutants = [hostile.mutant(whole, seed) for seed in range(20)]
    assert mutants == [hostile.mutant(whole, seed) for seed in range(20)]
    assert len(set(mutants) - {whole}) > 15


def test_each_of_200_mutants_ends_as_a_clip_or_as_one_rejection(victims: list[Path], tmp_path: Path) -> None:
    examine = partial(hostile.examine_mutant, victims, tmp_path)
    with Sandbox(examine, workers=2, memory_mb=1024, timeout_seconds=20.0) as sandbox:
        counts = counted(sandbox.map(range(200)))
    assert counts.total() == 200
    assert set(counts) <= REASONS | {"clip"}
    assert 20 < counts["clip"] < 150


@pytest.mark.soak
def test_each_of_10000_mutants_ends_as_a_clip_or_as_one_rejection(victims: list[Path], tmp_path: Path) -> None:
    examine = partial(hostile.examine_mutant, victims, tmp_path)
    with Sandbox(examine, workers=2, memory_mb=1024, timeout_seconds=20.0) as sandbox:
        counts = counted(sandbox.map(range(500)))
        before = memory_mb()
        counts += counted(sandbox.map(range(500, 10_000)))
        grown = memory_mb() - before
    print(f"\n10,000 mutants: {dict(counts.most_common())}; memory {before:.0f} MB, {grown:+.1f} MB after")  # noqa: T201
    assert counts.total() == 10_000
    assert set(counts) <= REASONS | {"clip"}
    assert grown < 10
