"""The sentences in tests/disclosures are what their README says."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "disclosures"
ATTRIBUTES = {
    *("age", "gender", "accent", "education", "income", "social_stratum", "health", "weight"),
    *("name", "telephone", "address"),
}


def sentences(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["tuning.jsonl", "held_out.jsonl"])
def test_each_disclosure_names_an_attribute_and_words_of_its_text(name: str) -> None:
    for sentence in sentences(name):
        for disclosure in sentence["disclosures"]:
            assert disclosure["attribute"] in ATTRIBUTES
            assert disclosure["words"] in sentence["text"]


def test_the_sentences_held_out_are_enough_and_half_of_them_near_misses() -> None:
    held_out = sentences("held_out.jsonl")
    misses = [sentence for sentence in held_out if not sentence["disclosures"]]
    assert len(held_out) >= 300
    assert 0.45 <= len(misses) / len(held_out) <= 0.55


def test_no_sentence_is_in_both_files() -> None:
    tuning, held_out = ({one["text"].lower() for one in sentences(f"{name}.jsonl")} for name in ("tuning", "held_out"))
    assert not tuning & held_out
