from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest

from curation.records import RELIABILITY
from curation.reliability import confident, reliability, supported

ESTIMATE_CHANCES = pl.List(pl.Struct({"value": pl.String, "probability": pl.Float64}))
NOBODY = pl.DataFrame(schema={"clip_id": pl.String, "probability": pl.Float64})


def recorded(values: Iterable[str], source: str = "made", takes: int = 1) -> pl.DataFrame:
    rows = [
        (f"{source} {number} {take}", source, f"speaker:{number}", "gender", value)
        for number, value in enumerate(values)
        for take in range(takes)
    ]
    return pl.DataFrame(rows, ["clip_id", "source", "entity", "attribute", "value"], orient="row")


def estimates(clips: pl.DataFrame, female: Iterable[float]) -> pl.DataFrame:
    chances = [
        [{"value": "Female", "probability": chance}, {"value": "Male", "probability": 1 - chance}] for chance in female
    ]
    return clips.select("clip_id", "attribute", chances=pl.Series(chances, dtype=ESTIMATE_CHANCES))


def confidences(clips: pl.DataFrame, female: Iterable[float], misfiled: pl.DataFrame = NOBODY) -> list[float]:
    known = supported(clips, estimates(clips, female))
    found: list[float] = confident(known, reliability(known), misfiled).sort("clip_id")["confidence"].to_list()
    return found


def test_what_a_voice_says_beyond_the_share_of_a_class_is_what_counts() -> None:
    clips = recorded(["Male"] * 9 + ["Female"])
    # a model that hears nothing gives everybody the shares, which is nothing against the one woman
    known = supported(clips, estimates(clips, [0.1] * 10))
    assert known["support"].to_list() == pytest.approx([1.0] * 10)
    assert known.filter(value="Female")["share"].to_list() == pytest.approx([0.1])


def test_a_record_that_no_voice_bears_on_is_as_likely_right_as_records_are_elsewhere() -> None:
    clips = recorded(["Male", "Female"])
    known = supported(clips, estimates(clips.clear(), []))
    errors = reliability(known)
    assert dict(errors.schema) == dict(RELIABILITY)
    assert errors.row(0) == ("made", "gender", 0.033, 0)
    assert confident(known, errors, NOBODY).select("confidence", "is_contradicted").rows() == [(0.967, False)] * 2


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_how_often_records_are_wrong_is_learnt_from_the_voices(rate: float) -> None:
    dice = np.random.default_rng(7)
    is_female = dice.random(4000) < 0.5
    # odds that a calibrated model would give
    odds = np.exp(dice.normal(np.where(is_female, 4.5, -4.5), 3.0))
    is_wrong = dice.random(4000) < rate
    clips = recorded(np.where(is_female != is_wrong, "Female", "Male").tolist())
    known = supported(clips, estimates(clips, (odds / (1 + odds)).tolist()))
    (found,) = reliability(known)["error"]
    assert found == pytest.approx(rate, abs=0.015)
    confidence = confident(known, reliability(known), NOBODY).join(
        clips.select("clip_id", is_right=pl.Series(~is_wrong)), on="clip_id"
    )
    bins = confidence.sort("confidence").with_columns(bin=pl.int_range(pl.len()) * 10 // pl.len()).group_by("bin")
    gaps = bins.agg((pl.col("confidence").mean() - pl.col("is_right").mean()).abs())["confidence"]
    assert np.mean(gaps.to_list()) == pytest.approx(0, abs=0.02)


def test_a_speaker_s_clips_are_one_record() -> None:
    once, often = recorded(["Male"] * 20 + ["Female"] * 20), recorded(["Male"] * 20 + ["Female"] * 20, takes=5)
    female = [0.05] * 19 + [0.99] + [0.95] * 20
    known = [
        supported(once, estimates(once, female)),
        supported(often, estimates(often, np.repeat(female, 5).tolist())),
    ]
    assert reliability(known[0]).equals(reliability(known[1]))


def test_sources_are_as_reliable_as_their_own_records() -> None:
    good, bad = recorded(["Male"] * 50 + ["Female"] * 50), recorded(["Female"] * 25 + ["Male"] * 75, "bad")
    female = [0.01] * 50 + [0.99] * 50
    known = supported(pl.concat([good, bad]), pl.concat([estimates(good, female), estimates(bad, female)]))
    errors = dict(reliability(known).select("source", "error").iter_rows())
    assert errors["made"] < 0.02
    assert errors["bad"] > 0.5


def test_a_clip_that_is_somebody_else_s_says_nothing_of_its_speaker() -> None:
    clips = recorded(["Male"] * 10 + ["Female"] * 10)
    female = [0.01] * 10 + [0.99] * 10
    stray = pl.DataFrame({"clip_id": ["made 0 0"], "probability": [1.0]})
    before, after = confidences(clips, female), confidences(clips, female, stray)
    assert before[0] > 0.99
    assert after[0] == pytest.approx(0.5)
    assert before[1:] == after[1:]
