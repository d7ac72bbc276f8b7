"""The adapter of pyannote.audio's pipelines: its real loading and inference code, with small models made here."""

import socket
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from curation.adapters.pyannote_pipeline import PyannotePipeline, check
from curation.errors import ClipError, ConfigError
from curation.services import RATE, Samples
from tests import tiny_models


@pytest.fixture(scope="module")
def speech() -> Samples:
    return tiny_models.conversation(7, 13)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.pipeline(tmp_path_factory.mktemp("pipeline") / "diarization")


@pytest.fixture(scope="module")
def diarizer(folder: Path) -> PyannotePipeline:
    return PyannotePipeline(folder, "cpu", batch_size=8)


def test_a_pipeline_in_a_folder_says_who_speaks_when_without_a_network(
    diarizer: PyannotePipeline, speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a network was used")

    monkeypatch.setattr(socket.socket, "connect", refused)
    found = diarizer.diarization(speech)
    assert found.voices
    assert found.second_voice == float(len(found.voices) > 1)
    first = found.voices[0]
    assert first.vector.shape == (tiny_models.DIMENSION,)
    assert first.vector.dtype == np.float32
    assert np.linalg.norm(first.vector) == pytest.approx(1, abs=1e-6)
    for voice in found.voices:
        assert 0 <= voice.turns.min() <= voice.turns.max() <= len(speech) / RATE


def test_a_sound_gives_the_same_to_the_bit_whatever_was_heard_before_it(
    diarizer: PyannotePipeline, speech: Samples
) -> None:
    first = diarizer.diarization(speech)
    diarizer.diarization(speech[: 2 * RATE])
    again = diarizer.diarization(speech)
    assert len(again.voices) == len(first.voices)
    for one, other in zip(first.voices, again.voices, strict=True):
        assert np.array_equal(one.turns, other.turns)
        assert np.array_equal(one.exclusive, other.exclusive)
        assert np.array_equal(one.vector, other.vector)


def test_in_digital_silence_and_in_no_sound_there_is_no_voice(diarizer: PyannotePipeline) -> None:
    for silence in (np.zeros(3 * RATE, np.float32), np.empty(0, np.float32)):
        found = diarizer.diarization(silence)
        assert (found.voices, found.second_voice) == ((), 0.0)


@pytest.mark.parametrize("samples", [1, 100, 800, 8_000])
def test_a_sound_may_be_as_short_as_you_like(diarizer: PyannotePipeline, speech: Samples, samples: int) -> None:
    for voice in diarizer.diarization(speech[:samples]).voices:
        assert voice.turns.max() <= samples / RATE


def annotation(turns: Mapping[str, list[tuple[float, float]]]) -> Annotation:
    found = Annotation()
    for label, segments in turns.items():
        for number, segment in enumerate(segments):
            found[Segment(*segment), f"{label}{number}"] = label
    return found


def heard(monkeypatch: pytest.MonkeyPatch, diarizer: PyannotePipeline, **answer: Any) -> None:
    """Let the pipeline give an answer, in the types of pyannote.core."""
    monkeypatch.setattr(diarizer, "_pipeline", lambda _: SimpleNamespace(**answer))


def test_voices_come_with_overlap_without_it_and_with_their_own_vectors_most_speech_first(
    diarizer: PyannotePipeline, speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard(
        monkeypatch,
        diarizer,
        speaker_diarization=annotation({"A": [(0.5, 1.0)], "B": [(0.75, 3.0), (2.5, 3.5), (5.0, 6.1)]}),
        exclusive_speaker_diarization=annotation({"A": [(0.5, 0.8)], "B": [(0.8, 3.5), (5.0, 6.1)]}),
        speaker_embeddings=np.array([[0.0, 3.0], [4.0, 0.0]]),
    )
    found = diarizer.diarization(speech)
    assert [voice.vector.tolist() for voice in found.voices] == [[1, 0], [0, 1]]
    assert [voice.turns.tolist() for voice in found.voices] == [[[0.75, 3.5], [5, 6]], [[0.5, 1]]]
    assert [voice.exclusive.tolist() for voice in found.voices] == [[[0.8, 3.5], [5, 6]], [[0.5, 0.8]]]
    assert found.second_voice == 1.0


@pytest.mark.parametrize(
    ("embeddings", "expected"),
    [([[np.nan, 3], [0, 2]], [[0, 0], [0, 1]]), ([[0, 0], [0, 2]], [[0, 0], [0, 1]]), (None, [[], []])],
    ids=["not a number", "zero", "none at all"],
)
def test_a_voice_that_the_pipeline_does_not_describe_has_a_vector_of_zeros_and_keeps_its_turns(
    diarizer: PyannotePipeline,
    speech: Samples,
    monkeypatch: pytest.MonkeyPatch,
    embeddings: list[list[float]] | None,
    expected: list[list[float]],
) -> None:
    turns = annotation({"A": [(0, 2)], "B": [(1, 2)]})
    heard(
        monkeypatch,
        diarizer,
        speaker_diarization=turns,
        exclusive_speaker_diarization=annotation({"A": [(0, 2)]}),
        speaker_embeddings=None if embeddings is None else np.array(embeddings),
    )
    found = diarizer.diarization(speech)
    assert [voice.vector.tolist() for voice in found.voices] == expected
    assert [voice.exclusive.tolist() for voice in found.voices] == [[[0, 2]], []]


@pytest.mark.parametrize("error", [RuntimeError("a shape that nobody expects"), ValueError("not enough speakers")])
def test_what_the_library_fails_on_is_one_clip(
    diarizer: PyannotePipeline, speech: Samples, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def failing(_: object) -> None:
        raise error

    monkeypatch.setattr(diarizer, "_pipeline", failing)
    with pytest.raises(ClipError, match=f"model_failed: pyannote.audio: {error}"):
        diarizer.diarization(speech)


def test_a_pipeline_that_holds_all_its_parts_is_fit(folder: Path) -> None:
    check(folder)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("$model/segmentation", "pyannote/segmentation-3.0", "its segmentation is pyannote/segmentation-3.0, which is"),
        ("$model/embedding", '"/models/embedding"', "its embedding is /models/embedding, which is not in its folder"),
        ("$model/plda", "$model/lost", "there is no lost in this folder"),
    ],
)
def test_a_pipeline_that_needs_what_is_not_in_its_folder_is_refused(
    tmp_path: Path, folder: Path, before: str, after: str, message: str
) -> None:
    for part in ("segmentation", "embedding", "plda"):
        (tmp_path / part).symlink_to(folder / part)
    (tmp_path / "config.yaml").write_text(tiny_models.PIPELINE.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        check(tmp_path)


def test_a_pipeline_of_another_kind_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "segmentation").symlink_to(folder / "segmentation")
    (tmp_path / "config.yaml").write_text(
        "pipeline:\n  name: pyannote.audio.pipelines.VoiceActivityDetection\n"
        "  params:\n    segmentation: $model/segmentation\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="it is not one of speaker diarization"):
        PyannotePipeline(tmp_path, "cpu", batch_size=8)
