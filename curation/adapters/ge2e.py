"""The GE2E speaker encoder of Resemblyzer, by torch, from its weights alone.

Wan et al. (2018), "Generalized end-to-end loss for speaker verification", ICASSP. Resemblyzer's own package is not
imported: it asks for an abandoned voice activity detector that has to be compiled.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curation.services import RATE, STEP, Frames, Samples, Vectors

BANDS, SIZE, LAYERS = 40, 256, 3
LEVEL = -22.0  # dBFS at which every stretch is heard: its bands are powers, so that a louder voice would be another

# A band keeps what exceeds the noise in it, and at least a twentieth: spectral subtraction, Berouti et al. (1979),
# "Enhancement of speech corrupted by acoustic noise", ICASSP. The noise is what is heard in the quietest frames.
_QUIETEST, _NOISE, _LEFT = 10, 1.5, 0.05  # percentile; how much of the noise is subtracted; the least that is left
_SILENT = 1e-10  # power of digital silence, which tells nothing of the noise in what was recorded

_HOP, _WINDOW = round(STEP * RATE), 400
_BATCH = 32
_BLOCK = 4_096  # frames at a time, which bounds memory


class GE2E:
    """The encoder, loaded from the file `pretrained.pt`."""

    def __init__(self, weights: Path) -> None:
        import torch

        torch.set_num_threads(1)
        self._torch = torch
        state = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
        self._lstm = torch.nn.LSTM(BANDS, SIZE, LAYERS, batch_first=True).eval()
        self._linear = torch.nn.Linear(SIZE, SIZE).eval()
        for name, module in (("lstm", self._lstm), ("linear", self._linear)):
            prefix = f"{name}."
            module.load_state_dict(
                {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
            )

    def vectors(self, samples: Samples, stretches: Frames) -> Vectors:
        """Return a vector of length 1 for each stretch of the sound."""
        if not len(stretches):
            return np.empty((0, SIZE), np.float32)
        bands, powers = _bands(samples), _powers(samples)
        _subtract_noise(bands, powers)
        batches = [
            self._vectors(bands[some], powers[some])
            for some in (stretches[first : first + _BATCH] for first in range(0, len(stretches), _BATCH))
        ]
        return np.concatenate(batches)

    def _vectors(self, bands: npt.NDArray[np.float32], powers: npt.NDArray[np.float32]) -> Vectors:
        torch = self._torch
        gains = 10 ** (LEVEL / 10) / (powers.mean(axis=1) + 1e-10)
        with torch.inference_mode():
            _, (hidden, _) = self._lstm(torch.from_numpy(bands * gains[:, None, None].astype(np.float32)))
            vectors = torch.relu(self._linear(hidden[-1]))
            return np.asarray(torch.nn.functional.normalize(vectors, dim=1).numpy())


def _subtract_noise(bands: npt.NDArray[np.float32], powers: npt.NDArray[np.float32]) -> None:
    """Take the noise out of the bands of all frames, and out of their powers, in place."""
    is_recorded = powers > _SILENT
    if not is_recorded.any():
        return
    quietest = [np.percentile(band[is_recorded], _QUIETEST) for band in bands.T]
    noise = (_NOISE * np.array(quietest)).astype(np.float32)
    for first in range(0, len(bands), _BLOCK):
        block, power = bands[first : first + _BLOCK], powers[first : first + _BLOCK]
        left = np.maximum(block - noise, _LEFT * block)
        power[:] = power * left.sum(axis=1) / np.maximum(block.sum(axis=1), _SILENT)
        block[:] = left


def _powers(samples: Samples) -> npt.NDArray[np.float32]:
    """Return the mean square of each frame."""
    frames = _frames(samples, _HOP, 0)
    return np.concatenate([np.mean(block**2, axis=1) for block in frames])


def _bands(samples: Samples) -> npt.NDArray[np.float32]:
    """Return the power in each mel band (frames, bands) of windows of 25 ms, centred where the frames begin."""
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    filters = mel_filters().T
    bands = np.empty((-(-len(samples) // _HOP), BANDS), np.float32)
    for number, block in enumerate(_frames(samples, _WINDOW, _WINDOW // 2)):
        bands[number * _BLOCK : (number + 1) * _BLOCK] = np.abs(np.fft.rfft(block * window)) ** 2 @ filters
    return bands


def _frames(samples: Samples, width: int, before: int) -> Iterator[Samples]:
    """Yield blocks (frames, width) of what lies around each frame from `before` samples ahead of it; silence beyond."""
    count = -(-len(samples) // _HOP)
    for first in range(0, count, _BLOCK):
        frames = min(_BLOCK, count - first)
        start, end = first * _HOP - before, (first + frames - 1) * _HOP - before + width
        part = np.pad(samples[max(start, 0) : end], (max(-start, 0), max(end - len(samples), 0)))
        yield np.lib.stride_tricks.sliding_window_view(part, width)[::_HOP]


def mel_filters() -> npt.NDArray[np.float64]:
    """Return triangular filters (bands, frequencies) of equal area, as in Slaney (1998), "Auditory Toolbox"."""
    edges = _hertz(np.linspace(0, _mels(RATE / 2), BANDS + 2, dtype=np.float64))
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(triangles * (2 / (edges[2:] - edges[:-2]))[:, None], np.float64)


# Linear up to 1 kHz at 200/3 Hz a mel, above it 27 mels for a factor of 6.4.
_LINEAR, _BREAK, _STEP = 200 / 3, 1000.0, np.log(6.4) / 27


def _mels(hertz: float) -> float:
    return float(_BREAK / _LINEAR + np.log(hertz / _BREAK) / _STEP) if hertz > _BREAK else hertz / _LINEAR


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = mels - _BREAK / _LINEAR
    return np.where(above > 0, _BREAK * np.exp(np.maximum(above, 0) * _STEP), mels * _LINEAR)
