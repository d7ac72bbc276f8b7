"""Errors are planted where it is said, and what is found of them is counted right."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from curation.audio import RATE
from curation.turns import seconds
from tests.quality.baselines import chances, likeness
from tests.quality.calibration import bins, calibration
from tests.quality.curve import NEVER, asked_in_order, curve, is_ahead, set_right
from tests.quality.found import clean_recordings, disturbed, found, plants, share
from tests.quality.found import reasons as reasons_of
from tests.quality.joins import Clip
from tests.quality.planting import (
    ENCODINGS,
    LEAST_CLIPS,
    Copied,
    Misfiled,
    Planting,
    Spliced,
    planted,
    plantings,
)
from tests.quality.rebuilt import Rebuilt
from tests.quality.record_files import (
    ANSWERS,
    READ_SENTENCES,
    SURVEY,
    Files,
    Person,
    Recording,
    people,
    read,
    recordings,
)
from tests.quality.splicing import joined_of
from tests.quality.truth import judged

SEEDS = 20


@pytest.fixture(scope="module")
def files(corpus: Path) -> Files:
    return read(corpus)


@pytest.fixture(scope="module")
def drawn(files: Files, corpus: Path) -> list[Planting]:
    return plantings(people(files), recordings(files, corpus), SEEDS)


def changed(before: Files, after: Files) -> list[tuple[str, str, str]]:
    """Return the lines that are not as they were: file, before and after."""
    return [
        (name, one, other)
        for name in before
        for one, other in zip(before[name].splitlines(), after[name].splitlines(), strict=True)
        if one != other
    ]


def test_a_flipped_record_is_flipped_in_exactly_one_line(files: Files) -> None:
    (adult,) = [one for one in people(files) if one.source == READ_SENTENCES and one.speaker == "0001"]
    ((name, before, after),) = changed(files, planted(files, Planting(flipped=(adult,))))
    assert (name, before, after) == ("speechocean762/train/spk2gender", "0001\tm", "0001\tf")
    ((name, before, after),) = changed(files, planted(files, Planting(moved=(adult,))))
    assert name == "speechocean762/train/spk2age"
    assert int(after.split()[1]) == int(before.split()[1]) + 30


def test_answers_that_stand_in_a_line_a_prompt_are_flipped_in_all_of_them(files: Files) -> None:
    person = next(one for one in people(files) if one.source == SURVEY and one.gender == "Female")
    lines = changed(files, planted(files, Planting(flipped=(person,))))
    assert {name for name, _, _ in lines} == {ANSWERS}
    assert [(before.replace(",Female,", ",Male,"), person.speaker in before) for _, before, _ in lines] == [
        (after, True) for _, _, after in lines
    ]
    assert len(lines) == 3


def test_a_misfiled_clip_stands_under_another_speaker_with_at_least_four_clips(
    files: Files, drawn: list[Planting], corpus: Path
) -> None:
    for planting in drawn:
        after = recordings(planted(files, planting.only("misfiled")), corpus)
        speaker = {one.key: one.speaker for one in after}
        moved = {one.recording.key for one in planting.misfiled}
        own = Counter(one.speaker for one in after if one.key not in moved)
        assert len(moved) == 15
        for one in planting.misfiled:
            assert speaker[one.recording.key] == one.speaker != one.recording.speaker
            assert own[one.speaker] >= LEAST_CLIPS
        others = {one.key: one.speaker for one in recordings(files, corpus) if one.key not in moved}
        assert others.items() <= speaker.items()


def test_a_seed_plants_the_same_whatever_else_is_drawn_and_no_clip_is_met_twice(
    files: Files, drawn: list[Planting], corpus: Path
) -> None:
    assert plantings(people(files), recordings(files, corpus), 3) == drawn[:3]
    for kind in ("misfiled", "spliced", "copied"):
        clips = [one.recording for planting in drawn for one in getattr(planting, kind)]
        assert len(clips) == len(set(clips))
    for planting in drawn:
        clips = [one.recording for kind in ("misfiled", "spliced", "copied") for one in getattr(planting, kind)]
        clips += [one.other for one in planting.spliced]
        assert len(clips) == len(set(clips))


def test_a_spliced_clip_stands_where_the_clip_stood_and_the_other_leaves(files: Files, drawn: list[Planting]) -> None:
    one = drawn[0].spliced[0]
    after = planted(files, Planting(spliced=(one,)))
    listed = "".join(after[f"speechocean762/{folder}/wav.scp"] for folder in ("train", "test"))
    assert f"{one.recording.key}\t{one.path}\n" in listed
    assert one.recording.path not in listed
    assert one.other.key not in listed
    assert one.recording.speaker != one.other.speaker


def test_a_splice_holds_both_voices_for_the_times_that_are_stated() -> None:
    time = np.arange(2 * RATE) / RATE
    low, high = (
        Clip((0.1 * np.sin(2 * np.pi * hertz * time)).astype(np.float32), np.array([[0.0, 2.0]]))
        for hertz in (200, 300)
    )
    mine, theirs = (Recording("s", speaker, speaker, f"{speaker}.wav") for speaker in "AB")
    for is_first in (True, False):
        for is_overlapped in (True, False):
            spliced = Spliced(mine, theirs, f"{is_first}{is_overlapped}.wav", is_first, is_overlapped)
            joined = joined_of(spliced, low, high, 0)
            assert [seconds(joined.speakers[each]) for each in "AB"] == pytest.approx([2.0, 2.0])
            assert (joined.speakers["A"][0, 0] < joined.speakers["B"][0, 0]) == is_first
            for speaker, hertz in (("A", 200), ("B", 300)):
                start, end = (round(second * RATE) for second in joined.speakers[speaker][0])
                heard = joined.samples[start : end - 1]
                tone = np.exp(-2j * np.pi * hertz * np.arange(len(heard)) / RATE)
                assert 2 * np.abs(np.mean(heard * tone)) == pytest.approx(0.1, rel=0.35)


RECORDINGS = [Recording("s", str(place), speaker, f"{place}.wav") for place, speaker in enumerate("AAABBBCC")]
GENDERS = {"A": "Female", "B": "Male", "C": "Male"}
AGES = {"A": "20-30", "B": "20-30", "C": "30-40"}


def rebuilt(
    *reasons: tuple[str, str, str],
    under: dict[str, str] | None = None,
    genders: dict[str, str] | None = None,
    rejected: tuple[str, ...] = (),
    questions: tuple[tuple[object, ...], ...] = (),
) -> Rebuilt:
    """Return what is said of RECORDINGS: a label of gender and of age each, contested for `reasons`.

    A reason is of a clip and an attribute, a question of kind, source, entity, clip, attribute and facts.
    """
    speakers = {one.key: one.speaker for one in RECORDINGS} | (under or {})
    recorded = {"gender": GENDERS | (genders or {}), "age": AGES}
    labels = [
        {
            "clip_id": clip,
            "source": "s",
            "entity": f"speaker:{speaker}",
            "attribute": attribute,
            "reasons": [why for one, of, why in reasons if (one, of) == (clip, attribute)],
            "confidence": 0.9,
            "fact_ids": [f"{attribute} of {speaker}"],
        }
        for clip, speaker in speakers.items()
        for attribute in recorded
    ]
    is_accepted = pl.col("reasons").list.len() == 0
    claims = [
        {"clip_id": clip, "source": "s", "entity": f"speaker:{one}", "path": f"{clip}.wav"}
        for clip, one in speakers.items()
    ]
    said = [
        {"source": "s", "entity": f"speaker:{speaker}", "attribute": attribute, "values": [value]}
        for attribute, values in recorded.items()
        for speaker, value in values.items()
    ]
    none = dict.fromkeys(("clip_id", "reason"), pl.String)
    columns = ("kind", "source", "entity", "clip_id", "attribute", "fact_ids")
    return Rebuilt(
        labels=pl.DataFrame(labels, schema_overrides={"reasons": pl.List(pl.String)}).with_columns(
            verdict=pl.when(is_accepted).then(pl.lit("accepted")).otherwise(pl.lit("contested"))
        ),
        claims=pl.DataFrame(claims),
        copies=pl.DataFrame(claims).select("clip_id", "source", "path"),
        evidence=pl.DataFrame(said),
        rejections=pl.DataFrame([{"clip_id": clip, "reason": "target_unknown"} for clip in rejected], none),
        targets=pl.DataFrame(schema={"clip_id": pl.String, "start_seconds": pl.Float64, "end_seconds": pl.Float64}),
        voices=pl.DataFrame({"clip_id": list(speakers), "vector": [[1.0, 0.0]] * len(speakers)}),
        questions=pl.DataFrame([dict(zip(columns, one, strict=True)) for one in questions]),
        skills=pl.DataFrame(),
    )


MISFILED = Planting(misfiled=(Misfiled(RECORDINGS[0], "B"),))
FLIPPED = Planting(flipped=(Person("s", "B", 30, "Male"),))


@pytest.mark.parametrize(
    ("reasons", "rejected", "is_found"),
    [
        ([], (), False),
        ([("0", "gender", "voice_disagrees")], (), False),
        ([("0", "gender", "voice_disagrees"), ("0", "age", "identity_doubtful")], (), True),
        ([("0", "gender", "drawn_for_audit"), ("0", "age", "drawn_for_audit")], (), False),
        ([], ("0",), True),
    ],
)
def test_a_misfiled_clip_is_found_if_no_label_of_it_is_accepted_or_it_was_rejected(
    reasons: list[tuple[str, str, str]], rejected: tuple[str, ...], is_found: bool
) -> None:
    now = rebuilt(*reasons, under={"0": "B"}, rejected=rejected)
    assert found(plants(MISFILED, RECORDINGS), rebuilt(), now)["is_found"].to_list() == [is_found]


def test_of_a_flipped_speaker_the_genders_that_were_accepted_before_are_counted() -> None:
    before = rebuilt(("3", "gender", "words_give_it_away"))
    now = rebuilt(("4", "gender", "voice_disagrees"), ("5", "age", "voice_disagrees"), genders={"B": "Female"})
    rows = found(plants(FLIPPED, RECORDINGS), before, now)
    assert rows.select("path", "is_found").rows() == [("4.wav", True), ("5.wav", False)]
    assert reasons_of(rows) == "voice_disagrees 1"
    assert str(share(rows, "is_found")) == "50.0 % [50.0, 50.0] of 2 of 1 speakers"


def test_a_copy_that_is_found_is_contested_where_it_is_kept() -> None:
    copied = Copied(RECORDINGS[0], "B", "9", ENCODINGS[0])
    planting = Planting(copied=(copied,))
    for reason, is_found in (("copy_under_two_speakers", True), ("", False)):
        told = [("0", attribute, reason) for attribute in ("age", "gender") if reason]
        now = rebuilt(*told)
        copies = pl.concat([now.copies, pl.DataFrame({"clip_id": ["0"], "source": ["s"], "path": [copied.path]})])
        rows = found(plants(planting, RECORDINGS), rebuilt(), replace(now, copies=copies))
        assert rows["is_found"].to_list() == [is_found]


def test_clean_clips_are_those_that_no_error_touches() -> None:
    planting = replace(FLIPPED, spliced=(Spliced(RECORDINGS[6], RECORDINGS[0], "new.wav", True, False),))
    clean = clean_recordings(plants(planting, RECORDINGS), planting, RECORDINGS)
    assert [one.key for one in clean] == ["1", "2", "7"]
    rows = disturbed(clean, rebuilt(("1", "age", "quality"), ("2", "age", "records_disagree"), rejected=("7",)))
    assert rows.select("path", "quality", "is_contested", "is_either").rows() == [
        ("1.wav", True, True, True),
        ("2.wav", False, False, False),
        ("7.wav", False, False, True),
    ]


def wrong(planting: Planting, now: Rebuilt) -> pl.DataFrame:
    return judged(planting, {}, rebuilt(), now).filter(~pl.col("is_true"))


def test_a_label_is_wrong_where_the_record_is_or_where_somebody_else_is_heard() -> None:
    both = replace(FLIPPED, misfiled=(Misfiled(RECORDINGS[6], "A"),))
    labels = wrong(both, rebuilt(under={"6": "A"}, genders={"B": "Female"}))
    assert labels.select("clip_id", "attribute", "is_of_clip").rows() == [
        *((clip, "gender", False) for clip in "345"),
        ("6", "gender", True),
        ("6", "age", True),
    ]
    # who is filed under somebody of the same gender and age has labels that are right by chance
    same = Planting(misfiled=(Misfiled(RECORDINGS[6], "B"),))
    assert wrong(same, rebuilt(under={"6": "B"}))["attribute"].to_list() == ["age"]


def test_a_second_voice_makes_a_label_wrong_unless_the_cut_leaves_it_out() -> None:
    spliced = Spliced(RECORDINGS[0], RECORDINGS[7], "0.wav", True, False)
    spoken = {("s", "0.wav"): {"A": np.array([[0.0, 2.0]]), "C": np.array([[2.2, 4.0]])}}
    for start, end, count in ((None, None, 2), (0.0, 2.25, 0), (0.5, 3.0, 2), (2.2, 4.0, 2)):
        span = {"start_seconds": pl.Float64, "end_seconds": pl.Float64, "clip_id": pl.String}
        kept = pl.DataFrame({"clip_id": ["0"], "start_seconds": [start], "end_seconds": [end]}, schema_overrides=span)
        labels = judged(Planting(spliced=(spliced,)), spoken, rebuilt(), replace(rebuilt(), targets=kept))
        assert labels.filter(~pl.col("is_true"))["clip_id"].to_list() == ["0"] * count


def test_a_question_sets_right_the_labels_that_its_unit_covers() -> None:
    both = replace(FLIPPED, misfiled=(Misfiled(RECORDINGS[6], "A"),))
    now = rebuilt(
        under={"6": "A"},
        genders={"B": "Female"},
        questions=(
            ("record", "s", "speaker:A", None, "gender", ["gender of A"]),
            ("hearing", "s", "speaker:B", "4", "gender", []),
            ("record", "s", "speaker:B", None, "gender", ["gender of B"]),
            ("words", "s", "speaker:A", "1", None, []),
            ("identity", "s", "speaker:A", "6", None, []),
            ("voices", "s", "speaker:A", "6", None, []),
        ),
    )
    labels = wrong(both, now)
    assert set_right(labels, now.questions).tolist() == [3, 2, 3, 5, 5]
    assert set_right(labels, now.questions[:2]).tolist() == [NEVER, 2, NEVER, NEVER, NEVER]


def test_asked_in_an_order_every_speakers_attribute_is_asked_once() -> None:
    labels = pl.DataFrame({"source": "s", "entity": list("AABBA"), "attribute": ["age", "gender", "age", "age", "age"]})
    assert asked_in_order(labels, np.array([3, 0, 4, 2, 1])).tolist() == [2, 3, 1, 1, 2]


def test_the_curve_of_a_made_up_case() -> None:
    ours = curve(np.array([1, 1, 2, NEVER]), ["A", "A", "B", "B"], 4)
    assert ours.left.tolist() == [1, 0.5, 0.25, 0.25, 0.25]
    assert ours.reaches(0.5) == "1 [1, 2]"
    assert ours.reaches(0.9) == "never [1, never]"
    other = curve(np.array([[1, 2], [2, 1], [4, 4], [4, 4]]), ["A", "A", "B", "B"], 4)
    assert other.left.tolist() == [1, 0.75, 0.5, 0.5, 0]
    assert is_ahead(ours, other).tolist() == [True, True, True, False]


def labels_of(confidence: list[float], true: list[bool]) -> pl.DataFrame:
    speakers = [str(place % 7) for place in range(len(true))]
    return pl.DataFrame({"confidence": confidence, "is_true": true, "source": "s", "speaker": speakers})


def test_a_confidence_that_is_off_by_a_tenth_has_that_calibration_error() -> None:
    dice = np.random.default_rng(1)
    stated = dice.uniform(0.3, 0.8, 20_000)
    right = dice.uniform(size=len(stated)) < stated
    assert calibration(labels_of(stated.tolist(), right.tolist())).error < 0.02
    off = calibration(labels_of((stated + 0.1).tolist(), right.tolist()))
    assert off.error == pytest.approx(0.1, abs=0.01)
    assert off.low <= off.error <= off.high
    assert (off.labels, off.speakers, off.bins) == (20_000, 7, 15)


def test_labels_of_one_confidence_are_in_one_bin() -> None:
    stated = np.array([0.9] * 40 + [0.2] * 5)
    assert len(set(bins(stated)[:40])) == 1
    assert len(set(bins(stated))) == 2
    assert calibration(labels_of(stated.tolist(), [True] * 36 + [False] * 4 + [False] * 4 + [True])).error < 1e-9


def test_the_baselines_know_a_clip_that_is_unlike_the_others() -> None:
    dice = np.random.default_rng(2)
    near = [dice.normal(0, 0.1, 8) + np.eye(8)[place // 20] for place in range(40)]
    values = ["Female"] * 20 + ["Male"] * 20
    speakers = [f"{value}{place % 5}" for place, value in enumerate(values)]
    values[7] = "Male"
    values[30] = "nobody else's"
    clips = pl.DataFrame({"source": "s", "entity": speakers, "value": values, "vector": near})
    likely = chances(clips, 10.0)
    assert likely[30] == 0
    assert np.argmin(np.delete(likely, 30)) == 7
    alike = likeness(
        pl.DataFrame({"source": "s", "entity": [*"AAAB"], "vector": [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]})
    )
    assert alike[:3] == pytest.approx([0.5**0.5, 0.5**0.5, 0])
    assert np.isnan(alike[3])
