"""Whose statement it is: whether `I` is the speaker, and what is said is said to be so."""

from collections.abc import Sequence
from itertools import takewhile

from curation.disclosures.words import END, Token

# Directly before a statement these make it a supposition, a wish or somebody's error.
SUPPOSING = frozenset(
    "if whether unless suppose supposing imagine pretend pretending wish wishing dreamed dreamt dream assume assuming"
    " hope hoped fancy thought guess guessed lest until when though till once".split()
) - {"until", "when", "though", "till", "once"}
# Between a supposition and its statement may stand no more than these.
LINKS = frozenset("that like as even i'm and or then say only just oh well me for a second moment minute".split())

# What these say is not the speaker's own.
FICTION = frozenset(
    "narrator character song lyrics lyric poem verse novel play film movie book hero heroine scene script sketch line lines"
    " chorus sign poster slogan dialogue sentence caption headline advert ad ballad joke story fairy chapter title"
    " quote quotation text role actor actress statue doll puppet robot parrot voicemail bot app sticker badge tshirt".split()
)
CITING = frozenset("says said say sings sang goes shouts shouted shout cries cried reads read writes wrote claims claimed claim whispers".split())
CITED = frozenset("he she they it who somebody someone everybody everyone nobody people".split())
OWN = frozenset("i we me".split())


def is_own(tokens: Sequence[Token], first: int) -> bool:
    """Return whether a statement that begins at a token is the speaker's own."""
    before = [token.text for token in takewhile(lambda token: token.text != END, reversed(tokens[:first]))]
    for text in before:
        if text in SUPPOSING:
            return False
        if text not in LINKS:
            break
    spoken = list(reversed(before))
    if tokens[first].is_quoted:
        return any(text in OWN for text in spoken) and not any(text in FICTION for text in spoken)
    return not (any(text in FICTION for text in spoken) and any(text in CITING or text in {"called"} for text in spoken))
