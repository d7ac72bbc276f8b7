"""Whose statement it is: whether `I` is the speaker, and what is said is said to be so."""

from collections.abc import Sequence
from itertools import takewhile

from curation.disclosures.words import END, Token

# Directly before a statement these make it a supposition, a wish or somebody's error.
SUPPOSING = frozenset(
    "if whether unless suppose supposing imagine pretend pretending wish wishing dreamed dreamt dream assume assuming"
    " hope hoped fancy thought guessed lest".split()
)
# Between a supposition and its statement stand no more than these.
LINKS = frozenset("that like as even and or then say only just oh well me for a second moment minute".split())

# What these say is not the speaker's own, where they say something.
VOICES = frozenset(
    "narrator character song lyrics lyric poem verse novel play film movie book hero heroine scene script sketch line"
    " lines chorus sign poster slogan dialogue sentence caption headline advert ad ballad joke story fairy chapter title"
    " quote quotation text role actor actress statue doll puppet robot parrot voicemail bot app sticker badge tshirt"
    " queen king prince princess giant wolf witch angel emperor lion fox ghost devil wizard dragon voice notebook diary plaque gravestone tombstone banner bumper card label mug postcard".split()
)
SAYING = frozenset(
    "says said say saying sings sang singing goes shouts shouted shout cries cried reads read writes wrote whispers called"
    " begins starts ends repeats".split()
)
# Whoever these follow is heard word for word.
VERBATIM = frozenset("saying goes shouting shouts shouted sings sang singing cries cried whispers repeat".split())
OWN = frozenset({"i", "we", "me", "us", "myself", "ourselves"})
OTHERS = frozenset("he she they who him her them".split())
DICTATED = frozenset("email message text note letter reply".split())


def is_own(tokens: Sequence[Token], first: int) -> bool:
    """Return whether a statement that begins at a token is the speaker's own."""
    before = [token.text for token in takewhile(lambda token: token.text != END, reversed(tokens[:first]))]
    if _is_supposed(before) or "repeat" in before:
        return False
    if tokens[first].is_quoted:
        return any(text in OWN for text in before) and not any(text in VOICES for text in before)
    if tokens[first].text in ("as", "being"):
        return _is_about_own(before, tokens[first + 1 :])
    if before and before[0] in VERBATIM and OWN.union(DICTATED).isdisjoint(before):
        return False
    return not _is_cited(list(reversed(before)))


def _is_cited(before: Sequence[str]) -> bool:
    """Return whether a book, a sign or the like says something directly before a statement."""
    for place, text in enumerate(before):
        following = before[place + 1 : place + 4]
        if text in VOICES and "i" not in following and not SAYING.isdisjoint(following):
            return True
    return False


def _is_supposed(before: Sequence[str]) -> bool:
    """Return whether the words before a statement, the nearest first, make it a supposition."""
    for text in before:
        if text in SUPPOSING:
            return True
        if text not in LINKS:
            return False
    return False


def _is_about_own(before: Sequence[str], after: Sequence[Token]) -> bool:
    """Return whether the nearest person spoken of before, otherwise the first after, is the speaker."""
    for text in (*before, *(token.text for token in takewhile(lambda token: token.text != END, after))):
        if text in OWN:
            return True
        if text in OTHERS:
            return False
    return False
