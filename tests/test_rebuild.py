"""A whole rebuild: the same from the same, nothing from nothing new, and narrowed as asked."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import duckdb
import polars as pl
import pytest

from curation.errors import ConfigError
from curation.home import inputs_digest
from curation.scan import listing_digest, walk
from curation.settings import load
from tests.small_corpus import SPEAKERS, SmallCorpus
from tests.workbench import Workbench, begin, environment

OTHER_KEY = "another open key for tests, which publish nothing either"
COLD = {
    ("ingest", "new"): 12, ("compare", "after ingest"): 1, ("profile", "after ingest"): 12,
    ("identity", "after ingest"): 6, ("ground", "new"): 6, ("consensus", "after ingest"): 6, ("release", "first"): 12,
}  # fmt: skip


def data_files(bench: Workbench) -> dict[str, str]:
    return {name: file["sha256"] for name, file in bench.manifest["files"].items() if name.endswith(".parquet")}


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Return every file below a folder with its size and time of change."""
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {str(path): (status.st_size, status.st_mtime_ns) for path, status in found.items()}


@pytest.mark.slow
def test_two_rebuilds_in_two_folders_are_one_content(
    small: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.rebuild()
    other = Workbench(tmp_path / "other", {"small": SmallCorpus(tmp_path / "elsewhere").source})
    published = other.curation("rebuild", "--json", PYTHONHASHSEED="7", LC_ALL="C", TZ="Asia/Tokyo").json["published"]
    assert published == small.latest == "1.0.0"
    assert data_files(other) == data_files(small)
    assert other.manifest["content_digest"] == small.manifest["content_digest"]
    monkeypatch.setenv("CURATION_KEY", OTHER_KEY)
    third = Workbench(tmp_path / "third", small.sources)
    third.rebuild()
    assert third.manifest["key_fingerprint"] != small.manifest["key_fingerprint"]
    for table, name in (
        ("clips", "clip_id"),
        ("clips", "speaker_id"),
        ("facts", "fact_id"),
        ("evidence", "evidence_id"),
    ):
        ids, others = set(small.table(table)[name]), set(third.table(table)[name])
        assert len(ids) == len(others)
        assert not ids & others


def test_batches_do_not_show_in_the_content(small: Workbench, tmp_path: Path) -> None:
    small.rebuild()
    other = Workbench(tmp_path / "other", small.sources, "[ingest]\nbatch_size = 5\nworkers = 3")
    other.rebuild()
    assert len(list((other.home / "parts" / "ingest").glob("*.parquet"))) == 3
    assert other.manifest["content_digest"] == small.manifest["content_digest"]


def test_batches_of_tables_do_not_show_in_the_content(
    small: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.rebuild()
    monkeypatch.setattr("flows.release.ROWS", 5)
    other = Workbench(tmp_path / "other", small.sources)
    other.rebuild()
    assert other.manifest["content_digest"] == small.manifest["content_digest"]


def test_another_key_stops_before_any_work(
    small: Workbench, small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.rebuild()
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    before = listing(small.home)
    monkeypatch.setenv("CURATION_KEY", OTHER_KEY)
    finished = small.curation("rebuild")
    assert finished.status == 2
    assert finished.errors.count("\n") == 1
    assert str(small.manifest["key_fingerprint"]) in finished.errors
    del before[str(small.home / "lock")]
    assert before.items() <= listing(small.home).items()
    assert len(listing(small.home)) == len(before) + 1


def test_ids_made_with_a_former_key_are_never_published(small: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    small.rebuild()
    first = set(small.table("clips")["clip_id"])
    # as after a run that was killed before its release was announced
    (small.home / "latest").unlink()
    (small.home / "state.json").unlink()
    (small.home / "releases" / ".unannounced").write_text("1.0.0\n")
    monkeypatch.setenv("CURATION_KEY", OTHER_KEY)
    small.rebuild()
    assert small.table("clips").height == 12
    assert not first & set(small.table("clips")["clip_id"])


def test_a_rebuild_with_nothing_changed_loads_no_heavy_library_and_says_so(small: Workbench) -> None:
    small.rebuild()
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "flows.cli", "rebuild", "--config", small.config],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in finished.stderr.splitlines()}
    assert "flows" in loaded
    assert not loaded & {"prefect", "polars", "duckdb", "pyarrow", "numpy", "soundfile", "av"}
    assert finished.stdout == "nothing changed since release 1.0.0\n"
    assert small.curation("rebuild", "--json").json == {
        "changed": False, "latest": "1.0.0", "release": str(small.home / "releases" / "1.0.0"),
    }  # fmt: skip


def test_rehash_reads_every_file_and_decodes_none(small: Workbench) -> None:
    small.rebuild()
    assert small.plan(rehash=True) == {("ingest", "reread"): 12}
    parts = set((small.home / "parts" / "ingest").iterdir())
    outcome = small.rebuild(rehash=True)
    assert outcome["published"] is None
    (new,) = set((small.home / "parts" / "ingest").iterdir()) - parts
    assert pl.read_parquet(new)["clip_id"].null_count() == 12
    assert small.plan() == {}


def test_rehash_finds_what_sizes_and_times_hide(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    first = small.manifest["content_digest"]
    sound, table = small_corpus.root / "ana" / "2.wav", small_corpus.root / "speakers.csv"
    small_corpus.write("ana/2.wav", "ana", seed=99)
    table.write_text(table.read_text(encoding="utf-8").replace("Male", "male"), encoding="utf-8")
    # as on a file system that keeps no times of its own: what the last scan noted is what the files have now
    times = {path.relative_to(small_corpus.root).as_posix(): path.stat() for path in (sound, table)}
    (tree,) = {listing_digest(walk(small_corpus.root))}
    with duckdb.connect(str(small.home / "warehouse.duckdb")) as warehouse:
        status = times["ana/2.wav"]
        for name in ("listings", "files"):
            warehouse.execute(
                f"update {name} set size = ?, mtime_ns = ?, ctime_ns = ? where path = 'ana/2.wav'",  # noqa: S608
                [status.st_size, status.st_mtime_ns, status.st_ctime_ns],
            )
        warehouse.execute("update sources set tree = ?", [tree])
    assert small.rebuild()["published"] is None
    assert small.manifest["content_digest"] == first
    assert small.rebuild(rehash=True)["published"] == "1.1.0"
    assert "spelling" not in {rule for (rule,) in small.query("select rule from readings where reading = 'Male'")}
    assert small.query(
        "select distinct value from facts semi join sightings using (fact_id) where value ilike 'male'"
    ) == [("male",)]


def test_a_dry_run_lists_what_would_run_and_changes_nothing(small: Workbench, small_corpus: SmallCorpus) -> None:
    first = small.curation("rebuild", "--dry-run", "--json").json["plan"]
    assert {(row["stage"], row["why"]): row["items"] for row in first} == COLD
    assert all(row["seconds"] >= 0 for row in first)
    assert not small.home.exists()
    small.rebuild()
    assert small.plan() == {}
    assert small.curation("rebuild", "--dry-run").output == "nothing would run\n"
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.speakers["gil"] = {"birth_date": "1990-01-01", "gender": "f", "native_language": "Czech"}
    small_corpus.save()
    before = listing(small.home)
    assert small.plan() == {
        ("ingest", "new"): 1, ("compare", "after ingest"): 2, ("profile", "after ingest"): 1,
        ("identity", "after ingest"): 1, ("ground", "new"): 1, ("consensus", "after ingest"): 1,
        ("release", "after ingest"): 1,
    }  # fmt: skip
    del before[str(small.home / "lock")]
    assert before.items() <= listing(small.home).items()
    assert len(listing(small.home)) == len(before) + 1
    assert small.rebuild()["published"] == "1.1.0"


def test_a_dry_run_makes_neither_a_corpus_nor_a_key(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "bench", {})
    config = tmp_path / "config"
    plan = bench.curation("rebuild", "--dry-run", "--json", CURATION_KEY=None, XDG_CONFIG_HOME=str(config)).json["plan"]
    assert [row["items"] for row in plan if row["stage"] == "ingest"] == [201]
    assert [path.name for path in bench.folder.iterdir()] == ["curation.toml"]
    assert not config.exists()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("[release]\nloudness_lufs = -30", {("release", "rendered otherwise"): 12}),
        ("[release]\ntrain_share = 0.5", {("release", "settings changed"): 0}),
        ("[ingest]\nmin_bandwidth_hz = 900", {("release", "settings changed"): 0}),
    ],
)
def test_a_dry_run_says_what_settings_alone_would_change(
    small: Workbench, settings: str, expected: dict[tuple[str, str], int]
) -> None:
    small.rebuild()
    small.configure(settings)
    assert small.plan() == expected


def test_a_dry_run_counts_what_was_read_by_a_run_that_was_killed(small: Workbench) -> None:
    small.rebuild(stage="ingest")
    for name in ("warehouse.duckdb", "snapshot.duckdb"):
        (small.home / name).unlink()
    assert ("ingest", "new") not in small.plan()


@pytest.mark.slow
def test_a_narrowed_run_works_on_what_it_names_and_publishes_nothing(small: Workbench) -> None:
    assert small.rebuild(limit=3)["published"] is None
    assert small.query("select count(*) from files") == [(3,)]
    assert small.plan(clip="fin/2.wav") == {
        ("ingest", "new"): 1, ("compare", "after ingest"): 2, ("profile", "after ingest"): 1,
        ("identity", "after ingest"): 1, ("ground", "new"): 1, ("consensus", "after ingest"): 1,
    }  # fmt: skip
    assert small.plan(stage="consensus") == {}
    assert small.rebuild(clip="fin/2.wav", stage="ingest")["published"] is None
    assert small.query("select count(*), count(*) filter (path = 'fin/2.wav') from files") == [(4, 1)]
    assert small.query("select count(*) from labels where entity = 'speaker:fin'") == [(0,)]
    assert small.rebuild(stage="ground")["published"] is None
    assert small.query("select count(distinct entity) from evidence") == [(len(SPEAKERS),)]
    assert small.rebuild(source="small")["published"] is None
    assert small.query("select count(distinct clip_id) from labels") == [(12,)]
    assert small.latest is None
    assert small.rebuild()["published"] == "1.0.0"


def test_a_clip_is_named_by_its_path_its_id_or_its_published_id(small: Workbench) -> None:
    small.rebuild()
    ((clip, published),) = small.query(
        "select clip_id, published_id from clips join publications on kind = 'clip' and private_id = clip_id "
        "semi join (select clip_id from claims where path = 'fin/2.wav') using (clip_id)"
    )
    assert clip != published
    for name in ("fin/2.wav", "small:fin/2.wav", clip, clip[:6], published, published[:6]):
        assert small.plan(rehash=True, clip=name) == {("ingest", "reread"): 1}
    with pytest.raises(ConfigError, match=f"--clip {clip[:5]}: no file or clip has this path or id"):
        small.plan(clip=clip[:5])


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--source", "smal"), "did you mean 'small'?"),
        (("--stage", "grond"), "did you mean 'ground'?"),
        (("--clip", "nobody/1.wav"), "no file or clip has this path or id"),
        (("--version", "one"), "expected three numbers"),
        (("--version", "1.0.0", "--source", "small"), "VERSION=1.0.0 with --source: a narrowed run publishes nothing"),
        (("--version", "1.0.0", "--limit", "3"), "VERSION=1.0.0 with --limit: a narrowed run publishes nothing"),
    ],
)
def test_what_cannot_be_asked_for_stops_before_any_work(
    small: Workbench, arguments: tuple[str, ...], hint: str
) -> None:
    finished = small.curation("rebuild", *arguments)
    assert (finished.status, finished.errors.count("\n")) == (2, 1)
    assert hint in finished.errors
    assert not (small.home / "releases").exists()


