"""The stage as a rebuild runs it, with models that are told what to say."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import soundfile

from curation.errors import CurationError, ReleaseError
from curation.failures import MOST_FAILURES
from curation.shards import sounds_in
from tests import fake_models
from tests.small_corpus import SOURCE, SmallCorpus
from tests.workbench import Workbench, environment

SEGMENTED = SOURCE.replace('stages = ["ingest", ', 'stages = ["ingest", "segment", ')


@pytest.fixture(autouse=True)
def told_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.segment.heard", fake_models.heard)


@pytest.fixture
def corpus(small_corpus: SmallCorpus) -> SmallCorpus:
    define(small_corpus, "")
    return small_corpus


def define(corpus: SmallCorpus, cut: str) -> None:
    (corpus.definition / "source.toml").write_text(f"{SEGMENTED}\n{cut}", encoding="utf-8")


def rejected(bench: Workbench) -> dict[str, str]:
    found = bench.query("""
        select claims.path, rejections.reason
        from rejections
        join claims on claims.clip_id = rejections.subject
        where rejections.stage = 'segment'
    """)
    return {str(path): str(reason) for path, reason in found}


def cuts(bench: Workbench) -> dict[str, tuple[float | None, float | None]]:
    return {
        str(path): (start, end)
        for path, start, end in bench.query(
            "select path, start_seconds, end_seconds from targets join claims using (clip_id) where reason is null"
        )
    }


def published_seconds(bench: Workbench) -> dict[str, float]:
    """Return the seconds that each published clip's sound lasts, by its path."""
    names = dict(bench.query("select published_id, path from publications join claims on private_id = clip_id"))
    return {
        str(names[clip_id]): soundfile.info(io.BytesIO(sound)).duration
        for file in (bench.release / "audio").iterdir()
        for clip_id, sound in sounds_in(file)
    }


def test_every_clip_is_heard_once_and_what_comes_later_alone(corpus: SmallCorpus, small: Workbench) -> None:
    small.rebuild()
    assert small.query("select count(*), min(voice), max(voice) from voices") == [(12, 1, 1)]
    assert small.query("select count(*), count(voice) from words") == [(36, 36)]
    assert small.query("select count(*) from turns where not is_exclusive") == [(12,)]
    corpus.write("ana/3.wav", "ana", seed=99)
    corpus.save()
    assert {key: count for key, count in small.plan().items() if key[0] in ("segment", "identity")} == {
        ("segment", "after ingest"): 1,
        ("identity", "after segment"): 1,
    }
    small.rebuild()
    assert small.query("select count(*) from segmentations") == [(13,)]
    assert small.plan() == {}


def test_a_clip_with_a_second_voice_is_published_as_the_stretch_that_is_its_speakers(
    corpus: SmallCorpus, small: Workbench
) -> None:
    corpus.write("ana/duet-ben.wav", "ana", seed=99, seconds=8.0)
    corpus.save()
    small.rebuild()
    (start, end) = cuts(small).pop("ana/duet-ben.wav")
    assert start is not None
    assert end is not None
    assert 0 <= start < 0.1 < 8 * fake_models.FIRST_TO < end < 6
    clips = small.table("clips").filter(pl.col("start_seconds").is_not_null())
    assert clips.select("start_seconds", "end_seconds", "seconds").rows() == [(start, end, end - start)]
    heard = published_seconds(small)
    assert heard.pop("ana/duet-ben.wav") == pytest.approx(end - start, abs=1e-4)
    assert set(heard.values()) == {1.5}


@pytest.mark.slow
def test_other_bounds_of_a_cut_render_the_clips_anew_that_they_cut_otherwise(
    corpus: SmallCorpus, small: Workbench
) -> None:
    corpus.write("ana/duet-ben.wav", "ana", seed=99, seconds=8.0)
    corpus.save()
    small.rebuild()
    before = {path: seconds for path, seconds in published_seconds(small).items() if seconds != 1.5}
    assert before.keys() == {"ana/duet-ben.wav"}
    define(corpus, "[cut]\nmin_seconds = 1\nmax_seconds = 4")
    small.rebuild()
    assert published_seconds(small)["ana/duet-ben.wav"] < 4 < before["ana/duet-ben.wav"]
    define(corpus, "[cut]\nmin_seconds = 7\nmax_seconds = 15")
    small.rebuild()
    assert rejected(small) == {"ana/duet-ben.wav": "no_clean_stretch"}
    assert "ana/duet-ben.wav" not in published_seconds(small)
    define(corpus, "[cut]\nmin_seconds = 1\nmax_seconds = 6.5")
    assert small.plan()["identity", "changed"] == 6
    small.rebuild()
    assert published_seconds(small)["ana/duet-ben.wav"] == pytest.approx(before["ana/duet-ben.wav"])


