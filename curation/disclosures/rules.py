"""Rules: the phrases that are looked for at each token, if one of the words that they need is said at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from curation.disclosures.phrases import ANY, Found, Phrase, Reader


class Rules:
    """Phrases by the words that they begin with and that they need."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = list(phrases)
        self.beginning: dict[str, list[int]] = defaultdict(list)
        self.needing: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self.phrases):
            for word in phrase.firsts:
                self.beginning[word].append(number)
            for word in (ANY,) if ANY in phrase.needs else phrase.needs:
                self.needing[word].append(number)

    def read(self, reader: Reader) -> Iterator[tuple[int, Found]]:
        """Yield what is disclosed, and where the phrase begins: of each rule its longest reading at each token."""
        possible = {number for word in {*reader.keys, ANY} for number in self.needing.get(word, ())}
        for at in range(len(reader.texts)):
            for number in self._beginning(reader.keys[at], possible):
                readings = self.phrases[number].read(reader, at)
                if readings:
                    for one in readings[max(readings)]:
                        yield at, one

    def _beginning(self, word: str, possible: set[int]) -> list[int]:
        numbers = self.beginning.get(word, []) + self.beginning[ANY]
        return [number for number in numbers if number in possible]
