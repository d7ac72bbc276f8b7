"""Rules: the phrases that are looked for at each token, if one of the words that they need is said at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from curation.disclosures.phrases import ANY, Found, Phrase, Reader


class Rules:
    """Phrases, each under the name of what it is a rule for, by the words that they begin with and that they need."""

    def __init__(self, phrases: Mapping[str, Iterable[Phrase]]) -> None:
        self.rules = [(name, phrase) for name, some in phrases.items() for phrase in some]
        self.beginning: dict[str, list[int]] = defaultdict(list)
        self.needing: dict[str, list[int]] = defaultdict(list)
        for number, (_, phrase) in enumerate(self.rules):
            for word in phrase.firsts:
                self.beginning[word].append(number)
            for word in (ANY,) if ANY in phrase.needs else phrase.needs:
                self.needing[word].append(number)

    def read(self, reader: Reader) -> Iterator[tuple[int, Found]]:
        """Yield what is disclosed, and where the phrase begins: of the phrases of a name the longest at a token."""
        possible = {number for word in {*reader.keys, ANY} for number in self.needing.get(word, ())}
        for at in range(len(reader.texts)):
            longest: dict[str, tuple[int, Sequence[Found]]] = {}
            for number in self._beginning(reader.keys[at], possible):
                name, phrase = self.rules[number]
                readings = phrase.read(reader, at)
                if readings:
                    end = max(readings)
                    if end > longest.get(name, (at, ()))[0]:
                        longest[name] = end, readings[end]
            for _, found in longest.values():
                for one in found:
                    yield at, one

    def _beginning(self, word: str, possible: set[int]) -> list[int]:
        numbers = self.beginning.get(word, []) + self.beginning[ANY]
        return [number for number in numbers if number in possible]