def test_a_clip_of_which_nothing_is_known_to_be_its_speakers_leaves_with_the_reason(
    corpus: SmallCorpus, small: Workbench
) -> None:
    corpus.write("ana/quiet.wav", "ana", seed=97)
    corpus.write("ben/fails.wav", "ben", seed=98)
    corpus.write("cem/dies.wav", "cem", seed=99)
    corpus.write("dua/duet-eva.wav", "dua", seed=96)
    corpus.save()
    outcome = small.rebuild()
    assert rejected(small) == {
        "ana/quiet.wav": "no_speech",
        "ben/fails.wav": "model_failed",
        "cem/dies.wav": "crashed",
        "dua/duet-eva.wav": "no_clean_stretch",
    }
    assert published_seconds(small).keys() == {name for name in corpus.recordings if name.endswith(("1.wav", "2.wav"))}
    assert {"what": "segment: clips rejected", "outcome": "crashed", "count": 1} in outcome["summary"]
    card = (small.release / "README.md").read_text(encoding="utf-8")
    assert "model_failed" in card
    found = small.curation("explain", "ben/fails.wav")
    assert "rejected at segment: model_failed: a tensor of a shape that nobody expects" in found.output
    assert small.plan() == {}


def test_new_clips_of_a_speaker_may_move_the_target_of_the_others_and_nothing_else_is_done_again(
    corpus: SmallCorpus, small: Workbench
) -> None:
    # of two clips nobody can say which is misfiled; the third tells, and the duet's target is then the other voice
    for path in ("ana/1.wav", "ana/2.wav"):
        corpus.recordings.pop(path)
        (corpus.root / path).unlink()
    corpus.write("ana/duet-ben.wav", "ana", seed=95, seconds=8.0)
    corpus.write("ana/ben.wav", "ana", seed=96)
    corpus.save()
    small.rebuild()
    targets = "select voice from targets join claims using (clip_id) where path = 'ana/duet-ben.wav'"
    assert small.query(targets) == [(2,)]
    others = "select * from targets where entity <> 'speaker:ana' order by clip_id"
    before = small.query(others)
    for number in (3, 4, 5):
        corpus.write(f"ana/{number}.wav", "ana", seed=100 + number)
    corpus.save()
    assert small.plan()["identity", "after segment"] == 1
    small.rebuild()
    assert small.query(targets) == [(1,)]
    assert small.query(others) == before