@pytest.mark.parametrize("mistake", ["second source", "corrections"])
def test_a_mistake_anywhere_stops_before_anything_is_kept(
    small: Workbench, small_corpus: SmallCorpus, tmp_path: Path, mistake: str
) -> None:
    small.rebuild()
    small_corpus.speakers["ana"]["gender"] = "Male"  # a new fact of the first source
    small_corpus.save()
    bench = small
    if mistake == "second source":
        town = SmallCorpus(tmp_path / "second")
        (town.definition / "facts.sql").write_text("select speaker,\n    sexx\nfrom read_table('speakers.csv')")
        bench = Workbench(small.folder, {**small.sources, "town": town.source})
        message = f'{town.definition}/facts.sql:2: Binder Error: Referenced column "sexx" not found'
    else:
        (small.folder / "corrections.csv").write_text(
            "fact,value,author,date,reason,source\n000000000000,1,M. Maintainer,2026-11-31,misprint,letter\n"
        )
        small.configure('[ground]\ncorrections = "corrections.csv"')
        message = "2026-11-31"
    tables = ("facts", "sources", "sightings", "listings", "rejections", "parts")
    parts, rows = listing(bench.home / "parts"), {name: bench.query(f"from {name}") for name in tables}
    finished = bench.curation("rebuild")
    assert finished.status == 2
    assert message in finished.errors
    assert "Traceback" not in finished.errors
    assert finished.errors.count("curation: ") == 1
    assert listing(bench.home / "parts") == parts
    assert {name: bench.query(f"from {name}") for name in tables} == rows


