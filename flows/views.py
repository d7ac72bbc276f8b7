"""What the reading commands answer. They read snapshots, so they answer during a rebuild too."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from curation.errors import ConfigError, CurationError
from curation.explain import Explanation, Row, explain
from curation.home import STATE_FILE, STATUS_FILE, holder, inputs_digest, read_json
from curation.pseudonyms import load_key
from curation.settings import Settings
from curation.shards import sounds_in
from curation.sounds import witness
from curation.spectrogram import draw
from curation.versions import folder_of, latest, parent_of
from curation.warehouse import Warehouse
from flows.summary import summary


def status_of(settings: Settings) -> dict[str, object]:
    """Return what runs, what is published, whether anything changed since, and what people are asked."""
    home = settings.home
    release = parent_of(home)
    answer: dict[str, object] = {
        "home": str(home),
        "running": _running(home),
        "latest": None if release is None else release.version,
        "release": None if release is None else str(release.folder),
        "counts": None if release is None else release.manifest["counts"],
        **_state(settings),
        "summary": [],
        "questions": [],
    }
    if Warehouse.is_readable(home):
        with Warehouse.reading(home) as warehouse:
            answer["summary"] = summary(warehouse).rows()
            answer["questions"] = warehouse.query("marts/questions").to_dicts()
    return answer


def _running(home: Path) -> dict[str, object] | None:
    """Return how far the rebuild in home is; until its first stage the status file is that of another one."""
    process = holder(home)
    if process is None:
        return None
    status = read_json(home / STATUS_FILE)
    return status if status.get("process") == process else {"state": "starting", "process": process}


def _state(settings: Settings) -> dict[str, object]:
    """Return whether a rebuild would find something to do, and what would stop it before any work."""
    state = read_json(settings.home / STATE_FILE)
    if not state:
        return {"up_to_date": False, "problem": None}
    try:
        inputs = inputs_digest(settings, load_key(create=False).fingerprint)
    except ConfigError as error:
        return {"up_to_date": False, "problem": str(error)}
    return {"up_to_date": state == {"inputs": inputs, "latest": latest(settings.home)}, "problem": None}


def explanation_of(settings: Settings, subject: str, attribute: str | None) -> Explanation:
    """Return the chain from a clip's labels to the facts as recorded, as of the last finished stage."""
    with Warehouse.reading(settings.home) as warehouse:
        found = explain(warehouse, subject, attribute, witness())
        return replace(found, published=_published(warehouse, settings.home, found.clip))


def _published(warehouse: Warehouse, home: Path, clip: Row | None) -> Row | None:
    """Return a clip's row in the latest release; an id that once was given does not put it there."""
    release = parent_of(home)
    if release is None or clip is None or clip["published_id"] is None:
        return None
    clips = str(release.folder / "clips.parquet")
    rows = warehouse.query("marts/published_clip", clips_file=clips, id=clip["published_id"])
    return None if rows.is_empty() else {"release": release.version, **rows.row(0, named=True)}


def written_by_show(settings: Settings, subject: str, folder: Path) -> dict[str, str]:
    """Write a clip's original, its published sound and a spectrogram; return the paths by what they are."""
    found = explanation_of(settings, subject, None)
    # of several files that hold the sound: the one that was named, or else the one that is kept
    kept = min(found.files, key=lambda file: (not _full_path(file).endswith(subject), not file["is_kept"]))
    original = original_of(settings, kept["source"], kept["path"])
    name = Path(kept["path"]).stem if found.clip is None else found.clip["clip_id"][:12]
    written = {"original": folder / f"{name}.original{original.suffix.lower()}"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, written["original"])
        if found.published is not None:
            written["published"] = folder / f"{name}.published.flac"
            written["published"].write_bytes(_sound(settings.home, found.published))
        if found.clip is not None:
            written["spectrogram"] = folder / f"{name}.spectrogram.png"
            what = "published" if "published" in written else "original"
            draw(written[what], written["spectrogram"], f"clip {name}, {what}")
    except OSError as error:
        raise CurationError(
            f"{error.filename or folder}: {error.strerror}; name a folder to write to (--into)"
        ) from error
    return {what: str(path) for what, path in written.items()}


def original_of(settings: Settings, source: str, path: str) -> Path:
    """Return where a file of a source lies; CurationError where it is not to be found, or outside of the source."""
    if source not in settings.sources:
        raise ConfigError(f"source {source} of {path} is not in the settings; name the file that has it (--config)")
    root = settings.sources[source].root
    file = root / path
    if not file.resolve().is_relative_to(root.resolve()):
        raise CurationError(f"{source}:{path}: leads out of the source's root, so it is not shown")
    if not file.is_file():
        raise CurationError(f"{source}:{path}: {file} is not on disk, so there is nothing to show")
    return file


def _full_path(file: Row) -> str:
    return f"{file['source']}:{file['path']}"


def _sound(home: Path, published: Row) -> bytes:
    path = folder_of(home, published["release"]) / "audio" / published["audio_file"]
    return dict(sounds_in(path, {published["clip_id"]}))[published["clip_id"]]


def settings_of(settings: Settings) -> list[dict[str, Any]]:
    """Return every setting with its table, its value here and what it means."""
    return [*_rows("", settings)]


def _rows(table: str, values: BaseModel) -> list[dict[str, Any]]:
    """List a table's own settings before those of the tables in it, as TOML has to."""
    rows, inner = [], []
    for name, field in type(values).model_fields.items():
        value = getattr(values, name)
        if isinstance(value, BaseModel):
            inner += _rows(f"{table}.{name}" if table else name, value)
        elif isinstance(value, dict) and any(isinstance(item, BaseModel) for item in value.values()):
            for key, item in value.items():
                inner += _rows(f"{table}.{name}.{key}" if table else f"{name}.{key}", item)
        else:
            rows.append({"table": table, "setting": name, "value": value, "meaning": field.description or ""})
    return rows + inner
