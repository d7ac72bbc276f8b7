import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.ground import ground
from curation.records import EVIDENCE, REJECTION
from curation.taxonomy import OUTSIDE, load_taxonomy

Facts = Callable[..., pl.DataFrame]
TAXONOMY = load_taxonomy()
DATES = st.sampled_from([None, "recording", "1999", "2020", "2020-04", "2020-04-12", "2021-01-01", "some day"])
VALUES = st.one_of(
    st.sampled_from(TAXONOMY.words["listed"].to_list()),
    st.integers(0, 200).map(str),
    st.sampled_from(["1980", "2015-02", "", "NIL", "33.5", None]),
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["s", "t"]),
        st.sampled_from(sorted(TAXONOMY.properties)),
        VALUES,
        st.sampled_from([None, "cm", "kg", "years", "USD/year"]),
        DATES,
    ),
    max_size=8,
)


def appearances(*rows: tuple[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [("made", speaker, None, recorded_on) for speaker, recorded_on in rows],
        schema=dict.fromkeys(["source", "speaker", "path", "recorded_on"], pl.String),
        orient="row",
    )


AT = appearances(("s", "2020-04-12"), ("s", None), ("t", "2020"))


@settings(max_examples=30)
@given(ROWS)
def test_evidence_cites_readings_and_holds_classes_of_its_attribute(
    make_facts: Facts, rows: list[tuple[str, ...]]
) -> None:
    grounding = ground(make_facts(*rows).unique("fact_id"), AT, TAXONOMY)
    known = set(grounding.readings["fact_id"])
    assert dict(grounding.evidence.schema) == dict(EVIDENCE)
    assert dict(grounding.rejections.schema) == dict(REJECTION)
    assert grounding.evidence["evidence_id"].is_unique().all()
    for row in grounding.evidence.iter_rows(named=True):
        assert row["fact_ids"], row
        assert set(row["fact_ids"]) <= known
        assert row["fact_ids"] == sorted(set(row["fact_ids"]))
        assert row["values"] == sorted(set(row["values"]))
        assert row["values"], row
        assert set(row["values"]) <= {*TAXONOMY.attributes[row["attribute"]].classes, OUTSIDE}


@settings(max_examples=30)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_facts_never_matters(make_facts: Facts, rows: list[tuple[str, ...]], dice: Random) -> None:
    facts = make_facts(*rows).unique("fact_id", maintain_order=True)
    shuffled = facts.sample(fraction=1, shuffle=True, seed=dice.randrange(1000))
    first, second = ground(facts, AT, TAXONOMY), ground(shuffled, AT, TAXONOMY)
    assert first.evidence.equals(second.evidence)
    assert first.readings.equals(second.readings)
    assert first.rejections.equals(second.rejections)


@settings(max_examples=30)
@given(ROWS)
def test_every_fact_is_a_reading_or_a_rejection_and_a_rejection_is_counted_once(
    make_facts: Facts, rows: list[tuple[str, ...]]
) -> None:
    facts = make_facts(*rows).unique("fact_id")
    grounding = ground(facts, AT, TAXONOMY)
    seen = set(grounding.readings["fact_id"]) | set(grounding.rejections["subject"])
    assert seen == set(facts["fact_id"])
    assert not grounding.rejections.select("subject", "attribute", "reason").is_duplicated().any()
    voting = set(grounding.evidence["fact_ids"].explode().drop_nulls())
    # What neither votes nor is rejected says nothing by itself: an absence, a height, an age for another rule.
    silent = grounding.readings.filter(~pl.col("fact_id").is_in(voting | set(grounding.rejections["subject"])))
    assert set(silent["property"]) <= {"height", "weight", "covid_test", *_conditions()}


def _conditions() -> set[str]:
    return {name for name, known in TAXONOMY.properties.items() if known.kind == "condition"}


def test_no_facts_give_no_evidence_with_all_columns(make_facts: Facts) -> None:
    grounding = ground(make_facts(), AT, TAXONOMY)
    assert dict(grounding.evidence.schema) == dict(EVIDENCE)
    assert (grounding.evidence.height, grounding.rejections.height) == (0, 0)


def test_a_batch_of_speakers_gives_what_each_gives_alone(make_facts: Facts) -> None:
    facts = make_facts(
        *((s, *row) for s in "st" for row in [("birth_date", "1980"), ("height", "170", "cm"), ("weight", "65", "kg")])
    )
    together = ground(facts, AT, TAXONOMY).evidence
    alone = [
        ground(facts.filter(pl.col("speaker") == s), AT.filter(pl.col("speaker") == s), TAXONOMY).evidence for s in "st"
    ]
    assert together.equals(pl.concat(alone).sort("evidence_id"))


def test_the_alphanumeric_records_ground_what_their_table_says(make_facts: Facts, corpus: Path) -> None:
    columns = {"Age": "age", "Gender": "gender", "Nationality": "nationality", "Native Language": "native_language"}
    with (corpus / "alphanumeric_accents" / "metadata.csv").open(encoding="utf-8") as file:
        rows = {
            (line["Response_ID"], columns[name], line[name] or None)
            for line in csv.DictReader(file)
            for name in columns
        }
    facts = make_facts(*rows)
    speakers = appearances(*((speaker, None) for speaker in sorted(set(facts["speaker"]))))
    grounding = ground(facts, speakers, TAXONOMY)
    # Read off the table: 9 participants, one without an age, one who prefers not to state a gender.
    assert Counter(grounding.evidence["attribute"]) == {"age": 8, "gender": 8, "accent": 18}
    assert Counter(grounding.rejections["reason"]) == {"empty_value": 1, "not_stated": 1}
    spelled = grounding.evidence.filter(pl.col("rule").str.contains("Gujrati"))
    assert spelled["values"].to_list() == [["South_Asia"]]


def test_the_nisp_records_ground_four_attributes_without_any_audio(make_facts: Facts, corpus: Path) -> None:
    lines = [line.split() for line in (corpus / "nisp_records" / "spkrinfo.list").read_text().splitlines()]
    kept = {"Gender": ("gender", None), "Mother_Tongue": ("native_language", None), "Height": ("height", "cm"),
            "Weight": ("weight", "kg"), "Age": ("age", "years")}  # fmt: skip
    facts = make_facts(
        *(
            (row[0], kept[name][0], value, kept[name][1])
            for row in lines[1:]
            for name, value in zip(lines[0], row, strict=True)
            if name in kept
        )
    )
    evidence = ground(facts, appearances(), TAXONOMY).evidence
    assert Counter(evidence["attribute"]) == {"gender": 40, "accent": 40, "age": 40, "weight": 40}
    # Counted with awk: 14 women; ages below 20: 9, from 30: 5; body-mass index as in the rule's own test.
    gender = evidence.filter(pl.col("attribute") == "gender")["values"].list.first()
    assert Counter(gender) == {"Female": 14, "Male": 26}
    age = evidence.filter(pl.col("attribute") == "age")["values"].list.first()
    assert Counter(age) == {"10-20": 9, "20-30": 26, "30-40": 5}
    assert set(evidence.filter(pl.col("attribute") == "accent")["values"].list.first()) == {"South_Asia"}
