"""The built-in definitions against the real corpora: every row of every table, counted and read by plain Python."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from curation.listing import Files, Records, on_disk, read_clips, read_facts
from curation.scan import walk
from curation.settings import SourceSettings
from curation.sources import load_source
from curation.taxonomy import load_taxonomy

BUILTIN = Path(__file__).parents[1] / "warehouse" / "sources"
PROPERTIES = frozenset(load_taxonomy().properties)

# What stands where: subject, property, value (null for an empty field), record file, locator.
Statement = tuple[str, str, str | None, str, str]


class Counts(NamedTuple):
    files: int
    missing: int
    unlisted: int
    facts: int
    sightings: int


def read(name: str, root: Path) -> tuple[Files, Records]:
    source = load_source(name, SourceSettings(root=root, definition=None), BUILTIN)
    disk = on_disk(walk(root))
    return read_clips(source, disk), read_facts(source, disk, PROPERTIES)


def statements(records: Records) -> Counter[Statement]:
    joined = records.sightings.join(records.facts, on="fact_id", validate="m:1")
    return Counter(
        (row["speaker"] or row["path"], row["property"], row["value"], row["record_file"], row["locator"])
        for row in joined.to_dicts()
    )


def lines(root: Path, file: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, with their numbers from one."""
    text = (root / file).read_text(encoding="utf-8")
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line)


