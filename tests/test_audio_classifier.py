"""Classifiers, from small models that are made here, by the real code that loads and runs them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from curation.adapters.audio_classifier import AudioClassifier, labels_of
from curation.errors import ClipError, ConfigError
from curation.hub import digest, digests
from curation.services import RATE
from curation.settings import ClassifierSettings, ProfileSettings
from curation.taxonomy import load_taxonomy
from flows.classifiers import checked
from flows.profiler import Profiler
from tests import tiny_models

ROOT = Path(__file__).parents[1]
LIKELY = {"male": 0.6, "female": 0.3, "child": 0.1}
GENDER = {"male": "Male", "female": "Female"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.classifier(tmp_path_factory.mktemp("classifiers") / "voices", LIKELY, listens=True)


@pytest.fixture
def changed(folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return how to make a classifier like that, with changes in one of its JSON files."""

    def make(name: str, **changes: object) -> Path:
        copy = tmp_path / "changed"
        shutil.copytree(folder, copy)
        content = json.loads((copy / name).read_text(encoding="utf-8"))
        (copy / name).write_text(json.dumps({**content, **changes}), encoding="utf-8")
        return copy

    return make


def settings(folder: Path, **changes: Any) -> ProfileSettings:
    asked = {"model": str(folder), "attribute": "gender", "labels": GENDER, "left_out": ("child",), **changes}
    return ProfileSettings(classifiers={"voices": ClassifierSettings(**asked)})


def found(asked: ProfileSettings) -> Profiler:
    return checked(asked, load_taxonomy())


def speech(seconds: float, start: float = 7) -> "np.ndarray[Any, np.dtype[np.float32]]":
    return tiny_models.conversation(start, start + seconds)


def test_a_classifier_says_how_likely_each_label_is_and_the_same_each_time(folder: Path) -> None:
    classifier = AudioClassifier(folder, "cpu")
    stretches = speech(9).reshape(3, -1)
    probabilities = classifier.probabilities(stretches)
    assert probabilities.sum() == pytest.approx(1)
    assert np.array_equal(probabilities, AudioClassifier(folder, "cpu").probabilities(stretches))
    each = [classifier.probabilities(stretch[None]) for stretch in stretches]
    assert probabilities == pytest.approx(np.mean(each, axis=0), abs=1e-6), "no stretch depends on the others"
    assert np.abs(each[0] - each[1]).max() > 1e-3, "it listens"


def test_its_answers_are_those_of_the_library_itself(folder: Path) -> None:
    from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification

    model = Wav2Vec2ForSequenceClassification.from_pretrained(folder).eval()
    asked = Wav2Vec2FeatureExtractor.from_pretrained(folder)(speech(2), sampling_rate=RATE, return_tensors="pt")
    with torch.no_grad():
        expected = model(**asked).logits.softmax(-1)[0]
    assert [model.config.id2label[number] for number in range(3)] == list(labels_of(folder)) == list(LIKELY)
    assert AudioClassifier(folder, "cpu").probabilities(speech(2)[None]) == pytest.approx(expected.numpy(), abs=1e-5)


def test_what_the_library_leaves_out_of_a_file_is_what_it_assumes(tmp_path: Path) -> None:
    folder = tiny_models.classifier(tmp_path / "unnamed", {"LABEL_0": 0.9, "LABEL_1": 0.1})
    assert "id2label" not in json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert labels_of(folder) == ("LABEL_0", "LABEL_1")
    assert AudioClassifier(folder, "cpu").probabilities(speech(1)[None]) == pytest.approx([0.9, 0.1], abs=1e-4)


def test_sound_that_a_model_cannot_take_is_a_failure_of_the_clip(folder: Path) -> None:
    with pytest.raises(ClipError, match="model_failed: Transformers: "):
        AudioClassifier(folder, "cpu").probabilities(np.zeros((1, 10), np.float32))
    with pytest.raises(ClipError, match="the scores are not finite"):
        AudioClassifier(folder, "cpu").probabilities(np.full((1, RATE), np.nan, np.float32))


def test_the_labels_of_a_model_stand_for_classes_in_its_own_order(folder: Path) -> None:
    profiler = found(settings(folder))
    (chosen,) = profiler.classifiers
    assert (chosen.name, chosen.attribute, chosen.classes) == ("voices", "gender", ("Male", "Female", None))
    files = digests(folder)
    assert profiler.files == {f"voices/{path}": sha256 for path, sha256 in files.items()}
    assert f'voices: voices {digest(files)[:12]} says gender ["Male", "Female", null]; cpu; torch ' in profiler.witness
    assert re.search(r"transformers \d[\d.]+$", profiler.witness)
    assert found(ProfileSettings()).classifiers == ()
    assert "torch" not in found(ProfileSettings()).witness


