import os
from pathlib import Path

import polars as pl
import pytest

from curation.errors import ConfigError
from curation.queries import query

COLUMNS = {"path": "file", "speaker": "who speaks"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "corpus" / "sub").mkdir(parents=True)
    (tmp_path / "corpus" / "table.csv").write_text("file,id\na.wav,007\nb.wav,1.50\n")
    (tmp_path / "secret.csv").write_text("file,id\nc.wav,9\n")
    (tmp_path / "corpus" / "link.csv").symlink_to("../secret.csv")
    (tmp_path / "corpus" / "folder").symlink_to("..")
    return tmp_path / "corpus"


def run(root: Path, sql: str) -> list[tuple[str | None, ...]]:
    paths = pl.Series("path", ["a.wav", "b.wav", "table.csv"])
    return query(Path("town/clips.sql"), sql, root, paths, COLUMNS).rows()


def test_a_query_reads_the_corpus_by_relative_paths_and_as_text(root: Path) -> None:
    sql = "select file as path, id as speaker from read_csv('table.csv', all_varchar = true)"
    assert run(root, sql) == [("a.wav", "007"), ("b.wav", "1.50")]


def test_a_query_sees_the_files_that_the_scan_found(root: Path) -> None:
    assert run(root, "select path, null as speaker from files where path like '%.wav'") == [
        ("a.wav", None),
        ("b.wav", None),
    ]


def test_columns_come_in_their_order_whatever_the_query_says(root: Path) -> None:
    assert run(root, "select 'x' as speaker, 'a' as path") == [("a", "x")]


def test_the_working_folder_is_restored(root: Path) -> None:
    before = Path.cwd()
    run(root, "select 'a' as path, 'x' as speaker")
    with pytest.raises(ConfigError):
        run(root, "selec")
    assert Path.cwd() == before


