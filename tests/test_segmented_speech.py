"""The embedded models as the pipeline runs them, on speech of eSpeak NG."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from curation.adapters.espeak import SAMPLE_RATE, Voice
from curation.audio import RATE, Samples, decode
from curation.hearing import Unheard
from curation.settings import SegmentSettings
from curation.sounds import ID_LENGTH
from flows.models import checked, heard

HIS = "The river rose in the night and the lower meadow was a lake by the morning."
HERS = "Nobody could say how long it would last, so we carried the chairs upstairs."


@cache
def said(voice: str, text: str) -> Samples:
    return np.asarray(0.3 * soxr.resample(Voice(voice).speak(text).samples, SAMPLE_RATE, RATE), np.float32)


def written(folder: Path, name: str, sound: Samples, transcript: str | None) -> Unheard:
    path = folder / f"{name}.wav"
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    return Unheard(str(path), decode(path, 60).sha256[:ID_LENGTH], transcript, 60)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Unheard]:
    folder = tmp_path_factory.mktemp("clips")
    his, hers = said("en-us+m3", HIS), said("en-us+f2", HERS)
    pause = np.zeros(RATE // 2, np.float32)
    dialogue = np.concatenate([his, pause, hers, pause, his])
    noise = 1e-3 * np.random.default_rng(1).normal(size=2 * RATE)
    return {
        "his": written(folder, "his", his, HIS),
        "dialogue": written(folder, "dialogue", dialogue, f"{HIS} {HERS} {HIS}"),
        "untold": written(folder, "untold", hers, None),
        "noise": written(folder, "noise", np.asarray(noise, np.float32), None),
    }


def row_of(clip: Unheard) -> dict[str, Any]:
    return heard(checked(SegmentSettings()), clip)


def test_turns_words_and_voices_of_a_dialogue(clips: dict[str, Unheard]) -> None:
    row = row_of(clips["dialogue"])
    assert row["second_voice"] > 0.5
    assert [len(voice["vector"]) for voice in row["voices"]] == [256, 256]
    assert row["transcription"] == "aligned"
    speakers = [word["voice"] for word in row["words"]]
    count = len(HIS.split())
    assert speakers[2 : count - 2] == [1] * (count - 4)
    assert speakers[count + 2 : -count - 2] == [2] * (len(HERS.split()) - 4)


def test_where_the_source_has_no_transcript_there_is_none(clips: dict[str, Unheard]) -> None:
    row = row_of(clips["untold"])
    assert (row["transcription"], row["words"]) == ("absent", [])
    assert len(row["voices"]) == 1


def test_in_noise_nobody_speaks(clips: dict[str, Unheard]) -> None:
    row = row_of(clips["noise"])
    assert (row["speech_seconds"], row["voices"], row["second_voice"]) == (0.0, [], 0.0)


def test_what_was_heard_before_changes_nothing_to_the_bit(clips: dict[str, Unheard]) -> None:
    alone = {name: row_of(clip) for name, clip in clips.items()}
    for name in reversed(list(clips)):
        assert row_of(clips[name]) == alone[name]
