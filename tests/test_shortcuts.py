import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.shortcuts import CLIPS, FEATURES, SHORTCUT, SHORTCUT_FEATURE, audit
from curation.warehouse import Warehouse
from tests.workbench import Workbench

SEEDS = 20


def corpus(seed: int, speakers: int = 60, clips: int = 5, sources: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return clips and the gender of their speakers, half of them women; nothing tells it.

    What is measured differs from speaker to speaker, and less so from clip to clip.
    """
    dice = np.random.default_rng(seed)
    speaker = np.repeat(np.arange(speakers), clips)
    source = dice.integers(sources, size=speakers)[speaker]
    measured = {
        name: dice.normal(size=speakers)[speaker] + 0.7 * dice.normal(size=len(speaker))
        for name in ("seconds", "loudness_lufs", "bandwidth_hz", "silence_share", "snr_db", "size", "characters")
    }
    frame = pl.DataFrame(
        {
            "clip_id": [f"{number:032x}" for number in dice.permutation(len(speaker))],
            "source": [f"source {number}" for number in source],
            "entity": [f"speaker:{number}" for number in speaker],
            "codec": np.array(["flac", "wav/pcm_16"])[source % 2],
            "rate": np.array([16_000, 44_100])[source % 2],
            "channels": np.ones(len(speaker), np.int64),
            **measured,
        }
    )
    gender = np.array(["Female", "Male"])[dice.permutation(np.arange(speakers) % 2)[speaker]]
    return frame, pl.DataFrame({"clip_id": frame["clip_id"], "attribute": "gender", "value": gender})


def louder_women(seed: int, by: float = 2.0, **sizes: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a corpus in which the women are louder, by standard deviations of the speakers."""
    clips, labels = corpus(seed, **sizes)
    is_woman = pl.Series("is_woman", labels["value"] == "Female")
    return clips.with_columns(loudness_lufs=pl.col("loudness_lufs") + by * is_woman), labels


def test_a_planted_shortcut_is_found_and_named() -> None:
    attributes, features = audit(*louder_women(1))
    row = attributes.row(0, named=True)
    assert row["is_clear"]
    assert row["feature"] == "loudness_lufs"
    assert row["low"] <= row["skill"] <= row["high"]
    assert (row["count_clips"], row["count_speakers"], row["reason"]) == (300, 60, None)
    loudness = features.filter(feature="loudness_lufs").row(0, named=True)
    others = features.filter(pl.col("feature") != "loudness_lufs")
    assert loudness["low"] > 0
    assert (others["skill"].drop_nulls() < loudness["skill"] / 2).all()
    assert (others["lost"].drop_nulls() < loudness["lost"] / 2).all()


def test_none_is_found_where_there_is_none() -> None:
    found = [audit(*corpus(seed))[0]["is_clear"][0] for seed in range(SEEDS)]
    assert sum(found) <= 0.05 * SEEDS


def test_a_weaker_one_is_found_more_often_with_more_speakers() -> None:
    found = {
        speakers: sum(audit(*louder_women(seed, by=1.2, speakers=speakers))[0]["is_clear"][0] for seed in range(5))
        for speakers in (20, 200)
    }
    assert found[20] < found[200] == 5


def test_a_source_of_one_class_is_a_shortcut_that_no_balancing_mends() -> None:
    clips, labels = corpus(1, sources=2)
    sources = pl.Series("source", labels["value"]).replace({"Female": "source 0", "Male": "source 1"})
    attributes, features = audit(clips.with_columns(source=sources), labels)
    assert attributes["feature"][0] == "source"
    assert attributes["skill"][0] > 0.8
    row = features.filter(feature="source").row(0, named=True)
    assert (row["count_clips_left"], row["count_speakers_left"]) == (0, 0)


def test_a_feature_that_does_not_vary_tells_nothing_and_costs_nothing() -> None:
    clips, labels = corpus(1, sources=1)
    _, features = audit(clips, labels)
    still = features.filter(pl.col("feature").is_in(["source", "codec", "rate", "channels"]))
    assert still["skill"].null_count() == still.height == 4
    assert still["count_clips_left"].unique().to_list() == [clips.height]


def test_what_is_not_known_is_a_feature_too() -> None:
    clips, labels = corpus(1)
    is_woman = pl.Series("is_woman", labels["value"] == "Female")
    hidden = clips.with_columns(characters=pl.when(~is_woman).then("characters"))
    assert audit(hidden, labels)[0]["feature"].to_list() == ["characters"]


@pytest.mark.parametrize("speakers", [1, 6, 18])
def test_very_few_speakers_are_not_judged(speakers: int) -> None:
    attributes, features = audit(*louder_women(1, speakers=speakers))
    row = attributes.row(0, named=True)
    assert row["reason"] == ("one_class" if speakers == 1 else "few_speakers")
    assert (row["is_clear"], row["skill"], row["feature"]) == (False, None, None)
    assert features.is_empty()


def test_a_class_of_few_speakers_is_left_out() -> None:
    clips, labels = louder_women(1)
    rare = clips.filter(pl.col("entity") == "speaker:0")["clip_id"]
    value = pl.when(pl.col("clip_id").is_in(rare.implode())).then(pl.lit("rare")).otherwise("value")
    attributes, _ = audit(clips, labels.with_columns(value=value))
    assert attributes.select("count_clips", "count_speakers").row(0) == (295, 59)


def test_without_labels_there_is_nothing_to_audit() -> None:
    clips, labels = corpus(1)
    attributes, features = audit(clips, labels.clear())
    assert (attributes.schema, features.schema) == (pl.Schema(SHORTCUT), pl.Schema(SHORTCUT_FEATURE))
    assert attributes.is_empty()
    assert features.is_empty()


def test_the_order_of_the_rows_changes_nothing() -> None:
    clips, labels = louder_women(1)
    shuffled = audit(clips.sample(fraction=1, shuffle=True, seed=1), labels.sample(fraction=1, shuffle=True, seed=2))
    for found, other in zip(audit(clips, labels), shuffled, strict=True):
        assert found.equals(other)


def test_of_more_clips_than_the_model_sees_each_class_keeps_its_share() -> None:
    clips, labels = corpus(1, speakers=CLIPS + 500, clips=1)
    rare = pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("rare")).otherwise("value")
    row = audit(clips, labels.with_columns(value=rare))[0].row(0, named=True)
    assert row["count_clips"] == clips.height
    assert row["high"] < 0.01


