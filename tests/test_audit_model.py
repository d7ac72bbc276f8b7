from typing import Any

import numpy as np
import polars as pl
import pytest

from curation.audit_model import AUDIT_MODEL, Estimated, estimated
from curation.records import ESTIMATE, SKILL
from curation.reliability import reliability, supported

JUDGEMENT = pl.Struct({"classifier": pl.String, "attribute": pl.String, "value": pl.String, "probability": pl.Float64})


def corpus(speakers: int, distance: float, seed: int = 0, takes: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return voices and records of men and women whose vectors lie so far apart, spread by 1 in every direction."""
    dice = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number in range(speakers):
        is_male = number % 2
        centre = dice.standard_normal(16)
        centre[0] += distance * (is_male - 0.5)
        for take in range(takes):
            vector = centre + 0.5 * dice.standard_normal(16)
            rows.append(
                {
                    "clip_id": f"{number:04} {take}",
                    "source": ("one", "two")[number // 2 % 2],
                    "entity": f"speaker:{number:04}",
                    "value": ("Female", "Male")[is_male],
                    "vector": (vector / np.linalg.norm(vector)).tolist(),
                    "speech_seconds": 3.0,
                    "pitch_hz": float(dice.uniform(90, 250)),
                }
            )
    frame = pl.DataFrame(rows).with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("pitch_spread", "voiced_share", "speaking_rate")
    )
    voiced = frame.drop("value").with_columns(judgements=pl.lit([], pl.List(JUDGEMENT)))
    return voiced, frame.select("clip_id", "source", "entity", "value", attribute=pl.lit("gender"))


def chances_of(
    found: Estimated, recorded: pl.DataFrame, wrong: tuple[str, ...] = ()
) -> tuple[list[float], list[float]]:
    """Return the chances that estimates give the recorded class, of clips of those that are wrong and of the others."""
    rows = found.estimates.explode("chances").unnest("chances")
    told = recorded.join(rows, on=["clip_id", "attribute", "value"])
    is_wrong = pl.col("entity").is_in(wrong)
    return told.filter(is_wrong)["probability"].to_list(), told.filter(~is_wrong)["probability"].to_list()


def test_what_voices_tell_is_estimated_of_speakers_who_were_not_learned_from() -> None:
    voiced, recorded = corpus(80, distance=6)
    found = estimated(voiced, recorded)
    assert (dict(found.estimates.schema), dict(found.skills.schema)) == (dict(ESTIMATE), dict(SKILL))
    assert found.estimates["witness"].unique().to_list() == [AUDIT_MODEL]
    assert found.estimates["chances"].list.eval(pl.element().struct.field("probability")).list.sum().to_list() == (
        pytest.approx([1.0] * 240, abs=2e-4)
    )
    assert np.mean(np.array(chances_of(found, recorded)[1]) > 0.5) > 0.95
    by_speakers, by_sources = found.skills.rows(named=True)
    assert (by_speakers["held_out"], by_sources["held_out"]) == ("speakers", "sources")
    assert by_speakers["low"] < by_speakers["skill"] < by_speakers["high"]
    assert (by_speakers["count_speakers"], by_speakers["is_used"]) == (80, True)


def test_where_voices_tell_nothing_hardly_anything_is_estimated() -> None:
    found = [estimated(*corpus(80, distance=0, seed=seed)) for seed in range(10)]
    # an interval of 95 % lies above nothing by chance in one of forty
    assert sum(bool(some.skills.filter(held_out="speakers")["is_used"][0]) for some in found) <= 1
    assert all(some.skills["is_used"].any() or some.estimates.is_empty() for some in found)


def test_of_classes_with_few_speakers_nothing_is_told() -> None:
    voiced, recorded = corpus(60, distance=6)
    men = recorded.filter(value="Male")["entity"].unique().sort()[:4]
    few = recorded.filter((pl.col("value") == "Female") | pl.col("entity").is_in(men.implode()))
    found = estimated(voiced, few)
    assert found.estimates.is_empty()
    assert found.skills.select("count_speakers", "skill", "is_used").rows() == [(30, None, False)]


def test_a_record_that_a_voice_contradicts_is_unlikely_and_the_others_stay_likely() -> None:
    voiced, recorded = corpus(80, distance=6)
    wrong = ("speaker:0003", "speaker:0010")
    other = pl.col("value").replace({"Female": "Male", "Male": "Female"})
    planted = recorded.with_columns(value=pl.when(pl.col("entity").is_in(wrong)).then(other).otherwise("value"))
    unlikely, likely = chances_of(estimated(voiced, planted), planted, wrong)
    assert max(unlikely) < 0.15
    assert np.median(likely) > 0.9
    errors = reliability(supported(planted, estimated(voiced, planted).estimates))
    assert np.mean(errors["error"].to_list()) == pytest.approx(2 / 80, abs=0.02)


def test_all_clips_of_a_speaker_with_one_recorded_class_have_one_estimate() -> None:
    found = estimated(*corpus(60, distance=6))
    assert found.estimates.group_by("entity").agg(pl.col("chances").n_unique())["chances"].to_list() == [1] * 60


def test_a_classifier_is_calibrated_by_what_it_says_alone() -> None:
    voiced, recorded = corpus(80, distance=0)
    dice = np.random.default_rng(1)
    is_male = (recorded["value"] == "Male").to_numpy()
    male = np.where(dice.random(len(is_male)) < 0.9, is_male, ~is_male) * 0.98 + 0.01
    said = [
        [
            {"classifier": "ear", "attribute": "gender", "value": value, "probability": chance}
            for value, chance in (("Male", one), ("Female", 1 - one))
        ]
        for one in male.tolist()
    ]
    judged = voiced.with_columns(judgements=pl.Series(said, dtype=pl.List(JUDGEMENT)))
    skills = estimated(judged, recorded).skills.filter(held_out="speakers")
    assert skills.select("witness", "is_used").rows() == [(AUDIT_MODEL, True), ("model/ear@1", True)]


def test_without_voices_or_records_nothing_is_told() -> None:
    voiced, recorded = corpus(40, distance=6)
    assert estimated(voiced, recorded.clear()).skills.is_empty()
    silent = voiced.with_columns(vector=pl.lit(None, pl.List(pl.Float64)))
    assert estimated(silent, recorded).estimates.is_empty()


def test_the_order_of_rows_changes_nothing() -> None:
    voiced, recorded = corpus(60, distance=6)
    first, again = estimated(voiced, recorded), estimated(voiced.reverse(), recorded.reverse())
    assert first.estimates.equals(again.estimates)
    assert first.skills.equals(again.skills)
