import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.spelling import pronunciation

PHONES = set(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()  # noqa: SIM905
)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("knight", "N AY T"),
        ("bake", "B EY K"),
        ("baked", "B EY K T"),
        ("station", "S T EY SH AH N"),
        ("zoe", "Z OW"),
        ("phone", "F OW N"),
        ("kitty", "K IH T IY"),
        ("me", "M IY"),
        ("bcd", "B IY S IY D IY"),
    ],
)
def test_a_word_is_pronounced_by_its_letters(word: str, phones: str) -> None:
    assert pronunciation(word) == phones


@given(st.from_regex("[a-z]{1,12}", fullmatch=True))
def test_any_letters_have_a_sound(word: str) -> None:
    phones = pronunciation(word).split()
    assert phones
    assert set(phones) <= PHONES
