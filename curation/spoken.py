"""Which English words are said where a transcript has numbers, signs and abbreviations."""

import re
import unicodedata

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip

# With their full stop, except where the word is nothing else without it.
_ABBREVIATIONS = {
    "dr": "doctor", "mr": "mister", "mrs": "missus", "ms.": "miss", "st.": "saint", "prof.": "professor",
    "jr": "junior", "sr.": "senior", "vs": "versus", "etc": "et cetera", "e.g": "for example", "i.e": "that is",
    "no.": "number", "approx.": "approximately", "dept.": "department", "mt.": "mount",
}  # fmt: skip
_SIGNS = {
    "&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "°": "degrees", "#": "number",
}  # fmt: skip
_CURRENCIES = {"$": "dollars", "£": "pounds", "€": "euros", "¥": "yen", "₹": "rupees"}
_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "th", "þ": "th", "\u0131": "i"}
)

_AROUND = "\"'()[]{}*_,;:!?-"
_MARKER = re.compile(r"\[.*\]|<.*>")  # [laughter], <unk>: a note about the sound, not a word
_MONEY = re.compile(rf"([{''.join(_CURRENCIES)}])(\d[\d,.]*)")
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(st|nd|rd|th|s)?(?![^\W\d_])")
_PART = re.compile(rf"{_NUMBER.pattern}|\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[{''.join(_SIGNS)}]")


def spoken(token: str) -> tuple[str, ...]:
    """Return the words that are said for a token, in lower case; none for one without sound, such as a dash.

    Letters of the Latin script lose their accents; those of others stay as they are.
    """
    if _MARKER.fullmatch(token):
        return ()
    plain = _plain(token)
    text = plain.strip(_AROUND)
    for short in (text, plain.strip(f".{_AROUND}")):
        if short in _ABBREVIATIONS:
            return tuple(_ABBREVIATIONS[short].split())
    if re.fullmatch(r"([a-z]\.)+[a-z]?", text):  # u.s.a.
        return tuple(text.replace(".", ""))
    text = _MONEY.sub(lambda found: f"{found[2].rstrip('.,')} {_CURRENCIES[found[1]]}", text)
    return tuple(word for part in _PART.finditer(text) for word in _said(part[0]))


def _plain(token: str) -> str:
    text = unicodedata.normalize("NFKD", re.sub("[\u2018\u2019\u02bc]", "'", token.lower())).translate(_LATIN)
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _said(part: str) -> list[str]:
    if number := _NUMBER.fullmatch(part):
        whole, decimals, ending = number.groups()
        words = _read(whole)
        if decimals:
            return [*words, "point", *(_ONES[int(digit)] for digit in decimals)]
        return [*words[:-1], _with_ending(words[-1], ending)] if ending else words
    return [_SIGNS.get(part, part)]


def _read(digits: str) -> list[str]:
    """Return the words for a whole number: a year in pairs, what is too long or begins with 0 digit by digit."""
    number = int(digits.replace(",", ""))
    if (len(digits) > 1 and digits.startswith("0")) or number >= 10**12 or (len(digits) > 6 and "," not in digits):
        return [_ONES[int(digit)] for digit in digits.replace(",", "")]
    if len(digits) == 4 and 11 <= number // 100 <= 20 and number // 100 % 10 and number % 100:
        rest = cardinal(number % 100)
        return [*cardinal(number // 100), *(["oh", *rest] if number % 100 < 10 else rest)]
    return cardinal(number)


def cardinal(number: int) -> list[str]:
    """Return the words for a number from 0, below a million billions."""
    for size, name in _SCALES:
        if number >= size:
            rest = number % size
            return [*cardinal(number // size), name, *(cardinal(rest) if rest else [])]
    if number < len(_ONES):
        return [_ONES[number]]
    return [_TENS[number // 10], *([_ONES[number % 10]] if number % 10 else [])]


def _with_ending(word: str, ending: str) -> str:
    if ending == "s":  # the 1980s
        return f"{word[:-1]}ies" if word.endswith("y") else f"{word}{'es' if word.endswith('x') else 's'}"
    return _ORDINALS.get(word) or (f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th")
