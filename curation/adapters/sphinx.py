"""Word times by forced alignment of a known English transcript with pocketsphinx and the models inside its package."""

import math
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pocketsphinx

from curation.errors import ClipError, ConfigError
from curation.services import RATE, STEP, Samples, Transcript, Word

LONGEST = 300.0  # seconds; beyond some 8 minutes the library loses its way, and memory grows by 55 MB a minute

# How much likelier the likeliest phones are than those of the words, in nats a frame: what Witt & Young (2000),
# "Phone-level pronunciation scoring", call goodness of pronunciation. At EVEN a word is as likely said as not, if a
# wrong word is as likely as a right one; SCALE is that of the logistic curve through it. In the mean of all words, 1 %
# of the right texts exceed MISFIT. Fitted to half of the speakers of speechocean762, for the former with a fifth of the
# words replaced, for the latter with and without noise and echo; tests/quality/aligned.py measures on the other half.
EVEN, SCALE = 2.40, 1.14
MISFIT = 2.80

# A narrower beam loses the path where someone speaks unclearly, which the lattice (`bestpath`) would then leave short.
_SETTINGS = {"lm": None, "bestpath": False, "beam": 1e-200, "pbeam": 1e-200, "wbeam": 1e-200}
_NATS = 1024.0  # the library's scores are shifted right by 10 bits
_PHONES = "phones"
_PEAK = 16_384  # half of full scale
_SHORTEST = 3  # frames in which a phone can be heard, one for each of its states


class _Segment(NamedTuple):
    """A stretch of frames, what is heard in it, and how much less likely that is than the likeliest state, in nats."""

    name: str
    start: int
    end: int
    cost: float


class PocketSphinx:
    """The aligner, with the folder that holds the acoustic model and the dictionary.

    `spoken` gives the words that are said for a token; `pronunciation` the phones of a word that the dictionary lacks.
    """

    def __init__(
        self, model: Path, spoken: Callable[[str], tuple[str, ...]], pronunciation: Callable[[str], str]
    ) -> None:
        self._model, self._spoken, self._pronunciation = model, spoken, pronunciation
        try:
            self._decoder = self._loaded()
        except RuntimeError as error:
            raise ConfigError(f"pocketsphinx model {model}: {error}; reinstall the package pocketsphinx") from error

    def _loaded(self) -> pocketsphinx.Decoder:
        hmm, words = str(self._model / "en-us"), str(self._model / "cmudict-en-us.dict")
        decoder = pocketsphinx.Decoder(hmm=hmm, dict=words, loglevel="FATAL", logfn=os.devnull, **_SETTINGS)
        decoder.add_allphone_file(_PHONES, None)
        return decoder

    def transcript(self, samples: Samples, known: str | None) -> Transcript:
        """Return the tokens of what is known, parted by white space, with their times.

        A token without sound has neither times nor confidence. The confidence is the probability that the word is said,
        if a wrong word is as likely as a right one. Raises ClipError `model_failed`.
        """
        tokens = (known or "").split()
        if not tokens:
            return Transcript("absent")
        words = [self._spoken(token) for token in tokens]
        if obstacle := self._obstacle(samples, words):
            return Transcript("not_aligned", detail=obstacle)
        segments = self._aligned(samples, [word for some in words for word in some])
        if not segments:
            return Transcript("not_aligned", detail="no alignment found")
        if _per_frame(segments) > MISFIT:
            return Transcript("not_aligned", detail="the text does not fit the sound")
        following = iter(segments)
        return Transcript(
            "aligned", tuple(_word(token, some, following) for token, some in zip(tokens, words, strict=True))
        )

    def _obstacle(self, samples: Samples, words: list[tuple[str, ...]]) -> str | None:
        """Return why there is nothing to align, in words that quote nothing of the transcript."""
        scripts = [script for some in words if (script := _other_script("".join(some)))]
        if scripts:
            kinds = ", ".join(sorted(set(scripts)))
            return f"{len(scripts)} of {len(words)} tokens have letters other than a to z: {kinds}"
        if not any(words):
            return "nothing in the text is spoken"
        if len(samples) > LONGEST * RATE:
            return f"longer than {LONGEST / 60:.0f} minutes"
        if not samples.any():
            return "silence"
        if len(samples) / RATE < STEP * _SHORTEST * sum(
            len(self._phones(word).split()) for some in words for word in some
        ):
            return "too short for the text"
        return None

    def _aligned(self, samples: Samples, words: list[str]) -> list[_Segment]:
        """Return where each word is and by how much other phones are likelier; none where no path is found."""
        pcm = np.rint(samples * (_PEAK / np.abs(samples).max())).astype(np.int16).tobytes()
        try:
            for word in set(words):
                if self._decoder.lookup_word(word) is None:
                    self._decoder.add_word(word, self._phones(word), update=False)
            self._decoder.set_align_text(" ".join(words))
            heard = [one for one in self._decoded(pcm) if one.name[0] not in "<["]  # neither silence nor noise
            if len(heard) != len(words):
                return []
            self._decoder.activate_search(_PHONES)
            likeliest = np.zeros(heard[-1].end)
            for phone in self._decoded(pcm):
                likeliest[phone.start : phone.end] = phone.cost / (phone.end - phone.start)
        except RuntimeError:
            self._decoder = self._loaded()  # what failed may have been left half way
            # The library's message quotes the transcript.
            raise ClipError("model_failed", f"pocketsphinx could not align {len(words)} words") from None
        return [one._replace(cost=one.cost - float(likeliest[one.start : one.end].sum())) for one in heard]

    def _decoded(self, pcm: bytes) -> list[_Segment]:
        """Return what the search in use hears in the whole sound."""
        self._decoder.reinit_feat()  # else the estimate of the noise would go on from the sound before
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        return [
            _Segment(one.word, one.start_frame, one.end_frame + 1, -_NATS * math.log(one.ascore))
            for one in self._decoder.seg() or ()
        ]

    def _phones(self, word: str) -> str:
        """Return the phones of a word, by the dictionary where it has the word or that of which it is the genitive."""
        if phones := self._decoder.lookup_word(word):
            return str(phones)
        owner = word.removesuffix("'s")
        phones = self._decoder.lookup_word(owner) or self._pronunciation(owner.replace("'", ""))
        return str(phones) if owner == word else f"{phones} Z"


def _other_script(text: str) -> str | None:
    """Return the script of the first letter that is not one of the 26 of English."""
    other = re.search("[^a-z']", text)
    return unicodedata.name(other[0], "UNKNOWN").split()[0].lower() if other else None


def _per_frame(segments: list[_Segment]) -> float:
    return sum(one.cost for one in segments) / sum(one.end - one.start for one in segments)


def _word(token: str, words: tuple[str, ...], segments: Iterator[_Segment]) -> Word:
    """Return the token as heard from the first of its words to the last; takes their segments."""
    heard = [next(segments) for _ in words]
    if not heard:
        return Word(token, None, None, None)
    confidence = 1 / (1 + math.exp((_per_frame(heard) - EVEN) / SCALE))
    return Word(token, round(heard[0].start * STEP, 2), round(heard[-1].end * STEP, 2), round(confidence, 3))
