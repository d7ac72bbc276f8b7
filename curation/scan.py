"""Walk a corpus's root: what lies there and since when, with the standard library alone.

A rebuild that finds nothing changed ends here, so nothing heavier may be imported at the top.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from curation.errors import ConfigError

# What a recording's name ends with, in upper or lower case; films have sound, too.
AUDIO_SUFFIXES = (
    *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd", ".sph"),
    *(".nist", ".mp3", ".mp2", ".mpa", ".mpga", ".m2a", ".aac", ".adts", ".ac3", ".amr", ".ogg", ".oga", ".opus"),
    *(".spx", ".ogv", ".m4a", ".m4b", ".mp4", ".m4v", ".f4v", ".mov", ".3gp", ".3g2", ".mka", ".mkv", ".webm"),
    *(".weba", ".wma", ".wmv", ".asf"),
)

# Git rewrites its own files whenever it is asked anything; none of them is part of a corpus.
LEFT_OUT = ".git"


class Entry(NamedTuple):
    """One path below a root, in POSIX form and relative to it; times in ns.

    `flaw` is null for a regular file, otherwise the reason why nothing may be read there. A name
    that is not UTF-8 shows its bytes in hexadecimal.
    """

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    flaw: str | None = None


def walk(root: Path) -> Iterator[Entry]:
    """Yield every file below a root, in a fixed order, following links only where they stay inside.

    Raises ConfigError for a root or a folder in it that cannot be read.
    """
    real = os.path.realpath(root)
    if not Path(real).is_dir():
        raise ConfigError(f"root {root}: no such folder; [sources.<name>] root must name the corpus's folder")
    yield from _folder(real, "", real, (real,))


def listing_digest(entries: Iterable[tuple[object, ...]]) -> str:
    """Return one SHA-256 over what a walk found, or rows that hold the same; it changes with any path, size or time."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(repr(tuple(entry)).encode())
    return digest.hexdigest()


def _folder(folder: str, prefix: str, root: str, chain: tuple[str, ...]) -> Iterator[Entry]:
    """Walk one folder; `chain` holds the real folders above it, so that a link to one of them ends."""
    try:
        with os.scandir(folder) as found:
            children = sorted(found, key=_sort_key)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"folder {folder}: {error.strerror}; make it readable or move it out of {root}") from error
    for child in children:
        if child.name != LEFT_OUT:
            yield from _child(child, prefix, root, chain)


def _sort_key(child: "os.DirEntry[str]") -> str:
    # With its slash a folder sorts among the files as its contents' paths do.
    return child.name + "/" if child.is_dir(follow_symlinks=False) else child.name


def _child(child: "os.DirEntry[str]", prefix: str, root: str, chain: tuple[str, ...]) -> Iterator[Entry]:
    path = prefix + child.name
    if child.is_symlink():
        target = os.path.realpath(child.path)
        if os.path.commonpath([target, root]) != root:
            yield Entry(_shown(path), 0, 0, 0, "path_leaves_root")
        elif not Path(target).exists():
            yield Entry(_shown(path), 0, 0, 0, "link_broken")
        elif not Path(target).is_dir():
            yield from _file(child, path)
        elif target not in chain:
            yield from _folder(target, path + "/", root, (*chain, target))
    elif child.is_dir(follow_symlinks=False):
        yield from _folder(child.path, path + "/", root, (*chain, child.path))
    else:
        yield from _file(child, path)


def _file(child: "os.DirEntry[str]", path: str) -> Iterator[Entry]:
    try:
        status = child.stat()
    except FileNotFoundError:  # it went between the listing and now
        return
    flaw = None
    if not stat.S_ISREG(status.st_mode):
        flaw = "not_a_regular_file"
    elif not _is_utf8(path):
        flaw = "name_not_utf8"
    yield Entry(_shown(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, flaw)


def _is_utf8(path: str) -> bool:
    # Python stands lone surrogates in for bytes that do not decode.
    return not any("\ud800" <= character <= "\udfff" for character in path)


def _shown(path: str) -> str:
    return path if _is_utf8(path) else os.fsencode(path).decode("utf-8", "backslashreplace")
