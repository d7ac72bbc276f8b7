"""Phrases: what a grammar is made of, and how each part is read.

Reading takes polynomial time: each class is read once at each token, and of two readings that end at the same token
the one that stands first in the grammar is kept.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from curation.disclosures.lists import listed
from curation.disclosures.words import END, Token

NUMBER = "#"  # the first of what begins with a number in digits
ENDING = "*"  # before an ending that a word needs to have
ANY = ""  # the first of what may begin with any word


class Found(NamedTuple):
    """An attribute that tokens disclose, by the first and the last of them."""

    attribute: str
    first: int
    last: int


Readings = Mapping[int, tuple[Found, ...]]  # where a phrase may end, and what it discloses if it does
NONE: Readings = {}
NO_NEEDS = frozenset({ANY})

# To need one of these rules hardly anything out.
COMMON = listed("common")


class Reader:
    """The tokens that are being read, and what has been found out about them."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.texts = [token.text for token in tokens]
        # Under which of its firsts a phrase that begins at a token is found; one more for the end.
        self.keys = [NUMBER if text[0].isdigit() else text for text in self.texts] + [ANY]
        self.known: list[dict[Class, Readings]] = [{} for _ in self.keys]

    def starts_at(self, at: int) -> bool:
        """Return whether a sentence begins at a token."""
        return at == 0 or self.texts[at - 1] == END


class Phrase(Protocol):
    """Part of a grammar: `firsts` are the words it may begin with, all of them if ANY is among them.

    `needs` are words of which each phrase has one; ANY is among them where there are no such words.
    """

    firsts: frozenset[str]
    needs: frozenset[str]
    may_be_empty: bool

    def read(self, reader: Reader, at: int) -> Readings:
        """Return where a phrase that begins at a token ends."""
        ...


class Word:
    """One word."""

    may_be_empty = False

    def __init__(self, text: str) -> None:
        self.text = text
        self.firsts = self.needs = frozenset({NUMBER if text[0].isdigit() else text})

    def read(self, reader: Reader, at: int) -> Readings:
        """Return the place after the word, if it is there."""
        return {at + 1: ()} if at < len(reader.texts) and reader.texts[at] == self.text else NONE


class Kind:
    """One token of a kind; if it has any endings, it is said only where a word with one of them is."""

    may_be_empty = False

    def __init__(self, first: str, is_kind: Callable[[Token], bool], endings: Iterable[str] = ()) -> None:
        self.firsts = frozenset({first})
        self.needs = frozenset(f"{ENDING}{ending}" for ending in endings) or self.firsts
        self.is_kind = is_kind

    def read(self, reader: Reader, at: int) -> Readings:
        """Return the place after a token of the kind, if one is there."""
        return {at + 1: ()} if at < len(reader.texts) and self.is_kind(reader.tokens[at]) else NONE


class Row:
    """Phrases one after the other."""

    def __init__(self, parts: Iterable[Phrase]) -> None:
        self.parts: list[Phrase] = [
            inner for part in parts for inner in (part.parts if isinstance(part, Row) else (part,))
        ]
        self.may_be_empty = all(part.may_be_empty for part in self.parts)
        firsts: set[str] = set()
        for part in self.parts:
            firsts |= part.firsts
            if not part.may_be_empty:
                break
        self.firsts = frozenset(firsts)
        self.needs = min((part.needs for part in self.parts), key=width, default=NO_NEEDS)
        self.steps = [_step(part) for part in self.parts]

    def read(self, reader: Reader, at: int) -> Readings:
        """Return where the last part ends."""
        found: tuple[Found, ...] = ()
        keys = reader.keys
        for number, (possible, part) in enumerate(self.steps):
            if possible is not None and keys[at] not in possible:
                return NONE
            if part is None:
                at += 1
                continue
            readings = part.read(reader, at)
            if not readings:
                return NONE
            if len(readings) > 1:
                return self._read_on(reader, number + 1, {end: found + more for end, more in readings.items()})
            ((at, more),) = readings.items()
            found += more
        return {at: found}

    def _read_on(self, reader: Reader, number: int, readings: Readings) -> Readings:
        """Return where the phrase ends whose first parts have several readings, or none."""
        for possible, part in self.steps[number:]:
            after: dict[int, tuple[Found, ...]] = {}
            for middle, found in readings.items():
                if possible is None or reader.keys[middle] in possible:
                    ends = {middle + 1: ()} if part is None else part.read(reader, middle)
                    for end, more in ends.items():
                        if end not in after:
                            after[end] = found + more
            if not after:
                return NONE
            readings = after
        return readings


