"""What profiles the voices of a clip, as a child process holds it: measurements, and classifiers if settings name any.

Without a classifier neither torch nor the settings are loaded, so that a child starts within a fraction of a second.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from curation.adapters.audio_classifier import AudioClassifier
from curation.voice_profile import Classifier, Unprofiled, profile


@dataclass(frozen=True)
class Chosen:
    """A classifier that was found and checked; `classes` are those that its labels stand for, in their order."""

    name: str
    attribute: str
    classes: tuple[str | None, ...]
    folder: Path
    device: str


@dataclass(frozen=True)
class Profiler:
    """What a process that profiles voices needs, and what is recorded of it.

    `witness` names all that profiles follow from, but for the sound and the turns; `files` are SHA-256 by path.
    """

    classifiers: tuple[Chosen, ...]
    witness: str
    files: dict[str, str] = field(compare=False)


def profile_of(profiler: Profiler, clip: Unprofiled) -> dict[str, object]:
    """Return what the voices of a clip are like: what a child process does."""
    return profile(clip, [loaded(chosen) for chosen in profiler.classifiers])


@cache
def loaded(chosen: Chosen) -> Classifier:
    """Return a classifier with its model."""
    return Classifier(chosen.name, chosen.attribute, chosen.classes, AudioClassifier(chosen.folder, chosen.device))
