from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curation.errors import ConfigError
from curation.readers import Frames, matching, read_json, read_lines, read_parquet, read_table


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes | str, str], str]:
    def written(content: bytes | str, name: str) -> str:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return written


Write = Callable[[bytes | str, str], str]


def rows(frames: Frames) -> list[tuple[object, ...]]:
    return pl.concat(frames, how="diagonal").rows()


PATHS = ["a.csv", "sub/a.csv", "sub/deep/a.csv", "sub/b.txt", "[x].csv", "x.csv"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.csv", ["a.csv"]),
        ("./sub/a.csv", ["sub/a.csv"]),
        ("*.csv", ["a.csv", "[x].csv", "x.csv"]),
        ("*/a.csv", ["sub/a.csv"]),
        ("**/a.csv", ["a.csv", "sub/a.csv", "sub/deep/a.csv"]),
        ("sub/**/*.?[sx][vt]", ["sub/a.csv", "sub/deep/a.csv", "sub/b.txt"]),
        ("[x].csv", ["[x].csv"]),
        ("[!x].csv", ["a.csv"]),
    ],
)
def test_a_pattern_stays_within_a_folder_unless_it_says_otherwise(pattern: str, found: list[str]) -> None:
    assert matching(pattern, Path("/corpus"), PATHS) == found


def test_fields_stay_as_they_are_written_and_empty_ones_are_null(tmp_path: Path, write: Write) -> None:
    name = write('id,height,note\n007,1.50, x \n1e5,,""\n#8,NULL,"a ""b"""\n', "t.csv")
    assert rows(read_table(tmp_path, [name])) == [
        ("t.csv", 2, "007", "1.50", " x "),
        ("t.csv", 3, "1e5", None, None),
        ("t.csv", 4, "#8", "NULL", 'a "b"'),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_rows_begin_in_the_line_that_an_editor_shows(tmp_path: Path, write: Write, end: str, mark: str) -> None:
    text = f'{mark}title\n\nid,"no\nte"\n\na,"1\n\n2"\n\n\nb,3\n\n'
    name = write(text.replace("\n", end), "t.csv")
    found = pl.concat(read_table(tmp_path, [name], skip=1))
    assert found.columns == ["record_file", "record_line", "id", f"no{end}te"]
    assert found.rows() == [(name, 6, "a", f"1{end}{end}2"), (name, 11, "b", "3")]
    lines = text.removeprefix(mark).split("\n")
    assert [lines[line - 1][0] for line in found["record_line"]] == ["a", "b"]


def test_files_with_different_ends_of_lines_are_read_together(tmp_path: Path, write: Write) -> None:
    names = [write("id,sex\na,F\n", "a.csv"), write("\ufeffsex,id\r\nM,b\r\n", "b.csv")]
    assert rows(read_table(tmp_path, names)) == [("a.csv", 2, "a", "F"), ("b.csv", 2, "b", "M")]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ('id\tsay\na\t"x\n', {"delim": "\t", "quote": ""}, '"x'),
        ('id\tsay\na\t"x\n', {"delim": r"\t", "quote": ""}, '"x'),
        ("id;say\na;'x;y'\n", {"delim": ";", "quote": "'"}, "x;y"),
        ("id,say\na,Zoé\n".encode("latin-1"), {"encoding": "latin-1"}, "Zoé"),
        ("id,say\na,Zoé\n".encode("utf-16"), {"encoding": "utf-16"}, "Zoé"),
    ],
)
def test_other_dialects_are_said_and_read(
    tmp_path: Path, write: Write, text: bytes | str, options: dict[str, Any], expected: str
) -> None:
    assert rows(read_table(tmp_path, [write(text, "t.csv")], **options)) == [("t.csv", 2, "a", expected)]


def test_a_table_without_a_header_has_columns_by_place(tmp_path: Path, write: Write) -> None:
    found = pl.concat(read_table(tmp_path, [write("a,F\nb,M\n", "t.csv")], header=False))
    assert found.columns[2:] == ["column0", "column1"]
    assert found.rows() == [("t.csv", 1, "a", "F"), ("t.csv", 2, "b", "M")]


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path, write: Write) -> None:
    assert pl.concat(read_table(tmp_path, [write(",id\n0,a\n", "t.csv")])).columns[2:] == ["column0", "id"]


