"""Plan: bring the warehouse up to the sources, and say what that leaves to do and why."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl
from rich.table import Table

from curation import audio
from curation import release as releases
from curation.copies import PAGE
from curation.errors import ConfigError
from curation.intake import adopt_parts, compact_parts, correct, forget_sources, keep_facts, scan_sources
from curation.sounds import witness
from curation.versions import parent_of
from flows.models import Models
from flows.profiler import Profiler
from flows.run import Run

# Seconds an item, measured on two cores, until this home has timings of its own.
_FIRST_GUESS = {
    "ingest": 0.004,
    "compare": 0.2,
    "segment": 0.006,
    "profile": 0.001,  # to segment and to profile: a second of audio
    "identity": 0.001,
    "ground": 0.001,
    "consensus": 0.001,
    "render": 0.003,
}
_CLIP_SECONDS = 6.0  # of audio in a file that has not been read
_TABLES_SECONDS = 0.0001  # a clip, to write the tables of a release
_FILE = ("source", "entity", "path", "seconds", "why")


@dataclass(frozen=True)
class Plan:
    """What a rebuild would do: stage, why, items and estimated seconds."""

    rows: list[dict[str, object]]

    def table(self) -> Table:
        """Return the rows as a table for the terminal."""
        table = Table(box=None, pad_edge=False)
        for column in ("stage", "why"):
            table.add_column(column)
        for column in ("items", "about seconds"):
            table.add_column(column, justify="right")
        for row in self.rows:
            table.add_row(str(row["stage"]), str(row["why"]), f"{row['items']:,}", f"{row['seconds']:,}")
        return table


def prepare(run: Run) -> None:
    """Load what the sources and the corrections now say, all or nothing, and finished parts before it.

    Raises ConfigError for a source, correction or id that does not fit, with nothing changed.
    """
    adopt_parts(run.warehouse, run.home)
    compact_parts(run.warehouse, run.home)
    with run.warehouse.transaction():
        # once nothing can be refused any more
        keep_facts(run.warehouse, run.home / "parts", _load(run))


def plan(run: Run) -> Plan:
    """Return what a rebuild would do; the run's home is one to throw away, but for its parts."""
    adopt_parts(run.warehouse, run.home)
    with run.warehouse.transaction():
        _load(run)
    return Plan(list(_rows(run)))


def _rows(run: Run) -> Iterator[dict[str, object]]:
    pace = _FIRST_GUESS | {row["stage"]: row["pace"] for row in run.warehouse.query("marts/paces").to_dicts()}
    queues = _queues(run)
    for stage, queue in queues.items():
        # a model's time is that of the sound
        weight = pl.col("seconds").sum() if "seconds" in queue.columns else pl.len()
        reasons = queue.group_by("why").agg(items=pl.len(), weight=weight).sort("why")
        for why, items, weight in reasons.iter_rows():
            yield {"stage": stage, "why": why, "items": items, "seconds": round(weight * pace[stage], 1)}
    unread = queues["ingest"].filter(pl.col("why") != "reread").height
    if comparisons := _comparisons(unread, run.warehouse.count("claims")):
        seconds = comparisons * pace["compare"]
        yield {"stage": "compare", "why": "after ingest", "items": comparisons, "seconds": round(seconds, 1)}
    if run.scope.is_narrowed:
        return
    clips = run.warehouse.count("claims") + queues["ingest"].filter(pl.col("why") == "new").height
    is_settled = all(queues[stage].is_empty() for stage in ("segment", "profile", "identity", "consensus"))
    why, to_render = _release(run, unread, clips, is_settled=is_settled)
    if why is not None:
        seconds = to_render * pace["render"] + clips * _TABLES_SECONDS
        yield {"stage": "release", "why": why, "items": to_render, "seconds": round(seconds, 1)}