def test_the_witness_changes_with_what_the_answers_follow_from_and_with_nothing_else(
    folder: Path, tmp_path: Path
) -> None:
    first = found(settings(folder)).witness
    (tmp_path / "voices").symlink_to(folder)
    assert found(settings(tmp_path / "voices")).witness == first, "only moved"
    more_workers = settings(folder).model_copy(update={"workers": 3, "timeout_seconds": 1.0})
    assert found(more_workers).witness == first
    swapped = {"male": "Female", "female": "Male"}
    other = tiny_models.classifier(tmp_path / "other" / "voices", LIKELY)
    assert len({first, found(settings(folder, labels=swapped)).witness, found(settings(other)).witness}) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attribute": "gendre"}, r"attribute gendre: unknown \(did you mean 'gender'\?\); there are age, gender, "),
        (
            {"labels": {"male": "male", "female": "Female"}},
            r"labels: male = 'male' is no class of gender; there are Female, Male$",
        ),
        ({"labels": {**GENDER, "men": "Male"}}, r"the model has no label 'men'.*; it has male, female, child$"),
        ({"left_out": ("kid",)}, r"the model has no label 'kid'; it has male, female, child$"),
        ({"left_out": ()}, r"label 'child' stands for no class; give it one, or name it in left_out, "),
        ({"left_out": ("child", "male")}, r"labels: 'male' is in left_out too"),
        ({"labels": {"male": "Male"}, "left_out": ("female", "child")}, r"two classes of gender at least"),
        ({"model": "/nowhere"}, r"model /nowhere: no such folder"),
        ({"sha256": "0a" * 32}, r"its digest is [0-9a-f]{64}, sha256 says (0a){32}"),
    ],
)
def test_a_map_that_does_not_fit_stops_before_any_work(folder: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^\[profile\.classifiers\.voices\] .*{message}"):
        found(settings(folder, **changes))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("config.json", {"problem_type": "multi_label_classification"}, "its labels do not exclude each other"),
        ("preprocessor_config.json", {"sampling_rate": 8000}, "it is for sound at 8000 Hz .* expected one for 16000"),
    ],
)
def test_a_model_that_is_no_classifier_of_such_sound_stops_before_any_work(
    changed: Callable[..., Path], name: str, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        found(settings(changed(name, **change)))


def test_a_file_that_is_no_json_is_named(changed: Callable[..., Path]) -> None:
    folder = changed("config.json")
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.json cannot be read"):
        found(settings(folder))


def test_weights_that_may_hold_code_must_be_pinned(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "pickled"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("model.safetensors"))
    with pytest.raises(ConfigError, match=r"there is no model\.safetensors or .*pytorch_model\.bin"):
        found(settings(copy))
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), copy / "pytorch_model.bin")
    whole = digest(digests(copy))
    with pytest.raises(ConfigError, match=f'may run code .* pin it there: sha256 = "{whole}"'):
        found(settings(copy))
    (chosen,) = found(settings(copy, sha256=whole)).classifiers
    expected = AudioClassifier(folder, "cpu").probabilities(speech(1)[None])
    assert np.array_equal(AudioClassifier(chosen.folder, "cpu").probabilities(speech(1)[None]), expected)


def test_code_in_a_folder_is_not_run_even_if_the_folder_is_trusted(changed: Callable[..., Path]) -> None:
    own = {"AutoConfig": "own.Config", "AutoModelForAudioClassification": "own.Model"}
    folder = changed("config.json", model_type="made_here", auto_map=own)
    (folder / "own.py").write_text("raise SystemExit('it was run')", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"Transformers cannot load it: .*contains custom code"):
        AudioClassifier(folder, "cpu")


def test_a_model_without_the_weights_of_a_classifier_is_none(tmp_path: Path) -> None:
    folder = tiny_models.wav2vec2(tmp_path / "letters")
    with pytest.raises(ConfigError, match=r"it lacks weights, such as classifier\.bias; is it a classifier\?"):
        AudioClassifier(folder, "cpu")


def test_a_gpu_that_is_not_there_stops_before_any_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    asked = settings(folder).model_copy(update={"device": "cuda"})
    with pytest.raises(ConfigError, match=r'^\[profile\] device is "cuda", but PyTorch finds no GPU here'):
        found(asked)


def test_checking_loads_no_library_of_models(folder: Path) -> None:
    script = (
        "import sys\nfrom curation.settings import ClassifierSettings, ProfileSettings\n"
        "from curation.taxonomy import load_taxonomy\nfrom flows.classifiers import checked\n"
        f"asked = dict(model={str(folder)!r}, attribute='gender', labels={GENDER!r}, left_out=['child'])\n"
        "settings = ProfileSettings(classifiers={'voices': ClassifierSettings(**asked)})\n"
        "assert checked(settings, load_taxonomy()).classifiers\n"
        "print({'torch', 'prefect', 'transformers'} & sys.modules.keys())"
    )
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "set()"


def test_a_process_without_classifiers_loads_neither_torch_nor_polars_nor_the_settings() -> None:
    script = (
        "import sys, flows.profiler\n"
        "print({'torch', 'transformers', 'polars', 'pydantic', 'scipy'} & sys.modules.keys())"
    )
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "set()"
