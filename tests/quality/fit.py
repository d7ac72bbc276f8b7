"""Fit curation/voices.toml on the speakers that are for fitting: `python -m tests.quality.fit`.

Prints first how well such a fit does on speakers that it has not seen: each fold of speakers is judged by the fit of
the others. Joins give away by their clips' own sound where they were joined, as a conversation does not; so the same
joins are used once more behind a room, a telephone or noise, which all turns then share.
"""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from curation import voices
from curation.audio import RATE
from curation.diarization import second_speaker, speech
from curation.pitch import pitch
from curation.services import Vectors
from curation.voices import MEASUREMENTS, Calibration, Mask, Pitch, Stretches, halves, measured, stretch_frames, unit
from flows.models import encoder, segmentation
from tests.conftest import CORPUS
from tests.quality.joins import Clip, degraded, dialogues, monologues, speakers

FOLDS, JOINS, SEED = 6, 40, 1
DEGRADED_WEIGHT = 0.3  # chosen by the folds: more finds more second voices there, and in joins of one voice too
WHOLE, WHOLE_WEIGHT = 6, 0.35  # clips a speaker that nobody joined: as many as joins, without outweighing them
STRENGTH = 10.0  # of the inverse of the regularisation


class Heard(NamedTuple):
    """What models and measurements say of a sound, before anything that is fitted."""

    stretches: Stretches
    pitch: Pitch
    second_speaker: float


class Example(NamedTuple):
    """A sound whose number of voices is known."""

    kind: str
    is_two: bool
    weight: float
    heard: Heard


def heard(samples: npt.NDArray[np.float32]) -> Heard:
    activity = segmentation().activity(samples)
    is_speech = speech(activity)
    frames = stretch_frames(is_speech)
    stretches = Stretches(encoder().vectors(samples, frames), frames)
    return Heard(stretches, pitch(samples, RATE), second_speaker(activity, is_speech))


def centre(speakers: Iterable[list[Vectors]]) -> Vectors:
    """Return the mean vector, every speaker counting the same."""
    return np.asarray(np.mean([np.concatenate(vectors).mean(axis=0) for vectors in speakers], axis=0), np.float32)


def rows(examples: Iterable[Example], middle: Vectors) -> npt.NDArray[np.float64]:
    """Return the measurements of each example's best split, NaN where it has none."""
    found = []
    for sound in (one.heard for one in examples):
        stretches = Stretches(unit(sound.stretches.vectors - middle), sound.stretches.frames)
        split = halves(stretches.vectors)
        found.append(
            np.full(len(MEASUREMENTS), np.nan)
            if split is None
            else measured(stretches, split, sound.pitch, sound.second_speaker)
        )
    return np.array(found)


def fitted(examples: list[Example], middle: Vectors) -> Calibration:
    found = rows(examples, middle)
    has_split = ~np.isnan(found[:, 0])
    is_two = np.array([one.is_two for one in examples])
    weights = np.array([one.weight for one in examples])
    model = LogisticRegression(C=STRENGTH, max_iter=10_000)
    model.fit(found[has_split], is_two[has_split], weights[has_split])
    return Calibration(middle, model.coef_[0], float(model.intercept_[0]))


def main() -> None:
    clips = speakers(CORPUS, reported=False)
    folds = [{key: clips[key] for key in list(clips)[first::FOLDS]} for first in range(FOLDS)]
    vectors = {key: [heard(clip.samples).stretches.vectors for clip in some] for key, some in clips.items()}
    examples = [examples_of(fold) for fold in folds]
    for number, fold in enumerate(folds):
        middle = centre(some for key, some in vectors.items() if key not in fold)
        fit = fitted([one for other, some in enumerate(examples) if other != number for one in some], middle)
        found = rows(examples[number], middle) @ fit.coefficients + fit.intercept > 0
        print(f"fold {number}, {len(fold)} speakers:", right(examples[number], found), flush=True)
    write(fitted([one for some in examples for one in some], centre(vectors.values())))


def examples_of(clips: dict[str, list[Clip]]) -> list[Example]:
    """Return joins as they are and degraded, and clips as they are."""
    dice = random.Random(SEED)
    found = []
    for is_two, joins in ((True, dialogues(dice, clips, JOINS)), (False, monologues(dice, clips, JOINS))):
        for one in joins:
            found.append(Example("joined", is_two, 1.0, heard(one.samples)))
            found.append(Example("degraded", is_two, DEGRADED_WEIGHT, heard(degraded(dice, one.samples))))
    for some in clips.values():
        found += [Example("whole", False, WHOLE_WEIGHT, heard(clip.samples)) for clip in some[:WHOLE]]
    return found


def right(examples: list[Example], found: Mask) -> str:
    kinds = sorted({(one.kind, one.is_two) for one in examples})
    shares = [
        np.mean(
            [
                hit == is_two
                for hit, one in zip(found, examples, strict=True)
                if (one.kind, one.is_two) == (kind, is_two)
            ]
        )
        for kind, is_two in kinds
    ]
    return ", ".join(
        f"{kind} {'two voices' if is_two else 'one voice'} {100 * share:.0f} % right"
        for (kind, is_two), share in zip(kinds, shares, strict=True)
    )


def write(fit: Calibration) -> None:
    lines = [
        "# Fitted by tests/quality/fit.py for PyanNet of whisperx and GE2E of Resemblyzer; not to be edited by hand.",
        f"intercept = {fit.intercept:.4f}",
        f"centre = [{', '.join(f'{value:.5f}' for value in fit.centre)}]",
        "",
        "[coefficients]",
        *(f"{name} = {value:.4f}" for name, value in zip(MEASUREMENTS, fit.coefficients, strict=True)),
    ]
    Path(voices.__file__).with_suffix(".toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
