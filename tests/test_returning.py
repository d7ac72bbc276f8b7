"""What was away and comes back, and what loses its ground, ends as it would in a new home."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from curation.errors import ReleaseError
from curation.versions import settle_unannounced
from tests.small_corpus import RATE, SmallCorpus, sound
from tests.workbench import Workbench


@pytest.mark.slow
def test_a_clip_that_was_away_is_compared_with_what_came_meanwhile(
    small: Workbench, small_corpus: SmallCorpus, tmp_path: Path
) -> None:
    small.rebuild()
    original = (small_corpus.root / "ana" / "1.wav").read_bytes()
    (small_corpus.root / "ana" / "1.wav").unlink()
    soundfile.write(small_corpus.root / "ana" / "quieter.wav", sound(1) * np.float32(0.5), RATE, subtype="PCM_16")
    del small_corpus.recordings["ana/1.wav"]
    small_corpus.recordings["ana/quieter.wav"] = "ana"
    small_corpus.save()
    small.rebuild()
    (small_corpus.root / "ana" / "1.wav").write_bytes(original)
    small_corpus.recordings["ana/1.wav"] = "ana"
    small_corpus.save()
    small.rebuild()
    anew = Workbench(tmp_path / "anew", {"small": small_corpus.source})
    anew.rebuild()
    assert small.manifest["counts"]["clips"] == anew.manifest["counts"]["clips"] == 12
    assert small.manifest["content_digest"] == anew.manifest["content_digest"]


def test_a_correction_goes_with_the_record_that_it_corrects(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    ((fact_id,),) = small.query("select fact_id from facts where speaker = 'ana' and property = 'gender'")
    row = f"{fact_id[:12]},male,A. Maintainer,2026-01-02,misread form,scan of the form\n"
    (small.folder / "corrections.csv").write_text("fact,value,author,date,reason,source\n" + row, encoding="utf-8")
    small.configure('[ground]\ncorrections = "corrections.csv"')
    del small_corpus.speakers["ana"]
    small_corpus.save()
    small.rebuild()
    assert small.query("from evidence where speaker = 'ana'") == []


def test_a_correction_of_a_record_that_was_mended_is_counted_in_an_old_home_as_in_a_new_one(
    small: Workbench, small_corpus: SmallCorpus, tmp_path: Path
) -> None:
    small.rebuild()
    ((fact_id,),) = small.query("select fact_id from facts where speaker = 'ana' and property = 'gender'")
    row = f"{fact_id[:12]},Male,A. Maintainer,2026-01-02,misread form,scan of the form\n"
    small_corpus.speakers["ana"]["gender"] = "m"
    small_corpus.save()
    anew = Workbench(tmp_path / "anew", {"small": small_corpus.source})
    for bench in (small, anew):
        (bench.folder / "corrections.csv").write_text("fact,value,author,date,reason,source\n" + row, encoding="utf-8")
        bench.configure('[ground]\ncorrections = "corrections.csv"')
        summary = bench.rebuild()["summary"]
        assert {"what": "ground: corrections rejected", "outcome": "fact_not_recorded", "count": 1} in summary
        assert bench.query("select kind, subject, reason from rejections where origin = 'correct'") == [
            ("correction", "line 2", "fact_not_recorded")
        ]
        assert "| ground | correction |  | fact not recorded | 1 |" in (bench.release / "README.md").read_text()
    assert small.manifest["content_digest"] == anew.manifest["content_digest"]


def test_two_copies_without_a_speaker_contradict_nobody(small: Workbench, small_corpus: SmallCorpus) -> None:
    (small_corpus.root / "ana" / "copy.wav").write_bytes((small_corpus.root / "ana" / "1.wav").read_bytes())
    small_corpus.recordings |= {"ana/1.wav": "", "ana/copy.wav": ""}
    small_corpus.save()
    small.rebuild()
    assert small.query("select path from claims where is_contradictory") == []


@pytest.mark.slow
def test_a_release_that_a_kill_left_unannounced_is_made_again(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    small.rebuild()
    # as if killed before `latest` moved; what follows is another version
    (small.home / "latest").write_text("1.0.0\n")
    (small.home / "releases" / ".unannounced").write_text("1.1.0\n1.0.0")
    (small_corpus.root / "ana" / "3.wav").unlink()
    (small_corpus.root / "ana" / "2.wav").unlink()
    assert small.rebuild()["published"] == "1.0.1"
    small_corpus.write("ana/4.wav", "ana", seed=98)
    small_corpus.save()
    assert small.rebuild()["published"] == "1.1.0"
    assert sorted(path.name for path in (small.home / "releases").glob("[!.]*")) == ["1.0.0", "1.0.1", "1.1.0"]


def test_what_was_rendered_for_an_unannounced_release_is_not_rendered_again(small: Workbench) -> None:
    small.rebuild()
    (audio,) = (small.release / "audio").iterdir()
    inode = audio.stat().st_ino
    (small.home / "latest").unlink()
    (small.home / "state.json").unlink()
    (small.home / "releases" / ".unannounced").write_text("1.0.0\n")
    assert small.rebuild()["published"] == "1.0.0"
    assert [path.stat().st_ino for path in (small.release / "audio").iterdir()] == [inode]


@pytest.mark.parametrize("note", ["", "\n", "not a version\n", "1.0"])
def test_a_note_that_names_no_version_removes_nothing(small: Workbench, note: str) -> None:
    small.rebuild()
    (small.home / "latest").unlink()
    (small.home / "releases" / ".unannounced").write_text(note)
    settle_unannounced(small.home)
    assert small.release.parent.joinpath("1.0.0", "manifest.json").exists()
    assert not (small.home / "releases" / ".unannounced").exists()


def test_a_kill_after_latest_moved_costs_no_release(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    (small.home / "releases" / ".unannounced").write_text("1.0.0\n")
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    small.rebuild()
    assert sorted(path.name for path in (small.home / "releases").glob("[!.]*")) == ["1.0.0", "1.1.0"]


def test_a_release_that_was_announced_is_not_replaced(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    small.rebuild()
    manifest = small.manifest
    (small.home / "latest").write_text("1.0.0\n")
    small_corpus.write("ana/4.wav", "ana", seed=98)
    small_corpus.save()
    with pytest.raises(ReleaseError, match="never overwritten"):
        small.rebuild()
    (small.home / "latest").write_text("1.1.0\n")
    assert small.manifest == manifest
