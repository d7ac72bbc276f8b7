"""From settings to models: what is checked before any work, and what a process loads."""

import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ctranslate2 import get_supported_compute_types

from curation.diarization import EmbeddedDiarizer
from curation.errors import ConfigError
from curation.hub import digest, digests
from curation.settings import AlignmentSettings, DiarizationSettings, SegmentSettings, TranscriptionSettings
from flows import models
from flows.models import Models, checked, diarizer, transcriber
from tests import tiny_models

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one model for each task."""
    place = tmp_path_factory.mktemp("models")
    tiny_models.pipeline(place / "diarization")
    tiny_models.whisper(place / "transcription", "Good morning.", "en")
    tiny_models.wav2vec2(place / "alignment")
    return place


@pytest.fixture(scope="module")
def settings(folder: Path) -> SegmentSettings:
    place = folder / "diarization"
    return SegmentSettings(
        diarization=DiarizationSettings(model=str(place), sha256=digest(digests(place))),
        transcription=TranscriptionSettings(model=str(folder / "transcription")),
        alignment=AlignmentSettings(model=str(folder / "alignment")),
    )


def test_the_embedded_models_are_checked_against_their_pins() -> None:
    found = checked(SegmentSettings())
    assert (found.diarization, found.transcription, found.alignment) == (None, None, None)
    assert set(found.files) == {
        "curation/voices.toml",
        "faster_whisper/assets/silero_vad_v6.onnx",
        "pocketsphinx/model/en-us",
        "resemblyzer/pretrained.pt",
        "whisperx/assets/pytorch_model.bin",
    }
    assert all(f"{path} {sha256[:12]}" in found.witness for path, sha256 in found.files.items())
    libraries = found.witness.split("; ")[-1]
    assert re.sub(r" \d[^ ,]*", "", libraries) == "onnxruntime, pocketsphinx, pyannote.audio, scipy, torch"
    assert re.search(r"; cpu; hearing@\d+, ", found.witness)
    assert isinstance(diarizer(found), EmbeddedDiarizer)


def test_models_of_settings_are_found_and_named_with_their_digests(settings: SegmentSettings, folder: Path) -> None:
    found = checked(settings)
    assert found.diarization == folder / "diarization"
    assert found.transcription == folder / "transcription"
    assert found.alignment == folder / "alignment"
    assert "whisperx/assets/pytorch_model.bin" in found.files, "whisperx finds speech with it"
    assert "resemblyzer/pretrained.pt" not in found.files
    for name in ("diarization", "transcription", "alignment"):
        files = digests(folder / name)
        assert f"{name}: {name} {digest(files)[:12]}" in found.witness
        assert {f"{name}/{path}": sha256 for path, sha256 in files.items()}.items() <= found.files.items()


def test_what_was_checked_goes_to_another_process_and_is_loaded_once_there(
    settings: SegmentSettings,
) -> None:
    there: Models = pickle.loads(pickle.dumps(checked(settings)))  # noqa: S301 - what stands before it
    assert there == checked(settings)
    assert diarizer(there) is diarizer(checked(settings))
    speech = tiny_models.conversation(7, 10)
    assert diarizer(there).diarization(speech).voices
    assert transcriber(there) is transcriber(checked(settings))
    found = transcriber(there).transcript(speech, None)
    assert [word.text for word in found.words] == ["Good", "morning."]
    assert found.words[0].start is not None


def test_the_witness_changes_with_what_the_answers_follow_from_and_with_nothing_else(
    settings: SegmentSettings, folder: Path, tmp_path: Path
) -> None:
    def witness(**changes: object) -> str:
        return checked(settings.model_copy(update=changes)).witness

    first = witness()
    assert witness(workers=3, timeout_seconds=1.0) == first
    (tmp_path / "alignment").symlink_to(folder / "alignment")
    assert witness(alignment=AlignmentSettings(model=str(tmp_path / "alignment"))) == first, "only moved"
    others = [
        witness(diarization=DiarizationSettings()),
        witness(transcription=settings.transcription.model_copy(update={"language": "en"})),
        witness(transcription=settings.transcription.model_copy(update={"compute_type": "float32"})),
        witness(alignment=AlignmentSettings()),
        witness(alignment=settings.alignment.model_copy(update={"language": "de"})),
    ]
    assert len({first, *others}) == 6


def test_a_pipeline_must_be_pinned_whatever_files_it_holds(settings: SegmentSettings) -> None:
    unpinned = settings.diarization.model_copy(update={"sha256": None})
    with pytest.raises(ConfigError, match=f'pin it there: sha256 = "{settings.diarization.sha256}"'):
        checked(settings.model_copy(update={"diarization": unpinned}))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("diarization", "config.yaml"),
        ("transcription", "tokenizer.json"),
        ("alignment", "vocab.json"),
        ("alignment", "preprocessor_config.json"),
    ],
)
def test_a_model_without_one_of_its_files_stops_before_any_work(
    settings: SegmentSettings, folder: Path, tmp_path: Path, name: str, file: str
) -> None:
    for path in (folder / name).iterdir():
        if path.name != file:
            (tmp_path / path.name).symlink_to(path)
    model = settings.models()[name].model_copy(update={"model": str(tmp_path)})
    with pytest.raises(ConfigError, match=rf"^\[segment\.{name}\] model .*: there is no {file} in this folder"):
        checked(settings.model_copy(update={name: model}))


def test_alignment_of_words_that_nobody_recognises_is_a_mistake(settings: SegmentSettings) -> None:
    with pytest.raises(ConfigError, match=r"\[segment\.alignment\] model is for words that .* recognises; set both"):
        checked(SegmentSettings(alignment=settings.alignment))


def test_arithmetic_that_the_machine_lacks_stops_before_any_work(
    settings: SegmentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = get_supported_compute_types("cpu") - {"float16"}
    monkeypatch.setattr("ctranslate2.get_supported_compute_types", lambda _: known)
    other = settings.transcription.model_copy(update={"compute_type": "float16"})
    with pytest.raises(ConfigError, match=r'compute_type "float16" cannot be used here on cpu; there are .*float32, '):
        checked(settings.model_copy(update={"transcription": other}))


def test_a_gpu_that_is_not_there_stops_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(ConfigError, match=r'device is "cuda", but PyTorch finds no GPU here; set it to "cpu"'):
        checked(SegmentSettings(device="cuda"))


def test_checking_loads_neither_torch_nor_prefect() -> None:
    script = (
        "import sys\nfrom curation.settings import SegmentSettings\nfrom flows.models import checked\n"
        "checked(SegmentSettings())\nprint({'torch', 'prefect', 'whisperx', 'pyannote.audio'} & sys.modules.keys())"
    )
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "set()"


def test_models_that_differ_are_loaded_apart(settings: SegmentSettings) -> None:
    assert diarizer(checked(settings)) is not diarizer(checked(SegmentSettings()))
    assert models.segmentation() is models.segmentation()
