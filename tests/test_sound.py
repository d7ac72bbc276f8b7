import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from curation.demonstration.script import Fault, Format, Line, Recording, load
from curation.demonstration.sound import cast, file_bytes

FORMAT = Format(extension="wav", codec="pcm_f32le", rate=22_050)
VOICES = cast(load())
GREETING = Line("D01", "Good morning to all of you.")
ANSWER = Line("D02", "And a good morning to you, too.")


def recording(
    *lines: Line,
    form: Format = FORMAT,
    pause: float = 0.0,
    gain_db: float = 0.0,
    starts_at: float = 0.0,
    fault: Fault | None = None,
) -> Recording:
    return Recording("a.wav", "D01", "2020", lines or (GREETING,), form, pause, gain_db, starts_at, fault)


def sound(made: Recording) -> NDArray[np.float32]:
    data, _ = soundfile.read(io.BytesIO(file_bytes(made, VOICES)), dtype="float32", always_2d=True)
    return np.asarray(data.T, dtype=np.float32)


def test_a_recording_is_never_silent_and_never_clipped() -> None:
    samples = sound(recording())
    assert np.abs(samples).max() < 0.5
    assert not (samples == 0).any()


def test_a_louder_copy_holds_the_same_sound() -> None:
    assert np.allclose(sound(recording(gain_db=6)), sound(recording()) * 10 ** (6 / 20), atol=1e-6)


def test_a_trimmed_copy_holds_the_rest_of_the_sound() -> None:
    assert np.array_equal(sound(recording(starts_at=0.5)), sound(recording())[:, 11_025:])


def test_two_microphones_hear_one_speaker_differently() -> None:
    left, right = sound(recording(form=FORMAT.model_copy(update={"channels": 2})))
    assert np.abs(right).max() == pytest.approx(0.7 * np.abs(left).max(), rel=0.02)
    assert not np.array_equal(right, left * 0.7)


@pytest.mark.parametrize("pause", [0.5, 0.0, -0.4])
def test_a_pause_lies_between_two_turns(pause: float) -> None:
    first, second = (sound(recording(line)).shape[1] for line in (GREETING, ANSWER))
    together = sound(recording(GREETING, ANSWER, pause=pause)).shape[1]
    assert together == first + second + round(pause * 22_050)


@pytest.mark.parametrize("fault", ["text", "empty"])
def test_a_file_that_is_no_recording_cannot_be_opened(fault: Fault) -> None:
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.info(io.BytesIO(file_bytes(recording(fault=fault), VOICES)))


def test_a_truncated_file_declares_more_than_it_holds() -> None:
    whole, cut = (file_bytes(recording(fault=fault), VOICES) for fault in (None, "truncated"))
    assert cut == whole[: len(whole) // 2]


def test_a_file_without_frames_has_a_header() -> None:
    assert soundfile.info(io.BytesIO(file_bytes(recording(fault="no frames"), VOICES))).frames == 0


def test_a_file_with_no_numbers_in_it_is_otherwise_whole() -> None:
    samples = sound(recording(fault="not a number", form=Format(extension="wav", codec="pcm_s16le", rate=16_000)))
    assert 0.1 < np.isnan(samples).mean() < 0.2


def test_silence_is_digital() -> None:
    assert not sound(recording(fault="silence")).any()


def test_a_short_file_lasts_a_fifth_of_a_second() -> None:
    assert sound(recording(fault="short")).shape[1] == 4_410
