"""What the reading commands answer. They read snapshots, so they answer during a rebuild too."""

import shutil
from pathlib import Path

from pydantic import BaseModel

from curation.audio import witness
from curation.errors import CurationError
from curation.explain import Explanation, explain
from curation.home import STATE_FILE, STATUS_FILE, inputs_digest, is_held, read_json
from curation.pseudonyms import load_key
from curation.settings import Settings
from curation.shards import read_sounds
from curation.spectrogram import draw
from curation.versions import parent_of
from curation.warehouse import Warehouse
from flows.summary import summary


def status_of(settings: Settings) -> dict[str, object]:
    """Return what runs, what is published, and whether anything changed since."""
    home = settings.home
    release = parent_of(home)
    answer: dict[str, object] = {
        "home": str(home),
        "running": read_json(home / STATUS_FILE) if is_held(home) else None,
        "latest": None if release is None else release.version,
        "release": None if release is None else str(release.folder),
        "counts": None if release is None else release.manifest["counts"],
        "up_to_date": _is_up_to_date(settings),
        "summary": [],
    }
    if Warehouse.is_readable(home):
        with Warehouse.reading(home) as warehouse:
            answer["summary"] = summary(warehouse).rows()
    return answer


def _is_up_to_date(settings: Settings) -> bool:
    state = read_json(settings.home / STATE_FILE)
    return bool(state) and state["inputs"] == inputs_digest(settings, load_key().fingerprint)


def explanation_of(settings: Settings, subject: str, attribute: str | None) -> Explanation:
    """Return the chain from a clip's labels to the facts as recorded, as of the last finished stage."""
    with Warehouse.reading(settings.home) as warehouse:
        return explain(warehouse, subject, attribute, witness())


def written_by_show(settings: Settings, subject: str, folder: Path) -> dict[str, str]:
    """Write a clip's original, its published sound and a spectrogram; return the paths by what they are."""
    found = explanation_of(settings, subject, None)
    kept = next((file for file in found.files if file["is_kept"]), found.files[0])
    original = settings.sources[str(kept["source"])].root / str(kept["path"])
    if not original.is_file():
        raise CurationError(f"{subject}: {original} is not on disk, so there is nothing to show")
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(str(kept["path"])).stem if found.clip is None else str(found.clip["clip_id"])[:12]
    written = {"original": folder / f"{name}.original{original.suffix.lower()}"}
    shutil.copyfile(original, written["original"])
    if (sound := _published_sound(settings.home, found)) is not None:
        written["published"] = folder / f"{name}.published.flac"
        written["published"].write_bytes(sound)
    if found.clip is not None:
        written["spectrogram"] = folder / f"{name}.spectrogram.png"
        draw(written.get("published", written["original"]), written["spectrogram"])
    return {what: str(path) for what, path in written.items()}


def _published_sound(home: Path, found: Explanation) -> bytes | None:
    release = parent_of(home)
    if release is None or found.clip is None or found.clip["published_id"] is None:
        return None
    clip_id = str(found.clip["published_id"])
    with Warehouse.reading(home) as warehouse:
        clips = str(release.folder / "clips.parquet")
        rows = warehouse.query("marts/published_clip", clips_file=clips, id=clip_id)
    if rows.is_empty():
        return None
    return read_sounds(release.folder / "audio" / rows["audio_file"][0], {clip_id})[clip_id]


def settings_of(settings: Settings) -> list[dict[str, str]]:
    """Return every setting with its value here and what it means."""
    return [*_rows("", settings)]


def _rows(prefix: str, table: BaseModel) -> list[dict[str, str]]:
    rows = []
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        if isinstance(value, BaseModel):
            rows += _rows(f"{prefix}{name}.", value)
        elif isinstance(value, dict):
            for key, item in value.items():
                rows += _rows(f"{prefix}{name}.{key}.", item)
        else:
            rows.append({"setting": prefix + name, "value": str(value), "meaning": field.description or ""})
    return rows
