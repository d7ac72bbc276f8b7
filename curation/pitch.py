"""The fundamental frequency of a voice, by autocorrelation.

After Boersma (1993), "Accurate short-term analysis of the fundamental frequency ...", Proc. Institute of Phonetic
Sciences 17: the autocorrelation of a windowed frame is divided by that of the window. There is no path finding. A
pitch above HIGHEST is found an octave or more too low.
"""

from itertools import count
from types import ModuleType

import numpy as np
import numpy.typing as npt

from curation.services import STEP

LOWEST, HIGHEST = 60.0, 420.0  # Hz; at the lowest a frame holds hardly more than two periods, so most are missed

FRAME = 0.04  # seconds of sound in a frame
_VOICED = 0.6  # of the correlation of a periodic sound with itself
_OCTAVE = 0.9  # of the best peak: the shortest period that comes this near is taken, not a multiple of it
_BLOCK = 2_000  # frames at a time, which bounds memory


def pitch(samples: npt.NDArray[np.float32], rate: int, fft: ModuleType = np.fft) -> npt.NDArray[np.float64]:
    """Return the frequency in Hz of each frame of STEP seconds that fits into the sound, NaN where it is unvoiced.

    `fft` is that of numpy or scipy, which makes it half as fast again but loads as long as minutes of sound take.
    """
    length, hop = round(FRAME * rate), round(STEP * rate)
    if len(samples) < length:
        return np.empty(0)
    frames = np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]
    blocks = [_pitch(frames[start : start + _BLOCK], rate, fft) for start in range(0, len(frames), _BLOCK)]
    return np.concatenate(blocks)


def _pitch(frames: npt.NDArray[np.float32], rate: int, fft: ModuleType) -> npt.NDArray[np.float64]:
    shortest, longest = int(rate / HIGHEST), int(rate / LOWEST)
    window = np.hanning(frames.shape[1]).astype(np.float32)
    centred = frames - frames.mean(axis=1, keepdims=True)  # a constant would be periodic at any lag
    beyond = longest + 2
    correlation = _autocorrelation(centred * window, beyond, fft)
    correlation /= np.maximum(_autocorrelation(window, beyond, fft), 1e-3)
    lags = correlation[:, shortest : longest + 1]
    best = lags.max(axis=1, keepdims=True)
    is_peak = (lags >= correlation[:, shortest - 1 : longest]) & (lags > correlation[:, shortest + 1 : longest + 2])
    is_taken = is_peak & (lags >= _OCTAVE * best)
    lag = shortest + is_taken.argmax(axis=1)
    is_voiced = is_taken.any(axis=1) & (best[:, 0] > _VOICED)
    return np.where(is_voiced, rate / lag, np.nan)


def _autocorrelation(frames: npt.NDArray[np.float32], lags: int, fft: ModuleType) -> npt.NDArray[np.float64]:
    """Return the autocorrelation at lags from 0 up to, not including, so many; that at 0 is 1."""
    # so long that none of these lags wraps around; a product of 2, 3 and 5 is fast
    size = next(size for size in count(frames.shape[-1] + lags) if 30**10 % size == 0)
    spectrum = fft.rfft(frames, size)
    found = fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[..., :lags]
    return np.asarray(found / np.maximum(found[..., :1], 1e-12), np.float64)
