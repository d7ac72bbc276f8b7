from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, hypergeom

from curation.audit import audits, binomial_bound, drawn, finite_bound, one_sided, outcomes, to_hear, to_look_up
from curation.records import shaped
from curation.taxonomy import load_taxonomy
from curation.verification import ANSWER
from tests.quality.bounds import heard, labels, simulated

TAXONOMY = load_taxonomy()
SPEAKERS = st.integers(1, 400)


def replies(*rows: tuple[str, str, str, str, str]) -> pl.DataFrame:
    """Return answers of rows (kind, entity, attribute, value, choice)."""
    frame = pl.DataFrame(rows, schema=["kind", "entity", "attribute", "value", "choice"], orient="row")
    return shaped(frame.with_columns(source=pl.lit("simulated ears")), ANSWER)


def audited(corpus: pl.DataFrame, *rows: tuple[str, str, str, str, str]) -> dict[str, tuple[int, int, int]]:
    """Return count_speakers, count_audited and count_wrong by method."""
    found = audits(corpus, outcomes(replies(*rows), TAXONOMY), TAXONOMY)
    return {
        row["method"]: (row["count_speakers"], row["count_audited"], row["count_wrong"]) for row in found.to_dicts()
    }


# The bound


@given(st.integers(1, 2_000).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count))))
def test_the_binomial_bound_is_that_of_clopper_and_pearson(counts: tuple[int, int]) -> None:
    count, wrong = counts
    expected = 1.0 if wrong == count else beta.ppf(0.95, wrong + 1, count - wrong)
    assert binomial_bound(count, wrong) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 400), st.integers(0, 1_000))
def test_the_binomial_bound_holds_in_at_least_95_of_100_samples_whatever_the_rate(count: int, per_mille: int) -> None:
    rate = per_mille / 1_000
    holds = [wrong for wrong in range(count + 1) if binomial_bound(count, wrong) >= rate]
    assert binom.pmf(holds, count, rate).sum() >= 0.95 - 1e-9


@given(st.data())
def test_the_bound_on_few_speakers_holds_in_at_least_95_of_100_samples(data: st.DataObject) -> None:
    speakers = data.draw(st.integers(1, 120))
    sample, wrong = data.draw(st.integers(1, speakers)), data.draw(st.integers(0, speakers))
    least, most = max(0, sample + wrong - speakers), min(sample, wrong)
    holds = [seen for seen in range(least, most + 1) if finite_bound(speakers, sample, seen) >= wrong / speakers]
    assert hypergeom.pmf(holds, speakers, wrong, sample).sum() >= 0.95 - 1e-9


@given(st.data())
def test_the_bound_on_few_speakers_is_no_higher_than_the_binomial_and_no_lower_than_what_was_found(
    data: st.DataObject,
) -> None:
    speakers = data.draw(st.integers(1, 5_000))
    sample = data.draw(st.integers(1, speakers))
    wrong = data.draw(st.integers(0, sample))
    bound = finite_bound(speakers, sample, wrong)
    assert wrong / speakers <= bound <= binomial_bound(sample, wrong) + 1e-9
    assert finite_bound(sample, sample, wrong) == wrong / sample, "of all speakers the share is known"


@pytest.mark.parametrize("rate", [0.01, 0.02, 0.05])
def test_the_bound_holds_in_95_of_100_simulated_corpora_and_is_not_far_off(rate: float) -> None:
    held = simulated(rate)
    assert held.share >= 0.95
    if rate >= 0.02:
        assert held.median_bound <= 2 * rate


# The draw


@given(SPEAKERS, st.integers(0, 300), st.integers(0, 300))
def test_a_larger_sample_holds_the_smaller_one(speakers: int, one: int, other: int) -> None:
    corpus = labels(speakers, "a")
    few, many = (drawn(corpus, count, TAXONOMY)["entity"].to_list() for count in sorted((one, other)))
    assert many[: len(few)] == few
    assert len(few) == min(one, other, speakers)


