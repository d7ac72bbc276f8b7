"""Files that hold one sound, through a whole rebuild: what is recorded of any of them is said of the clip."""

import shutil

import numpy as np
import polars as pl
import pytest
import soundfile
from numpy.typing import NDArray

from curation.hearsay import export
from tests.small_corpus import RATE, SmallCorpus, sound
from tests.workbench import Workbench


def louder(seed: int) -> NDArray[np.float32]:
    return np.asarray(1.5 * sound(seed), np.float32)


def test_a_sound_under_two_speakers_is_contested_though_a_third_file_is_kept(
    small: Workbench, small_corpus: SmallCorpus
) -> None:
    # two files of the same bytes contradict each other; the one that is kept is another copy, a lossless one
    soundfile.write(small_corpus.root / "ana" / "copy.ogg", sound(1), RATE)
    shutil.copyfile(small_corpus.root / "ana" / "copy.ogg", small_corpus.root / "ben" / "copy.ogg")
    small_corpus.recordings |= {"ana/copy.ogg": "ana", "ben/copy.ogg": "ben"}
    small_corpus.save()
    small.rebuild()
    assert small.query("select path, is_contradictory from claims where path like '%1.wav' order by all")[0] == (
        "ana/1.wav",
        True,
    )
    assert small.query("select count(*) from copies where path like '%copy.ogg'") == [(2,)]
    told = small.query(
        "select distinct verdict, 'copy_under_two_speakers' in reasons from labels join claims using (clip_id)"
        " where path = 'ana/1.wav'"
    )
    assert told == [("contested", True)]


@pytest.mark.parametrize(("recorded", "verdict"), [("2011-05-01", "contested"), ("2020-06-01", "accepted")])
def test_copies_of_two_dates_must_agree_on_the_age(
    small: Workbench, small_corpus: SmallCorpus, recorded: str, verdict: str
) -> None:
    soundfile.write(small_corpus.root / "ana" / "louder.wav", louder(1), RATE)
    small_corpus.recordings["ana/louder.wav"] = "ana"
    small_corpus.dates["ana/louder.wav"] = recorded
    small_corpus.save()
    small.rebuild()
    verdicts = small.query(
        "select verdict from labels join copies using (clip_id)"
        " where copies.path = 'ana/louder.wav' and attribute = 'age'"
    )
    assert verdicts == [(verdict,)]


def test_the_file_that_names_a_speaker_is_kept(small: Workbench, small_corpus: SmallCorpus) -> None:
    soundfile.write(small_corpus.root / "a.wav", louder(1), RATE)
    small_corpus.recordings["a.wav"] = ""
    small_corpus.save()
    small.rebuild()
    assert small.query("select path, speaker from claims where speaker = 'ana' order by path")[0] == (
        "ana/1.wav",
        "ana",
    )
    assert small.query("select reason from rejections where subject = 'a.wav'") == [("copy",)]


@pytest.mark.slow
def test_an_export_rebuilt_as_a_corpus_has_the_labels_that_were_exported(small: Workbench) -> None:
    small.rebuild()
    export(small.home, small.folder / "exported")
    again = Workbench(
        small.folder / "again", {"hearsay_release": small.folder / "exported"}, '[release]\ntier = "internal"'
    )
    again.rebuild()
    labels = "select attribute, value, count(*) from labels where verdict = 'accepted' group by all order by all"
    assert again.query(labels) == small.query(labels)
    # one file a label, all of one clip
    assert again.query("select count(*), count(distinct clip_id) from copies") == [(36, 12)]


def test_a_speaker_of_many_clips_is_settled_in_parts(
    small: Workbench, small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_corpus.recordings = dict.fromkeys(small_corpus.recordings, "ana")
    small_corpus.save()
    monkeypatch.setattr("flows.consensus.CLIPS", 5)
    small.rebuild()
    digest = small.manifest["content_digest"]
    monkeypatch.setattr("flows.consensus.CLIPS", 1000)
    whole = Workbench(small.folder / "whole", small.sources)
    whole.rebuild()
    assert whole.manifest["content_digest"] == digest
    assert whole.manifest["counts"]["clips"] == 12


@pytest.mark.slow
def test_what_an_internal_source_records_stays_out_of_a_release_of_another_tier(small: Workbench) -> None:
    small.rebuild()
    export(small.home, small.folder / "exported")
    # the same sounds, with class labels of its own, in a source of the internal tier
    both = Workbench(
        small.folder / "both",
        {**small.sources, "hearsay_release": small.folder / "exported"},
        '[release]\ntier = "research"',
    )
    both.rebuild()
    assert both.query("select distinct source from claims") == [("small",)]
    assert both.manifest["counts"]["clips"] == 12
    for table in ("facts", "evidence", "labels", "clips"):
        assert set(both.table(table)["source"]) == {"small"}
    assert (
        both.table("labels")
        .select("attribute", "value")
        .sort(pl.all())
        .equals(small.table("labels").select("attribute", "value").sort(pl.all()))
    )
