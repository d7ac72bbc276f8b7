"""The built-in definitions of corpora that cannot be had here, on small files made in their documented layout."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from curation.errors import ConfigError
from curation.listing import Files, Records, on_disk, read_clips, read_facts
from curation.scan import walk
from curation.settings import SourceSettings
from curation.sources import load_source
from curation.taxonomy import load_taxonomy

BUILTIN = Path(__file__).parents[1] / "warehouse" / "sources"
PROPERTIES = frozenset(load_taxonomy().properties)


def fill(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def read(name: str, root: Path) -> tuple[Files, Records]:
    source = load_source(name, SourceSettings(root=root, definition=None), BUILTIN)
    disk = on_disk(walk(root))
    return read_clips(source, disk), read_facts(source, disk, PROPERTIES)


def said(records: Records) -> list[tuple[str | None, ...]]:
    columns = ("speaker", "property", "value", "unit", "record_file", "locator")
    joined = records.sightings.join(records.facts, on="fact_id", validate="m:1")
    return sorted(joined.select(columns).rows(), key=repr)


# The columns of final_dataframe_extended.csv as its README and its notebooks give them.
ENRICHMENT = (
    *("Name", "gender_wiki", "birth_date_wiki", "nationality_wiki"),
    *("gender_dbpedia", "birth_date_dbpedia", "nationality_dbpedia"),
    *("gender_gkg", "birth_date_gkg", "nationality_gkg"),
    *("video_id", "title", "publishing_date", "description", "year_in_title", "VoxCeleb_ID"),
    *("gender", "birth_year", "year_upload_yt", "recording_year", "recording_year_title_only"),
    *("speaker_age", "speaker_age_title_only"),
)


def enrich(root: Path, *rows: dict[str, str]) -> None:
    with (root / "final_dataframe_extended.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, ENRICHMENT, restval="")
        writer.writeheader()
        writer.writerows(rows)


VOX2_META = {
    "website": "VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set \nid00012 ,n000012 ,m ,dev \nid00017 ,n000017 ,m ,test \n",
    "with names": "Name \tVoxCeleb2 ID \tVGGFace2 ID \tGender \tSet \n"
    "An_Example \tid00012 \tn000012 \tm \tdev \nAnother \tid00017 \tn000017 \tm \ttest \n",
}


@pytest.fixture(params=VOX2_META.values(), ids=list(VOX2_META))
def voxceleb2(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    fill(
        tmp_path,
        {
            "dev/aac/id00012/21Uxsk56VDQ/00001.m4a": "",
            "dev/aac/id00012/_raOc3-IRsw/00110.m4a": "",
            "test/aac/id00017/01dfn2spqyE/00001.m4a": "",
            "vox2_meta.csv": request.param,
        },
    )
    person = {
        "Name": "An Example",
        "VoxCeleb_ID": "id00012",
        "gender_wiki": "male",
        "gender_gkg": "male",
        "birth_date_wiki": "1979-10-07",
        "birth_date_dbpedia": "1979-10-7",
        "nationality_wiki": "Canada",
        "gender": "male",
        "birth_year": "1979.0",
        "description": "Two\nlines, and a comma",
    }
    enrich(
        tmp_path,
        {**person, "video_id": "21Uxsk56VDQ", "recording_year_title_only": "2013.0", "speaker_age": "34.0"},
        {**person, "video_id": "_raOc3-IRsw"},
        {"Name": "Of VoxCeleb1", "VoxCeleb_ID": "id10001", "gender_wiki": "female", "video_id": "x"},
    )
    return tmp_path


def test_voxceleb2_has_the_recording_year_where_a_title_states_it(voxceleb2: Path) -> None:
    files, _ = read("voxceleb2", voxceleb2)
    assert files.files.select("path", "speaker", "recorded_on").rows() == [
        ("dev/aac/id00012/21Uxsk56VDQ/00001.m4a", "id00012", "2013"),
        ("dev/aac/id00012/_raOc3-IRsw/00110.m4a", "id00012", None),
        ("test/aac/id00017/01dfn2spqyE/00001.m4a", "id00017", None),
    ]
    assert files.rejections.is_empty()


def test_voxceleb2_tells_the_three_knowledge_bases_apart_and_takes_nothing_computed(voxceleb2: Path) -> None:
    records = read("voxceleb2", voxceleb2)[1]
    table = "final_dataframe_extended.csv"
    assert said(records) == sorted(
        [
            ("id00012", "birth_date", "1979-10-07", None, table, "line 2, column birth_date_wiki"),
            ("id00012", "birth_date", "1979-10-7", None, table, "line 2, column birth_date_dbpedia"),
            ("id00012", "birth_date", None, None, table, "line 2, column birth_date_gkg"),
            ("id00012", "gender", "male", None, table, "line 2, column gender_wiki"),
            ("id00012", "gender", None, None, table, "line 2, column gender_dbpedia"),
            ("id00012", "gender", "male", None, table, "line 2, column gender_gkg"),
            ("id00012", "nationality", "Canada", None, table, "line 2, column nationality_wiki"),
            ("id00012", "nationality", None, None, table, "line 2, column nationality_dbpedia"),
            ("id00012", "nationality", None, None, table, "line 2, column nationality_gkg"),
            *(
                (
                    "id10001",
                    name,
                    "female" if name + base == "genderwiki" else None,
                    None,
                    table,
                    f"line 6, column {name}_{base}",
                )
                for name in ("birth_date", "gender", "nationality")
                for base in ("wiki", "dbpedia", "gkg")
            ),
            ("id00012", "gender", "m ", None, "vox2_meta.csv", "line 2, column Gender"),
            ("id00017", "gender", "m ", None, "vox2_meta.csv", "line 3, column Gender"),
        ],
        key=repr,
    )


def test_a_column_that_the_enrichment_has_lost_stops_with_its_name(voxceleb2: Path) -> None:
    table = voxceleb2 / "final_dataframe_extended.csv"
    table.write_text(table.read_text().replace("birth_date_gkg", "birthdate_gkg"))
    with pytest.raises(ConfigError, match=r"(?s)voxceleb2/facts\.sql.*birth_date_gkg"):
        read("voxceleb2", voxceleb2)


def test_vocalsound_has_people_of_its_metadata_and_leaves_out_segmentation(tmp_path: Path) -> None:
    people = [["f0003", "female", "24", "USA", "English", "no"], ["m0010", "male", "61", "India", "Gujrati", "asthma"]]
    fill(
        tmp_path,
        {
            "audio_16k/f0003_0_cough.wav": "",
            "audio_16k/m0010_1_throatclearing.wav": "",
            "audio_44k/f0003_0_cough.wav": "",
            "meta/all_meta.json": json.dumps(people),
        },
    )
    files, records = read("vocalsound", tmp_path)
    assert files.files.select("path", "speaker").rows() == [
        ("audio_16k/f0003_0_cough.wav", "f0003"),
        ("audio_16k/m0010_1_throatclearing.wav", "m0010"),
    ]
    assert files.rejections["subject"].to_list() == ["audio_44k/f0003_0_cough.wav"]
    names = {1: "gender", 2: "age", 3: "country", 4: "native_language", 5: "health_problem"}
    assert said(records) == sorted(
        [
            (
                person[0],
                name,
                person[field],
                "years" if name == "age" else None,
                "meta/all_meta.json",
                f"/{row}/{field}",
            )
            for row, person in enumerate(people)
            for field, name in names.items()
        ],
        key=repr,
    )
    settings = SourceSettings(root=tmp_path, definition=None)
    assert "segment" not in load_source("vocalsound", settings, BUILTIN).terms.stages


def test_nisp_has_recordings_transcripts_and_the_facts_of_its_records(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "Hindi_master/English_Hindi/RECS/Hin_0001_Eng_f_0000.wav": "",
            "Hindi_master/Hindi/RECS/Hin_0001/Hin_0001_Hin_f_0001.wav": "",
            "Hindi_master/Hindi/RECS/Hin_0001_Hin_f_0002.wav": "",
            "Hindi_master/scripts/English_hindi_txt/Hin_0001_Eng_f.txt": "item0000\tA first sentence. \n",
            "Hindi_master/scripts/Hindi_txt/Hin_0001_Hin_f.txt": "item0001\tनमस्ते\n",
            "total_spkrinfo.list": "Speaker_ID Gender Mother_Tongue Height Shoulder_size Waist_size Weight Age "
            "Native_State Native_District\nHin_0001 Female Hindi 163 40 NIL 58.5 24.24 Uttar_Pradesh Jaipur\n",
            "test_spkrID": "\nHin_0001___TST\n",
            "train_spkrID": "",
        },
    )
    files, records = read("nisp", tmp_path)
    assert files.rejections.is_empty()
    assert files.files.select("path", "speaker", "transcript").rows() == [
        ("Hindi_master/English_Hindi/RECS/Hin_0001_Eng_f_0000.wav", "Hin_0001", "A first sentence. "),
        ("Hindi_master/Hindi/RECS/Hin_0001/Hin_0001_Hin_f_0001.wav", "Hin_0001", "नमस्ते"),
        ("Hindi_master/Hindi/RECS/Hin_0001_Hin_f_0002.wav", "Hin_0001", None),
    ]
    assert ("Hin_0001", "waist_size", "NIL", "cm", "total_spkrinfo.list", "line 2, column Waist_size") in said(records)
    assert ("Hin_0001", "evaluation_split", "TST", None, "test_spkrID", "line 2") in said(records)
    assert records.facts.height == 10


def test_nisp_and_its_records_alone_read_the_same_facts() -> None:
    assert (BUILTIN / "nisp" / "facts.sql").read_text() == (BUILTIN / "nisp_records" / "facts.sql").read_text()


HEARSAY = {
    "age": ("Age", "20-30", "age_class"),
    "gender": ("Gender", "Female", "gender"),
    "Accent": ("Accent", "East_Asia", "accent_class"),
    "Education": ("Education", "Doctorate", "education"),
    "Income": ("Income", "Low", "income_class"),
    "Social_Stratum": ("Social Stratum", "Upper_Class", "social_class"),
    "health_status": ("Health Condition", "illness", "health_status"),
    "Weight": ("Weight Range", "Obese", "weight_class"),
}


def publish(root: Path, labels: str) -> str:
    folder, value, _ = HEARSAY.get(labels, (labels, "Any", ""))
    path = f"dataset/audio/{folder}/{value}/{value}_001.wav"
    row = f"{value}_001.wav,{value},./{path}"
    fill(root, {path: "", f"dataset/label/{labels}/{value}.csv": f"\ufeffname,value,file_path\n{row}\n"})
    return path


def test_labels_of_a_release_are_facts_about_files_without_a_speaker(tmp_path: Path) -> None:
    paths = {labels: publish(tmp_path, labels) for labels in HEARSAY}
    files, records = read("hearsay_release", tmp_path)
    assert files.rejections.is_empty()
    assert files.files.select("path", "speaker").rows() == [(path, None) for path in sorted(paths.values())]
    assert sorted(records.facts.select("speaker", "path", "property", "value").rows()) == sorted(
        (None, paths[labels], name, value) for labels, (_, value, name) in HEARSAY.items()
    )
    assert records.sightings["locator"].unique().to_list() == ["line 2"]
    assert records.sightings.filter(pl.col("record_file") == "dataset/label/Income/Low.csv").height == 1


def test_labels_below_a_folder_of_a_label_folder_are_read_as_the_benchmark_reads_them(tmp_path: Path) -> None:
    path = publish(tmp_path, "Income")
    (tmp_path / "dataset/label/Income/more").mkdir()
    (tmp_path / "dataset/label/Income/Low.csv").rename(tmp_path / "dataset/label/Income/more/Low.csv")
    records = read("hearsay_release", tmp_path)[1]
    assert records.facts.select("path", "property", "value").rows() == [(path, "income_class", "Low")]


def test_a_label_folder_that_is_not_known_stops_with_its_name(tmp_path: Path) -> None:
    publish(tmp_path, "Religion")
    with pytest.raises(ConfigError, match="unknown property 'Religion'"):
        read("hearsay_release", tmp_path)


def end_as_on_windows(root: Path) -> None:
    """Give every table a byte-order mark and lines that end with CRLF."""
    for path in root.rglob("*"):
        if path.is_file() and path.stat().st_size:
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))


KALDI = {
    "wav.scp": "1 WAVE/1.WAV\n2\tWAVE/2.WAV\n",
    "utt2spk": "1 anna\n2 ben\n3 cem\n",
    "text": "1 GOOD MORNING\n2 GOOD EVENING \n",
    "spk2age": "anna\t6\nben\n",
    "spk2gender": "anna f\n",
}


@pytest.mark.parametrize("windows", [False, True])
def test_kaldi_tables_are_read_however_their_lines_end(tmp_path: Path, windows: bool) -> None:
    said_of_all = "# Title\n\nAll the speakers are non-native, and their mother tongue is Mandarin.\n"
    fill(tmp_path, {f"train/{name}": text for name, text in KALDI.items()} | {"README.md": said_of_all})
    fill(tmp_path, {f"test/{name}": "" for name in KALDI})
    if windows:
        end_as_on_windows(tmp_path)
    fill(tmp_path, {"WAVE/1.WAV": "", "WAVE/2.WAV": ""})
    files, records = read("speechocean762", tmp_path)
    assert files.files.select("path", "speaker", "transcript").rows() == [
        ("WAVE/1.WAV", "anna", "GOOD MORNING"),
        ("WAVE/2.WAV", "ben", "GOOD EVENING "),
    ]
    # utt2spk names an utterance that wav.scp does not
    assert files.rejections.select("reason", "subject", "detail").rows() == [
        ("path_missing", "clips.sql, row 3", "speaker cem")
    ]
    assert said(records) == sorted(
        [
            ("anna", "age", "6", "years", "train/spk2age", "line 1"),
            ("ben", "age", None, "years", "train/spk2age", "line 2"),
            ("anna", "gender", "f", None, "train/spk2gender", "line 1"),
            *((name, "native_language", "Mandarin", None, "README.md", "line 3") for name in ("anna", "ben", "cem")),
        ],
        key=repr,
    )


def test_two_speakers_of_a_file_are_told_apart_though_lines_end_as_on_windows(tmp_path: Path) -> None:
    turn = "SPEAKER {} 1 0.00 1.00 <NA> <NA> {} <NA> <NA>\n"
    turns = turn.format("one", "A") + turn.format("two", "A") + turn.format("two", "B")
    fill(tmp_path, {"x.lst": "one\ntwo\n", "x.rttm": turns, "x.uem": "one 1 0.0 1.0\n"})
    end_as_on_windows(tmp_path)
    fill(tmp_path, {"one.wav": "", "two.wav": ""})
    files, records = read("ami_two_speaker", tmp_path)
    assert files.files.select("path", "speaker").rows() == [("one.wav", "A"), ("two.wav", None)]
    assert files.rejections.is_empty()
    assert (None, "scored_region", "one 1 0.0 1.0", None, "x.uem", "line 1") in said(records)
    assert records.facts["path"].unique().sort().to_list() == ["one.wav", "two.wav"]


def test_a_header_in_quotes_is_a_header(tmp_path: Path) -> None:
    fill(tmp_path, {"20200424.csv": '"id","a","record_date"\nx,24,2020-04-23\n\n"y",,2020-04-24\n'})
    fill(tmp_path, {"more/20210206.csv": "g,record_date,id\nmale,2021-02-05,z\n"})
    assert said(read("coswara_records", tmp_path)[1]) == sorted(
        [
            ("x", "age", "24", "years", "20200424.csv", "line 2, column a"),
            ("y", "age", None, "years", "20200424.csv", "line 4, column a"),
            ("z", "gender", "male", None, "more/20210206.csv", "line 2, column g"),
        ],
        key=repr,
    )


@pytest.mark.parametrize("lost", ["id", "record_date"])
def test_a_table_of_coswara_without_a_key_stops_with_its_name(tmp_path: Path, lost: str) -> None:
    fill(tmp_path, {"20200424.csv": "id,a,record_date\nx,24,2020-04-23\n"})
    fill(tmp_path, {"20210206.csv": "id,g,record_date\nz,male,2021-02-05\n".replace(lost, "smoker")})
    with pytest.raises(
        ConfigError, match=r"coswara_records/facts\.sql.*20210206\.csv: no column id or no column record_"
    ):
        read("coswara_records", tmp_path)


def test_metadata_of_another_form_stops_with_its_name(tmp_path: Path) -> None:
    fill(tmp_path, {"meta/all_meta.json": '[["f0003", "female", 24]]'})
    with pytest.raises(ConfigError, match=r"vocalsound/facts\.sql.*all_meta\.json: not six fields"):
        read("vocalsound", tmp_path)
