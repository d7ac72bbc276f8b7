"""A release as others read it: its files, its manifest, and the sounds as they load elsewhere."""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import datasets
import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
import soundfile

from curation.errors import ReleaseError
from curation.loudness import loudness
from curation.release import PAGE_CLIPS, TABLES, is_due, prefixes, write_table
from curation.taxonomy import load_taxonomy
from curation.versions import Parent
from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench

COLUMNS = {
    "labels": {
        "clip_id", "speaker_id", "source", "attribute", "value", "confidence", "verification", "split", "evidence_ids",
    },
    "clips": {"clip_id", "speaker_id", "source", "licence", "tier", "split", "seconds", "audio_file"},
    "evidence": {"evidence_id", "speaker_id", "source", "attribute", "values", "witness", "rule", "fact_ids"},
    "facts": {"fact_id", "speaker_id", "source", "property", "value", "rule", "licence", "source_kind"},
}  # fmt: skip


def sounds(release: Path) -> Iterator[tuple[str, Path, bytes]]:
    """Yield every published clip: its id, the file that holds it, and its FLAC bytes."""
    for path in sorted((release / "audio").iterdir()):
        for row in pq.read_table(path).to_pylist():
            yield row["clip_id"], path, row["audio"]["bytes"]


def test_a_release_has_these_files_and_columns(demonstration_bench: Workbench) -> None:
    release = demonstration_bench.release
    names = {path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()}
    assert names >= {"README.md", "manifest.json", *(f"{table}.parquet" for table in TABLES)}
    assert all(name.startswith("audio/test-00000-") for name in names if "/" in name)
    for table, columns in COLUMNS.items():
        assert columns <= set(demonstration_bench.table(table).columns)
    assert (demonstration_bench.home / "latest").read_text(encoding="utf-8") == "1.0.0\n"
    assert {path.name for path in (demonstration_bench.home / "releases").iterdir()} >= {"1.0.0"}


def test_the_manifest_states_every_file(demonstration_bench: Workbench) -> None:
    release, manifest = demonstration_bench.release, demonstration_bench.manifest
    found = {
        path.relative_to(release).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size,
        }
        for path in release.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }  # fmt: skip
    assert manifest["files"] == found
    assert (manifest["version"], manifest["parent"]) == ("1.0.0", None)
    assert all(re.fullmatch("[0-9a-f]{64}", manifest[name]) for name in ("content_digest", "settings_digest"))
    assert re.fullmatch("[0-9a-f]{16}", manifest["key_fingerprint"])
    assert datetime.fromisoformat(manifest["created"]).tzinfo is not None
    clips, labels = demonstration_bench.table("clips"), demonstration_bench.table("labels")
    counts = {"clips": clips.height, "speakers": clips["speaker_id"].n_unique(), "labels": labels.height}
    assert {name: manifest["counts"][name] for name in counts} == counts
    assert manifest["counts"]["hours"] == pytest.approx(clips["seconds"].sum() / 3600)


def test_the_tables_join(demonstration_bench: Workbench) -> None:
    labels, clips, evidence, facts = (demonstration_bench.table(table) for table in TABLES)
    assert set(labels["clip_id"]) == set(clips["clip_id"])
    assert set(labels["evidence_ids"].explode()) == set(evidence["evidence_id"])
    assert set(evidence["fact_ids"].explode()) == set(facts["fact_id"])
    assert labels["evidence_ids"].list.len().min() == evidence["fact_ids"].list.len().min() == 1
    for frame, key in (
        (clips, ["clip_id"]),
        (evidence, ["evidence_id"]),
        (facts, ["fact_id"]),
        (labels, ["clip_id", "attribute"]),
    ):
        assert not frame.select(key).is_duplicated().any()
        assert frame.equals(frame.sort(key))


def test_labels_are_spelled_as_in_the_taxonomy(demonstration_bench: Workbench) -> None:
    labels = demonstration_bench.table("labels")
    classes = {name: set(attribute.classes) for name, attribute in load_taxonomy().attributes.items()}
    assert set(classes) == {"age", "gender", "accent", "education", "income", "social_stratum", "health", "weight"}
    assert "Southeast_Asia" in classes["accent"]
    assert set(labels["attribute"]) == set(classes)
    for attribute, value in labels.select("attribute", "value").unique().iter_rows():
        assert value in classes[attribute]
    assert labels["confidence"].is_between(0.5, 1).all()
    assert set(labels["verification"]) == {"record"}
    assert set(labels["split"]) == {"test"}


def test_sounds_are_16_khz_mono_flac_of_one_loudness(demonstration_bench: Workbench) -> None:
    clips = {row["clip_id"]: row for row in demonstration_bench.table("clips").to_dicts()}
    for clip_id, path, sound in sounds(demonstration_bench.release):
        clip = clips.pop(clip_id)
        assert clip["audio_file"] == path.name
        with soundfile.SoundFile(io.BytesIO(sound)) as file:
            assert (file.format, file.subtype, file.samplerate, file.channels) == ("FLAC", "PCM_16", 16_000, 1)
            assert file.frames / 16_000 == pytest.approx(clip["seconds"], abs=0.001)
            assert file.copy_metadata() == {}
            assert loudness(file.read(dtype="float32")) == pytest.approx(-27.0, abs=0.05)
    assert not clips


