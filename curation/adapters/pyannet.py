"""PyanNet segmentation by pyannote.audio: in windows of 5 s, which of three local speakers is active."""

import logging
import os
import warnings
from pathlib import Path

import numpy as np

from curation.errors import ConfigError
from curation.services import RATE, STEP, Activity, Samples

WINDOW = 5.0  # seconds, as the model was trained
HOP = 1.25
_BATCH = 4  # windows; more are slower on a CPU


class PyanNet:
    """The model, loaded from a checkpoint of pyannote.audio whose outputs are independent speakers, not a powerset.

    Loading unpickles the file, so it must be one that is trusted.
    """

    def __init__(self, checkpoint: Path) -> None:
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # read when pyannote.audio is imported
        import torch

        with warnings.catch_warnings():
            # that torchcodec finds no FFmpeg, which matters to nobody who hands over samples; of Lightning, old formats
            warnings.simplefilter("ignore")
            from pyannote.audio import Model

            logging.getLogger("lightning.pytorch.utilities.migration.utils").setLevel(logging.WARNING)
            model = Model.from_pretrained(checkpoint)
        if model is None:
            raise ConfigError(f"model file {checkpoint}: pyannote.audio finds no model in it")
        torch.set_num_threads(1)
        self._torch = torch
        self._model = model.eval()

    def activity(self, samples: Samples) -> Activity:
        """Return who is active when: windows every 1.25 s, the last one filled up with silence."""
        length, width, hop = (round(seconds / STEP) for seconds in (len(samples) / RATE, WINDOW, HOP))
        starts = np.arange(0, max(length - width, 0) + hop, hop)
        batches = [
            self._heard(np.stack([_window(samples, start) for start in starts[first : first + _BATCH]]))
            for first in range(0, len(starts), _BATCH)
        ]
        return Activity(starts, np.concatenate(batches), length)

    def _heard(self, windows: Samples) -> Samples:
        with self._torch.inference_mode():
            heard = self._model(self._torch.from_numpy(windows)[:, None]).numpy()
        # the model's frames are 17 ms apart, and the first is centred 31 ms after the window begins
        field = self._model.receptive_field
        middles = (np.arange(round(WINDOW / STEP)) + 0.5) * STEP - field.start - field.duration / 2
        nearest = np.clip(np.rint(middles / field.step).astype(int), 0, heard.shape[1] - 1)
        return np.ascontiguousarray(heard[:, nearest].transpose(0, 2, 1))


def _window(samples: Samples, start: int) -> Samples:
    """Return the window that begins at a frame, filled up with silence."""
    first, size = start * round(STEP * RATE), round(WINDOW * RATE)
    heard = samples[first : first + size]
    return np.pad(heard, (0, size - len(heard)))
