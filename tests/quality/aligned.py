"""The figures of the aligner, on voices, texts and speakers that nothing was chosen by.

Its settings were chosen by other sentences in the voices en-us+m3, en-us+m4, en-us+f1, en+f3, en+f5, en-gb-x-rp+m1 and
en-gb-x-gbclan+m2 of eSpeak NG, and by the half of the speakers of speechocean762 that tests/quality/joins.py keeps for
fitting.
"""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from curation.adapters.espeak import SAMPLE_RATE, Voice
from curation.audio import RATE, decode
from curation.listing import on_disk, read_clips
from curation.scan import walk
from curation.services import Samples, Transcript
from curation.settings import SourceSettings
from curation.sources import load_source
from curation.turns import intersection, seconds, union
from curation.warehouse import FOLDER
from flows.models import aligner
from tests.conftest import CORPUS
from tests.quality.joins import REPORTED_ON, degraded, is_reported, spoken

SEED = 4
VOICES = [
    Voice(name, words_per_minute=rate)
    for name in ("en-us", "en-us+f2", "en-us+m7", "en-gb-x-rp+f4", "en-gb-scotland+m5")
    for rate in (140, 190)
]
TEXTS = [
    "The farmer counted his sheep twice, because one of them had been missing since Monday.",
    "Can you tell me which bus goes to the railway station from here?",
    "We painted the kitchen yellow, and the bedroom a very pale shade of green.",
    "Nobody remembered the name of the doctor who had saved the village.",
    "After dinner, Charlotte read two chapters aloud, then everyone went to bed.",
    "Heavy clouds gathered over the mountains long before the first drop fell.",
    "Uncle Wojciech and Mrs Papadimitriou sold fresh mangoes near Qeqertarsuaq harbour.",
    "Turn left at the church, walk past three shops, and knock on the blue door.",
]
_QUIET = 0.003  # of full scale; pauses of eSpeak NG are far below it


def words_spoken(voice: Voice, text: str) -> tuple[Samples, list[tuple[int, float, float | None]]]:
    """Return a sentence at 16 kHz and, for the words with an event of eSpeak NG, their place, start and end in seconds.

    eSpeak NG says when a word starts; it ends where the sound last falls silent before the next one starts. Some short
    words have no event of their own: when they start, and when the word before ends, is not known.
    """
    speech = voice.speak(text)
    tokens = [token.strip(".,?") for token in text.split()]
    places: list[int] = []
    for word in speech.words:
        places.append(tokens.index(word.text, places[-1] + 1 if places else 0))
    starts = [word.start for word in speech.words]
    truth = []
    for place, following, start, limit in zip(
        places, [*places[1:], len(tokens)], starts, [*starts[1:], len(speech.samples) / SAMPLE_RATE], strict=True
    ):
        loud = np.flatnonzero(np.abs(speech.samples[: round(limit * SAMPLE_RATE)]) > _QUIET)
        truth.append((place, start, (loud[-1] + 1) / SAMPLE_RATE if following == place + 1 else None))
    return np.asarray(soxr.resample(speech.samples, SAMPLE_RATE, RATE), np.float32), truth


def median(errors: Sequence[float]) -> str:
    """Return the median and the 95th percentile of absolute errors in seconds, and the median with its sign."""
    sizes = 1000 * np.abs(errors)
    return (
        f"{np.median(sizes):.0f} ms (95 % within {np.quantile(sizes, 0.95):.0f}, bias {1000 * np.median(errors):+.0f}, "
        f"{len(sizes)} words)"
    )


def word_times() -> Iterator[tuple[str, str]]:
    """Yield the error of the times of words against eSpeak NG's own word events."""
    starts, ends, aligned = list[float](), list[float](), 0
    for voice in VOICES:
        for text in TEXTS:
            samples, truth = words_spoken(voice, text)
            found = aligner().transcript(samples, text)
            aligned += found.status == "aligned"
            for place, start, end in truth if found.words else []:
                word = found.words[place]
                starts += [word.start - start] if word.start is not None else []
                ends += [word.end - end] if word.end is not None and end is not None else []
    count = len(VOICES) * len(TEXTS)
    what = f"{len(TEXTS)} sentences in {len(VOICES)} voices of eSpeak NG"
    yield f"aligned, {what}", f"{100 * aligned / count:.0f} % of {count}"
    yield f"median error of starts of words, {what}", median(starts)
    yield f"median error of ends of words, {what}", median(ends)


