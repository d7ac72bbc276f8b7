"""An acoustic fingerprint: what stays of a sound when it is encoded again, made louder or trimmed.

Each 10 ms frame becomes a word whose bits say whether the slope of the spectrum rises or falls
between the bands of 300 to 3,400 Hz (Haitsma and Kalker 2002, "A highly robust audio fingerprinting
system", here on log energies, so that neither gain nor channel matters, and on 64 ms windows, so
that half a second is enough). Copies differ in few bits at one offset; other sounds in nearly half.

Landmarks make copies findable without comparing every pair: hashes of coarser bits over 0.1 s, also
with the least certain bits flipped. The smallest hashes are kept (bottom-k sketch; Cohen and Kaplan
2007), so that a long recording costs no more than a short one and copies keep the same ones.
"""

import numpy as np
import numpy.typing as npt

VERSION = 1

FRAMES_PER_SECOND = 100
# The low bits of a word are the spectrum's, those above are the frame's level in steps of 0.5 dB.
SPECTRUM_BITS = 23
LEVEL_STEP_DB = 0.5
MAX_LANDMARKS = 256

_RATE = 8000  # after decimation: what lies above 4 kHz is lost in telephone-band copies
_WINDOW = 512
_HOP = _RATE // FRAMES_PER_SECOND
_BANDS = SPECTRUM_BITS + 1
_LOWEST_HZ, _HIGHEST_HZ = 300.0, 3400.0
# Codecs discard what louder sound nearby masks: energies this far below the loudest band within
# 0.25 s carry no bit. The absolute floor lies below the noise of 16-bit samples.
_MASKED_DB = -40.0
_MASKING_FRAMES = 25
_FLOOR = 1e-11
_SPAN = 4  # a word compares the spectrum this many frames later with that as many earlier
# Growth by 0.004 dB is none: a steady tone has no bit set, instead of bits that its phase decides.
_TRACE = np.float32(0.001)
_COARSE = 2  # neighbouring bands averaged for the bits of a hash
_HASH_STEPS = (-2, 0, 2)  # the frames whose bits make one hash
_UNCERTAIN = 4  # bits of a hash that are also tried flipped
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: multiplying spreads similar hashes
_HALF = np.uint64(32)
# Landmarks stand where it is loud, where codecs spend their bits: within so much of the loudest frame,
# and in any case in the loudest 1.3 s, which in a word of one second is all of it.
_LOUD_DB = 35.0
_LOUDEST_FRAMES = 128
_LOWEST_LEVEL_DB = -120.0
# Frames at a time: a chunk stays in the processor's cache, four times faster than all at once, and the
# spectra of two hours never exist together.
_CHUNK = 128


def _half_band() -> npt.NDArray[np.float32]:
    """Return a filter flat to 3.4 kHz; what aliases onto 3.4 kHz is 18 dB down, onto 3 kHz 36 dB."""
    taps = np.arange(-11, 12)
    response = 0.5 * np.sinc(taps / 2) * np.kaiser(len(taps), 5)
    return np.where(np.abs(response) > 1e-6, response, 0).astype(np.float32)


_HALF_BAND = _half_band()

Fingerprint = npt.NDArray[np.uint32]
_Floats = npt.NDArray[np.float32]
_Longs = npt.NDArray[np.uint64]


def fingerprint(pcm: npt.NDArray[np.float32]) -> Fingerprint:
    """Return the fingerprint of 16 kHz mono samples.

    One array: the number of landmarks, their hashes in rising order, their frames, and the words, one
    a frame. Below 0.15 s, and without sound, there are no words and no landmarks.
    """
    energies = _band_energies(pcm)
    if len(energies) <= 2 * _SPAN:
        return np.zeros(1, np.uint32)
    level = 10 * np.log10(energies.mean(axis=1) + np.float32(1e-12))
    logs = np.log(energies + _masked(energies))
    landmarks = _landmarks(logs, level)
    return np.concatenate(
        [
            np.array([len(landmarks)], np.uint32),
            (landmarks >> _HALF).astype(np.uint32),
            landmarks.astype(np.uint32),
            _words(logs, level),
        ]
    )


def _words(logs: _Floats, level: _Floats) -> Fingerprint:
    spectrum = _packed(_rising(logs) > 0).astype(np.uint32)
    steps = np.clip((level[_SPAN:-_SPAN] - _LOWEST_LEVEL_DB) / LEVEL_STEP_DB, 0, 511).astype(np.uint32)
    steps[spectrum == 0] = 0  # a steady tone, like silence, has nothing to compare
    return spectrum | steps << np.uint32(SPECTRUM_BITS)


