"""Telephone numbers: digits said or written in a row, as many as a number in full has."""

from collections.abc import Sequence
from itertools import zip_longest

import phonenumbers

from curation.disclosures.phrases import Found
from curation.disclosures.words import Token

UNITS = {
    word: str(digit)
    for digit, words in enumerate(
        ["oh o zero nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
    for word in words.split()
}
TEENS = {
    word: str(number)
    for number, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
TENS = {word: str(ten) for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
TIMES = {"double": 2, "triple": 3, "treble": 3}
PREFIXES = frozenset({"+", "plus"})
WITHIN = frozenset({"and", "then", "dash", "extension", "area", "code", "hyphen", "space", "#"})

# Words before or after a number that say what it is; the nearest decides.
TELEPHONE = frozenset(
    "call calls calling called ring rings ringing rang phone phones phoning telephone text texts texting mobile cell landline dial dialling"
    " whatsapp line hotline helpline switchboard reach reached fax tel sms number's extension telegram voicemail signal pager contact"
    " area cellphone handset message contactable".split()
)
OTHER = frozenset(
    "account iban card reference ref tracking serial order policy claim isbn barcode meter sort case invoice ticket passport"
    " licence license permit nhs security insurance psalm page chapter score lottery batch model part pin password reading"
    " coordinates grid parcel catalogue item registration frequency hymn ballot patent bond receipt booking flight chassis"
    " version roll kilometres population votes loan vat tax file docket library warehouse combination raffle numbers engine prisoner"
    " consignment sku odometer tonnes dose map pi digits sum total balance bank member membership plate vin lot train times table".split()
)
LEAST, LEAST_NAMED, MOST = 9, 7, 15  # digits; ITU-T E.164 has at most 15
BEFORE, AFTER = 12, 8  # tokens
REGIONS = ("US", "GB", "IE", "AU", "FR", "DE", "ZA", "IN", "NZ", "KE")


def telephones(tokens: Sequence[Token]) -> list[Found]:
    """Return the telephone numbers, whoever's they are; short service numbers are none."""
    found = []
    at = 0
    while at < len(tokens):
        digits, end = _digits(tokens, at)
        if len(digits) >= LEAST_NAMED and _is_telephone(digits, tokens, at, end):
            found.append(Found("telephone", at, end - 1))
        at = max(end, at + 1)
    return found


def _is_telephone(digits: str, tokens: Sequence[Token], first: int, end: int) -> bool:
    count = len(digits.lstrip("+"))
    if count > MOST:
        return False
    before = [token.text for token in reversed(tokens[max(0, first - BEFORE) : first])]
    after = [token.text for token in tokens[end : end + AFTER]]
    if count >= LEAST and before[:1] == ["on"]:
        return True
    for pair in zip_longest(before, after, fillvalue=""):
        if not TELEPHONE.isdisjoint(pair):
            return True
        if not OTHER.isdisjoint(pair):
            return digits.startswith("+")
    if digits.startswith("+") or "number" in before:
        return True
    return count >= LEAST and _is_possible(digits)


def _is_possible(digits: str) -> bool:
    for region in REGIONS:
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) or phonenumbers.is_possible_number_with_reason(
            number
        ) == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return True
    return False


def _digits(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """Return the digits that are said from a token on, and where they end."""
    digits, end = "", at
    if at < len(tokens) and tokens[at].text in PREFIXES:
        digits, at = "+", at + 1
    while at < len(tokens):
        text = tokens[at].text
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if text in UNITS or text in TEENS:
            more, at = UNITS.get(text) or TEENS[text], at + 1
        elif text in TENS:
            is_whole = following not in UNITS or following in {"oh", "o", "zero", "nought"}
            more, at = TENS[text] + ("0" if is_whole else UNITS[following]), at + (1 if is_whole else 2)
        elif text in TIMES and following in UNITS:
            more, at = UNITS[following] * TIMES[text], at + 2
        elif text == "hundred" and digits:
            more, at = "00", at + 1
        elif text.isascii() and text.isdigit():
            more, at = text, at + 1
        elif text in WITHIN and digits and (following in UNITS or following in TIMES or following.isdigit()):
            more, at = "", at + 1
            digits += more
            continue
        else:
            break
        digits, end = digits + more, at
    return digits, end
