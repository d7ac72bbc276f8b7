import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from curation.errors import ClipError, ReleaseError
from curation.shards import SCHEMA, Built, Shard, build, frames, link, planned, sounds_in, write_shard
from curation.sounds import Unrendered

Renderer = Callable[[Sequence[Unrendered]], Iterator[bytes | ClipError]]


def clip(name: str) -> Unrendered:
    return Unrendered(f"/corpus/{name}.wav", name, 60.0, -27.0)


def sound(name: str) -> bytes:
    return f"the sound of {name}".encode() * 100


def rendering(**failures: ClipError) -> Renderer:
    def render(clips: Sequence[Unrendered]) -> Iterator[bytes | ClipError]:
        return (failures.get(item.clip_id, sound(item.clip_id)) for item in clips)

    return render


def shard(*names: str, known: dict[Path, set[str]] | None = None) -> Shard:
    return Shard("test", 3, {name: clip(name) for name in sorted(names)}, known or {})


def built(made: Shard, folder: Path, renderer: Renderer | None = None) -> tuple[str | None, dict[str, ClipError], int]:
    folder.mkdir(parents=True, exist_ok=True)
    done: list[int] = []
    result = build(made, folder, renderer or rendering(), done.append)
    return result.name, result.failures, sum(done)


def test_a_shard_holds_its_clips_in_order(tmp_path: Path) -> None:
    name, failures, done = built(shard("b", "a", "c"), tmp_path)
    assert name is not None
    assert name.startswith("test-00003-")
    assert (failures, done) == ({}, 3)
    assert list(sounds_in(tmp_path / name)) == [(name, sound(name)) for name in "abc"]
    assert pq.read_schema(tmp_path / name).equals(SCHEMA, check_metadata=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_equal_clips_are_equal_bytes_whatever_they_come_from(tmp_path: Path) -> None:
    first, _, _ = built(shard("a", "b", "c", "d"), tmp_path / "one")
    assert first is not None
    second, _, done = built(shard("b", "d", known={tmp_path / "one" / first: {"a", "c"}}), tmp_path / "two")
    assert (second, done) == (first, 4)
    assert (tmp_path / "two" / first).read_bytes() == (tmp_path / "one" / first).read_bytes()


def test_what_cannot_be_rendered_is_left_out_and_told(tmp_path: Path) -> None:
    error = ClipError("timed_out", "no result after 60 s")
    name, failures, done = built(shard("a", "b"), tmp_path, rendering(a=error))
    assert name is not None
    assert (failures, done) == ({"a": error}, 2)
    assert [clip_id for clip_id, _ in sounds_in(tmp_path / name)] == ["b"]
    name, failures, _ = built(shard("a"), tmp_path / "empty", rendering(a=error))
    assert (name, failures) == (None, {"a": error})
    assert not list((tmp_path / "empty").iterdir())


@pytest.mark.parametrize("reason", ["changed", "missing"])
def test_a_file_that_changed_stops_the_release(tmp_path: Path, reason: str) -> None:
    with pytest.raises(ReleaseError, match="a file changed while the release was made, run again"):
        built(shard("a"), tmp_path, rendering(a=ClipError(reason, "clip a")))
    assert not list(tmp_path.glob("*.parquet"))


def test_a_parent_that_lost_clips_stops_the_release(tmp_path: Path) -> None:
    name, _, _ = built(shard("a"), tmp_path / "parent")
    known = {tmp_path / "parent" / str(name): {"a", "gone"}}
    with pytest.raises(ReleaseError, match="fewer clips than its release says"):
        built(shard("b", known=known), tmp_path / "new")


def test_a_shard_states_the_digest_of_what_was_written_now(tmp_path: Path) -> None:
    first = build(shard("a", "b"), tmp_path, rendering(), lambda _: None)
    assert first.sha256 == hashlib.sha256((tmp_path / str(first.name)).read_bytes()).hexdigest()
    assert build(shard("a", "b"), tmp_path, rendering(), lambda _: None) == Built(first.name, {})


def test_what_an_interrupted_run_finished_is_kept(tmp_path: Path) -> None:
    name, _, _ = built(shard("a", "b"), tmp_path)
    again, _, done = built(shard("a", "b"), tmp_path, rendering(a=ClipError("failed", "not to be rendered again")))
    assert (again, done) == (name, 2)
    other, _, _ = built(shard("a", "c"), tmp_path)
    assert other != name


def test_where_links_cannot_be_made_a_file_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("Invalid cross-device link")

    (tmp_path / "one").write_bytes(b"content")
    monkeypatch.setattr("os.link", refused)
    link(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == b"content"
    assert not (tmp_path / "two").samefile(tmp_path / "one")


def test_rows_are_flushed_before_they_fill_the_memory(tmp_path: Path) -> None:
    sounds = ((f"{number:02}", bytes(3 * 2**20)) for number in range(8))
    written = write_shard(tmp_path, "test", 0, sounds)
    assert written is not None
    metadata = pq.ParquetFile(tmp_path / written.name).metadata
    groups = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    assert len(groups) > 1
    assert max(groups) < 20 * 2**20


def test_a_shard_is_planned_from_what_the_parent_has(tmp_path: Path) -> None:
    clips = pl.DataFrame(
        {
            "clip_id": ["a", "b", "c"],
            "private_id": ["A", "B", "C"],
            "source": ["made"] * 3,
            "path": ["a.wav", "b.wav", "c.wav"],
            "start_seconds": [1.5, None, None],
            "parent_file": [None, "test-00000-x.parquet", "test-00001-y.parquet"],
        }
    )
    row = {"split": "test", "shard": 2}

    def unrendered(clip: Mapping[str, Any]) -> Unrendered:
        return Unrendered(f"{clip['source']}/{clip['path']}", clip["private_id"], 60, -27, (clip["start_seconds"], 9))

    made = planned(row, clips, tmp_path, unrendered)
    assert made.unrendered == {"a": Unrendered("made/a.wav", "A", 60, -27, (1.5, 9))}
    assert made.known == {tmp_path / "test-00000-x.parquet": {"b"}, tmp_path / "test-00001-y.parquet": {"c"}}
    assert (made.ids, made.split, made.number) == (["a", "b", "c"], "test", 2)


def test_results_are_two_frames() -> None:
    error = ClipError("crashed", "killed by signal 11")
    made = [(shard("a"), Built(None, {"a": error})), (shard("b"), Built("test-00003-z.parquet", {}))]
    files, failures = frames(made)
    assert files.rows() == [("test", 3, None), ("test", 3, "test-00003-z.parquet")]
    assert failures.rows() == [("a", "crashed", "killed by signal 11")]
