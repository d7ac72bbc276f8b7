"""The adapter of whisperx: its real loading and inference code, with small models made here."""

import socket
from pathlib import Path

import numpy as np
import pytest

from curation.adapters.whisper import Alignment, Whisper
from curation.errors import ClipError, ConfigError
from curation.services import RATE, Samples, Transcript
from tests import tiny_models

SCRIPT = "Hello there. It is 42."


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Return 6 s: silence, and then speech."""
    return np.concatenate([np.zeros(2 * RATE, np.float32), tiny_models.conversation(7, 11)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.whisper(tmp_path_factory.mktemp("models") / "whisper", SCRIPT, "en")


@pytest.fixture(scope="module")
def alignment(tmp_path_factory: pytest.TempPathFactory) -> Alignment:
    return Alignment(tiny_models.wav2vec2(tmp_path_factory.mktemp("models") / "wav2vec2"), "en")


@pytest.fixture(scope="module")
def detecting(folder: Path, alignment: Alignment) -> Whisper:
    return Whisper(folder, alignment, None, "cpu", "int8", batch_size=8)


def texts(transcript: Transcript) -> list[str]:
    return [word.text for word in transcript.words]


def test_words_are_recognised_and_have_times_where_speech_is_without_a_network(
    detecting: Whisper, speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a network was used")

    monkeypatch.setattr(socket.socket, "connect", refused)
    found = detecting.transcript(speech, None)
    assert found.status == "recognised"
    assert texts(found) == SCRIPT.split()
    assert found.language == "en"
    assert found.language_probability is not None
    assert 0 < found.language_probability <= 1
    assert found.detail is None
    times = [time for word in found.words for time in (word.start, word.end) if time is not None]
    assert len(times) == 2 * len(found.words)
    assert times == sorted(times)
    assert times[0] > 1.9
    assert times[-1] <= len(speech) / RATE
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in found.words)


def test_what_the_source_says_was_said_makes_no_difference(detecting: Whisper, speech: Samples) -> None:
    assert detecting.transcript(speech, "Something else.") == detecting.transcript(speech, None)


def test_a_sound_gives_the_same_to_the_bit_whatever_was_heard_before_it(detecting: Whisper, speech: Samples) -> None:
    first = detecting.transcript(speech, None)
    assert detecting.transcript(speech[3 * RATE :], None).words != first.words
    assert detecting.transcript(speech, None) == first


def test_where_nobody_speaks_there_are_no_words_and_no_language(detecting: Whisper) -> None:
    noise = np.random.default_rng(0).normal(0, 1e-4, 2 * RATE).astype(np.float32)
    for silence in (np.empty(0, np.float32), np.zeros(2 * RATE, np.float32), noise):
        assert detecting.transcript(silence, None) == Transcript("recognised")


@pytest.mark.parametrize("samples", [1, 100, 400, 1_600])
def test_a_sound_may_be_as_short_as_you_like(detecting: Whisper, speech: Samples, samples: int) -> None:
    found = detecting.transcript(speech[3 * RATE : 3 * RATE + samples], None)
    assert texts(found) in ([], SCRIPT.split())


def test_words_that_cannot_be_aligned_are_kept_without_times_and_counted(detecting: Whisper, speech: Samples) -> None:
    # in so short a sound there are fewer frames than letters
    found = detecting.transcript(speech[3 * RATE : 3 * RATE + 3_200], None)
    assert texts(found) == SCRIPT.split()
    assert {(word.start, word.end, word.confidence) for word in found.words} == {(None, None, None)}
    assert found.detail == "no times: 5 of 5 words"


def test_words_of_another_language_than_the_alignment_s_have_no_times(
    folder: Path, alignment: Alignment, speech: Samples
) -> None:
    found = Whisper(folder, alignment, "de", "cpu", "int8", batch_size=1).transcript(speech, None)
    assert texts(found) == SCRIPT.split()
    assert all(word.start is None for word in found.words)
    assert (found.language, found.language_probability) == ("de", None)
    assert found.detail == "no times: the wav2vec2 model is for en, the words are de"


def test_without_a_model_that_aligns_words_have_no_times(folder: Path, speech: Samples) -> None:
    found = Whisper(folder, None, "en", "cpu", "float32", batch_size=8).transcript(speech, None)
    assert texts(found) == SCRIPT.split()
    assert all(word.start is None for word in found.words)
    assert found.detail == "no times: no wav2vec2 model is set"


def test_a_model_that_says_nothing_has_no_words(tmp_path: Path, speech: Samples) -> None:
    silent = Whisper(tiny_models.whisper(tmp_path / "silent", "", "en"), None, None, "cpu", "int8", batch_size=8)
    assert silent.transcript(speech, None) == Transcript("recognised")


@pytest.mark.parametrize("error", [RuntimeError("a shape that nobody expects"), ValueError("no such token")])
def test_what_the_library_fails_on_is_one_clip(
    detecting: Whisper, speech: Samples, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(detecting, "_align", failing)
    with pytest.raises(ClipError, match=f"model_failed: whisperx: {error}"):
        detecting.transcript(speech, None)


def test_what_is_no_model_stops_before_any_clip(tmp_path: Path, folder: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[: 1000 if path.name == "model.bin" else None])
    with pytest.raises(ConfigError, match="whisperx cannot load it"):
        Whisper(tmp_path, None, None, "cpu", "int8", batch_size=8)
