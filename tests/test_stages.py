"""A stage that a source's source.toml leaves out is not done for it, and what follows from that is said."""

import json
from pathlib import Path

import pytest

from curation.errors import ConfigError
from tests.small_corpus import SOURCE, SmallCorpus
from tests.workbench import Workbench

ALL = ("ingest", "profile", "ground", "consensus", "verify", "release")
LEFT_OUT = ("ground", "consensus", "release")
CLIPS = 12


def leave_out(corpus: SmallCorpus, stage: str | None) -> None:
    """Have all stages but that one apply to a corpus."""
    assert SOURCE.count(json.dumps(ALL)) == 1
    stages = json.dumps([name for name in ALL if name != stage])
    (corpus.definition / "source.toml").write_text(SOURCE.replace(json.dumps(ALL), stages), encoding="utf-8")


def count(bench: Workbench, table: str) -> dict[str, int]:
    """Return how many rows of a table there are by source."""
    return dict(bench.query(f"select source, count(*) from {table} group by all"))  # noqa: S608


def why_less(bench: Workbench) -> list[str]:
    """Return the rows of the release's README that say why clips are not in it."""
    readme = (bench.release / "README.md").read_text(encoding="utf-8")
    return [line for line in readme.splitlines() if line.startswith("| less: ")]


@pytest.fixture
def bench(tmp_path: Path, corpora: dict[str, SmallCorpus], prefect_server: str) -> Workbench:  # noqa: ARG001
    """Return a workbench on a corpus that is whole, and one for each stage, which it leaves out."""
    return Workbench(tmp_path / "bench", {name: corpus.source for name, corpus in corpora.items()})


@pytest.fixture
def corpora(tmp_path: Path) -> dict[str, SmallCorpus]:
    made = {name: SmallCorpus(tmp_path / name, seed=100 * place) for place, name in enumerate(("whole", *LEFT_OUT))}
    for name, corpus in made.items():
        leave_out(corpus, name)
    return made


def test_a_stage_that_a_source_leaves_out_is_not_done_for_it(bench: Workbench) -> None:
    bench.rebuild()
    assert count(bench, "claims") == dict.fromkeys(("whole", *LEFT_OUT), CLIPS)
    assert count(bench, "evidence").keys() == {"whole", "consensus", "release"}
    assert count(bench, "labels").keys() == {"whole", "release"}
    assert count(bench, "evidence")["consensus"] == count(bench, "evidence")["whole"]
    assert count(bench, "labels")["release"] == count(bench, "labels")["whole"]
    assert set(bench.table("clips")["source"]) == {"whole"}
    assert why_less(bench) == [
        f"| less: its source.toml leaves out {stage} | {stage} | -{CLIPS} |" for stage in sorted(LEFT_OUT)
    ]


def test_a_stage_left_out_later_takes_back_what_it_made(bench: Workbench, corpora: dict[str, SmallCorpus]) -> None:
    for corpus in corpora.values():
        leave_out(corpus, None)
    bench.rebuild()
    assert set(bench.table("clips")["source"]) == set(corpora)
    assert why_less(bench) == []
    for name, corpus in corpora.items():
        leave_out(corpus, name)
    bench.rebuild()
    assert count(bench, "evidence").keys() == {"whole", "consensus", "release"}
    assert count(bench, "labels").keys() == {"whole", "release"}
    assert set(bench.table("clips")["source"]) == {"whole"}


def test_a_source_that_leaves_out_ingest_names_no_files(bench: Workbench, corpora: dict[str, SmallCorpus]) -> None:
    leave_out(corpora["whole"], "ingest")
    with pytest.raises(ConfigError, match=r"clips\.sql: names 12 files, but stages in source\.toml leaves out ingest"):
        bench.rebuild()
