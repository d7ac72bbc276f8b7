"""Fit curation/voices.toml and identity.toml on the speakers that are for fitting: `python -m tests.quality.fit`.

Prints first how well such a fit does on speakers that it has not seen: each fold of speakers is judged by the fit of
the others. Joins give away by their clips' own sound where they were joined, as a conversation does not; so the same
joins are used once more behind a room, a telephone or noise, which all turns then share.

What identity adds is fitted to what the folds say of their own speakers, so that it learns how far to trust a
probability on speakers that it was not fitted on: stacking, Wolpert (1992), Neural Networks 5.
"""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from curation import identity, voices
from curation.diarization import Heard, diarized, heard
from curation.identity import Posterior, measurements
from curation.services import Samples, Vectors
from curation.voices import MEASUREMENTS, Calibration, Mask, centred, halves, measured
from flows.models import encoder, segmentation
from tests.conftest import CORPUS
from tests.quality.claims import Claim, Sound, claimed, segmented
from tests.quality.joins import Clip, degraded, dialogues, monologues, speakers

FOLDS, JOINS, SEED = 6, 40, 1
DEGRADED_WEIGHT = 0.5  # chosen by the folds: more finds more second voices there, and in joins of one voice too
WHOLE, WHOLE_WEIGHT = 6, 0.35  # clips a speaker that nobody joined: as many as joins, without outweighing them
MISFILED_WEIGHT = 0.1  # of recordings with none of the speaker who is claimed
STRENGTH = 10.0  # of the inverse of the regularisation

Numbers = npt.NDArray[np.float64]
Heards = dict[int, tuple[Heard, Heard]]  # by the clip's id(): as it is, and degraded


class Example(NamedTuple):
    """A sound whose number of voices is known, and the clips that its speakers have beside it."""

    kind: str
    is_two: bool
    weight: float
    heard: Heard
    others: dict[str, list[Clip]]


class Claimed(NamedTuple):
    """A claim of which it is known whether there is a second voice."""

    kind: str
    is_two: bool
    weight: float
    claim: Claim


def hear(samples: Samples) -> Heard:
    return heard(samples, segmentation(), encoder())


def centre(speakers: Iterable[list[Vectors]]) -> Vectors:
    """Return the mean vector, every speaker counting the same."""
    return np.asarray(np.mean([np.concatenate(vectors).mean(axis=0) for vectors in speakers], axis=0), np.float32)


def rows(examples: Iterable[Example], middle: Vectors) -> Numbers:
    """Return the measurements of each example's best split, NaN where it has none."""
    found = []
    for sound in (one.heard for one in examples):
        stretches = centred(sound.stretches, middle)
        split = halves(stretches.vectors)
        found.append(
            np.full(len(MEASUREMENTS), np.nan)
            if split is None
            else measured(stretches, split, sound.pitch, sound.second_speaker)
        )
    return np.array(found)


def logistic(found: Numbers, is_two: Mask, weights: Numbers) -> tuple[Numbers, float]:
    """Return coefficients and intercept, fitted to the rows without NaN."""
    is_told = ~np.isnan(found).any(axis=1)
    model = LogisticRegression(C=STRENGTH, max_iter=10_000)
    model.fit(found[is_told], is_two[is_told], weights[is_told])
    return model.coef_[0], float(model.intercept_[0])


def fitted(examples: list[Example], middle: Vectors) -> Calibration:
    is_two, weights = (np.array([getattr(one, name) for one in examples]) for name in ("is_two", "weight"))
    return Calibration(middle, *logistic(rows(examples, middle), is_two, weights))


def main() -> None:
    clips = speakers(CORPUS, reported=False)
    folds = [{key: clips[key] for key in list(clips)[first::FOLDS]} for first in range(FOLDS)]
    dice = random.Random(SEED)
    sounds = {
        id(clip): (hear(clip.samples), hear(degraded(dice, clip.samples))) for some in clips.values() for clip in some
    }
    vectors = {key: [sounds[id(clip)][0].stretches.vectors for clip in some] for key, some in clips.items()}
    examples = [examples_of(fold, sounds) for fold in folds]
    claims = []
    for number, fold in enumerate(folds):
        middle = centre(some for key, some in vectors.items() if key not in fold)
        fit = fitted([one for other, some in enumerate(examples) if other != number for one in some], middle)
        claims.append(claims_of(examples[number], fold, sounds, fit))
    for number, fold in enumerate(folds):
        others = posterior([one for other, some in enumerate(claims) if other != number for one in some])
        print(f"fold {number}, {len(fold)} speakers")
        report(claims[number], others)
    write(fitted([one for some in examples for one in some], centre(vectors.values())))
    write_posterior(posterior([one for some in claims for one in some]))


