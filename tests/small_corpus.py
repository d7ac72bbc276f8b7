"""A corpus of a dozen short sounds, all different, made in a second: for tests that change something in it."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 16_000
SPEAKERS = ("ana", "ben", "cem", "dua", "eva", "fin")

SOURCE = """\
title = "Small corpus"
citation = "Nobody (2026), A small corpus"
licence = "CC0-1.0"
tier = "research"
kind = "registry"
stages = ["ingest", "profile", "ground", "consensus", "verify", "release"]

[consent]
basis = "made for tests"
permitted_uses = ["tests"]
"""

CLIPS = """\
select file as path, speaker, recorded as recorded_on, said as transcript
from read_table('recordings.csv')
"""

FACTS = """\
select
    speaker, null as path, property, value, null as unit, null as valid_on,
    record_file, 'line ' || record_line || ', column ' || property as locator
from read_table('speakers.csv') as registry
unpivot include nulls (value for property in (birth_date, gender, native_language))
"""


def sound(seed: int, seconds: float = 1.5) -> NDArray[np.float32]:
    """Return syllables of a voice that nobody has: pitches, vowels, pauses and noise as the seed decides."""
    dice = np.random.default_rng(seed)
    parts: list[NDArray[np.float64]] = []
    while sum(map(len, parts)) < seconds * RATE:
        time = np.arange(int(dice.uniform(0.08, 0.2) * RATE)) / RATE
        pitch, vowel = dice.uniform(90, 260), dice.uniform(300, 3000, size=2)
        tones = [
            np.sin(2 * np.pi * pitch * n * time + dice.uniform(0, 6)) / (1 + np.abs(pitch * n - vowel).min() / 200)
            for n in range(1, 30)
        ]
        parts += [np.sum(tones, axis=0) * np.hanning(len(time)), np.zeros(int(dice.uniform(0.02, 0.08) * RATE))]
    voiced = np.concatenate(parts)[: int(seconds * RATE)]
    noise = 0.0005 * dice.standard_normal(len(voiced))
    return np.asarray(0.3 * voiced / np.abs(voiced).max() + noise, dtype=np.float32)


class SmallCorpus:
    """Two clips each of six speakers, whose records accept an age, a gender and an accent for everybody."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        """Make the corpus; seeds a hundred apart give other sounds."""
        self.root = folder / "corpus"
        self.definition = folder / "definition"
        self.recordings: dict[str, str] = {}
        self.dates: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.speakers: dict[str, dict[str, str]] = {}
        self.definition.mkdir(parents=True)
        for name, text in (("source.toml", SOURCE), ("clips.sql", CLIPS), ("facts.sql", FACTS)):
            (self.definition / name).write_text(text, encoding="utf-8")
        for number, speaker in enumerate(SPEAKERS):
            gender = ("Female", "Male")[number % 2]
            self.speakers[speaker] = {"birth_date": f"19{50 + 8 * number}-03-01", "gender": gender}
            self.speakers[speaker] |= {"native_language": ("Hindi", "German", "Korean")[number % 3]}
            for take in (1, 2):
                self.write(f"{speaker}/{take}.wav", speaker, seed=seed + 10 * number + take)
        self.save()

    @property
    def source(self) -> tuple[Path, Path]:
        """Where it lies, and its definition."""
        return self.root, self.definition

    def write(self, path: str, speaker: str, seed: int, seconds: float = 1.5) -> Path:
        """Write one recording; `save` writes the table that names it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, sound(seed, seconds), RATE, subtype="PCM_16")
        self.recordings[path] = speaker
        return file

    def save(self) -> None:
        """Write both tables, where they are not as they should be."""
        rows = [
            (path, speaker, self.dates.get(path, "2020-06-15"), self.said.get(path, f"what {path} says"))
            for path, speaker in self.recordings.items()
        ]
        self._write("recordings.csv", ("file", "speaker", "recorded", "said"), rows)
        columns = ("birth_date", "gender", "native_language")
        people = [(name, *(person[column] for column in columns)) for name, person in self.speakers.items()]
        self._write("speakers.csv", ("speaker", *columns), people)

    def _write(self, name: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        with (self.root / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *rows])
