"""Settings: curation.toml and the environment, read once into one frozen object."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from curation.errors import ConfigError, nearest

DEFAULT_FILE = "curation.toml"
HOME_VARIABLE = "CURATION_HOME"

# The corpus that the project makes itself, in home, when no source is configured.
DEMONSTRATION = "demonstration"

# The models that come inside installed packages.
EMBEDDED = "embedded"

Tier = Literal["open", "research", "internal"]
Device = Literal["cpu", "cuda"]
# Those of CTranslate2 that name one arithmetic, on whatever machine.
ComputeType = Literal[
    "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32"
]


class Table(BaseModel):
    """One table of the settings file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


class SourceSettings(Table):
    """`[sources.NAME]`: where one corpus lies."""

    root: Path = Field(description="folder that holds the corpus, relative to the settings file")
    definition: Path | None = Field(
        None, description="folder with source.toml, clips.sql and facts.sql, if not warehouse/sources/NAME"
    )


class IngestSettings(Table):
    """`[ingest]`: which sounds are fit to use, and the limits of decoding."""

    min_seconds: float = Field(0.5, gt=0, description="shorter clips are rejected")
    max_seconds: float = Field(7200.0, gt=0, description="longer files are rejected, decoded no further")
    max_clipped_share: float = Field(0.05, ge=0, le=1, description="share of samples at full scale")
    max_silence_share: float = Field(0.95, ge=0, le=1, description="share of frames without sound")
    max_dc_offset: float = Field(0.1, ge=0, description="mean of the samples, full scale being 1")
    min_snr_db: float = Field(0.0, description="estimated speech over background, in dB")
    min_bandwidth_hz: float = Field(1000.0, ge=0, description="highest frequency that carries sound")
    max_memory_mb: int = Field(3072, ge=256, description="address space of one decoding process")
    max_file_mb: int = Field(2048, ge=1, description="larger files are rejected unread")
    timeout_seconds: float = Field(120.0, gt=0, description="for one file; then it is rejected")
    workers: int = Field(0, ge=0, description="decoding processes; 0: one a core")
    batch_size: int = Field(512, ge=1, description="files in one task and one part")

    def thresholds(self) -> dict[str, float]:
        """Return the limits that a decoded clip is judged by."""
        return {name: value for name, value in self if name.startswith(("min_", "max_")) and isinstance(value, float)}

    @property
    def worker_count(self) -> int:
        """How many decoding processes to use."""
        return self.workers or os.cpu_count() or 1


class ModelSettings(Table):
    """Where a model lies, and which one it is.

    With a revision `model` is an id on the Hugging Face hub, without one a folder.
    """

    model: str | None = Field(None, description="a folder, or with a revision an id on the Hugging Face hub")
    revision: str | None = Field(
        None, pattern=r"^[0-9a-f]{40}$", description="commit of a model of the Hugging Face hub"
    )
    sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="digest over a folder's files; needed where loading them may run code",
    )

    @property
    def folder(self) -> Path | None:
        """Where the model lies, unless it is embedded, on the hub or not set."""
        is_folder = self.model not in (None, EMBEDDED) and self.revision is None
        return Path(str(self.model)) if is_folder else None


class DiarizationSettings(ModelSettings):
    """`[segment.diarization]`: the model that says who speaks when."""

    model: str = Field(
        EMBEDDED, description="embedded, or the folder or Hugging Face hub id of a pyannote.audio pipeline"
    )


class TranscriptionSettings(ModelSettings):
    """`[segment.transcription]`: the model that says what is said."""

    model: str = Field(
        EMBEDDED,
        description="embedded (for the source's own words), or the folder or hub id of a faster-whisper model",
    )
    language: str | None = Field(None, description="of all speech, such as en; detected if not set")
    compute_type: ComputeType = Field("int8", description="arithmetic of the faster-whisper model")


class AlignmentSettings(ModelSettings):
    """`[segment.alignment]`: the model that says when the words are said that a faster-whisper model recognises."""

    model: str | None = Field(None, description="folder or hub id of a wav2vec2 model that times recognised words")
    language: str = Field("en", description="of the wav2vec2 model; words of other languages have no times")


