import os
from pathlib import Path

import pytest

from curation.errors import ConfigError
from curation.settings import DEMONSTRATION, load


def written(folder: Path, text: str) -> Path:
    path = folder / "curation.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_without_a_file_the_defaults_and_the_demonstration_hold(elsewhere: Path) -> None:
    settings = load()
    assert settings.home == elsewhere / "data"
    assert {name: source.root for name, source in settings.sources.items()} == {
        DEMONSTRATION: settings.home / DEMONSTRATION
    }
    assert settings.demonstration == settings.home / DEMONSTRATION
    assert (settings.release.tier, settings.release.train_share, settings.release.validation_share) == (
        "research",
        0,
        0,
    )


def test_the_file_of_the_working_folder_is_the_default(elsewhere: Path) -> None:
    written(elsewhere, 'home = "state"')
    assert load().home == elsewhere / "state"


@pytest.mark.usefixtures("elsewhere")
def test_paths_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    settings = load(
        written(
            tmp_path,
            """
            home = "state"
            [sources.one]
            root = "corpora/one"
            definition = "definitions/one"
            [sources.two]
            root = "/corpora/two"
            [ground]
            corrections = "corrections.csv"
            """,
        )
    )
    assert settings.home == tmp_path / "state"
    assert settings.sources["one"].root == tmp_path / "corpora" / "one"
    assert settings.sources["one"].definition == tmp_path / "definitions" / "one"
    assert settings.sources["two"].root == Path("/corpora/two")
    assert settings.sources["two"].definition is None
    assert settings.ground.corrections == tmp_path / "corrections.csv"
    assert settings.demonstration is None


def test_a_model_is_a_folder_beside_the_settings_unless_a_revision_makes_it_one_of_the_hub(tmp_path: Path) -> None:
    text = f"""
        [segment.diarization]
        model = "models/diarization"
        [segment.transcription]
        model = "someone/whisper"
        revision = "{"0a" * 20}"
    """
    segment = load(written(tmp_path, text)).segment
    assert segment.diarization.folder == tmp_path / "models" / "diarization"
    assert (segment.transcription.model, segment.transcription.folder) == ("someone/whisper", None)
    assert (segment.alignment.model, segment.alignment.folder) == (None, None)
    assert load(written(tmp_path, "")).segment.diarization.folder is None


def test_processes_that_hold_models_are_one_a_core_and_one_on_a_gpu(tmp_path: Path) -> None:
    def count(text: str) -> int:
        return load(written(tmp_path, f"[segment]\n{text}")).segment.worker_count

    assert (count(""), count("device = 'cuda'"), count("workers = 3")) == (os.cpu_count(), 1, 3)


def test_the_environment_s_home_is_relative_to_the_working_folder(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, 'home = "state"')
    monkeypatch.setenv("CURATION_HOME", "mine")
    assert load(config).home == elsewhere / "mine"
    monkeypatch.setenv("CURATION_HOME", str(tmp_path / "whole"))
    assert load(config).home == tmp_path / "whole"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hoem = 'data'", "unknown key hoem (did you mean 'home'?)"),
        ("[ingset]\nworkers = 1", "unknown key ingset (did you mean 'ingest'?)"),
        ("[ingest]\nworker = 1", "unknown key ingest.worker (did you mean 'workers'?)"),
        ("[sources.one]\nrot = 'here'\nroot = 'here'", "unknown key sources.one.rot (did you mean 'root'?)"),
        ("[release]\ntear = 'open'", "unknown key release.tear (did you mean 'tier'?)"),
        ("[ground]\ncorections = 'a.csv'", "unknown key ground.corections (did you mean 'corrections'?)"),
        ("[segment]\nmin_second = 1", "unknown key segment.min_second (did you mean 'min_seconds'?)"),
        (
            "[segment.diarization]\nmodle = 'here'",
            "unknown key segment.diarization.modle (did you mean 'model'?); known are model, revision, sha256",
        ),
        (
            "[segment.alignment]\nfolder = 'here'",
            "unknown key segment.alignment.folder; known are model, revision, sha256, language",
        ),
        (
            "[export]",
            "unknown key export; known are home, sources, ingest, segment, profile, ground, consensus, verify, release",
        ),
        ("[ingest]\nthreads = 2", "unknown key ingest.threads; known are min_seconds, max_seconds, "),
        ("[sources.one]\npath = 'one'\nroot = 'one'", "unknown key sources.one.path; known are root, definition"),
        ("[sources.one]\n", "sources.one.root: Field required"),
        (
            "[release]\ntier = 'public'",
            "release.tier: Input should be 'open', 'research' or 'internal', found 'public'",
        ),
        ("[ingest]\nworkers = -1", "ingest.workers: Input should be greater than or equal to 0, found -1"),
        ("[ingest]\nmin_seconds = 'long'", "found 'long'"),
        ("[ingest]\nmin_snr_db = nan", "ingest.min_snr_db: Input should be a finite number, found nan"),
        ("[ingest]\nmin_seconds = inf", "ingest.min_seconds: Input should be a finite number, found inf"),
        ("[ingest]\nmax_dc_offset = 1e999", "ingest.max_dc_offset: Input should be a finite number, found inf"),
        ("[release]\ntrain_share = 0.7\nvalidation_share = 0.4", "train_share + validation_share is above 1"),
        ("[segment]\nmin_seconds = 4\nmax_seconds = 3", "[segment] min_seconds is above max_seconds"),
        ("[segment]\ndevice = 'gpu'", "segment.device: Input should be 'cpu' or 'cuda', found 'gpu'"),
        ("[segment.diarization]\nrevision = 'main'", "segment.diarization.revision: String should match"),
        ("home = ", "Invalid value"),
    ],
)
def test_a_mistake_names_the_file_the_key_and_the_nearest(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "hoem = 1\n[ingest]\nworkers = -1")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).count(str(path)) == 2


def test_a_named_file_must_exist_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: not found; CONFIG=path"):
        load(tmp_path / "nowhere.toml")
    path = tmp_path / "binary.toml"
    path.write_bytes(os.urandom(100) + b"\xff")
    with pytest.raises(ConfigError, match=r"binary\.toml"):
        load(path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "curation.toml"
    path.write_text("home = 'state'\n", encoding="utf-8-sig")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert load(path).home == tmp_path / "state"


def test_the_digest_covers_the_content_and_not_the_places(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        return load(written(tmp_path, text)).digest

    assert digest("") == digest("home = 'other'\n[sources.one]\nroot = 'one'")
    assert digest("") != digest("[release]\nloudness_lufs = -23")
    assert digest("") != digest("[ingest]\nmin_snr_db = 3")
    assert digest("") != digest("[segment]\nmax_seconds = 10")
    assert digest("[segment.diarization]\nmodel = 'here'") == digest("[segment.diarization]\nmodel = 'there'")
