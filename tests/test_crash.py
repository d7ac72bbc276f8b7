"""Killed, out of space, or not allowed to write: nothing half done is seen, and the next rebuild goes on."""

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from curation.release import described
from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench, begin, environment, processes_in, without_models

KILLS = 10
KILLS_OF_UPDATES = 4  # of the ten; the others hit a rebuild in an empty home
SOAK_KILLS = int(os.environ.get("CURATION_SOAK_KILLS", "300"))
SEED = 20261123
# Small batches and audio files, so that much lies half done at any moment.
MANY_STEPS = "[ingest]\nbatch_size = 16\n[release]\nclips_per_shard = 32"
# What the first release of a home that holds one is made without: a take of every speaker, the file that others are
# copies of, and a line in the middle of a registry.
ADDED_FILES = ("take-7.", "D03/take-1.wav")
ADDED_RECORD = "D21\t"


def bench_of(corpus: Path, folder: Path) -> Workbench:
    """Return a workbench on the demonstration corpus, without models: loading them in every process would take most
    of the time, and so most of the kills. They are killed in tests/test_segment.py.
    """
    definition = without_models("demonstration", folder / "definition")
    return Workbench(folder, {"demonstration": (corpus, definition)}, MANY_STEPS)


def start(bench: Workbench) -> "subprocess.Popen[str]":
    return begin("rebuild", "--json", "--config", bench.config, folder=bench.folder)


def kill_after(bench: Workbench, seconds: float, kill: Callable[[int, int], None] = os.killpg) -> bool:
    """Kill a rebuild, with everything in its process group or (os.kill) alone; return whether it ran still."""
    with start(bench) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        return False


def assert_whole(bench: Workbench) -> None:
    """No release is half there: what stands under a version is, to the byte, as its manifest says."""
    for folder in (bench.home / "releases").glob("[0-9]*"):
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        found = {path.relative_to(folder).as_posix(): described(path) for path in folder.rglob("*") if path.is_file()}
        del found["manifest.json"]
        assert found == files
    assert bench.latest is None or bench.release.is_dir()


def assert_nothing_survives(bench: Workbench) -> None:
    deadline = time.monotonic() + 10
    while processes_in(bench.folder):
        assert time.monotonic() < deadline, "a process outlived its parent"
        time.sleep(0.1)


@dataclass(frozen=True)
class Rebuild:
    """A rebuild that may be killed: of a corpus, in a home that is empty or is a copy of one with a release."""

    corpus: Path
    home: Path | None
    before: str | None
    after: str

    def bench(self, folder: Path) -> Workbench:
        """Return a workbench at its beginning."""
        bench = bench_of(self.corpus, folder)
        if self.home is not None:
            shutil.copytree(self.home, bench.home)
        return bench

    def assert_killed(self, bench: Workbench) -> None:
        assert_nothing_survives(bench)
        assert_whole(bench)
        assert bench.latest in (self.before, self.after)
        assert self.before is None or (bench.home / "releases" / self.before).is_dir()

    def assert_complete(self, bench: Workbench, digest: str) -> None:
        assert_whole(bench)
        assert (bench.latest, bench.manifest["parent"]) == (self.after, self.before)
        assert bench.manifest["content_digest"] == digest
        assert bench.plan() == {}


@pytest.fixture(scope="module")
def first(demonstration: Path) -> Rebuild:
    """Return a rebuild of the demonstration corpus in an empty home."""
    return Rebuild(demonstration, None, None, "1.0.0")


@pytest.fixture(scope="module")
def update(
    demonstration: Path,
    tmp_path_factory: pytest.TempPathFactory,
    prefect_server: str,  # noqa: ARG001 - it must be there
) -> Rebuild:
    """Return a rebuild of the same corpus in a home with a release of most of it: files and a record were added."""
    folder = tmp_path_factory.mktemp("published")
    corpus = folder / "demonstration"
    shutil.copytree(
        demonstration, corpus, ignore=lambda folder, names: [
            name for name in names if any(added in f"{folder}/{name}" for added in ADDED_FILES)
        ],
    )  # fmt: skip
    for name, added in (("recordings.csv", ADDED_FILES), ("registry/clinic.tsv", (ADDED_RECORD,))):
        lines = (demonstration / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not any(word in line for word in added)]
        assert len(kept) < len(lines)
        (corpus / name).write_text("".join(kept), encoding="utf-8")
    bench = bench_of(corpus, folder)
    assert not kill_after(bench, 600)
    assert bench.latest == "1.0.0"
    shutil.copytree(demonstration, corpus, dirs_exist_ok=True)
    return Rebuild(corpus, bench.home, "1.0.0", "1.1.0")


