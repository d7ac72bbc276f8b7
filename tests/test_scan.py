import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from curation.errors import ConfigError
from curation.scan import listing_digest, walk


def fill(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def found(root: Path) -> dict[str, str | None]:
    return {entry.path: entry.flaw for entry in walk(root)}


def test_every_file_is_found_once_sorted_by_path(tmp_path: Path) -> None:
    fill(tmp_path, "b.wav", "a/z.wav", "a/b/c.wav", "a.wav", "a-b/c.wav", ".hidden/d.wav")
    paths = [entry.path for entry in walk(tmp_path)]
    assert paths == sorted(["b.wav", "a/z.wav", "a/b/c.wav", "a.wav", "a-b/c.wav", ".hidden/d.wav"])


def test_an_entry_holds_size_and_times(tmp_path: Path) -> None:
    fill(tmp_path, "a.wav")
    status = (tmp_path / "a.wav").stat()
    assert list(walk(tmp_path)) == [("a.wav", status.st_size, status.st_mtime_ns, status.st_ctime_ns, None)]


@pytest.mark.parametrize("target", ["../outside", "../outside/secret.wav", "/etc", "/etc/hostname"])
def test_a_link_that_leaves_the_root_is_not_followed(tmp_path: Path, target: str) -> None:
    fill(tmp_path, "outside/secret.wav", "root/a.wav")
    (tmp_path / "root" / "link").symlink_to(target)
    assert found(tmp_path / "root") == {"a.wav": None, "link": "path_leaves_root"}


def test_a_root_whose_name_begins_like_another_does_not_hold_its_files(tmp_path: Path) -> None:
    fill(tmp_path, "corpus-private/secret.wav", "corpus/a.wav")
    (tmp_path / "corpus" / "link").symlink_to("../corpus-private")
    assert found(tmp_path / "corpus")["link"] == "path_leaves_root"


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    fill(tmp_path, "a/b.wav")
    (tmp_path / "c.wav").symlink_to("a/b.wav")
    (tmp_path / "d").symlink_to("a")
    assert found(tmp_path) == {"a/b.wav": None, "c.wav": None, "d/b.wav": None}


def test_a_link_to_a_folder_above_it_ends(tmp_path: Path) -> None:
    fill(tmp_path, "a/b.wav")
    (tmp_path / "a" / "loop").symlink_to("..")
    assert found(tmp_path) == {"a/b.wav": None}


@pytest.mark.parametrize("target", ["nothing", "itself"])
def test_a_link_to_nothing_is_told(tmp_path: Path, target: str) -> None:
    (tmp_path / "itself").symlink_to(target)
    assert found(tmp_path) == {"itself": "link_broken"}


def test_a_root_that_is_a_link_is_entered(tmp_path: Path) -> None:
    fill(tmp_path, "there/a.wav")
    (tmp_path / "here").symlink_to("there")
    assert found(tmp_path / "here") == {"a.wav": None}


def test_a_pipe_and_a_socket_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    # A socket's path may have 107 bytes, which a test's folder can exceed.
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/socket.wav")
        assert found(Path(short)) == {"socket.wav": "not_a_regular_file"}
    assert found(tmp_path) == {"pipe.wav": "not_a_regular_file"}


def test_a_name_that_is_not_utf8_is_shown_in_hexadecimal(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.wav")).touch()
    assert found(tmp_path) == {"bad\\xff.wav": "name_not_utf8"}


def test_what_git_keeps_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path, ".git/index", "a.wav")
    assert found(tmp_path) == {"a.wav": None}


def test_a_root_that_is_not_there_stops_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        list(walk(tmp_path / "nowhere"))


def test_a_folder_that_cannot_be_read_stops_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "closed/a.wav")
    scandir = os.scandir

    def refuse(folder: str) -> object:  # root, who runs the tests in a container, may read any folder
        if folder.endswith("closed"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ConfigError, match=r"closed: Permission denied"):
        list(walk(tmp_path))


def test_an_edit_of_equal_size_with_its_old_time_changes_the_digest(tmp_path: Path) -> None:
    fill(tmp_path, "a.csv", "b.csv")
    before = listing_digest(walk(tmp_path))
    assert listing_digest(walk(tmp_path)) == before
    status = (tmp_path / "a.csv").stat()
    (tmp_path / "a.csv").write_text("b.csv")
    os.utime(tmp_path / "a.csv", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert listing_digest(walk(tmp_path)) != before


@pytest.mark.parametrize("change", ["add", "remove", "rename"])
def test_another_file_changes_the_digest(tmp_path: Path, change: str) -> None:
    fill(tmp_path, "a.csv", "b.csv")
    before = listing_digest(walk(tmp_path))
    if change == "add":
        fill(tmp_path, "c.csv")
    elif change == "remove":
        (tmp_path / "b.csv").unlink()
    else:
        (tmp_path / "b.csv").rename(tmp_path / "c.csv")
    assert listing_digest(walk(tmp_path)) != before


def test_the_walk_needs_the_standard_library_alone() -> None:
    script = "import sys, curation.scan; print({'polars', 'duckdb', 'pydantic', 'numpy'} & sys.modules.keys())"
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert finished.stdout == "set()\n"
