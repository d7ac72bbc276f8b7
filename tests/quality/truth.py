"""What is true of the labels of a corpus with errors planted: who is heard in each clip, and what they are."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from curation.records import Schema
from curation.turns import Intervals, intersection, seconds
from tests.quality.planting import Planting
from tests.quality.rebuilt import Rebuilt

# Seconds; a reference reaches this far around its speech (joins.py), so that as much of a voice may be silence.
_MARGIN = 0.1

Key = tuple[str, str]  # source and path
Spoken = Mapping[Key, Mapping[str, Intervals]]  # when each speaker speaks in the sounds of two

JUDGED: Schema = {
    **dict.fromkeys(("clip_id", "source", "entity", "attribute", "value"), pl.String),
    "fact_ids": pl.List(pl.String),
    "confidence": pl.Float64,
    "is_open": pl.Boolean,
    "is_true": pl.Boolean,
    "is_of_clip": pl.Boolean,
    "speaker": pl.String,
}


def judged(planting: Planting, spoken: Spoken, clean: Rebuilt, rebuilt: Rebuilt) -> pl.DataFrame:
    """Return the labels of which it is known what is true, of one recorded value each (JUDGED).

    `value` is recorded, `is_true` whether it is so of all who are heard in what is kept of the clip, and `speaker` the
    first of them. `is_of_clip`: what is wrong is who is heard, not the record. `is_open`: neither the label nor the
    clip was rejected.
    """
    truth, recorded = classes(clean), classes(rebuilt)
    paths = {clip: (source, path) for clip, source, _, path in rebuilt.claims.rows()}
    kept = {clip: (start, end) for clip, start, end in rebuilt.targets.rows()}
    rejected = set(rebuilt.rejections["clip_id"])
    heard = planting.heard()
    rows = []
    for label in rebuilt.labels.rows(named=True):
        clip, source, entity, attribute = (label[name] for name in ("clip_id", "source", "entity", "attribute"))
        claimed = entity.removeprefix("speaker:")
        key = paths[clip]
        voices = heard.get(key, (claimed,))
        if key in spoken:
            voices = still_heard(spoken[key], *kept.get(clip, (None, None)))
        value = recorded.get((source, entity, attribute))
        true = [truth.get((source, f"speaker:{voice}", attribute)) for voice in voices]
        if value is None or None in true:
            continue
        rows.append(
            {
                **{
                    name: label[name] for name in ("clip_id", "source", "entity", "attribute", "fact_ids", "confidence")
                },
                "value": value,
                "is_open": label["verdict"] != "rejected" and clip not in rejected,
                "is_true": set(true) == {value},
                "is_of_clip": voices != (claimed,),
                "speaker": voices[0],
            }
        )
    return pl.DataFrame(rows, dict(JUDGED))


def classes(rebuilt: Rebuilt) -> dict[tuple[str, str, str], str]:
    """Return the one class that all evidence on an entity leaves possible, by source, entity and attribute."""
    common: dict[tuple[str, str, str], set[str]] = {}
    for source, entity, attribute, values in rebuilt.evidence.rows():
        key = (source, entity, attribute)
        common[key] = common.get(key, set(values)) & set(values)
    return {key: next(iter(values)) for key, values in common.items() if len(values) == 1}


def still_heard(spoken: Mapping[str, Intervals], start: float | None, end: float | None) -> tuple[str, ...]:
    """Return who speaks between two times, or at all where they are null: nobody is heard less than the margin."""
    stretch = np.array([[-np.inf if start is None else start, np.inf if end is None else end]])
    found = tuple(speaker for speaker, turns in spoken.items() if seconds(intersection(turns, stretch)) > _MARGIN)
    return found or tuple(spoken)
