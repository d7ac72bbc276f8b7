"""The stage as a rebuild runs it, on voices that told models hear, and with a classifier that is made here."""

import json
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from curation.errors import CurationError, ReleaseError
from tests import fake_models, tiny_models
from tests.small_corpus import SOURCE, SmallCorpus
from tests.workbench import Workbench, environment

SEGMENTED = SOURCE.replace('stages = ["ingest", ', 'stages = ["ingest", "segment", ')
LIKELY = {"male": 0.6, "female": 0.2, "child": 0.2}
TARGETS = "select path, {} from target_profiles join claims using (clip_id) order by path"


@pytest.fixture
def segmented(small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch) -> SmallCorpus:
    """Return a corpus with a duet, whose voices told models hear."""
    monkeypatch.setattr("flows.segment.heard", fake_models.heard)
    (small_corpus.definition / "source.toml").write_text(SEGMENTED, encoding="utf-8")
    small_corpus.write("ana/duet-ben.wav", "ana", seed=99, seconds=8.0)
    small_corpus.save()
    return small_corpus


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.classifier(tmp_path_factory.mktemp("models") / "voices", LIKELY)


def configure(bench: Workbench, classifier: Path, attribute: str = "gender", more: str = "") -> None:
    bench.configure(f"""
        [profile]
        {more}
        [profile.classifiers.tiny]
        model = {json.dumps(str(classifier))}
        attribute = "{attribute}"
        labels = {{ male = "Male", female = "Female" }}
        left_out = ["child"]
    """)


def planned(bench: Workbench) -> dict[str, int]:
    return {why: count for (stage, why), count in bench.plan().items() if stage == "profile"}


def rejected(bench: Workbench) -> dict[str, str]:
    found = bench.query("""
        select claims.path, rejections.reason
        from rejections
        join claims on claims.clip_id = rejections.subject
        where rejections.stage = 'profile'
    """)
    return {str(path): str(reason) for path, reason in found}


def test_every_voice_is_profiled_once_and_what_comes_later_alone(segmented: SmallCorpus, small: Workbench) -> None:
    assert planned(small) == {"after ingest": 13}
    small.rebuild()
    assert small.query("select len(voices), count(*) from profiles group by all order by all") == [(1, 12), (2, 1)]
    segmented.write("ana/3.wav", "ana", seed=98)
    segmented.said["ana/1.wav"] = "something else"
    segmented.save()
    plan = small.plan()
    assert (plan["segment", "transcript changed"], plan["profile", "after ingest"]) == (1, 1)
    assert ("profile", "after segment") not in plan, "what is said says nothing of voices"
    small.rebuild()
    assert small.query("select count(*) from profiles") == [(14,)]
    assert small.plan() == {}
    assert "profile: 0.01 of 0.01 hours of audio" in small.log.read_text(encoding="utf-8")


def test_the_target_s_profile_is_that_of_its_voice_and_of_nobody_s_where_it_is_unknown(
    segmented: SmallCorpus, small: Workbench
) -> None:
    segmented.write("ana/quiet.wav", "ana", seed=97)
    segmented.save()
    small.rebuild()
    voices = small.query("""
        select unnest(profiles.voices, recursive := true)
        from profiles join claims using (clip_id)
        where path = 'ana/duet-ben.wav'
    """)
    rows = {path: row for path, *row in small.query(TARGETS.format("pitch_hz, speech_seconds, len(vector), likeness"))}
    assert len(rows) == 13
    assert "ana/quiet.wav" not in rows, "nobody is heard there"
    pitch, speech_seconds, size, likeness = rows["ana/duet-ben.wav"]
    (target,) = small.query("select voice from targets join claims using (clip_id) where path = 'ana/duet-ben.wav'")
    assert [(voice[0], voice[2]) for voice in voices if voice[0] == target[0]] == [(*target, pitch)]
    assert speech_seconds == pytest.approx(8 * (0.35 + 0.3) - 0.1, abs=0.01)
    assert size == 32
    assert likeness > 0.9
    assert set(rejected(small)) == set()


def test_a_source_that_is_not_segmented_is_profiled_clip_by_clip_and_one_that_leaves_the_stage_out_is_not(
    small_corpus: SmallCorpus, small: Workbench
) -> None:
    small.rebuild()
    assert small.query("select count(*), count(heard_by) from profiles") == [(12, 0)]
    columns = "vector, likeness, second_voice, len(judgements), speech_seconds, pitch_hz between 60 and 420"
    assert {row[1:] for row in small.query(TARGETS.format(columns))} == {(None, None, None, 0, 1.5, True)}
    before = small.query("from target_profiles order by clip_id")
    (small.home / "warehouse.duckdb").unlink()
    assert planned(small) == {}, "what was found is in parts"
    (small_corpus.definition / "source.toml").write_text(SOURCE.replace('"profile", ', ""), encoding="utf-8")
    assert planned(small) == {}
    small.rebuild()
    assert {row[1:] for row in small.query(TARGETS.format("pitch_hz, judgements"))} == {(None, None)}
    assert len(small.table("clips")) == 12
    (small_corpus.definition / "source.toml").write_text(SOURCE, encoding="utf-8")
    small.rebuild(stage="profile")
    assert small.query("from target_profiles order by clip_id") == before