def table(root: Path, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    with (root / file).open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        for row in reader:
            yield reader.line_num, row


def speechocean762(root: Path) -> Iterator[Statement]:
    speakers = set()
    for split in ("train", "test"):
        for name, recorded in (("spk2age", "age"), ("spk2gender", "gender")):
            for number, line in lines(root, f"{split}/{name}"):
                speaker, value = line.split("\t")
                speakers.add(speaker)
                yield speaker, recorded, value, f"{split}/{name}", f"line {number}"
    for speaker in speakers:
        yield speaker, "native_language", "Mandarin", "README.upstream.md", "line 87"


def alphanumeric_accents(root: Path) -> Iterator[Statement]:
    names = {
        "Age": "age",
        "Gender": "gender",
        "Nationality": "nationality",
        "Native Language": "native_language",
        "Familiarity with English": "english_familiarity",
        "Accent Strength (Self reported)": "accent_strength",
        "Difficulties": "difficulty_with_automated_systems",
        "Recording Machine": "recording_device",
        "Duration (secs)": "survey_duration",
    }
    for number, row in table(root, "metadata.csv"):
        assert row.keys() - names.keys() == {"Response_ID", "file_name", "Name", "Number", "Address"}
        for field, recorded in names.items():
            locator = f"line {number}, column {field}"
            yield row["Response_ID"], recorded, row[field] or None, "metadata.csv", locator


def arabic_speech_commands(_: Path) -> Iterator[Statement]:
    return iter(())


def ami_two_speaker(root: Path) -> Iterator[Statement]:
    for number, line in lines(root, "debug.development.rttm"):
        yield f"{line.split()[1]}.wav", "speaker_turn", line, "debug.development.rttm", f"line {number}"
    for number, line in lines(root, "debug.development.uem"):
        yield f"{line.split()[0]}.wav", "scored_region", line, "debug.development.uem", f"line {number}"


def nisp_records(root: Path) -> Iterator[Statement]:
    names = {
        "Gender": "gender",
        "Mother_Tongue": "native_language",
        "Height": "height",
        "Shoulder_size": "shoulder_size",
        "Waist_size": "waist_size",
        "Weight": "weight",
        "Age": "age",
        "Native_State": "home_state",
        "Native_District": "home_district",
    }
    (_, header), *rows = lines(root, "spkrinfo.list")
    assert header.split(" ") == ["Speaker_ID", *names]
    for number, line in rows:
        speaker, *values = line.split(" ")
        for field, value in zip(names, values, strict=True):
            yield speaker, names[field], value, "spkrinfo.list", f"line {number}, column {field}"
    for file in ("test_spkrID", "train_spkrID"):
        for number, line in lines(root, file):
            speaker, split = line.split("___")
            yield speaker, "evaluation_split", split, file, f"line {number}"


def coswara_records(root: Path) -> Iterator[Statement]:
    names = {
        "a": "age",
        "g": "gender",
        "covid_status": "health_status",
        "test_status": "covid_test",
        "l_c": "country",
        "l_s": "state",
        "l_l": "locality",
        "ep": "english_proficiency",
        "rU": "returning_user",
        "um": "mask_worn",
        "bd": "breathing_difficulties",
        "cld": "chronic_lung_disease",
        "ftg": "fatigue",
        "ht": "hypertension",
        "ihd": "ischemic_heart_disease",
        "mp": "muscle_pain",
        "st": "sore_throat",
    }
    for path in sorted(root.glob("*.csv")):
        for number, row in table(root, path.name):
            for field in row.keys() - {"id", "record_date"}:
                locator = f"line {number}, column {field}"
                yield row["id"], names.get(field, field), row[field] or None, path.name, locator


CORPORA: dict[Callable[[Path], Iterator[Statement]], Counts] = {
    speechocean762: Counts(files=300, missing=140, unlisted=8, facts=150, sightings=150),
    alphanumeric_accents: Counts(files=13, missing=14, unlisted=0, facts=81, sightings=243),
    arabic_speech_commands: Counts(files=20, missing=0, unlisted=0, facts=0, sightings=0),
    ami_two_speaker: Counts(files=2, missing=0, unlisted=0, facts=19, sightings=19),
    nisp_records: Counts(files=0, missing=0, unlisted=0, facts=400, sightings=400),
    coswara_records: Counts(files=0, missing=0, unlisted=0, facts=1641, sightings=1641),
}


@pytest.mark.parametrize("recorded", CORPORA, ids=lambda reader: reader.__name__)
def test_every_field_of_every_table_is_a_fact_in_its_own_words_at_its_own_line(
    corpus: Path, recorded: Callable[[Path], Iterator[Statement]]
) -> None:
    root = corpus / recorded.__name__
    assert statements(read(recorded.__name__, root)[1]) == Counter(recorded(root))


@pytest.mark.parametrize("recorded", CORPORA, ids=lambda reader: reader.__name__)
def test_every_file_of_a_real_corpus_is_listed_or_rejected(
    corpus: Path, recorded: Callable[[Path], Iterator[Statement]]
) -> None:
    files, records = read(recorded.__name__, corpus / recorded.__name__)
    reasons = Counter(files.rejections["reason"])
    assert records.rejections.is_empty()
    assert reasons.keys() <= {"file_missing", "unlisted"}
    assert CORPORA[recorded] == Counts(
        files=files.files.height,
        missing=reasons["file_missing"],
        unlisted=reasons["unlisted"],
        facts=records.facts.height,
        sightings=records.sightings.height,
    )
    on_disk = [path for path in (corpus / recorded.__name__).rglob("*") if path.suffix.lower() == ".wav"]
    assert len(on_disk) == files.files.height + reasons["unlisted"]


def test_the_unlisted_recordings_are_of_the_four_speakers_that_the_corpus_names(corpus: Path) -> None:
    rejections = read("speechocean762", corpus / "speechocean762")[0].rejections
    unlisted = rejections.filter(rejections["reason"] == "unlisted")["subject"]
    assert {path.split("/")[1] for path in unlisted} == {f"SPEAKER{n}" for n in (9610, 9613, 9624, 9626)}


def test_a_kaldi_utterance_has_its_speaker_and_its_words(corpus: Path) -> None:
    root = corpus / "speechocean762"
    said = {}
    for split in ("train", "test"):
        speakers = dict(re.split(r"\s+", line, maxsplit=1) for _, line in lines(root, f"{split}/utt2spk"))
        words = dict(re.split(r"\s+", line, maxsplit=1) for _, line in lines(root, f"{split}/text"))
        for _, line in lines(root, f"{split}/wav.scp"):
            key, path = re.split(r"\s+", line, maxsplit=1)
            if (root / path).is_file():
                said[path] = (speakers[key], words[key])
    listed = read("speechocean762", root)[0].files
    assert {
        path: (speaker, text) for path, speaker, text in listed.select("path", "speaker", "transcript").rows()
    } == said


def test_a_prompt_is_what_a_recording_says_and_not_who_speaks(corpus: Path) -> None:
    files, records = read("alphanumeric_accents", corpus / "alphanumeric_accents")
    rows = dict(files.files.select("path", "transcript").rows())
    for _, row in table(corpus / "alphanumeric_accents", "metadata.csv"):
        column = {"Names": "Name", "Numbers": "Number", "Addresses": "Address"}[row["file_name"].split("/")[1]]
        assert rows.get(row["file_name"], row[column]) == row[column]
    prompts = {
        row[name] for _, row in table(corpus / "alphanumeric_accents", "metadata.csv") for name in ("Name", "Address")
    }
    assert not prompts & set(records.facts["value"])


def test_a_contributor_stands_in_the_file_name(corpus: Path) -> None:
    listed = read("arabic_speech_commands", corpus / "arabic_speech_commands")[0].files
    assert Counter(listed["speaker"]) == {"00000029": 10, "00000030": 10}
    assert "dataset/zoom in/00000029_NO_01.wav" in listed["path"]


def test_a_file_of_two_speakers_is_no_speakers(corpus: Path) -> None:
    listed = read("ami_two_speaker", corpus / "ami_two_speaker")[0].files
    assert listed.select("path", "speaker").rows() == [("dev00.wav", None), ("dev01.wav", None)]


def test_a_symptom_holds_on_the_day_of_its_record(corpus: Path) -> None:
    facts = read("coswara_records", corpus / "coswara_records")[1].facts
    dates = {
        row["id"]: row["record_date"]
        for path in (corpus / "coswara_records").glob("*.csv")
        for _, row in table(path.parent, path.name)
    }
    assert all(dates[speaker] == day for speaker, day in facts.select("speaker", "valid_on").rows())


@pytest.mark.parametrize(
    ("name", "recorded", "value", "count"),
    [
        ("alphanumeric_accents", "native_language", "Gujrati", 1),
        ("alphanumeric_accents", "nationality", "Indian ", 1),
        ("alphanumeric_accents", "gender", "Prefer not to say", 1),
        ("alphanumeric_accents", "age", None, 1),
        ("nisp_records", "native_language", "malyalam", 1),
        ("nisp_records", "native_language", "malayam", 2),
        ("nisp_records", "native_language", "HINDI", 1),
        ("nisp_records", "waist_size", "NIL", 15),
        ("nisp_records", "home_state", "Andhra_Pradesh", 9),
        ("nisp_records", "age", "24.24", 1),
        ("coswara_records", "locality", "Bangalore, Bellandur", 1),
        ("coswara_records", "locality", "Hyderabad ", 1),
        ("coswara_records", "health_status", "recovered_full", 4),
        ("speechocean762", "age", "6", 4),
    ],
)
def test_dirt_is_kept_as_it_is(corpus: Path, name: str, recorded: str, value: str | None, count: int) -> None:
    facts = read(name, corpus / name)[1].facts
    found = facts.filter(facts["property"] == recorded)["value"].to_list()
    assert found.count(value) == count


@pytest.mark.parametrize("folder", sorted(BUILTIN.iterdir()), ids=lambda folder: folder.name)
def test_a_built_in_source_has_terms(folder: Path) -> None:
    source = load_source(folder.name, SourceSettings(root=folder, definition=None), BUILTIN)
    assert not set(source.terms.other_properties) & PROPERTIES
