import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curation.errors import ConfigError
from curation.taxonomy import OUTSIDE, TAXONOMY_FILE, load_taxonomy

PUBLISHED = {
    "age": "10-20, 20-30, 30-40, 40-50, 50-60, 60-70, 70-80, 80-90",
    "gender": "Female, Male",
    "accent": "Arabic, East_Asia, English, Germanic, Romance, Slavic, South_Asia, Southeast_Asia",
    "education": "High_School_or_Equivalent, Bachelors_Degree, Masters_Degree, Doctorate",
    "income": "Low, Middle, High",
    "social_stratum": "Lower_Class, Middle_Class, Upper_Class",
    "health": "healthy, illness",
    "weight": "Underweight, Normal, Overweight, Obese",
}


@pytest.fixture(scope="module")
def document() -> dict[str, dict[str, object]]:
    return tomllib.loads(TAXONOMY_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("attribute", "classes"), PUBLISHED.items())
def test_classes_are_spelled_as_published(attribute: str, classes: str) -> None:
    assert ", ".join(load_taxonomy().attributes[attribute].classes) == classes


def test_there_are_eight_attributes_and_each_property_serves_one() -> None:
    taxonomy = load_taxonomy()
    assert set(taxonomy.attributes) == set(PUBLISHED)
    assert {known.attribute for known in taxonomy.properties.values()} == set(PUBLISHED)


@pytest.mark.parametrize(
    ("attribute", "standards"),
    [
        ("age", ["HearSay"]),
        ("gender", ["HearSay"]),
        ("accent", ["HearSay", "ISO 639-3", "Glottolog", "UN M49"]),
        ("education", ["HearSay", "ISCED 2011", "Survey of Earned Doctorates"]),
        ("income", ["Pew Research Center", "U.S. Census Bureau"]),
        ("social_stratum", ["HearSay", "NS-SEC"]),
        ("health", ["HearSay", "ICD-11"]),
        ("weight", ["WHO", "Technical Report Series 894"]),
    ],
)
def test_every_attribute_names_the_standards_behind_its_classes_and_states_its_choices(
    attribute: str, standards: list[str]
) -> None:
    known = load_taxonomy().attributes[attribute]
    assert [name for name in standards if name not in known.source] == []
    assert known.choice
    assert list(known.edges) == sorted(set(known.edges))
    assert len(known.edges) in (0, len(known.classes) + 1)


@pytest.mark.parametrize("attribute", PUBLISHED)
def test_every_attribute_says_by_what_a_person_may_judge_it_and_why(attribute: str) -> None:
    known = load_taxonomy().attributes[attribute]
    assert known.judged.by_ear == (attribute in {"age", "gender", "accent"})
    assert known.judged.choice
    assert bool(known.judged.source) == known.judged.by_ear
    assert known.judged.worse_than_models == (attribute in {"age", "accent"})
    assert known.judged.tolerance == (attribute == "age")


def test_the_weight_classes_meet_at_the_cut_offs_of_the_who() -> None:
    taxonomy = load_taxonomy()
    assert list(taxonomy.attributes["weight"].edges) == [0, 18.5, 25, 30, float("inf")]
    assert taxonomy.adult_age == 19


def test_middle_income_is_two_thirds_to_double_the_median_of_a_year() -> None:
    taxonomy = load_taxonomy()
    assert list(taxonomy.attributes["income"].edges) == [0, 2 / 3, 2, float("inf")]
    assert taxonomy.medians.filter(pl.col("year") == 2019)["median"].to_list() == [68703]
    assert taxonomy.medians["year"].to_list() == list(range(2000, 2025))


def test_every_meaning_is_a_class_of_its_attribute_or_outside() -> None:
    taxonomy = load_taxonomy()
    for name, reading, values in taxonomy.meanings.iter_rows():
        attribute = taxonomy.attributes[taxonomy.properties[name].attribute]
        assert set(values) <= {*attribute.classes, OUTSIDE}, (name, reading)
        assert values == sorted(set(values))
        assert values, (name, reading)


@pytest.mark.parametrize(
    "name", ["native_language", "nationality", "gender", "health_status", "social_class", "income_class"]
)
def test_every_word_means_a_class_or_outside(name: str) -> None:
    taxonomy = load_taxonomy()
    words = taxonomy.words.filter(pl.col("property") == name)
    assert words.height > 0
    assert words.join(taxonomy.meanings, on=["property", "reading"], how="anti").is_empty()


