"""E-mail addresses: written, or said with `at` and `dot`."""

import re
from collections.abc import Sequence

from curation.disclosures.lists import listed
from curation.disclosures.phrases import Found
from curation.disclosures.words import Token

WRITTEN = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
JOINTS, OUTSIDE = listed("email_joints"), listed("outside_emails")
MOST = 3  # words of a host before its dot


def emails(tokens: Sequence[Token]) -> list[Found]:
    """Return the e-mail addresses, whoever's they are."""
    texts = [token.text for token in tokens]
    found = [Found("address", at, at) for at, text in enumerate(texts) if WRITTEN.fullmatch(text)]
    for at, text in enumerate(texts):
        if text == "at" and at > 0 and texts[at - 1] not in OUTSIDE:
            host = texts[at + 1 : at + 2 + MOST]
            if "dot" in host[1:]:
                found.append(Found("address", _first(texts, at - 1), _last(texts, at + 1 + host.index("dot", 1))))
    return found


def _first(texts: Sequence[str], at: int) -> int:
    """Return where a name begins that ends at a token: ada, ada dot king, ada 7."""
    while at >= 1 and texts[at].isdigit() and texts[at - 1] not in OUTSIDE:
        at -= 1
    while at >= 2 and texts[at - 1] in JOINTS:
        at -= 2
    return at


def _last(texts: Sequence[str], dot: int) -> int:
    """Return where a host ends: example, co dot example."""
    last = min(dot + 1, len(texts) - 1)
    while last + 2 < len(texts) and texts[last + 1] == "dot":
        last += 2
    return last