def test_a_version_may_be_chosen_if_it_follows_the_latest(small: Workbench, small_corpus: SmallCorpus) -> None:
    assert small.rebuild(version="3.1.4")["published"] == "3.1.4"
    assert small.manifest["parent"] is None
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    for former in ("3.1.4", "2.9.9"):
        with pytest.raises(ConfigError, match=f"VERSION={former}: not after the latest release, 3.1.4"):
            small.rebuild(version=former)
    assert small.rebuild(version="3.2.0")["published"] == "3.2.0"
    assert small.manifest["parent"] == "3.1.4"


@pytest.mark.slow
def test_the_warehouse_is_rebuilt_from_its_parts(small: Workbench, small_corpus: SmallCorpus) -> None:
    small.rebuild()
    # one path read twice, and bytes that were known under another name
    small_corpus.write("ana/1.wav", "ana", seed=99)
    shutil.copyfile(small_corpus.root / "ben" / "1.wav", small_corpus.root / "ben" / "2.wav")
    small.rebuild()
    digest = small.manifest["content_digest"]
    small.rebuild(rehash=True)
    parts = listing(small.home / "parts")
    for name in ("warehouse.duckdb", "snapshot.duckdb", "state.json"):
        (small.home / name).unlink()
    outcome = small.rebuild()
    assert outcome["published"] is None
    assert listing(small.home / "parts") == parts
    assert small.query("select count(*), count(distinct path) from files") == [(12, 12)]
    assert small.manifest["content_digest"] == digest


