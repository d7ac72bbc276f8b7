import os
from pathlib import Path

import polars as pl
import pytest

from curation.errors import ConfigError
from curation.queries import query
from curation.scan import walk

COLUMNS = {"path": "file", "speaker": "who speaks"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "corpus" / "sub").mkdir(parents=True)
    (tmp_path / "corpus" / "table.csv").write_text("file,id\na.wav,007\nb.wav,1.50\n")
    (tmp_path / "corpus" / "a.wav").touch()
    (tmp_path / "secret.csv").write_text("file,id\nc.wav,9\n")
    (tmp_path / "corpus" / "link.csv").symlink_to("../secret.csv")
    (tmp_path / "corpus" / "folder").symlink_to("..")
    return tmp_path / "corpus"


def run(root: Path, sql: str) -> list[tuple[str | None, ...]]:
    paths = pl.Series("path", [entry.path for entry in walk(root) if entry.flaw is None])
    return query(Path("town/clips.sql"), sql, root, paths, COLUMNS).rows()


def test_a_query_reads_the_corpus_by_relative_paths_and_as_text(root: Path) -> None:
    sql = "select file as path, id as speaker from read_table('table.csv')"
    assert run(root, sql) == [("a.wav", "007"), ("b.wav", "1.50")]


def test_what_a_query_puts_together_is_still_as_it_was_written(root: Path) -> None:
    sql = "select format('{}', id) as path, 'h ' || id as speaker from read_table('table.csv') where file = 'b.wav'"
    assert run(root, sql) == [("1.50", "h 1.50")]


def test_every_row_has_its_place(root: Path) -> None:
    (root / "rows.csv").write_text('file,id\n\na.wav,"two\nlines"\nb.wav,2\n')
    sql = "select file as path, record_file || ', line ' || record_line as speaker from read_table('rows.csv')"
    assert run(root, sql) == [("a.wav", "rows.csv, line 3"), ("b.wav", "rows.csv, line 5")]


def test_a_query_reads_one_file_in_two_ways(root: Path) -> None:
    sql = """
        with lines as (from read_lines('table.csv'))
        select file as path, text as speaker
        from read_table('table.csv') as one
        join read_table('table.csv') as two using (file)
        join lines on lines.record_line = two.record_line
    """
    assert run(root, sql) == [("a.wav", "a.wav,007"), ("b.wav", "b.wav,1.50")]


def test_numbers_of_json_stay_as_they_are_written(root: Path) -> None:
    (root / "people.json").write_text('[{"id": "anna", "height": 1.50}, {"id": 12345678901234567890, "height": 1e2}]')
    sql = """
        select person ->> 'id' as path, person ->> 'height' as speaker
        from (select unnest(json -> '$[*]') as person from read_json('people.json'))
    """
    assert run(root, sql) == [("anna", "1.50"), ("12345678901234567890", "1e2")]


@pytest.mark.parametrize("call", ["text ->> 'a'", "json_extract_string(text, 'a')", "from_json(text, '{}')::varchar"])
def test_json_is_not_taken_apart_where_its_numbers_are_numbers(root: Path, call: str) -> None:
    with pytest.raises(ConfigError, match=r"clips\.sql: .* would rewrite the numbers of JSON: read it with read_json"):
        run(root, f"select {call} as path, null as speaker from read_lines('table.csv')")  # noqa: S608


def test_a_query_sees_the_files_that_the_scan_found(root: Path) -> None:
    sql = "select path, null as speaker from files where path not like '%.wav'"
    assert run(root, sql) == [("table.csv", None)]


def test_columns_come_in_their_order_whatever_the_query_says(root: Path) -> None:
    assert run(root, "select 'x' as speaker, 'a' as path") == [("a", "x")]


@pytest.mark.parametrize("path", ["../secret.csv", "sub/../../secret.csv", "/etc/passwd", "/dev/stdin"])
@pytest.mark.parametrize("reader", ["read_table", "read_lines", "read_json", "read_parquet"])
def test_a_path_that_leaves_the_root_is_refused(root: Path, path: str, reader: str) -> None:
    with pytest.raises(ConfigError, match=r"clips\.sql:1: .* leads outside the source's root"):
        run(root, f"select 'a' as path, 'x' as speaker from {reader}('{path}')")  # noqa: S608


@pytest.mark.parametrize("path", ["link.csv", "folder/secret.csv", "*/secret.csv", "**/secret.csv"])
def test_a_link_that_leaves_the_root_leads_to_no_file(root: Path, path: str) -> None:
    with pytest.raises(ConfigError, match=r"clips\.sql:1: no file .* below the source's root"):
        run(root, f"select file as path, id as speaker from read_table('{path}')")  # noqa: S608


@pytest.mark.parametrize(
    "reader",
    [
        "read_csv('table.csv', ignore_errors = true)",
        "read_csv_auto('table.csv')",
        "read_text('table.csv')",
        "read_blob('table.csv')",
        "read_json_auto('table.csv')",
        "parquet_scan('table.csv')",
        "sniff_csv('table.csv')",
        "glob('*')",
        "glob('*/secret.csv')",
        "query('from read_csv(''table.csv'')')",
        "'table.csv'",
    ],
)
def test_duckdb_itself_opens_no_file(root: Path, reader: str) -> None:
    with pytest.raises(ConfigError, match=r"(?s)clips\.sql.*Permission Error.*A query reads files by read_table, "):
        run(root, f"select 'a' as path, 'x' as speaker from {reader}")  # noqa: S608


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