def _band_energies(pcm: npt.NDArray[np.float32]) -> _Floats:
    """Return mean power by frame and mel-spaced band; a full-scale sine in one band is near 1."""
    count = max(0, (len(pcm) - len(_HALF_BAND) - 2 * _WINDOW) // (2 * _HOP) + 1)
    window = np.hanning(_WINDOW).astype(np.float32)
    lowest, highest = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    mel = np.linspace(lowest, highest, _BANDS + 1)
    edges = np.round(700 * (10 ** (mel / 2595) - 1) * _WINDOW / _RATE).astype(int)
    widths = (np.diff(edges) * (_WINDOW**2 / 16)).astype(np.float32)
    energies = np.empty((count, _BANDS), np.float32)
    for start in range(0, count, _CHUNK):
        chunk = energies[start : start + _CHUNK]
        samples = _decimated(pcm[2 * _HOP * start :][: 2 * (_HOP * len(chunk) + _WINDOW)])
        frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP][: len(chunk)]
        spectrum = np.fft.rfft(frames * window, axis=1)[:, edges[0] : edges[-1]]
        power = spectrum.real**2 + spectrum.imag**2
        np.add.reduceat(power, edges[:-1] - edges[0], axis=1, out=chunk)
        chunk /= widths
    return energies


def _decimated(pcm: npt.NDArray[np.float32]) -> _Floats:
    """Halve the rate; the ends, where the filter would reach beyond the samples, are left out."""
    length = (len(pcm) - len(_HALF_BAND)) // 2 + 1
    out = np.zeros(length, np.float32)
    for tap in np.flatnonzero(_HALF_BAND):
        out += _HALF_BAND[tap] * pcm[tap : tap + 2 * length - 1 : 2]
    return out


def _masked(energies: _Floats) -> _Floats:
    """Return, by frame, the energy below which a band is as good as silent."""
    loudest = np.pad(energies.max(axis=1), _MASKING_FRAMES)
    for step in (1, 2, 4, 8, 16, 19):  # together the 51 frames around each one
        loudest = np.maximum(loudest[step:], loudest[:-step])
    floor: _Floats = (_FLOOR + loudest * np.float32(10 ** (_MASKED_DB / 10)))[:, None]
    return floor


def _rising(logs: _Floats) -> _Floats:
    """Return how much the slope between neighbouring bands grows over twice the span, less a trace."""
    slopes = logs[:, 1:] - logs[:, :-1]
    return slopes[2 * _SPAN :] - slopes[: -2 * _SPAN] - _TRACE


def _packed(bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """Turn rows of bits into numbers, the first bit being the lowest."""
    whole = np.zeros((len(bits), 8), np.uint8)
    packed = np.packbits(bits, axis=1, bitorder="little")
    whole[:, : packed.shape[1]] = packed
    return whole.view("<u8").ravel().astype(np.uint64)


def _landmarks(logs: _Floats, level: _Floats) -> _Longs:
    """Return the landmarks, sorted: a hash in the high half, the frame of its word in the low."""
    rising = _rising(logs.reshape(len(logs), -1, _COARSE).mean(axis=2))
    level = level[_SPAN:-_SPAN]
    ranked = min(_LOUDEST_FRAMES, len(level))
    quietest = min(level.max() - _LOUD_DB, np.partition(level, -ranked)[-ranked])
    loud = level >= max(quietest, _LOWEST_LEVEL_DB + LEVEL_STEP_DB)
    reach = max(_HASH_STEPS)
    kept: _Longs = np.empty(0, np.uint64)
    for start in range(reach, len(rising) - reach, _CHUNK):
        frames = np.arange(start, min(start + _CHUNK, len(rising) - reach))
        frames = frames[loud[frames]]
        margins = np.concatenate([rising[frames + step] for step in _HASH_STEPS], axis=1)
        hashes = _packed(margins > 0)[None]
        uncertain = np.argpartition(np.abs(margins), _UNCERTAIN, axis=1)[:, :_UNCERTAIN].astype(np.uint64)
        for column in uncertain.T:
            hashes = np.concatenate([hashes, hashes ^ (np.uint64(1) << column)])
        mixed = (hashes * _MIXER) >> _HALF
        kept = _smallest(np.concatenate([kept, (mixed << _HALF | frames.astype(np.uint64)).ravel()]))
    return kept


def _smallest(landmarks: _Longs) -> _Longs:
    """Return the landmarks with the smallest hashes, sorted, each hash at its earliest frame."""
    ordered = np.sort(landmarks)
    hashes = ordered >> _HALF
    return ordered[np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))[:MAX_LANDMARKS]]
