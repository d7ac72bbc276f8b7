from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from curation.errors import ConfigError, CurationError
from curation.warehouse import FOLDER, Warehouse, read_parts, write_part
from tests.workbench import Workbench

LABEL = {
    "clip_id": "c" * 32, "source": "made", "entity": "speaker:ana", "attribute": "gender", "value": "Female",
    "verdict": "accepted", "reasons": [], "confidence": None, "evidence_ids": ["e" * 32], "fact_ids": ["f" * 32],
}  # fmt: skip
TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "reasons": pl.List(pl.String),
    "value": pl.String,
    "confidence": pl.Float64,
}
CHECKS = {path.stem for path in (FOLDER / "checks").glob("*.sql")}
# For each check a statement that breaks what it checks.
DAMAGE = {
    "a_clip_has_one_claim": "insert into claims from claims limit 1",
    "a_file_ends_once": """
        insert into rejections by name
        select 'copy' as origin, 'ingest' as stage, source, 'file' as kind, path as subject, 'copy' as reason
        from claims limit 1
    """,
    "a_clip_has_one_label_an_attribute": "insert into labels from labels limit 1",
    "a_fact_is_recorded_once": "insert into facts from facts limit 1",
    "a_listed_file_ends_as_a_claim_or_a_rejection": "delete from claims where path = 'ana/1.wav'",
    "every_clip_was_profiled_or_a_reason_is_known": "delete from profiles",
    "every_clip_was_heard_or_a_reason_is_known": "update sources set stages = list_append(stages, 'segment')",
    "every_accepted_label_cites_a_fact": "delete from facts where speaker = 'ana'",
    "every_accepted_label_rests_on_a_sighted_fact": "delete from sightings where locator like 'line 2,%'",
    "every_label_belongs_to_a_claim": "update labels set clip_id = 'nobody' where entity = 'speaker:ana'",
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.writing(tmp_path) as opened:
        yield opened


def label(**changes: object) -> pl.DataFrame:
    return pl.DataFrame([LABEL | changes], schema_overrides=TYPES)


def test_an_accepted_label_that_cites_a_fact_is_taken(warehouse: Warehouse) -> None:
    warehouse.append("labels", label())
    assert warehouse.count("labels") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"fact_ids": pl.Series([], dtype=pl.String)},
        {"evidence_ids": pl.Series([], dtype=pl.String)},
        {"value": None},
        {"reasons": ["records_disagree"]},
        {"verdict": "contested"},
        {"verdict": "guessed", "reasons": ["why not"]},
    ],
    ids=["no fact", "no evidence", "no value", "accepted with a reason", "contested without a reason", "other verdict"],
)
def test_the_database_takes_no_label_that_is_not_grounded(warehouse: Warehouse, changes: dict[str, object]) -> None:
    row = label()
    with pytest.raises(duckdb.ConstraintException, match="CHECK"):
        warehouse.append("labels", row.with_columns(**{name: pl.Series([value]) for name, value in changes.items()}))
    assert warehouse.count("labels") == 0


def test_a_contested_label_needs_no_fact(warehouse: Warehouse) -> None:
    warehouse.append("labels", label(verdict="contested", value=None, reasons=["records_disagree"]))
    assert warehouse.count("labels") == 1


def test_every_check_is_broken_by_a_damage() -> None:
    assert set(DAMAGE) == CHECKS


@pytest.mark.timeout(600)
def test_a_broken_promise_stops_the_release(small: Workbench) -> None:
    small.rebuild(stage="ingest")
    small.rebuild(stage="profile")
    small.rebuild(stage="ground")
    small.rebuild(stage="consensus")
    whole = (small.home / "warehouse.duckdb").read_bytes()
    for check, damage in DAMAGE.items():
        with duckdb.connect(str(small.home / "warehouse.duckdb")) as connection:
            connection.execute(damage)
        with Warehouse.writing(small.home) as warehouse:
            failed = warehouse.failed_checks()
        assert check in failed
        (small.home / "warehouse.duckdb").write_bytes(whole)
    with duckdb.connect(str(small.home / "warehouse.duckdb")) as connection:
        connection.execute(DAMAGE["a_fact_is_recorded_once"])
    finished = small.curation("rebuild")
    assert finished.status == 1
    assert finished.errors.splitlines()[-1] == (
        "curation: nothing is published: not so for 1 rows: a fact is recorded once; see warehouse/checks"
    )
    assert small.latest is None


