from pathlib import Path

import polars as pl
import pytest

from curation.errors import ClipError
from curation.ingest import ingested, part_name, unread
from curation.records import INGESTED
from curation.settings import IngestSettings
from curation.sounds import failed, inspect
from tests.small_corpus import SmallCorpus


@pytest.fixture
def batch(small_corpus: SmallCorpus) -> pl.DataFrame:
    paths = ["ana/1.wav", "ben/1.wav"]
    stats = [(small_corpus.root / path).stat() for path in paths]
    return pl.DataFrame(
        {
            "source": ["small", "small"],
            "path": paths,
            "size": [stat.st_size for stat in stats],
            "mtime_ns": [stat.st_mtime_ns for stat in stats],
            "ctime_ns": [stat.st_ctime_ns for stat in stats],
            "known_sha256": [None, None],
            "failures": [0, 0],
        },
        schema_overrides={"known_sha256": pl.String},
    )


def test_a_part_is_named_by_what_is_read_and_by_what(batch: pl.DataFrame) -> None:
    touched = batch.with_columns(pl.col("ctime_ns") + 1)
    confirmed = batch.with_columns(known_sha256=pl.lit("ab"))
    names = {part_name(rows, "decoder@1") for rows in (batch, touched, confirmed)} | {part_name(batch, "decoder@2")}
    assert len(names) == 4
    assert part_name(batch.clone(), "decoder@1") in names


def test_what_reading_shows_stands_beside_each_file_in_order(batch: pl.DataFrame, small_corpus: SmallCorpus) -> None:
    settings = IngestSettings(max_seconds=100)
    files = unread(batch, {"small": small_corpus.root}, settings)
    assert [(Path(file.path).relative_to(small_corpus.root).as_posix(), file.max_seconds) for file in files] == [
        ("ana/1.wav", 100.0),
        ("ben/1.wav", 100.0),
    ]
    rows = ingested(batch, [inspect(files[0]), failed(files[1], ClipError("crashed", "killed by SIGSEGV"))])
    assert dict(rows.schema) == dict(INGESTED)
    assert rows["path"].to_list() == ["ana/1.wav", "ben/1.wav"]
    assert rows["reason"].to_list() == [None, "crashed"]
    assert rows["seconds"].to_list() == [1.5, None]
    assert rows["sha256"].null_count() == 0


def test_a_file_that_cannot_be_read_has_no_hash_so_that_it_is_tried_again(
    batch: pl.DataFrame, small_corpus: SmallCorpus
) -> None:
    (file, _) = unread(batch, {"small": small_corpus.root}, IngestSettings())
    Path(file.path).unlink()
    assert "sha256" not in failed(file, ClipError("unreadable", "No such file or directory"))


def test_bytes_that_are_known_are_not_decoded_again(batch: pl.DataFrame, small_corpus: SmallCorpus) -> None:
    (file, _) = unread(batch, {"small": small_corpus.root}, IngestSettings())
    sha256 = inspect(file)["sha256"]
    assert inspect(file._replace(known_sha256=str(sha256))) == {"sha256": sha256}


def test_a_file_above_the_limit_is_not_read(batch: pl.DataFrame, small_corpus: SmallCorpus) -> None:
    (file, _) = unread(batch, {"small": small_corpus.root}, IngestSettings())
    with pytest.raises(ClipError, match="at most 1000"):
        inspect(file._replace(max_bytes=1000))
