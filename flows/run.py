"""The run in progress: what its flows share, and which part of the work it was asked to do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curation import disclosures, identity
from curation.pseudonyms import Key
from curation.settings import Settings
from curation.sounds import witness
from curation.sources import Source, load_source
from curation.taxonomy import Taxonomy, load_taxonomy
from curation.warehouse import FOLDER, Warehouse
from flows.classifiers import checked as checked_profiler
from flows.models import Models, checked
from flows.profiler import Profiler
from flows.progress import Progress
from flows.scope import Request, Scope

# Raised when a stage's code changes what it concludes from the same inputs.
RULES = {"ground": 2, "agreement": 1, "weigh": 1, "consensus": 2}


@dataclass
class Run:
    """One rebuild: settings, the open warehouse, the key and the progress shown.

    Flows take it from `current()` and not as a parameter, because Prefect records parameters.
    `models` is null where no source is segmented, `profiler` where none is profiled. `subjects` are the files (source,
    path, entity) that --clip named, if it was given.
    """

    settings: Settings
    sources: tuple[Source, ...]
    taxonomy: Taxonomy
    key: Key
    warehouse: Warehouse
    progress: Progress
    scope: Scope
    version: str | None
    models: Models | None
    profiler: Profiler | None
    subjects: pl.DataFrame | None = None
    published: str | None = None

    @property
    def home(self) -> Path:
        """The folder of all state."""
        return self.settings.home

    def roots(self) -> dict[str, Path]:
        """Return each source's folder by name."""
        return {source.name: source.root for source in self.sources}

    def rules(self, stage: str) -> str:
        """Return what decides a stage's results beside its inputs: taxonomy and version of the code."""
        return f"{stage}@{RULES[stage]} {self.taxonomy.digest}"

    def unheard(self) -> pl.DataFrame:
        """Return the clips that the models are to hear, of those that the run was asked for."""
        return self.narrowed(self.warehouse.query("queues/clips_to_segment", rehash=self.scope.rehash))

    def unprofiled(self) -> pl.DataFrame:
        """Return the clips whose voices are to be profiled, of those that the run was asked for."""
        return self.narrowed(self.warehouse.query("queues/clips_to_profile", rehash=self.scope.rehash))

    def unidentified(self) -> pl.DataFrame:
        """Return the entities whose clips or what was heard in them changed since their targets were found."""
        rules = f"{identity.witness()}, {disclosures.witness()}"
        return self.warehouse.query("queues/entities_to_identify", rules=rules, **self.settings.segment.bounds())

    def unagreed(self) -> pl.DataFrame:
        """Return the entities with clips whose evidence or files changed since their records were agreed on."""
        return self.warehouse.query("queues/entities_to_agree", rules=self.rules("agreement"))

    def weighing(self) -> tuple[str, bool]:
        """Return what voices and records are to be weighed by, and whether it is another than they were weighed by."""
        rules = f"{self.rules('weigh')} {self.settings.consensus.min_confidence!r}"
        inputs, is_due = self.warehouse.query("queues/weighing", rules=rules).row(0)
        return inputs, is_due

    def unsettled(self) -> pl.DataFrame:
        """Return the entities whose labels are not those that their records, voices and words give now."""
        rules = f"{self.rules('consensus')} {self.settings.consensus.min_confidence!r}"
        return self.warehouse.query("queues/entities_to_settle", rules=rules)

    def unread(self) -> pl.DataFrame:
        """Return the files that ingest is to read, of those that the run was asked for."""
        limits = {"max_seconds": self.settings.ingest.max_seconds, "max_bytes": self.settings.ingest.max_file_mb << 20}
        queue = self.warehouse.query("queues/files_to_ingest", witness=witness(), rehash=self.scope.rehash, **limits)
        return self.narrowed(queue)

    def narrowed(self, queue: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a queue of files or entities that the run was asked for."""
        if self.scope.source is not None:
            queue = queue.filter(pl.col("source") == self.scope.source)
        if self.subjects is not None:
            shared = [name for name in ("source", "path", "entity") if name in queue.columns]
            queue = queue.join(self.subjects, on=shared, how="semi", maintain_order="left")
        return queue if self.scope.limit is None else queue.head(self.scope.limit)

    @contextmanager
    def stage(self, name: str, items: int, unit: str, per: int = 1) -> Iterator[None]:
        """Show a stage's progress during the block, in units of `per` items; note its time for later estimates."""
        started = time.monotonic()
        with self.progress.stage(name, items, unit, per):
            yield
        if items:
            self.note_time(name, items, time.monotonic() - started)

    def note_time(self, what: str, items: int, seconds: float) -> None:
        """Note how long so many items took, for later estimates."""
        self.warehouse.append("timings", pl.DataFrame([{"stage": what, "items": items, "seconds": seconds}]))


def batches(queue: pl.DataFrame, weight: float) -> Iterator[pl.DataFrame]:
    """Yield a queue in batches of about a `weight` each, in its order; what weighs more is a batch of its own."""
    before = pl.col("weight").cum_sum() - pl.col("weight")
    for _, batch in queue.group_by(before // weight, maintain_order=True):
        yield batch


@contextmanager
def opened(settings: Settings, request: Request, key: Key, progress: Progress) -> Iterator[Run]:
    """Open the warehouse for a run of the settings' sources; ConfigError if a definition or a model is wrong."""
    sources = tuple(load_source(name, source, FOLDER / "sources") for name, source in sorted(settings.sources.items()))
    taxonomy = load_taxonomy()
    stages = {stage for source in sources for stage in source.terms.stages}
    models = checked(settings.segment) if "segment" in stages else None
    profiler = checked_profiler(settings.profile, taxonomy) if "profile" in stages else None
    with Warehouse.writing(settings.home) as warehouse:
        yield Run(
            settings, sources, taxonomy, key, warehouse, progress, request.scope, request.version, models, profiler
        )


_current: ContextVar[Run] = ContextVar("run")


def current() -> Run:
    """Return the run in progress."""
    return _current.get()


@contextmanager
def running(run: Run) -> Iterator[None]:
    """Make a run the current one during the block."""
    token = _current.set(run)
    try:
        yield
    finally:
        _current.reset(token)
