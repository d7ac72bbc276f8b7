"""Integrated loudness after ITU-R BS.1770-4, of 16 kHz mono, and the gain that reaches a given one."""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from curation.audio import RATE, Samples, peak
from curation.errors import ClipError

STEP = RATE // 10  # gating blocks of 400 ms begin every 100 ms
STEPS_A_BLOCK = 4
OFFSET = -0.691
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU

# The two filters of the standard's annex 1, which it gives at 48 kHz: numerator, denominator.
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
FILTER_RATE = 48_000

# Samples are filtered as spectra of 8 steps, each with enough before it for the high-pass to settle:
# after 2,400 samples (0.15 s) its response has fallen by more than 200 dB.
LEAD = 2_400
SEGMENT = 8 * STEP
SEGMENTS_AT_A_TIME = 64

CEILING = 10 ** (-1 / 20)  # -1 dBFS leaves room for the peaks between samples (EBU R 128)
LOOK_AHEAD = RATE // 200  # 5 ms
PIECE = 1 << 20
LIMITER_ROUNDS = 20
TOLERANCE = 0.05  # LU


def loudness(pcm: Samples) -> float | None:
    """Return the integrated loudness in LUFS, a sine of full scale at 1 kHz being -3.01.

    None under 0.4 s, which is one gating block, and where no block reaches -70 LUFS: the standard
    does not define it there.
    """
    if len(pcm) < STEPS_A_BLOCK * STEP:
        return None
    steps = _weighted_power(pcm)
    blocks = np.lib.stride_tricks.sliding_window_view(steps, STEPS_A_BLOCK).mean(axis=1)
    blocks = blocks[blocks > _power(ABSOLUTE_GATE)]
    if not len(blocks):
        return None
    return _lufs(float(blocks[blocks > _power(_lufs(float(blocks.mean())) + RELATIVE_GATE)].mean()))


def at_loudness(pcm: Samples, lufs: float) -> Samples:
    """Return the samples at the given loudness, within 0.05 LU, with no sample above -1 dBFS.

    Where the gain alone would put a peak above that, a limiter turns the sound down within 5 ms of
    the peak and the rest up, until both hold. Raises ClipError `no_loudness` where the loudness is
    undefined, and `no_headroom` where only distortion would reach it.
    """
    measured = loudness(pcm)
    if measured is None:
        raise ClipError("no_loudness", f"{len(pcm) / RATE:.2f} s, no 0.4 s of it above {ABSOLUTE_GATE:g} LUFS")
    gain = 0.0
    for _ in range(LIMITER_ROUNDS):
        gain += lufs - measured
        result = _limited(pcm * np.float32(10 ** (gain / 20)))
        measured = loudness(result)
        if measured is None or abs(measured - lufs) <= TOLERANCE:
            break
    if measured is None or abs(measured - lufs) > TOLERANCE:
        raise ClipError("no_headroom", f"peaks at -1 dBFS hold it below {lufs:g} LUFS")
    return result


def _limited(pcm: Samples) -> Samples:
    """Return the samples under a gain that bends smoothly around every peak above the ceiling."""
    if peak(pcm) <= CEILING:
        return pcm
    margin = 2 * LOOK_AHEAD
    width = margin + 1
    result = np.empty_like(pcm)
    # Piece by piece, because the gain of a long recording would need its memory several times over.
    for start in range(0, len(pcm), PIECE):
        piece = pcm[start : start + PIECE]
        around = np.abs(pcm[max(0, start - margin) : start + PIECE + margin])
        missing = (margin - min(start, margin), margin - min(len(pcm) - start - len(piece), margin))
        needed = np.pad(CEILING / np.maximum(around, CEILING), missing, constant_values=1.0)
        # The lowest gain within the window, then its mean over the same window: at a peak, the mean is
        # over gains that are all as low as the peak needs.
        lowest = np.lib.stride_tricks.sliding_window_view(needed, width).min(axis=1)
        gain = np.lib.stride_tricks.sliding_window_view(lowest, width).mean(axis=1)
        np.multiply(piece, gain, out=result[start : start + PIECE])
    return result


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


def _lufs(power: float) -> float:
    return OFFSET + 10 * float(np.log10(power))


def _weighted_power(pcm: Samples) -> NDArray[np.float64]:
    """Return the mean square of the K-weighted samples in each whole step of 100 ms."""
    response = _response()
    powers = []
    for rows in _segments(pcm):
        weighted = np.fft.irfft(np.fft.rfft(rows) * response, LEAD + SEGMENT)[:, LEAD:].reshape(-1, STEP)
        powers.append(np.einsum("ij,ij->i", weighted, weighted))
    return np.asarray(np.concatenate(powers)[: len(pcm) // STEP], np.float64) / STEP


def _segments(pcm: Samples) -> Iterator[Samples]:
    """Yield rows of LEAD + SEGMENT samples that each begin LEAD before their segment, zero outside the sound."""
    for start in range(0, len(pcm), SEGMENTS_AT_A_TIME * SEGMENT):
        piece = pcm[max(0, start - LEAD) : start + SEGMENTS_AT_A_TIME * SEGMENT]
        before = LEAD if start == 0 else 0
        behind = -(len(piece) + before - LEAD) % SEGMENT
        padded = np.pad(piece, (before, behind))
        yield np.lib.stride_tricks.sliding_window_view(padded, LEAD + SEGMENT)[::SEGMENT]


@cache
def _response() -> NDArray[np.complex64]:
    """Return the standard's own filters on the frequencies of a segment's spectrum.

    Taken from the 48 kHz filters directly, they need no redesign for 16 kHz, which would bend the
    shelf near 8 kHz.
    """
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(LEAD + SEGMENT, 1 / RATE) / FILTER_RATE)
    total = np.ones_like(turn)
    for numerator, denominator in (SHELF, HIGH_PASS):
        total *= np.polyval(numerator[::-1], turn) / np.polyval(denominator[::-1], turn)
    return np.asarray(total, np.complex64)
