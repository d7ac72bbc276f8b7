"""Silero's voice activity detector by onnxruntime: how likely there is speech."""

from pathlib import Path

import numpy as np

from curation.services import RATE, STEP, Samples

_HOP = round(STEP * RATE)
_CHUNK, _CONTEXT = 512, 64  # samples at 16 kHz, as the model was trained
_STATE = 128
_BATCH = 10_000  # chunks, five minutes: what is held of a sound at a time
_BLOCK = 30_000  # frames, likewise
_LEVEL, _LOUDEST = -12.0, 95  # dBFS at which the loudest twentieth is heard: of faint sound the model misses much


class Silero:
    """The model, loaded from the file `silero_vad_v6.onnx` of faster-whisper, which takes many chunks at a time."""

    def __init__(self, model: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def speech(self, samples: Samples) -> Samples:
        """Return how likely there is speech in each frame, the last of which may reach beyond the end."""
        count, gain = max(1, -(-len(samples) // _CHUNK)), _gain(samples)
        state = {name: np.zeros((1, 1, _STATE), np.float32) for name in ("h", "c")}
        found = []
        for first in range(0, count, _BATCH):
            chunks = _chunks(samples, first, min(first + _BATCH, count)) * gain
            heard, state["h"], state["c"] = self._session.run(None, {"input": chunks, **state})
            found.append(heard.ravel())
        frames = (np.arange(-(-len(samples) // _HOP)) + 0.5) * STEP
        middles = (np.arange(count) + 0.5) * _CHUNK / RATE
        return np.asarray(np.interp(frames, middles, np.concatenate(found)), np.float32)


def _chunks(samples: Samples, first: int, last: int) -> Samples:
    """Return chunks, each with its context before it; silence beyond both ends of the sound."""
    start, end = first * _CHUNK - _CONTEXT, last * _CHUNK
    part = np.pad(samples[max(start, 0) : end], (max(-start, 0), max(end - len(samples), 0)))
    return np.lib.stride_tricks.sliding_window_view(part, _CONTEXT + _CHUNK)[::_CHUNK]


def _gain(samples: Samples) -> np.float32:
    """Return by how much a sound has to be louder for the model."""
    frames = samples[: len(samples) // _HOP * _HOP].reshape(-1, _HOP)
    if not len(frames):
        return np.float32(1)
    blocks = (frames[first : first + _BLOCK] for first in range(0, len(frames), _BLOCK))
    power = np.percentile(np.concatenate([np.mean(block**2, axis=1) for block in blocks]), _LOUDEST)
    return np.float32(np.sqrt(10 ** (_LEVEL / 10) / (power + 1e-12)))
