from pathlib import Path

import numpy as np
import pytest

from curation.errors import ClipError, model_failure
from curation.hearing import Unheard, speaker_of
from curation.services import Voice, Word
from curation.settings import SegmentSettings
from curation.turns import Intervals
from flows.models import checked
from tests.fake_models import heard


def voice(*turns: tuple[float, float]) -> Voice:
    exclusive: Intervals = np.array(turns, float).reshape(-1, 2)
    return Voice(exclusive, exclusive, np.ones(1, np.float32))


VOICES = (voice((0, 2), (5, 6)), voice((2.5, 4.5)))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0.5, 1.0, 1),
        (3.0, 3.5, 2),
        (1.9, 2.8, 2),  # more of it
        (1.0, 3.0, 1),
        (2.1, 2.4, None),
        (7.0, 8.0, None),
        (None, None, None),
    ],
)
def test_a_word_is_said_by_the_voice_whose_exclusive_turns_hold_most_of_it(
    start: float | None, end: float | None, expected: int | None
) -> None:
    assert speaker_of(Word("word", start, end, 0.5), VOICES) == expected


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB", "out_of_memory"),
        ("[enforce fail] DefaultCPUAllocator: can't allocate memory", "out_of_memory"),
        ("mat1 and mat2 shapes cannot be multiplied", "model_failed"),
    ],
)
def test_memory_that_is_not_there_may_be_there_later(message: str, reason: str) -> None:
    assert model_failure("whisperx", RuntimeError(message)).reason == reason


def test_a_file_that_decodes_no_more_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF, and no more of it")
    with pytest.raises(ClipError, match="changed: "):
        heard(checked(SegmentSettings()), Unheard(str(path), "c" * 32, None, 60))


def test_where_no_voice_is_heard_nobody_says_a_word() -> None:
    assert speaker_of(Word("word", 0.5, 1.0, 0.5), ()) is None
