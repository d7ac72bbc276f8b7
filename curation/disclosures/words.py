"""Tokens: the words of a transcript as rules read them, whatever their case, punctuation, contractions and fillers."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from curation.disclosures.lists import contractions, listed

END = "."  # the token of a sentence's end

ENDINGS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'m": "am", "'s": "'s"}
NO_NAMES = frozenset({"i", "im", "ive", "ok", "okay", "english"})  # with a capital all the same
FILLERS, ABBREVIATIONS, TWICE = listed("fillers"), listed("abbreviations"), listed("digits")
CONTRACTIONS, BELONGINGS = contractions(), listed("belongings")

APOSTROPHES = str.maketrans("\u2018\u2019", "''")
DASHES = "\u2013\u2014"
QUOTES = "\"'\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb"
EDGES = f"{QUOTES}()[]{{}}.,!?;:\u2026-{DASHES}*_~`"
STOP = re.compile(r"[.!?;\u2026]+[\"'\u201d\u2019)\]]*$")
OPENING = re.compile(r"^[(\[]*[\"\u201c\u201e\u00ab]")
CLOSING = re.compile(r"[\"\u201d\u00bb][.,!?;:\u2026)\]]*$")
JOINTS = re.compile(rf"[-{DASHES}/\u2026]+")
INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.){1,4}[^\W\d_]{0,3}")  # M.A., Ph.D.
AMOUNT = re.compile(r"[£$€¥₹]|\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*|[+%#&]")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")


class Token(NamedTuple):
    """What one word says, or one part of it: `i'm` is two tokens at one place.

    `is_proper`: written with a capital where others of the transcript are not and no sentence begins.
    """

    text: str
    place: int
    is_proper: bool = False
    is_quoted: bool = False
    ends_clause: bool = False


def words_of(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


def tokens(words: Sequence[str]) -> list[Token]:
    """Return the tokens of a transcript; END stands after each sentence.

    Fillers are left out, and of a word said twice in a row the first; `my` said as `me` is `my`.
    """
    joined = " ".join(words)
    has_case = joined != joined.lower() and joined != joined.upper()
    found: list[Token] = []
    begins, is_quoted = True, False
    for place, word in enumerate(words):
        text = word.lower().translate(APOSTROPHES)
        bare = text.strip(EDGES)
        if not bare and text.strip(QUOTES) and found:
            found[-1] = found[-1]._replace(ends_clause=True)
        is_quoted = is_quoted or bool(OPENING.match(word))
        stops = bool(STOP.search(word)) and bare not in ABBREVIATIONS
        if bare and bare not in FILLERS:
            is_proper = has_case and not begins and _is_name(word, bare)
            parts = [Token(part, place, is_proper and part != "'s", is_quoted) for part in _parts(bare, text)]
            if _is_repeated(found, parts, bare):
                found.pop()
            found += parts
        if bare:
            begins = stops
        if found and (stops or text.rstrip(QUOTES)[-1:] in tuple(",:)" + DASHES)):
            found[-1] = found[-1]._replace(ends_clause=True)
        if stops and found and found[-1].text != END:
            found.append(Token(END, place, ends_clause=True))
        is_quoted = is_quoted and not CLOSING.search(word)
    return [
        token._replace(text="my") if token.text == "me" and after.text in BELONGINGS else token
        for token, after in zip(found, [*found[1:], *found[-1:]], strict=True)
    ]


def _is_name(word: str, bare: str) -> bool:
    """Return whether a word looks like a name: Ada, a, but not HIV or I'll."""
    first = next((letter for letter in word if letter.isalpha()), "")
    return first.isupper() and (word != word.upper() or len(bare) == 1) and bare.partition("'")[0] not in NO_NAMES


def _is_repeated(before: Sequence[Token], parts: Sequence[Token], bare: str) -> bool:
    """Return whether a word is the one before it, said again by mistake: the the."""
    if not before or not parts or not bare.isalpha() or bare in TWICE:
        return False
    return before[-1].text == parts[0].text and not before[-1].ends_clause


def _parts(bare: str, text: str) -> Iterator[str]:
    if bare in CONTRACTIONS:
        yield from CONTRACTIONS[bare]
    elif (bare.isalpha() and "." not in text[:-1]) or "@" in bare:
        yield bare
    elif INITIALS.fullmatch(text.strip(f"{QUOTES},!?;:()")):
        yield bare.replace(".", "")
    else:
        for piece in JOINTS.split(bare):
            if any(character.isdigit() for character in piece):
                yield from AMOUNT.findall(THOUSANDS.sub("", piece))
            elif piece.strip(EDGES):
                yield from _uncontracted(piece.strip(EDGES))


def _uncontracted(piece: str) -> Iterator[str]:
    if piece in CONTRACTIONS:
        yield from CONTRACTIONS[piece]
        return
    for ending, meaning in ENDINGS.items():
        if piece.endswith(ending) and len(piece) > len(ending):
            yield piece.removesuffix(ending)
            yield meaning
            return
    yield piece
