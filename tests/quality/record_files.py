"""The record files of the two sources of the real corpus that record something of their speakers, read and rewritten.

`Files` are texts by path below the corpus. Whatever changes a record returns other files, all other lines as they were.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

READ_SENTENCES, SURVEY = "speechocean762", "alphanumeric_accents"
ANSWERS = f"{SURVEY}/metadata.csv"

Files = Mapping[str, str]

_FOLDERS = tuple(f"{READ_SENTENCES}/{folder}" for folder in ("train", "test"))
_TABLES = ("spk2age", "spk2gender", "utt2spk", "text", "wav.scp")
_PLACES = {"age": ("spk2age", "Age"), "gender": ("spk2gender", "Gender")}
_OTHER_GENDER = {"m": "f", "f": "m", "Male": "Female", "Female": "Male"}


class Person(NamedTuple):
    """A speaker, with what is recorded; null where it is nothing or neither a number nor one of two genders."""

    source: str
    speaker: str
    age: int | None
    gender: str | None


class Recording(NamedTuple):
    """A file that the tables name, and that is there; `key` is its name in the tables."""

    source: str
    key: str
    speaker: str
    path: str


def read(corpus: Path) -> Files:
    names = [f"{folder}/{table}" for folder in _FOLDERS for table in _TABLES]
    return {name: (corpus / name).read_text(encoding="utf-8") for name in (*names, ANSWERS)}


def write(files: Files, corpus: Path) -> None:
    """Write the files whose text is not the one that is there."""
    for name, text in files.items():
        if (corpus / name).read_text(encoding="utf-8") != text:
            (corpus / name).write_text(text, encoding="utf-8")


def people(files: Files) -> list[Person]:
    """Return everybody of whom there is a recording or a record, in the order of their ids."""
    ages, genders = _table(files, "spk2age"), _table(files, "spk2gender")
    speakers = sorted({*_table(files, "utt2spk").values(), *ages, *genders})
    found = [_person(READ_SENTENCES, each, ages.get(each, ""), genders.get(each, "")) for each in speakers]
    answers = {row["Response_ID"]: row for row in _answers(files)}
    return found + [_person(SURVEY, each, row["Age"], row["Gender"]) for each, row in sorted(answers.items())]


def recordings(files: Files, corpus: Path) -> list[Recording]:
    """Return the recordings that lie in the corpus, in the order of their keys."""
    paths, speakers = _table(files, "wav.scp"), _table(files, "utt2spk")
    found = [Recording(READ_SENTENCES, key, speakers[key], path) for key, path in sorted(paths.items())]
    rows = sorted((row["file_name"], row["Response_ID"]) for row in _answers(files))
    found += [Recording(SURVEY, path, speaker, path) for path, speaker in rows]
    return [one for one in found if (corpus / one.source / one.path).exists()]


def with_other_gender(files: Files, person: Person) -> Files:
    return _with_record(files, person, "gender", _OTHER_GENDER[str(person.gender)])


def with_age(files: Files, person: Person, age: int) -> Files:
    return _with_record(files, person, "age", str(age))


def under(files: Files, recording: Recording, speaker: str) -> Files:
    """Return the files with a recording filed under another speaker."""
    return _with_line(files, "utt2spk", recording.key, speaker)


def sounding(files: Files, recording: Recording, path: str) -> Files:
    """Return the files with another sound in the place of a recording's."""
    return _with_line(files, "wav.scp", recording.key, path)


def without(files: Files, recording: Recording) -> Files:
    for table in ("utt2spk", "text", "wav.scp"):
        files = _with_line(files, table, recording.key, None)
    return files


def with_copy(files: Files, recording: Recording, key: str, path: str, speaker: str) -> Files:
    """Return the files with one more sound, said to be another speaker's, of the same text."""
    (folder,) = (each for each in _FOLDERS if recording.key in _lines(files[f"{each}/wav.scp"]))
    said = _lines(files[f"{folder}/text"])[recording.key]
    added = {"utt2spk": f"{key} {speaker}\n", "text": f"{key}\t{said}\n", "wav.scp": f"{key}\t{path}\n"}
    return {**files, **{f"{folder}/{table}": files[f"{folder}/{table}"] + line for table, line in added.items()}}


def _person(source: str, speaker: str, age: str, gender: str) -> Person:
    return Person(source, speaker, int(age) if age.isdigit() else None, gender if gender in _OTHER_GENDER else None)


def _table(files: Files, table: str) -> dict[str, str]:
    return {key: value for folder in _FOLDERS for key, value in _lines(files[f"{folder}/{table}"]).items()}


def _lines(text: str) -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in text.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) > 1}


def _answers(files: Files) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(files[ANSWERS], newline=""))


def _with_record(files: Files, person: Person, prop: str, value: str) -> Files:
    table, column = _PLACES[prop]
    if person.source == READ_SENTENCES:
        return _with_line(files, table, person.speaker, value)
    # everybody's answers stand in as many lines as there are prompts, and one record is all of them
    rows = [{**row, column: value} if row["Response_ID"] == person.speaker else row for row in _answers(files)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return {**files, ANSWERS: text.getvalue()}


def _with_line(files: Files, table: str, key: str, value: str | None) -> Files:
    """Return the files with another value for a key of a table, or without its line."""
    line = re.compile(rf"^({re.escape(key)}[ \t]+).*\n", re.MULTILINE)
    changed = {
        f"{folder}/{table}": line.sub("" if value is None else rf"\g<1>{value}\n", files[f"{folder}/{table}"])
        for folder in _FOLDERS
    }
    return {**files, **changed}
