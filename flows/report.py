"""The report: read the findings from a snapshot, so that a rebuild may go on meanwhile, and write the page."""

from pathlib import Path

import polars as pl

from curation import shortcuts
from curation.errors import ClipError, CurationError
from curation.pseudonyms import Key, load_key
from curation.records import shaped
from curation.report import page
from curation.report.findings import EXCERPT, Findings, ordered, to_hear
from curation.sandbox import Sandbox
from curation.settings import Settings
from curation.sounds import Unrendered, render
from curation.versions import latest
from curation.warehouse import Warehouse
from flows.views import original_of

# by the field of Findings that holds what it yields
QUERIES = {
    **{
        name: f"marts/{name}"
        for name in (
            "intake", "rejections", "label_verdicts", "label_classes", "label_reasons", "label_confidences",
            "estimates", "skills", "conflicts", "answers", "audits",
        )
    },
    "recorded": "queues/recorded",
    "questions": "marts/open_questions",
}  # fmt: skip
PSEUDONYM_LENGTH = 8  # digits: enough to tell speakers apart on a page


def written_report(settings: Settings, output: Path | None) -> Path:
    """Write the page to a file, `report.html` in home if none is named, in one step; return its path."""
    text = page(findings_of(settings))
    path = output or settings.home / "report.html"
    staged = path.with_name(f".{path.name}.staged")
    try:
        staged.write_text(text, encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        raise CurationError(f"{path}: {error.strerror}; name a file to write to (--output)") from error
    return path


def findings_of(settings: Settings) -> Findings:
    """Return what is known after the last finished stage; ConfigError where nothing has been rebuilt yet."""
    with Warehouse.reading(settings.home) as warehouse:
        frames = {name: warehouse.query(query) for name, query in QUERIES.items()}
        clips, labels = warehouse.query("marts/shortcut_features"), warehouse.query("marts/accepted_labels")
        conflicts = ordered(frames.pop("conflicts"))
        excerpts = excerpts_of(settings, warehouse, conflicts)
    found, features = shortcuts.audit(clips, labels)
    return Findings(
        version=latest(settings.home),
        shortcuts=found,
        shortcut_features=features,
        conflicts=pseudonymised(conflicts, load_key(create=False)),
        excerpts=excerpts,
        **frames,
    )


def pseudonymised(conflicts: pl.DataFrame, key: Key) -> pl.DataFrame:
    """Return conflicts with the first digits of published ids in place of entities."""
    if conflicts.is_empty():
        return conflicts
    columns = (("source", "entity"), ("other_source", "other_entity"))
    return conflicts.with_columns(
        pl.Series(entity, [_pseudonym(key, *row) for row in conflicts.select(source, entity).iter_rows()], pl.String)
        for source, entity in columns
    )


def _pseudonym(key: Key, source: str | None, entity: str | None) -> str | None:
    if source is None or entity is None:
        return None
    kind, _, name = entity.partition(":")
    return key.pseudonym(kind, f"{source} {name}")[:PSEUDONYM_LENGTH]


def excerpts_of(settings: Settings, warehouse: Warehouse, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Return the sounds to play beside the conflicts that are shown (EXCERPT)."""
    if conflicts.is_empty():
        return conflicts
    wanted = to_hear(conflicts)
    with warehouse.registered("wanted", wanted):
        clips = warehouse.query("marts/clips_to_hear")
    sounds = wanted.select("number", "place", "role").join(_sounds(settings, clips), on="number", how="left")
    return shaped(sounds.with_columns(pl.col("reason").fill_null("no_other_clip")), EXCERPT)


def _sounds(settings: Settings, clips: pl.DataFrame) -> pl.DataFrame:
    """Return number, clip_id and flac of each clip to hear; or the reason why it can't be, which is empty if it can."""
    outcomes: dict[int, bytes | ClipError] = {}
    unrendered = {}
    for row in clips.to_dicts():
        try:
            path = original_of(settings, row["source"], row["path"])
        except CurationError:
            outcomes[row["number"]] = ClipError("not_on_disk", row["path"])
        else:
            cut = (row["start_seconds"], row["end_seconds"])
            unrendered[row["number"]] = Unrendered(
                str(path), row["clip_id"], settings.ingest.max_seconds, settings.release.loudness_lufs, cut
            )
    limits = settings.ingest
    with Sandbox(render, limits.worker_count, limits.max_memory_mb, limits.timeout_seconds) as sandbox:
        outcomes |= zip(unrendered, sandbox.map([*unrendered.values()]), strict=True)
    found = [outcomes[number] for number in clips["number"]]
    return clips.select(
        "number",
        "clip_id",
        flac=pl.Series([None if isinstance(sound, ClipError) else sound for sound in found], dtype=pl.Binary),
        reason=pl.Series([sound.reason if isinstance(sound, ClipError) else "" for sound in found], dtype=pl.String),
    )
