"""Rules: the phrases that are looked for at each token, if one of the words that they need is said at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from curation.disclosures.phrases import ANY, Found, Phrase, Reader

NONE: frozenset[int] = frozenset()


class Rules:
    """Phrases by the words that they begin with and that they need."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = list(phrases)
        self.beginning: dict[str, set[int]] = defaultdict(set)
        self.needing: dict[str, set[int]] = defaultdict(set)
        for number, phrase in enumerate(self.phrases):
            for word in phrase.firsts:
                self.beginning[word].add(number)
            for word in (ANY,) if ANY in phrase.needs else phrase.needs:
                self.needing[word].add(number)

    def read(self, reader: Reader) -> Iterator[tuple[int, Found]]:
        """Yield what is disclosed, and where the phrase begins: of each rule its longest reading at each token."""
        said = {*reader.keys, ANY}
        possible = set().union(*(self.needing[word] for word in said if word in self.needing))
        anywhere = self.beginning[ANY] & possible
        for at in range(len(reader.texts)):
            for number in self.beginning.get(reader.keys[at], NONE) & possible | anywhere:
                readings = self.phrases[number].read(reader, at)
                if readings:
                    for one in readings[max(readings)]:
                        yield at, one