@pytest.fixture(scope="module")
def uninterrupted(first: Rebuild, update: Rebuild, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[float]]:
    """Return the content digest of uninterrupted rebuilds, one for both, and the seconds that each took."""
    seconds, digests = [], set()
    for rebuild in (first, update):
        bench = rebuild.bench(tmp_path_factory.mktemp("uninterrupted"))
        started = time.monotonic()
        assert not kill_after(bench, 600)
        seconds.append(time.monotonic() - started)
        digests.add(bench.manifest["content_digest"])
        rebuild.assert_complete(bench, bench.manifest["content_digest"])
    (digest,) = digests
    return digest, seconds


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_rebuild_killed_at_ten_moments_of_its_length_ends_as_if_it_never_was(
    first: Rebuild, update: Rebuild, uninterrupted: tuple[str, list[float]], tmp_path: Path
) -> None:
    digest, seconds = uninterrupted
    for rebuild, lasts, kills in zip(
        (first, update), seconds, (KILLS - KILLS_OF_UPDATES, KILLS_OF_UPDATES), strict=True
    ):
        for number in range(1, kills + 1):
            bench = rebuild.bench(tmp_path / f"{rebuild.after} {number}")
            moment = lasts * number / (kills + 1)
            # every second time the process alone: its children have to notice
            while not kill_after(bench, moment, os.kill if number % 2 else os.killpg):
                # a machine shared with others ended this run sooner than the one that was timed
                shutil.rmtree(bench.folder)
                bench, moment = rebuild.bench(bench.folder), 0.8 * moment
            rebuild.assert_killed(bench)
            assert not kill_after(bench, 600)
            rebuild.assert_complete(bench, digest)


@pytest.mark.soak
def test_a_rebuild_killed_at_random_again_and_again_ends_as_if_it_never_was(
    first: Rebuild, update: Rebuild, uninterrupted: tuple[str, list[float]], tmp_path: Path
) -> None:
    digest, seconds = uninterrupted
    dice = random.Random(SEED)
    lasts = list(seconds)
    killed = runs = 0
    started = time.monotonic()
    while killed < SOAK_KILLS:
        which = runs % 2
        rebuild, kills_before, begun = (first, update)[which], killed, time.monotonic()
        bench = rebuild.bench(tmp_path / str(runs))
        while kill_after(bench, dice.uniform(0, 1.2 * lasts[which]), dice.choice((os.kill, os.killpg))):
            killed += 1
            rebuild.assert_killed(bench)
        if killed == kills_before:
            # The machine is as fast as it is now, and kills must fall within a run.
            lasts[which] = time.monotonic() - begun
        runs += 1
        rebuild.assert_complete(bench, digest)
        shutil.rmtree(bench.folder)
    print(f"\n{killed} kills in {runs} rebuilds, {time.monotonic() - started:.0f} s")  # noqa: T201


@pytest.mark.slow
@pytest.mark.parametrize("limit", [2_000, 60_000, 1_000_000])
def test_a_disk_that_takes_no_more_is_one_message_and_the_next_rebuild_goes_on(small: Workbench, limit: int) -> None:
    with start(small) as process:
        # The disk as a process sees it: writing beyond so many bytes of a file fails, as on a full disk.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        _, errors = process.communicate()
    assert process.returncode == 1
    assert errors.splitlines()[-1].startswith(f"curation: {small.home}")
    assert "File too large" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    assert [path.name for path in small.home.iterdir() if path.name in ("latest", "releases")] == []
    assert not kill_after(small, 100)
    assert (small.latest, small.table("labels").height) == ("1.0.0", 36)


@pytest.mark.slow
def test_wherever_the_disk_fills_up_the_release_before_stays(
    small: Workbench, small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.rebuild()
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    where = ""

    def full(move: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        """Every file comes into place by a rename, so each is a step at which the disk may be full."""

        def moved(path: Path, target: Path) -> Path:
            if str(target).endswith(where) or target.parent.name == where:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
            return move(path, target)

        return moved

    monkeypatch.setattr(Path, "replace", full(Path.replace))
    monkeypatch.setattr(Path, "rename", full(Path.rename))
    for where in ("/status.json", "ingest", "/snapshot.duckdb", "audio", "/manifest.json", "releases", "/latest"):  # noqa: B007
        with pytest.raises(OSError, match="No space left on device"):
            small.rebuild()
        assert_whole(small)
        assert small.latest == "1.0.0"
    where = "nowhere"
    assert small.rebuild()["published"] == "1.1.0"
    assert small.table("labels").height == 39
    assert_whole(small)


def test_a_home_that_is_read_only_is_one_message(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    modes = {path: path.stat().st_mode & 0o777 for path in [small.home, *small.home.rglob("*")]}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    # root may write anywhere, unless it gives that power up
    powerless = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]
    asked = {
        name: subprocess.run(
            [*powerless, sys.executable, "-m", "flows.cli", name, "--config", small.config],
            env=environment(), capture_output=True, text=True, check=False,
        )
        for name in ("rebuild", "status")
    }  # fmt: skip
    for path, mode in modes.items():
        path.chmod(mode)
    message = f"curation: home {small.home}: Permission denied; make it writable or set CURATION_HOME\n"
    assert (asked["rebuild"].returncode, asked["rebuild"].stderr) == (1, message)
    assert asked["status"].returncode == 0, asked["status"].stderr
    assert "1.0.0" in asked["status"].stdout
    assert small.latest == "1.0.0"
    assert small.rebuild()["published"] == "1.1.0"
