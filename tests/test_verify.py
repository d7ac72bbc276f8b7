"""Questions and answers on a real warehouse: from contested labels to files, to answers, and to what they say."""

import csv
import json
import shutil
from copy import deepcopy
from pathlib import Path

import polars as pl
import pytest
import soundfile

from curation.answers import NO_ANSWER
from curation.errors import BusyError, ConfigError
from curation.folders import check_empty
from curation.home import held
from curation.settings import load
from curation.verification import ANSWER, AUDIT, QUESTION
from curation.warehouse import Warehouse
from flows.verify import exported, exported_answers, imported
from tests.small_corpus import SmallCorpus
from tests.workbench import Workbench

SAID = {"annotator": "ann", "answered_at": "2026-04-23T14:05:00Z", "seconds": "12"}


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> tuple[SmallCorpus, Path]:
    """Return a corpus with a birth year that spans two ages and words that give a gender away, and a home."""
    assert prefect_server
    folder = tmp_path_factory.mktemp("rebuilt")
    corpus = SmallCorpus(folder)
    corpus.speakers["ana"]["birth_date"] = "1950"
    corpus.said["ben/1.wav"] = "I am a woman"
    corpus.save()
    bench = Workbench(folder / "bench", {"small": corpus.source})
    bench.rebuild()
    return corpus, bench.home


@pytest.fixture
def small_corpus(rebuilt: tuple[SmallCorpus, Path], tmp_path: Path) -> SmallCorpus:
    """Return a copy of the corpus, which a test may change."""
    copied = deepcopy(rebuilt[0])
    for name in ("root", "definition"):
        setattr(copied, name, Path(shutil.copytree(getattr(copied, name), tmp_path / name)))
    return copied


@pytest.fixture
def asked(rebuilt: tuple[SmallCorpus, Path], small_corpus: SmallCorpus, tmp_path: Path) -> Workbench:
    """Return a workbench on the copy, whose home knows what the corpus holds."""
    bench = Workbench(tmp_path / "bench", {"small": small_corpus.source})
    shutil.copytree(rebuilt[1], bench.home, symlinks=True)
    return bench


