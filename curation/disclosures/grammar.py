"""A grammar of phrases, read from text files: under the name of a class, one phrase a line."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from curation.disclosures.conditions import Ahead, Border, Not, Start
from curation.disclosures.phrases import ANY, NUMBER, Class, Disclosing, Either, Kind, Phrase, Repeated, Row, Word
from curation.disclosures.words import END, Token, tokens

# The notation:
#     [name]              begins a class; a phrase of one named after an attribute discloses it
#     word                that word
#     <name>              a phrase of that class; where there is none such, <names> are the plurals of a <name>
#     <#10-99>            a number in digits, within bounds
#     <*smith,monger>     a word that ends so
#     <word> <proper>     any word; one whose capital tells that it is a name
#     <,>                 nothing, where a clause begins or ends as punctuation tells
#     <^>                 nothing, where a sentence begins
#     a|b (a|b) a? a* a+  either; grouped; perhaps; up to MOST times; at least once
#     !a &a               only if that does not follow; only if it does
#     {attribute a}       of the whole phrase only this discloses, and that attribute
# A line that begins with a space goes on with the one before.
LEXEME = re.compile(r"<[^>]+>|[(){}|?*+!&]|[^\s(){}|?*+!&<>]+")
BOUNDS = re.compile(r"<#(\d+)-(\d+)>")
FIXED: dict[str, Phrase] = {
    "<word>": Kind(ANY, lambda token: token.text != END),
    "<proper>": Kind(ANY, lambda token: token.is_proper),
    "<,>": Border(),
    "<^>": Start(),
}
MOST = 12  # times in a row
ATTRIBUTES = frozenset(
    {
        *("age", "gender", "accent", "education", "income", "social_stratum", "health", "weight"),
        *("name", "telephone", "address"),
    }
)
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
            elif text and line.startswith(" ") and name is not None and found[name]:
                found[name][-1] += f" {text}"
            elif text and name is not None:
                found[name].append(text)
    return found


Item = tuple[str, Phrase]  # a part of a phrase, as it is written and as it is read


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
            self.classes[name] = Class(_factored([row for line in self._lines(name) for row in self._rows(line)]))
            self.opened.pop()
        return self.classes[name]

    def rules(self, name: str) -> list[Phrase]:
        """Return the phrases of a class one by one; that in which nothing discloses discloses what the class names."""
        phrases = []
        for line in self._lines(name):
            for row in self._rows(line):
                phrase = _row([part for _, part in row])
                is_marked = any("{" in text for text, _ in row)
                phrases.append(phrase if is_marked or name not in ATTRIBUTES else Disclosing(phrase, name))
        return phrases

    def _lines(self, name: str) -> list[str]:
        if name in self.lines:
            return self.lines[name]
        if name.endswith("s") and name[:-1] in self.lines:
            return [_plural(line) for line in self.lines[name[:-1]]]
        raise GrammarError(f"<{name}> is no class")

    def _rows(self, line: str) -> list[list[Item]]:
        lexemes = LEXEME.findall(line)
        rows, rest = self._either(lexemes, 0)
        if rest != len(lexemes):
            raise GrammarError(f"{line!r}: {lexemes[rest]!r} is not expected")
        return rows

    def _either(self, lexemes: list[str], at: int) -> tuple[list[list[Item]], int]:
        row, at = self._row(lexemes, at)
        rows = [row]
        while at < len(lexemes) and lexemes[at] == "|":
            row, at = self._row(lexemes, at + 1)
            rows.append(row)
        return rows, at

    def _row(self, lexemes: list[str], at: int) -> tuple[list[Item], int]:
        items: list[Item] = []
        while at < len(lexemes) and lexemes[at] not in ("|", ")", "}"):
            start = at
            part, at = self._item(lexemes, at)
            while at < len(lexemes) and lexemes[at] in "?*+":
                part = Repeated(part, int(lexemes[at] == "+"), 1 if lexemes[at] == "?" else MOST)
                at += 1
            items.append((" ".join(lexemes[start:at]), part))
        return items, at

    def _item(self, lexemes: list[str], at: int) -> tuple[Phrase, int]:
        lexeme = lexemes[at]
        if lexeme in ("!", "&"):
            part, at = self._item(lexemes, at + 1)
            return Not(part) if lexeme == "!" else Ahead(part), at
        if lexeme == "(":
            rows, at = self._either(lexemes, at + 1)
            return _factored(rows), _closed(lexemes, at, ")")
        if lexeme == "{":
            rows, end = self._either(lexemes, at + 2)
            return Disclosing(_factored(rows), lexemes[at + 1]), _closed(lexemes, end, "}")
        if lexeme.startswith("<"):
            return self._named(lexeme), at + 1
        if lexeme in "?*+":
            raise GrammarError(f"nothing stands before {lexeme!r} in {' '.join(lexemes)!r}")
        words: list[Phrase] = [Word(lexeme)] if lexeme in ENDINGS else [Word(token.text) for token in tokens([lexeme])]
        return _row(words), at + 1

    def _named(self, lexeme: str) -> Phrase:
        bounds = BOUNDS.fullmatch(lexeme)
        if bounds:
            return Kind(NUMBER, _within(int(bounds[1]), int(bounds[2])))
        if lexeme in FIXED:
            return FIXED[lexeme]
        if lexeme.startswith("<*"):
            endings = tuple(lexeme[2:-1].split(","))
            return Kind(ANY, _ending(endings), endings)
        return self[lexeme[1:-1]]


def _factored(rows: Iterable[list[Item]]) -> Phrase:
    """Return the phrase that is any of several rows; those that begin with the same words read them once."""
    beginnings: dict[str, Phrase] = {}
    rests: dict[str, list[list[Item]]] = {}
    for row in rows:
        text, part = row[0] if row else ("", Row([]))
        beginnings.setdefault(text, part)
        rests.setdefault(text, []).append(row[1:])
    choices: list[Phrase] = []
    for text, part in beginnings.items():
        if len(rests[text]) > 1 and text:
            choices.append(_row([part, _factored(rests[text])]))
        else:
            choices.append(_row([part, *(item for _, item in rests[text][0])]))
    return choices[0] if len(choices) == 1 else Either(choices)


def _row(parts: list[Phrase]) -> Phrase:
    return parts[0] if len(parts) == 1 else Row(parts)


def _within(least: int, most: int) -> Callable[[Token], bool]:
    def is_within(token: Token) -> bool:
        return token.text[0].isdigit() and token.text.isascii() and least <= float(token.text) <= most

    return is_within


def _ending(endings: tuple[str, ...]) -> Callable[[Token], bool]:
    return lambda token: token.text.endswith(endings) and token.text not in endings


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