def test_a_query_reads_its_parameters_by_name(warehouse: Warehouse) -> None:
    rows = pl.DataFrame({"source": ["a", "b"], "entity": ["x", "y"], "inputs": ["1", None]})
    with warehouse.registered("batch", rows):
        warehouse.execute("derived/settle_entities", stage="gro'und")
    assert warehouse.count("settled_entities") == 1


def test_a_transaction_is_taken_back_by_any_exception(warehouse: Warehouse) -> None:
    def interrupted() -> None:
        with warehouse.transaction():
            warehouse.append("parts", pl.DataFrame({"name": ["one"]}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert warehouse.count("parts") == 0


def test_readers_see_the_last_snapshot_while_one_process_writes(warehouse: Warehouse, tmp_path: Path) -> None:
    assert not Warehouse.is_readable(tmp_path)
    with pytest.raises(ConfigError, match="nothing has been rebuilt here yet"):
        Warehouse.reading(tmp_path)
    warehouse.append("parts", pl.DataFrame({"name": ["one"]}))
    warehouse.snapshot()
    warehouse.append("parts", pl.DataFrame({"name": ["two"]}))
    with Warehouse.reading(tmp_path) as reader:
        assert reader.query("marts/parts")["name"].to_list() == ["one"]
        warehouse.snapshot()
        assert reader.query("marts/parts")["name"].to_list() == ["one"]
    with Warehouse.reading(tmp_path) as reader:
        assert reader.query("marts/parts")["name"].to_list() == ["one", "two"]


def test_the_schema_is_applied_once_and_a_newer_one_is_refused(tmp_path: Path) -> None:
    for _ in range(2):
        with Warehouse.writing(tmp_path) as warehouse:
            assert warehouse.count("migrations") == len(list((FOLDER / "schema").glob("*.sql")))
    with Warehouse.writing(tmp_path) as warehouse:
        warehouse.append("migrations", pl.DataFrame({"name": ["999_future"], "sha256": ["of it"]}))
    with pytest.raises(ConfigError, match=r"made by another version of the project \(schema 999_future\)"):
        Warehouse.writing(tmp_path)


def test_a_database_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    for name in ("warehouse.staged", "warehouse.staged.wal", "warehouse.duckdb.wal"):
        (tmp_path / name).write_bytes(b"half")
    with Warehouse.writing(tmp_path) as warehouse:
        assert warehouse.count("parts") == 0


def test_a_database_that_cannot_be_opened_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(CurationError, match=r"warehouse\.duckdb: cannot be opened: .* delete it: the next rebuild"):
        Warehouse.writing(tmp_path)


def test_rows_come_in_batches_and_pages(warehouse: Warehouse) -> None:
    warehouse.append("parts", pl.DataFrame({"name": [f"{number:03}" for number in range(100)]}))
    batches = list(warehouse.batches("marts/parts", 30))
    assert batches[0].height == 0
    assert batches[0].columns == ["name"]
    assert pl.concat(batches)["name"].to_list() == [f"{number:03}" for number in range(100)]


def test_a_part_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    schema = {"name": pl.String, "size": pl.Int64}
    frame = pl.DataFrame({"size": [2, 1], "name": ["b", "a"]})
    path = write_part(tmp_path / "parts", "one", frame, schema)
    assert [entry.name for entry in path.parent.iterdir()] == ["one.parquet"]
    assert read_parts([path, path], schema).rows() == [("b", 2), ("a", 1), ("b", 2), ("a", 1)]
    assert read_parts([], schema).columns == ["name", "size"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.sql")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_sql_file_says_what_its_rows_are(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    kind = {"queues": "-- One row: ", "marts": "-- One row: ", "checks": "-- Rows: "}.get(path.parent.name, "-- ")
    assert first.startswith(kind)


@pytest.mark.parametrize("damage", ["update migrations set sha256 = 'other'", "alter table migrations drop sha256"])
def test_a_database_of_another_schema_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    with Warehouse.writing(tmp_path) as warehouse:
        warehouse.snapshot()
    for name in ("warehouse", "snapshot"):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute(damage)
    with pytest.raises(ConfigError, match=r"warehouse\.duckdb: made by another version .* or delete the file"):
        Warehouse.writing(tmp_path)
    with pytest.raises(ConfigError, match=r"snapshot\.duckdb: made by another version"):
        Warehouse.reading(tmp_path)


def test_a_statement_does_not_see_the_parameters_of_another(warehouse: Warehouse) -> None:
    warehouse.query("marts/explained_labels", clip_id="one", attribute="age")
    warehouse.query("marts/parts")
    assert warehouse._execute("select getvariable('attribute')").fetchall() == [(None,)]