def test_what_a_reader_is_asked_for_is_no_way_out(root: Path) -> None:
    secret = root.parent / "secret.csv"
    with pytest.raises(ConfigError, match=r"clips\.sql:1: Permission Error") as caught:
        run(root, f"from read_lines((select content from read_text('{secret}')))")  # noqa: S608
    assert "c.wav" not in str(caught.value)


@pytest.mark.parametrize("name", ["paths", "columns", "READERS"])
def test_a_query_sees_no_variable_of_the_program(root: Path, name: str) -> None:
    # DuckDB tries what Python calls so, even where it is no table.
    with pytest.raises(ConfigError, match=f"Table with name {name} does not exist"):
        run(root, f"select path, speaker from {name}")  # noqa: S608


def test_a_query_sees_no_variable_of_the_environment(root: Path) -> None:
    with pytest.raises(ConfigError, match="Scalar Function with name getenv does not exist"):
        run(root, "select 'a' as path, getenv('HOME') as speaker")


@pytest.mark.parametrize("address", ["https://127.0.0.1/x", "s3://bucket/x"])
def test_a_query_reaches_no_network(root: Path, address: str) -> None:
    with pytest.raises(ConfigError, match=r"Permission Error.*disabled by configuration"):
        run(root, f"select content as path, 'x' as speaker from read_text('{address}')")  # noqa: S608
    with pytest.raises(ConfigError, match=r"no file .* below the source's root"):
        run(root, f"select text as path, 'x' as speaker from read_lines('{address}')")  # noqa: S608


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", r'town/clips\.sql:1: Parser Error: syntax error at or near "selec"'),
        ("\n\nselect fil from read_table('table.csv')", r'clips\.sql:3: Binder Error: .*"fil" not found'),
        ("select\n*\nfrom read_table('tabel.csv')", r"clips\.sql:3: no file 'tabel\.csv' .*did you mean 'table\.csv'"),
        ("select é, 'é'\nfrom read_lines('tabel.csv')", r"clips\.sql:2: no file 'tabel\.csv'"),
        (
            "from read_table('table.csv', columns := 3)",
            r"clips\.sql:1: Binder Error: .*\n\tread_table\(file, delim := ",
        ),
        ("from read_table('table.csv', skip := -1)", r"clips\.sql:1: Conversion Error: .*-1"),
        (
            "from read_table('table.csv', delim = ';')",
            r"clips\.sql:1: an option of a reader is given as `option := value`",
        ),
        ("from read_table(path)", r"clips\.sql:1: Binder Error: .*\"path\""),
        ("from read_table(3)", "expected the name of a file, a pattern or a list of them, found 3"),
        ("from read_table([])", r"expected the name of a file, a pattern or a list of them, found \[\]"),
        (
            "from read_table('table.csv') unpivot (speaker for path in (file, id))",
            r"from read_table\(\.\.\.\) as t unpivot",
        ),
        (
            "select file as path from read_table('table.csv')",
            r"no column speaker \(who speaks\).*write `null as speaker`",
        ),
        ("select 'a' as path, 'x' as speakr", r"no column speaker .*did you mean 'speakr'"),
        ("select 'a' as path, 'x' as speaker, 'y' as sex", r"unknown column sex; known are path, speaker"),
        ("select 'a' as path, 'x' as speaker, 'y' as speaker", "unknown column speaker_1"),
        ("select file as path, 3 as speaker from read_table('table.csv')", r"column speaker is Int32, expected text"),
        ("select 'a' as path, date '2020-01-01' as speaker", r"column speaker is Date, .*cast to varchar"),
    ],
)
def test_a_mistake_names_the_file_the_line_and_the_column(root: Path, sql: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        run(root, sql)


def test_a_message_shows_the_line_of_the_query_and_nothing_of_ours(root: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        run(root, "select file as path,\n    idd as speaker\nfrom read_table('table.csv')")
    assert str(caught.value).splitlines() == [
        'town/clips.sql:2: Binder Error: Referenced column "idd" not found in FROM clause!',
        'Candidate bindings: "id", "file"',
        "If the file has it, say how it is written, for example read_table(..., delim := ';')",
        "idd as speaker",
    ]


def test_a_mistake_in_a_file_names_the_query_and_the_line_of_the_file(root: Path) -> None:
    (root / "ragged.csv").write_text("file,id\na.wav,1\nb.wav,2,3\n")
    with pytest.raises(ConfigError, match=r"^town/clips\.sql:2: ragged\.csv, line 3: 3 fields, expected 2"):
        run(root, "select file as path, id as speaker\nfrom read_table('ragged.csv')")


def test_a_bare_null_needs_no_type(root: Path) -> None:
    assert run(root, "select 'a' as path, null as speaker") == [("a", None)]


def test_a_name_that_is_not_utf8_stands_in_nobodys_way(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.csv")).write_text("file,id\n")
    assert run(root, "select file as path, id as speaker from read_table('*.csv') limit 1") == [("a.wav", "007")]


def test_a_root_with_a_quote_in_its_name_is_a_root(root: Path) -> None:
    renamed = root.rename(root.with_name("it's [here]"))
    sql = "select file as path, id as speaker from read_table('table.csv') limit 1"
    assert run(renamed, sql) == [("a.wav", "007")]


def test_rows_keep_the_order_of_a_large_file(root: Path) -> None:
    lines = [f"{number}.wav,{number}" for number in range(300_000)]
    (root / "large.csv").write_text("\n".join(["file,id", *lines]))
    rows = run(root, "select (record_line - 2)::varchar as path, id as speaker from read_table('large.csv')")
    assert all(number == row for number, row in rows)
    assert [int(row) for row, _ in rows if row is not None] == list(range(300_000))
