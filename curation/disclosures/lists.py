"""Lists of words, from lists.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def listed(name: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(_tables()[name])


def contractions() -> dict[str, list[str]]:
    """Return the words that each contraction stands for."""
    return {word: meaning.split() for word, meaning in _tables()["contractions"].items()}
