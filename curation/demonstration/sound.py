"""From a recording in the script to the bytes of its file."""

import io
import wave
import zlib

import numpy as np
from numpy.typing import NDArray

from curation.adapters import pyav
from curation.adapters.espeak import SAMPLE_RATE, Voice
from curation.demonstration.script import Fault, Format, Recording, Script

Samples = NDArray[np.float32]

# eSpeak NG speaks close to full scale; this leaves room for a copy 6 dB louder.
GAIN = 0.4
# A room is never silent: -66 dBFS.
NOISE = 0.0005
# The right microphone stands further away.
RIGHT_GAIN = 0.7

SHORT_SECONDS = 0.2


def cast(script: Script) -> dict[str, Voice]:
    """Return the voice of every speaker, by id."""
    return {
        speaker.id: Voice(speaker.voice, pitch=speaker.pitch, words_per_minute=speaker.words_per_minute)
        for speaker in script.speakers
    }


def file_bytes(recording: Recording, voices: dict[str, Voice]) -> bytes:
    """Return the file of a recording, spoken by the voices that `cast` returns."""
    if recording.fault == "text":
        return b"This file was meant to be a recording. The recorder was never switched on.\n"
    if recording.fault == "empty":
        return b""
    if recording.fault == "no frames":
        return _no_frames(recording.format.rate)
    sound = _in_room(recording, voices)
    sound = sound[:, round(recording.starts_at * SAMPLE_RATE) :] * np.float32(10 ** (recording.gain_db / 20))
    encoded = _encoded(_spoilt(sound, recording.fault), _format(recording))
    return encoded[: len(encoded) // 2] if recording.fault == "truncated" else encoded


def _in_room(recording: Recording, voices: dict[str, Voice]) -> Samples:
    """Return the turns as the microphones hear them, the same for every copy of the same lines."""
    speech = _turns(recording, voices) * np.float32(GAIN)
    # The seed is what is said and by whom, so that a copy holds the noise of its original wherever it is filed.
    generator = np.random.default_rng(zlib.crc32(repr(recording.lines).encode()))
    gains = [1.0, RIGHT_GAIN][: recording.format.channels]
    noise = generator.normal(0.0, NOISE, (len(gains), speech.size))
    return (np.outer(gains, speech) + noise).astype(np.float32)


def _turns(recording: Recording, voices: dict[str, Voice]) -> Samples:
    """Return all lines in one track, each a pause after the one before."""
    spoken = [voices[line.speaker].speak(line.text).samples for line in recording.lines]
    pause = round(recording.pause * SAMPLE_RATE)
    track = np.zeros(sum(turn.size for turn in spoken) + max(pause, 0) * len(spoken), dtype=np.float32)
    start = end = 0
    for turn in spoken:
        end = start + turn.size
        track[start:end] += turn
        start = end + pause
    return track[:end]


def _spoilt(sound: Samples, fault: Fault | None) -> Samples:
    if fault == "silence":
        return np.zeros_like(sound)
    if fault == "short":
        return sound[:, : round(SHORT_SECONDS * SAMPLE_RATE)]
    if fault == "not a number":
        spoilt = sound.copy()
        spoilt[:, sound.shape[1] // 3 : sound.shape[1] // 2] = np.nan
        return spoilt
    return sound


def _format(recording: Recording) -> Format:
    """Return the recording's format; only floating point holds what is not a number."""
    if recording.fault == "not a number":
        return recording.format.model_copy(update={"codec": "pcm_f32le", "rate": SAMPLE_RATE})
    return recording.format


def _encoded(sound: Samples, form: Format) -> bytes:
    return pyav.encode(
        sound,
        SAMPLE_RATE,
        extension=form.extension.lower(),
        codec=form.codec,
        to_rate=form.rate,
        bit_rate=form.bit_rate,
    )


def _no_frames(rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as header:
        header.setnchannels(1)
        header.setsampwidth(2)
        header.setframerate(rate)
    return file.getvalue()