def read_aloud(corpus: Path) -> list[tuple[Samples, str]]:
    """Return the clips, with their texts, of the speakers who are reported on."""
    source = load_source(REPORTED_ON, SourceSettings(root=corpus / REPORTED_ON, definition=None), FOLDER / "sources")
    files = read_clips(source, on_disk(walk(source.root))).files.drop_nulls(["speaker", "transcript"]).sort("path")
    return [
        (decode(source.root / path, 7200).pcm, text)
        for speaker, path, text in files.select("speaker", "path", "transcript").iter_rows()
        if is_reported(speaker)
    ]


def in_speech(samples: Samples, found: Transcript) -> tuple[float, float]:
    """Return the seconds of the words, and how many of them the Silero model hears speech in."""
    times = [(word.start, word.end) for word in found.words if word.start is not None and word.end is not None]
    words = union(np.array(times, float).reshape(-1, 2))
    return seconds(words), seconds(intersection(words, spoken(samples)))


def share(found: Sequence[Transcript]) -> str:
    """Return how many are aligned, in percent."""
    return f"{100 * np.mean([one.status == 'aligned' for one in found]):.1f} %"


def calibration(said: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> str:
    """Return how well the confidence tells words that are said from others, and what it is worth where it is high."""
    area = np.mean(said[:, None] > other) + np.mean(said[:, None] == other) / 2
    bands = []
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.01)):
        right, wrong = (np.mean((some >= low) & (some < high)) for some in (said, other))
        bands.append(f"{low:.1f} to {min(high, 1):.1f}: {100 * right / (right + wrong):.0f} %")
    return f"{area:.2f}; said, were both as many, at a confidence of {', '.join(bands)}"


def on_speakers(corpus: Path) -> Iterator[tuple[str, str]]:
    """Yield what becomes of the right text, of another's, and of one in which words are replaced."""
    dice = random.Random(SEED)
    clips = read_aloud(corpus)
    vocabulary = [word for _, text in clips for word in text.split()]
    right, wrong, noisy, speech = (
        list[Transcript](),
        list[Transcript](),
        list[Transcript](),
        list[tuple[float, float]](),
    )
    confidences: dict[bool, list[float]] = {True: [], False: []}
    began = time.process_time()
    for samples, text in clips:
        right.append(aligner().transcript(samples, text))
    took = time.process_time() - began
    for (samples, text), found in zip(clips, right, strict=True):
        speech.append(in_speech(samples, found))
        wrong.append(aligner().transcript(samples, dice.choice([other for _, other in clips if other != text])))
        noisy.append(aligner().transcript(degraded(dice, samples), text))
        replaced = [dice.choice(vocabulary) if dice.random() < 0.2 else word for word in text.split()]
        for truth, word in zip(text.split(), aligner().transcript(samples, " ".join(replaced)).words, strict=False):
            confidences[truth == word.text] += [word.confidence] if word.confidence is not None else []
    what = f"{len(clips)} clips of speechocean762, {sum(len(samples) for samples, _ in clips) / RATE:.0f} s"
    yield f"aligned with its own text, {what}", share(right)
    yield "the same behind a room, a telephone or noise", share(noisy)
    yield "aligned with another clip's text", share(wrong)
    inside, heard = (sum(column) for column in zip(*speech, strict=True))
    yield "time of aligned words in which Silero hears speech", f"{100 * heard / inside:.1f} % of {inside:.0f} s"
    said, other = (np.array(confidences[known]) for known in (True, False))
    yield (
        f"confidence, area under the curve, {len(said)} words said and {len(other)} replaced in clips still aligned",
        calibration(said, other),
    )
    length = sum(len(samples) for samples, _ in clips) / RATE
    yield "speed on one core", f"{length / took:.0f} times real time"


def figures(corpus: Path = CORPUS) -> Iterator[tuple[str, str]]:
    """Yield what was measured and the figure."""
    yield from word_times()
    yield from on_speakers(corpus)


if __name__ == "__main__":
    for measured, figure in figures():
        print(f"{measured}: {figure}", flush=True)
