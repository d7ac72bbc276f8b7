import os
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile
from rich.console import Console

from curation.audio import decode
from curation.errors import ConfigError, CurationError
from curation.home import held
from curation.loudness import loudness
from curation.settings import Settings, SourceSettings, load
from curation.warehouse import Warehouse
from flows.progress import Progress
from flows.views import explanation_of, settings_of, status_of, written_by_show
from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench, begin


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Workbench:
    """Return a workbench on a small corpus with a copy, a truncated and a missing file; to be read only."""
    assert prefect_server
    folder = tmp_path_factory.mktemp("viewed")
    corpus = SmallCorpus(folder)
    corpus.write("ana/copy.flac", "ana", seed=1)
    cut = corpus.write("ben/cut.wav", "ben", seed=3)
    cut.write_bytes(cut.read_bytes()[:-1_000])
    corpus.write("ben/gone.wav", "ben", seed=4).unlink()
    corpus.save()
    bench = Workbench(folder / "bench", {"small": corpus.source})
    bench.rebuild()
    return bench


def test_explain_and_status_answer_during_the_first_rebuild(empty: Workbench) -> None:
    with begin("rebuild", "--config", empty.config, folder=empty.folder) as process:
        while not (empty.home / "snapshot.duckdb").exists():
            assert process.poll() is None, process.communicate()[1]
        told = empty.curation("explain", "ana/1.wav")
        running = empty.curation("status", "--json").json["running"]
        process.communicate()
    assert told.status == 0, told.errors
    assert running is None or running["process"] == process.pid
    assert "speaker ana, recorded on 2020-06-15" in told.output


@pytest.fixture
def empty(tmp_path: Path) -> Workbench:
    """Return a workbench on a small corpus that no rebuild has seen."""
    return Workbench(tmp_path / "bench", {"small": SmallCorpus(tmp_path).source})


def test_status_before_the_first_rebuild(empty: Workbench) -> None:
    assert status_of(load(empty.config)) == {
        "home": str(empty.home),
        "running": None,
        "latest": None,
        "release": None,
        "counts": None,
        "up_to_date": False,
        "problem": None,
        "summary": [],
        "questions": [],
    }
    assert not empty.home.exists()


def test_status_before_the_demonstration_is_made_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    monkeypatch.delenv("CURATION_KEY")
    assert status_of(load())["latest"] is None
    assert list(tmp_path.iterdir()) == []


def test_status_after_a_rebuild(bench: Workbench) -> None:
    found = status_of(load(bench.config))
    assert found["running"] is None
    assert (found["latest"], found["release"]) == ("1.0.0", str(bench.release))
    assert found["counts"] == bench.manifest["counts"]
    assert found["up_to_date"] is True
    assert isinstance(found["summary"], list)
    assert {"what": "labels: gender", "outcome": "accepted", "count": 12} in found["summary"]


def test_status_sees_that_a_setting_changed(bench: Workbench) -> None:
    settings = load(bench.config)
    release = settings.release.model_copy(update={"loudness_lufs": -23.0})
    assert status_of(settings.model_copy(update={"release": release}))["up_to_date"] is False


def test_status_answers_where_a_corpus_is_away(bench: Workbench, tmp_path: Path) -> None:
    settings = load(bench.config)
    away = {"small": settings.sources["small"].model_copy(update={"root": tmp_path / "away"})}
    found = status_of(settings.model_copy(update={"sources": away}))
    assert (found["latest"], found["up_to_date"]) == ("1.0.0", False)
    assert str(found["problem"]).startswith(f"root {tmp_path / 'away'}: no such folder")


def test_status_names_a_rebuild_that_has_not_reached_a_stage(empty: Workbench) -> None:
    with held(empty.home):
        assert status_of(load(empty.config))["running"] == {"state": "starting", "process": os.getpid()}


def test_status_does_not_take_the_last_rebuild_for_the_present_one(empty: Workbench) -> None:
    empty.home.mkdir()
    (empty.home / "status.json").write_text('{"state": "done", "process": 1, "stage": "release"}')
    with held(empty.home):
        assert status_of(load(empty.config))["running"] == {"state": "starting", "process": os.getpid()}
    assert status_of(load(empty.config))["running"] is None


def test_status_says_how_far_a_rebuild_is(empty: Workbench) -> None:
    with held(empty.home), Path(os.devnull).open("w") as nowhere:
        progress = Progress(empty.home, Console(file=nowhere))
        with progress.stage("ingest", 12, "files"):
            running = status_of(load(empty.config))["running"]
    assert running == {
        "state": "running",
        "process": os.getpid(),
        "stage": "ingest",
        "done": 0,
        "total": 12,
        "unit": "files",
        "seconds_left": None,
    }


@pytest.fixture
def copied(bench: Workbench, tmp_path: Path) -> Settings:
    """Return the settings of a home that a test may change, rebuilt like the workbench's."""
    shutil.copytree(bench.home, tmp_path / "home")
    return load(bench.config).model_copy(update={"home": tmp_path / "home"})