@pytest.mark.slow
def test_parts_are_merged_and_say_the_same(
    small: Workbench, small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.intake._SMALL_PARTS", 3)
    for seed in (99, 98, 97):
        small_corpus.write("ana/1.wav", "ana", seed=seed)
        small.rebuild()
    digest = small.manifest["content_digest"]
    os.utime(small_corpus.root / "ben" / "1.wav")
    small.rebuild()
    assert len(list((small.home / "parts" / "ingest").glob("*.parquet"))) == 2
    for name in ("warehouse.duckdb", "state.json"):
        (small.home / name).unlink()
    assert small.rebuild()["published"] is None
    assert len(list((small.home / "parts" / "ingest").glob("*.parquet"))) == 2
    assert small.query("select count(*), count(distinct path) from files") == [(12, 12)]
    assert small.query("select count(*) from rejections") == [(0,)]
    assert small.manifest["content_digest"] == digest


def test_a_second_rebuild_at_once_stops_and_names_the_first(small: Workbench) -> None:
    with begin("rebuild", "--config", small.config, folder=small.folder) as first:
        while not (small.home / "warehouse.duckdb").exists():
            assert first.poll() is None, first.communicate()[1]
        second = small.curation("rebuild")
        assert first.poll() is None
        assert second.status == 2
        assert (
            second.errors == f"curation: home {small.home}: a rebuild is running (process {first.pid}); wait for it\n"
        )
        first.communicate()
    assert first.returncode == 0
    assert small.latest == "1.0.0"


def test_libraries_settings_and_definitions_are_inputs(
    small: Workbench, small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:

    def digest() -> str:
        return inputs_digest(load(small.config), "key")

    first = digest()
    assert digest() == first
    assert inputs_digest(load(small.config), "another key") != first
    with monkeypatch.context() as patch:
        patch.setattr("curation.home.version", lambda name: "0.99" if name == "soundfile" else version(name))
        assert digest() != first
    small.configure("[ingest]\nmin_seconds = 0.6")
    assert digest() != first
    small.configure("")
    assert digest() == first
    with (small_corpus.definition / "facts.sql").open("a", encoding="utf-8") as file:
        file.write("-- as before\n")
    assert digest() != first


def test_a_release_that_was_deleted_is_made_again(small: Workbench) -> None:
    small.rebuild()
    digest = small.manifest["content_digest"]
    shutil.rmtree(small.home / "releases")
    (small.home / "latest").unlink()
    assert small.rebuild()["published"] == "1.0.0"
    assert small.manifest["content_digest"] == digest
