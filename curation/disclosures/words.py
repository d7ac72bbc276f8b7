"""Tokens: the words of a transcript as rules read them, whatever their case, punctuation, contractions and fillers."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

END = "."  # the token of a sentence's end

# Said while thinking: they mean nothing, wherever they stand.
FILLERS = frozenset("uh um uhm umm erm er ehm em eh hm hmm mm mhm ah aha".split())

CONTRACTIONS = {
    "i'm": "i am", "im": "i am", "ive": "i have", "can't": "can not", "cannot": "can not", "won't": "will not",
    "shan't": "shall not", "ain't": "am not", "dont": "do not", "didnt": "did not", "isnt": "is not",
    "wasnt": "was not", "let's": "let us", "gonna": "going to", "wanna": "want to", "gotta": "got to",
    "o'clock": "oclock", "y'all": "you all", "'em": "them", "e-mail": "email", "e-mails": "emails", "ph.d": "phd",
    "i'd": "i would", "x-ray": "xray", "t-shirt": "tshirt",
}  # fmt: skip
ENDINGS = (("n't", "not"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"), ("'m", "am"), ("'s", "'s"))

# A full stop after these ends no sentence.
ABBREVIATIONS = frozenset("mr mrs ms dr st prof rev sr jr no vs ave rd etc mt lt sgt capt".split())

NO_NAMES = frozenset({"i", "im", "ive", "ok", "okay", "english"})  # with a capital all the same

STOP = re.compile(r"[.!?;…]+[\"'”’)\]]*$")
OPENING = re.compile(r"^[(\[]*[\"“„«]")
CLOSING = re.compile(r"[\"”»][.,!?;:…)\]]*$")
AMOUNT = re.compile(r"[£$€¥₹]|\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*|[+%#&]")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.){1,4}[^\W\d_]{0,3}")
EDGES = "\"'“”‘’„«»()[]{}.,!?;:…-–—*_~`"


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

    Fillers are left out, and of a word said twice in a row the first.
    """
    joined = " ".join(words)
    has_case = joined != joined.lower() and joined != joined.upper()
    found: list[Token] = []
    begins, is_quoted = True, False
    for place, word in enumerate(words):
        text = word.lower().replace("’", "'").replace("‘", "'")
        bare = text.strip(EDGES)
        is_quoted = is_quoted or bool(OPENING.match(word))
        first_letter = next((letter for letter in word if letter.isalpha()), "")
        is_proper = has_case and not begins and first_letter.isupper() and bare.split("'")[0] not in NO_NAMES
        is_proper = is_proper and (word != word.upper() or len(bare) == 1)
        stop = STOP.search(word) is not None and bare not in ABBREVIATIONS
        ends_clause = stop or (bool(bare) and text[-1] in ",:;—–)")
        if bare and bare not in FILLERS:
            parts = [Token(part, place, is_proper, is_quoted) for part in _parts(bare, text)]
            if found and parts and found[-1].text == parts[0].text and not found[-1].ends_clause and bare.isalpha():
                if not _is_counted(bare):
                    found.pop()
            found += parts
        if ends_clause and found:
            found[-1] = found[-1]._replace(ends_clause=True)
        begins = stop if bare else begins
        if stop and found and found[-1].text != END:
            found.append(Token(END, place, ends_clause=True))
        if is_quoted and CLOSING.search(word):
            is_quoted = False
    return found


def _is_counted(text: str) -> bool:
    """Return whether a word said twice is meant twice: a digit of a number."""
    return text in DIGIT_WORDS


DIGIT_WORDS = frozenset("oh o zero nought one two three four five six seven eight nine ten twenty ha bye no".split())


def _parts(bare: str, text: str) -> Iterator[str]:
    if "@" in bare:
        yield bare
    elif bare in CONTRACTIONS:
        yield from CONTRACTIONS[bare].split()
    elif INITIALS.fullmatch(text.strip("\"'“”‘’,!?;:()")):
        yield bare.replace(".", "")
    else:
        for piece in re.split(r"[-–—/…]+", bare):
            if any(character.isdigit() for character in piece):
                yield from AMOUNT.findall(THOUSANDS.sub("", piece))
            elif piece:
                yield from _uncontracted(piece.strip(EDGES))


def _uncontracted(piece: str) -> Iterator[str]:
    if piece in CONTRACTIONS:
        yield from CONTRACTIONS[piece].split()
        return
    for ending, meaning in ENDINGS:
        if piece.endswith(ending) and len(piece) > len(ending):
            yield piece.removesuffix(ending)
            yield meaning
            return
    if piece:
        yield piece
