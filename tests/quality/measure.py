"""The figures of quality of the embedded default, each with what it was measured on; `make benchmark` prints them.

The reference of joins is what Silero hears in their clips alone. Silero is among what is measured, so how well speech
activity is found is told by the references made by people.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyannote.metrics
from pyannote.core import Annotation, Segment, Timeline
from pyannote.database.util import load_rttm, load_uem
from pyannote.metrics.detection import DetectionErrorRate
from pyannote.metrics.diarization import DiarizationErrorRate

from curation.audio import RATE, decode
from curation.diarization import diarize
from curation.identity import identified
from curation.services import Diarization
from curation.turns import NONE, Intervals, difference, union, without_short
from curation.voices import calibration
from flows.models import encoder, segmentation
from tests.conftest import CORPUS
from tests.quality.claims import Claim, Sound, claimed, segmented
from tests.quality.joins import Join, Samples, dialogues, monologues, speakers
from tests.quality.kept import Kept

JOINS, SEED = 60, 2
SHORTEST_TURN = 1.0  # seconds; of those in the other excerpt that are a speaker's other clips

Row = dict[str, Any]


def sound_of(samples: Samples) -> Sound:
    return Sound(len(samples) / RATE, diarize(samples, segmentation(), encoder(), calibration()))


def identities(claims: Sequence[Claim]) -> list[Row]:
    return claimed(identified(segmented(claims))).rows(named=True)


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


def error(rate: DiarizationErrorRate | DetectionErrorRate) -> str:
    """Return a rate and what it is made of, in percent of the reference's speech."""
    names = ("confusion", "missed detection", "miss", "false alarm")
    parts = {name: float(rate.accumulated_[name]) for name in names if name in rate.accumulated_}
    total = float(rate.accumulated_["total"])
    return f"{100 * abs(rate):.1f} % ({', '.join(f'{name} {100 * part / total:.1f}' for name, part in parts.items())})"


def figures(corpus: Path) -> Iterator[tuple[str, str]]:
    """Yield what was measured and the figure."""
    yield from figures_of_joins(corpus)
    turns: dict[str, dict[str, Intervals]] = {}
    samples: dict[str, Samples] = {}
    both, both_active = DiarizationErrorRate(), DetectionErrorRate()
    for name, sound, reference, scored in recordings(corpus):
        each = sound_of(sound).diarization
        rate, activity = DiarizationErrorRate(), DetectionErrorRate()
        rate(reference, hypothesis(each), uem=scored)
        activity(reference, hypothesis(each), uem=scored)
        yield f"{name}: diarization error, {len(each.voices)} voices found", error(rate)
        yield f"{name}: speech activity error", error(activity)
        if name.startswith("ami"):
            both(reference, hypothesis(each), uem=scored)
            both_active(reference, hypothesis(each), uem=scored)
            samples[name] = sound
            turns[name] = {
                speaker: union(np.array([tuple(segment) for segment in reference.label_timeline(speaker)]))
                for speaker in reference.labels()
            }
    yield "ami, both excerpts: diarization error", error(both)
    yield "ami, both excerpts: speech activity error", error(both_active)
    yield from figures_of_excerpts(samples, turns)


def figures_of_joins(corpus: Path) -> Iterator[tuple[str, str]]:
    """Yield the figures of joins of which one of the speakers, drawn by chance, is claimed."""
    dice = random.Random(SEED)
    clips = speakers(corpus, reported=True)
    sounds = {id(clip): sound_of(clip.samples) for some in clips.values() for clip in some}
    right: dict[str, tuple[float, float]] = {}
    scores: list[tuple[float, float]] = []
    for name, joins in (("dialogues", dialogues(dice, clips, JOINS)), ("monologues", monologues(dice, clips, JOINS))):
        is_two = name == "dialogues"
        targets = [dice.choice(sorted(join.speakers)) for join in joins]
        claims = [
            Claim(sound_of(join.samples), [sounds[id(clip)] for clip in join.unused[target]])
            for join, target in zip(joins, targets, strict=True)
        ]
        rows = identities(claims)
        yield f"diarization error, {JOINS} {name}", error(error_of_joins(joins, claims))
        kept = Kept()
        for join, target, row in zip(joins, targets, rows, strict=True):
            others = union(*(turns for speaker, turns in join.speakers.items() if speaker != target))
            kept.add(row, join.speakers[target], others, len(join.samples) / RATE)
        yield f"purity of what is kept, {JOINS} {name}, beside the target's clips that a join leaves out", str(kept)
        alone = np.array([claim.sound.diarization.second_voice for claim in claims])
        given = np.array([row["second_voice"] for row in rows])
        voices = np.array([len(claim.sound.diarization.voices) for claim in claims])
        right[name] = float(np.mean((voices > 1) == is_two)), float(np.mean((given > 0.5) == is_two))
        scores += [
            (float((one - is_two) ** 2), float((other - is_two) ** 2)) for one, other in zip(alone, given, strict=True)
        ]
    on = f"{JOINS} dialogues and {JOINS} monologues of {len(clips)} speakers"
    for place, what in enumerate(("of the recording alone", "beside the target's clips that a join leaves out")):
        shares = ", ".join(f"{name} {100 * some[place]:.1f} %" for name, some in right.items())
        share = 100 * np.mean([some[place] for some in right.values()])
        score = np.mean([some[place] for some in scores])
        yield f"one voice or more, {what}, {on}", f"{share:.1f} % right ({shares}), Brier score {score:.3f}"


def error_of_joins(joins: Sequence[Join], claims: Sequence[Claim]) -> DiarizationErrorRate:
    rate = DiarizationErrorRate()
    for join, claim in zip(joins, claims, strict=True):
        whole = Timeline([Segment(0, claim.sound.seconds)])
        rate(annotation(join.speakers), hypothesis(claim.sound.diarization), uem=whole)
    return rate


def figures_of_excerpts(
    samples: dict[str, Samples], turns: dict[str, dict[str, Intervals]]
) -> Iterator[tuple[str, str]]:
    """Yield what is kept of excerpts in which the same speakers speak, each of them being claimed in turn."""
    sounds = {name: sound_of(sound) for name, sound in samples.items()}
    claims = [(name, speaker) for name, some in turns.items() for speaker in some]
    for what, is_alone in (("no other clip", True), ("their turns alone of 1 s and more in the other excerpt", False)):
        beside = [
            Claim(sounds[name], [] if is_alone else turns_alone(samples, turns, speaker, name))
            for name, speaker in claims
        ]
        kept = Kept()
        for (name, speaker), row in zip(claims, identities(beside), strict=True):
            kept.add(row, turns[name][speaker], others_in(turns[name], speaker), sounds[name].seconds)
        yield f"ami: purity of what is kept, each speaker in turn beside {what}", str(kept)


def others_in(turns: dict[str, Intervals], speaker: str) -> Intervals:
    return union(NONE, *(some for other, some in turns.items() if other != speaker))


def turns_alone(
    samples: dict[str, Samples], turns: dict[str, dict[str, Intervals]], speaker: str, but: str
) -> list[Sound]:
    """Return clips of a speaker: what they alone say, according to the reference, in the excerpts but one."""
    found = []
    for name in sorted(turns.keys() - {but}):
        alone = difference(turns[name].get(speaker, NONE), others_in(turns[name], speaker))
        for start, end in without_short(alone, SHORTEST_TURN):
            found.append(sound_of(samples[name][round(start * RATE) : round(end * RATE)]))
    return found


if __name__ == "__main__":
    for what, figure in figures(CORPUS):
        print(f"{what}: {figure}", flush=True)
