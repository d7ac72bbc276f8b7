"""What a child process does with one clip: measure each of its voices, and have classifiers judge them.

Nothing here imports polars, and torch is loaded by classifiers only: children stay small and start fast.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from curation.errors import ClipError
from curation.services import RATE, AttributeModel, Samples
from curation.sounds import samples_of
from curation.turns import Intervals, union
from curation.voice_measures import contours, measures

VERSION = 1  # raised when this code, or that which measures voices and their pitch, concludes something else

# Of one recording more speech says little more of who speaks.
_MOST_SECONDS = 30.0
# Classifiers were made with utterances, mostly of 3 to 10 s, and their memory grows with the square of the length.
_STRETCH_SECONDS = 10.0
_FEWEST_SECONDS = 0.5  # a syllable or two; the convolutions of some models do not even fit into less

Spans = list[dict[str, float]]


class Turns(NamedTuple):
    """When one voice of a clip speaks, and when it alone does; the first two fields are those of records.PROFILE."""

    voice: int
    is_alternative: bool
    turns: Spans
    exclusive_turns: Spans


class Unprofiled(NamedTuple):
    """A clip whose voices are to be profiled, and the file that holds it; without `voices` all of it is one voice."""

    path: str
    clip_id: str
    voices: list[Turns] | None
    max_seconds: float


class Classifier(NamedTuple):
    """A model with the class that each of its labels stands for; null where it stands for none."""

    name: str
    attribute: str
    classes: tuple[str | None, ...]
    model: AttributeModel


def profile(clip: Unprofiled, classifiers: Sequence[Classifier]) -> dict[str, object]:
    """Return the fields of records.PROFILED that follow from the sound and the turns.

    Raises ClipError `changed` where the file no longer holds the clip, and what classifiers raise.
    """
    try:
        samples = samples_of(clip.path, clip.clip_id, clip.max_seconds)
    except ClipError as error:  # it could be decoded once
        raise ClipError("changed", error.detail) from error
    whole = [{"start_seconds": 0.0, "end_seconds": len(samples) / RATE}]
    voices = [Turns(1, False, whole, whole)] if clip.voices is None else clip.voices
    speech = union(*(_intervals(voice.turns) for voice in voices if not voice.is_alternative))
    sound = contours(samples)
    rows: list[dict[str, object]] = []
    judgements: list[dict[str, object]] = []
    for voice in voices:
        alone = _intervals(voice.exclusive_turns)
        place: dict[str, object] = {"voice": voice.voice, "is_alternative": voice.is_alternative}
        rows.append(place | measures(sound, alone, speech))
        judgements += [place | judgement for judgement in _judged(_stretches(samples, alone), classifiers)]
    return {"voices": rows, "judgements": judgements}


def _intervals(spans: Spans) -> Intervals:
    return np.array([(span["start_seconds"], span["end_seconds"]) for span in spans], float).reshape(-1, 2)


def _stretches(samples: Samples, alone: Intervals) -> Samples:
    """Return what a voice says alone, at most the beginning, in equally long stretches; none of too little."""
    left = round(_MOST_SECONDS * RATE)
    pieces = [samples[:0]]
    for start, end in np.rint(alone * RATE).astype(np.int64):
        pieces.append(samples[start : min(end, start + left)])
        left -= len(pieces[-1])
    said = np.concatenate(pieces)
    count = int(np.ceil(len(said) / (_STRETCH_SECONDS * RATE)))
    if len(said) < _FEWEST_SECONDS * RATE:
        return np.empty((0, 0), np.float32)
    return said[: len(said) // count * count].reshape(count, -1)


def _judged(stretches: Samples, classifiers: Sequence[Classifier]) -> Iterator[dict[str, object]]:
    """Yield records.JUDGEMENT for each classifier and class; none of a voice that is sure to be of no class."""
    for classifier in classifiers if len(stretches) else ():
        likely: dict[str, float] = {}
        for value, probability in zip(classifier.classes, classifier.model.probabilities(stretches), strict=True):
            if value is not None:
                likely[value] = likely.get(value, 0.0) + float(probability)
        total = sum(likely.values())
        for value in sorted(likely) if total > 0 else ():
            about = {"classifier": classifier.name, "attribute": classifier.attribute, "value": value}
            yield about | {"probability": likely[value] / total}
