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
from pathlib import Path

import pytest

from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench, begin, environment, processes_in

KILLS = 10
SOAK_KILLS = int(os.environ.get("CURATION_SOAK_KILLS", "300"))
SEED = 20261123
# Small batches and audio files, so that much lies half done at any moment.
MANY_STEPS = "[ingest]\nbatch_size = 16\n[release]\nclips_per_shard = 32"


def start(bench: Workbench) -> "subprocess.Popen[str]":
    return begin("rebuild", "--json", "--config", bench.config, folder=bench.folder)


def kill_after(bench: Workbench, seconds: float) -> bool:
    """Kill a rebuild and everything in its process group; return whether it ran still."""
    with start(bench) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        return False


def assert_whole(bench: Workbench) -> None:
    """No release is half there: what stands under a version is as its manifest says."""
    for folder in (bench.home / "releases").glob("[0-9]*"):
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        found = {
            path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()
        }
        del found["manifest.json"]
        assert found == {name: file["size"] for name, file in files.items()}
    assert bench.latest is None or bench.release.is_dir()


@pytest.fixture(scope="module")
def uninterrupted(
    demonstration: Path,
    tmp_path_factory: pytest.TempPathFactory,
    prefect_server: str,  # noqa: ARG001 - it must be there
) -> tuple[str, float]:
    """Return the content digest of an uninterrupted rebuild and the seconds that it took."""
    bench = Workbench(tmp_path_factory.mktemp("uninterrupted"), {"demonstration": demonstration}, MANY_STEPS)
    started = time.monotonic()
    assert not kill_after(bench, 600)
    return bench.manifest["content_digest"], time.monotonic() - started


def assert_nothing_survives(bench: Workbench) -> None:
    deadline = time.monotonic() + 10
    while processes_in(bench.folder):
        assert time.monotonic() < deadline, "a process outlived its parent"
        time.sleep(0.1)


@pytest.mark.timeout(1800)
def test_a_rebuild_killed_at_ten_moments_of_its_length_ends_as_if_it_never_was(
    uninterrupted: tuple[str, float], demonstration: Path, tmp_path: Path
) -> None:
    digest, seconds = uninterrupted
    killed = 0
    for number in range(1, KILLS + 1):
        bench = Workbench(tmp_path / str(number), {"demonstration": demonstration}, MANY_STEPS)
        killed += kill_after(bench, seconds * number / (KILLS + 1))
        assert_nothing_survives(bench)
        assert_whole(bench)
        assert not kill_after(bench, 600)
        assert_whole(bench)
        assert bench.manifest["content_digest"] == digest
        assert bench.plan() == {}
    assert killed >= KILLS - 2  # a machine shared with others may end a run sooner than it did the first one


@pytest.mark.soak
def test_a_rebuild_killed_at_random_again_and_again_ends_as_if_it_never_was(
    uninterrupted: tuple[str, float], demonstration: Path, tmp_path: Path
) -> None:
    digest, seconds = uninterrupted
    dice = random.Random(SEED)
    killed = runs = 0
    while killed < SOAK_KILLS:
        bench = Workbench(tmp_path / str(runs), {"demonstration": demonstration}, MANY_STEPS)
        while kill_after(bench, dice.uniform(0, 1.2 * seconds)):
            killed += 1
            assert_nothing_survives(bench)
            assert_whole(bench)
        runs += 1
        assert_whole(bench)
        assert bench.manifest["content_digest"] == digest
        assert bench.plan() == {}
        shutil.rmtree(bench.folder)
    print(f"\n{killed} kills in {runs} rebuilds of {seconds:.1f} s")  # noqa: T201


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
