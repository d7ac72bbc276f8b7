"""A picture of one sound, to look at beside listening to it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.audio import RATE, Samples, decode

_LONGEST_SECONDS = 7_200.0
_WINDOW = 400  # 25 ms
_HOP = 160  # 10 ms
_BINS = 1024  # points of the Fourier transform: 16 Hz a row
_MOST_COLUMNS = 2_400  # two a pixel; a longer sound is looked at less often, so that memory does not grow with it
_RANGE_DB = 90.0  # below the loudest point, so that the background of a good recording is seen too


def draw(sound: Path, picture: Path, title: str) -> None:
    """Write a PNG of the waveform above the spectrogram of a sound file, levels in dBFS."""
    # matplotlib takes a second to import, and only this command draws.
    from matplotlib.figure import Figure

    pcm = decode(sound, _LONGEST_SECONDS).pcm
    seconds = len(pcm) / RATE
    low, high = envelope(pcm)
    levels = spectrogram(pcm)
    figure = Figure(figsize=(12, 6), layout="constrained")
    wave, spectrum = figure.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    wave.fill_between(np.linspace(0, seconds, len(low)), low, high, linewidth=0.4)
    wave.set(title=title, ylabel="amplitude", xlim=(0, seconds))
    image = spectrum.imshow(
        levels,
        origin="lower",
        aspect="auto",
        extent=(0, seconds, 0, RATE / 2),
        vmin=levels.max() - _RANGE_DB,
        vmax=levels.max(),
    )
    spectrum.set(xlabel="seconds", ylabel="Hz")
    figure.colorbar(image, ax=[wave, spectrum], label="dBFS", pad=0.01)
    figure.savefig(picture, dpi=100)


def spectrogram(pcm: Samples) -> NDArray[np.float32]:
    """Return levels in dBFS by frequency and time, Hann windows of 25 ms every 10 ms; a full-scale sine is at 0."""
    window = np.hanning(_WINDOW).astype(np.float32)
    padded = np.pad(pcm, _WINDOW // 2)
    hop = max(_HOP, -(-len(pcm) // _MOST_COLUMNS))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::hop] * window
    amplitudes = np.abs(np.fft.rfft(frames, _BINS)).T * (2 / window.sum())
    levels: NDArray[np.float32] = (20 * np.log10(np.maximum(amplitudes, 1e-10))).astype(np.float32)
    return levels


def envelope(pcm: Samples) -> tuple[Samples, Samples]:
    """Return the lowest and the highest sample of each column of the picture."""
    columns = max(1, min(_MOST_COLUMNS, len(pcm) // 8))
    starts = np.linspace(0, len(pcm), columns, endpoint=False).astype(int)
    return np.minimum.reduceat(pcm, starts), np.maximum.reduceat(pcm, starts)
