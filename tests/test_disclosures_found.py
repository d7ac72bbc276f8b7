"""What is found to give an attribute away, and what is not; sentences thought up for these tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.disclosures import Disclosure, disclosures, words_of
from curation.disclosures.email import emails
from curation.disclosures.lists import contractions, listed
from curation.disclosures.speaker import is_own
from curation.disclosures.telephone import telephones
from curation.disclosures.words import END, tokens

SOUP = words_of(
    "i I'm am a an and was my name is forty two years old nurse from with at dot , . 12 \u00a3 07700 mill lane double"
    " oh as we poor rich kilos don't \u00b2 \u0661\u0662 '' - I'm, \"I end. ada@mill.example"
)
ATTRIBUTES = {
    *("age", "gender", "accent", "education", "income", "social_stratum", "health", "weight"),
    *("name", "telephone", "address"),
}


def found(text: str) -> list[tuple[str, str]]:
    """Return each attribute found and the words that give it away."""
    words = words_of(text)
    return [(one.attribute, " ".join(words[one.first : one.last + 1])) for one in disclosures(words)]


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("I'll be seventy-two come October and my knees know it.", "age"),
        ("THEY GAVE ME A CAKE FOR MY SIXTY FIFTH BIRTHDAY", "age"),
        ("born in '62, me, so I remember the winter the river froze", "age"),
        ("I was born on the third of June, 1990.", "age"),
        ("uh i'm um in my thirties and i still rent", "age"),
        ("Thirty-three tomorrow, and I still sleep with the light on.", "age"),
        ("THERE ARE SEVENTY CANDLES ON MY CAKE", "age"),
        ("i was nine when the wall came down", "age"),
        ("It was on me fiftieth birthday.", "age"),
        ("At sixty-eight, I'm learning the harp.", "age"),
        ("I've been a single mum for six years.", "gender"),
        ("they kept calling me madam and i'm a man", "gender"),
        ("When I was a little girl we had no fridge.", "gender"),
        ("AS YOUR FATHER I FORBID IT I TOLD HIM", "gender"),
        ("I'm from a small place near Lyon, you will not know it.", "accent"),
        ("i grew up speaking farsi", "accent"),
        ("AS A DUTCHMAN I FIND THIS HILL ALARMING", "accent"),
        ("English is not my first language, excuse me.", "accent"),
        ("I never got my high school diploma.", "education"),
        ("i'm in year nine and i hate it", "education"),
        ("I'M DOING A MASTER'S IN MARINE BIOLOGY", "education"),
        ("I'm earning about thirty-five thousand before tax.", "income"),
        ("i get eleven pounds an hour and free soup", "income"),
        ("MY TAKE HOME IS TWO THOUSAND ONE HUNDRED", "income"),
        ("I've been poor all my life.", "income"),
        ("I run a small bakery in the old town.", "social_stratum"),
        ("as a paramedic i've seen worse", "social_stratum"),
        ("We come from a mining family.", "social_stratum"),
        ("I DRIVE LORRIES FOR A LIVING", "social_stratum"),
        ("The doctors found a tumour on my kidney.", "health"),
        ("i'm on insulin twice a day", "health"),
        ("I HAD MY APPENDIX OUT WHEN I WAS NINE", "health"),
        ("I'm in perfect health, touch wood.", "health"),
        ("Coeliac, sorry, so no cake.", "health"),
        ("the surgeons took out half my colon", "health"),
        ("Thanks to the pacemaker I can climb stairs again.", "health"),
        ("My weight's stuck at fourteen stone.", "weight"),
        ("i've always been on the plump side", "weight"),
        ("I'M ONE HUNDRED AND THIRTY POUNDS SOAKING WET", "weight"),
        ("My name is Theodora Blackwood.", "name"),
        ("i'm emily and this is my first video", "name"),
        ("MY SURNAME IS OYELARAN", "name"),
        ("Gunther here, is the doctor in?", "name"),
        ("ring me on oh one two one four nine six oh seven double three", "telephone"),
        ("Her cell is (646) 555-0123.", "telephone"),
        ("THE SURGERY IS 01632 960 911", "telephone"),
        ("Our mobile, in case you get lost, is 07700 900 273.", "telephone"),
        ("it's plus four four seven seven hundred nine hundred one two three", "telephone"),
        ("she lives at two oh seven baker street", "address"),
        ("We're at 5 rue des Lilas, second door.", "address"),
        ("write to me at marta dot kowalska at mailbox dot example", "address"),
        ("My email is j_smith@webmail.example.", "address"),
    ],
)
def test_what_gives_an_attribute_away_is_found(text: str, attribute: str) -> None:
    assert attribute in {name for name, _ in found(text)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "My brother is a plumber.",
        "SHE TURNED SIXTY LAST WEEK",
        "He dressed up as a nurse.",
        "if i were a doctor i'd know",
        "Suppose I'm a millionaire.",
        "i wish i was rich",
        "Are you diabetic?",
        "I'm not a lawyer.",
        "The narrator says I am an invalid and a widow.",
        '"I am a poor orphan of nine", it begins.',
        "i'm two minutes away",
        "I'm ninety percent sure.",
        "I'm at number seven in the queue.",
        "I'm learning German.",
        "'I'm forty,' she said, 'and you are late.'",
        "I am a bishop, they all shout.",
        "I never said I was a doctor.",
        "My sister turned sixty and I baked.",
        "My uncle has epilepsy and I drive him.",
        "I live in Paris.",
        "i make a mean curry",
        "I'm so poor at tennis.",
        "I'm sick of this weather.",
        "the bag weighs twenty kilos",
        "Call me crazy, but I like it.",
        "It's Monday.",
        "The code is one two three four five six.",
        "flight seven four seven two is delayed",
        "dial nine one one",
        "We walked down Baker Street.",
        "twenty eight people live in that street",
        "As a rule, I don't eat after eight.",
        "Je suis boulanger et j'ai quarante ans.",
    ],
)
def test_what_gives_nothing_away_is_not_found(text: str) -> None:
    assert found(text) == []


def test_the_words_found_are_those_that_give_it_away() -> None:
    text = "so um my knees are fine but i'm uh forty two years old and a welder from Leeds with asthma"
    assert found(text) == [
        ("age", "i'm uh forty two years old"),
        ("social_stratum", "welder"),
        ("accent", "from Leeds"),
        ("health", "with asthma"),
    ]


def test_several_sentences_are_each_read_by_themselves() -> None:
    text = "He says he has a question. I am a baker. My number is 020 7946 0018, ask for the manager!"
    assert found(text) == [("social_stratum", "baker."), ("telephone", "020 7946 0018,")]


def test_case_and_punctuation_change_nothing() -> None:
    text = "I am sixty-one years old, I weigh ninety kilos, and I have asthma."
    bare = text.replace(",", "").replace(".", "").replace("-", " ")
    expected = [name for name, _ in found(text)]
    assert expected == ["age", "weight", "health"]
    for other in (bare, bare.upper(), bare.lower()):
        assert [name for name, _ in found(other)] == expected


def test_places_count_words_as_said() -> None:
    assert disclosures(["Well,", "um,", "I'm", "a", "midwife."]) == [Disclosure("social_stratum", 4, 4)]


def test_disclosures_are_in_order_of_place() -> None:
    text = "I'm Ada Byron, call 020 7946 0018 or write to 12 Mill Lane, I'm a retired teacher of seventy."
    places = [one.first for one in disclosures(words_of(text))]
    assert places == sorted(places)
    assert len(places) == 5


@given(
    st.lists(
        st.one_of(
            st.text(),
            st.sampled_from(SOUP),
        ),
        max_size=40,
    )
)
def test_any_words_have_disclosures_whose_places_lie_among_them(words: list[str]) -> None:
    for one in disclosures(words):
        assert one.attribute in ATTRIBUTES
        assert 0 <= one.first <= one.last < len(words)


def test_a_long_transcript_without_an_end_is_read_in_time() -> None:
    words = ["I", "am", *["a", "single", "nurse", "and"] * 2_000]
    assert {one.attribute for one in disclosures(words)} == {"social_stratum"}


def test_contractions_are_taken_apart_and_fillers_left_out() -> None:
    texts = [(token.text, token.place) for token in tokens(["I'm,", "um,", "I'm", "forty-two.", "Don't"])]
    assert texts == [
        ("i", 0),
        ("am", 0),
        ("i", 2),
        ("am", 2),
        ("forty", 3),
        ("two", 3),
        (END, 3),
        ("do", 4),
        ("not", 4),
    ]


def test_listed_words_are_written_as_tokens_are() -> None:
    for word in listed("supposing") | listed("voices") | {word for words in contractions().values() for word in words}:
        assert [token.text for token in tokens([word])] == [word]


def test_a_full_stop_after_a_title_ends_no_sentence() -> None:
    assert END not in [token.text for token in tokens(["Mrs.", "Okafor"])]


def test_a_capital_tells_a_name_only_within_a_sentence_of_mixed_case() -> None:
    assert [token.is_proper for token in tokens(["Yes", "Ada", "came"])] == [False, True, False]
    assert not any(token.is_proper for token in tokens(["YES", "ADA", "CAME"]))


def test_a_statement_after_a_supposition_is_not_the_speakers_own() -> None:
    said = tokens(words_of("if i am a nurse"))
    assert not is_own(said, 1, 4)
    assert is_own(said[1:], 0, 3)


def test_an_email_address_may_be_written_or_said() -> None:
    assert len(emails(tokens(["ada@mill.example"]))) == 1
    assert [(one.first, one.last) for one in emails(tokens(words_of("to ada dot b at mill dot example now")))] == [
        (1, 7)
    ]
    assert not emails(tokens(words_of("meet us at the mill dot com")))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("call seven seven three five five five oh one one two", 1),
        ("account number seven seven three five five five oh one one two", 0),
        ("double oh seven", 0),
        ("ring 999", 0),
        ("thirty-three six thirty-nine ninety-eight eleven twelve", 1),
    ],
)
def test_a_telephone_number_has_as_many_digits_as_one_in_full(text: str, count: int) -> None:
    assert len(telephones(tokens(words_of(text)))) == count
