"""Who speaks when, put together from what small models say of a recording.

A segmentation model tells up to three speakers apart within a window of seconds, not from one window to the next.
`curation.voices` says how many voices there are and how each sounds. Here the local speakers of each window are
assigned to voices, and the windows are laid over each other.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import fft
from scipy.optimize import linear_sum_assignment

from curation.pitch import pitch
from curation.services import (
    RATE,
    STEP,
    Activity,
    Diarization,
    Samples,
    Segmentation,
    SpeakerEncoder,
    Vectors,
    Voice,
)
from curation.turns import SHORTEST_PAUSE, Intervals, intersection, of_frames, seconds, union, without_short
from curation.voices import (
    WIDTH,
    Calibration,
    Mask,
    Pitch,
    Stretches,
    centred,
    halves,
    mean_of,
    measured,
    stretch_frames,
    two_voices,
    unit,
)

_ACTIVE = 0.25  # probability from which a speaker counts as active; above it who is far from the microphone is missed
_OVERLAPPING = 0.5  # and from which one speaks beside another who is likelier
_LEAST_SHARE = 0.3  # of a stretch that a local speaker must hold alone for it to say who they are
# seconds; halfway between two frames, so that no float decides
_SHORTEST_TURN = 0.095
_LOCAL = 0.5  # how much the voice of a local speaker counts for who one of their frames is; that of the frame counts 1
_WINDOWS = 3  # one may hear a second speaker where there is but a noise


class Heard(NamedTuple):
    """What models and measurements say of a sound, before anything that is fitted; vectors are not centred."""

    activity: Activity
    stretches: Stretches
    pitch: Pitch
    second_speaker: float
    seconds: float


@dataclass(frozen=True, eq=False)
class EmbeddedDiarizer:
    """The diarizer of the embedded default."""

    segmentation: Segmentation
    encoder: SpeakerEncoder
    fitted: Calibration

    def diarization(self, samples: Samples) -> Diarization:
        """Return who speaks when; no voice where nobody speaks."""
        return diarize(samples, self.segmentation, self.encoder, self.fitted)


def diarize(samples: Samples, segmentation: Segmentation, encoder: SpeakerEncoder, fitted: Calibration) -> Diarization:
    """Return who speaks when; no voice where nobody speaks."""
    return diarized(heard(samples, segmentation, encoder), fitted)


def heard(samples: Samples, segmentation: Segmentation, encoder: SpeakerEncoder) -> Heard:
    """Return what models and measurements say of a sound."""
    activity = segmentation.activity(samples)
    is_speech = speech(activity)
    frames = stretch_frames(is_speech)
    stretches = Stretches(encoder.vectors(samples, frames), frames)
    second = second_speaker(activity, is_speech)
    return Heard(activity, stretches, pitch(samples, RATE, fft), second, len(samples) / RATE)


def diarized(sound: Heard, fitted: Calibration) -> Diarization:
    """Return who speaks when in a sound, given what was heard of it."""
    stretches = centred(sound.stretches, fitted.centre)
    if not len(stretches.frames):
        return Diarization((), 0.0)
    sides, second_voice, halved = _split(stretches, sound.pitch, sound.second_speaker, fitted)
    return Diarization(
        _voices(sound.activity, stretches, sides, sound.seconds),
        second_voice,
        _voices(sound.activity, stretches, halved, sound.seconds),
    )


def _voices(activity: Activity, stretches: Stretches, sides: list[Stretches], length: float) -> tuple[Voice, ...]:
    """Return the voices whose stretches these are, in a recording of `length` seconds."""
    if not sides:
        return ()
    vectors = np.stack([mean_of(side) for side in sides])
    whole = np.array([[0.0, length]])  # the last frame may reach beyond it
    active = _active(activity, stretches, vectors)
    is_loudest = active == active.max(axis=0)
    is_on = np.where(is_loudest, active > _ACTIVE, active > _OVERLAPPING)
    turns = [intersection(_turns(row), whole) for row in is_on]
    is_in = np.stack([_covered(each, active.shape[1]) for each in turns])
    loudest = np.where(is_in, active, -1).argmax(axis=0)
    voices = [
        Voice(each, intersection(each, of_frames(is_in[number] & (loudest == number), STEP)), vector)
        for number, (each, vector) in enumerate(zip(turns, vectors, strict=True))
    ]
    voices.sort(key=lambda voice: -seconds(voice.turns))
    return tuple(voice for voice in voices if len(voice.turns))


def speech(activity: Activity) -> Mask:
    """Return in which frames anybody speaks."""
    return _overlaid(activity, activity.probabilities.max(axis=1)) > _ACTIVE


def second_speaker(activity: Activity, is_asked: Mask) -> float:
    """Return how active a second local speaker is in these frames, where that is most: a number from 0 to 1.

    The root of the mean over the three windows that have most of it.
    """
    width = activity.probabilities.shape[2]
    shown = np.pad(is_asked, (0, width + int(activity.starts.max())))
    within = np.stack([shown[start : start + width] for start in activity.starts])
    means = np.sort((activity.probabilities * within[:, None]).mean(axis=2), axis=1)[:, -2]
    return float(np.sqrt(np.sort(means)[-_WINDOWS:].mean()))


def _split(
    stretches: Stretches, pitches: Pitch, second: float, fitted: Calibration
) -> tuple[list[Stretches], float, list[Stretches]]:
    """Return the stretches of each voice, the probability that there is more than one, and the halves if there is one.

    Once there are two, the voices alone must say that there is a third: the second local speaker is accounted for.
    """
    is_first = halves(stretches.vectors)
    if is_first is None:
        return [stretches], 0.0, []
    probability = two_voices(measured(stretches, is_first, pitches, second), fitted)
    sides = [stretches.of(is_first), stretches.of(~is_first)]
    if probability <= 0.5:
        return [stretches], probability, sides
    return [voice for side in sides for voice in _split(side, pitches, 0.0, fitted)[0]], probability, []


def _overlaid(activity: Activity, rows: Vectors) -> Vectors:
    """Return one row of frames from a row for each window: the mean of those that cover a frame."""
    width = rows.shape[1]
    total = np.zeros(int(activity.starts.max()) + width, np.float32)
    cover = np.zeros_like(total)
    for start, row in zip(activity.starts, rows, strict=True):
        total[start : start + width] += row
        cover[start : start + width] += 1
    return np.asarray((total / np.maximum(cover, 1))[: activity.length])


def _active(activity: Activity, stretches: Stretches, voices: Vectors) -> Vectors:
    """Return how active each of the voices is (voices, frames)."""
    rows = activity.probabilities.max(axis=1)[None] if len(voices) == 1 else _assigned(activity, stretches, voices)
    return np.stack([_overlaid(activity, row) for row in rows])


def _covered(turns: Intervals, length: int) -> Mask:
    """Return which of so many frames lie in turns."""
    borders = np.rint(turns / STEP).ravel()
    return np.asarray(np.searchsorted(borders, np.arange(length), side="right") % 2 == 1)


def _turns(is_active: Mask) -> Intervals:
    return without_short(union(of_frames(is_active, STEP), gap=SHORTEST_PAUSE), _SHORTEST_TURN)


def _assigned(activity: Activity, stretches: Stretches, voices: Vectors) -> Vectors:
    """Return the activity of each voice (voices, windows, frames): that of the local speakers who it is in a window.

    Local speakers are first taken for different people, as the model does; those that are left over when no voice is,
    and are heard alone, for the voices that they are nearest to. The model often takes two voices for one local
    speaker, so where one is heard alone, what is heard there and then counts for more than all that is of them.
    """
    count, locals_, width = activity.probabilities.shape
    assigned = np.zeros((len(voices), count, width), np.float32)
    is_active = activity.probabilities > _ACTIVE
    is_alone = is_active & (is_active.sum(axis=1, keepdims=True) == 1)
    nearness = _nearness(stretches, voices, speech(activity))
    nearness = np.pad(nearness, ((0, width), (0, 0)))  # the last window may reach beyond the end
    for window, start in enumerate(activity.starts):
        sums = _sums(is_alone[window], stretches, int(start))
        likeness = sums @ voices.T
        # who is silent takes no voice from others; who is never heard alone takes one that they leave
        ranked = np.where(is_active[window].any(axis=1)[:, None], likeness, -count * width)
        paired = dict(zip(*linear_sum_assignment(ranked, maximize=True), strict=True))
        for local in range(locals_):
            if local not in paired and not sums[local].any():
                continue
            here = _LOCAL * unit(sums[local]) @ voices.T + nearness[start : start + width]
            is_taken_whole = np.delete(is_active[window], local, axis=0).any(axis=0) | (not sums[local].any())
            voice = np.where(is_taken_whole, paired.get(local, likeness[local].argmax()), here.argmax(axis=1))
            frames = np.arange(width)
            heard = activity.probabilities[window, local]
            assigned[voice, window, frames] = np.maximum(assigned[voice, window, frames], heard)
    return assigned


def _nearness(stretches: Stretches, voices: Vectors, is_speech: Mask) -> Vectors:
    """Return how near to each voice each frame is (frames, voices): in itself, and as part of speech without a pause.

    A frame in itself is the mean of the stretches over it, the middle of a stretch counting most. A frame that none
    covers is as near as the next one that is covered.
    """
    weights = np.hanning(WIDTH + 2)[1:-1]
    places, length = stretches.frames.ravel(), len(is_speech)
    cover = np.bincount(places, np.tile(weights, len(stretches.frames)), length)
    sums = [np.bincount(places, np.outer(one, weights).ravel(), length) for one in (stretches.vectors @ voices.T).T]
    is_covered = cover > 0
    covered = np.flatnonzero(is_covered)
    following = covered[np.minimum(np.cumsum(is_covered) - is_covered, len(covered) - 1)]
    alone = np.column_stack(sums)[following] / cover[following, None]
    run = np.cumsum(np.diff(is_speech, prepend=False))
    together = np.column_stack([np.bincount(run, one) for one in alone.T]) / np.bincount(run)[:, None].clip(1)
    return np.asarray(alone + together[run], np.float32)


def _sums(is_alone: Mask, stretches: Stretches, start: int) -> Vectors:
    """Return the sum of the stretches (local speakers, d) that each local speaker of a window holds alone."""
    width = is_alone.shape[1]
    near = slice(  # stretches come in order
        np.searchsorted(stretches.frames[:, -1], start), np.searchsorted(stretches.frames[:, 0], start + width)
    )
    shown = np.pad(is_alone, ((0, 0), (0, 1)))  # what lies outside the window is nobody's
    places = stretches.frames[near] - start
    places = np.where((places >= 0) & (places < width), places, width)
    shares = shown[:, places].mean(axis=2)
    return np.asarray(np.maximum(shares - _LEAST_SHARE, 0) @ stretches.vectors[near], np.float32)
