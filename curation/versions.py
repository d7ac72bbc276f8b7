"""Versions: which releases a home holds, and what the next one is called.

Standard library only: a rebuild that finds nothing to do asks here and ends.
"""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import ConfigError, ReleaseError
from curation.home import LATEST, synchronise

MANIFEST = "manifest.json"
STAGED = ".staged"  # where the release to be is made
UNANNOUNCED = ".unannounced"  # names a version that is being put in place, and the one that `latest` named before

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Changes:
    """How the labels of a release differ from its parent's."""

    labels_added: int
    labels_removed: int
    labels_changed: int
    clips_added: int
    clips_removed: int


@dataclass(frozen=True)
class Parent:
    """The release before the one to be."""

    version: str
    folder: Path
    manifest: Mapping[str, Any]


def folder_of(home: Path, version: str) -> Path:
    """Return where a release lies."""
    return home / "releases" / version


def latest(home: Path) -> str | None:
    """Return the version that `home/latest` names, or None before the first release."""
    path = home / LATEST
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def announce(home: Path, version: str) -> None:
    """Point `latest` at a version, in one step that a power cut cannot halve."""
    pointer = home / f".{LATEST}.staged"
    pointer.write_text(version + "\n", encoding="utf-8")
    synchronise(pointer)
    pointer.replace(home / LATEST)
    synchronise(home)


def settle_unannounced(home: Path) -> None:
    """Take back a release that a kill left in place before `latest` named it, so that the rebuild goes on with it."""
    note = home / "releases" / UNANNOUNCED
    if not note.exists():
        return
    version, _, former = note.read_text(encoding="utf-8").partition("\n")
    target, staged = folder_of(home, version), home / "releases" / STAGED
    # where `latest` names another than then, the release was announced before somebody moved it
    if _VERSION.fullmatch(version) and (latest(home) or "") == former and target.exists():
        if staged.exists():
            shutil.rmtree(target)
        else:
            target.rename(staged)
    note.unlink()


def parent_of(home: Path) -> Parent | None:
    """Return the latest release, or None before the first; ReleaseError if its manifest cannot be read."""
    version = latest(home)
    if version is None:
        return None
    path = folder_of(home, version) / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"{path}: cannot be read ({error}); restore the release, or name an earlier one in {home / LATEST}"
        ) from error
    return Parent(version, path.parent, manifest)


def next_version(parent: Parent | None, changes: Changes, rules: str) -> str:
    """Return the version after a parent: major for other rules or schemas, minor for additions, else patch."""
    if parent is None:
        return "1.0.0"
    major, minor, patch = parsed(parent.version)
    if rules != parent.manifest["rules_digest"]:
        return f"{major + 1}.0.0"
    if changes.labels_added or changes.clips_added:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def check_version(given: str, parent: Parent | None) -> None:
    """Refuse a version that a maintainer chose if it is malformed or not after the latest one."""
    if not _VERSION.fullmatch(given):
        raise ConfigError(f"VERSION={given}: expected three numbers such as 1.2.0")
    if parent is not None and parsed(given) <= parsed(parent.version):
        raise ConfigError(f"VERSION={given}: not after the latest release, {parent.version}")


def parsed(version: str) -> tuple[int, int, int]:
    """Return the three numbers of a version."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(f"version {version!r}: expected three numbers such as 1.2.0")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)