class WorkerSettings(Table):
    """The processes that hold the models of a stage."""

    device: Device = Field("cpu", description="what models run on: cpu or cuda")
    workers: int = Field(0, ge=0, description="processes that hold models; 0: one a core, or one on a GPU")
    max_memory_mb: int = Field(16384, ge=1024, description="address space of one of them; no limit on a GPU")
    timeout_seconds: float = Field(1800.0, gt=0, description="for one clip; then it is rejected")

    @property
    def worker_memory_mb(self) -> int | None:
        """Address space of a process that holds models; a GPU's driver takes far more than there is memory."""
        return None if self.device == "cuda" else self.max_memory_mb

    @property
    def worker_count(self) -> int:
        """How many processes that hold models to use."""
        return self.workers or (1 if self.device == "cuda" else os.cpu_count() or 1)


class SegmentSettings(WorkerSettings):
    """`[segment]`: who speaks when, what is said, and where recordings are cut."""

    diarization: DiarizationSettings = Field(default_factory=DiarizationSettings)
    transcription: TranscriptionSettings = Field(default_factory=TranscriptionSettings)
    alignment: AlignmentSettings = Field(default_factory=AlignmentSettings)
    min_seconds: float = Field(3.0, gt=0, description="shorter cuts are not made")
    max_seconds: float = Field(15.0, gt=0, description="longer cuts are not made")
    model_batch_size: int = Field(8, ge=1, description="windows that a model hears at once")

    def models(self) -> dict[str, ModelSettings]:
        """Return the tables of models by their names."""
        return {"diarization": self.diarization, "transcription": self.transcription, "alignment": self.alignment}

    def bounds(self) -> dict[str, float]:
        """Return the bounds of a cut."""
        return {"shortest_cut": self.min_seconds, "longest_cut": self.max_seconds}


class ClassifierSettings(ModelSettings):
    """`[profile.classifiers.NAME]`: a model that tells speakers apart by an attribute of their voices."""

    model: str = Field(description="folder or hub id of an audio classifier of Transformers")
    attribute: str = Field(description="attribute of the taxonomy that it tells speakers apart by")
    labels: dict[str, str] = Field(description="class of the attribute that each label of the model stands for")
    left_out: tuple[str, ...] = Field(
        (), description="labels that stand for none: the others share what they are given"
    )


class ProfileSettings(WorkerSettings):
    """`[profile]`: what voices are like."""

    classifiers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")], ClassifierSettings] = Field(
        default_factory=dict, description="models that tell speakers apart"
    )


class GroundSettings(Table):
    """`[ground]`: from records to evidence."""

    corrections: Path | None = Field(None, description="corrections to records, a CSV file kept in version control")


class ConsensusSettings(Table):
    """`[consensus]`: which labels are accepted."""

    min_confidence: float = Field(
        0.9, ge=0, le=1, description="a label is contested whose record is less likely right, given the voice"
    )


class VerifySettings(Table):
    """`[verify]`: what people are asked."""

    budget_hours: float = Field(40.0, ge=0, description="hours of people that open questions may take")
    audit_speakers: int = Field(300, ge=0, description="speakers drawn for the audit of an attribute that can be heard")


class ReleaseSettings(Table):
    """`[release]`: what is published and how."""

    tier: Tier = Field("research", description="highest tier that the release may hold")
    train_share: float = Field(0.0, ge=0, le=1, description="share of speakers in split train")
    validation_share: float = Field(0.0, ge=0, le=1, description="share of speakers in split validation")
    loudness_lufs: float = Field(-27.0, le=-10, ge=-60, description="loudness of every published clip")
    clips_per_shard: int = Field(512, ge=1, description="about as many clips go into one audio file")


class Settings(Table):
    """All settings, with paths made absolute."""

    home: Path = Field(Path("data"), description="all state and releases, relative to the settings file")
    sources: dict[str, SourceSettings] = Field(default_factory=dict, description="the corpora")
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    segment: SegmentSettings = Field(default_factory=SegmentSettings)
    profile: ProfileSettings = Field(default_factory=ProfileSettings)
    ground: GroundSettings = Field(default_factory=GroundSettings)
    consensus: ConsensusSettings = Field(default_factory=ConsensusSettings)
    verify: VerifySettings = Field(default_factory=VerifySettings)
    release: ReleaseSettings = Field(default_factory=ReleaseSettings)

    @property
    def digest(self) -> str:
        """SHA-256 of what settings say on the content: not of where sources, models and home lie, or what is asked."""
        segment, classifiers = (
            {name: {"model"} for name, model in models.items() if model.folder is not None}
            for models in (self.segment.models(), self.profile.classifiers)
        )
        left_out: dict[str, Any] = dict.fromkeys(("home", "sources", "ground", "verify"), True)
        left_out |= {"segment": segment, "profile": {"classifiers": classifiers}}
        content = self.model_dump_json(exclude=left_out)
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def model_folders(self) -> dict[str, Path]:
        """Where the models lie that are neither embedded nor on the hub, by their tables."""
        models: dict[str, ModelSettings] = {f"segment.{name}": model for name, model in self.segment.models().items()}
        models |= {f"profile.classifiers.{name}": model for name, model in self.profile.classifiers.items()}
        return {table: model.folder for table, model in models.items() if model.folder is not None}

    @property
    def demonstration(self) -> Path | None:
        """Where the demonstration corpus is to be made, if these settings use it."""
        root = self.home / DEMONSTRATION
        source = self.sources.get(DEMONSTRATION)
        return root if source is not None and source.root == root else None