def width(needs: frozenset[str]) -> tuple[bool, int, int]:
    """Return by how little needs rule out, as a key to sort by."""
    return ANY in needs, len(needs & COMMON), len(needs)


def _step(part: Phrase) -> tuple[frozenset[str] | None, Phrase | None]:
    """Return the words a part may begin with, where that settles something, and the part, unless it is that word."""
    possible = None if part.may_be_empty or ANY in part.firsts else part.firsts
    is_word = isinstance(part, Word) and NUMBER not in part.firsts
    return possible, None if is_word else part


class Either:
    """Any of several, looked up by the word that each begins with."""

    def __init__(self, choices: Sequence[Phrase]) -> None:
        self.may_be_empty = any(choice.may_be_empty for choice in choices)
        self.firsts = frozenset().union(*(choice.firsts for choice in choices))
        self.needs = frozenset().union(*(choice.needs for choice in choices))
        self.anywhere = [one for one in choices if ANY in one.firsts or one.may_be_empty]
        self.beginning: dict[str, list[Phrase]] = {}
        for word in self.firsts - {ANY}:
            self.beginning[word] = [one for one in choices if word in one.firsts or one in self.anywhere]

    def read(self, reader: Reader, at: int) -> Readings:
        """Return where any of them ends."""
        readings: dict[int, tuple[Found, ...]] = {}
        for choice in self.beginning.get(reader.keys[at], self.anywhere):
            for end, found in choice.read(reader, at).items():
                readings.setdefault(end, found)
        return readings


class Repeated:
    """A phrase, up to `most` times in a row."""

    def __init__(self, part: Phrase, least: int, most: int) -> None:
        self.part, self.least, self.most = part, least, most
        self.firsts = part.firsts
        self.needs = part.needs if least else NO_NEEDS
        self.may_be_empty = least == 0 or part.may_be_empty
        self.possible = None if part.may_be_empty or ANY in part.firsts else part.firsts

    def read(self, reader: Reader, at: int) -> Readings:
        """Return where each time ends."""
        readings: dict[int, tuple[Found, ...]] = {at: ()} if self.least == 0 else {}
        last: Readings = {at: ()}
        for _ in range(self.most):
            new: dict[int, tuple[Found, ...]] = {}
            for middle, found in last.items():
                if self.possible is not None and reader.keys[middle] not in self.possible:
                    continue
                for end, more in self.part.read(reader, middle).items():
                    if end not in readings and end not in new:
                        new[end] = found + more
            if not new:
                break
            readings.update(new)
            last = new
        return readings


class Disclosing:
    """A phrase that discloses an attribute, besides what is disclosed within it."""

    def __init__(self, part: Phrase, attribute: str) -> None:
        self.part, self.attribute = part, attribute
        self.firsts, self.needs, self.may_be_empty = part.firsts, part.needs, part.may_be_empty

    def read(self, reader: Reader, at: int) -> Readings:
        """Return where the phrase ends, and that it discloses."""
        return {
            end: (Found(self.attribute, at, end - 1), *found)
            for end, found in self.part.read(reader, at).items()
            if end > at
        }


class Class:
    """A named class of phrases, read once at each token."""

    def __init__(self, part: Phrase) -> None:
        self.part = part
        self.firsts, self.needs, self.may_be_empty = part.firsts, part.needs, part.may_be_empty
        self.is_open = ANY in part.firsts or part.may_be_empty

    def read(self, reader: Reader, at: int) -> Readings:
        """Return where a phrase of the class ends."""
        if not self.is_open and reader.keys[at] not in self.firsts:
            return NONE
        known = reader.known[at]
        readings = known.get(self)
        if readings is None:
            readings = known[self] = self.part.read(reader, at)
        return readings
