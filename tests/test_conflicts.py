"""Who is heard in clips whose voices are made up: speakers and what is a clip's own are drawn from one distribution."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.conflicts import belonging, conflicts
from curation.records import BELONGING, CONFLICT, Schema, empty
from curation.resemblance import different

SIZE = 64
CLIP: Schema = {
    "clip_id": pl.String,
    "source": pl.String,
    "entity": pl.String,
    "speech_seconds": pl.Float64,
    "vector": pl.List(pl.Float32),
}


class Corpus:
    """Clips of speakers who are numbers, under whatever speaker of whatever source they are filed.

    A source adds its own to all its vectors; `own` is how much a clip adds to the voice of its speaker.
    """

    def __init__(self, own: float = 0.6, seed: int = 0) -> None:
        self.dice = np.random.default_rng(seed)
        self.own = own
        self.voices = self.dice.normal(size=(400, SIZE))
        self.sources = {source: self.dice.normal(size=SIZE) for source in "abc"}
        self.rows: list[tuple[str, str, str, float, list[float] | None]] = []

    def add(self, heard: int, claimed: int | str, count: int = 1, source: str = "a") -> list[str]:
        """File clips in which one speaker is heard under another; return their ids."""
        ids = [f"{len(self.rows) + number:05}" for number in range(count)]
        for clip_id in ids:
            vector = self.voices[heard] + self.sources[source] + self.own * self.dice.normal(size=SIZE)
            entity = claimed if isinstance(claimed, str) else f"speaker:{claimed:03}"
            self.rows.append((clip_id, source, entity, 3.0, (vector / np.linalg.norm(vector)).tolist()))
        return ids

    def fill(self, speakers: Sequence[int], count: int = 6, source: str = "a") -> "Corpus":
        """Add speakers whose clips are their own."""
        for speaker in speakers:
            self.add(speaker, speaker, count, source)
        return self

    @property
    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.rows, dict(CLIP), orient="row")

    @property
    def judged(self) -> pl.DataFrame:
        return belonging(self.frame)

    def conflicts(self, kind: str) -> pl.DataFrame:
        return conflicts(self.frame, self.judged).filter(pl.col("kind") == kind)

    def misfiled(self) -> dict[str, str | None]:
        """Return whom each misfiled clip sounds like."""
        found = self.conflicts("misfiled")
        assert found.schema == pl.Schema(CONFLICT)
        return dict(found.select("clip_id", "other_entity").iter_rows())

    def same_person(self) -> list[tuple[str, str]]:
        found = self.conflicts("same_person")
        assert found["clip_id"].is_null().all()
        return list(found.select("entity", "other_entity").iter_rows())


def test_a_clip_filed_under_another_speaker_is_a_conflict_and_sounds_like_its_own() -> None:
    corpus = Corpus().fill(range(20))
    (misfiled,) = corpus.add(3, 7)
    assert corpus.misfiled() == {misfiled: "speaker:003"}
    (row,) = corpus.conflicts("misfiled").rows(named=True)
    assert (row["entity"], row["source"], row["other_source"]) == ("speaker:007", "a", "a")
    assert row["probability"] > 0.9
    assert row["likeness"] < 0.3


def test_a_clip_of_nobody_known_is_a_conflict_too() -> None:
    corpus = Corpus().fill(range(20))
    (misfiled,) = corpus.add(300, 7)
    assert corpus.misfiled() == {misfiled: None}


def test_clips_that_two_speakers_have_exchanged_are_both_found() -> None:
    corpus = Corpus().fill(range(20), count=4)
    (first,), (second,) = corpus.add(3, 7), corpus.add(7, 3)
    assert corpus.misfiled() == {first: "speaker:003", second: "speaker:007"}


def test_a_clip_is_found_among_few_and_several_among_one_speakers() -> None:
    corpus = Corpus().fill(range(20)).fill([20], count=3)
    among_few = corpus.add(3, 20)
    several = corpus.add(4, 7, 2) + corpus.add(300, 7) + corpus.add(5, 7)
    assert set(corpus.misfiled()) == {*among_few, *several}


def test_of_two_clips_that_disagree_either_may_be_the_wrong_one_and_rather_that_which_is_like_another_speaker() -> None:
    corpus = Corpus(own=0.4, seed=2).fill(range(20))
    for heard, claimed in ((301, 21), (302, 21), (3, 22), (303, 22)):
        corpus.add(heard, claimed)
    unknown, known = (
        1 - corpus.judged.filter(pl.col("entity") == entity)["probability"] for entity in ("speaker:021", "speaker:022")
    )
    assert unknown.is_between(0.05, 0.5).all()
    assert known[0] > 0.5 > known[1]


def test_of_a_clip_that_nothing_can_be_compared_with_nothing_is_said() -> None:
    corpus = Corpus().fill(range(20))
    lonely, nameless = corpus.add(3, 21), corpus.add(4, "path:a.wav") + corpus.add(5, "path:a.wav")
    corpus.rows.append(("unheard", "a", "speaker:003", 0.0, None))
    unknown = corpus.judged.filter(pl.col("probability").is_null() & pl.col("likeness").is_null())
    assert sorted(unknown["clip_id"]) == [*lonely, *nameless, "unheard"]
    assert corpus.judged.height == len(corpus.rows)
    assert corpus.judged.schema == pl.Schema(BELONGING)


@pytest.mark.parametrize("speakers", [0, 1])
def test_where_there_are_no_two_speakers_there_is_no_conflict(speakers: int) -> None:
    corpus = Corpus().fill(range(speakers))
    assert corpus.judged["probability"].is_null().all()
    assert conflicts(corpus.frame, corpus.judged).equals(empty(CONFLICT))


def test_one_person_under_two_ids_is_found_in_one_source_and_in_two() -> None:
    corpus = Corpus().fill(range(20)).fill(range(30, 50), source="b")
    corpus.add(3, 53, 6)
    corpus.add(4, 54, 6, source="b")
    assert corpus.same_person() == [("speaker:003", "speaker:053"), ("speaker:004", "speaker:054")]
    assert not corpus.misfiled()


def test_sources_of_one_speaker_each_are_compared_with_each_other() -> None:
    corpus = Corpus()
    for number, source in enumerate("abc"):
        corpus.sources[source] = np.zeros(SIZE)
        corpus.fill([number], source=source)
    (misfiled,) = corpus.add(0, 1, source="b")
    assert corpus.misfiled() == {misfiled: "speaker:000"}


def test_files_without_a_speaker_are_nobody_under_two_ids() -> None:
    corpus = Corpus().fill(range(20))
    for number in range(3):
        corpus.add(3, f"path:{number}.wav")
    assert not corpus.same_person()


def test_the_order_of_clips_never_matters() -> None:
    corpus = Corpus().fill(range(8)).fill(range(20, 28), source="b")
    corpus.add(3, 7)
    corpus.add(4, 50, 3)
    shuffled = corpus.frame.sample(fraction=1, shuffle=True, seed=1)
    assert belonging(shuffled).equals(corpus.judged)
    assert conflicts(shuffled, belonging(shuffled)).equals(conflicts(corpus.frame, corpus.judged))


def planted(share: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what is said of a corpus that is about as hard as a real one, and which of its clips are misfiled."""
    corpus = Corpus(seed=seed)
    corpus.voices[:, 12:] *= 0.2  # few directions tell voices apart, so that some are alike
    misfiled = []
    for number in range(360):
        speaker = number % 60
        is_misfiled = corpus.dice.random() < share
        claimed = (speaker + int(corpus.dice.integers(1, 60))) % 60 if is_misfiled else speaker
        misfiled += [(*corpus.add(speaker, claimed), is_misfiled)]
    return corpus.judged, pl.DataFrame(misfiled, {"clip_id": pl.String, "is_misfiled": pl.Boolean}, orient="row")


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1])
def test_probabilities_mean_what_they_say_however_many_clips_are_misfiled(share: float) -> None:
    both = [planted(share, seed) for seed in range(2)]
    rows = pl.concat([judged.join(misfiled, "clip_id") for judged, misfiled in both]).drop_nulls("probability")
    doubt, is_misfiled = 1 - rows["probability"].to_numpy(), rows["is_misfiled"].to_numpy()
    bands = np.digitize(doubt, [0.05, 0.2, 0.5, 0.8])
    gaps = [abs((doubt - is_misfiled)[bands == band].sum()) for band in range(5)]
    assert sum(gaps) / len(doubt) < 0.03  # the expected calibration error
    assert (doubt[~is_misfiled] >= 0.05).mean() <= 0.03
    assert share == 0 or (doubt[is_misfiled] >= 0.05).mean() >= 0.9


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 4)), max_size=8))
def test_all_pairs_of_two_speakers_of_a_source_are_compared_where_they_are_few(
    speakers: list[tuple[int, int, int]],
) -> None:
    rows = sorted((source, 4 * source + entity) for source, entity, count in speakers for _ in range(count))
    source, entity = np.array(rows, np.int64).reshape(-1, 2).T
    found = {*zip(*(places.tolist() for places in different(source, entity)), strict=True)}
    every = {(one, two) for one in range(len(rows)) for two in range(len(rows)) if entity[one] != entity[two]}
    within = {(one, two) for one, two in every if source[one] == source[two]}
    assert found == (within or every)