def load(config: Path | None = None) -> Settings:
    """Return the settings of a file, or the defaults if none is named and curation.toml is absent.

    Raises ConfigError for a missing file, a syntax error, an unknown key or a value out of range.
    """
    path = (config or Path(DEFAULT_FILE)).absolute()
    if config is not None and not path.is_file():
        raise ConfigError(f"settings file {path}: not found; CONFIG=path (--config) must name a file")
    document = _read(path) if path.is_file() else {}
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        raise ConfigError("\n".join(_explained(path, item) for item in error.errors())) from error
    if settings.release.train_share + settings.release.validation_share > 1:
        raise ConfigError(f"{path}: [release] train_share + validation_share is above 1")
    if settings.segment.min_seconds > settings.segment.max_seconds:
        raise ConfigError(f"{path}: [segment] min_seconds is above max_seconds")
    return _absolute(settings, path.parent)


def _read(path: Path) -> dict[str, object]:
    try:
        # Windows' editors may begin a file with a byte-order mark.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"settings file {path}: {error}") from error


def _explained(path: Path, finding: ErrorDetails) -> str:
    """Turn one of pydantic's findings into what, where, and the names that are known there."""
    location = [str(part) for part in finding["loc"]]
    where = ".".join(location)
    if finding["type"] == "extra_forbidden":
        known = _known_keys(location[:-1])
        return f"{path}: unknown key {where}{nearest(location[-1], known)}; known are {', '.join(known)}"
    return f"{path}: {where}: {finding['msg']}, found {finding['input']!r}"


def _known_keys(location: list[str]) -> list[str]:
    tables: dict[str, type[Table]] = {
        "ingest": IngestSettings,
        "segment": SegmentSettings,
        "segment.diarization": DiarizationSettings,
        "segment.transcription": TranscriptionSettings,
        "segment.alignment": AlignmentSettings,
        "profile": ProfileSettings,
        "ground": GroundSettings,
        "consensus": ConsensusSettings,
        "verify": VerifySettings,
        "release": ReleaseSettings,
    }
    if location[:1] == ["sources"] and len(location) > 1:
        return list(SourceSettings.model_fields)
    if location[:2] == ["profile", "classifiers"] and len(location) > 2:
        return list(ClassifierSettings.model_fields)
    table = tables.get(".".join(location), Settings)
    return list(table.model_fields)


def _absolute(settings: Settings, folder: Path) -> Settings:
    """Resolve paths against the settings file's folder, and CURATION_HOME against the working one."""
    given = os.environ.get(HOME_VARIABLE)
    home = Path(given).absolute() if given else folder / settings.home
    sources = {
        name: SourceSettings(
            root=folder / source.root,
            definition=None if source.definition is None else folder / source.definition,
        )
        for name, source in settings.sources.items()
    } or {DEMONSTRATION: SourceSettings(root=home / DEMONSTRATION, definition=None)}
    corrections = settings.ground.corrections
    ground = GroundSettings(corrections=None if corrections is None else folder / corrections)
    segment = settings.segment.model_copy(update=_placed(settings.segment.models(), folder))
    classifiers = _placed(settings.profile.classifiers, folder)
    profile = settings.profile.model_copy(update={"classifiers": classifiers})
    places = {"home": home, "sources": sources, "segment": segment, "profile": profile, "ground": ground}
    return settings.model_copy(update=places)


def _placed(models: Mapping[str, ModelSettings], folder: Path) -> dict[str, ModelSettings]:
    """Return models with their folders resolved against the settings file's."""
    return {
        name: model if model.folder is None else model.model_copy(update={"model": str(folder / model.folder)})
        for name, model in models.items()
    }
