"""What a transcript gives away about its speaker, in English; of words in other languages nothing is found.

What gives an attribute away stands in the text files beside this module: phrases, in the notation of grammar.py.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from curation.disclosures import words as _words
from curation.disclosures.email import emails
from curation.disclosures.grammar import Grammar
from curation.disclosures.phrases import Reader
from curation.disclosures.rules import Rules
from curation.disclosures.speaker import is_own
from curation.disclosures.telephone import telephones

VERSION = 1  # raised when the same words give other disclosures

# An address is given away whoever's it is; all else only if it is the speaker's own.
OWN = ("age", "gender", "accent", "education", "income", "social_stratum", "health", "weight", "name")
ADDRESS = "address"
DESCRIPTION = "description"  # discloses several of them at once

words_of = _words.words_of


class Disclosure(NamedTuple):
    """An attribute that words give away, by the places of the first and the last of them."""

    attribute: str
    first: int
    last: int


def disclosures(words: Sequence[str]) -> list[Disclosure]:
    """Return what words of a transcript give away, in order; they stand as they were said."""
    said = _words.tokens(words)
    found = {*telephones(said), *emails(said)}
    found |= {one for at, one in _rules().read(Reader(said)) if one.attribute == ADDRESS or is_own(said, at, one.last)}
    return _merged(Disclosure(one.attribute, said[one.first].place, said[one.last].place) for one in found)


def _merged(found: Iterable[Disclosure]) -> list[Disclosure]:
    """Return disclosures in order, those of an attribute that overlap as one."""
    merged: list[Disclosure] = []
    for one in sorted(found):
        if merged and merged[-1].attribute == one.attribute and one.first <= merged[-1].last:
            merged[-1] = merged[-1]._replace(last=max(merged[-1].last, one.last))
        else:
            merged.append(one)
    return sorted(merged, key=lambda one: (one.first, one.last, one.attribute))


@cache
def witness() -> str:
    """Return what decides the result beside the words: a change of it has all transcripts read anew."""
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(__file__).parent.iterdir() if path.suffix in (".txt", ".toml")):
        digest.update(path.read_bytes())
    return f"disclosures@{VERSION} {digest.hexdigest()[:12]}"


@cache
def _rules() -> Rules:
    grammar = Grammar(sorted(Path(__file__).parent.glob("*.txt")))
    return Rules(phrase for name in (DESCRIPTION, *OWN, ADDRESS) for phrase in grammar.rules(name))
