"""A grammar of phrases, read from text files: under the name of a class, one phrase a line.

    [name]              begins a class; one named after an attribute is what discloses it
    word                that word
    <name>              a phrase of that class; where there is none such, <names> are the plurals of a <name>
    <#10-99>            a number in digits, within bounds
    <*smith>            a word that ends so
    <word> <proper>     any word; one whose capital tells that it is a name
    <,>                 nothing, where a clause begins or ends as punctuation tells
    a|b (a|b) a? a* a+  either; grouped; perhaps; any number of times; at least once
    !a                  only if that does not follow
    {attribute a}       of the whole phrase only this discloses, and that attribute
"""

import re
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

from curation.disclosures.phrases import (
    ANY, NUMBER, Border, Class, Disclosing, Either, Kind, Not, Phrase, Repeated, Row, Word,
)  # fmt: skip
from curation.disclosures.words import END, Token, tokens

LEXEME = re.compile(r"<[^>]+>|[(){}|?*+!]|[^\s(){}|?*+!<>]+")
BOUNDS = re.compile(r"<#(\d+)-(\d+)>")
MOST = 12  # times in a row
ENDINGS = {"'s", "."}  # tokens that are no words of their own

PLURALS = {"man": "men", "woman": "women", "wife": "wives", "child": "children", "person": "people"}


class GrammarError(ValueError):
    """A grammar that cannot be read, which only its writer can mend."""


def lines_of(files: Iterable[Path]) -> dict[str, list[str]]:
    """Return the phrases of each class, in the order of the files."""
    found: dict[str, list[str]] = {}
    name = None
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            text = line.partition("# ")[0].strip()
            if text.startswith("["):
                name = text.strip("[]")
                found.setdefault(name, [])
            elif text and name is None:
                raise GrammarError(f"{path.name}: {text!r} stands under no class")
            elif text and name is not None:
                found[name].append(text)
    return found


class Grammar:
    """Classes by their names, each made when it is first asked for."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.lines = lines_of(files)
        self.classes: dict[str, Class] = {}
        self.opened: list[str] = []

    def __getitem__(self, name: str) -> Class:
        if name not in self.classes:
            if name in self.opened:
                raise GrammarError(f"<{name}> is part of itself: {' '.join(self.opened)}")
            self.opened.append(name)
            self.classes[name] = Class(Either([self.phrase(line) for line in self._lines(name)]))
            self.opened.pop()
        return self.classes[name]

    def phrase(self, line: str) -> Phrase:
        """Return the phrase that a line describes."""
        lexemes = LEXEME.findall(line)
        phrase, rest = self._either(lexemes, 0)
        if rest != len(lexemes):
            raise GrammarError(f"{line!r}: {lexemes[rest]!r} is not expected")
        return phrase

    def _lines(self, name: str) -> list[str]:
        if name in self.lines:
            return self.lines[name]
        if name.endswith("s") and name[:-1] in self.lines:
            return [_plural(line) for line in self.lines[name[:-1]]]
        raise GrammarError(f"<{name}> is no class")

    def _either(self, lexemes: list[str], at: int) -> tuple[Phrase, int]:
        choices = []
        for position in count():
            if position and (at == len(lexemes) or lexemes[at] != "|"):
                break
            row, at = self._row(lexemes, at + (1 if position else 0))
            choices.append(row)
        return (choices[0] if len(choices) == 1 else Either(choices)), at

    def _row(self, lexemes: list[str], at: int) -> tuple[Phrase, int]:
        parts: list[Phrase] = []
        while at < len(lexemes) and lexemes[at] not in ("|", ")", "}"):
            part, at = self._item(lexemes, at)
            while at < len(lexemes) and lexemes[at] in "?*+":
                part = Repeated(part, int(lexemes[at] == "+"), 1 if lexemes[at] == "?" else MOST)
                at += 1
            parts.append(part)
        return (parts[0] if len(parts) == 1 else Row(parts)), at

    def _item(self, lexemes: list[str], at: int) -> tuple[Phrase, int]:
        lexeme = lexemes[at]
        if lexeme == "!":
            part, at = self._item(lexemes, at + 1)
            return Not(part), at
        if lexeme == "(":
            part, at = self._either(lexemes, at + 1)
            return part, _closed(lexemes, at, ")")
        if lexeme == "{":
            part, end = self._either(lexemes, at + 2)
            return Disclosing(part, lexemes[at + 1]), _closed(lexemes, end, "}")
        if lexeme.startswith("<"):
            return self._named(lexeme), at + 1
        if lexeme in "?*+":
            raise GrammarError(f"nothing stands before {lexeme!r} in {' '.join(lexemes)!r}")
        words = [Word(lexeme)] if lexeme in ENDINGS else [Word(token.text) for token in tokens([lexeme])]
        return (words[0] if len(words) == 1 else Row(words)), at + 1

    def _named(self, lexeme: str) -> Phrase:
        bounds = BOUNDS.fullmatch(lexeme)
        if bounds:
            return Kind(NUMBER, _within(int(bounds[1]), int(bounds[2])))
        if lexeme == "<word>":
            return Kind(ANY, lambda token: token.text != END)
        if lexeme == "<proper>":
            return Kind(ANY, lambda token: token.is_proper)
        if lexeme == "<,>":
            return Border()
        if lexeme.startswith("<*"):
            return Kind(ANY, _ending(lexeme[2:-1]))
        return self[lexeme[1:-1]]


def _within(least: int, most: int) -> Callable[[Token], bool]:
    def is_within(token: Token) -> bool:
        return token.text[0].isdigit() and token.text.isascii() and least <= float(token.text) <= most

    return is_within


def _ending(ending: str) -> Callable[[Token], bool]:
    return lambda token: token.text.endswith(ending) and token.text != ending


def _closed(lexemes: list[str], at: int, bracket: str) -> int:
    if at == len(lexemes) or lexemes[at] != bracket:
        raise GrammarError(f"{' '.join(lexemes)!r}: a {bracket!r} is missing")
    return at + 1


def _plural(line: str) -> str:
    before, _, last = line.rpartition(" ")
    for ending, plural in PLURALS.items():
        if last.endswith(ending):
            return f"{before} {last.removesuffix(ending)}{plural}"
    if last.endswith("y") and last[-2] not in "aeiou":
        return f"{before} {last[:-1]}ies"
    return f"{before} {last}{'es' if last.endswith(('s', 'x', 'ch', 'sh')) else 's'}"