def test_a_column_that_one_file_lacks_is_null_where_that_is_allowed(tmp_path: Path, write: Write) -> None:
    names = [write("id\na\n", "a.csv"), write("id,sex\nb,M\n", "b.csv")]
    assert rows(read_table(tmp_path, names, union_by_name=True)) == [("a.csv", 2, "a", None), ("b.csv", 2, "b", "M")]
    with pytest.raises(ConfigError, match=r"^a\.csv: no column sex, which b\.csv has.*union_by_name := true"):
        rows(read_table(tmp_path, names))
    with pytest.raises(ConfigError, match=r"^a\.csv: no column sex, which b\.csv has"):
        rows(read_table(tmp_path, names[::-1]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,id\n#a.wav\nb.wav,2\n", r"^t\.csv, line 2: 1 fields, expected 2"),
        ("file,id\n\nb.wav,2,3\n", r"^t\.csv, line 3: 3 fields, expected 2"),
        ("title\nfile,id\nb.wav,2\n", r"^t\.csv, line 2: 2 fields, expected 1"),
        ("file,id\nb.wav,2\n  \n", r"^t\.csv, line 3: 1 fields, expected 2"),
        ('file,id\na.wav,"x"y\n', r"^t\.csv, line 2: .*quote := '' where it does not"),
        ('file,id\na.wav,"x\nb.wav,2\n', r"^t\.csv, line 2: unexpected end of data"),
        ("file,id,ID\n", r"^t\.csv, line 1: a second column is called ID"),
        ("file,record_line\n", r"^t\.csv, line 1: a second column is called record_line"),
        ("\n\n", r"^t\.csv is empty, expected a header"),
        ("id\nZoé\n".encode("latin-1"), r"^t\.csv is not in utf-8: .*name its encoding, for example .*latin-1"),
    ],
)
def test_a_table_that_does_not_hold_together_stops_with_its_line(
    tmp_path: Path, write: Write, text: bytes | str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        rows(read_table(tmp_path, [write(text, "t.csv")]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delim": ", "}, "delim and quote are one character each, found ', '"),
        ({"quote": "''"}, "delim and quote are one character each"),
        ({"encoding": "latin-one"}, "unknown encoding: latin-one; name its encoding"),
    ],
)
def test_a_dialect_that_there_is_not_is_refused(
    tmp_path: Path, write: Write, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        rows(read_table(tmp_path, [write("id\na\n", "t.csv")], **options))


def test_a_long_table_is_read_to_its_end(tmp_path: Path, write: Write) -> None:
    text = "id\n" + "".join(f"{number}\n" for number in range(50_000))
    found = pl.concat(read_table(tmp_path, [write(text, "t.csv")]))
    assert found["id"].to_list() == [str(number) for number in range(50_000)]
    assert found["record_line"].to_list() == list(range(2, 50_002))


def test_lines_are_those_that_an_editor_shows(tmp_path: Path, write: Write) -> None:
    name = write("\ufeffa 1\r\n\n b\t\rc", "t.txt")
    assert rows(read_lines(tmp_path, [name])) == [(name, 1, "a 1"), (name, 2, ""), (name, 3, " b\t"), (name, 4, "c")]


def test_an_empty_text_has_no_lines(tmp_path: Path, write: Write) -> None:
    assert rows(read_lines(tmp_path, [write("", "t.txt")])) == []


def test_numbers_of_json_become_text_and_nothing_else_changes(tmp_path: Path, write: Write) -> None:
    name = write('{"a": 1.50,\n "b": [1e5, -0.10, null, true], "c": "é 1.0"}', "t.json")
    assert rows(read_json(tmp_path, [name])) == [
        (name, 1, '{"a": "1.50", "b": ["1e5", "-0.10", null, true], "c": "é 1.0"}')
    ]


def test_json_lines_are_documents_of_their_own(tmp_path: Path, write: Write) -> None:
    blank = "\n" * 30_000
    name = write(f'{{"a": 1}}\n{blank}{{"a": 2}}\n', "t.jsonl")
    assert rows(read_json(tmp_path, [name], lines=True)) == [(name, 1, '{"a": "1"}'), (name, 30_002, '{"a": "2"}')]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": 2}', r"^t\.json, line 2, column 1: Extra data; say lines := true"),
        ('{"a": 1, "b": {"a": 1, "a": 2}}', r"^t\.json, document in line 1: key 'a' stands twice in one object"),
    ],
)
def test_json_that_says_two_things_stops(tmp_path: Path, write: Write, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        rows(read_json(tmp_path, [write(text, "t.json")]))


def test_parquet_is_written_out_as_text_without_what_is_nested(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"id": ["a", None], "age": [7, 8], "height": [1.5, None], "audio": [b"x", b"y"], "all": [[1], []]}
    )
    frame.write_parquet(tmp_path / "t.parquet")
    found = pl.concat(read_parquet(tmp_path, ["t.parquet"]))
    assert found.select("record_file", "record_line", "id", "age", "height").rows() == [
        ("t.parquet", 1, "a", "7", "1.5"),
        ("t.parquet", 2, None, "8", None),
    ]
    assert not {"audio", "all"} & set(found.columns)


def test_what_is_no_parquet_stops_with_its_name(tmp_path: Path, write: Write) -> None:
    with pytest.raises(ConfigError, match=r"^t\.parquet: cannot be read as Parquet"):
        rows(read_parquet(tmp_path, [write("text", "t.parquet")]))