@pytest.mark.parametrize("more", [0, 20])
def test_models_that_fail_on_every_clip_stop_the_run_with_one_message_and_reject_nothing(
    corpus: SmallCorpus, small: Workbench, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    for number in range(more):
        corpus.write(f"ana/more{number}.wav", "ana", seed=200 + number)
    corpus.save()
    with monkeypatch.context() as patched:
        patched.setattr("flows.segment.heard", fake_models.failing)
        failed = min(MOST_FAILURES, 12 + more)
        with pytest.raises(CurationError, match=f"failed on {failed} clips in a row.*no memory left on the GPU"):
            small.rebuild()
    assert not list((small.home / "parts" / "segment").glob("*"))
    small.rebuild()
    assert rejected(small) == {}
    assert len(small.table("clips")) == 12 + more


def test_what_was_heard_is_in_parts_and_survives_the_loss_of_the_database(
    corpus: SmallCorpus, small: Workbench
) -> None:
    corpus.write("ana/duet-ben.wav", "ana", seed=99, seconds=8.0)
    corpus.save()
    small.rebuild()
    digest = small.manifest["content_digest"]
    (small.home / "warehouse.duckdb").unlink()
    assert not {stage for stage, _ in small.plan()} & {"ingest", "segment"}
    small.rebuild(version="2.0.0")
    assert small.manifest["content_digest"] == digest


def test_other_models_hear_every_clip_again_and_another_transcript_its_own(
    corpus: SmallCorpus, small: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.rebuild()
    corpus.said["ana/1.wav"] = "something else"
    corpus.save()
    assert small.plan()["segment", "transcript changed"] == 1
    with monkeypatch.context() as patched:
        patched.setattr("flows.models.VERSION", 99)
        assert {key: count for key, count in small.plan().items() if key[0] == "segment"} == {
            ("segment", "models changed"): 12
        }
        small.rebuild()
        assert small.query("select count(*) from segmentations") == [(24,)]
        assert small.query("select count(*) from voices") == [(12,)]
    # what the former models said is known still
    assert small.plan()["segment", "transcript changed"] == 1


def test_the_models_in_use_are_on_record_with_their_digests(corpus: SmallCorpus, small: Workbench) -> None:
    del corpus
    small.rebuild()
    files = dict(small.query("select file, sha256 from models"))
    assert {"whisperx/assets/pytorch_model.bin", "resemblyzer/pretrained.pt"} <= files.keys()
    assert all(len(sha256) == 64 for sha256 in files.values())


def test_a_source_that_leaves_the_stage_out_is_published_without_it(
    small_corpus: SmallCorpus, small: Workbench
) -> None:
    small_corpus.write("ana/fails.wav", "ana", seed=99)
    small_corpus.save()
    small.rebuild()
    assert small.query("select count(*) from segmentations") == [(0,)]
    assert len(small.table("clips")) == 13


def test_explain_shows_what_was_heard(corpus: SmallCorpus, small: Workbench) -> None:
    corpus.write("ana/duet-ben.wav", "ana", seed=99, seconds=8.0)
    corpus.save()
    small.rebuild()
    found = small.curation("explain", "ana/duet-ben.wav")
    assert "voices 2, of more than one: 100%" in found.output
    assert "cut to 0.00 to" in found.output
    assert "transcript aligned, 3 words" in found.output


def test_status_counts_hours_of_audio(corpus: SmallCorpus, small: Workbench) -> None:
    del corpus
    small.rebuild()
    assert "segment: 0.01 of 0.01 hours of audio" in small.log.read_text(encoding="utf-8")
    assert json.loads((small.home / "status.json").read_text())["state"] == "done"


def test_a_missing_model_stops_the_run_before_any_work(corpus: SmallCorpus, small: Workbench, tmp_path: Path) -> None:
    del corpus
    small.configure(f"[segment.diarization]\nmodel = {json.dumps(str(tmp_path / 'nowhere'))}")
    finished = small.curation("rebuild")
    assert finished.status == 2
    assert "nowhere" in finished.errors
    assert not (small.home / "parts").exists()


SLOWLY = """
import sys
from flows import cli, segment
from tests import fake_models
segment.heard, segment.BATCH_SECONDS = fake_models.slowly, 3.0
sys.argv[1:] = ["rebuild", "--config", {config!r}]
cli.main()
"""


def test_a_kill_costs_the_batches_in_flight_and_nothing_more(corpus: SmallCorpus, small: Workbench) -> None:
    del corpus
    parts = small.home / "parts" / "segment"
    script = SLOWLY.format(config=str(small.config))
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while len(list(parts.glob("*.parquet"))) < 2 and process.poll() is None:
            time.sleep(0.02)
        process.kill()
    written = pl.read_parquet(parts / "*.parquet")["clip_id"]
    assert 4 <= len(written) < 12
    assert small.plan()["segment", "new"] == 12 - len(written)
    small.rebuild()
    found = pl.concat([pl.read_parquet(path) for path in parts.glob("*.parquet")])["clip_id"]
    assert sorted(found) == sorted(clip_id for (clip_id,) in small.query("select clip_id from claims"))


@pytest.mark.slow
def test_a_clip_that_models_could_not_hear_in_time_is_tried_again_three_times_in_all(
    corpus: SmallCorpus, small: Workbench
) -> None:
    for number in range(4):
        corpus.write(f"ana/stalls{number}.wav", "ana", seed=90 + number)
    corpus.save()
    small.configure("[segment]\ntimeout_seconds = 0.2")
    for failures in (1, 2, 3):
        outcome = small.rebuild()
        assert (outcome["changed"], outcome["unread"]) == (True, 4 if failures < 3 else 0)
        assert rejected(small) == {f"ana/stalls{number}.wav": "timed_out" for number in range(4)}
    assert not small.rebuild()["changed"]
    assert small.plan(rehash=True)["segment", "failed before"] == 4


def test_a_clip_whose_file_went_while_it_was_to_be_heard_stops_the_release(
    corpus: SmallCorpus, small: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("flows.segment.heard", fake_models.without_its_file)
        with pytest.raises(ReleaseError, match="not so for 1 rows: every clip was heard or a reason is known"):
            small.rebuild()
    corpus.save()
    assert small.rebuild()["published"] == "1.0.0"
    assert len(small.table("clips")) == 12
