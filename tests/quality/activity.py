"""How speech activity was chosen, on speakers that no figure is reported on: `python -m tests.quality.activity`.

Dialogues are joined with the second speaker fainter than the first, as one who sits further from the microphone, and
put behind a room and noise. The reference is what Silero hears in the clips alone, with pauses of up to 0.2 s bridged.
"""

import random
from collections import defaultdict
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve

from curation import weights
from curation.adapters.pyannet import PyanNet
from curation.adapters.silero import Silero
from curation.detection import Agreed
from curation.diarization import _overlaid
from curation.services import RATE, STEP, Samples, Segmentation
from curation.turns import Intervals, union
from tests.conftest import CORPUS
from tests.quality.joins import REPORTED_ON, Clip, join, speakers

CONDITIONS = ((0, 0.0, 60), (0, 0.4, 25), (10, 0.0, 60), (10, 0.4, 25), (20, 0.0, 60), (20, 0.4, 30), (20, 0.6, 25))
JOINS, TURNS = 20, 6
THRESHOLDS = (0.25, 0.3, 0.4, 0.5)
BRIDGED = 0.2

Counts = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def behind(generator: np.random.Generator, samples: Samples, decay: float, distance: float) -> Samples:
    """Return a sound in a room whose echo falls by 60 dB in `decay` seconds, with noise `distance` dB below it."""
    if decay:
        length = round(decay * RATE)
        echo = generator.normal(size=length) * np.logspace(0, -3, length)
        echo[0] += 6
        samples = fftconvolve(samples, echo / np.linalg.norm(echo))[: len(samples)]
    noise = generator.normal(size=len(samples)) * np.sqrt(np.mean(samples**2)) * 10 ** (-distance / 20)
    return np.asarray(samples + noise, np.float32)


def frames(turns: Intervals, length: int) -> Mask:
    places = np.arange(length) * STEP
    return np.asarray(np.searchsorted(turns.ravel(), places, side="right") % 2 == 1)


def errors(sounds: list[tuple[Samples, Intervals]]) -> dict[tuple[str, float], Counts]:
    """Return missed, falsely found and all frames of speech, by model and threshold."""
    pyannet, silero = PyanNet(weights.located(weights.PYANNET)), Silero(weights.located(weights.SILERO))
    models: dict[str, Segmentation] = {"PyanNet": pyannet, "mean of both": Agreed(pyannet, silero)}
    found: dict[tuple[str, float], Counts] = defaultdict(lambda: np.zeros(3))
    for sound, turns in sounds:
        probabilities = {"Silero": silero.speech(sound)}
        for name, model in models.items():
            heard = model.activity(sound)
            probabilities[name] = _overlaid(heard, heard.probabilities.max(axis=1))
        for (name, likely), threshold in product(probabilities.items(), THRESHOLDS):
            is_heard, is_speech = likely > threshold, frames(turns, len(likely))
            found[name, threshold] += [(is_speech & ~is_heard).sum(), (is_heard & ~is_speech).sum(), is_speech.sum()]
    return found


def sounds_of(
    clips: dict[str, list[Clip]], fainter: int, decay: float, distance: float
) -> list[tuple[Samples, Intervals]]:
    found = []
    for number in range(JOINS):
        dice = random.Random(number)
        near, far = dice.sample(sorted(clips), 2)
        faint = [Clip(np.asarray(clip.samples * 10 ** (-fainter / 20), np.float32), clip.speech) for clip in clips[far]]
        joined = join(dice, {near: clips[near], far: faint}, TURNS)
        sound = behind(np.random.default_rng(number), joined.samples, decay, distance)
        found.append((sound, union(*joined.speakers.values(), gap=BRIDGED)))
    return found


def main() -> None:
    clips = {key: some for key, some in speakers(CORPUS, reported=False).items() if key.startswith(REPORTED_ON)}
    for fainter, decay, distance in CONDITIONS:
        print(f"{fainter} dB fainter, echo of {decay} s, noise at -{distance} dB", flush=True)
        for (name, threshold), (missed, false, speech) in errors(sounds_of(clips, fainter, decay, distance)).items():
            shares = f"missed {100 * missed / speech:.1f}, false alarm {100 * false / speech:.1f}"
            print(f"    {name} > {threshold}: {100 * (missed + false) / speech:.1f} % ({shares})", flush=True)


if __name__ == "__main__":
    main()
