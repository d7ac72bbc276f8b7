"""The notation of phrases, and how they are read."""

from pathlib import Path

import pytest

from curation.disclosures.conditions import Ahead, Not
from curation.disclosures.grammar import Grammar, GrammarError
from curation.disclosures.phrases import Found, Reader, Word
from curation.disclosures.rules import Rules
from curation.disclosures.words import tokens, words_of


def grammar(folder: Path, text: str) -> Grammar:
    path = folder / "grammar.txt"
    path.write_text(text, encoding="utf-8")
    return Grammar([path])


def ends(folder: Path, phrase: str, text: str, *, classes: str = "") -> set[int]:
    """Return where a phrase that begins at the first token may end."""
    return set(grammar(folder, f"{classes}\n[phrase]\n{phrase}\n")["phrase"].read(Reader(tokens(words_of(text))), 0))


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("a nurse", "a nurse", {2}),
        ("a nurse", "a baker", set()),
        ("a | a nurse", "a nurse", {1, 2}),
        ("a (night|ward)? nurse", "a night nurse", {3}),
        ("(very|so)* old", "very so very old", {4}),
        ("very+ old", "old", set()),
        ("nurse !of", "nurse of", set()),
        ("nurse !of", "nurse", {1}),
        ("<#10-99> years", "41 years", {2}),
        ("<#10-99> years", "410 years", set()),
        ("<word> nurse", "ward nurse", {2}),
        ("<*smith,wright>", "locksmith", {1}),
        ("<*smith>", "smith", set()),
        ("nurse <,>", "nurse, yes", {1}),
        ("nurse <,> yes", "nurse yes", set()),
        ("it's", "it's", {2}),
        ("<^> nurse", "nurse", {1}),
        ("nurse . <^> yes", "nurse. yes", {3}),
        ("nurse <^> yes", "nurse, yes", set()),
    ],
)
def test_a_phrase_ends_where_its_notation_says(tmp_path: Path, phrase: str, text: str, expected: set[int]) -> None:
    assert ends(tmp_path, phrase, text) == expected


def test_a_class_is_named_and_may_stand_for_its_plurals(tmp_path: Path) -> None:
    classes = "[job]\nnurse\nfireman\n"
    assert ends(tmp_path, "a <job>", "a nurse", classes=classes) == {2}
    assert ends(tmp_path, "two <jobs>", "two firemen", classes=classes) == {2}


def test_a_phrase_goes_on_in_lines_that_begin_with_a_space(tmp_path: Path) -> None:
    assert grammar(tmp_path, "[phrase]\na nurse |\n  a baker\ntwo\n").lines == {"phrase": ["a nurse | a baker", "two"]}


def test_a_condition_reads_no_word() -> None:
    reader = Reader(tokens(["nurse"]))
    assert set(Ahead(Word("nurse")).read(reader, 0)) == set(Not(Word("baker")).read(reader, 0)) == {0}
    assert not Ahead(Word("baker")).read(reader, 0)
    assert not Not(Word("nurse")).read(reader, 0)


def test_what_is_marked_discloses_and_otherwise_the_whole_phrase(tmp_path: Path) -> None:
    made = grammar(tmp_path, "[age]\ni am {age forty} (and {gender a man})?\nme at ten\n")
    rules = Rules(made.rules("age"))
    read = [one for _, one in rules.read(Reader(tokens(words_of("i am forty and a man me at ten"))))]
    assert read == [Found("age", 2, 2), Found("gender", 4, 5), Found("age", 6, 8)]


def test_a_phrase_is_not_read_over_the_end_of_a_sentence(tmp_path: Path) -> None:
    assert ends(tmp_path, "a nurse", "a. nurse") == set()


def test_reading_takes_no_longer_than_words_by_classes(tmp_path: Path) -> None:
    classes = "[one]\na\nb\na b\nb a\n[several]\n<one>*\n"
    assert not ends(tmp_path, "<several>* c", " ".join(["a b"] * 5_000), classes=classes)


@pytest.mark.parametrize("text", ["[a]\n(b\n", "[a]\n?\n", "[a]\nb)\n", "[a]\n<c>\n", "[a]\n<a>\n", "b\n"])
def test_a_grammar_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(GrammarError):
        grammar(tmp_path, text).rules("a")