@pytest.mark.parametrize(
    "path",
    ["../secret.csv", "link.csv", "folder/secret.csv", "sub/../../secret.csv", "/etc/passwd", "/dev/stdin"],
)
@pytest.mark.parametrize("reader", ["read_csv", "read_text", "read_blob", "glob"])
def test_a_query_reads_nothing_outside_the_root(root: Path, path: str, reader: str) -> None:
    with pytest.raises(ConfigError, match=r"clips\.sql.*outside the source's root"):
        run(root, f"select 'a' as path, count(*)::varchar as speaker from {reader}('{path}')")  # noqa: S608


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to 'made.csv'",
        "create table made as select 1",
        "attach 'made.db'",
        "install httpfs",
        "load httpfs",
        "set memory_limit = '9GB'",
        "select 'a' as path, 'x' as speaker; copy (select 1) to 'made.csv'",
        "",
        "-- nothing",
    ],
)
def test_a_query_is_one_select_and_writes_nothing(root: Path, sql: str) -> None:
    before = sorted(root.iterdir())
    with pytest.raises(ConfigError, match=r"clips\.sql: expected one SELECT statement, found"):
        run(root, sql)
    assert sorted(root.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "select path, 'x' as speaker from paths",
        "select path, 'x' as speaker from scanned",
        "select path, 'x' as speaker from COLUMNS",
        "select 'a' as path, getenv('HOME') as speaker",
        "select content as path, 'x' as speaker from read_text('https://127.0.0.1/x')",
        "select 'a' as path, content as speaker from read_text('s3://bucket/x')",
    ],
)
def test_a_query_sees_no_variable_no_environment_and_no_network(root: Path, sql: str) -> None:
    with pytest.raises(ConfigError, match=r"clips\.sql"):
        run(root, sql)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", r'town/clips\.sql:1: Parser Error: syntax error at or near "selec"'),
        ("\n\nselect fil from read_csv('table.csv')", r'clips\.sql:3: Binder Error: .*"fil" not found.*"file"'),
        ("select\n*\nfrom read_csv('tabel.csv')", r"clips\.sql:3: IO Error: No files found.*tabel\.csv"),
        ("select * from read_csv('table.csv', columns = {'a': 'int'})", r"clips\.sql.*table\.csv"),
        (
            "select file as path from read_csv('table.csv')",
            r"no column speaker \(who speaks\).*write `null as speaker`",
        ),
        ("select 'a' as path, 'x' as speakr", r"no column speaker .*did you mean 'speakr'"),
        ("select 'a' as path, 'x' as speaker, 'y' as sex", r"unknown column sex; known are path, speaker"),
        ("select 'a' as path, 'x' as speaker, 'y' as speaker", "unknown column speaker_1"),
        ("select file as path, 3 as speaker from read_csv('table.csv')", r"column speaker is Int32, expected text"),
        ("select 'a' as path, date '2020-01-01' as speaker", r"column speaker is Date, .*all_varchar = true"),
    ],
)
def test_a_mistake_names_the_file_the_line_and_the_column(root: Path, sql: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        run(root, sql)


def test_a_message_shows_the_line_of_the_query_and_nothing_of_ours(root: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        run(root, "select file as path,\n    idd as speaker\nfrom read_csv('table.csv', all_varchar = true)")
    assert str(caught.value).splitlines() == [
        'town/clips.sql:2: Binder Error: Referenced column "idd" not found in FROM clause!',
        'Candidate bindings: "id", "file"',
        "If the file has it, say how to read the file: header = true, delim = ',', quote = '\"'",
        "idd as speaker",
    ]


def test_a_ragged_table_is_told_without_advice_that_drops_rows(root: Path) -> None:
    (root / "ragged.csv").write_text("file,id\na.wav,1\nb.wav,2,3\n")
    with pytest.raises(ConfigError, match=r"clips\.sql:1: .*ragged\.csv") as caught:
        run(
            root,
            "select file as path, id as speaker "
            "from read_csv('ragged.csv', header = true, delim = ',', skip = 0, all_varchar = true)",
        )
    assert "ignore_errors" not in str(caught.value)


def test_a_line_that_looks_like_a_comment_stops_where_the_dialect_is_said(root: Path) -> None:
    (root / "hash.csv").write_text("file,id\n#a.wav\nb.wav,2\n#c.wav,3\n")
    with pytest.raises(ConfigError, match=r"hash\.csv"):
        run(
            root,
            "select file as path, id as speaker "
            "from read_csv('hash.csv', header = true, delim = ',', comment = '', skip = 0, all_varchar = true)",
        )


def test_rows_are_not_to_be_dropped_in_silence(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"clips\.sql: ignore_errors drops rows in silence"):
        run(root, "select file as path, id as speaker from read_csv('table.csv', ignore_errors = true)")


def test_another_encoding_is_asked_for_and_read(root: Path) -> None:
    (root / "old.csv").write_bytes("file,id\na.wav,Zoé\n".encode("latin-1"))
    sql = "select file as path, id as speaker from read_csv('old.csv', delim = ',', header = true, all_varchar = true"
    with pytest.raises(ConfigError, match=r"not utf-8 encoded\.\nName its encoding"):
        run(root, f"{sql})")
    assert run(root, f"{sql}, encoding = 'latin-1')") == [("a.wav", "Zoé")]


def test_a_number_read_as_a_number_is_refused_before_it_loses_its_zeros(root: Path) -> None:
    (root / "heights.csv").write_text("file,height\na.wav,1.50\n")
    with pytest.raises(ConfigError, match="column speaker is Float64, expected text"):
        run(root, "select file as path, height as speaker from read_csv('heights.csv')")


def test_a_bare_null_needs_no_type(root: Path) -> None:
    assert run(root, "select 'a' as path, null as speaker") == [("a", None)]


def test_a_name_that_is_not_utf8_is_told_with_the_way_round_it(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.wav")).touch()
    (root / "link.csv").unlink()
    (root / "folder").unlink()
    with pytest.raises(ConfigError, match="file name is not UTF-8; list files with the table `files`"):
        run(root, "select file as path, null as speaker from glob('*')")


def test_a_root_with_a_quote_in_its_name_is_a_root(root: Path) -> None:
    renamed = root.rename(root.with_name("it's [here]"))
    assert run(
        renamed, "select file as path, id as speaker from read_csv('table.csv', all_varchar = true) limit 1"
    ) == [("a.wav", "007")]


def test_rows_keep_the_order_of_a_large_file(root: Path) -> None:
    lines = [f"{number}.wav,{number}" for number in range(300_000)]
    (root / "large.csv").write_text("\n".join(["file,id", *lines]))
    rows = run(
        root,
        "select (row_number() over () - 1)::varchar as path, id as speaker "
        "from read_csv('large.csv', delim = ',', header = true, all_varchar = true)",
    )
    assert all(number == row for number, row in rows)
    assert len(rows) == 300_000
