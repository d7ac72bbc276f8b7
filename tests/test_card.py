import re
from typing import Any

import polars as pl

from curation.card import card

COUNTS = {"clips": 2, "speakers": 1, "hours": 0.5, "labels": 3}
MANIFEST: dict[str, Any] = {
    "version": "1.2.0",
    "parent": "1.1.0",
    "changes": None,
    "content_digest": "ab" * 32,
    "counts": COUNTS,
    "rendering": {"loudness_lufs": -27.0},
    "files": {"audio/test-00000-aa.parquet": {}, "audio/train-00000-bb.parquet": {}, "labels.parquet": {}},
}
MARTS = {
    "classes": pl.DataFrame(
        {
            "attribute": ["age"],
            "value": ["20-30"],
            "split": ["test"],
            "count_clips": [3],
            "count_speakers": [1],
            "hours": [0.5],
        }
    ),
    "intake": pl.DataFrame(
        {
            "source": ["small"],
            "title": ["Small"],
            "citation": ["Doe (2021)"],
            "licence": ["CC0-1.0"],
            "basis": [None],
            "permitted_uses": [["research"]],
            "tier": ["open"],
            "count_files": [1_234],
            "count_clips": [3],
            "count_recorded_speakers": [1],
            "count_facts": [4],
        }
    ),
    "rejections": pl.DataFrame(
        {
            "stage": ["ingest", "ground"],
            "source": ["small", "small"],
            "kind": ["file", "fact"],
            "attribute": [None, "age"],
            "reason": ["file_missing", "empty_value"],
            "count_subjects": [1_231, 2],
        }
    ),
    "unpublished": pl.DataFrame({"source": ["small"], "reason": ["no accepted label"], "count_clips": [1]}),
    "verdicts": pl.DataFrame(
        {"attribute": ["age"], "verdict": ["accepted"], "reason": [None], "count_labels": [3], "count_speakers": [1]},
        schema_overrides={"reason": pl.String},
    ),
}


def test_the_way_of_files_is_a_sum_that_comes_out() -> None:
    section = card(MANIFEST, MARTS).split("## What became of every file")[1].split("##")[0]
    rows = {
        line.split("|")[1].strip(): int(line.split("|")[3].replace(",", ""))
        for line in [line for line in section.splitlines() if line.startswith("|")][2:]
    }
    assert rows == {
        "files that a source's tables name or that lie in its folder": 1_234,
        "less: file missing": -1_231,
        "= clips": 3,
        "less: no accepted label": -1,
        "= clips published": 2,
    }


def test_the_header_names_each_split_and_table_for_hugging_face() -> None:
    header = card(MANIFEST, MARTS).split("---")[1]
    assert re.findall(r"split: (\w+)\n    path: (\S+)", header) == [
        ("test", "audio/test-*.parquet"),
        ("train", "audio/train-*.parquet"),
    ]
    assert re.findall(r"config_name: (\w+)", header) == ["audio", "labels", "clips", "evidence", "facts"]


def test_records_that_gave_no_label_stand_with_their_reason() -> None:
    assert "| small | ground | fact | age | empty value | 2 |" in card(MANIFEST, MARTS)
