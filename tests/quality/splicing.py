"""The sounds that are planted: recordings with a second voice, and copies that are encoded otherwise."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from curation.adapters.pyav import encode
from curation.audio import RATE, Samples, decode
from curation.turns import Intervals
from tests.quality.joins import Clip, Join, join, trimmed
from tests.quality.planting import Copied, Planting, Spliced
from tests.quality.record_files import Recording

_LONGEST = 7200.0


def make(plantings: Sequence[Planting], corpus: Path) -> dict[tuple[str, str], dict[str, Intervals]]:
    """Write the sounds that are planted; return when each speaker speaks in those of two, by source and path."""
    found: dict[tuple[str, str], dict[str, Intervals]] = {}
    for seed, planting in enumerate(plantings):
        for spliced in planting.spliced:
            clip, other = _clip(spliced.recording, corpus), _clip(spliced.other, corpus)
            joined = joined_of(spliced, clip, other, seed)
            path = corpus / spliced.recording.source / spliced.path
            path.parent.mkdir(exist_ok=True)
            soundfile.write(path, joined.samples, RATE, subtype="PCM_16")
            both = (spliced.recording.speaker, spliced.other.speaker)
            found[spliced.recording.source, spliced.path] = {each: joined.speakers[each] for each in both}
        for copied in planting.copied:
            path = corpus / copied.recording.source / copied.path
            path.parent.mkdir(exist_ok=True)
            original = corpus / copied.recording.source / copied.recording.path
            path.write_bytes(encoded(copied, decode(original, _LONGEST).pcm))
    return found


def joined_of(spliced: Spliced, clip: Clip, other: Clip, seed: int) -> Join:
    """Return one turn of each of two speakers, as the joins are that the search for second voices is measured on."""
    turns = [(spliced.recording.speaker, [clip]), (spliced.other.speaker, [other])]
    dice = random.Random(f"{seed} {spliced.path}")
    return join(dice, dict(turns if spliced.is_first else reversed(turns)), 2, overlap=spliced.is_overlapped)


def encoded(copied: Copied, samples: Samples) -> bytes:
    form = copied.encoding
    louder = np.clip(samples * 10 ** (form.decibels / 20), -1, 1)[None]
    return encode(louder, RATE, extension=form.extension, codec=form.codec, to_rate=form.rate, bit_rate=form.bit_rate)


def _clip(recording: Recording, corpus: Path) -> Clip:
    clip = trimmed(decode(corpus / recording.source / recording.path, _LONGEST).pcm)
    if clip is None:
        raise ValueError(f"{recording.path}: no speech to splice")
    return clip
