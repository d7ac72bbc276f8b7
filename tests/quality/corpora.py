"""The corpora in which errors are planted, each with what the pipeline says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.quality.planting import KINDS, Planting, planted, plantings
from tests.quality.rebuilt import Rebuilt, rebuilding
from tests.quality.record_files import (
    READ_SENTENCES,
    Files,
    Person,
    Recording,
    people,
    read,
    recordings,
    sounding,
    without,
)
from tests.quality.splicing import make
from tests.quality.truth import Spoken


@dataclass(frozen=True)
class Corpus:
    """What is planted, and what the pipeline says then."""

    planting: Planting
    rebuilt: Rebuilt


@dataclass(frozen=True)
class Corpora:
    """All of them, and who and what is in the real corpus; `clean` is what the pipeline says without any error.

    In those of `alone` there are errors of one kind, or one speaker of another gender; in those of `mixed` of all.
    """

    people: Sequence[Person]
    recordings: Sequence[Recording]
    spoken: Spoken
    clean: Rebuilt
    alone: Sequence[Corpus]
    mixed: Sequence[Corpus]

    def of(self, kind: str) -> list[Corpus]:
        """Return the corpora with errors of one kind alone."""
        return [one for one in self.alone if getattr(one.planting, kind)]


def plant(corpus: Path, seeds: int, speakers: int | None) -> Corpora:
    """Plant errors in copies of the corpus: so many of each kind, and the gender of so many speakers (null: all)."""
    with rebuilding(corpus) as rebuilds:
        files = read(rebuilds.corpus)
        everybody, known = people(files), recordings(files, rebuilds.corpus)
        drawn = plantings(everybody, known, seeds)
        spoken = make(drawn, rebuilds.corpus)
        rebuilds.hear([_spliced_alone(files, drawn, known), files])
        flipped = islice((Planting(flipped=(one,)) for one in everybody if one.gender is not None), speakers)
        alone = [*flipped, *(one.only(kind) for kind in KINDS if kind != "flipped" for one in drawn)]
        wanted = [Planting(), *alone, *drawn]
        results = rebuilds.each(planted(files, one) for one in wanted)
        clean, *rest = (Corpus(one, rebuilt) for one, rebuilt in zip(wanted, results, strict=True))
    return Corpora(everybody, known, spoken, clean.rebuilt, rest[: len(alone)], rest[len(alone) :])


def _spliced_alone(files: Files, drawn: Sequence[Planting], known: Sequence[Recording]) -> Files:
    """Return the record files of a corpus with the spliced sounds of all seeds, which must not meet what they hold."""
    paths = {one.recording: one.path for planting in drawn for one in planting.spliced}
    for recording in known:
        if recording in paths:
            files = sounding(files, recording, paths[recording])
        elif recording.source == READ_SENTENCES:
            files = without(files, recording)
    return files