def questions(bench: Workbench) -> pl.DataFrame:
    with Warehouse.reading(bench.home) as warehouse:
        return warehouse._execute("from questions").pl()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill_in(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def answered(bench: Workbench, folder: Path, choices: dict[str, dict[str, str]]) -> Path:
    """Export, give the same answer to all questions of a kind, and return a file of each kind in the folder."""
    exported(load(bench.config), folder)
    for kind, reply in choices.items():
        path = folder / f"{kind}.csv"
        fill_in(path, [{**row, **SAID, **reply} for row in rows_of(path)])
    return folder


def take_in(bench: Workbench, *files: Path) -> dict[str, int]:
    return imported(load(bench.config), files)


def test_contested_labels_and_the_audit_are_asked_about(asked: Workbench) -> None:
    found = questions(asked)
    assert set(found.columns) == set(QUESTION)
    counts = dict(found.group_by("kind").agg(pl.len()).iter_rows())
    assert counts["hearing"] == 17, "of six speakers and three attributes, but the one whose age is contested"
    assert counts["words"] == 1
    (record,) = found.filter(kind="record").rows(named=True)
    assert (record["entity"], record["attribute"], record["value"]) == ("speaker:ana", "age", None)
    assert (record["count_labels"], record["reasons"]) == (2, ["record_spans_classes"])
    assert found["is_in_budget"].all()


def test_nothing_is_asked_of_a_source_that_leaves_verify_out(small: Workbench, small_corpus: SmallCorpus) -> None:
    terms = small_corpus.definition / "source.toml"
    terms.write_text(terms.read_text(encoding="utf-8").replace('"verify", ', ""), encoding="utf-8")
    small.rebuild()
    assert questions(small).is_empty()
    assert exported(load(small.config), small.folder / "queue") == {}


def test_a_budget_leaves_questions_waiting_and_status_says_how_many(asked: Workbench) -> None:
    before = questions(asked)
    asked.configure("[verify]\nbudget_hours = 0.1\naudit_speakers = 2")
    asked.rebuild()
    found = questions(asked)
    assert dict(found.group_by("kind").agg(pl.len()).iter_rows()) == {"hearing": 6, "words": 1, "record": 1}
    assert set(found["question_id"]) <= set(before["question_id"])
    assert found.filter("is_in_budget")["minutes"].sum() <= 6
    lines = asked.curation("status").output
    assert "questions: 7 open (about 0.1 hours of a person), 0 answered\n" in lines
    assert "  beyond the budget: 1 (about 0.1 hours of a person)\n" in lines
    assert "  record: 0 open (about 0.0 hours of a person), 0 answered, 1 beyond the budget\n" in lines


def test_a_question_shows_what_it_takes_to_answer_it(asked: Workbench, tmp_path: Path) -> None:
    assert exported(load(asked.config), tmp_path / "queue") == {"hearing": 17, "record": 1, "words": 1}
    (record,) = rows_of(tmp_path / "queue" / "record.csv")
    assert record["facts"] == "birth_date = 1950 (speakers.csv, line 2, column birth_date)"
    assert record["rules"] == "completed years at the recording from birth_date (partial date)"
    assert record["choices"].split() == ["rule_misread", "record_wrong", "cannot_tell", *NO_ANSWER]
    (words,) = rows_of(tmp_path / "queue" / "words.csv")
    assert (words["path"], words["attribute"], words["transcript"]) == ("ben/1.wav", "gender", "I am a woman")
    assert "woman" in words["words"]
    (same,) = (tmp_path / "queue" / "words.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(same)["question_id"] == words["question_id"]


def test_who_is_to_hear_sees_no_class_speaker_or_file_and_has_the_sound(asked: Workbench, tmp_path: Path) -> None:
    exported(load(asked.config), tmp_path / "queue")
    found = questions(asked).filter(kind="hearing")
    rows = rows_of(tmp_path / "queue" / "hearing.csv")
    told = [row["question_id"] + row["sound"] + row["attribute"] for row in rows]
    secrets = {*found["clip_id"], *found["entity"].str.strip_prefix("speaker:")}
    assert not [text for text in told for secret in secrets if secret in text]
    assert all(row["choices"].split()[-5:] == ["cannot_tell", *NO_ANSWER] for row in rows)
    assert {soundfile.info(tmp_path / "queue" / row["sound"]).samplerate for row in rows} == {16_000}
    assert len(list((tmp_path / "queue" / "sounds").iterdir())) == len(rows)


def test_a_sound_that_is_gone_is_not_asked_about(asked: Workbench, small_corpus: SmallCorpus, tmp_path: Path) -> None:
    drawn = questions(asked).filter(kind="hearing")
    paths = dict(asked.query("select clip_id, path from claims"))
    gone = drawn["clip_id"][0]
    (small_corpus.root / paths[gone]).unlink()
    counts = exported(load(asked.config), tmp_path / "queue")
    missing = drawn.filter(clip_id=gone).height
    assert (counts["hearing"], counts["unplayable"]) == (17 - missing, missing)


def test_answers_come_in_and_count(asked: Workbench, tmp_path: Path) -> None:
    folder = answered(asked, tmp_path / "queue", {"record": {"choice": "cannot_tell"}, "words": {"choice": "harmless"}})
    files = [folder / "record.csv", folder / "words.csv", folder / "hearing.csv"]
    assert take_in(asked, *files) == {"imported": 2, "known": 0, "rejected": 0, "empty": 17}
    status = asked.curation("status", "--json").json
    assert {row["kind"]: (row["count_open"], row["count_answered"]) for row in status["questions"]} == {
        "hearing": (17, 0), "record": (0, 1), "words": (0, 1),
    }  # fmt: skip
    assert not status["up_to_date"]
    assert take_in(asked, *files) == {"imported": 0, "known": 2, "rejected": 0, "empty": 17}
    assert exported(load(asked.config), tmp_path / "rest") == {"hearing": 17}
    (part,) = (asked.home / "parts" / "answers").iterdir()
    assert pl.read_parquet(part).schema == pl.Schema(ANSWER)


def test_what_is_exported_as_answers_is_known_when_it_comes_back(asked: Workbench, tmp_path: Path) -> None:
    folder = answered(asked, tmp_path / "queue", {"words": {"choice": "harmless", "comment": "=1+1"}})
    take_in(asked, folder / "words.csv")
    assert exported_answers(load(asked.config), tmp_path / "kept") == {"words": 1}
    assert rows_of(tmp_path / "kept" / "words.csv")[0]["comment"] == "'=1+1"
    for name in ("words.csv", "words.jsonl"):
        assert take_in(asked, tmp_path / "kept" / name)["known"] == 1


def test_a_wrong_row_imports_nothing(asked: Workbench, tmp_path: Path) -> None:
    folder = answered(asked, tmp_path / "queue", {"record": {"choice": "fit"}, "words": {"choice": "harmless"}})
    message = r"record\.csv: line 2, column choice: found 'fit'.*\nnothing is imported"
    with pytest.raises(ConfigError, match=message):
        take_in(asked, folder / "words.csv", folder / "record.csv")
    assert not (asked.home / "parts" / "answers").exists()
    assert take_in(asked, folder / "words.csv")["imported"] == 1


def test_an_answer_to_a_question_that_is_gone_is_counted_as_rejected_once(asked: Workbench, tmp_path: Path) -> None:
    folder = answered(asked, tmp_path / "queue", {"words": {"choice": "harmless"}})
    rows = rows_of(folder / "words.csv")
    fill_in(folder / "words.csv", [{**rows[0], "question_id": "0" * 32}])
    for _ in range(2):
        assert take_in(asked, folder / "words.csv") == {"imported": 0, "known": 0, "rejected": 1, "empty": 0}
    summary = asked.curation("status", "--json").json["summary"]
    assert [row for row in summary if "answer" in row["what"]] == [
        {"what": "verify: answers rejected", "outcome": "question_not_known", "count": 1}
    ]


def test_an_answer_can_be_changed_after_its_question_is_settled(
    asked: Workbench, small_corpus: SmallCorpus, tmp_path: Path
) -> None:
    folder = answered(asked, tmp_path / "queue", {"words": {"choice": "harmless"}})
    take_in(asked, folder / "words.csv")
    small_corpus.said["ben/1.wav"] = "good morning"
    small_corpus.save()
    asked.rebuild()
    assert questions(asked).filter(kind="words").is_empty()
    (row,) = rows_of(folder / "words.csv")
    later = {**row, "choice": "give_it_away", "answered_at": "2026-04-24T09:00:00Z"}
    assert take_in(asked, fill_in(tmp_path / "later.csv", [later]))["imported"] == 1
    assert asked.query("select choice from answers_in_force") == [("give_it_away",)]


def test_the_latest_answer_of_each_annotator_counts_if_it_is_one(asked: Workbench, tmp_path: Path) -> None:
    folder = answered(asked, tmp_path / "queue", {"words": {"choice": "harmless"}})
    (row,) = rows_of(folder / "words.csv")
    said = [
        ("ann", "2026-04-23T10:00:00Z", "harmless"),
        ("ann", "2026-04-23T09:00:00Z", "cannot_tell"),
        ("ben", "2026-04-23T10:00:00+02:00", "harmless"),
        ("ben", "2026-04-23T09:00:00Z", "give_it_away"),
        *(("cem", f"2026-04-2{number}", choice) for number, choice in enumerate(("harmless", *NO_ANSWER))),
    ]
    rows = [{**row, "annotator": who, "answered_at": at, "choice": choice} for who, at, choice in said]
    take_in(asked, fill_in(tmp_path / "all.csv", rows))
    assert asked.query("select annotator, choice from answers_in_force order by all") == [
        ("ann", "harmless"),
        ("ben", "give_it_away"),
    ]
    with Warehouse.reading(asked.home) as warehouse:
        batch = pl.DataFrame({"source": ["small", "small"], "entity": ["speaker:ben", "speaker:ana"]})
        with warehouse.registered("batch", batch):
            found = warehouse.query("queues/answers_of_entities")
        with warehouse.registered("batch", batch.tail(1)):
            assert warehouse.query("queues/answers_of_entities").is_empty()
    assert found["annotator"].to_list() in (["ann", "ben"], ["ben", "ann"])
    assert set(found["entity"]) == {"speaker:ben"}


def test_a_lost_database_gets_its_answers_from_the_parts(asked: Workbench, tmp_path: Path) -> None:
    folder = answered(asked, tmp_path / "queue", {"hearing": {"choice": "cannot_tell"}})
    take_in(asked, folder / "hearing.csv")
    before = asked.query("from answers order by answer_id")
    assert len(before) == 17
    for name in ("warehouse.duckdb", "snapshot.duckdb"):
        (asked.home / name).unlink()
    asked.rebuild()
    assert asked.query("from answers order by answer_id") == before


def test_what_is_heard_is_audited_and_what_is_heard_otherwise_is_looked_up(asked: Workbench, tmp_path: Path) -> None:
    assert asked.query("select attribute, method, count_audited, bound from audits order by all") == [
        ("accent", "hearing", 0, None), ("age", "hearing", 0, None), ("gender", "hearing", 0, None),
    ]  # fmt: skip
    exported(load(asked.config), tmp_path / "queue")
    recorded = dict(questions(asked).filter(kind="hearing").select("question_id", "value").iter_rows())
    rows = [
        {**row, **SAID, "choice": recorded[row["question_id"]]} for row in rows_of(tmp_path / "queue" / "hearing.csv")
    ]
    wrong = next(row for row in rows if row["attribute"] == "gender")
    wrong["choice"] = {"Male": "Female", "Female": "Male"}[wrong["choice"]]
    take_in(asked, fill_in(tmp_path / "heard.csv", rows))
    asked.rebuild()
    assert asked.query("select attribute, count_speakers, count_audited, count_wrong from audits order by all") == [
        ("accent", 6, 6, 0), ("age", 5, 5, 0), ("gender", 6, 6, 1),
    ]  # fmt: skip
    (doubted,) = questions(asked).filter(kind="record", attribute="gender").rows(named=True)
    assert doubted["is_audit"]
    (record,) = [
        row for row in rows_of(exported_to(asked, tmp_path / "again") / "record.csv") if row["attribute"] == "gender"
    ]
    take_in(asked, fill_in(tmp_path / "found.csv", [{**record, **SAID, "choice": "supported"}]))
    asked.rebuild()
    assert asked.query("select count_audited, count_wrong, bound from audits where attribute = 'gender'") == [
        (6, 0, 0.0)
    ]


def exported_to(bench: Workbench, folder: Path) -> Path:
    exported(load(bench.config), folder)
    return folder


def test_an_import_waits_for_no_rebuild_and_says_so(asked: Workbench, tmp_path: Path) -> None:
    folder = answered(asked, tmp_path / "queue", {"words": {"choice": "harmless"}})
    with held(asked.home), pytest.raises(BusyError, match="a rebuild is running"):
        take_in(asked, folder / "words.csv")


def test_before_the_first_rebuild_nothing_is_asked(small: Workbench, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing has been rebuilt here yet"):
        exported(load(small.config), tmp_path / "queue")
    path = fill_in(tmp_path / "a.csv", [{"question_id": "q", **SAID, "choice": "fit"}])
    with pytest.raises(ConfigError, match="nothing has been asked here yet"):
        take_in(small, path)
    assert not (small.home / "warehouse.duckdb").exists()


def test_filled_in_files_are_not_written_over(tmp_path: Path) -> None:
    check_empty(tmp_path / "new")
    (tmp_path / "new" / "words.csv").write_text("filled in", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"expected a new or empty folder, found words\.csv"):
        check_empty(tmp_path / "new")


def test_the_commands_do_the_same(asked: Workbench, tmp_path: Path) -> None:
    shown = asked.curation("verify", "export", tmp_path / "queue")
    assert "hearing: 17 questions" in shown.output
    path = tmp_path / "queue" / "words.csv"
    fill_in(path, [{**row, **SAID, "choice": "harmless"} for row in rows_of(path)])
    taken = asked.curation("verify", "import", path, "--json").json
    assert taken == {"imported": 1, "known": 0, "rejected": 0, "empty": 0}
    assert "words: 1 answers" in asked.curation("verify", "export", tmp_path / "kept", "--answers").output


def test_audits_have_the_columns_of_the_noun(asked: Workbench) -> None:
    with Warehouse.reading(asked.home) as warehouse:
        assert warehouse.query("marts/audits").columns == list(AUDIT)
