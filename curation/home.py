"""Home: the folder of all state and releases, held by one rebuild at a time.

Everything here works without polars, DuckDB or Prefect: what finds nothing to do ends here.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO

from curation.errors import BusyError, CurationError
from curation.scan import listing_digest, walk
from curation.settings import Settings
from curation.sources import DEFINITION_FILES

STATE_FILE = "state.json"  # what the last complete rebuild was made from
STATUS_FILE = "status.json"  # how far the present one is
LATEST = "latest"  # names the newest release
SPILL = "spill"  # what does not fit into memory

# What a release's bytes follow from, beside this project: decoders, arithmetic, models, and what writes Parquet.
LIBRARIES = (
    *("av", "duckdb", "numpy", "polars", "pyarrow", "scipy", "soundfile", "soxr"),
    *("ctranslate2", "faster-whisper", "onnxruntime", "phonenumbers", "pocketsphinx", "pyannote.audio", "torch"),
    *("transformers", "whisperx"),
)

CODE = Path(__file__).resolve().parents[1]


def inputs_digest(settings: Settings, key_fingerprint: str) -> str:
    """Return a digest of all that a release follows from: code, libraries, settings, key, sources, models and answers.

    Files of corpora and models count by path, size and times, so this costs one walk and no reading.
    """
    digest = hashlib.sha256(settings.model_dump_json().encode())
    digest.update(key_fingerprint.encode())
    digest.update(repr([(name, version(name)) for name in LIBRARIES]).encode())
    for path in _rules(settings):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    folders = {name: source.root for name, source in settings.sources.items()}
    folders |= settings.model_folders
    for name, folder in sorted(folders.items()):
        digest.update(f"{name} {listing_digest(walk(folder))}".encode())
    for part in sorted((settings.home / "parts" / "answers").glob("*.parquet")):
        digest.update(part.name.encode())  # which is that of its content
    return digest.hexdigest()


def _rules(settings: Settings) -> Iterator[Path]:
    """Yield the code, the definitions of the sources in use, and the corrections."""
    for package in ("curation", "flows"):
        yield from sorted((CODE / package).rglob("*.py"))
    for kind in ("*.toml", "*.txt"):
        yield from sorted((CODE / "curation").rglob(kind))
    yield from sorted((CODE / "warehouse").rglob("*.sql"))
    for name, source in sorted(settings.sources.items()):
        folder = source.definition or CODE / "warehouse" / "sources" / name
        yield from (folder / file for file in DEFINITION_FILES if (folder / file).exists())
    if settings.ground.corrections is not None and settings.ground.corrections.exists():
        yield settings.ground.corrections


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold home for one rebuild; BusyError names the process that holds it already."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = (home / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise CurationError(f"home {home}: {error.strerror}; make it writable or set CURATION_HOME") from error
    with file:
        if not _is_locked_by_us(file):
            file.seek(0)
            raise BusyError(f"home {home}: a rebuild is running (process {file.read().strip()}); wait for it")
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def copied(home: Path) -> Iterator[Path]:
    """Yield a folder like home, to be thrown away: its database is a copy, its parts and releases are home's own.

    BusyError names the process that holds home.
    """
    with ExitStack() as stack:
        beside = None
        if home.exists():
            stack.enter_context(held(home))
            # records must not be left outside home; what a kill leaves here, the next rebuild clears
            beside = home / SPILL
            beside.mkdir(exist_ok=True)
        copy = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plan-", dir=beside)))
        for path in home.glob("warehouse.duckdb*"):
            shutil.copyfile(path, copy / path.name)
        for name in ("parts", "releases", LATEST):
            if (home / name).exists():
                (copy / name).symlink_to((home / name).resolve())
        yield copy


def _is_locked_by_us(file: IO[str]) -> bool:
    # Whoever asks which process holds home has the lock for an instant itself, so one refusal is no answer.
    for _ in range(10):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def holder(home: Path) -> int | None:
    """Return the process that rebuilds in home, or None if nothing runs."""
    path = home / "lock"
    if not path.exists():
        return None
    with path.open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0)
    return None


def read_json(path: Path) -> dict[str, object]:
    """Return the object in a small state file, empty if there is none."""
    try:
        found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CurationError(f"{path}: not readable as JSON ({error}); delete it, it is rebuilt") from error
    return found


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Replace a small state file in one step."""
    staged = path.with_name(f".{path.name}.staged")
    staged.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    staged.replace(path)


def synchronise(path: Path) -> None:
    """Flush a file, or what a folder names, to disk, so that a power cut after it loses nothing."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