def examples_of(clips: dict[str, list[Clip]], sounds: Heards) -> list[Example]:
    """Return joins as they are and degraded, and clips as they are."""
    dice = random.Random(SEED)
    found = []
    for is_two, joins in ((True, dialogues(dice, clips, JOINS)), (False, monologues(dice, clips, JOINS))):
        for one in joins:
            found.append(Example("joined", is_two, 1.0, hear(one.samples), one.unused))
            sound = hear(degraded(dice, one.samples))
            found.append(Example("degraded", is_two, DEGRADED_WEIGHT, sound, one.unused))
    for key, some in clips.items():
        for clip in some[:WHOLE]:
            others = {key: [one for one in some if one is not clip]}
            found.append(Example("whole", False, WHOLE_WEIGHT, sounds[id(clip)][0], others))
    return found


def claims_of(examples: list[Example], clips: dict[str, list[Clip]], sounds: Heards, fit: Calibration) -> list[Claimed]:
    """Return each example as a clip of each of its speakers, beside some of their others, and of somebody else."""
    dice = random.Random(SEED)
    known = {clip: tuple(Sound(one.seconds, diarized(one, fit)) for one in pair) for clip, pair in sounds.items()}
    found = []
    for example in examples:
        sound = Sound(example.heard.seconds, diarized(example.heard, fit))
        stranger = dice.choice([key for key in sorted(clips) if key not in example.others])
        claims = [*((others, example.weight) for others in example.others.values())]
        claims.append((clips[stranger], example.weight * MISFILED_WEIGHT))
        for others, weight in claims:
            beside = dice.sample(others, dice.randint(1, len(others))) if others else []
            claim = Claim(sound, [known[id(clip)][example.kind == "degraded"] for clip in beside])
            kind = "misfiled" if others is clips[stranger] else example.kind
            found.append(Claimed(kind, example.is_two, weight / len(example.others), claim))
    return found


def posterior(claims: list[Claimed]) -> Posterior:
    is_two, weights = (np.array([getattr(one, name) for one in claims]) for name in ("is_two", "weight"))
    return Posterior(*logistic(measurements_of(claims), is_two, weights))


def measurements_of(claims: list[Claimed]) -> Numbers:
    return claimed(measurements(segmented(one.claim for one in claims))).select(identity.MEASUREMENTS).to_numpy()


def report(claims: list[Claimed], fit: Posterior) -> None:
    """Print how often it is right whether there are two voices, without and with other clips of the speaker."""
    alone = np.array([one.claim.sound.diarization.second_voice for one in claims])
    odds = measurements_of(claims) @ fit.coefficients + fit.intercept
    given = np.where(np.isnan(odds), alone, 1 / (1 + np.exp(-odds)))
    is_two = np.array([one.is_two for one in claims])
    for kind, two in sorted({(one.kind, one.is_two) for one in claims}):
        chosen = np.array([(one.kind, one.is_two) == (kind, two) for one in claims])
        right = [100 * np.mean((found[chosen] > 0.5) == two) for found in (alone, given)]
        what = f"{kind}, {'two voices' if two else 'one voice'}"
        print(f"    {what}: {right[0]:.0f} % right alone, {right[1]:.0f} % beside other clips", flush=True)
    scores = ", ".join(
        f"{name} {np.mean((found - is_two) ** 2):.3f}" for name, found in (("alone", alone), ("given others", given))
    )
    print(f"    Brier score {scores}", flush=True)


def write(fit: Calibration) -> None:
    more = [f"centre = [{', '.join(f'{value:.5f}' for value in fit.centre)}]"]
    write_coefficients(voices.__file__, MEASUREMENTS, fit.coefficients, fit.intercept, more)


def write_posterior(fit: Posterior) -> None:
    write_coefficients(identity.__file__, identity.MEASUREMENTS, fit.coefficients, fit.intercept, [])


def write_coefficients(module: str, names: tuple[str, ...], found: Numbers, intercept: float, more: list[str]) -> None:
    lines = [
        "# Fitted by tests/quality/fit.py for PyanNet of whisperx, Silero of faster-whisper and GE2E of Resemblyzer;",
        "# not to be edited by hand.",
        f"intercept = {intercept:.4f}",
        *more,
        "",
        "[coefficients]",
        *(f"{name} = {value:.4f}" for name, value in zip(names, found, strict=True)),
    ]
    Path(module).with_suffix(".toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
