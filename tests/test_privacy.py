"""Nothing by which a source knows a recording, a person or a record stands anywhere in a release."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import soundfile

from curation.release import TABLES
from curation.taxonomy import load_taxonomy
from tests.workbench import Workbench

# Ids as short as `28` stand by chance in digests; as whole cells they may not, nor as words inside of one. What a
# source calls a speaker or a file is looked for from three characters on: `1`, `a` or `28` is a count, a version, an
# age or a word of a rule as well, and finding it would tell nothing.
LONG = 9
WORD = 6
SHORTEST = 3
NAMES = ("path", "file name", "speaker", "entity")
# What a source calls by a name that is also a class, a property or a source tells nobody apart; nor does the word
# that a record's word is read as, unlike the date or measure that it is read as.
PUBLIC = """
    select unnest(values) from evidence union select property from facts union select attribute from evidence
    union select source from sources
"""
WORDS = "select property, reading from readings join facts using (fact_id) where reading is not null"
SECRETS = {
    "path": "select path from listings union select subject from rejections where kind = 'file'",
    "file name": "select parse_filename(path) from listings",
    "speaker": "select speaker from listings union select speaker from facts",
    "transcript": "select transcript from listings",
    "recorded value": "select value from facts",
    "record file": "select record_file from sightings where record_file <> 'README.md'",
    "place in it": "select locator from sightings",
    "file digest": "select sha256 from files union select sha256 from record_files",
    "clip id": "select clip_id from clips",
    "fact id": "select fact_id from facts",
    "evidence id": "select evidence_id from evidence",
    "entity": "select entity from listings",
}  # fmt: skip


def cells(frame: pl.DataFrame) -> Iterator[str]:
    """Yield every text in a frame, also inside lists and structs."""
    for name, kind in frame.schema.items():
        column = frame[name]
        if isinstance(kind, pl.List):
            yield from cells(column.explode().to_frame())
        elif isinstance(kind, pl.Struct):
            yield from cells(column.struct.unnest())
        elif kind == pl.String:
            yield from column.drop_nulls().unique()


def texts(release: Path) -> Iterator[tuple[str, str]]:
    """Yield every text of a release with the name of its file: cells, keys and values, and the README's words."""
    for path in release.rglob("*.parquet"):
        frame = pl.read_parquet(path)
        if path.name == "facts.parquet":  # an age in years is published, and looks like any other number
            is_age = pl.col("property").is_in(["age", "birth_date"])
            frame = frame.with_columns(value=pl.when(~is_age).then("value"))
        for text in cells(frame):
            yield path.name, text
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    for text in re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(manifest, ensure_ascii=False)):
        yield "manifest.json", text
    readme = (release / "README.md").read_text(encoding="utf-8")
    for cell in re.findall(r"[^|\n]+", readme):
        if not re.fullmatch(r"[-\d,. ]+", cell):  # a count
            yield "README.md", cell.strip()


def words_of(text: str) -> str:
    """Return the letters and digits of a text as words between blanks, so that `D_03` is also found in `(D-03)`."""
    return " ".join(["", *re.findall(r"[^\W_]+", text), ""])


def secrets(bench: Workbench) -> dict[str, set[str]]:
    kinds = {name: known.kind for name, known in load_taxonomy().properties.items()}
    public = {str(word).casefold() for (word,) in bench.query(PUBLIC)}
    public |= {word.casefold() for name, word in bench.query(WORDS) if kinds.get(name) in ("category", "condition")}
    found = {
        kind: {str(text).strip() for (text,) in bench.query(statement) if text is not None}
        for kind, statement in SECRETS.items()
    }
    found["root"] = {str(bench.folder), str(bench.home)}
    return {kind: {text for text in words if text and text.casefold() not in public} for kind, words in found.items()}


def metadata(flac: bytes) -> bytes:
    """Return what stands before the sound."""
    return flac[: 4 + sum(4 + size for _, size in blocks(flac))]


def assert_private(bench: Workbench) -> None:
    hidden = secrets(bench)
    assert all(hidden.values()), [kind for kind, words in hidden.items() if not words]
    everything = list(texts(bench.release))
    exact, joined = {text for _, text in everything}, "\n".join(text for _, text in everything)
    vocabulary = {word for word in re.findall(r"[^\W\d_]+", joined) if len(word) >= WORD}
    spoken = words_of(joined)
    raw = b"".join(path.read_bytes() for path in bench.release.iterdir() if path.is_file())
    for path in (bench.release / "audio").iterdir():
        raw += path.name.encode() + b"".join(metadata(audio["bytes"]) for audio in pl.read_parquet(path)["audio"])
    for kind, words in hidden.items():
        assert not words & exact, f"{kind}: {sorted(words & exact)[:5]}"
        for word in words:
            if len(word) >= LONG:
                assert word not in joined, f"{kind} {word!r}: {[text for text in everything if word in text[1]][:3]}"
                assert word.encode() not in raw, f"{kind} {word!r}"
        names = {word for word in words if kind in NAMES and SHORTEST <= len(word) < LONG}
        told = sorted(name for name in names if words_of(name) in spoken)
        assert not told, (
            f"{kind} {told[:5]}: {[text for text in everything if words_of(told[0]) in words_of(text[1])][:3]}"
        )
        assert not words & vocabulary, f"{kind}: {sorted(words & vocabulary)[:5]}"
    for word in hidden["file digest"] | hidden["clip id"]:
        assert bytes.fromhex(word) not in raw, word


