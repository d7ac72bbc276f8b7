import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from curation.adapters.espeak import SAMPLE_RATE, Voice
from curation.errors import ConfigError

TEXT = "The quick brown fox, met the lazy dog."


@pytest.mark.parametrize("name", ["en", "en-us+m3", "en-gb-x-rp+f2", "de+m1", "hi+f2", "cmn+f3"])
def test_a_voice_speaks(name: str) -> None:
    speech = Voice(name).speak(TEXT)
    assert speech.samples.dtype == np.float32
    assert 1.5 < speech.samples.size / SAMPLE_RATE < 6.0
    assert 0.1 < np.abs(speech.samples).max() <= 1.0


def test_every_word_has_its_start() -> None:
    speech = Voice("en-us").speak(TEXT)
    assert [word.text for word in speech.words] == ["The", "quick", "brown", "fox", "met", "the", "lazy", "dog"]
    starts = [word.start for word in speech.words]
    assert starts == sorted(set(starts))
    assert starts[-1] < speech.samples.size / SAMPLE_RATE


def test_words_of_any_script_are_found_in_the_text() -> None:
    assert [word.text for word in Voice("ru").speak("Сегодня хорошая погода.").words] == [
        "Сегодня",
        "хорошая",
        "погода",
    ]


# f2 breathes: its noise is random.
@pytest.mark.parametrize("name", ["en-us+m3", "en-us+f2", "de"])
def test_a_sentence_sounds_the_same_whatever_was_spoken_before(name: str) -> None:
    voice = Voice(name)
    first = voice.speak(TEXT)
    for other in ("ru+f5", "en-us+croak"):
        Voice(other, pitch=80, words_per_minute=220).speak("Something else altogether, and longer than before.")
    again = voice.speak(TEXT)
    assert np.array_equal(first.samples, again.samples)
    assert first.words == again.words


def test_a_sentence_sounds_the_same_in_another_process() -> None:
    script = (
        "import sys; from curation.adapters.espeak import Voice; "
        f"sys.stdout.buffer.write(Voice('en-us+f2').speak({TEXT!r}).samples.tobytes())"
    )
    root = Path(__file__).parents[1]
    finished = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=True)
    assert finished.stdout == Voice("en-us+f2").speak(TEXT).samples.tobytes()


def test_threads_do_not_speak_into_each_other() -> None:
    voices = [Voice("en-us+m3"), Voice("de+f2"), Voice("ru")] * 8
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda voice: voice.speak(TEXT).samples, voices))
    assert all(
        np.array_equal(samples, voice.speak(TEXT).samples) for voice, samples in zip(voices, together, strict=True)
    )


@pytest.mark.parametrize(
    "voice",
    [Voice("en-us+m4"), Voice("en-us+f1"), Voice("de"), Voice("en-us", pitch=80), Voice("en-us", pitch_range=90)],
)
def test_voices_differ(voice: Voice) -> None:
    plain, other = Voice("en-us").speak(TEXT).samples, voice.speak(TEXT).samples
    shorter = min(plain.size, other.size)
    assert not np.allclose(plain[:shorter], other[:shorter], atol=0.05)


def test_a_faster_voice_is_done_sooner() -> None:
    slow, fast = (Voice("en-us", words_per_minute=rate).speak(TEXT).samples.size for rate in (120, 240))
    assert fast < 0.7 * slow


# A path to another of the library's files would be read as a variant.
@pytest.mark.parametrize("name", ["en-gb", "xx", "", "en-us+m9", "en-us+", "en-us+../../en_dict", "en-us+m1+m2"])
def test_an_unknown_voice_is_an_error_that_names_it(name: str) -> None:
    Voice("en-us").speak(TEXT)
    with pytest.raises(ConfigError, match="not found") as caught:
        Voice(name).speak(TEXT)
    assert repr(name) in str(caught.value)


def test_a_text_without_anything_to_speak_is_an_error() -> None:
    with pytest.raises(ConfigError, match="nothing spoken of ''"):
        Voice("en-us").speak("")


def test_a_missing_library_is_an_error_that_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: "/nowhere/libespeak-ng.so")
    with pytest.raises(ConfigError, match=r"/nowhere/libespeak-ng\.so.* reinstall the package espeakng-loader"):
        Voice("en-us").speak(TEXT)


def test_missing_voices_are_an_error_that_names_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(tmp_path))
    with pytest.raises(ConfigError, match="reinstall the package espeakng-loader"):
        Voice("en-us").speak(TEXT)