def test_every_word_belongs_to_a_known_property() -> None:
    taxonomy = load_taxonomy()
    assert set(taxonomy.words["property"]) <= set(taxonomy.properties)
    categories = {name for name, known in taxonomy.properties.items() if known.kind in ("category", "condition")}
    assert set(taxonomy.words["property"]) == categories


def test_about_three_hundred_languages_and_all_member_states_are_listed(document: dict[str, Any]) -> None:
    languages = [code for table in document["languages"].values() for code in table]
    assert len(languages) == len(set(languages)) > 300
    assert all(len(code) == 3 for code in languages)
    assert len(document["countries"]) >= 193


@pytest.mark.parametrize(
    ("nationality", "groups"),
    [
        ("CAN", ["English", "Romance"]),
        ("CHE", ["Germanic", "Romance"]),
        ("SGP", ["East_Asia", "English", "South_Asia", "Southeast_Asia"]),
        ("IND", ["South_Asia"]),
        ("NGA", [OUTSIDE]),
        ("USA", ["English"]),
    ],
)
def test_a_nationality_has_the_accent_groups_of_its_languages(nationality: str, groups: list[str]) -> None:
    meanings = load_taxonomy().meanings
    found = meanings.filter(pl.col("property") == "nationality", pl.col("reading") == nationality)
    assert found["values"].to_list() == [groups]


def test_codes_that_also_mean_not_stated_are_not_read() -> None:
    taxonomy = load_taxonomy()
    assert taxonomy.words.filter(pl.col("key").is_in(taxonomy.not_stated)).is_empty()
    assert "nan" in taxonomy.not_stated


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ('Male = ["male", "female"]', "'female' is listed for two readings"),
        ('Male = ["unknown"]', "'unknown' also means"),
    ],
)
def test_a_word_with_two_meanings_stops_the_load(tmp_path: Path, line: str, finding: str) -> None:
    text = TAXONOMY_FILE.read_text(encoding="utf-8")
    changed = text.replace('Male = ["male", "m", "man", "boy"]', line)
    assert changed != text
    path = tmp_path / "taxonomy.toml"
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(ConfigError, match=finding):
        load_taxonomy(path)


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("# The one taxonomy", "# One taxonomy", True),
        ("adult_age = 19", "adult_age = 19 # years\n", True),
        ("adult_age = 19", "adult_age = 20", False),
        ("2019 = 68703", "2019 = 68_703", True),
        ("2019 = 68703", "2019 = 68704", False),
        ('"man", "boy"]', '"man", "boy", "lad"]', False),
    ],
)
def test_the_digest_is_that_of_what_the_file_states(tmp_path: Path, old: str, new: str, is_same: bool) -> None:
    text = TAXONOMY_FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "taxonomy.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert (load_taxonomy(path).digest == load_taxonomy().digest) == is_same


def test_a_property_outranks_others_of_its_attribute_alone() -> None:
    properties = load_taxonomy().properties
    for name, known in properties.items():
        assert name not in known.outranks
        assert {properties[weaker].attribute for weaker in known.outranks} <= {known.attribute}, name


# What a form may hold where a language or a nationality belongs, and means neither.
ANSWERS = (
    "yes no si sí da ja oui non ne nein "
    "a am an and any as at be both but by do for he i id in is it lo me my not of on or other so the to us we"
)


@pytest.mark.parametrize("name", ["native_language", "nationality"])
def test_no_everyday_answer_is_read_as_a_code(name: str) -> None:
    taxonomy = load_taxonomy()
    known = taxonomy.words.filter(pl.col("property") == name)
    # AND is Andorra, US the United States, as a nationality
    exempt = {"and", "us"} if name == "nationality" else set()
    assert set(known["key"]) & set(ANSWERS.split()) <= exempt


def test_the_name_of_a_country_is_no_code_of_a_language() -> None:
    words = load_taxonomy().words
    languages, countries = (
        set(words.filter(pl.col("property") == name)["key"]) for name in ("native_language", "nationality")
    )
    assert {word for word in languages & countries if len(word) == 2} == set()


def test_a_unit_is_listed_once_for_a_property() -> None:
    for known in load_taxonomy().properties.values():
        names = [name.lower() for name in known.units]
        assert len(names) == len(set(names)), known.name
        assert known.unit is None or known.units[known.unit] == 1
