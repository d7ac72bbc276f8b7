"""The demonstration corpus: fictional speakers and their records, with every kind of dirt that real ones hold.

`make rebuild-dataset` works on it where no source is configured. It shows how the pipeline behaves; it never
stands in for real audio in a figure. records/ holds the speakers' records as they are, script.toml who says what.
"""

import csv
import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from curation.errors import ConfigError

RECORDS = Path(__file__).with_name("records")
STAMP = ".complete"
ADAPTERS = ("espeak.py", "pyav.py")
LIBRARIES = ("espeakng-loader", "av", "numpy")


def generate(root: Path) -> None:
    """Write the corpus into a folder, the same bytes every time, unless it is there already.

    Only for one process at a time. A kill leaves the corpus as it was, or none. Raises ConfigError for a folder that
    holds something else, and where nothing can be written.
    """
    try:
        stamp, current = root / STAMP, _digest()
    except PackageNotFoundError as error:
        raise ConfigError(
            f"the demonstration corpus needs {error.name}: install the extra `demonstration`, or name your own corpora "
            "under [sources] in curation.toml"
        ) from error
    try:
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == current:
            return
        if root.exists() and not stamp.is_file():
            raise ConfigError(f"demonstration corpus {root}: found a folder that is something else; move it away")
        _replace(root, current)
    except OSError as error:
        raise ConfigError(f"demonstration corpus {root}: cannot be written: {error}") from error


def _replace(root: Path, stamp: str) -> None:
    partial, former = root.with_name(f"{root.name}.partial"), root.with_name(f"{root.name}.former")
    for left_over in (partial, former):
        if left_over.exists():
            shutil.rmtree(left_over)
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(RECORDS, partial)
    _record(partial)
    (partial / STAMP).write_text(stamp, encoding="utf-8")
    if root.exists():
        root.rename(former)
    partial.rename(root)
    if former.exists():
        shutil.rmtree(former)


def _record(folder: Path) -> None:
    """Write recordings.csv and every file in it."""
    # Imported here because a rebuild that finds nothing to do must not wait for a synthesiser and encoders.
    from curation.demonstration.script import load, recordings
    from curation.demonstration.sound import cast, file_bytes

    script = load()
    voices = cast(script)
    everything = recordings(script)
    with (folder / "recordings.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("file", "speaker", "recorded", "text", "cold"))
        for recording in everything:
            if recording.listed:
                cold = "y" if recording.path in script.recorded_with_a_cold else "n"
                table.writerow((recording.path, recording.speaker, recording.recorded, recording.transcript, cold))
    on_disk = [recording for recording in everything if recording.on_disk]
    # Threads, because encoders let go of the interpreter.
    with ThreadPoolExecutor() as pool:
        for recording, data in zip(on_disk, pool.map(lambda one: file_bytes(one, voices), on_disk), strict=True):
            path = folder / recording.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _digest() -> str:
    """Return one SHA-256 over what the corpus is made from: this package, two adapters and their libraries."""
    digest = hashlib.sha256(repr([(name, version(name)) for name in LIBRARIES]).encode())
    package = Path(__file__).parent
    adapters = [package.parent / "adapters" / name for name in ADAPTERS]
    for path in [*sorted(package.rglob("*")), *adapters]:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()
