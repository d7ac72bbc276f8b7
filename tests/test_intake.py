import dataclasses
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from curation import intake
from curation.errors import ConfigError
from curation.intake import adopt_parts, compact_parts, keep_facts, scan_sources
from curation.records import INGESTED
from curation.settings import SourceSettings
from curation.sounds import witness
from curation.sources import Source, load_source
from curation.taxonomy import load_taxonomy
from curation.warehouse import Warehouse, write_part
from tests.small_corpus import SmallCorpus

PROPERTIES = frozenset(load_taxonomy().properties)


@pytest.fixture
def source(small_corpus: SmallCorpus) -> Source:
    settings = SourceSettings(root=small_corpus.root, definition=small_corpus.definition)
    return load_source("small", settings, small_corpus.definition)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.writing(tmp_path / "home") as opened:
        yield opened


def part(path: str, size: int) -> pl.DataFrame:
    row = {"source": "small", "path": path, "size": size, "mtime_ns": 1, "ctime_ns": 1, "sha256": f"{size:064x}"}
    row |= {"witness": "decoder@1", "reason": "not_audio", "detail": "text"}
    return pl.DataFrame([row], schema=dict(INGESTED))


def part_with_a_clip(path: str, size: int) -> pl.DataFrame:
    clip = {"clip_id": f"{size:032x}", "seconds": 1.0, "fingerprint": b"heard", "reason": None, "detail": None}
    return part(path, size).with_columns(**{name: pl.lit(value) for name, value in clip.items()})


def test_a_source_is_read_once_until_it_changes(
    warehouse: Warehouse, source: Source, small_corpus: SmallCorpus
) -> None:
    assert list(scan_sources(warehouse, [source], PROPERTIES)) == ["small"]
    assert list(scan_sources(warehouse, [source], PROPERTIES)) == []
    small_corpus.write("ana/3.wav", "ana", seed=99)
    small_corpus.save()
    assert list(scan_sources(warehouse, [source], PROPERTIES)) == ["small"]
    assert warehouse.count("listings") == 13


def test_facts_become_a_part_only_once(
    warehouse: Warehouse, source: Source, small_corpus: SmallCorpus, tmp_path: Path
) -> None:
    keep_facts(warehouse, tmp_path / "parts", scan_sources(warehouse, [source], PROPERTIES).values())
    small_corpus.speakers["ana"]["gender"] = "Male"
    small_corpus.save()
    keep_facts(warehouse, tmp_path / "parts", scan_sources(warehouse, [source], PROPERTIES).values())
    heights = sorted(pl.read_parquet(path).height for path in (tmp_path / "parts" / "facts").iterdir())
    assert heights == [1, 18]
    assert warehouse.count("facts") == 19
    assert warehouse.count("sightings") == 18


def test_speakers_that_never_meet_are_a_mistake_of_the_definition(
    warehouse: Warehouse, source: Source, small_corpus: SmallCorpus
) -> None:
    small_corpus.speakers = {name.upper(): person for name, person in small_corpus.speakers.items()}
    small_corpus.save()
    with pytest.raises(ConfigError, match=r"'ana' and 'ANA' are examples; write their ids alike, or leave"):
        scan_sources(warehouse, [source], PROPERTIES)


def test_speakers_that_never_meet_are_no_mistake_where_facts_are_of_files(
    warehouse: Warehouse, source: Source, small_corpus: SmallCorpus
) -> None:
    small_corpus.speakers = {name.upper(): person for name, person in small_corpus.speakers.items()}
    small_corpus.save()
    of_a_file = """
        union all
        select null, file, 'cold', 'n', null, 'recording', record_file, 'line ' || record_line
        from read_table('recordings.csv')
    """
    source = dataclasses.replace(source, facts_sql=source.facts_sql + of_a_file)
    assert list(scan_sources(warehouse, [source], PROPERTIES)) == ["small"]


def test_a_finished_part_that_no_run_has_loaded_is_adopted_once(warehouse: Warehouse, tmp_path: Path) -> None:
    write_part(tmp_path / "home" / "parts" / "ingest", "one", part("a.wav", 1), INGESTED)
    assert adopt_parts(warehouse, tmp_path / "home") == 1
    assert adopt_parts(warehouse, tmp_path / "home") == 0
    assert warehouse.count("files") == warehouse.count("decodings") == 1


def test_many_small_parts_become_one_that_says_the_same(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setattr(intake, "_SMALL_PARTS", 3)
    for number in range(4):
        write_part(home / "parts" / "ingest", f"part{number}", part_with_a_clip(f"{number}.wav", number), INGESTED)
    adopt_parts(warehouse, home)
    compact_parts(warehouse, home)
    (merged,) = (home / "parts" / "ingest").iterdir()
    assert pl.read_parquet(merged)["path"].to_list() == [f"{number}.wav" for number in range(4)]
    holders = warehouse._connection.execute("select distinct part from fingerprints").fetchall()
    assert holders == [(f"ingest/{merged.stem}",)]
    assert adopt_parts(warehouse, home) == 0
    with Warehouse.writing(tmp_path / "another home") as another:
        (tmp_path / "another home" / "parts").symlink_to(home / "parts")
        assert adopt_parts(another, tmp_path / "another home") == 1
        assert another.count("files") == 4


def test_a_merged_part_of_an_older_decoder_does_not_replace_what_the_present_one_measured(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "parts" / "ingest"
    present = part_with_a_clip("a.wav", 1).with_columns(witness=pl.lit(witness()), seconds=pl.lit(2.0))
    write_part(folder, "present", present, INGESTED, modified_ns=1)
    write_part(folder, "merged", part_with_a_clip("a.wav", 1), INGESTED, modified_ns=2)
    adopt_parts(warehouse, tmp_path / "home")
    found = warehouse._execute("select seconds, witness from clips").fetchall()
    assert found == [(2.0, witness())]
    assert warehouse._execute("select part from fingerprints").fetchall() == [("ingest/present",)]
