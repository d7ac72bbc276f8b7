"""Recordings of which it is claimed that a speaker is heard, beside other clips of that speaker."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from curation.identity import CLIP
from curation.services import Diarization, Voice
from curation.turns import seconds

CUT_SECONDS = (3.0, 15.0)


class Sound(NamedTuple):
    """What is known of a recording: how long it is and who speaks when."""

    seconds: float
    diarization: Diarization


class Claim(NamedTuple):
    """A recording, and other clips of the speaker that it is claimed to be of."""

    sound: Sound
    others: Sequence[Sound]


def segmented(claims: Iterable[Claim]) -> pl.DataFrame:
    """Return the clips as identity is given them: each claim is an entity of its own, named by its number."""
    rows = [
        _row(f"{number:06}", clip, sound)
        for number, claim in enumerate(claims)
        for clip, sound in enumerate((claim.sound, *claim.others))
    ]
    return pl.DataFrame(rows, dict(CLIP), orient="row")


def claimed(found: pl.DataFrame) -> pl.DataFrame:
    """Return what identity says of the recordings, in the order of their claims."""
    return found.filter(pl.col("clip_id").str.ends_with("/0")).sort("clip_id")


def _row(entity: str, clip: int, sound: Sound) -> tuple[object, ...]:
    found = sound.diarization
    voices, alternative = ([_voice(one) for one in some] for some in (found.voices, found.alternative))
    return "", entity, f"{entity}/{clip}", sound.seconds, found.second_voice, voices, alternative, [], *CUT_SECONDS


def _voice(voice: Voice) -> dict[str, object]:
    return {
        "speech_seconds": seconds(voice.turns),
        "turns": [{"start_seconds": start, "end_seconds": end} for start, end in voice.turns.tolist()],
        "exclusive_turns": [],
        "vector": voice.vector.tolist(),
    }
