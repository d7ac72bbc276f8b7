import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.errors import ConfigError, CurationError
from curation.explain import Explanation, explain
from curation.sounds import witness
from curation.warehouse import Warehouse
from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench

CORRECTIONS = """\
fact,value,author,date,reason,source
{gender},Female,M. Maintainer,2026-11-23,swapped with the next row,letter of 2026-11-20
{language},,M. Maintainer,2026-11-23,never asked,letter of 2026-11-21
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Workbench:
    """Return a workbench whose corpus has a copy, two unusable files, contested and corrected records."""
    assert prefect_server
    folder = tmp_path_factory.mktemp("explained")
    corpus = SmallCorpus(folder)
    corpus.write("eva/copy.wav", "eva", seed=41)
    for speaker in ("ana", "fin"):
        corpus.write(f"{speaker}/text.wav", speaker, seed=3).write_text("not a sound")
    corpus.write("ben/gone.wav", "ben", seed=4).unlink()
    corpus.save()
    with (corpus.root / "speakers.csv").open("a", encoding="utf-8") as file:
        file.write("ben,1958-03-01,Female,German\n")
        file.write("eva,,Female,Klingon\n")
    bench = Workbench(folder / "bench", {"small": corpus.source})
    bench.rebuild()
    with Warehouse.reading(bench.home) as warehouse:
        gender = only_fact(explain(warehouse, "dua/1.wav", "gender", witness()))["fact_id"]
        language = only_fact(explain(warehouse, "fin/1.wav", "accent", witness()))["fact_id"]
    (folder / "bench" / "corrections.csv").write_text(CORRECTIONS.format(gender=gender, language=language))
    bench.configure('[ground]\ncorrections = "corrections.csv"')
    bench.rebuild()
    return bench


@pytest.fixture
def warehouse(bench: Workbench) -> Iterator[Warehouse]:
    with Warehouse.reading(bench.home) as opened:
        yield opened


def only_fact(found: Explanation) -> dict[str, Any]:
    (label,) = found.labels
    (evidence,) = label["evidence"]
    (fact,) = evidence["facts"]
    return dict(fact)


def places(fact: dict[str, Any]) -> list[tuple[str, str]]:
    return [(place["record_file"], place["locator"]) for place in fact["sightings"]]


def test_an_accepted_label_leads_to_the_line_of_the_record(warehouse: Warehouse, bench: Workbench) -> None:
    found = explain(warehouse, "cem/1.wav", "age", witness())
    (label,) = found.labels
    assert (label["attribute"], label["value"], label["verdict"], label["reasons"]) == ("age", "50-60", "accepted", [])
    (evidence,) = label["evidence"]
    assert (evidence["values"], evidence["witness"]) == (["50-60"], "record/birth_date@1")
    fact = only_fact(found)
    assert (fact["property"], fact["value"], fact["original"]) == ("birth_date", "1966-03-01", None)
    assert places(fact) == [("speakers.csv", "line 4, column birth_date")]
    assert "1966-03-01" in (bench.folder.parent / "corpus" / "speakers.csv").read_text().splitlines()[3]


def test_terms_stand_beside_the_file(warehouse: Warehouse) -> None:
    (file,) = explain(warehouse, "cem/1.wav", None, witness()).files
    assert (file["source"], file["path"], file["speaker"], file["recorded_on"]) == (
        "small",
        "cem/1.wav",
        "cem",
        "2020-06-15",
    )
    assert (file["licence"], file["tier"], file["basis"]) == ("CC0-1.0", "research", "made for tests")
    assert file["is_kept"]


def test_a_contested_label_shows_the_records_that_disagree(warehouse: Warehouse) -> None:
    (label,) = explain(warehouse, "ben/1.wav", "gender", witness()).labels
    assert (label["value"], label["verdict"], label["reasons"]) == (None, "contested", ["records_disagree"])
    facts = [fact for evidence in label["evidence"] for fact in evidence["facts"]]
    assert sorted((fact["value"], places(fact)) for fact in facts) == [
        ("Female", [("speakers.csv", "line 8, column gender")]),
        ("Male", [("speakers.csv", "line 3, column gender")]),
    ]


def test_a_fact_that_stands_twice_is_one_fact_with_two_places(warehouse: Warehouse) -> None:
    fact = only_fact(explain(warehouse, "ben/1.wav", "age", witness()))
    assert places(fact) == [
        ("speakers.csv", "line 3, column birth_date"),
        ("speakers.csv", "line 8, column birth_date"),
    ]


def test_a_correction_stands_beside_the_record_as_it_was(warehouse: Warehouse) -> None:
    found = explain(warehouse, "dua/2.wav", "gender", witness())
    assert found.labels[0]["value"] == "Female"
    fact = only_fact(found)
    assert fact["value"] == "Female"
    assert [locator for _, locator in places(fact)] == ["line 2"]
    original = fact["original"]
    assert original["value"] == "Male"
    assert places(original) == [("speakers.csv", "line 5, column gender")]
    assert {name: original[name] for name in ("author", "corrected_on", "reason", "reference")} == {
        "author": "M. Maintainer",
        "corrected_on": "2026-11-23",
        "reason": "swapped with the next row",
        "reference": "letter of 2026-11-20",
    }


@pytest.mark.parametrize("attribute", ["accent", None])
def test_a_withdrawn_fact_is_shown_with_the_reason(attribute: str | None, warehouse: Warehouse) -> None:
    found = explain(warehouse, "fin/1.wav", attribute, witness())
    (withdrawal,) = found.withdrawals
    assert (withdrawal["reason"], withdrawal["reference"]) == ("never asked", "letter of 2026-11-21")
    assert (withdrawal["fact"]["property"], withdrawal["fact"]["value"]) == ("native_language", "Korean")
    assert places(withdrawal["fact"]) == [("speakers.csv", "line 7, column native_language")]
    assert "accent" in found.unrecorded
    assert "accent" not in {label["attribute"] for label in found.labels}


def test_a_withdrawn_fact_of_another_attribute_stays_out(warehouse: Warehouse) -> None:
    assert not explain(warehouse, "fin/1.wav", "age", witness()).withdrawals


def test_every_id_of_a_clip_leads_to_the_same_explanation(warehouse: Warehouse) -> None:
    found = explain(warehouse, "cem/1.wav", None, witness())
    assert found.clip is not None
    clip_id, published = found.clip["clip_id"], found.clip["published_id"]
    for name in ("small:cem/1.wav", clip_id, clip_id[:6], published, published[:6]):
        assert explain(warehouse, name, None, witness()) == found


@pytest.mark.parametrize("name", ["nobody.wav", "em/1.wav", "cem", "12345", ""])
def test_an_unknown_id_is_refused_with_what_would_do(name: str, warehouse: Warehouse) -> None:
    with pytest.raises(CurationError, match=rf"^{name}: no file, clip or published clip has this id; .* 6 digits"):
        explain(warehouse, name, None, witness())


def test_an_id_of_several_sounds_is_refused_with_their_paths(warehouse: Warehouse) -> None:
    with pytest.raises(
        CurationError, match=r"^1\.wav: may mean any of 6 files \(small:ana/1\.wav, .*, \.\.\.\); give more"
    ):
        explain(warehouse, "1.wav", None, witness())


def test_files_that_gave_no_sound_are_not_taken_for_each_other(warehouse: Warehouse) -> None:
    with pytest.raises(CurationError, match=r"may mean any of 2 files \(small:ana/text\.wav, small:fin/text\.wav\)"):
        explain(warehouse, "text.wav", None, witness())


@pytest.mark.parametrize(
    ("path", "reason"), [("ana/text.wav", "not_audio"), ("ben/gone.wav", "file_missing"), ("eva/copy.wav", "copy")]
)
def test_a_rejected_file_comes_with_its_own_reason_first(path: str, reason: str, warehouse: Warehouse) -> None:
    found = explain(warehouse, path, None, witness())
    first = found.rejections[0]
    assert (first["stage"], first["kind"], first["subject"], first["reason"]) == ("ingest", "file", path, reason)
    assert first["detail"]
    if reason != "copy":
        assert (found.clip, found.labels, found.unrecorded, len(found.rejections)) == (None, [], [], 1)


def test_a_copy_is_explained_with_the_file_that_is_kept(warehouse: Warehouse) -> None:
    found = explain(warehouse, "eva/copy.wav", None, witness())
    assert {file["path"]: file["is_kept"] for file in found.files} == {"eva/1.wav": True, "eva/copy.wav": False}
    assert found == explain(warehouse, "eva/1.wav", None, witness())
    assert found.rejections[0]["detail"].endswith("eva/1.wav")


def test_a_rejected_fact_comes_as_recorded_with_its_place(warehouse: Warehouse) -> None:
    rejected = explain(warehouse, "eva/1.wav", "accent", witness()).rejections
    (unknown,) = [row for row in rejected if row["reason"] == "unknown_value"]
    assert (unknown["kind"], unknown["fact"]["value"]) == ("fact", "Klingon")
    assert places(unknown["fact"]) == [("speakers.csv", "line 9, column native_language")]


def test_one_attribute_leaves_out_what_is_said_of_others(warehouse: Warehouse) -> None:
    found = explain(warehouse, "eva/1.wav", "age", witness())
    assert {label["attribute"] for label in found.labels} == {"age"}
    assert [row["reason"] for row in found.rejections] == ["copy", "empty_value"]
    assert found.unrecorded == []


def test_an_attribute_without_a_record_is_said_to_have_none(warehouse: Warehouse) -> None:
    assert explain(warehouse, "cem/1.wav", "income", witness()).unrecorded == ["income"]
    everything = explain(warehouse, "cem/1.wav", None, witness())
    assert everything.unrecorded == ["education", "income", "social_stratum", "health", "weight"]


def test_an_unknown_attribute_is_refused_with_the_nearest(warehouse: Warehouse) -> None:
    with pytest.raises(ConfigError, match=r"^attribute aeg: unknown \(did you mean 'age'\?\); there are age, gender"):
        explain(warehouse, "cem/1.wav", "aeg", witness())


def check_places(bench: Workbench, roots: dict[str, Path]) -> None:
    """Hold every fact behind the labels of one clip a speaker against the line that it is said to stand in."""
    clips = [
        clip_id for (clip_id,) in bench.query("select min(clip_id) from claims group by source, entity order by 1")
    ]
    with Warehouse.reading(bench.home) as warehouse:
        explained = [explain(warehouse, clip_id, None, witness()) for clip_id in clips]
    facts = [
        (found.files[0]["source"], fact)
        for found in explained
        for label in found.labels
        for evidence in label["evidence"]
        for fact in evidence["facts"]
    ]
    assert len(facts) > 2 * len(clips)
    for source, fact in facts:
        assert fact["sightings"]
        for place in fact["sightings"]:
            line = re.match(r"line (\d+)", place["locator"])
            assert line is not None, place
            text = (roots[source] / place["record_file"]).read_text(encoding="utf-8-sig").splitlines()
            assert fact["value"] in text[int(line[1]) - 1], (source, fact)


def test_every_fact_of_the_demonstration_stands_where_it_is_said_to(demonstration_bench: Workbench) -> None:
    check_places(demonstration_bench, {"demonstration": demonstration_bench.home / "demonstration"})


def test_every_fact_of_the_real_corpora_stands_where_it_is_said_to(released: Workbench, corpus: Path) -> None:
    check_places(released, {name: corpus / name for name in released.sources})