def _comparisons(new: int, known: int) -> int:
    """Return how many comparisons of pages it takes until all new clips have met each other and the known ones."""
    new_pages, known_pages = (-(-count // PAGE["clips"]) for count in (new, known))
    return new_pages * (new_pages + 1) // 2 + new_pages * known_pages


def _release(run: Run, unread: int, clips: int, *, is_settled: bool) -> tuple[str | None, int]:
    """Return why a release would be made, and about how many clips would be rendered for it."""
    parent = parent_of(run.home)
    if parent is None:
        return "first", clips
    rendering = releases.rendering(run.settings.release.loudness_lufs, audio.witness())
    if parent.manifest["rendering"] != rendering:
        return "rendered otherwise", clips
    if unread:
        return "after ingest", unread
    terms = releases.terms_digest(run.warehouse.query("marts/sources"))
    reasons = {
        "after consensus": not is_settled,
        "version asked for": run.version is not None,
        "terms changed": parent.manifest["terms_digest"] != terms,
        "settings changed": parent.manifest["settings_digest"] != run.settings.digest,
    }
    return next((why for why, holds in reasons.items() if holds), None), 0


def _queues(run: Run) -> dict[str, pl.DataFrame]:
    """Return what each stage would take up; consensus also what the stages before it would hand on."""
    ungrounded = run.warehouse.query("queues/entities_to_ground", rules=run.rules("ground"))
    # what is agreed on anew, and what else is to be settled
    unsettled = pl.concat([run.unagreed(), run.unsettled()]).unique(
        ["source", "entity"], keep="first", maintain_order=True
    )
    unidentified = run.unidentified()
    wanted = {
        "ingest": run.unread(),
        "segment": run.unheard(),
        "profile": run.unprofiled(),
        "identity": run.narrowed(unidentified),
        "ground": run.narrowed(ungrounded),
        "consensus": run.narrowed(unsettled),
    }
    queues = {stage: queue if run.scope.includes(stage) else queue.clear() for stage, queue in wanted.items()}
    if run.scope.includes("segment"):
        with run.warehouse.registered("unread", queues["ingest"]):
            unheard = run.warehouse.query("queues/files_to_segment_next", seconds=_CLIP_SECONDS)
        queues["segment"] = pl.concat([queues["segment"].select(unheard.columns), unheard])
        with (
            run.warehouse.registered("unheard", queues["segment"]),
            run.warehouse.registered("unread", queues["ingest"]),
            run.warehouse.registered("unidentified", queues["identity"]),
        ):
            queues["identity"] = run.narrowed(run.warehouse.query("queues/entities_to_identify_next"))
    if run.scope.includes("profile"):
        with (
            run.warehouse.registered("unread", queues["ingest"]),
            run.warehouse.registered("unheard", queues["segment"].select(_FILE)),
        ):
            next_ones = run.warehouse.query("queues/files_to_profile_next", seconds=_CLIP_SECONDS)
        queues["profile"] = run.narrowed(pl.concat([queues["profile"].select(_FILE), next_ones]))
    if run.scope.includes("consensus"):
        with (
            run.warehouse.registered("unread", queues["ingest"]),
            run.warehouse.registered("ungrounded", queues["ground"]),
            run.warehouse.registered("unsettled", queues["consensus"]),
        ):
            queues["consensus"] = run.narrowed(run.warehouse.query("queues/entities_to_settle_next"))
    return queues


def _in_use(*models: Models | Profiler | None) -> pl.DataFrame:
    """Return the files of the models in use (witness, file, sha256)."""
    rows = [(one.witness, *file) for one in models if one is not None for file in sorted(one.files.items())]
    return pl.DataFrame(rows, dict.fromkeys(("witness", "file", "sha256"), pl.String), orient="row")


def _load(run: Run) -> Collection[pl.DataFrame]:
    """Load what the sources and the corrections say, and return the facts that are new."""
    if run.scope.source is None:
        forget_sources(run.warehouse, [source.name for source in run.sources])
    wanted = [source for source in run.sources if run.scope.source in (None, source.name)]
    scanned = scan_sources(run.warehouse, wanted, frozenset(run.taxonomy.properties), rehash=run.scope.rehash)
    correct(run.warehouse, run.settings.ground.corrections)
    with run.warehouse.registered("in_use", _in_use(run.models, run.profiler)):
        profiler = None if run.profiler is None else run.profiler.witness
        run.warehouse.execute("derived/state_models", profiler=profiler)
    if run.scope.clip is not None:
        run.subjects = run.warehouse.query("marts/subjects", id=run.scope.clip, witness=witness())
        if run.subjects.is_empty():
            raise ConfigError(f"--clip {run.scope.clip}: no file or clip has this path or id; see `curation explain`")
    return scanned.values()