@given(st.integers(2, 400), st.integers(1, 300))
def test_speakers_who_come_later_move_nobody(speakers: int, count: int) -> None:
    before = drawn(labels(speakers // 2, "a"), count, TAXONOMY)["entity"].to_list()
    after = drawn(labels(speakers, "a"), count, TAXONOMY)["entity"].to_list()
    stayed = [entity for entity in after if entity in before]
    assert stayed == before[: len(stayed)]


def test_another_seed_or_attribute_draws_other_speakers() -> None:
    corpus = labels(400, "a")
    ages = corpus.with_columns(attribute=pl.lit("age"), value=pl.lit("20-30"))
    samples = [drawn(corpus, 50, TAXONOMY), drawn(corpus, 50, TAXONOMY, seed="b"), drawn(ages, 50, TAXONOMY)]
    entities = [sample["entity"].to_list() for sample in samples]
    assert all(one != other for one, other in pairwise([*entities, entities[0]]))


def test_a_sample_is_drawn_for_each_attribute_that_can_be_heard_and_no_other() -> None:
    corpus = pl.concat([labels(9, "a").with_columns(attribute=pl.lit(name)) for name in TAXONOMY.attributes])
    sample = drawn(corpus, 4, TAXONOMY)
    assert sample["attribute"].value_counts().sort("attribute").rows() == [("accent", 4), ("age", 4), ("gender", 4)]
    asked = to_hear(sample)
    assert set(asked["kind"]) == {"hearing"}
    assert asked["clip_id"].null_count() == 0


# What an answer counts for


GENDER = ("gender", "Female")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], (3, 0, 0)),
        ([("hearing", "Female")], (3, 1, 0)),
        ([("hearing", "Male")], (3, 1, 1)),
        ([("hearing", "cannot_tell")], (3, 1, 1)),
        ([("hearing", "Female"), ("hearing", "Male")], (3, 1, 1)),
        ([("hearing", "Male"), ("record", "supported")], (3, 1, 0)),
        ([("hearing", "cannot_tell"), ("record", "supported")], (3, 1, 0)),
        ([("hearing", "Male"), ("record", "record_wrong")], (3, 1, 1)),
        ([("hearing", "Male"), ("record", "cannot_tell")], (3, 1, 1)),
        ([("hearing", "Male"), ("record", "supported"), ("record", "rule_misread")], (3, 1, 1)),
        ([("record", "supported")], (3, 0, 0)),
    ],
)
def test_what_the_ear_says_against_a_label_counts_as_wrong_until_the_record_is_found_to_support_it(
    answers: list[tuple[str, str]], expected: tuple[int, int, int]
) -> None:
    rows = [(kind, "speaker:0", *GENDER, choice) for kind, choice in answers]
    assert audited(labels(3, "ears"), *rows)["hearing"] == expected


def test_a_label_that_was_heard_otherwise_is_looked_up_in_the_record_once_it_is_not_yet() -> None:
    corpus = labels(3, "ears")
    doubted = [("hearing", "speaker:1", *GENDER, "Male")]
    asked = to_look_up(corpus, outcomes(replies(*doubted), TAXONOMY))
    assert asked.select("kind", "entity", "clip_id", "attribute", "value", "fact_ids", "reasons").rows() == [
        ("record", "speaker:1", None, *GENDER, ["fact 1"], ["heard_otherwise"])
    ]
    settled = [*doubted, ("record", "speaker:1", *GENDER, "supported")]
    assert to_look_up(corpus, outcomes(replies(*settled), TAXONOMY)).is_empty()


@pytest.mark.parametrize(("choice", "wrong"), [("20-30", 0), ("30-40", 0), ("10-20", 0), ("40-50", 1)])
def test_an_age_is_heard_in_broad_bands(choice: str, wrong: int) -> None:
    corpus = labels(3, "ears").with_columns(attribute=pl.lit("age"), value=pl.lit("20-30"))
    assert audited(corpus, ("hearing", "speaker:0", "age", "20-30", choice))["hearing"] == (3, 1, wrong)


def test_a_label_found_wrong_counts_though_it_was_set_right_and_one_found_right_only_as_long_as_it_stands() -> None:
    heard_before = [("hearing", "speaker:0", *GENDER, "Male"), ("hearing", "speaker:1", *GENDER, "Female")]
    corpus = labels(3, "ears")
    changed = pl.when(pl.col("entity") != "speaker:2").then(pl.lit("Male")).otherwise("value")
    assert audited(corpus.with_columns(value=changed), *heard_before)["hearing"] == (3, 1, 1)
    assert audited(corpus.filter(pl.col("entity") == "speaker:2"), *heard_before)["hearing"] == (2, 1, 1)


def test_a_sample_that_is_heard_gives_a_bound_and_one_that_is_not_gives_none() -> None:
    corpus = labels(1_000, "a")
    sample = drawn(corpus, 300, TAXONOMY)
    for answers, expected in ((heard(sample, sample.head(6)), finite_bound(1_000, 300, 6)), (replies(), None)):
        (row,) = audits(corpus, outcomes(answers, TAXONOMY), TAXONOMY).rows(named=True)
        assert row["bound"] == expected


# Second records


def doubly(attribute: str, *counts: tuple[int | None, int | None, bool]) -> pl.DataFrame:
    """Return labels of rows (count_records, count_values, is_accepted)."""
    found = pl.DataFrame(counts, schema=["count_records", "count_values", "is_accepted"], orient="row")
    return labels(len(counts), "a").with_columns(*found.iter_columns(), attribute=pl.lit(attribute))


def test_what_can_not_be_heard_is_held_against_a_second_record() -> None:
    corpus = doubly("education", (2, 1, True), (2, 2, False), (1, 1, True), (None, None, True), (3, 1, True))
    assert audited(corpus) == {"second_record": (4, 3, 1)}


def test_without_a_second_record_only_the_mapping_was_audited_and_nothing_is_bounded() -> None:
    corpus = doubly("income", (1, 1, True), (None, None, True))
    (row,) = audits(corpus, outcomes(replies(), TAXONOMY), TAXONOMY).rows(named=True)
    assert (row["method"], row["count_speakers"], row["count_audited"], row["bound"]) == ("mapping", 2, 0, None)


def test_an_attribute_without_accepted_labels_is_not_audited() -> None:
    assert audited(doubly("income", (2, 2, False))) == {}


def test_records_that_can_name_one_class_alone_contradict_nothing() -> None:
    found = one_sided(TAXONOMY)
    assert {"cough", "asthma", "covid_test"} <= set(found)
    assert not {"health_status", "gender", "birth_date", "native_language", "education"} & set(found)
