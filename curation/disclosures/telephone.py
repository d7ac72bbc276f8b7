"""Telephone numbers: digits said or written in a row, as many as a number in full has."""

from collections.abc import Sequence
from itertools import zip_longest

import phonenumbers

from curation.disclosures.lists import listed
from curation.disclosures.phrases import Found
from curation.disclosures.words import Token

ZEROS = ("oh", "o", "zero", "nought")
UNITS = dict.fromkeys(ZEROS, "0") | {
    word: str(digit)
    for digit, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], 1)
}
TEENS = {
    word: str(number)
    for number, word in enumerate(
        [
            *("ten", "eleven", "twelve", "thirteen", "fourteen"),
            *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
        ],
        10,
    )
}
TENS = {
    word: str(ten)
    for ten, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
TIMES = {"double": 2, "triple": 3, "treble": 3}
PLUS = frozenset({"+", "plus"})
WITHIN, TELEPHONE, OTHER = listed("within_numbers"), listed("telephone"), listed("other_numbers")

LEAST, LEAST_NAMED, MOST = 9, 7, 15  # digits; ITU-T E.164 has at most 15
BEFORE, AFTER = 8, 8  # tokens
REGIONS = ("US", "GB", "IE", "AU", "FR", "DE", "ZA", "IN", "NZ", "KE")


def telephones(tokens: Sequence[Token]) -> list[Found]:
    """Return the telephone numbers, whoever's they are; short service numbers are none."""
    found = []
    at = 0
    while at < len(tokens):
        digits, end = _digits(tokens, at)
        if LEAST_NAMED <= len(digits) <= MOST + 1 and _is_telephone(digits, tokens, at, end):
            found.append(Found("telephone", at, end - 1))
        at = max(end, at + 1)
    return found


def _is_telephone(digits: str, tokens: Sequence[Token], first: int, end: int) -> bool:
    """Return whether the nearest word that says what digits are says so, or their number and their look."""
    before = list(reversed(_telling(tokens[max(0, first - BEFORE) : first])))
    after = _telling(tokens[end : end + AFTER])
    if digits.startswith("+") or (len(digits) >= LEAST and before[:1] == ["on"]):
        return True
    for pair in zip_longest(before, after):
        if not TELEPHONE.isdisjoint(pair):
            return True
        if not OTHER.isdisjoint(pair):
            return False
    return "number" in before or (len(digits) >= LEAST and any(_is_possible(digits, region) for region in REGIONS))


def _telling(tokens: Sequence[Token]) -> list[str]:
    """Return the words that may tell what digits are: the case of `in case` does not."""
    texts = [token.text for token in tokens]
    return [text for before, text in zip(["", *texts], texts, strict=False) if (before, text) != ("in", "case")]


def _is_possible(digits: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


def _digits(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """Return the digits that are said from a token on, and where they end."""
    texts = [token.text for token in tokens[at : at + 4 * MOST]]
    digits, place = ("+", 1) if texts[0] in PLUS else ("", 0)
    end = 0
    while place < len(texts):
        more, count = _group(texts, place, is_first=not digits)
        if not count:
            break
        digits, place = digits + more, place + count
        end = place if more else end
    return digits, at + end


def _group(texts: Sequence[str], at: int, *, is_first: bool) -> tuple[str, int]:
    """Return the digits that the next words stand for and how many words they are: `double seven` is 77, two words."""
    text = texts[at]
    following = texts[at + 1] if at + 1 < len(texts) else ""
    if text in UNITS or text in TEENS:
        return UNITS.get(text) or TEENS[text], 1
    if text in TENS:
        is_whole = following not in UNITS or following in ZEROS
        return (TENS[text] + "0", 1) if is_whole else (TENS[text] + UNITS[following], 2)
    if text in TIMES and following in UNITS:
        return UNITS[following] * TIMES[text], 2
    if text == "hundred" and not is_first:
        return "00", 1
    if text.isascii() and text.isdigit():
        return text, 1
    continues = following in UNITS or following in TIMES or following.isdigit()
    return "", int(text in WITHIN and not is_first and continues)
