"""Which split and audio file a clip is in: the same from release to release."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.pseudonyms import Key
from curation.warehouse import Warehouse

KEY = Key(b"a key for tests, which publish nothing")
VOICES = st.lists(st.sampled_from(["ana", "ben", "cem", "dua", None]), min_size=1, max_size=12)
SHARES = [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.4, 0.3), (0.1, 0.9), (1.0, 0.0)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse.writing(tmp_path_factory.mktemp("splits")) as warehouse:
        yield warehouse


@contextmanager
def taken_back(warehouse: Warehouse) -> Iterator[None]:
    warehouse._execute("begin")
    yield
    warehouse._execute("rollback")


def published(warehouse: Warehouse, voices: Sequence[str | None], shares: tuple[float, float]) -> pl.DataFrame:
    """Return the clips of a release of one clip a voice, the n-th clip being called n, null having no speaker."""
    ids = [f"{number:032x}" for number in range(len(voices))]
    texts = {"permitted_uses": pl.List(pl.String), "stages": pl.List(pl.String)}
    source: dict[str, object] = {
        "source": "made",
        "title": "t",
        "citation": "c",
        "licence": "CC0-1.0",
        "tier": "open",
        "kind": "registry",
    }
    source |= {"definition": "d", "tree": "t", "permitted_uses": [], "stages": ["release"]}
    names = [("clip", private) for private in ids] + [("speaker", f"made {voice}") for voice in {*voices} - {None}]
    lists = {"reasons": [[]] * len(ids), "evidence_ids": [["e"]] * len(ids), "fact_ids": [["f"]] * len(ids)}
    with taken_back(warehouse):
        warehouse.append("sources", pl.DataFrame([source], schema_overrides=texts))
        frame = pl.DataFrame({"clip_id": ids, "source": "made", "entity": "u", "speaker": list(voices), "path": ids})
        frame = frame.with_columns(codec=pl.lit("wav/PCM_16"), rate=16_000, channels=1, is_contradictory=False)
        warehouse.append("claims", frame.with_columns(pl.col("speaker").cast(pl.String)))
        warehouse.append("clips", pl.DataFrame({"clip_id": ids, "seconds": 1.0, "witness": "made"}))
        labels = pl.DataFrame(
            {"clip_id": ids, "source": "made", "entity": "u", "attribute": "age", "value": "20-30", **lists}
        )
        labels = labels.with_columns(pl.col(list(lists)).cast(pl.List(pl.String)), verdict=pl.lit("accepted"))
        warehouse.append("labels", labels)
        rows = [(KEY.pseudonym(kind, private), kind, private, KEY.fingerprint) for kind, private in names]
        columns = ["published_id", "kind", "private_id", "key_fingerprint"]
        warehouse.append("publications", pl.DataFrame(rows, schema=columns, orient="row"))
        warehouse.execute("derived/publishable", tiers=["open"])
        warehouse.execute(
            "derived/published_clips",
            train_share=shares[0], validation_share=shares[1], clips_per_shard=4,
        )  # fmt: skip
        return warehouse._connection.execute("from published_clips order by private_id").pl()


def split_of(warehouse: Warehouse, voices: Sequence[str | None], shares: tuple[float, float]) -> list[str]:
    return published(warehouse, voices, shares)["split"].to_list()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(voices=VOICES, more=VOICES, shares=st.sampled_from(SHARES))
def test_a_speaker_is_in_one_split_and_stays_there(
    empty: Warehouse, voices: list[str | None], more: list[str | None], shares: tuple[float, float]
) -> None:
    first = split_of(empty, voices, shares)
    assert split_of(empty, [*voices, *more], shares)[: len(voices)] == first
    splits: dict[str, set[str]] = {}
    for voice, split in zip(voices, first, strict=True):
        if voice is not None:
            splits.setdefault(voice, set()).add(split)
    assert all(len(found) == 1 for found in splits.values())


def test_shares_are_of_speakers(empty: Warehouse) -> None:
    voices = [f"voice {number}" for number in range(2000)]
    assert set(split_of(empty, voices, (0.0, 0.0))) == {"test"}
    assert set(split_of(empty, voices, (1.0, 0.0))) == {"train"}
    counts = Counter(split_of(empty, voices, (0.6, 0.3)))
    assert {split: count / 2000 for split, count in counts.items()} == pytest.approx(
        {"train": 0.6, "validation": 0.3, "test": 0.1}, abs=0.04
    )


def test_larger_shares_move_speakers_one_way_only(empty: Warehouse) -> None:
    voices = [f"voice {number}" for number in range(300)]
    before, after = split_of(empty, voices, (0.5, 0.0)), split_of(empty, voices, (0.6, 0.0))
    moves = Counter(zip(before, after, strict=True))
    assert moves["train", "test"] == 0
    assert moves["test", "train"] > 0


def test_growth_splits_audio_files_in_two_and_moves_no_clip_otherwise(empty: Warehouse) -> None:
    few = published(empty, [None] * 60, (0.0, 0.0))["shard"].to_list()
    many = published(empty, [None] * 120, (0.0, 0.0))["shard"].to_list()[:60]
    assert max(few) < 16
    assert all(later // 2 == earlier for earlier, later in zip(few, many, strict=True))
    same = published(empty, [None] * 64, (0.0, 0.0))["shard"].to_list()[:60]
    assert same == few
