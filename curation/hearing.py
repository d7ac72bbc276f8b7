"""What a child process does with one clip: hear who speaks when, and what is said.

Nothing here imports polars: the children that hold models stay small.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from curation.errors import ClipError, model_failure
from curation.services import Diarizer, Transcriber, Transcript, Voice, Word
from curation.sounds import samples_of
from curation.turns import Intervals, intersection, seconds, union

VERSION = 1  # raised when this code, or that which puts the embedded models' answers together, concludes something else


class Unheard(NamedTuple):
    """A clip that models are to hear, the file that holds it, and what its source says was said."""

    path: str
    clip_id: str
    known_transcript: str | None
    max_seconds: float


def hear(clip: Unheard, diarizer: Diarizer, transcriber: Transcriber) -> dict[str, object]:
    """Return the fields of records.SEGMENTED that follow from the sound and the transcript.

    Raises ClipError `changed` where the file no longer holds the clip, `model_failed` and `out_of_memory`.
    """
    try:
        samples = samples_of(clip.path, clip.clip_id, clip.max_seconds)
    except ClipError as error:  # it could be decoded once
        raise ClipError("changed", error.detail) from error
    try:
        found = diarizer.diarization(samples)
        transcript = transcriber.transcript(samples, clip.known_transcript)
    except RuntimeError as error:
        raise model_failure("embedded models", error) from error
    return {
        "speech_seconds": seconds(union(*(voice.turns for voice in found.voices))),
        "second_voice": found.second_voice,
        "voices": [_voice(voice) for voice in found.voices],
        "alternative_voices": [_voice(voice) for voice in found.alternative],
        **_said(transcript, found.voices),
    }


def _voice(voice: Voice) -> dict[str, object]:
    return {
        "speech_seconds": seconds(voice.turns),
        "turns": _turns(voice.turns),
        "exclusive_turns": _turns(voice.exclusive),
        "vector": voice.vector.tolist(),
    }


def _turns(turns: Intervals) -> list[dict[str, float]]:
    return [{"start_seconds": start, "end_seconds": end} for start, end in turns.tolist()]


def _said(transcript: Transcript, voices: Sequence[Voice]) -> dict[str, object]:
    return {
        "transcription": transcript.status,
        "transcription_detail": transcript.detail,
        "language": transcript.language,
        "language_probability": transcript.language_probability,
        "words": [
            {
                "text": word.text,
                "start_seconds": word.start,
                "end_seconds": word.end,
                "confidence": word.confidence,
                "voice": speaker_of(word, voices),
            }
            for word in transcript.words
        ],
    }


def speaker_of(word: Word, voices: Sequence[Voice]) -> int | None:
    """Return the place, from 1, of the voice whose exclusive turns hold most of a word; None where none holds any."""
    if word.start is None or word.end is None or not voices:
        return None
    lasts = np.array([[word.start, word.end]])
    held = [seconds(intersection(voice.exclusive, lasts)) for voice in voices]
    best = int(np.argmax(held))
    return best + 1 if held[best] > 0 else None
