"""What a rebuild is asked to do, and what it leaves out."""

from dataclasses import dataclass

STAGES = ("ingest", "segment", "profile", "ground", "consensus")


@dataclass(frozen=True)
class Scope:
    """What a run is narrowed to; a narrowed run never publishes."""

    source: str | None = None
    stage: str | None = None
    clip: str | None = None
    limit: int | None = None
    rehash: bool = False

    @property
    def narrowed_by(self) -> tuple[str, ...]:
        """The options that leave out some of the work."""
        return tuple(name for name in ("source", "stage", "clip", "limit") if getattr(self, name) is not None)

    @property
    def is_narrowed(self) -> bool:
        """Whether some of the work is left out."""
        return bool(self.narrowed_by)

    def includes(self, stage: str) -> bool:
        """Return whether a stage is to run."""
        return self.stage in (None, stage) or (self.stage, stage) == ("segment", "identity")


@dataclass(frozen=True)
class Request:
    """What the user asked for: a version to publish, the plan alone, or a part of the work."""

    version: str | None = None
    dry_run: bool = False
    scope: Scope = Scope()
