"""The aligner on sentences spoken by eSpeak NG, whose own word events are the truth."""

import re
from pathlib import Path

import numpy as np
import pytest
import soxr

from curation.adapters.espeak import SAMPLE_RATE, Speech, Voice
from curation.adapters.sphinx import LONGEST, PocketSphinx
from curation.errors import ClipError, ConfigError
from curation.services import RATE, Samples, Transcript
from curation.spelling import pronunciation
from curation.spoken import spoken
from curation.weights import POCKETSPHINX, located
from flows.models import aligner

TEXT = "Seven old ladies walked slowly across the bridge."


def said(text: str, voice: str = "en-us+f1") -> Speech:
    return Voice(voice, words_per_minute=150).speak(text)


def sound(speech: Speech) -> Samples:
    return np.asarray(soxr.resample(speech.samples, SAMPLE_RATE, RATE), np.float32)


def aligned(text: str, known: str, voice: str = "en-us+f1") -> Transcript:
    return aligner().transcript(sound(said(text, voice)), known)


def test_every_word_is_found_where_it_is_said() -> None:
    speech = said(TEXT)
    found = aligner().transcript(sound(speech), TEXT)
    assert (found.status, found.detail, found.language) == ("aligned", None, None)
    assert [word.text for word in found.words] == TEXT.split()
    starts, ends = (
        [time for time in times if time is not None] for times in zip(*[w[1:3] for w in found.words], strict=True)
    )
    assert starts == pytest.approx([word.start for word in speech.words], abs=0.1)
    assert len(speech.samples) / SAMPLE_RATE - 0.3 < ends[-1] < len(speech.samples) / SAMPLE_RATE
    assert ends[:-1] == pytest.approx(starts[1:], abs=0.2)
    assert all(word.confidence is not None and 0.3 < word.confidence <= 1 for word in found.words)


def test_tokens_stay_as_written_and_one_of_several_words_spans_them() -> None:
    found = aligned("forty five old ladies, well, walked slowly", '45 OLD ladies -- "well," walked [cough] slowly…')
    assert [word.text for word in found.words] == [
        "45",
        "OLD",
        "ladies",
        "--",
        '"well,"',
        "walked",
        "[cough]",
        "slowly…",
    ]
    assert [word.text for word in found.words if word[1:] == (None, None, None)] == ["--", "[cough]"]
    number, after = found.words[:2]
    assert number.start is not None
    assert number.start < 0.1
    assert number.end is not None
    assert 0.4 < number.end < 1
    assert after.start == pytest.approx(number.end, abs=0.1)


def test_a_name_that_no_dictionary_has_is_found() -> None:
    text = "My neighbour Xanthippos's daughter waited behind Brzowski."
    assert len([word for word in aligned(text, text).words if word.confidence is not None]) == len(text.split())


@pytest.mark.parametrize("known", [None, "", "  \n"])
def test_without_a_transcript_there_is_none(known: str | None) -> None:
    assert aligner().transcript(np.zeros(RATE, np.float32), known) == Transcript("absent")


@pytest.mark.parametrize(
    ("known", "detail"),
    [
        ("Seven old дамы walked مرحبا slowly", "2 of 6 tokens have letters other than a to z: arabic, cyrillic"),
        ("— [noise] …", "nothing in the text is spoken"),
        (" ".join([TEXT] * 9), "too short for the text"),
        ("Please close the window before you leave tonight", "the text does not fit the sound|no alignment found"),
    ],
    ids=["another script", "nothing spoken", "too short", "another text"],
)
def test_what_cannot_be_aligned_says_why_and_quotes_nothing(known: str, detail: str) -> None:
    found = aligned(TEXT, known)
    assert (found.status, found.words) == ("not_aligned", ())
    assert re.fullmatch(detail, found.detail or "")


@pytest.mark.parametrize(
    ("samples", "detail"),
    [
        (np.zeros(RATE, np.float32), "silence"),
        (np.empty(0, np.float32), "silence"),
        (np.full(3, 0.1, np.float32), "too short for the text"),
        (np.zeros(round(LONGEST * RATE) + 1, np.float32), "longer than 5 minutes"),
    ],
    ids=["silent", "empty", "three samples", "long"],
)
def test_a_sound_that_cannot_hold_the_text_is_refused(samples: Samples, detail: str) -> None:
    assert aligner().transcript(samples, TEXT) == Transcript("not_aligned", detail=detail)


def test_speech_of_another_language_is_not_taken_for_english() -> None:
    text = "Der alte Mann ging langsam über die Brücke und wartete auf seine Kinder."
    assert aligned(text, text, voice="de").status == "not_aligned"


def test_a_clip_gives_the_same_whatever_was_aligned_before_it() -> None:
    text = "Old Zbrwk walked slowly with Qadirov."
    samples = sound(said(text))
    model = PocketSphinx(located(POCKETSPHINX), spoken, pronunciation)
    first = model.transcript(samples, text)
    assert first.status == "aligned"
    loud = np.random.default_rng(1).normal(0, 0.3, 2 * RATE).astype(np.float32)
    for other, known in ((sound(said(TEXT, "en-us+m3")), TEXT), (loud, "Zbrwkson Qadir old"), (samples, "дом")):
        model.transcript(other, known)
        assert model.transcript(samples, text) == first
    assert aligner().transcript(samples, text) == first


@pytest.mark.parametrize("gain", [2**-12, 4])
def test_a_sound_may_be_as_loud_as_you_like(gain: float) -> None:
    samples = sound(said(TEXT))
    assert aligner().transcript(samples * np.float32(gain), TEXT) == aligner().transcript(samples, TEXT)


def test_the_library_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    aligned(TEXT, "Seven Zbrwk " * 20)
    assert capfd.readouterr() == ("", "")


def test_a_failing_model_rejects_the_clip_quotes_nothing_and_goes_on_afterwards() -> None:
    samples = sound(said(TEXT))
    model = PocketSphinx(located(POCKETSPHINX), spoken, lambda _: "NO SUCH PHONES")
    first = model.transcript(samples, TEXT)
    with pytest.raises(ClipError, match="model_failed") as caught:
        model.transcript(samples, "Seven old Zbrwk")
    assert "Zbrwk" not in repr(caught.value) + repr(caught.value.__cause__)
    assert caught.value.__suppress_context__
    assert model.transcript(samples, TEXT) == first


def test_a_broken_model_stops_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="reinstall the package pocketsphinx"):
        PocketSphinx(tmp_path, spoken, pronunciation)
