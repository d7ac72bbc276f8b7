from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from curation.errors import ClipError
from curation.sandbox import Sandbox
from tests import hostile

SEED = 20261123
# What a decoder may say of broken bytes. `failed` is missing: an exception that nobody translated is a bug.
REASONS = {
    "missing", "unreadable", "not_audio", "truncated", "no_samples", "too_long", "too_many_channels",
    "implausible_rate", "implausible_level", "not_finite", "silent", "timed_out", "out_of_memory", "crashed",
}  # fmt: skip


def outcomes(folder: Path, files: Iterator[bytes]) -> Counter[str]:
    """Examine files in a sandbox, and count what becomes of them."""
    counts: Counter[str] = Counter()
    with Sandbox(hostile.examine, workers=2, memory_mb=1024, timeout_seconds=20.0) as sandbox:
        while batch := list(islice(files, 500)):
            paths = [folder / f"{position}.wav" for position in range(len(batch))]
            for path, content in zip(paths, batch, strict=True):
                path.write_bytes(content)
            results = list(sandbox.map(paths))
            assert len(results) == len(paths)
            counts.update(result.reason if isinstance(result, ClipError) else "clip" for result in results)
    return counts


def memory_mb() -> float:
    """Return what this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 2**20


def test_whole_files_are_clips(tmp_path: Path) -> None:
    whole = hostile.originals()
    assert outcomes(tmp_path, iter(whole.values())) == {"clip": len(whole)}


def test_the_same_seed_makes_the_same_mutants() -> None:
    whole = list(hostile.originals().values())
    assert list(hostile.mutants(whole, 50, SEED)) == list(hostile.mutants(whole, 50, SEED))
    assert list(hostile.mutants(whole, 50, SEED)) != list(hostile.mutants(whole, 50, SEED + 1))


def test_each_of_200_mutants_ends_as_a_clip_or_as_one_rejection(tmp_path: Path) -> None:
    counts = outcomes(tmp_path, hostile.mutants(list(hostile.originals().values()), 200, SEED))
    assert counts.total() == 200
    assert set(counts) <= REASONS | {"clip"}
    assert counts["clip"] > 10
    assert counts.total() - counts["clip"] > 50


@pytest.mark.soak
def test_each_of_10000_mutants_ends_as_a_clip_or_as_one_rejection(tmp_path: Path) -> None:
    whole = list(hostile.originals().values())
    outcomes(tmp_path, hostile.mutants(whole, 200, SEED))
    before = memory_mb()
    counts = outcomes(tmp_path, hostile.mutants(whole, 10_000, SEED + 1))
    grown = memory_mb() - before
    print(f"\n10,000 mutants: {dict(counts.most_common())}; memory {before:.0f} MB, {grown:+.1f} MB after")  # noqa: T201
    assert counts.total() == 10_000
    assert set(counts) <= REASONS | {"clip"}
    assert grown < 20
