import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from curation.demonstration import STAMP, generate
from curation.errors import ConfigError
from curation.listing import CLIP_COLUMNS, FACT_COLUMNS, on_disk, read_clips, read_facts
from curation.queries import query
from curation.scan import walk
from curation.settings import SourceSettings
from curation.sources import Source, load_source
from curation.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "warehouse" / "sources"


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def rows(name: str, root: Path) -> list[dict[str, str | None]]:
    """Run one of the source's queries."""
    file = SOURCES / "demonstration" / name
    paths = pl.Series("path", [entry.path for entry in walk(root)])
    columns = CLIP_COLUMNS if name == "clips.sql" else FACT_COLUMNS
    return query(file, file.read_text(encoding="utf-8"), root, paths, columns).to_dicts()


@pytest.fixture(scope="module")
def facts(demonstration: Path) -> list[dict[str, str | None]]:
    return rows("facts.sql", demonstration)


@pytest.fixture(scope="module")
def source(demonstration: Path) -> Source:
    return load_source("demonstration", SourceSettings(root=demonstration, definition=None), SOURCES)


def small(root: Path) -> Path:
    """Write what `generate` takes for an older corpus of its own."""
    root.mkdir(parents=True)
    (root / "recordings.csv").write_text("from an older version")
    (root / STAMP).write_text("another digest")
    return root


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the audio, where only the folders matter."""
    monkeypatch.setattr("curation.demonstration.script.recordings", lambda _: [])


def test_it_is_the_same_to_the_byte_in_another_folder_and_process(demonstration: Path, tmp_path: Path) -> None:
    script = f"from pathlib import Path; from curation.demonstration import generate; generate(Path({str(tmp_path)!r}))"
    tmp_path.rmdir()
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True)
    assert contents(tmp_path) == contents(demonstration)


def test_a_second_call_writes_nothing(demonstration: Path) -> None:
    before = {path: path.stat().st_ctime_ns for path in demonstration.rglob("*")}
    generate(demonstration)
    assert {path: path.stat().st_ctime_ns for path in demonstration.rglob("*")} == before


@pytest.mark.usefixtures("quick")
def test_an_older_corpus_is_replaced(tmp_path: Path) -> None:
    root = small(tmp_path / "demonstration")
    generate(root)
    assert (root / "recordings.csv").read_text() == "file,speaker,recorded,text,cold\n"
    assert [path.name for path in tmp_path.iterdir()] == ["demonstration"]


@pytest.mark.usefixtures("quick")
def test_what_a_kill_left_is_cleared_away(tmp_path: Path) -> None:
    root = tmp_path / "demonstration"
    small(tmp_path / "demonstration.former")
    (tmp_path / "demonstration.partial" / "audio").mkdir(parents=True)
    generate(root)
    assert [path.name for path in tmp_path.iterdir()] == ["demonstration"]


def test_a_failure_leaves_the_older_corpus_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = small(tmp_path / "demonstration")
    before = contents(root)

    def full(_: Path, __: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigError, match=r"cannot be written: .*No space left on device"):
        generate(root)
    assert contents(root) == before


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.wav").write_bytes(b"mine")
    with pytest.raises(ConfigError, match=f"{re.escape(str(tmp_path))}: found a folder that is something else"):
        generate(tmp_path)
    assert contents(tmp_path) == {"mine.wav": b"mine"}


def test_a_home_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="cannot be written"):
        generate(tmp_path / "home" / "demonstration")


def test_importing_it_loads_no_synthesiser_and_no_encoder() -> None:
    script = "import sys, curation.demonstration; print({'av', 'numpy', 'espeakng_loader'} & sys.modules.keys())"
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert finished.stdout == "set()\n"


def test_the_tables_hold_what_the_files_hold(demonstration: Path) -> None:
    listed = {row["path"] for row in rows("clips.sql", demonstration)}
    on_disk = {path for path in contents(demonstration) if path.startswith("audio/")}
    assert (len(listed), len(on_disk)) == (205, 205)
    assert len(listed - on_disk) == 4
    assert len(on_disk - listed) == 4
    assert "../outside.wav" in listed


def test_a_copy_under_another_speaker_is_the_same_file(demonstration: Path) -> None:
    folder = demonstration / "audio" / "studio one"
    assert (folder / "D04" / "take-9.wav").read_bytes() == (folder / "D08" / "take-2.wav").read_bytes()


def test_the_source_is_read_as_any_other(source: Source, demonstration: Path) -> None:
    disk = on_disk(walk(demonstration))
    files = read_clips(source, disk)
    assert files.files.height == 201
    assert dict(files.rejections["reason"].value_counts().iter_rows()) == {
        "file_missing": 3,
        "path_leaves_root": 1,
        "unlisted": 4,
    }
    properties = {str(row["property"]) for row in rows("facts.sql", demonstration)}
    records = read_facts(source, disk, properties - {*source.terms.other_properties})
    assert (records.facts.height, records.sightings.height) == (693, 704)
    assert dict(records.rejections["reason"].value_counts().iter_rows()) == {
        "unreadable_date": 6,
        "path_leaves_root": 1,
    }


def test_every_record_file_is_read_to_its_end(facts: list[dict[str, str | None]]) -> None:
    read = [fact["record_file"] for fact in facts]
    assert {name: read.count(name) for name in sorted({str(name) for name in read})} == {
        "README.md": 24,
        "recordings.csv": 205,
        "registry/biographies.jsonl": 11 * 4,
        "registry/clinic.tsv": 24 * 9,
        "registry/speakers.csv": 24 * 9,
    }


def test_a_locator_leads_to_the_value(facts: list[dict[str, str | None]], demonstration: Path) -> None:
    for fact in facts:
        place = re.fullmatch(r"line (\d+)(?:, (column|key) (\w+))?", str(fact["locator"]))
        assert place is not None
        lines = (demonstration / str(fact["record_file"])).read_text(encoding="utf-8").splitlines()
        number, kind, field = int(place[1]), place[2], place[3]
        if kind == "column":
            delimiter = "\t" if str(fact["record_file"]).endswith(".tsv") else ","
            header, row = csv.reader([lines[0], lines[number - 1]], delimiter=delimiter)
            assert dict(zip(header, row, strict=True))[field] == (fact["value"] or "")
        elif kind == "key":
            assert json.loads(lines[number - 1])[field] == fact["value"]
        else:
            assert lines[number - 1] == "No speaker had a fever on the day of a recording."


def test_a_fact_about_all_speakers_needs_its_line(demonstration: Path, tmp_path: Path) -> None:
    shutil.copytree(demonstration / "registry", tmp_path / "registry")
    shutil.copy(demonstration / "recordings.csv", tmp_path)
    (tmp_path / "README.md").write_text("Nothing of the kind.\n")
    source = load_source("demonstration", SourceSettings(root=tmp_path, definition=None), SOURCES)
    with pytest.raises(ConfigError, match=r"record_file \(.*\) is empty in .*'property': 'fever'"):
        read_facts(source, on_disk(walk(tmp_path)), {*load_taxonomy().properties})


@pytest.mark.parametrize(
    ("name", "value", "unit", "count"),
    [
        ("native_language", "Gujrati", None, 1),
        ("native_language", "malyalam", None, 1),
        ("native_language", "hindi", None, 1),
        ("nationality", "Indian ", None, 1),
        ("nationality", "Prefer not to say", None, 1),
        ("gender", "Prefer not to say", None, 2),
        ("social_class", "Prefer not to say", None, 1),
        ("household_income", "Prefer not to say", None, 1),
        ("weight", "NIL", "kg", 1),
        ("waist", "NIL", "cm", 2),
        ("shoe_size", "NIL", "EU", 1),
        ("age", None, "years", 3),
        ("age", "1234", "years", 1),
        ("age", "6", "years", 1),
        ("age", "20.62", "years", 1),
        ("birth_date", None, None, 5),
        ("birth_date", "long ago", None, 1),
        ("weight", "72,5", "kg", 1),
        ("weight", "21", "kg", 1),
        ("weight", "132", "lb", 1),
        ("height", "67", "in", 1),
        ("height", "1.63", "m", 1),
        ("height", "1.72", "cm", 1),
        ("household_income", "650000", "INR/year", 1),
        ("household_income", "33.000,00", "EUR/year", 1),
        ("household_income", "52000", None, 1),
        ("education", "PhD (honorary)", None, 2),
        ("education", "Secondary school certificate", None, 1),
        ("education", "Junior high school", None, 1),
        ("health_status", "recovered_full", None, 1),
        ("health_status", "no_resp_illness_exposed", None, 1),
        ("health_status", "resp_illness_not_identified", None, 1),
        ("health_status", "under observation", None, 1),
        ("asthma", "True", None, 1),
        ("asthma", None, None, 1),
    ],
)
def test_the_records_hold_the_dirt_of_real_ones(
    facts: list[dict[str, str | None]], name: str, value: str | None, unit: str | None, count: int
) -> None:
    found = [fact for fact in facts if (fact["property"], fact["value"], fact["unit"]) == (name, value, unit)]
    assert len(found) == count


@pytest.mark.parametrize(
    ("speaker", "name", "values"),
    [
        ("D07", "birth_date", {"1966-05-20", "1956-05-20"}),
        ("D14", "gender", {"male", "F"}),
        ("D21", "education", {"Bachelor's degree", "Master's degree"}),
        ("D16", "birth_date", {"1996-02-29", "1995"}),
    ],
)
def test_two_record_files_contradict_each_other(
    facts: list[dict[str, str | None]], speaker: str, name: str, values: set[str]
) -> None:
    found = [fact for fact in facts if (fact["speaker"], fact["property"]) == (speaker, name)]
    assert {fact["value"] for fact in found} == values
    assert len({fact["record_file"] for fact in found}) == 2


@pytest.mark.parametrize(
    ("speaker", "language", "nationality"), [("D12", "Polish", "British"), ("D17", "Korean", "American")]
)
def test_native_language_and_nationality_contradict_each_other(
    facts: list[dict[str, str | None]], speaker: str, language: str, nationality: str
) -> None:
    said = {fact["property"]: fact["value"] for fact in facts if fact["speaker"] == speaker}
    assert (said["native_language"], said["nationality"]) == (language, nationality)
