"""Whose statement it is: whether `I` is the speaker, and what is said is said to be so."""

from collections.abc import Sequence
from itertools import takewhile

from curation.disclosures.lists import listed
from curation.disclosures.words import END, Token

OWN, OTHERS = listed("own"), listed("others")
PERSONS = OTHERS | listed("kin")
SUPPOSING, BELIEVING, LINKS = listed("supposing"), listed("believing"), listed("links")
VOICES, SAYING, VERBATIM = listed("voices"), listed("saying"), listed("verbatim")
ATTRIBUTING = listed("attributing")
POSITIONS, DICTATED = listed("positions"), listed("dictated")
NEAR = 3  # words between a voice and how it says something


def is_own(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Return whether a statement from a first to a last token is the speaker's own."""
    before = [token.text for token in takewhile(lambda token: token.text != END, reversed(tokens[:first]))]
    if _is_supposed(before) or "repeat" in before or _is_attributed(tokens[last:]):
        return False
    if tokens[first].is_quoted:
        return not OWN.isdisjoint(before) and VOICES.isdisjoint(before)
    if tokens[first].text in ("as", "being"):
        return _is_about_own(before, tokens[first + 1 :])
    if before and before[0] in VERBATIM and (OWN | DICTATED).isdisjoint(before):
        return False
    if OWN.isdisjoint(token.text for token in tokens[first : last + 1]) and not _is_unsaid(tokens[:first]):
        return False
    return not _is_cited(list(reversed(before)))


def _is_supposed(before: Sequence[str]) -> bool:
    """Return whether the words before a statement, the nearest first, suppose it: if, they think, in the play."""
    place = next((place for place, text in enumerate(before) if text not in LINKS), None)
    if place is None:
        return False
    text, further = before[place], before[place + 1 : place + 1 + NEAR]
    if not {"say", "said"}.isdisjoint(before[: place + 1]) and _is_denied({text, *further}):
        return True
    return text in SUPPOSING or (text in BELIEVING and OWN.isdisjoint(further)) or (text in VOICES and "in" in further)


def _is_denied(texts: set[str]) -> bool:
    """Return whether it is denied that something was said: never said, wouldn't say, but not can't say."""
    return "never" in texts or ("not" in texts and not {"would", "did"}.isdisjoint(texts))


def _is_attributed(rest: Sequence[Token]) -> bool:
    """Return whether the clause after a statement tells who said it: they all shout, that's how it begins."""
    place = next((place for place, token in enumerate(rest, 1) if token.ends_clause), len(rest))
    clause = rest[place : place + 2 + NEAR]
    if not clause or clause[0].text not in OTHERS | ATTRIBUTING | {"that", "it"}:
        return False
    return clause[0].text in ATTRIBUTING or any(token.text in ATTRIBUTING and token.ends_clause for token in clause)


def _is_unsaid(before: Sequence[Token]) -> bool:
    """Return whether somebody of whom nothing is said is the speaker: the nearest person before being none else."""
    return next((token.text in OWN for token in reversed(before) if token.text in OWN or token.text in PERSONS), True)


def _is_cited(before: Sequence[str]) -> bool:
    """Return whether a book, a sign or the like says something before a statement."""
    for place, text in enumerate(before):
        following = before[place + 1 : place + 1 + NEAR]
        if text in VOICES and "i" not in following and not SAYING.isdisjoint(following):
            return True
    return False


def _is_about_own(before: Sequence[str], after: Sequence[Token]) -> bool:
    """Return whether the nearest person spoken of before, otherwise the first after, is the speaker."""
    if before and before[0] in POSITIONS and before[1:2] != ["my"]:
        return False
    subjects = OWN - {"my", "our"}
    sentence = (*before, *(token.text for token in takewhile(lambda token: token.text != END, after)))
    return next((text in subjects for text in sentence if text in subjects | OTHERS - {"who"}), False)
