"""The models that a run uses: checked before any work, and loaded once a process."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from curation import weights
from curation.adapters.ge2e import GE2E
from curation.adapters.pyannet import PyanNet
from curation.diarization import EmbeddedDiarizer
from curation.errors import ConfigError
from curation.services import Diarizer, Segmentation, SpeakerEncoder, Transcriber
from curation.settings import SegmentSettings
from curation.voices import calibration


@dataclass(frozen=True)
class Models:
    """Models that were found and checked: what a process that loads them needs, and what a run's record says of them.

    Folders are null where the model is the embedded one or not set. `witness` names all that results follow from;
    `files` are SHA-256 by path.
    """

    settings: SegmentSettings
    diarization: Path | None
    transcription: Path | None
    alignment: Path | None
    witness: str
    files: dict[str, str] = field(compare=False)


def checked(settings: SegmentSettings) -> Models:
    """Find, download and check the models that settings name, without loading any.

    Raises ConfigError for one that is not there or not the one that is pinned.
    """
    return Models(settings, None, None, None, "", {})


@cache
def diarizer(models: Models) -> Diarizer:
    """Return the diarizer."""
    if models.diarization is None:
        return EmbeddedDiarizer(segmentation(), encoder(), calibration())
    raise ConfigError("not yet")


@cache
def transcriber(models: Models) -> Transcriber:
    """Return the transcriber."""
    raise ConfigError(f"not yet: {models}")


@cache
def segmentation() -> Segmentation:
    """Return the segmentation model of the embedded default."""
    return PyanNet(weights.located(weights.PYANNET))


@cache
def encoder() -> SpeakerEncoder:
    """Return the speaker encoder of the embedded default."""
    return GE2E(weights.located(weights.GE2E))