def test_a_release_of_the_demonstration_corpus_names_nothing(demonstration_bench: Workbench) -> None:
    assert_private(demonstration_bench)


def test_a_release_of_real_records_names_nothing(released: Workbench) -> None:
    assert released.table("clips").height > 200
    assert_private(released)


def test_the_search_finds_what_is_planted(small: Workbench) -> None:
    small.rebuild()
    assert_private(small)
    readme = small.release / "README.md"
    text = readme.read_text(encoding="utf-8")
    ((clip_id,),) = small.query("select min(clip_id) from clips")
    for leak in ("ana/1.wav", "| 1958-03-01 |", "| eva |", f"`{clip_id}`", str(small.folder)):
        readme.write_text(f"{text}\n{leak}\n", encoding="utf-8")
        with pytest.raises(AssertionError):
            assert_private(small)
    readme.write_text(text, encoding="utf-8")
    labels = small.release / "labels.parquet"
    frame = pl.read_parquet(labels)
    frame.with_columns(split=pl.lit("eva")).write_parquet(labels)
    with pytest.raises(AssertionError, match="speaker: \\['eva'\\]"):
        assert_private(small)


def test_the_search_finds_a_short_id_inside_of_a_rule(small: Workbench) -> None:
    small.rebuild()
    for table, column, leak in (
        ("facts", "rule", "read as that of eva"),
        ("facts", "source_kind", "eva's (born)"),
        ("evidence", "rule", "speaker_eva_2"),
        ("evidence", "witness", "record/eva@1"),
    ):
        path = small.release / f"{table}.parquet"
        frame = pl.read_parquet(path)
        # an age, of which only the value is left out of the search
        is_age = pl.col("property" if table == "facts" else "attribute").is_in(["age", "birth_date"])
        planted = frame.with_columns(pl.when(is_age).then(pl.lit(leak)).otherwise(column).alias(column))
        assert leak in planted[column]
        planted.write_parquet(path)
        with pytest.raises(AssertionError, match=r"speaker \['eva'\]"):
            assert_private(small)
        frame.write_parquet(path)
    assert_private(small)


def test_published_ids_do_not_follow_from_the_bytes(demonstration_bench: Workbench) -> None:
    ids = {
        text
        for table in TABLES
        for text in cells(demonstration_bench.table(table))
        if re.fullmatch("[0-9a-f]{24}", text)
    }
    assert len(ids) > 500
    assert set().union(*map(set, demonstration_bench.query("select published_id from publications"))) >= ids
    inside = {str(text) for row in demonstration_bench.query("select private_id from publications") for text in row}
    assert not {text[:24] for text in inside} & ids


def test_facts_are_published_as_read_and_only_as_far_as_they_tell_nobody_apart(
    released: Workbench, demonstration_bench: Workbench
) -> None:
    facts = released.table("facts")
    assert not {"valid_on", "unit", "path", "speaker", "record_file", "locator"} & set(facts.columns)
    told = {name: set(rows["value"].drop_nulls()) for (name,), rows in facts.group_by("property")}
    assert told["gender"] == {"Female", "Male"}
    assert all(re.fullmatch(r"\d{1,3} years", value) for value in told["age"])
    measured = demonstration_bench.table("facts").filter(
        pl.col("property").is_in(["height", "weight", "household_income"])
    )
    assert measured.height > 10
    assert measured["value"].null_count() == measured.height
    born = demonstration_bench.table("facts").filter(property="birth_date")
    assert born.height > 10
    assert born["value"].drop_nulls().str.contains(r"^\d\d years(, \d\d years)*$").all()
    assert set(facts["source_kind"]) <= {"registry", "measurement", "questionnaire", "corpus_documentation"}


def test_sounds_carry_no_tags(released: Workbench) -> None:
    for path in (released.release / "audio").iterdir():
        for audio in pl.read_parquet(path)["audio"].to_list():
            assert re.fullmatch(r"[0-9a-f]{24}\.flac", audio["path"])
            with soundfile.SoundFile(io.BytesIO(audio["bytes"])) as file:
                assert file.copy_metadata() == {}
            # STREAMINFO alone, or with padding and an empty vendor comment: no picture, no cue sheet, no application
            assert not {kind for kind, _ in blocks(audio["bytes"])} - {0, 1, 3, 4}


def blocks(flac: bytes) -> Iterator[tuple[int, int]]:
    """Yield the kind and size of each metadata block of a FLAC file (RFC 9639, section 8)."""
    assert flac[:4] == b"fLaC"
    place, is_last = 4, False
    while not is_last:
        is_last, kind = bool(flac[place] & 0x80), flac[place] & 0x7F
        size = int.from_bytes(flac[place + 1 : place + 4], "big")
        yield kind, size
        place += 4 + size
