from collections.abc import Callable

import polars as pl
import pytest

from curation.ground import Grounding

Values = Callable[..., list[list[str]]]


@pytest.mark.parametrize(
    ("attribute", "row", "values"),
    [
        ("gender", ("gender", "m"), ["Male"]),
        ("gender", ("gender", "non-binary"), ["outside"]),
        ("accent", ("native_language", "Sourashtra"), ["South_Asia"]),
        ("accent", ("native_language", "Swahili"), ["outside"]),
        ("accent", ("native_language", "Hindi, English"), ["English", "South_Asia"]),
        ("accent", ("native_language", "Hindi/Punjabi"), ["South_Asia"]),
        ("accent", ("native_language", "Swahili and English"), ["English", "outside"]),
        ("accent", ("nationality", "Swiss"), ["Germanic", "Romance"]),
        ("accent", ("nationality", "Indian, American"), ["English", "South_Asia"]),
        ("accent", ("accent_class", "Southeast Asia"), ["Southeast_Asia"]),
        ("age", ("age_class", "20-30"), ["20-30"]),
        ("weight", ("weight_class", "Obese"), ["Obese"]),
        ("income", ("income_class", "Middle income"), ["Middle"]),
        ("social_stratum", ("social_class", "working class"), ["Lower_Class"]),
        ("social_stratum", ("ns_sec", "2"), ["Upper_Class"]),
        ("social_stratum", ("ns_sec", "8"), ["outside"]),
        ("health", ("health_status", "positive_asymp"), ["illness"]),
        ("health", ("health_status", "recovered_full"), ["outside"]),
        ("health", ("health_problem", "no"), ["healthy"]),
        ("health", ("health_status", "no_resp_illness_exposed"), ["outside"]),
        ("health", ("covid_test", "p"), ["illness"]),
        ("health", ("asthma", "True"), ["illness"]),
    ],
)
def test_a_word_states_its_class(values_at: Values, attribute: str, row: tuple[str, str], values: list[str]) -> None:
    assert values_at(attribute, "2020", row) == [values]


@pytest.mark.parametrize("row", [("asthma", "n"), ("covid_test", "negative"), ("smoker", "True")])
def test_an_absent_disease_and_smoking_say_nothing_by_themselves(
    ground_at: Callable[..., Grounding], row: tuple[str, str]
) -> None:
    grounding = ground_at("2020", row)
    assert (grounding.readings.height, grounding.evidence.height, grounding.rejections.height) == (1, 0, 0)


def test_a_value_of_no_class_is_counted_and_stays_evidence(ground_at: Callable[..., Grounding]) -> None:
    grounding = ground_at("2020", ("native_language", "Swahili"))
    assert grounding.evidence["values"].to_list() == [["outside"]]
    rejection = grounding.rejections.row(0, named=True)
    assert (rejection["attribute"], rejection["reason"]) == ("accent", "outside_classes")
    assert rejection["detail"] == "'swa' belongs to no class of native_language"


def test_a_word_outside_the_classes_is_named_in_the_detail(ground_at: Callable[..., Grounding]) -> None:
    rejection = ground_at("2020", ("health_status", "Recovered_full")).rejections.row(0, named=True)
    assert rejection["detail"] == "'recovered_full' belongs to no class of health_status"


def test_evidence_names_the_spelling_the_meaning_and_the_witness(ground_at: Callable[..., Grounding]) -> None:
    row = ground_at("2020", ("native_language", "Gujrati")).evidence.row(0, named=True)
    assert row["rule"] == "spelling: Gujrati → guj; guj means South_Asia"
    assert row["witness"] == "record/native_language@1"


@pytest.mark.parametrize(
    ("value", "nationality"),
    [("Korean", "American"), ("Mandarin", "Chinese Canadian"), ("Hindi", "Indo-canadian"), ("Hindi", "British")],
)
def test_native_language_and_another_nationality_share_no_class(
    values_at: Values, value: str, nationality: str
) -> None:
    first, second = values_at("accent", None, ("native_language", value), ("nationality", nationality))
    assert not set(first) & set(second)


def test_a_rule_never_repeats_the_verbatim_value_of_an_identifying_record(
    ground_at: Callable[..., Grounding],
) -> None:
    rows = [("birth_date", "1980-02-03"), ("height", "183.7", "cm"), ("weight", "97.3", "kg")]
    rules = " ".join(ground_at("2020", *rows).evidence["rule"])
    assert not [value for value in ("1980", "183", "97.3") if value in rules]


def test_the_rules_of_all_evidence_are_text(ground_at: Callable[..., Grounding]) -> None:
    evidence = ground_at("2020", ("gender", "f"), ("nationality", "Swiss"), ("age", "30")).evidence
    assert evidence.filter(pl.any_horizontal(pl.col("rule", "witness", "attribute").is_null())).is_empty()
