"""Errors that are planted in a copy of the real corpus: which clips and speakers they meet follows from a seed.

Clips and people are dealt out in one fixed shuffled order, so that over the seeds all of them come, and as often.
Recordings change their speaker within the source that has several of everybody. Whoever is mixed up with somebody is
of the same half of the speakers, so that figures can be told on those that nothing was fitted on (see joins.py).
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple, TypeVar

from tests.quality.joins import is_reported
from tests.quality.record_files import (
    READ_SENTENCES,
    Files,
    Person,
    Recording,
    sounding,
    under,
    with_age,
    with_copy,
    with_other_gender,
    without,
)

ADULT = 16  # years; the issue's
YOUNGEST, OLDEST = 10, 90  # years in which there are classes of age
YEARS_MOVED = 30
MISFILED, SPLICED, RECORDED_WRONG = 0.05, 0.03, 0.05  # shares of the clips, and of people
COPIES = 6  # a corpus
LEAST_CLIPS = 4  # of the speaker under whom a clip is misfiled

KINDS = ("misfiled", "spliced", "copied", "flipped", "moved")

T = TypeVar("T")


class Misfiled(NamedTuple):
    """A recording under a speaker who is not heard in it."""

    recording: Recording
    speaker: str


class Spliced(NamedTuple):
    """A recording in whose place there is one of it and of another speaker's, which leaves the corpus for that."""

    recording: Recording
    other: Recording
    path: str
    is_first: bool
    is_overlapped: bool


class Encoding(NamedTuple):
    """How a copy is encoded; rates in Hz and bit/s."""

    extension: str
    codec: str
    rate: int
    bit_rate: int | None
    decibels: float


class Copied(NamedTuple):
    """A recording that is there once more, encoded otherwise, under another speaker."""

    recording: Recording
    speaker: str
    key: str
    encoding: Encoding

    @property
    def path(self) -> str:
        return f"planted/{self.key}.{self.encoding.extension}"


ENCODINGS = (
    Encoding("mp3", "libmp3lame", 16_000, 32_000, 0),
    Encoding("mp3", "libmp3lame", 44_100, 128_000, -6),
    Encoding("opus", "libopus", 16_000, 16_000, 0),
    Encoding("ogg", "libopus", 24_000, 24_000, 0),
    Encoding("wav", "pcm_s16le", 8_000, None, 0),
    Encoding("m4a", "aac", 48_000, 64_000, 3),
)


@dataclass(frozen=True)
class Planting:
    """What is planted in one corpus; people have another gender, or are so many years older, in their records."""

    misfiled: tuple[Misfiled, ...] = ()
    spliced: tuple[Spliced, ...] = ()
    copied: tuple[Copied, ...] = ()
    flipped: tuple[Person, ...] = ()
    moved: tuple[Person, ...] = ()

    def only(self, kind: str) -> "Planting":
        """Return the errors of one kind."""
        return replace(Planting(), **{kind: getattr(self, kind)})

    def left_out(self) -> set[tuple[str, str]]:
        """Return source and path of the recordings that are not in the corpus any more."""
        return {(one.source, one.path) for each in self.spliced for one in (each.recording, each.other)}

    def heard(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return who really speaks in the sounds that are under somebody else, or that are new: by source and path."""
        found: dict[tuple[str, str], tuple[str, ...]] = {
            (each.recording.source, each.recording.path): (each.recording.speaker,) for each in self.misfiled
        }
        found |= {
            (each.recording.source, each.path): (each.recording.speaker, each.other.speaker) for each in self.spliced
        }
        return found | {(each.recording.source, each.path): (each.recording.speaker,) for each in self.copied}


def plantings(people: Sequence[Person], recordings: Sequence[Recording], count: int) -> list[Planting]:
    """Return what is planted for the seeds from 0 to a count, of all kinds at once; no clip is met by two kinds."""
    clips = _shuffled(one for one in recordings if one.source == READ_SENTENCES)
    with_gender = _shuffled(one for one in people if one.gender is not None)
    with_age = _shuffled(one for one in people if one.age is not None and YOUNGEST <= one.age < OLDEST - YEARS_MOVED)
    return [
        replace(
            _on_clips(seed, clips),
            flipped=tuple(_dealt(with_gender, seed, RECORDED_WRONG)),
            moved=tuple(_dealt(with_age, seed, RECORDED_WRONG)),
        )
        for seed in range(count)
    ]


def planted(files: Files, planting: Planting) -> Files:
    """Return the record files with what is planted."""
    for misfiled in planting.misfiled:
        files = under(files, misfiled.recording, misfiled.speaker)
    for spliced in planting.spliced:
        files = without(sounding(files, spliced.recording, spliced.path), spliced.other)
    for copied in planting.copied:
        files = with_copy(files, copied.recording, copied.key, copied.path, copied.speaker)
    for person in planting.flipped:
        files = with_other_gender(files, person)
    for person in planting.moved:
        files = with_age(files, person, int(person.age or 0) + YEARS_MOVED)
    return files


def is_unfitted(recording: Recording) -> bool:
    """Return whether nothing was fitted on the speaker of a recording."""
    return recording.source == READ_SENTENCES and is_reported(recording.speaker)


def _shuffled(items: Iterable[T]) -> list[T]:
    found = list(items)
    random.Random(0).shuffle(found)
    return found


def _from(items: Sequence[T], place: int) -> list[T]:
    """Return the items from a place on, and then those before it."""
    start = place % len(items)
    return [*items[start:], *items[:start]]


def _dealt(items: Sequence[T], seed: int, share: float) -> list[T]:
    count = round(share * len(items))
    return _from(items, seed * count)[:count]


def _on_clips(seed: int, clips: Sequence[Recording]) -> Planting:
    dice = random.Random(seed)
    sizes = round(MISFILED * len(clips)), round(SPLICED * len(clips)), COPIES
    order = iter(_from(clips, seed * sizes[0]))
    misfiled, spliced, copied = (list(islice(order, size)) for size in sizes)
    rest = list(order)
    pairs = []
    for recording in spliced:
        speaker = _somebody_else(dice, recording, (one.speaker for one in rest))
        other = next(one for one in rest if one.speaker == speaker)
        rest.remove(other)
        pairs.append((recording, other))
    own = Counter(one.speaker for one in rest)
    receivers = [speaker for speaker in own if own[speaker] >= LEAST_CLIPS]
    return Planting(
        tuple(Misfiled(one, _somebody_else(dice, one, receivers)) for one in misfiled),
        tuple(
            Spliced(one, other, f"planted/{seed:04}0{place:03}.wav", dice.random() < 0.5, place % 3 == 0)
            for place, (one, other) in enumerate(pairs)
        ),
        tuple(
            Copied(one, _somebody_else(dice, one, own), f"{seed:04}1{place:03}", ENCODINGS[place % len(ENCODINGS)])
            for place, one in enumerate(copied)
        ),
    )


def _somebody_else(dice: random.Random, recording: Recording, speakers: Iterable[str]) -> str:
    """Return another speaker of the same half, all with the same chance."""
    half = is_reported(recording.speaker)
    return dice.choice(sorted({one for one in speakers if one != recording.speaker and is_reported(one) == half}))
