"""What changes is worked on and nothing else, and a release differs from the one before by exactly that."""

import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from curation.errors import ReleaseError
from flows.scope import STAGES
from tests.small_corpus import SmallCorpus
from tests.workbench import ROOT, Workbench

Labels = set[tuple[str, str, str]]


def labels(bench: Workbench) -> Labels:
    return set(bench.table("labels").select("clip_id", "attribute", "value").rows())


def of_clip(bench: Workbench, path: str) -> Labels:
    """Return the published labels of the clip that a path stands for."""
    ((clip_id,),) = bench.query(
        f"select published_id from claims join publications on private_id = clip_id where path = '{path}'"  # noqa: S608
    )
    return {label for label in labels(bench) if label[0] == clip_id}


def work(bench: Workbench) -> list[tuple[str, int]]:
    """Rebuild, and return the stages that had work, with the number of items: files, seconds of sound, or speakers."""
    before = len(bench.query("from timings")) if bench.home.exists() else 0
    bench.rebuild()
    return [(stage, items) for stage, items, _ in bench.query("from timings")[before:] if stage in STAGES]


def checkout(folder: Path) -> Path:
    """Copy the project's code, to be changed without harm."""
    for package in ("curation", "flows", "warehouse"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path}: {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def first(small: Workbench) -> Labels:
    assert work(small) == [("ingest", 12), ("profile", 18), ("ground", 6), ("consensus", 6)]
    assert small.latest == "1.0.0"
    found = labels(small)
    assert len(found) == 36
    return found


def test_one_file_added(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    assert work(small) == [("ingest", 1), ("profile", 2), ("consensus", 1)]
    assert small.latest == "1.1.0"
    assert labels(small) - first == of_clip(small, "ana/3.wav")
    assert not first - labels(small)


def test_one_file_removed(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    gone = of_clip(small, "ana/2.wav")
    (small_corpus.root / "ana" / "2.wav").unlink()
    assert work(small) == [("consensus", 1)]
    assert small.latest == "1.0.1"
    assert first - labels(small) == gone
    assert len(gone) == 3
    assert not labels(small) - first
    assert small.query("select subject, reason from rejections") == [("ana/2.wav", "file_missing")]
    del small_corpus.recordings["ana/2.wav"]
    small_corpus.save()
    assert work(small) == []
    assert small.latest == "1.0.1"


def test_one_file_changed(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    former = of_clip(small, "ana/2.wav")
    small_corpus.write("ana/2.wav", "ana", seed=99)
    assert work(small) == [("ingest", 1), ("profile", 2), ("consensus", 1)]
    assert small.latest == "1.1.0"
    assert first - labels(small) == former
    assert labels(small) - first == of_clip(small, "ana/2.wav")


def test_an_edit_of_equal_size_is_found_though_its_time_was_restored(
    small: Workbench, small_corpus: SmallCorpus, first: Labels
) -> None:
    file = small_corpus.root / "ana" / "2.wav"
    before = file.stat()
    small_corpus.write("ana/2.wav", "ana", seed=99)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert work(small) == [("ingest", 1), ("profile", 2), ("consensus", 1)]
    assert len(labels(small) & first) == 33


def test_a_touched_file_is_read_but_not_decoded(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    parts = set((small.home / "parts" / "ingest").iterdir())
    os.utime(small_corpus.root / "ana" / "2.wav")
    assert work(small) == [("ingest", 1)]
    (new,) = set((small.home / "parts" / "ingest").iterdir()) - parts
    assert pl.read_parquet(new).select("sha256", "clip_id", "codec", "seconds").null_count().row(0) == (0, 1, 1, 1)
    assert (small.latest, labels(small)) == ("1.0.0", first)
    assert work(small) == []


def test_one_file_renamed(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    (small_corpus.root / "ana" / "2.wav").rename(small_corpus.root / "ana" / "second.wav")
    small_corpus.recordings["ana/second.wav"] = small_corpus.recordings.pop("ana/2.wav")
    small_corpus.save()
    assert work(small) == [("ingest", 1)]
    assert (small.latest, labels(small)) == ("1.0.0", first)


def test_a_file_of_another_speaker_now(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    former = of_clip(small, "ana/2.wav")
    small_corpus.recordings["ana/2.wav"] = "ben"
    small_corpus.save()
    assert work(small) == [("consensus", 2)]
    assert labels(small) - first == of_clip(small, "ana/2.wav") - first
    assert {(attribute, value) for _, attribute, value in of_clip(small, "ana/2.wav")} == {
        ("accent", "Germanic"), ("age", "60-70"), ("gender", "Male"),
    }  # fmt: skip
    assert first - labels(small) <= former
    assert small.latest == "1.0.1"


def test_a_copy_added_is_rejected_and_changes_nothing(
    small: Workbench, small_corpus: SmallCorpus, first: Labels
) -> None:
    shutil.copyfile(small_corpus.root / "ana" / "2.wav", small_corpus.root / "ana" / "z.wav")
    small_corpus.recordings["ana/z.wav"] = "ana"
    small_corpus.save()
    assert work(small) == [("ingest", 1)]
    assert small.query("select subject, reason from rejections") == [("ana/z.wav", "copy")]
    assert (small.latest, labels(small)) == ("1.0.0", first)


def test_a_copy_under_another_speaker_makes_both_contested(
    small: Workbench, small_corpus: SmallCorpus, first: Labels
) -> None:
    contradicted = of_clip(small, "ana/2.wav")
    shutil.copyfile(small_corpus.root / "ana" / "2.wav", small_corpus.root / "ben" / "3.wav")
    small_corpus.recordings["ben/3.wav"] = "ben"
    small_corpus.save()
    assert work(small) == [("ingest", 1), ("consensus", 1)]
    assert first - labels(small) == contradicted
    assert not labels(small) - first
    assert small.latest == "1.0.1"


def test_one_record_row_added(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    small_corpus.speakers = {"gil": small_corpus.speakers["ana"], **small_corpus.speakers}
    small_corpus.save()
    facts = set(small.query("select fact_id from facts"))
    assert work(small) == [("ground", 1)]
    # the rows below it moved: their facts stay, sighted elsewhere
    assert len(set(small.query("select fact_id from facts")) - facts) == 3
    places = small.query("select locator from sightings join facts using (fact_id) where speaker = 'ana' order by all")
    assert places == [("line 3, column birth_date",), ("line 3, column gender",), ("line 3, column native_language",)]
    assert (small.latest, labels(small)) == ("1.0.0", first)


def test_one_record_row_changed(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    small_corpus.speakers["ana"]["gender"] = "m"
    small_corpus.save()
    assert work(small) == [("ground", 1), ("consensus", 1)]
    assert small.latest == "1.0.1"
    assert {(attribute, value) for _, attribute, value in first - labels(small)} == {("gender", "Female")}
    assert {(attribute, value) for _, attribute, value in labels(small) - first} == {("gender", "Male")}
    assert len(labels(small) - first) == 2


def test_one_record_row_removed(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    gone = of_clip(small, "ana/1.wav") | of_clip(small, "ana/2.wav")
    person = small_corpus.speakers.pop("ana")
    small_corpus.save()
    assert work(small) == [("ground", 1), ("consensus", 1)]
    assert small.latest == "1.0.1"
    assert first - labels(small) == gone
    small_corpus.speakers["ana"] = person
    small_corpus.save()
    assert work(small) == [("ground", 1), ("consensus", 1)]
    assert (small.latest, labels(small)) == ("1.1.0", first)


def test_a_correction_added_and_removed(small: Workbench, small_corpus: SmallCorpus, first: Labels) -> None:
    digest = small.manifest["content_digest"]
    ((fact_id,),) = small.query("select fact_id from facts where speaker = 'ana' and property = 'gender'")
    table = small.folder / "corrections.csv"
    row = f"{fact_id[:12]},male,A. Maintainer,2026-01-02,misread form,scan of the form\n"
    table.write_text("fact,value,author,date,reason,source\n" + row, encoding="utf-8")
    small.configure(f'[ground]\ncorrections = "{table.name}"')
    assert work(small) == [("ground", 1), ("consensus", 1)]
    assert small.latest == "1.0.1"
    assert sorted(value for _, _, value in labels(small) - first) == ["Male", "Male"]
    told = small.curation("explain", "ana/1.wav", "gender").output
    assert "'Female'" in told
    assert "'male'" in told
    assert "misread form" in told
    small.configure("")
    assert work(small) == [("ground", 1), ("consensus", 1)]
    assert (small.latest, labels(small)) == ("1.0.2", first)
    assert small.manifest["content_digest"] == digest
    assert len(small_corpus.speakers) == 6


def test_a_source_taken_out_of_the_settings_leaves_the_release(small: Workbench, first: Labels, tmp_path: Path) -> None:
    more = SmallCorpus(tmp_path / "more", seed=1000)
    source = small.sources["small"]
    small.sources = {"small": source, "more": more.source}
    small.configure("")
    assert work(small) == [("ingest", 12), ("profile", 18), ("ground", 6), ("consensus", 6)]
    assert (small.latest, len(labels(small))) == ("1.1.0", 72)
    small.sources = {"small": source}
    small.configure("")
    assert work(small) == [("ground", 6), ("consensus", 6)]
    assert (small.latest, labels(small)) == ("1.1.1", first)
    assert set(small.table("clips")["source"]) == {"small"}


def test_another_taxonomy_or_schema_is_a_major_version(small: Workbench, first: Labels, tmp_path: Path) -> None:
    copy = checkout(tmp_path / "copy")
    edit(copy / "curation" / "taxonomy.toml", "edges = [10, 20, 30,", "edges = [10, 21, 30,")
    assert small.curation("rebuild", "--json", PYTHONPATH=str(copy)).json["published"] == "2.0.0"
    assert labels(small) == first
    assert small.query("select count(*) from timings where stage = 'ingest'") == [(1,)]
    edit(
        copy / "warehouse" / "marts" / "labels.sql", "'record' as verification,", "'record' as verification, 0 as more,"
    )
    assert small.curation("rebuild", "--json", PYTHONPATH=str(copy)).json["published"] == "3.0.0"


def test_another_decoder_reads_every_file_again(small: Workbench, first: Labels, tmp_path: Path) -> None:
    digest = small.manifest["content_digest"]
    copy = checkout(tmp_path / "copy")
    edit(copy / "curation" / "audio.py", 'f"ingest/audio@', 'f"ingest/audio@999.')
    plan = small.curation("rebuild", "--dry-run", "--json", PYTHONPATH=str(copy)).json["plan"]
    assert ("ingest", "decoder changed", 12) in [(row["stage"], row["why"], row["items"]) for row in plan]
    assert small.curation("rebuild", "--json", PYTHONPATH=str(copy)).json["published"] is None
    assert (small.manifest["content_digest"], labels(small)) == (digest, first)


def test_settings_of_a_stage_reach_what_they_judge(small: Workbench, first: Labels) -> None:
    small.configure("[ingest]\nmin_bandwidth_hz = 8001")
    with pytest.raises(ReleaseError, match=r"no clip .* release 1\.0\.0 stays the latest"):
        small.rebuild()
    assert {reason for (reason,) in small.query("select reason from rejections")} == {"narrow_band"}
    assert small.latest == "1.0.0"
    small.configure("[release]\nloudness_lufs = -30")
    assert work(small) == [("consensus", 6)]
    assert (small.latest, labels(small)) == ("1.0.1", first)
