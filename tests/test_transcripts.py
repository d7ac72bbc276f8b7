from typing import Any

import polars as pl
import pytest

from curation.records import DISCLOSED, TARGET, WORD, Schema, shaped
from curation.transcripts import avoiding, disclosed, marked

SAID = "well I am forty five years old and that is all"


def words(text: str, start: float = 0.0) -> list[dict[str, Any]]:
    """Return words of half a second each."""
    return [
        {"text": word, "start_seconds": start + place / 2, "end_seconds": start + (place + 1) / 2, "confidence": 0.9}
        for place, word in enumerate(text.split())
    ]


def clips(*rows: dict[str, Any]) -> pl.DataFrame:
    known = {"clip_id": "c", "source": "made", "entity": "speaker:s", "words": None, "transcript": None}
    schema: Schema = {**dict.fromkeys(known, pl.String()), "words": pl.List(WORD)}
    return pl.DataFrame([{**known, **row} for row in rows], schema=dict(schema))


def target(**changes: Any) -> pl.DataFrame:
    known = {"clip_id": "c", "source": "made", "entity": "speaker:s", "is_alternative": False, "second_voice": 0.0}
    return shaped(pl.DataFrame([known | changes]), TARGET)


def test_words_with_times_give_the_span_of_what_they_disclose() -> None:
    (row,) = disclosed(clips({"words": words(SAID), "transcript": SAID})).rows(named=True)
    assert row["attribute"] == "age"
    assert "forty five years old" in row["words"]
    assert 0 < row["start_seconds"] <= 1.5
    assert 3.5 <= row["end_seconds"] < 5.5


def test_a_transcript_without_times_is_read_too() -> None:
    nothing: list[dict[str, Any]] = []
    for said in (None, nothing):
        (row,) = disclosed(clips({"words": said, "transcript": SAID})).rows(named=True)
        assert (row["attribute"], row["start_seconds"], row["end_seconds"]) == ("age", None, None)


def test_what_a_model_did_not_hear_but_the_source_says_is_found_without_times() -> None:
    misheard = clips({"words": words("nothing of interest here"), "transcript": SAID})
    (row,) = disclosed(misheard).rows(named=True)
    assert (row["attribute"], row["start_seconds"]) == ("age", None)


@pytest.mark.parametrize("untimed", [(), (1, 2), (0, 1, 2, 3), (5, 6), (4, 5, 6, 7)])
def test_where_its_first_or_last_word_has_no_times_a_span_reaches_to_the_next_that_has(
    untimed: tuple[int, ...],
) -> None:
    timed = words(SAID)
    (whole,) = disclosed(clips({"words": timed})).rows(named=True)
    first = SAID.split().index(whole["words"].split()[0])
    last = first + len(whole["words"].split()) - 1
    for place in untimed:
        timed[place] |= {"start_seconds": None, "end_seconds": None}
    (row,) = disclosed(clips({"words": timed})).rows(named=True)
    assert row["start_seconds"] <= first / 2
    assert row["end_seconds"] >= (last + 1) / 2


def test_a_span_that_no_timed_word_ends_has_no_times() -> None:
    timed = words("well I am forty five years old")
    for word in timed[4:]:
        word |= {"start_seconds": None, "end_seconds": None}
    (row,) = disclosed(clips({"words": timed})).rows(named=True)
    assert (row["start_seconds"], row["end_seconds"]) == (None, None)


def test_a_word_without_times_takes_those_of_its_neighbours_in_the_span() -> None:
    timed = words(SAID)
    timed[3] |= {"start_seconds": None, "end_seconds": None}
    (row,) = disclosed(clips({"words": timed})).rows(named=True)
    assert row["start_seconds"] is not None
    assert row["end_seconds"] >= 3.5


def test_clips_avoid_the_spans_that_are_timed() -> None:
    said = clips({"clip_id": "a", "words": words(SAID)}, {"clip_id": "b", "transcript": SAID}, {"clip_id": "c"})
    spans = dict(avoiding(said, disclosed(said)).select("clip_id", "avoided").iter_rows())
    assert [len(spans[name]) for name in "abc"] == [1, 0, 0]


@pytest.mark.parametrize(
    ("start", "end", "is_cut"),
    [(None, None, False), (0.0, 0.4, True), (6.0, 9.0, True), (0.0, 3.0, False), (2.0, 9.0, False)],
)
def test_a_disclosure_is_cut_where_the_stretch_that_is_kept_leaves_all_of_it_out(
    start: float | None, end: float | None, is_cut: bool
) -> None:
    found = disclosed(clips({"words": words(SAID)}))
    rows = marked(found, target(start_seconds=start, end_seconds=end))
    assert dict(rows.schema) == dict(DISCLOSED)
    assert rows["is_cut"].to_list() == [is_cut]


def test_a_disclosure_without_times_or_without_a_target_is_not_cut() -> None:
    untimed = disclosed(clips({"transcript": SAID}))
    assert marked(untimed, target(start_seconds=6.0, end_seconds=9.0))["is_cut"].to_list() == [False]
    assert marked(untimed, target().clear())["is_cut"].to_list() == [False]
