"""Recordings joined from the clips of one or two speakers of a corpus, with the exact reference of who speaks when.

Half of the speakers of speechocean762 are for choosing and fitting; figures are reported on the other half. All
speakers of the other corpora are for fitting.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, sosfilt

from curation.audio import RATE, decode
from curation.listing import on_disk, read_clips
from curation.scan import walk
from curation.settings import SourceSettings
from curation.sources import load_source
from curation.turns import NONE, Intervals, seconds, union
from curation.warehouse import FOLDER

REPORTED_ON = "speechocean762"
ALSO_FITTED_ON = ("alphanumeric_accents", "arabic_speech_commands")

Samples = npt.NDArray[np.float32]

_LEVEL = -26.0  # dBFS of the speech in a clip
_ROOM = 1e-4  # noise under everything
_PIECE = 5.0  # seconds; longer clips are cut into so many
_LONGEST = 7200.0


@dataclass(frozen=True, eq=False)
class Clip:
    """The sound of one clip, from shortly before its speech to shortly after it, and when there is speech."""

    samples: Samples
    speech: Intervals


@dataclass(frozen=True, eq=False)
class Join:
    """A joined recording, when each of its speakers speaks, by id, and the clips of theirs that it leaves out."""

    samples: Samples
    speakers: dict[str, Intervals]
    unused: dict[str, list[Clip]]


def speakers(corpus: Path, *, reported: bool) -> dict[str, list[Clip]]:
    """Return the clips of each speaker who is reported on, or of those who are for fitting."""
    found: dict[str, list[Clip]] = {}
    for name in (REPORTED_ON,) if reported else (REPORTED_ON, *ALSO_FITTED_ON):
        source = load_source(name, SourceSettings(root=corpus / name, definition=None), FOLDER / "sources")
        files = read_clips(source, on_disk(walk(source.root))).files
        for speaker, path in files.drop_nulls("speaker").select("speaker", "path").iter_rows():
            if name != REPORTED_ON or is_reported(speaker) == reported:
                found.setdefault(f"{name}/{speaker}", []).extend(_pieces(decode(source.root / path, _LONGEST).pcm))
    return {key: clips for key, clips in sorted(found.items()) if len(clips) > 1}


def is_reported(speaker: str) -> bool:
    """Return whether figures are reported on a speaker of REPORTED_ON."""
    # with "so" ahead, as when measurements were chosen: who was looked at then must not be reported on now
    return int(hashlib.sha256(f"so{speaker}".encode()).hexdigest(), 16) % 2 == 1


def _pieces(samples: Samples) -> list[Clip]:
    """Return a clip, or pieces of a long one, each trimmed to its speech and at one level."""
    count = max(1, round(len(samples) / RATE / _PIECE))
    return [clip for piece in np.array_split(samples, count) if (clip := trimmed(piece)) is not None]


def trimmed(samples: Samples) -> Clip | None:
    """Return a clip at one level, from shortly before its speech to shortly after it; null if there is hardly any."""
    speech = spoken(samples)
    if seconds(speech) < 0.3:
        return None
    first, last = max(0.0, speech[0, 0] - 0.1), min(len(samples) / RATE, speech[-1, 1] + 0.1)
    kept = samples[round(first * RATE) : round(last * RATE)]
    power = np.mean(np.concatenate([samples[round(a * RATE) : round(b * RATE)] for a, b in speech]) ** 2)
    gain = min(10 ** (_LEVEL / 20) / np.sqrt(power + 1e-12), 0.95 / np.abs(kept).max())
    return Clip((kept * gain).astype(np.float32), speech - first)


def spoken(samples: Samples) -> Intervals:
    """Return when there is speech, as Silero hears it in the clip alone, before anything is joined or degraded.

    What is measured hears it too, in the joined sound: no judge of how well speech activity is found at its borders.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(threshold=0.5, min_silence_duration_ms=100, speech_pad_ms=30, min_speech_duration_ms=100)
    found = get_speech_timestamps(samples, options, sampling_rate=RATE)
    return union(np.array([(one["start"], one["end"]) for one in found], float).reshape(-1, 2) / RATE)


def join(dice: random.Random, voices: Mapping[str, Sequence[Clip]], turns: int, *, overlap: bool = False) -> Join:
    """Return turns of the speakers in alternation, none of their clips twice, with pauses or overlap between them.

    Levels differ by up to 3 dB from speaker to speaker in half of the joins.
    """
    spread = dice.choice((0.0, 3.0))
    levels = {speaker: 10 ** (dice.uniform(-spread, spread) / 20) for speaker in voices}
    left = {speaker: dice.sample(clips, len(clips)) for speaker, clips in voices.items()}
    placed: list[tuple[int, Samples]] = []
    reference = dict.fromkeys(voices, NONE)
    end = 0.0
    for turn in range(turns):
        speaker = list(voices)[turn % len(voices)]
        if not left[speaker]:
            break
        clip = left[speaker].pop()
        shift = -dice.uniform(0.4, 1.5) if overlap and turn and dice.random() < 0.7 else dice.uniform(0.05, 0.6)
        start = max(0.0, end + shift) if turn else 0.0
        placed.append((round(start * RATE), clip.samples * np.float32(levels[speaker])))
        reference[speaker] = union(reference[speaker], clip.speech + start)
        end = max(end, start + len(clip.samples) / RATE)
    length = max(start + len(samples) for start, samples in placed)
    mixed = np.random.default_rng(dice.randrange(2**32)).normal(0, _ROOM, length).astype(np.float32)
    for first, samples in placed:
        mixed[first : first + len(samples)] += samples
    return Join(mixed, reference, left)


def dialogues(dice: random.Random, clips: dict[str, list[Clip]], count: int) -> list[Join]:
    """Return joins of two speakers of one corpus, every third with overlap."""
    pairs = [pair for pair in permutations(sorted(clips), 2) if len({key.split("/")[0] for key in pair}) == 1]
    joins = []
    for number in range(count):
        pair = {speaker: clips[speaker] for speaker in dice.choice(pairs)}
        joins.append(join(dice, pair, dice.randint(2, 6), overlap=number % 3 == 0))
    return joins


def monologues(dice: random.Random, clips: dict[str, list[Clip]], count: int) -> list[Join]:
    """Return joins of clips of a single speaker."""
    chosen = [dice.choice(sorted(clips)) for _ in range(count)]
    return [join(dice, {speaker: clips[speaker]}, dice.randint(1, 6)) for speaker in chosen]


def degraded(dice: random.Random, samples: Samples) -> Samples:
    """Return a sound behind a reverberant room, a telephone or neither, with noise 12 to 35 dB below it."""
    generator = np.random.default_rng(dice.randrange(2**32))
    place = dice.choice(("room", "room", "telephone", "near"))
    if place == "room":
        decay = dice.uniform(0.2, 0.7)  # seconds to fall by 60 dB
        echo = generator.normal(size=round(decay * RATE)) * np.logspace(0, -3, round(decay * RATE))
        echo[0] += dice.uniform(4, 12)
        samples = fftconvolve(samples, echo / np.linalg.norm(echo))[: len(samples)]
    elif place == "telephone":
        samples = sosfilt(butter(4, [300, 3400], "bandpass", fs=RATE, output="sos"), samples)
    noise = generator.normal(size=len(samples)) * np.sqrt(np.mean(samples**2)) * 10 ** (-dice.uniform(12, 35) / 20)
    return np.asarray(samples + noise, np.float32)
