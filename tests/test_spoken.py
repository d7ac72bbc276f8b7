import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.spoken import cardinal, spoken


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("House,", "house"),
        ("don\u2019t", "don't"),
        ("'tis", "tis"),
        ("well-known", "well known"),
        ("and/or", "and or"),
        ("R&D", "r and d"),
        ("Dr.", "doctor"),
        ("Mr", "mister"),
        ("No", "no"),
        ("etc.).", "et cetera"),
        ("U.S.A.", "u s a"),
        ("B2B", "b two b"),
        ("naïve", "naive"),
        ("straße", "strasse"),
        ("45", "forty five"),
        ("45%,", "forty five percent"),
        ("3.14", "three point one four"),
        ("1,234", "one thousand two hundred thirty four"),
        ("$1,234.50,", "one thousand two hundred thirty four point five zero dollars"),
        ("1987", "nineteen eighty seven"),
        ("1905", "nineteen oh five"),
        ("2005", "two thousand five"),
        ("1980s", "nineteen eighties"),
        ("21st", "twenty first"),
        ("20th", "twentieth"),
        ("007", "zero zero seven"),
        ("5551234", "five five five one two three four"),
        ("٤٥", "forty five"),
    ],
)
def test_a_token_is_said_as_words(token: str, words: str) -> None:
    assert " ".join(spoken(token)) == words


@pytest.mark.parametrize("token", ["—", "-", "...", "[laughter]", "<unk>", "?!", "🙂"])
def test_what_has_no_sound_is_no_word(token: str) -> None:
    assert spoken(token) == ()


def test_letters_of_another_script_stay() -> None:
    assert spoken("Привет!") == ("привет",)


@given(st.text(max_size=20).filter(lambda text: text.isascii() and not re.search(r"\s", text)))
def test_any_ascii_is_said_in_letters_and_apostrophes(token: str) -> None:
    assert all(re.fullmatch("[a-z]+('[a-z]+)*", word) for word in spoken(token))


def test_numbers_are_said_up_to_the_largest() -> None:
    assert " ".join(cardinal(999_999_999_999)).startswith("nine hundred ninety nine billion nine hundred")
    assert cardinal(0) == ["zero"]
    assert cardinal(1_000_013) == ["one", "million", "thirteen"]
