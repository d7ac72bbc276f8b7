"""Conditions: phrases that read no word and only tell whether to read on."""

from curation.disclosures.phrases import NO_NEEDS, NONE, Phrase, Reader, Readings


class Empty:
    """What reads no word."""

    firsts: frozenset[str] = frozenset()
    needs = NO_NEEDS
    may_be_empty = True


class Border(Empty):
    """Nothing, where a clause begins or ends."""

    def read(self, reader: Reader, at: int) -> Readings:
        """Return the same place, if a border is there."""
        is_border = at == 0 or at >= len(reader.tokens) or reader.tokens[at - 1].ends_clause
        return {at: ()} if is_border else NONE


class Start(Empty):
    """Nothing, where a sentence begins."""

    def read(self, reader: Reader, at: int) -> Readings:
        """Return the same place, if a sentence begins there."""
        return {at: ()} if reader.starts_at(at) else NONE


class Not(Empty):
    """Nothing, where a phrase does not follow."""

    def __init__(self, part: Phrase) -> None:
        self.part = part

    def read(self, reader: Reader, at: int) -> Readings:
        """Return the same place, unless the phrase is there."""
        return NONE if self.part.read(reader, at) else {at: ()}


class Ahead:
    """Nothing, where a phrase follows."""

    may_be_empty = False  # for what it may begin with must be there

    def __init__(self, part: Phrase) -> None:
        self.part = part
        self.firsts, self.needs = part.firsts, part.needs

    def read(self, reader: Reader, at: int) -> Readings:
        """Return the same place, if the phrase is there."""
        return {at: ()} if self.part.read(reader, at) else NONE