def test_a_classifier_judges_each_voice_and_explain_says_so(
    segmented: SmallCorpus, small: Workbench, classifier: Path
) -> None:
    del segmented
    small.rebuild()
    before = small.manifest["content_digest"]
    configure(small, classifier)
    assert planned(small) == {"models changed": 13}
    small.rebuild()
    judgements = small.query("""
        select attribute, "value", round(probability, 4), count(*), count(distinct voice)
        from (select unnest(judgements, recursive := true) from profiled_clips)
        group by all order by all
    """)
    assert judgements == [("gender", "Female", 0.25, 14, 2), ("gender", "Male", 0.75, 14, 2)]
    assert {len(row[1]) for row in small.query(TARGETS.format("judgements"))} == {2}
    files = dict(small.query("select file, sha256 from models where starts_with(file, 'tiny/')"))
    assert {"tiny/config.json", "tiny/model.safetensors"} <= files.keys()
    told = small.curation("explain", "ana/duet-ben.wav")
    assert told.status == 0, told.errors
    found = told.output
    assert "voice 1, the target: pitch " in found
    assert "syllables a second" in found
    assert found.count("gender by tiny: Male 75%, Female 25%") == 2
    assert "by tiny" not in small.curation("explain", "ana/duet-ben.wav", "age").output
    assert small.manifest["content_digest"] == before, "no model makes a label"
    assert small.query("select count(*) from segmentations") == [(13,)], "nothing else is done again"
    small.configure("")
    assert planned(small) == {}, "what was found without it is known still"


def test_voices_that_other_models_hear_are_profiled_again(
    segmented: SmallCorpus, small: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    del segmented
    small.rebuild()
    monkeypatch.setattr("flows.models.VERSION", 99)
    assert planned(small) == {"after segment": 13}
    small.rebuild(stage="segment")
    assert planned(small) == {"heard otherwise": 13}
    small.rebuild(stage="profile")
    assert small.query("select count(*) from profiles") == [(26,)]
    assert planned(small) == {}


def test_a_clip_that_cannot_be_profiled_leaves_with_the_reason(
    small_corpus: SmallCorpus, small: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.profile.profile_of", fake_models.profiled)
    expected = {"ana/stalls.wav": "timed_out", "ben/fails.wav": "model_failed", "cem/dies.wav": "crashed"}
    for number, path in enumerate(expected):
        small_corpus.write(path, path.split("/", maxsplit=1)[0], seed=90 + number)
    small_corpus.save()
    small.configure("[profile]\ntimeout_seconds = 2")
    outcome = small.rebuild()
    assert rejected(small) == expected
    assert outcome["unread"] == 1, "what may have passed is tried again"
    assert {"what": "profile: clips rejected", "outcome": "crashed", "count": 1} in outcome["summary"]
    assert len(small.table("clips")) == 12
    assert "| less: model_failed | small | -1 |" in (small.release / "README.md").read_text(encoding="utf-8")
    assert "rejected at profile: model_failed: a tensor" in small.curation("explain", "ben/fails.wav").output
    assert planned(small) == {"failed before": 1}


def test_models_that_fail_on_every_clip_stop_the_run_and_a_file_that_went_meanwhile_stops_the_release(
    small: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("flows.profile.profile_of", fake_models.failing)
        with pytest.raises(CurationError, match=r"models of \[profile\] failed on 12 clips in a row.*memory"):
            small.rebuild()
    assert not list((small.home / "parts" / "profile").glob("*"))
    monkeypatch.setattr("flows.profile.profile_of", fake_models.unprofiled_without_its_file)
    with pytest.raises(ReleaseError, match="not so for 1 rows: every clip was profiled or a reason is known"):
        small.rebuild()
    assert rejected(small) == {}
    assert small.query("select count(*) from profiles") == [(11,)]


SLOWLY = """
import sys
from flows import cli, profile
from tests import fake_models
profile.profile_of, profile.BATCH_SECONDS = fake_models.profiled_slowly, 3.0
sys.argv[1:] = ["rebuild", "--config", {config!r}]
cli.main()
"""


def test_a_kill_costs_the_batches_in_flight_and_nothing_more(small: Workbench) -> None:
    parts = small.home / "parts" / "profile"
    script = SLOWLY.format(config=str(small.config))
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while len(list(parts.glob("*.parquet"))) < 2 and process.poll() is None:
            time.sleep(0.02)
        process.kill()
    written = pl.read_parquet(parts / "*.parquet")["clip_id"]
    assert 4 <= len(written) < 12
    assert planned(small) == {"new": 12 - len(written)}


def test_a_classifier_that_does_not_fit_stops_the_run_before_any_work(small: Workbench, classifier: Path) -> None:
    configure(small, classifier, attribute="age")
    finished = small.curation("rebuild")
    assert finished.status == 2
    assert "[profile.classifiers.tiny] labels: male = 'Male' is no class of age" in finished.errors
    assert not (small.home / "parts").exists()