@settings(max_examples=10)
@given(st.integers(0, 1_000), st.floats(0, 3))
def test_balancing_leaves_classes_in_their_shares_at_most(seed: int, by: float) -> None:
    clips, labels = louder_women(seed, by=by, speakers=20, clips=2)
    _, features = audit(clips, labels)
    assert features["feature"].to_list() == list(FEATURES)
    assert features["count_clips_left"].is_between(0, clips.height).all()
    assert (features["count_speakers_left"] <= features["count_clips_left"]).all()


def test_balancing_keeps_what_the_scarcest_class_of_each_bin_allows() -> None:
    # 30 women of rate 1 and 10 of rate 2, 10 men and 30: of each rate 10 and 10 are left
    rates = [1] * 30 + [2] * 10 + [1] * 10 + [2] * 30
    clips, _ = corpus(1, speakers=80, clips=1)
    clips = clips.with_columns(rate=pl.Series(rates))
    gender = ["Female"] * 40 + ["Male"] * 40
    labels = pl.DataFrame({"clip_id": clips["clip_id"], "attribute": "gender", "value": gender})
    row = audit(clips, labels)[1].filter(feature="rate").row(0, named=True)
    assert (row["count_clips_left"], row["count_speakers_left"]) == (40, 40)


def test_the_warehouse_has_the_features_of_every_clip(released: Workbench) -> None:
    with Warehouse.reading(released.home) as warehouse:
        clips = warehouse.query("marts/shortcut_features")
        assert clips.height == warehouse.count("claims")
    assert set(clips.columns) == {"clip_id", "entity", *FEATURES}
    read = clips.filter(source="speechocean762")
    assert read.select("codec", "rate", "channels").unique().rows() == [("wav/pcm_16", 16_000, 1)]
    assert (read["characters"] > 0).all()
    assert (clips["size"] > 0).all()