def test_audio_files_are_named_by_their_content(small: Workbench) -> None:
    small.configure("[release]\nclips_per_shard = 4")
    small.rebuild()
    paths = sorted((small.release / "audio").iterdir())
    assert len(paths) == 4
    for path in paths:
        named = re.fullmatch(r"(test)-(\d{5})-([0-9a-f]{16})\.parquet", path.name)
        assert named, path.name
        split, number, digest = named.groups()
        assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(digest)
        assert (split, int(number)) == ("test", paths.index(path))


def test_a_release_takes_from_its_parent_the_files_that_stay(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.configure("[release]\nclips_per_shard = 4")
    small.rebuild()
    former = small.release
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    small.rebuild()
    shared = [path for path in (small.release / "audio").iterdir() if (former / "audio" / path.name).exists()]
    assert len(shared) == 3
    assert all(path.samefile(former / "audio" / path.name) for path in shared)
    assert len(dict.fromkeys(clip_id for clip_id, _, _ in sounds(small.release))) == 13
    assert (former / "manifest.json").exists()


def test_hugging_face_datasets_loads_a_release(demonstration_bench: Workbench, tmp_path: Path) -> None:
    release = str(demonstration_bench.release)
    found = datasets.load_dataset(release, cache_dir=str(tmp_path))
    assert set(found) == {"test"}
    audio = found["test"].cast_column("audio", datasets.Audio(decode=False))
    assert audio.num_rows == demonstration_bench.manifest["counts"]["clips"]
    samples, rate = soundfile.read(io.BytesIO(audio[0]["audio"]["bytes"]))
    assert (rate, samples.ndim) == (16_000, 1)
    assert found["test"].features["audio"].sampling_rate == 16_000
    for table in TABLES:
        rows = datasets.load_dataset(release, table, cache_dir=str(tmp_path))["train"]
        assert rows.num_rows == demonstration_bench.table(table).height


def test_duckdb_reads_a_release(demonstration_bench: Workbench) -> None:
    release = demonstration_bench.release
    rows = duckdb.sql(
        f"""
        select count(*), count(distinct clip_id), min(octet_length(audio.bytes)) > 1000
        from '{release}/audio/*.parquet' join '{release}/clips.parquet' using (clip_id)
        """  # noqa: S608
    ).fetchall()
    clips = demonstration_bench.manifest["counts"]["clips"]
    assert rows == [(clips, clips, True)]


def test_a_release_is_never_overwritten(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    before = {path: path.read_bytes() for path in small.release.rglob("*") if path.is_file()}
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    small.rebuild()
    assert small.latest == "1.1.0"
    assert {path: path.read_bytes() for path in before} == before


def test_only_sources_of_an_allowed_tier_are_published(small: Workbench, small_corpus: SmallCorpus) -> None:
    terms = small_corpus.definition / "source.toml"
    terms.write_text(
        terms.read_text(encoding="utf-8").replace('tier = "research"', 'tier = "internal"'), encoding="utf-8"
    )
    outcome = small.rebuild()
    assert (outcome["published"], outcome["latest"]) == (None, None)
    assert small.query("select count(*) from labels where verdict = 'accepted'") == [(36,)]
    assert small.curation("rebuild").output == (
        "nothing changed since the last rebuild; nothing to publish: no clip of an allowed tier has an accepted label\n"
    )
    small.configure('[release]\ntier = "internal"')
    assert small.rebuild()["published"] == "1.0.0"
    assert set(small.table("clips")["tier"]) == {"internal"}


def test_splits_are_by_speaker_and_stay(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.configure("[release]\ntrain_share = 0.4\nvalidation_share = 0.3")
    small.rebuild()
    former = dict(small.table("clips").select("clip_id", "split").rows())
    assert set(former.values()) == {"train", "validation", "test"}
    for number in range(6):
        small_corpus.write(f"ana/{3 + number}.wav", "ana", seed=200 + number)
        small_corpus.write(f"new/{number}.wav", f"new {number}", seed=300 + number)
        small_corpus.speakers[f"new {number}"] = dict(small_corpus.speakers["ana"])
    small_corpus.save()
    small.rebuild()
    clips = small.table("clips")
    assert clips.height == 24
    assert former.items() <= dict(clips.select("clip_id", "split").rows()).items()
    assert clips.group_by("speaker_id").agg(pl.col("split").n_unique())["split"].max() == 1
    names = {path.name.split("-")[0] for path in (small.release / "audio").iterdir()}
    assert names == {"train", "validation", "test"}
    assert "path: audio/validation-*.parquet" in (small.release / "README.md").read_text(encoding="utf-8")


def test_a_file_that_changes_while_the_release_is_made_stops_it(
    small: Workbench, small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.release import release

    def changed_before() -> None:
        small_corpus.write("ana/1.wav", "ana", seed=99)
        release()

    monkeypatch.setattr("flows.rebuild.release", changed_before)
    with pytest.raises(ReleaseError, match="its file changed during the run; run again"):
        small.rebuild()
    assert small.latest is None
    monkeypatch.undo()
    assert small.rebuild()["published"] == "1.0.0"


def test_no_clip_after_some_is_refused() -> None:
    assert not is_due({"counts": {"clips": 0}}, None, None)
    with pytest.raises(ReleaseError, match=r"release 2\.0\.0 stays the latest"):
        is_due({"counts": {"clips": 0}}, Parent("2.0.0", Path("anywhere"), {}), None)


@pytest.mark.parametrize("changed", ["content_digest", "rules_digest", "terms_digest", "settings_digest"])
def test_a_release_is_due_when_content_rules_or_terms_are_others(changed: str) -> None:
    former = dict.fromkeys(("content_digest", "rules_digest", "terms_digest", "settings_digest"), "as before")
    content = {"counts": {"clips": 1}, **former, changed: "another"}
    parent = Parent("2.0.0", Path("anywhere"), former)
    assert is_due(content, None, None)
    assert is_due(content, parent, None) == (changed != "settings_digest")
    assert not is_due(content | former, parent, None)
    assert is_due(content | former, parent, "2.1.0")


def test_a_release_says_how_it_differs_from_its_parent(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    first = small.manifest
    assert first["changes"] is None
    small_corpus.speakers["ana"]["gender"] = "m"
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    small.rebuild()
    assert small.manifest["changes"] == {
        "labels_added": 3, "labels_removed": 0, "labels_changed": 2, "clips_added": 1, "clips_removed": 0,
    }  # fmt: skip
    readme = (small.release / "README.md").read_text(encoding="utf-8")
    assert "Since release 1.0.0: 3 labels added, 0 removed, 2 of another value;\n1 clips added, 0 removed." in readme


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "empty.parquet", [pl.DataFrame(schema={"clip_id": pl.String, "values": pl.List(pl.String)})])
    found = pl.read_parquet(tmp_path / "empty.parquet")
    assert (found.height, found.columns) == (0, ["clip_id", "values"])


@pytest.mark.parametrize("rows", [1, 7, 10, 64])
def test_how_many_rows_come_at_once_does_not_show_in_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("curation.release.ROW_GROUP", 10)
    numbers = range(64)
    table = pl.DataFrame(
        {
            "clip_id": [f"{number:032x}" for number in numbers],
            "confidence": [number / 64 if number % 3 else None for number in numbers],
            "values": [["one", "other"][: number % 3] for number in numbers],
        }
    )
    write_table(tmp_path / "whole.parquet", [table.clear(), table])
    write_table(tmp_path / "parts.parquet", [table.clear(), *table.iter_slices(rows)])
    assert pl.read_parquet(tmp_path / "parts.parquet").equals(table)
    assert pq.ParquetFile(tmp_path / "parts.parquet").num_row_groups == 7
    assert (tmp_path / "parts.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_a_release_names_its_settings(small: Workbench) -> None:
    small.rebuild()
    first = small.manifest["settings_digest"]
    small.configure("[ingest]\nworkers = 1\n[release]\nloudness_lufs = -23")
    small.rebuild()
    assert small.latest == "1.0.1"
    assert small.manifest["settings_digest"] != first
    assert json.dumps(small.manifest).count(str(small.folder)) == 0


def test_tables_are_written_in_pages_of_ids_that_bound_memory() -> None:
    assert prefixes(0) == prefixes(PAGE_CLIPS) == [""]
    assert prefixes(PAGE_CLIPS + 1) == list("0123456789abcdef")
    assert len(prefixes(17 * PAGE_CLIPS)) == 256
    assert prefixes(17 * PAGE_CLIPS) == sorted(prefixes(17 * PAGE_CLIPS))


def test_pages_do_not_show_in_the_content(small: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small.rebuild()
    monkeypatch.setattr("curation.release.PAGE_CLIPS", 1)
    paged = Workbench(tmp_path / "paged", small.sources)
    paged.rebuild()
    for table in TABLES:
        assert paged.table(table).equals(small.table(table))


def test_an_age_in_months_is_published_in_years(small: Workbench, small_corpus: SmallCorpus) -> None:
    (small_corpus.definition / "facts.sql").write_text(
        "select speaker, null as path, 'age' as property, '300' as value, 'months' as unit, 'recording' as valid_on,"
        " record_file, 'line ' || record_line as locator from read_table('speakers.csv')"
    )
    small.rebuild()
    assert set(small.table("facts")["value"]) == {"25 years"}
