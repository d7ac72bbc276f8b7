"""Diarization by a pipeline of pyannote.audio, of the kind of pyannote/speaker-diarization-community-1."""

import os
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.errors import ConfigError, model_failure
from curation.services import RATE, Diarization, Samples, Vectors, Voice
from curation.turns import NONE, Intervals, intersection, seconds, union

NEEDED = ("config.yaml",)

# In config.yaml `$model/x` is what lies in the pipeline's own folder.
_PART = re.compile(r"^\s+(segmentation|embedding|plda):[ \t]*[\"']?([^\"'\s#]+)", re.MULTILINE)
_OWN = "$model/"


def check(folder: Path) -> None:
    """Raise ConfigError where a part of the pipeline is not in its folder: it could be any version, or not be there."""
    for role, part in _PART.findall((folder / "config.yaml").read_text(encoding="utf-8")):
        if not part.startswith(_OWN):
            raise ConfigError(
                f"pipeline {folder}: its {role} is {part}, which is not in its folder; take a pipeline that holds all "
                "its models, such as pyannote/speaker-diarization-community-1"
            )
        if not (folder / part.removeprefix(_OWN)).exists():
            raise ConfigError(f"pipeline {folder}: there is no {part.removeprefix(_OWN)} in this folder")


class PyannotePipeline:
    """A pipeline, loaded from its folder, on `cpu` or `cuda`; loading runs code, so it must be one that is trusted.

    On one machine the answer follows from the samples alone, to the bit on a CPU: pipelines draw no random numbers.
    On a GPU, or in batches of another size, embeddings may differ in their last digits.
    """

    def __init__(self, folder: Path, device: str, batch_size: int) -> None:
        # both are read when the libraries are imported: nothing is reported, and nothing fetched
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        os.environ["HF_HUB_OFFLINE"] = "1"
        import torch

        with warnings.catch_warnings():
            # that torchcodec finds no FFmpeg, which matters to nobody who hands over samples
            warnings.simplefilter("ignore")
            from pyannote.audio import Pipeline
            from pyannote.audio.pipelines import SpeakerDiarization

            pipeline = Pipeline.from_pretrained(folder)
        if not isinstance(pipeline, SpeakerDiarization):
            raise ConfigError(f"pipeline {folder}: it is not one of speaker diarization")
        torch.set_num_threads(1)
        pipeline.segmentation_batch_size = pipeline.embedding_batch_size = batch_size
        pipeline.legacy = False
        self._torch = torch
        self._pipeline = pipeline.to(torch.device(device))

    def diarization(self, samples: Samples) -> Diarization:
        """Return who speaks when; no voice in digital silence.

        Pipelines give no probability of a second voice: it is 1 where they find one, and else 0. A voice that they
        find and do not describe has a vector of zeros.
        """
        if not samples.any():
            return Diarization((), 0.0)
        waveform = self._torch.from_numpy(samples)[None]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on means of nothing, where a speaker is never heard alone
                heard: Any = self._pipeline({"waveform": waveform, "sample_rate": RATE, "uri": "clip"})
        except (AssertionError, IndexError, RuntimeError, ValueError) as error:
            raise model_failure("pyannote.audio", error) from error
        whole = np.array([[0.0, len(samples) / RATE]])  # the last frame may reach beyond it
        labels = heard.speaker_diarization.labels()
        voices = [
            Voice(
                intersection(_turns(heard.speaker_diarization, label), whole),
                intersection(_turns(heard.exclusive_speaker_diarization, label), whole),
                vector,
            )
            for label, vector in zip(labels, _units(heard.speaker_embeddings, len(labels)), strict=True)
        ]
        voices = sorted((voice for voice in voices if len(voice.turns)), key=lambda voice: -seconds(voice.turns))
        return Diarization(tuple(voices), float(len(voices) > 1))


def _turns(annotation: Any, label: str) -> Intervals:
    turns = [(turn.start, turn.end) for turn in annotation.label_timeline(label)]
    return union(np.array(turns)) if turns else NONE


def _units(embeddings: npt.NDArray[np.floating] | None, count: int) -> Vectors:
    """Return rows of length 1; of zeros where there is no embedding."""
    if embeddings is None:
        return np.zeros((count, 0), np.float32)
    rows = np.where(np.isfinite(embeddings).all(axis=1, keepdims=True), embeddings, 0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
