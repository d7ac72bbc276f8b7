"""How many of the disclosures in labelled sentences are found, and how many of those found are labelled.

`python -m tests.quality.disclosed` prints counts alone, never a sentence: of the sentences held out nothing may be
learnt but the figure. A disclosure is found where the same attribute is found in words that overlap its own.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from curation.disclosures import Disclosure, disclosures, words_of

FOLDER = Path(__file__).parents[1] / "disclosures"


class Score(NamedTuple):
    """Disclosures by attribute: labelled, those of them that were found, and found where none is labelled."""

    labelled: Counter[str]
    hits: Counter[str]
    false: Counter[str]

    def recall(self, attribute: str | None = None) -> float:
        """Return which share of the labelled disclosures was found, 1 where there is none."""
        hits, labelled = (self._count(some, attribute) for some in (self.hits, self.labelled))
        return hits / labelled if labelled else 1.0

    def precision(self, attribute: str | None = None) -> float:
        """Return which share of the found disclosures is labelled, 1 where none was found."""
        hits, false = (self._count(some, attribute) for some in (self.hits, self.false))
        return hits / (hits + false) if hits + false else 1.0

    def _count(self, some: Counter[str], attribute: str | None) -> int:
        return some.total() if attribute is None else some[attribute]


def labelled(text: str, disclosed: Iterable[dict[str, str]]) -> list[Disclosure]:
    """Return the disclosures of a labelled sentence, by the places of their words."""
    found = []
    for one in disclosed:
        start = text.index(one["words"])
        first = len(words_of(text[: start + 1])) - 1
        last = len(words_of(text[: start + len(one["words"])])) - 1
        found.append(Disclosure(one["attribute"], first, last))
    return found


def overlap(one: Disclosure, other: Disclosure) -> bool:
    return one.attribute == other.attribute and one.first <= other.last and other.first <= one.last


def score(path: Path) -> Score:
    """Return the counts over the labelled sentences of a file."""
    result = Score(Counter(), Counter(), Counter())
    for line in path.read_text(encoding="utf-8").splitlines():
        sentence = json.loads(line)
        wanted = labelled(sentence["text"], sentence["disclosures"])
        found = disclosures(words_of(sentence["text"]))
        result.labelled.update(one.attribute for one in wanted)
        result.hits.update(one.attribute for one in wanted if any(overlap(one, other) for other in found))
        result.false.update(one.attribute for one in found if not any(overlap(one, other) for other in wanted))
    return result


def report(name: str, counts: Score) -> None:
    print(f"{name:<16} labelled  found  false  recall  precision")
    for attribute in (*sorted(counts.labelled | counts.false), None):
        figures = [
            sum(some.values()) if attribute is None else some[attribute]
            for some in (counts.labelled, counts.hits, counts.false)
        ]
        print(
            f"{attribute or 'all':<16} {figures[0]:>8} {figures[1]:>6} {figures[2]:>6}"
            f" {100 * counts.recall(attribute):>6.1f}% {100 * counts.precision(attribute):>9.1f}%"
        )


def figures() -> Iterator[tuple[str, str]]:
    """Yield what was measured and the figure, of the sentences that rules were not written from."""
    counts = score(FOLDER / "held_out.jsonl")
    sentences = len((FOLDER / "held_out.jsonl").read_text(encoding="utf-8").splitlines())
    what = f"disclosures in {sentences:,} sentences held out, {counts.labelled.total()} of them labelled"
    yield what, f"recall {100 * counts.recall():.1f} %, precision {100 * counts.precision():.1f} %"


def main() -> None:
    for name in ("tuning.jsonl", "held_out.jsonl"):
        if (FOLDER / name).exists():
            report(name, score(FOLDER / name))


if __name__ == "__main__":
    main()
