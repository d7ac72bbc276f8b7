"""How many of the errors that were planted are found, and what it costs in recordings without any.

A recording is found if none of the labels that its error may make wrong is accepted, or if it was rejected. A label
that only waits for an audit counts as accepted: audits are drawn by chance.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from tests.quality.planting import Planting, is_unfitted
from tests.quality.rebuilt import Rebuilt
from tests.quality.record_files import Person, Recording

VOICE_REASONS = ("voice_disagrees", "identity_doubtful", "second_voice", "quality")
AUDIT_REASON = "drawn_for_audit"
RESAMPLES = 2_000

FILE = ("source", "path")


class Plant(NamedTuple):
    """A file that an error was planted in. `attribute` is that of the wrong label, null where all may be wrong.

    `speaker` is who speaks in it, or spoke in `original`, the file in the corpus as it was.
    """

    kind: str
    source: str
    path: str
    attribute: str | None
    speaker: str
    original: str
    is_unfitted: bool


class Share(NamedTuple):
    """A share of so many recordings of so many speakers, with its 95 % interval."""

    share: float
    low: float
    high: float
    recordings: int
    speakers: int

    def __str__(self) -> str:
        interval = f"[{100 * self.low:.1f}, {100 * self.high:.1f}]"
        return f"{100 * self.share:.1f} % {interval} of {self.recordings:,} of {self.speakers} speakers"


def plants(planting: Planting, recordings: Sequence[Recording]) -> pl.DataFrame:
    """Return a row (Plant) for each file that an error was planted in."""
    return pl.DataFrame(list(_plants(planting, recordings)), _schema(), orient="row")


def _schema() -> dict[str, type[pl.DataType]]:
    return {name: pl.Boolean if name == "is_unfitted" else pl.String for name in Plant._fields}


def _plants(planting: Planting, recordings: Sequence[Recording]) -> Iterator[Plant]:
    for misfiled in planting.misfiled:
        yield _plant("misfiled", misfiled.recording)
    for spliced in planting.spliced:
        yield _plant("spliced", spliced.recording, spliced.path)
    for copied in planting.copied:
        yield _plant("copied", copied.recording, copied.path)
    for kind, attribute, people in (("flipped", "gender", planting.flipped), ("moved", "age", planting.moved)):
        for recording in recordings_of(people, recordings):
            yield _plant(kind, recording, attribute=attribute)


def _plant(kind: str, recording: Recording, path: str | None = None, attribute: str | None = None) -> Plant:
    source, speaker, original = recording.source, recording.speaker, recording.path
    return Plant(kind, source, path or original, attribute, speaker, original, is_unfitted(recording))


def recordings_of(people: Collection[Person], recordings: Iterable[Recording]) -> list[Recording]:
    known = {(person.source, person.speaker) for person in people}
    return [one for one in recordings if (one.source, one.speaker) in known]


def found(planted: pl.DataFrame, clean: Rebuilt, rebuilt: Rebuilt) -> pl.DataFrame:
    """Return the plants of which a label was accepted before, with `is_found` and `reasons`, all that there are."""
    number = planted.with_row_index("number")
    before = _labels_of(number, clean, "original").filter("is_accepted")["number"]
    after = (
        _labels_of(number, rebuilt, "path")
        .group_by("number")
        .agg(
            pl.col("is_accepted").any(),
            pl.col("reasons").explode(empty_as_null=False, keep_nulls=False).unique().sort(),
        )
    )
    # what has no label any more left before there were any
    return (
        number.filter(pl.col("number").is_in(before.implode()))
        .join(after, on="number", how="left", maintain_order="left")
        .with_columns(is_found=~pl.col("is_accepted").fill_null(value=False))
        .drop("number", "is_accepted")
    )


def clean_recordings(planted: pl.DataFrame, planting: Planting, recordings: Sequence[Recording]) -> list[Recording]:
    """Return the recordings in which nothing was planted and that are in the corpus still."""
    touched = {*planted.select(FILE).rows(), *planted.select("source", "original").rows(), *planting.left_out()}
    return [one for one in recordings if (one.source, one.path) not in touched]


def disturbed(recordings: Sequence[Recording], rebuilt: Rebuilt) -> pl.DataFrame:
    """Return the recordings that have labels: source, path, speaker, and whether any of them is contested.

    There is a column for each reason of the voice, `is_contested` for any of them, and `is_either` if the clip was
    rejected as well.
    """
    named = pl.DataFrame(
        [(one.source, one.path, one.speaker) for one in recordings],
        dict.fromkeys(("source", "path", "speaker"), pl.String),
        orient="row",
    )
    has = {reason: pl.col("reasons").list.contains(reason).any() for reason in VOICE_REASONS}
    return (
        named.join(_states(rebuilt), on=FILE, maintain_order="left")
        .group_by("source", "path", "speaker", maintain_order=True)
        .agg(**has, is_rejected=pl.col("is_rejected").any())
        .with_columns(is_contested=pl.any_horizontal(VOICE_REASONS))
        .with_columns(is_either=pl.col("is_contested") | pl.col("is_rejected"))
    )


def _labels_of(planted: pl.DataFrame, rebuilt: Rebuilt, path: str) -> pl.DataFrame:
    """Return the labels, by the plant's number, that the error may make wrong."""
    states = _states(rebuilt).rename({"path": path, "attribute": "of"})
    return planted.join(states, on=["source", path]).filter(
        pl.col("attribute").is_null() | (pl.col("attribute") == pl.col("of"))
    )


def _states(rebuilt: Rebuilt) -> pl.DataFrame:
    """Return each file's labels, with all reasons for which they may not be published."""
    rejected = rebuilt.rejections.group_by("clip_id").agg(rejected_for=pl.col("reason").unique().sort())
    return (
        rebuilt.copies.join(rebuilt.labels.select("clip_id", "attribute", "reasons"), on="clip_id")
        .join(rejected, on="clip_id", how="left", maintain_order="left")
        .select(
            *FILE,
            "attribute",
            pl.concat_list("reasons", pl.col("rejected_for").fill_null([]))
            .list.set_difference([AUDIT_REASON])
            .alias("reasons"),
            pl.col("rejected_for").is_not_null().alias("is_rejected"),
        )
        .with_columns(is_accepted=pl.col("reasons").list.len() == 0)
    )


def share(rows: pl.DataFrame, column: str) -> Share:
    """Return which share of the rows a column is true for, of one row a recording and its speaker.

    The interval is the percentile bootstrap over speakers, whose recordings are not independent: Efron and Tibshirani
    (1993), An Introduction to the Bootstrap, chapter 13.
    """
    counts = rows.group_by("source", "speaker", maintain_order=True).agg(pl.col(column).sum(), pl.len())
    hits, all_ = counts[column].to_numpy().astype(float), counts["len"].to_numpy().astype(float)
    weights = resampled(len(counts))
    low, high = np.quantile((weights @ hits) / (weights @ all_), [0.025, 0.975])
    return Share(hits.sum() / all_.sum(), low, high, int(all_.sum()), len(counts))


def resampled(count: int) -> npt.NDArray[np.int64]:
    """Return how often each of so many speakers is drawn in each resample (resamples, speakers)."""
    return np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), RESAMPLES)


def reasons(rows: pl.DataFrame) -> str:
    """Return how often each reason stands among what is found, the most frequent first."""
    counts = Counter(
        reason for some in rows.filter("is_found")["reasons"].to_list() for reason in some or ["not there"]
    )
    return ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
