"""What is measured of every clip: one number each, None where a number would say nothing.

Levels are relative to full scale (0 dBFS: a sample of 1, or a square wave at full scale).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curation.audio import RATE, Samples, Sound, peak
from curation.loudness import loudness

# Frames of 25 ms every 10 ms, added up from parts of 5 ms.
PART = RATE // 200
PARTS_A_FRAME = 5
PARTS_A_HOP = 2

# ITU-T P.56 takes as active what lies within 15.9 dB of the mean level of all that is active.
ACTIVE_MARGIN = 10**-1.59
SILENCE_MARGIN = 10**-3.0  # 30 dB under the active level, about where a room takes over from a voice
SILENCE_FLOOR = 10**-7.0  # -70 dBFS
NOISE_PERCENTILE = 10
STEP_NOISE = 2.0**-30 / 12  # power of the rounding to 16 bits: no recording can be known to be cleaner

SPECTRUM = 512
# Leaks less than the margin beyond 4 bins (125 Hz); a Hann window does so only beyond 8.
WINDOW = np.kaiser(SPECTRUM, 10.0).astype(np.float32)
# A sound band-limited before it was stored in 16 bits falls further than this; speech at 8 kHz does not.
BAND_MARGIN = 10**-7.0
BAND_FLOOR = 4 * STEP_NOISE

# Samples looked at together, so that memory does not grow with the recording: whole parts and spectra.
PIECE = 400 * PART * SPECTRUM // 16


def measure(sound: Sound) -> dict[str, float | None]:
    """Return the measurements of `records.CLIP`, of the 16 kHz mix except for `clipped_share`."""
    pcm = sound.pcm
    mean = float(pcm.mean(dtype=np.float64))
    parts = part_powers(pcm, mean)
    power = _power(pcm, mean, parts) + mean**2
    frames = _frame_powers(parts)
    return {
        "seconds": len(pcm) / RATE,
        "peak_dbfs": _decibels(peak(pcm) ** 2),
        "rms_dbfs": _decibels(power),
        "loudness_lufs": loudness(pcm),
        "clipped_share": sound.clipped_share,
        "dc_offset": mean,
        "silence_share": _silence_share(frames),
        "snr_db": _signal_to_noise(frames),
        "bandwidth_hz": _bandwidth(pcm, mean),
    }


def _decibels(power: float) -> float | None:
    return 10 * float(np.log10(power)) if power > 0 else None


def _pieces(pcm: Samples, mean: float) -> Iterator[Samples]:
    """Yield the samples without their mean, which would fill the pauses."""
    for start in range(0, len(pcm), PIECE):
        yield pcm[start : start + PIECE] - np.float32(mean)


def part_powers(pcm: Samples, mean: float) -> NDArray[np.float64]:
    """Return the mean square of each whole part."""
    powers = []
    for piece in _pieces(pcm, mean):
        rows = piece[: len(piece) // PART * PART].reshape(-1, PART)
        powers.append(np.einsum("ij,ij->i", rows, rows) / PART)
    return np.asarray(np.concatenate(powers), np.float64)


def _power(pcm: Samples, mean: float, parts: NDArray[np.float64]) -> float:
    rest = pcm[len(parts) * PART :] - np.float32(mean)
    return (float(parts.sum()) * PART + float(rest @ rest)) / len(pcm)


def _frame_powers(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(parts) < PARTS_A_FRAME:
        return parts[:0]
    sums = np.lib.stride_tricks.sliding_window_view(parts, PARTS_A_FRAME)[::PARTS_A_HOP].sum(axis=1)
    return np.asarray(sums / PARTS_A_FRAME, np.float64)


def _active_power(frames: NDArray[np.float64]) -> float:
    """Return the mean power of the active frames: those within ITU-T P.56's margin of that mean itself."""
    falling = np.sort(frames)[::-1]
    means = np.cumsum(falling) / np.arange(1, len(falling) + 1)
    active = np.count_nonzero(falling >= means * ACTIVE_MARGIN)
    return float(means[active - 1])


def _silence_share(frames: NDArray[np.float64]) -> float | None:
    """Return the share of frames 30 dB under the active level, or under -70 dBFS; None under 25 ms."""
    if not len(frames):
        return None
    threshold = max(_active_power(frames) * SILENCE_MARGIN, SILENCE_FLOOR)
    return float(np.mean(frames < threshold))


def _signal_to_noise(frames: NDArray[np.float64]) -> float | None:
    """Return the active level over the level of the quietest tenth of the frames, in dB; None under 25 ms.

    The level of the noise is read in the pauses, as in NIST's STNR, and taken off the active level.
    On real recordings with noise planted at 10, 20 and 30 dB this is closer, and spreads less, than
    WADA-SNR (Kim and Stern 2008). It reads too low where a clip has no pauses, and below 10 dB.
    """
    if not len(frames):
        return None
    noise = max(float(np.percentile(frames, NOISE_PERCENTILE)), STEP_NOISE)
    signal = max(_active_power(frames) - noise, noise / 100)
    return _decibels(signal / noise)


def _bandwidth(pcm: Samples, mean: float) -> float | None:
    """Return the highest frequency whose mean power is within 70 dB of the strongest's, in Hz.

    None under 32 ms and where nothing rises above the rounding to 16 bits.
    """
    total = np.zeros(SPECTRUM // 2 + 1)
    count = 0
    for piece in _pieces(pcm, mean):
        rows = piece[: len(piece) // SPECTRUM * SPECTRUM].reshape(-1, SPECTRUM)
        spectrum = np.fft.rfft(rows * WINDOW)
        total += (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
        count += len(rows)
    if not count:
        return None
    # Scaled so that white noise of power p reads p in every bin.
    density = total / (count * float(WINDOW @ WINDOW))
    present = np.flatnonzero(density > max(float(density.max()) * BAND_MARGIN, BAND_FLOOR))
    return float(present[-1] * RATE / SPECTRUM) if len(present) else None
