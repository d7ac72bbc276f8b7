import os
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from curation.errors import ConfigError
from curation.listing import Files, Records, on_disk, read_clips, read_facts
from curation.records import FACT, FILE, REJECTION, SIGHTING
from curation.scan import walk
from curation.settings import SourceSettings
from curation.sources import Source, load_source

TERMS = """
title = "Town Voices"
citation = "Town (2024)"
licence = "MIT"
tier = "internal"
kind = "registry"
stages = [{stages}]
other_properties = ["shoe_size"]
"""
PROPERTIES = frozenset({"age", "gender", "native_language"})
CLIPS = "select path, speaker, recorded_on, transcript from read_table('clips.csv')"
FACTS = """
select speaker, path, property, value, unit, valid_on, file as record_file, locator from read_table('facts.csv')
"""
FACTS_HEADER = "speaker,path,property,value,unit,valid_on,file,locator"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


def fill(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def clips(root: Path, *lines: str, sql: str = CLIPS, stages: str = '"ingest", "ground"') -> Files:
    (root / "clips.csv").write_text("\n".join(["path,speaker,recorded_on,transcript", *lines]))
    source = define(root, clips_sql=sql, stages=stages)
    return read_clips(source, on_disk(walk(root)))


def facts(root: Path, *lines: str, sql: str = FACTS) -> Records:
    (root / "facts.csv").write_text("\n".join([FACTS_HEADER, *lines]))
    source = define(root, facts_sql=sql)
    return read_facts(source, on_disk(walk(root)), PROPERTIES)


def define(root: Path, clips_sql: str = "", facts_sql: str = "", stages: str = '"ingest"') -> Source:
    folder = root.parent / "definition"
    fill(folder, {"source.toml": TERMS.format(stages=stages), "clips.sql": clips_sql, "facts.sql": facts_sql})
    return load_source("town", SourceSettings(root=root, definition=folder), Path("/none"))


def reasons(rejections: pl.DataFrame) -> list[tuple[str, str]]:
    return list(rejections.select("subject", "reason").iter_rows())


def test_a_listed_file_has_what_the_source_says_and_what_the_disk_says(root: Path) -> None:
    fill(root, {"a/b.wav": "sound"})
    files, rejections = clips(root, "a/b.wav,anna,2020-04,Hello there ")
    status = (root / "a/b.wav").stat()
    assert files.schema == dict(FILE)
    assert files.row(0) == (
        *("town", "a/b.wav", 5, status.st_mtime_ns, status.st_ctime_ns),
        *("anna", "2020-04", "Hello there "),
    )
    assert rejections.schema == dict(REJECTION)
    assert rejections.is_empty()


def test_files_come_sorted_whatever_the_order_of_the_rows(root: Path) -> None:
    fill(root, {"b.wav": "", "a.wav": "", "c.wav": ""})
    assert clips(root, "c.wav,x,,", "a.wav,y,,", "b.wav,x,,").files["path"].to_list() == ["a.wav", "b.wav", "c.wav"]


def test_an_empty_field_is_null(root: Path) -> None:
    fill(root, {"a.wav": ""})
    assert clips(root, 'a.wav,"",,').files.select("speaker", "recorded_on", "transcript").row(0) == (None, None, None)


def test_rows_that_say_the_same_are_one_file(root: Path) -> None:
    fill(root, {"a.wav": ""})
    files, rejections = clips(root, "a.wav,anna,,", "./a.wav,anna,,", ".//a.wav,anna,,")
    assert files["path"].to_list() == ["a.wav"]
    assert rejections.is_empty()


@pytest.mark.parametrize("path", ["../secret.wav", "/etc/passwd", "a/../../secret.wav", "a/../a.wav", "..", "//a.wav"])
def test_a_path_that_leaves_the_root_is_rejected(root: Path, path: str) -> None:
    fill(root, {"../secret.wav": ""})
    files, rejections = clips(root, f"{path},anna,,")
    assert files.is_empty()
    assert rejections["reason"].to_list() == ["path_leaves_root"]


@pytest.mark.parametrize("path", ["link.wav", "folder/secret.wav", "folder/deep/er.wav"])
def test_a_path_over_a_link_that_leaves_the_root_is_rejected(root: Path, path: str) -> None:
    fill(root, {"../outside/secret.wav": ""})
    (root / "link.wav").symlink_to("../outside/secret.wav")
    (root / "folder").symlink_to("../outside")
    assert (path, "path_leaves_root") in reasons(clips(root, f"{path},anna,,").rejections)


def test_a_link_that_leaves_the_root_is_told_though_no_row_names_it(root: Path) -> None:
    fill(root, {"../outside/secret.wav": ""})
    (root / "folder").symlink_to("../outside")
    assert reasons(clips(root).rejections) == [("folder", "path_leaves_root")]


def test_a_row_without_a_path_is_rejected_with_its_place(root: Path) -> None:
    fill(root, {"a.wav": ""})
    files, rejections = clips(root, "a.wav,anna,,", ",berta,,", ",,,")
    assert files.height == 1
    assert rejections.select("kind", "subject", "detail").rows() == [
        ("record", "clips.sql, row 2", "speaker berta"),
        ("record", "clips.sql, row 3", "speaker null"),
    ]


def test_a_file_that_is_not_on_disk_is_rejected_once(root: Path) -> None:
    _, rejections = clips(root, "gone.wav,anna,,", "gone.wav,berta,,")
    assert reasons(rejections) == [("gone.wav", "file_missing")]


def test_upper_and_lower_case_are_not_mended(root: Path) -> None:
    fill(root, {"A.WAV": ""})
    assert reasons(clips(root, "a.wav,anna,,").rejections) == [("A.WAV", "unlisted"), ("a.wav", "file_missing")]


def test_sound_on_disk_that_no_row_names_is_rejected_and_other_files_are_not(root: Path) -> None:
    fill(root, {"a.wav": "", "b.Mp3": "", "c.opus": "", "notes.txt": "", "wav": ""})
    assert reasons(clips(root, "a.wav,anna,,").rejections) == [("b.Mp3", "unlisted"), ("c.opus", "unlisted")]


def test_a_file_under_two_speakers_belongs_to_neither(root: Path) -> None:
    fill(root, {"a.wav": ""})
    files, rejections = clips(root, "a.wav,anna,,", "a.wav,berta,,")
    assert files.is_empty()
    assert rejections.select("reason", "detail").row(0) == ("listed_under_two_speakers", "speakers anna, berta")


@pytest.mark.parametrize("other", ["a.wav,anna,2021,", "a.wav,anna,2020,Bye", "a.wav,,2020,"])
def test_rows_of_one_file_that_differ_reject_it(root: Path, other: str) -> None:
    fill(root, {"a.wav": ""})
    files, rejections = clips(root, "a.wav,anna,2020,", other)
    assert files.is_empty()
    assert reasons(rejections) == [("a.wav", "listed_twice")]


@pytest.mark.parametrize("date", ["2020-13", "2020-02-30", "23.4.2020", "0202", "recording"])
def test_a_date_that_is_none_is_told_and_the_file_kept_undated(root: Path, date: str) -> None:
    fill(root, {"a.wav": ""})
    files, rejections = clips(root, f"a.wav,anna,{date},")
    assert files["recorded_on"].to_list() == [None]
    assert rejections.select("subject", "reason", "detail").row(0) == (
        "a.wav",
        "unreadable_date",
        f"recorded_on {date}",
    )


def test_a_broken_link_a_pipe_and_a_name_that_is_not_utf8_are_told(root: Path) -> None:
    (root / "link.wav").symlink_to("nothing")
    os.mkfifo(root / "pipe.wav")
    Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.wav")).touch()
    assert reasons(clips(root, "link.wav,anna,,", "pipe.wav,anna,,").rejections) == [
        ("bad\\xff.wav", "name_not_utf8"),
        ("link.wav", "link_broken"),
        ("pipe.wav", "not_a_regular_file"),
    ]


def test_files_of_a_source_without_ingest_are_a_mistake(root: Path) -> None:
    fill(root, {"a.wav": ""})
    with pytest.raises(ConfigError, match=r"clips\.sql: names 1 files, but stages in source\.toml leaves out ingest"):
        clips(root, "a.wav,anna,,", stages='"ground"')


def test_a_fact_keeps_its_words_and_a_sighting_its_place(root: Path) -> None:
    facts_read, sightings, rejections = facts(root, "anna,,native_language,Gujrati ,,recording,facts.csv,line 2")
    assert facts_read.schema == dict(FACT)
    assert facts_read.drop("fact_id").row(0) == ("town", "anna", None, "native_language", "Gujrati ", None, "recording")
    assert sightings.schema == dict(SIGHTING)
    assert sightings.row(0) == (facts_read["fact_id"][0], "town", "facts.csv", "line 2")
    assert rejections.is_empty()


def test_a_fact_seen_twice_is_one_fact_with_two_sightings(root: Path) -> None:
    facts_read, sightings, _ = facts(
        root,
        "anna,,age,22,years,,facts.csv,line 2",
        "anna,,age,22,years,,facts.csv,line 3",
        "anna,,age,22,,,facts.csv,line 4",
    )
    assert facts_read.height == 2
    assert sightings.group_by("fact_id").len()["len"].sort().to_list() == [1, 2]


def test_a_row_inserted_above_moves_the_sighting_and_not_the_fact(root: Path) -> None:
    before = facts(root, "anna,,age,22,,,facts.csv,line 2")
    after = facts(root, "berta,,age,30,,,facts.csv,line 2", "anna,,age,22,,,facts.csv,line 3")
    fact_id = before.facts["fact_id"][0]
    assert fact_id in after.facts["fact_id"]
    assert after.sightings.filter(pl.col("fact_id") == fact_id)["locator"].to_list() == ["line 3"]


def test_an_empty_value_is_a_fact_without_a_value(root: Path) -> None:
    assert facts(root, "anna,,age,,years,,facts.csv,line 2").facts["value"].to_list() == [None]


def test_a_row_about_nobody_is_rejected_with_its_place(root: Path) -> None:
    facts_read, sightings, rejections = facts(root, ",,age,22,,,facts.csv,line 2", '"",,age,,,,facts.csv,line 3')
    assert facts_read.is_empty()
    assert sightings.is_empty()
    assert rejections.select("stage", "kind", "subject", "reason", "detail").rows() == [
        ("ground", "record", "facts.csv, line 2", "subject_missing", "age = 22"),
        ("ground", "record", "facts.csv, line 3", "subject_missing", "age = null"),
    ]


def test_a_date_of_validity_that_is_none_is_told_and_the_fact_kept_undated(root: Path) -> None:
    facts_read, _, rejections = facts(root, "anna,,age,22,,2020-13-01,facts.csv,line 2")
    assert facts_read["valid_on"].to_list() == [None]
    assert rejections.select("kind", "subject", "reason", "detail").row(0) == (
        *("fact", facts_read["fact_id"][0]),
        *("unreadable_date", "valid_on 2020-13-01"),
    )


@pytest.mark.parametrize("path", ["../secret.wav", "/etc/passwd", "a/../../b.wav", "link.wav", "folder/secret.wav"])
def test_a_fact_of_a_path_that_leaves_the_root_is_rejected_with_its_place(root: Path, path: str) -> None:
    fill(root, {"../outside/secret.wav": ""})
    (root / "link.wav").symlink_to("../outside/secret.wav")
    (root / "folder").symlink_to("../outside")
    facts_read, sightings, rejections = facts(root, f",{path},age,22,,,facts.csv,line 2")
    assert facts_read.is_empty()
    assert sightings.is_empty()
    assert rejections.select("stage", "kind", "subject", "reason", "detail").row(0) == (
        *("ground", "record", "facts.csv, line 2", "path_leaves_root"),
        f"age = 22, path {path}",
    )


COMPOSED, DECOMPOSED = "Zo\u00e9.wav", "Zoe\u0301.wav"


@pytest.mark.parametrize(("named", "on_disk"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_a_name_is_the_same_however_its_accents_are_coded(root: Path, named: str, on_disk: str) -> None:
    fill(root, {on_disk: ""})
    files, rejections = clips(root, f"{named},anna,,")
    assert files["path"].to_list() == [on_disk]
    assert rejections.is_empty()
    assert facts(root, f",{named},age,22,,,facts.csv,line 2").facts["path"].to_list() == [on_disk]


def test_two_names_that_differ_only_in_coding_are_two_files(root: Path) -> None:
    fill(root, {COMPOSED: "", DECOMPOSED: ""})
    files, rejections = clips(root, f"{COMPOSED},anna,,")
    assert files["path"].to_list() == [COMPOSED]
    assert reasons(rejections) == [(DECOMPOSED, "unlisted")]


def test_a_path_in_a_fact_is_written_as_in_the_files(root: Path) -> None:
    facts_read = facts(root, ",./a//b.wav,age,22,,,./facts.csv,line 2").facts
    assert facts_read.select("speaker", "path").row(0) == (None, "a/b.wav")


def test_a_property_of_its_own_is_kept_when_source_toml_names_it(root: Path) -> None:
    assert facts(root, "anna,,shoe_size,39,EU,,facts.csv,line 2").facts["property"].to_list() == ["shoe_size"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("anna,a.wav,age,22,,,facts.csv,line 2", r"speaker and path both set.*'speaker': 'anna', 'path': 'a\.wav'"),
        ("anna,,agee,22,,,facts.csv,line 2", r"unknown property 'agee' \(did you mean 'age'\?\).*other_properties in "),
        ("anna,,,22,,,facts.csv,line 2", r"property \(name of what is recorded\) is empty in .*'value': '22'"),
        ("anna,,age,22,,,,line 2", r"record_file \(.*\) is empty in"),
        ("anna,,age,22,,,facts.csv,", r"locator \(.*\) is empty in"),
        ("anna,,age,22,,,fact.csv,line 2", r"record_file 'fact\.csv' is not on disk \(did you mean 'facts\.csv'\?\)"),
    ],
)
def test_a_row_that_shows_the_query_to_be_wrong_stops_with_the_row(root: Path, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"facts\.sql: {message}"):
        facts(root, line)


def test_what_a_link_holds_that_leaves_the_root_is_no_record(root: Path) -> None:
    fill(root, {"../secret.csv": ""})
    (root / "secret.csv").symlink_to("../secret.csv")
    with pytest.raises(ConfigError, match=r"record_file 'secret\.csv'"):
        facts(root, "anna,,age,22,,,secret.csv,line 2")
