"""The figures of quality of the embedded default, each with what it was measured on; `make benchmark` prints them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyannote.metrics
from pyannote.core import Annotation, Segment, Timeline
from pyannote.database.util import load_rttm, load_uem
from pyannote.metrics.detection import DetectionErrorRate
from pyannote.metrics.diarization import DiarizationErrorRate

from curation.audio import RATE, decode
from curation.cuts import clean_stretch
from curation.diarization import diarize
from curation.services import Diarization, Vectors
from curation.turns import Intervals, intersection, seconds, union
from curation.voices import calibration, unit
from flows.models import encoder, segmentation
from tests.conftest import CORPUS
from tests.quality.joins import Clip, Samples, dialogues, monologues, speakers

JOINS, SEED = 60, 2
CUT_SECONDS = (3.0, 15.0)


def diarized(samples: Samples) -> Diarization:
    return diarize(samples, segmentation(), encoder(), calibration())


def annotation(turns: dict[str, Intervals]) -> Annotation:
    rows = ((Segment(start, end), speaker) for speaker, some in turns.items() for start, end in some)
    found = Annotation()
    for number, (segment, speaker) in enumerate(rows):
        found[segment, number] = speaker
    return found


def hypothesis(found: Diarization) -> Annotation:
    return annotation({str(number): voice.turns for number, voice in enumerate(found.voices)})


def recordings(corpus: Path) -> Iterator[tuple[str, Samples, Annotation, Timeline]]:
    """Yield the recordings with a reference made by people: AMI's excerpts and the sample of pyannote.audio."""
    ami = corpus / "ami_two_speaker"
    sample = Path(pyannote.metrics.__file__).parents[1] / "audio" / "sample"
    turns, scored = load_rttm(ami / "debug.development.rttm"), load_uem(ami / "debug.development.uem")
    for name in sorted(turns):
        yield f"ami {name}", decode(ami / f"{name}.wav", 7200).pcm, turns[name], scored[name]
    (reference,) = load_rttm(sample / "sample.rttm").values()
    sound = decode(sample / "sample.wav", 7200).pcm
    yield "sample", sound, reference, Timeline([Segment(0, len(sound) / RATE)])


def enrolled(clips: list[Clip]) -> Vectors:
    """Return the voice of a speaker's other clips; where there are none, it is nobody's."""
    heard = [voices[0].vector for clip in clips if (voices := diarized(clip.samples).voices)]
    return unit(np.sum([np.zeros_like(calibration().centre), *heard], axis=0))


@dataclass
class Kept:
    """What would be kept of recordings: all of one voice, and of several the longest stretch of the target alone."""

    recordings: int = 0
    dropped: int = 0
    seconds: float = 0.0
    seconds_of_others: float = 0.0

    def add(self, found: Diarization, target: Vectors, others: Intervals, length: float) -> None:
        """Count a recording in which `others` speak beside the target, whose voice elsewhere is `target`."""
        self.recordings += 1
        stretch: tuple[float, float] | None = (0.0, length)
        if len(found.voices) > 1:
            nearest = max(found.voices, key=lambda voice: float(voice.vector @ target))
            rest = union(*(voice.turns for voice in found.voices if voice is not nearest))
            stretch = clean_stretch(nearest.turns, rest, length, *CUT_SECONDS)
        if stretch is None:
            self.dropped += 1
            return
        self.seconds += stretch[1] - stretch[0]
        self.seconds_of_others += seconds(intersection(np.array([stretch]), others))

    def __str__(self) -> str:
        if not self.seconds:
            return f"nothing kept of {self.recordings} recordings"
        return (
            f"target alone for {100 * (1 - self.seconds_of_others / self.seconds):.1f} % of {self.seconds:.0f} s kept "
            f"of {self.recordings} recordings, {self.dropped} left without a cut"
        )


def error(rate: DiarizationErrorRate) -> str:
    """Return a rate and what it is made of, in percent of the reference's speech."""
    parts = {name: float(rate.accumulated_[name]) for name in ("confusion", "missed detection", "false alarm", "total")}
    total = parts.pop("total")
    return f"{100 * abs(rate):.1f} % ({', '.join(f'{name} {100 * part / total:.1f}' for name, part in parts.items())})"


def figures(corpus: Path) -> Iterator[tuple[str, str]]:
    """Yield what was measured and the figure."""
    dice = random.Random(SEED)
    clips = speakers(corpus, reported=True)
    right: dict[str, list[bool]] = {"dialogues": [], "monologues": []}
    kept = {name: Kept() for name in right}
    for name, joins in (("dialogues", dialogues(dice, clips, JOINS)), ("monologues", monologues(dice, clips, JOINS))):
        rate = DiarizationErrorRate()
        for join in joins:
            each = diarized(join.samples)
            rate(annotation(join.speakers), hypothesis(each), uem=Timeline([Segment(0, len(join.samples) / RATE)]))
            right[name].append((len(each.voices) > 1) == (name == "dialogues"))
            speaker = dice.choice(sorted(join.speakers))
            voice = enrolled(join.unused[speaker])
            others = union(*(turns for other, turns in join.speakers.items() if other != speaker))
            kept[name].add(each, voice, others, len(join.samples) / RATE)
        yield f"diarization error, {JOINS} {name}", error(rate)
    shares = ", ".join(f"{name} {100 * np.mean(some):.1f} %" for name, some in right.items())
    yield (
        f"one voice or more, {JOINS} dialogues and {JOINS} monologues of {len(clips)} speakers",
        f"{100 * np.mean([*right['dialogues'], *right['monologues']]):.1f} % right ({shares})",
    )
    for name, some in kept.items():
        yield f"purity of the kept cut, {JOINS} {name}", str(some)
    for name, sound, reference, scored in recordings(corpus):
        each = diarized(sound)
        rate, activity = DiarizationErrorRate(), DetectionErrorRate()
        rate(reference, hypothesis(each), uem=scored)
        activity(reference, hypothesis(each), uem=scored)
        yield f"{name}: diarization error, {len(each.voices)} voices found", error(rate)
        yield f"{name}: speech activity error", f"{100 * abs(activity):.1f} %"


if __name__ == "__main__":
    for what, figure in figures(CORPUS):
        print(f"{what}: {figure}", flush=True)
