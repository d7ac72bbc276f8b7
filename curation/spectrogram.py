"""A picture of one clip, to look at beside listening to it."""

from pathlib import Path

import numpy as np

from curation.audio import RATE, decode

_LONGEST_SECONDS = 7_200.0


def draw(sound: Path, picture: Path) -> None:
    """Write a PNG of the waveform above the spectrogram (Hann window of 25 ms, 10 ms hop) of a sound file."""
    # matplotlib takes a second to import, and only this command draws.
    from matplotlib.figure import Figure

    pcm = decode(sound, _LONGEST_SECONDS).pcm
    figure = Figure(figsize=(12, 6), layout="constrained")
    wave, spectrum = figure.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    wave.plot(np.arange(len(pcm)) / RATE, pcm, linewidth=0.4)
    wave.set_ylabel("amplitude")
    spectrum.specgram(pcm, NFFT=400, Fs=RATE, noverlap=240, pad_to=1024, vmin=-140)
    spectrum.set_xlabel("seconds")
    spectrum.set_ylabel("Hz")
    figure.savefig(picture, dpi=100)
