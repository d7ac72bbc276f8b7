"""Folders that something is written to for a person."""

from pathlib import Path

from curation.errors import ConfigError


def check_empty(folder: Path, unfinished: str | None = None) -> None:
    """Make a folder, unless it is there and empty but for what was left `unfinished`; else raise ConfigError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(path.name for path in folder.iterdir() if path.name != unfinished)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}; expected a new or empty folder") from error
    if found:
        raise ConfigError(
            f"{folder}: expected a new or empty folder, found {found[0]} and {len(found) - 1} more in it; name another"
        )
