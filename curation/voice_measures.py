"""What is measured of a voice where it speaks alone: pitch, speaking rate, and its level over the pauses.

The speaking rate counts nuclei of syllables after de Jong and Wempe (2009), "Praat script to detect syllable nuclei and
measure speech rate automatically", Behavior Research Methods 41: peaks of intensity above the median that are
voiced, and that a dip on either side sets off.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.measurements import STEP_NOISE, part_powers
from curation.pitch import FRAME, pitch
from curation.services import RATE, STEP, Samples
from curation.turns import Intervals

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_PARTS = 2  # of the power of a sound in a STEP
# Praat's intensity for a lowest pitch of 50 Hz: a Kaiser window of 6.4 periods, so that no period is a peak.
_WINDOW = np.kaiser(26, 20.24)
_DIP = 2.0  # dB, on either side of a nucleus
_SILENT = -200.0  # dB, where the voice does not speak

_VOICED_SECONDS = 0.1  # about a vowel: the pitch of less is chance
_PAUSE_SECONDS = 0.2
_TO_DEVIATION = 1.4826  # a normal distribution's standard deviation over its median absolute deviation


class Contours(NamedTuple):
    """A sound at instants, the k-th of which is k * STEP seconds from its start.

    Pitch in Hz, NaN where unvoiced; intensity in dB; power, the mean square of the STEP from there.
    """

    pitch: Numbers
    intensity: Numbers
    power: Numbers


def contours(samples: Samples) -> Contours:
    """Return what the measurements of all voices of a sound are taken from."""
    parts = part_powers(samples, float(samples.mean(dtype=np.float64)))
    count = len(parts) // _PARTS
    padded = np.pad(parts, len(_WINDOW) // 2)
    smooth = np.convolve(padded, _WINDOW / _WINDOW.sum(), "valid")[::_PARTS][:count]
    found = pitch(samples, RATE)
    first = round(FRAME / 2 / STEP)  # a frame of pitch is about its middle
    pitches = np.full(count, np.nan)
    pitches[first : first + len(found)] = found[: max(0, count - first)]
    power = parts[: _PARTS * count].reshape(-1, _PARTS).mean(axis=1)
    return Contours(pitches, 10 * np.log10(np.maximum(smooth, STEP_NOISE)), power)


def measures(sound: Contours, alone: Intervals, speech: Intervals) -> dict[str, float | None]:
    """Return the measurements of records.PROFILE of a voice that speaks `alone`; all voices are heard in `speech`.

    What cannot be told is null: pitch of a voice that is hardly voiced, and a ratio where there is no pause.
    """
    is_own, is_pause = _within(alone, len(sound.power)), ~_within(speech, len(sound.power))
    count = int(is_own.sum())
    if not count:
        return dict.fromkeys(("pitch_hz", "pitch_spread", "voiced_share", "speaking_rate", "level_dbfs", "snr_db"))
    pitches = sound.pitch[is_own & ~np.isnan(sound.pitch)]
    power = max(float(sound.power[is_own].mean()), STEP_NOISE)
    has_pitch, has_pauses = len(pitches) * STEP >= _VOICED_SECONDS, is_pause.sum() * STEP >= _PAUSE_SECONDS
    return {
        "pitch_hz": float(np.median(pitches)) if has_pitch else None,
        "pitch_spread": _spread(pitches) if has_pitch else None,
        "voiced_share": len(pitches) / count,
        "speaking_rate": _nuclei(sound, is_own) / (count * STEP),
        "level_dbfs": 10 * float(np.log10(power)),
        "snr_db": _over(power, float(np.median(sound.power[is_pause]))) if has_pauses else None,
    }


def _within(intervals: Intervals, count: int) -> Mask:
    """Return which of so many instants lie in the intervals."""
    instants = np.arange(count) / round(1 / STEP)  # as turns are made, so that no float decides
    return np.asarray(np.searchsorted(intervals.ravel(), instants, side="right") % 2 == 1)


def _spread(pitches: Numbers) -> float:
    """Return the median absolute deviation in semitones, as a standard deviation: octave errors are no part of it."""
    semitones = 12 * np.log2(pitches)
    return _TO_DEVIATION * float(np.median(np.abs(semitones - np.median(semitones))))


def _over(power: float, pause: float) -> float:
    """Return in dB what of a power is not that of the pauses, over that of the pauses."""
    noise = max(pause, STEP_NOISE)
    return 10 * float(np.log10(max(power - noise, noise / 100) / noise))


def _nuclei(sound: Contours, is_own: Mask) -> int:
    """Return how many nuclei of syllables there are where a voice speaks alone."""
    intensity = np.where(is_own, sound.intensity, _SILENT)
    is_loud = intensity > np.median(sound.intensity[is_own])
    # a frame of pitch is four instants long, so that the one beside a voiced one may be voiced
    is_voiced = np.convolve(~np.isnan(sound.pitch), [1, 1, 1], "full")[1:-1] > 0
    return int(np.sum((is_loud & is_voiced)[_peaks(intensity)]))


def _peaks(contour: Numbers) -> list[int]:
    """Return the places of the peaks that a dip, or silence, sets off on either side."""
    bounded = np.concatenate([[_SILENT], contour, [_SILENT]])
    steps = np.diff(bounded)
    changes = np.flatnonzero(steps)
    extremes = changes[1:][np.diff(np.sign(steps[changes])) != 0]
    places: list[int] = []
    peak, dip = -1, _SILENT
    for place, level in zip(extremes.tolist(), bounded[extremes].tolist(), strict=True):
        if peak < 0 and level < dip + _DIP:
            dip = min(dip, level)
        elif peak < 0 or level > bounded[peak]:
            peak = place
        elif level <= bounded[peak] - _DIP:
            places.append(peak - 1)
            peak, dip = -1, level
    return places if peak < 0 else [*places, peak - 1]
