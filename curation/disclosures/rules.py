"""Rules: the phrases that are looked for at each token, if words that they need are said at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from curation.disclosures.conditions import Start
from curation.disclosures.phrases import ANY, ENDING, Class, Disclosing, Found, Phrase, Reader, Row, width

SLOTS = 4  # of what a rule needs, so many are asked for: beyond them that costs more than it saves


class Rules:
    """Phrases by the words that they begin with and that they need: sets of rules, each a bit of an integer."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = list(phrases)
        self.beginning: dict[str, int] = defaultdict(int)
        self.needing: list[dict[str, int]] = [defaultdict(int) for _ in range(SLOTS)]
        self.starting = 0  # those with which a sentence begins
        for number, phrase in enumerate(self.phrases):
            self.starting |= int(_starts(phrase)) << number
            for word in phrase.firsts:
                self.beginning[word] |= 1 << number
            needs = sorted(_needs(phrase), key=width)[:SLOTS]
            needs += [frozenset({ANY})] * (SLOTS - len(needs))
            for needing, words in zip(self.needing, needs, strict=True):
                for word in words:
                    needing[word] |= 1 << number

        self.endings = {word for needing in self.needing for word in needing if word.startswith(ENDING)}

    def read(self, reader: Reader) -> Iterator[tuple[int, Found]]:
        """Yield what is disclosed, and where the phrase begins: of each rule its longest reading at each token."""
        possible = self._possible(reader)
        anywhere = self.beginning[ANY] & possible
        for at in range(len(reader.texts)):
            rules = self.beginning.get(reader.keys[at], 0) & possible | anywhere
            if not reader.starts_at(at):
                rules &= ~self.starting
            while rules:
                lowest = rules & -rules
                rules ^= lowest
                readings = self.phrases[lowest.bit_length() - 1].read(reader, at)
                if readings:
                    for one in readings[max(readings)]:
                        yield at, one

    def _possible(self, reader: Reader) -> int:
        """Return the rules all of whose needs are said."""
        text = f"{' '.join(reader.texts)} "
        said = {*reader.keys, ANY, *(word for word in self.endings if f"{word.removeprefix(ENDING)} " in text)}
        possible = -1
        for needing in self.needing:
            rules = 0
            for word in said & needing.keys():
                rules |= needing[word]
            possible &= rules
        return possible


def _starts(phrase: Phrase) -> bool:
    if isinstance(phrase, Disclosing):
        return _starts(phrase.part)
    return isinstance(phrase, Start) or (isinstance(phrase, Row) and _starts(phrase.parts[0]))


def _needs(phrase: Phrase) -> list[frozenset[str]]:
    """Return sets of words of each of which the phrase has one."""
    if isinstance(phrase, Disclosing | Class):
        return _needs(phrase.part)
    if isinstance(phrase, Row):
        return [needs for part in phrase.parts for needs in _needs(part)]
    return [] if ANY in phrase.needs else [phrase.needs]
