"""Transcription by whisperx: a Whisper model recognises words, a wav2vec2 model says when each is said."""

import logging
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import ConfigError, model_failure
from curation.services import RATE, Samples, Transcript, Word

NEEDED = ("config.json", "model.bin", "tokenizer.json")
NEEDED_FOR_ALIGNMENT = ("config.json", "preprocessor_config.json", "vocab.json", "model.safetensors|pytorch_model.bin")


class Alignment(NamedTuple):
    """Where a wav2vec2 model lies, and whose letters it knows."""

    folder: Path
    language: str


class _Undivided:
    """Takes every text for one sentence.

    whisperx would download models of NLTK to group words by sentences, which nobody asks for here.
    """

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [(0, len(text))]


class Whisper:
    """A faster-whisper model with the wav2vec2 model of one language, loaded from their folders, on `cpu` or `cuda`.

    Without a `language` it is detected from the first 30 s of each sound. Speech is found by the model that comes with
    whisperx. On one machine the answer follows from the samples alone: nothing is drawn at random.
    """

    def __init__(
        self,
        folder: Path,
        alignment: Alignment | None,
        language: str | None,
        device: str,
        compute_type: str,
        batch_size: int,
    ) -> None:
        # both are read when the libraries are imported: nothing is reported, and nothing fetched
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        os.environ["HF_HUB_OFFLINE"] = "1"
        import torch

        with warnings.catch_warnings():
            # that torchcodec finds no FFmpeg, which matters to nobody who hands over samples; of Lightning, old formats
            warnings.simplefilter("ignore")
            import whisperx
            import whisperx.alignment

            whisperx.setup_logging("error")
            logging.getLogger("lightning.pytorch.utilities.migration.utils").setLevel(logging.WARNING)
            whisperx.alignment.nltk_load = lambda _: _Undivided()
            try:
                self._model = whisperx.load_model(
                    str(folder), device, compute_type=compute_type, language=language, threads=1, local_files_only=True
                )
                if alignment is not None:
                    self._aligner, self._letters = whisperx.load_align_model(
                        alignment.language, device, str(alignment.folder), model_cache_only=True
                    )
            except (RuntimeError, ValueError) as error:
                raise ConfigError(f"model {folder}: whisperx cannot load it: {error}") from error
        torch.set_num_threads(1)
        self._align = whisperx.align
        self._alignment = alignment
        self._language = language
        self._device = device
        self._batch_size = batch_size

    def transcript(self, samples: Samples, known: str | None) -> Transcript:
        """Return the words as recognised: what the source says was said makes no difference.

        Words in another language than the wav2vec2 model's, and those that it cannot align, have no times. A word's
        confidence is that of its alignment.
        """
        del known
        if not samples.any():
            return Transcript("recognised")
        length = len(samples) / RATE
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                language, probability = self._spoken(samples)
                heard = self._model.transcribe(samples, batch_size=self._batch_size, language=language)["segments"]
                # the last window in which speech is found may reach beyond the end
                segments = [{**segment, "end": min(segment["end"], length)} for segment in heard]
                words, detail = self._timed(segments, samples, language)
        except (AssertionError, IndexError, RuntimeError, ValueError) as error:
            raise model_failure("whisperx", error) from error
        if not words:
            return Transcript("recognised")
        return Transcript("recognised", words, language, probability, detail)

    def _spoken(self, samples: Samples) -> tuple[str, float | None]:
        """Return the language, and how sure it is where it is detected."""
        if self._language is not None:
            return self._language, None
        if not self._model.model.model.is_multilingual:
            return "en", None
        language, probability, _ = self._model.model.detect_language(samples)
        return language, probability

    def _timed(
        self, segments: list[dict[str, Any]], samples: Samples, language: str
    ) -> tuple[tuple[Word, ...], str | None]:
        """Return the words of all segments, with times where there are any, and why there are none."""
        if self._alignment is None:
            detail = "no times: no wav2vec2 model is set"
        elif self._alignment.language != language:
            detail = f"no times: the wav2vec2 model is for {self._alignment.language}, the words are {language}"
        else:
            aligned = self._align(segments, self._aligner, self._letters, samples, self._device)["segments"]
            words = [
                word
                for segment, timed in zip(segments, aligned, strict=True)
                for word in [_word(each) for each in timed["words"]] or _untimed(segment)
            ]
            untimed = sum(word.start is None for word in words)
            return tuple(words), f"no times: {untimed} of {len(words)} words" if untimed else None
        return tuple(word for segment in segments for word in _untimed(segment)), detail


def _word(found: Mapping[str, Any]) -> Word:
    # without a score its times are those of a neighbour
    if "score" not in found:
        return Word(found["word"], None, None, None)
    return Word(found["word"], float(found["start"]), float(found["end"]), float(found["score"]))


def _untimed(segment: Mapping[str, str]) -> list[Word]:
    return [Word(text, None, None, None) for text in segment["text"].split()]