def test_another_process_answers_while_the_database_is_being_written(
    bench: Workbench, copied: Settings, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    asked = (
        ("status",),
        ("explain", "ana/1.wav", "age"),
        ("show", "ana/1.wav", "--into", tmp_path / "shown"),
        ("report", "--output", report),
    )
    with held(copied.home), Warehouse.writing(copied.home):
        answers = [bench.curation(*question, CURATION_HOME=str(copied.home)) for question in asked]
    assert [(answer.status, answer.errors) for answer in answers] == [(0, "")] * 4
    assert f"running: release done (process {os.getpid()})" in answers[0].output
    assert "age = 70-80 (accepted, 97% sure)" in answers[1].output
    assert answers[3].output == f"{report}\n"
    assert "Small corpus" in report.read_text(encoding="utf-8")


def test_an_explanation_says_where_the_clip_is_published(bench: Workbench) -> None:
    found = explanation_of(load(bench.config), "ana/1.wav", None)
    assert found.published is not None
    assert found.published.pop("release") == "1.0.0"
    assert found.published in bench.table("clips").select("clip_id", "split", "audio_file").to_dicts()


def test_a_clip_that_left_the_latest_release_is_not_said_to_be_in_it(copied: Settings, tmp_path: Path) -> None:
    found = explanation_of(copied, "ana/1.wav", None)
    assert found.published is not None
    clips = copied.home / "releases" / "1.0.0" / "clips.parquet"
    pl.read_parquet(clips).filter(pl.col("clip_id") != found.published["clip_id"]).write_parquet(clips)
    assert explanation_of(copied, "ana/1.wav", None).published is None
    assert set(written_by_show(copied, "ana/1.wav", tmp_path / "shown")) == {"original", "spectrogram"}


def test_before_any_rebuild_there_is_nothing_to_explain(empty: Workbench) -> None:
    with pytest.raises(ConfigError, match="nothing has been rebuilt here yet; run `make rebuild-dataset` first"):
        explanation_of(load(empty.config), "ana/1.wav", None)


def test_show_writes_the_original_the_published_sound_and_a_picture(bench: Workbench, tmp_path: Path) -> None:
    settings = load(bench.config)
    written = written_by_show(settings, "ana/1.wav", tmp_path / "new" / "folder")
    assert list(written) == ["original", "published", "spectrogram"]
    assert {Path(path) for path in written.values()} == set((tmp_path / "new" / "folder").iterdir())
    original = settings.sources["small"].root / "ana/1.wav"
    assert Path(written["original"]).read_bytes() == original.read_bytes()
    published, rate = soundfile.read(written["published"], dtype="float32")
    assert rate == 16_000
    heard = decode(original, 10.0).pcm
    assert np.corrcoef(published, heard)[0, 1] > 0.999
    assert loudness(published) == pytest.approx(settings.release.loudness_lufs, abs=0.1)
    assert Path(written["spectrogram"]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["ana/1.wav", "ana/copy.flac"])
def test_show_takes_the_file_that_was_named_of_several(name: str, bench: Workbench, tmp_path: Path) -> None:
    settings = load(bench.config)
    written = written_by_show(settings, name, tmp_path)
    assert Path(written["original"]).read_bytes() == (settings.sources["small"].root / name).read_bytes()


def test_show_of_a_file_that_cannot_be_decoded_writes_the_original_alone(bench: Workbench, tmp_path: Path) -> None:
    written = written_by_show(load(bench.config), "ben/cut.wav", tmp_path)
    assert list(written) == ["original"]
    assert Path(written["original"]).name == "cut.original.wav"


def test_show_of_a_missing_file_says_that_it_is_not_on_disk(bench: Workbench, tmp_path: Path) -> None:
    with pytest.raises(CurationError, match=r"small:ben/gone\.wav: .* is not on disk, so there is nothing to show"):
        written_by_show(load(bench.config), "ben/gone.wav", tmp_path / "shown")
    assert not (tmp_path / "shown").exists()


def test_show_does_not_follow_a_path_out_of_the_source(demonstrated: Path, tmp_path: Path) -> None:
    copy = tmp_path / "demonstration"
    shutil.copytree(demonstrated / "demonstration", copy)
    (tmp_path / "outside.wav").write_bytes(b"private")
    settings = load(demonstrated.parent / "curation.toml")
    settings = settings.model_copy(update={"sources": {"demonstration": SourceSettings(root=copy, definition=None)}})
    with pytest.raises(CurationError, match=r"demonstration:\.\./outside\.wav: leads out of the source's root"):
        written_by_show(settings, "../outside.wav", tmp_path / "shown")


def test_show_of_a_source_that_is_not_in_the_settings_names_it(copied: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"source small of ana/1\.wav is not in the settings; .*--config"):
        written_by_show(copied.model_copy(update={"sources": {}}), "ana/1.wav", tmp_path)


def test_show_into_a_file_is_one_message(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "shown").touch()
    with pytest.raises(CurationError, match=r"shown: File exists; name a folder to write to \(--into\)"):
        written_by_show(load(bench.config), "ana/1.wav", tmp_path / "shown")


def test_settings_come_table_by_table_with_their_values_here(bench: Workbench) -> None:
    rows = settings_of(load(bench.config))
    assert rows[0] == {
        "table": "",
        "setting": "home",
        "value": bench.home,
        "meaning": "all state and releases, relative to the settings file",
    }
    tables = [row["table"] for row in rows]
    models = ["segment.diarization", "segment.transcription", "segment.alignment"]
    assert list(dict.fromkeys(tables)) == [
        "",
        "sources.small",
        "ingest",
        "segment",
        *models,
        "profile",
        "ground",
        "consensus",
        "verify",
        "release",
    ]
    values = {(row["table"], row["setting"]): row["value"] for row in rows}
    assert values["release", "loudness_lufs"] == -27.0
    assert values["ground", "corrections"] is None
