"""Speech from text by eSpeak NG, from the library and data in the `espeakng-loader` wheel.

The library keeps the phase of its wave and of its pitch flutter from one sentence to the next, past
its own termination, and seeds its noise from the clock. So every sentence loads the library afresh
(5 ms) and sets the seed: a sentence sounds the same whatever was spoken before it.
"""

import _ctypes
import ctypes
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from curation.errors import ConfigError

SAMPLE_RATE = 22_050

# Names and values of speak_lib.h, eSpeak NG 1.52.
_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_POSITION_IN_CHARACTERS = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_LIST_TERMINATED, _WORD = 0, 1
_OK = 0

# The library takes a name for a path below its data, and reads as a voice whatever file it finds there.
_NAME = re.compile(r"([A-Za-z0-9-]+)(?:\+([A-Za-z0-9]+))?")

# While one thread has the library loaded, a second would get the same one, half way through a sentence.
_ONE_AT_A_TIME = threading.Lock()


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class Word:
    """One word and where it starts, in seconds."""

    start: float
    text: str


@dataclass(frozen=True)
class Speech:
    """Spoken text: mono samples at SAMPLE_RATE, full scale being 1, and its words in order."""

    samples: NDArray[np.float32]
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Voice:
    """One way of speaking.

    `name` is a language of eSpeak NG with an optional variant (`en-us`, `de+m1`); `pitch` and
    `pitch_range` go from 0 to 100, `words_per_minute` from 80 to 450.
    """

    name: str
    pitch: int = 50
    pitch_range: int = 50
    words_per_minute: int = 175

    def speak(self, text: str) -> Speech:
        """Return the text spoken by this voice; the same text always gives the same samples.

        Raises ConfigError for a voice or a parameter that eSpeak NG does not know.
        """
        chunks: list[NDArray[np.int16]] = []
        words: list[Word] = []

        def receive(samples: Any, count: int, events: Any) -> int:
            if count > 0:
                chunks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
            for event in _until_terminated(events):
                if event.type == _WORD:
                    first = event.text_position - 1
                    words.append(Word(event.sample / SAMPLE_RATE, text[first : first + event.length]))
            return 0

        callback = _Callback(receive)  # named, so that it outlives the synthesis
        with _ONE_AT_A_TIME, _fresh_library() as library:
            self._set_up(library)
            library.espeak_SetSynthCallback(callback)
            encoded = text.encode()
            size = ctypes.c_size_t(len(encoded) + 1)
            status = library.espeak_Synth(encoded, size, 0, _POSITION_IN_CHARACTERS, 0, _UTF8, None, None)
        if status != _OK or not words:
            raise ConfigError(f"eSpeak NG voice {self.name!r}: nothing spoken of {text!r} (status {status})")
        return Speech(np.concatenate(chunks).astype(np.float32) / np.float32(32_768), tuple(words))

    def _set_up(self, library: ctypes.CDLL) -> None:
        data = Path(espeakng_loader.get_data_path())
        name = _NAME.fullmatch(self.name)
        # Left to itself the library goes on without the variant, or with the voice before.
        variant_is_known = name is not None and (data / "voices" / "!v" / (name[2] or "")).exists()
        if not variant_is_known or library.espeak_SetVoiceByName(self.name.encode()) != _OK:
            raise ConfigError(
                f"eSpeak NG voice {self.name!r}: not found in {data}; "
                "expected a language under lang/ and, after a '+', a variant under voices/!v/"
            )
        for parameter, value in ((_RATE, self.words_per_minute), (_PITCH, self.pitch), (_RANGE, self.pitch_range)):
            if library.espeak_SetParameter(parameter, value, 0) != _OK:
                raise ConfigError(f"eSpeak NG voice {self.name!r}: parameter {parameter} refused {value}")


def _until_terminated(events: Any) -> Iterator[_Event]:
    position = 0
    while events[position].type != _LIST_TERMINATED:
        yield events[position]
        position += 1


@contextmanager
def _fresh_library() -> Iterator[ctypes.CDLL]:
    """Load the library with nothing left in it of any sentence before."""
    path = espeakng_loader.get_library_path()
    try:
        handle = _ctypes.dlopen(path, os.RTLD_NOW | os.RTLD_LOCAL)
    except OSError as error:
        raise ConfigError(f"eSpeak NG library {path}: {error}; reinstall the package espeakng-loader") from error
    library = ctypes.CDLL(path, handle=handle)
    try:
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _DO_NOT_EXIT)
        if rate != SAMPLE_RATE:
            raise ConfigError(
                f"eSpeak NG: expected {SAMPLE_RATE} Hz, found {rate}; reinstall the package espeakng-loader"
            )
        library.espeak_ng_SetRandSeed.argtypes = (ctypes.c_long,)
        library.espeak_ng_SetRandSeed(1)
        yield library
    finally:
        library.espeak_Terminate()
        _ctypes.dlclose(handle)
