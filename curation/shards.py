"""Shards: the audio files of a release, Parquet that Hugging Face `datasets` reads.

A shard is named by its content: split, number, and the start of its SHA-256. The sound of a clip is
taken from the parent's shard where that holds it, and rendered otherwise.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import ClipError, ReleaseError
from curation.sounds import Unrendered

# Rows are flushed at this many bytes of audio, so that memory does not grow with the shard.
_ROW_GROUP_BYTES = 4 * 2**20
_READ = 16  # clips of a parent's shard at a time

# What `datasets` reads from the schema to know that the column is audio.
_FEATURES = {
    "info": {
        "features": {
            "clip_id": {"dtype": "string", "_type": "Value"},
            "audio": {"sampling_rate": 16_000, "_type": "Audio"},
        }
    }
}
SCHEMA = pa.schema(
    [("clip_id", pa.string()), ("audio", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))],
    metadata={"huggingface": json.dumps(_FEATURES)},
)

# Renders clips in child processes: one outcome a clip, in order.
Renderer = Callable[[Sequence[Unrendered]], Iterator[bytes | ClipError]]


@dataclass(frozen=True)
class Shard:
    """One audio file to be: its clips by published id, sorted, and where their sounds come from.

    `known` are clips whose sound lies in a file of the parent, by that file.
    """

    split: str
    number: int
    unrendered: dict[str, Unrendered]
    known: dict[Path, set[str]]

    @property
    def ids(self) -> list[str]:
        """The published ids of all clips, sorted."""
        return sorted([*self.unrendered, *(clip_id for ids in self.known.values() for clip_id in ids)])


@dataclass(frozen=True)
class Built:
    """A finished shard, or None where no clip was left, and the clips that could not be rendered.

    `sha256` is that of the file, where it was written now.
    """

    name: str | None
    failures: dict[str, ClipError]
    sha256: str | None = None


def planned(
    row: Mapping[str, Any], clips: pl.DataFrame, parent: Path, unrendered: Callable[[Mapping[str, Any]], Unrendered]
) -> Shard:
    """Return one shard, a row of marts/shards, with its clips, the rows of queues/clips_of_shard.

    `parent` is the folder of the parent's audio files; `unrendered` takes a row of the clips.
    """
    to_render = clips.filter(pl.col("parent_file").is_null())
    known: dict[Path, set[str]] = {}
    for name, clip_id in clips.drop_nulls("parent_file").select("parent_file", "clip_id").iter_rows():
        known.setdefault(parent / name, set()).add(clip_id)
    return Shard(
        split=row["split"],
        number=row["shard"],
        unrendered={clip["clip_id"]: unrendered(clip) for clip in to_render.iter_rows(named=True)},
        known=known,
    )


def build(shard: Shard, folder: Path, renderer: Renderer, advance: Callable[[int], None]) -> Built:
    """Write a shard into a folder, unless an interrupted run has left it there.

    `advance` is told how many clips were done. Raises ReleaseError where a file changed meanwhile.
    """
    if (finished := _finished(shard, folder)) is not None:
        advance(len(shard.ids))
        return Built(finished, {})
    failures: dict[str, ClipError] = {}
    written = write_shard(folder, shard.split, shard.number, _sounds(shard, renderer, failures, advance))
    return Built(None, failures) if written is None else Built(written.name, failures, written.sha256)


def frames(done: Sequence[tuple[Shard, Built]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the audio files (split, shard, audio_file) and the clips that failed (clip_id, reason, detail)."""
    files = [(shard.split, shard.number, result.name) for shard, result in done]
    failures = [
        (clip_id, error.reason, error.detail) for _, result in done for clip_id, error in result.failures.items()
    ]
    text = pl.String
    return (
        pl.DataFrame(files, schema={"split": text, "shard": pl.Int32, "audio_file": text}, orient="row"),
        pl.DataFrame(failures, schema={"clip_id": text, "reason": text, "detail": text}, orient="row"),
    )


def _finished(shard: Shard, folder: Path) -> str | None:
    for path in sorted(folder.glob(f"{shard.split}-{shard.number:05d}-*.parquet")):
        with pq.ParquetFile(path) as file:
            if file.read(["clip_id"])["clip_id"].to_pylist() == shard.ids:
                return path.name
    return None


def _sounds(
    shard: Shard, renderer: Renderer, failures: dict[str, ClipError], advance: Callable[[int], None]
) -> Iterator[tuple[str, bytes]]:
    """Yield the clips in order; rendering runs ahead in the children while known sounds are copied."""
    left = len(shard.unrendered) + sum(map(len, shard.known.values()))
    # Each of them is sorted, so that no more than a few sounds of each are held at a time.
    known = (sounds_in(path, ids) for path, ids in shard.known.items())
    for clip in merge(_rendered(shard, renderer, failures), *known):
        advance(1)
        left -= 1
        yield clip
    advance(len(failures))
    if left > len(failures):
        files = ", ".join(map(str, shard.known))
        raise ReleaseError(f"{files}: fewer clips than its release says; restore it, or delete that release")


def _rendered(shard: Shard, renderer: Renderer, failures: dict[str, ClipError]) -> Iterator[tuple[str, bytes]]:
    outcomes = renderer(list(shard.unrendered.values()))
    for clip_id, outcome in zip(shard.unrendered, outcomes, strict=True):
        if not isinstance(outcome, ClipError):
            yield clip_id, outcome
        elif outcome.reason in ("changed", "missing"):
            raise ReleaseError(f"{outcome.detail}; a file changed while the release was made, run again")
        else:
            failures[clip_id] = outcome


def link(source: Path, target: Path) -> None:
    """Give a file of the parent release to the new one, without a copy where the file system allows."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


class Written(NamedTuple):
    """A shard's file: its name, and the digest that the name begins."""

    name: str
    sha256: str


def write_shard(folder: Path, split: str, number: int, clips: Iterable[tuple[str, bytes]]) -> Written | None:
    """Write clips (published id and FLAC bytes) to one file, or to none if there are none."""
    staged = folder / f".{split}-{number}.staged"
    count = 0
    with pq.ParquetWriter(staged, SCHEMA, compression="none", use_dictionary=False, write_statistics=False) as writer:
        for ids, sounds in _row_groups(clips):
            writer.write_batch(_batch(ids, sounds))
            count += len(ids)
    if not count:
        staged.unlink()
        return None
    with staged.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = f"{split}-{number:05d}-{digest[:16]}.parquet"
    staged.replace(folder / name)
    return Written(name, digest)


def _row_groups(clips: Iterable[tuple[str, bytes]]) -> Iterator[tuple[list[str], list[bytes]]]:
    ids: list[str] = []
    sounds: list[bytes] = []
    for clip_id, sound in clips:
        ids.append(clip_id)
        sounds.append(sound)
        if sum(map(len, sounds)) >= _ROW_GROUP_BYTES:
            yield ids, sounds
            ids, sounds = [], []
    if ids:
        yield ids, sounds


def sounds_in(path: Path, wanted: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield the wanted clips of a shard, or all, in its order: published id and FLAC bytes."""
    with pq.ParquetFile(path) as shard:
        for batch in shard.iter_batches(batch_size=_READ):
            for clip_id, audio in zip(batch["clip_id"].to_pylist(), batch["audio"], strict=True):
                if wanted is None or clip_id in wanted:
                    yield clip_id, audio["bytes"].as_py()


def _batch(ids: list[str], sounds: list[bytes]) -> pa.RecordBatch:
    names = _array(pa.string(), [f"{clip_id}.flac".encode() for clip_id in ids])
    audio = pa.StructArray.from_arrays([_array(pa.binary(), sounds), names], fields=list(SCHEMA.field("audio").type))
    clip_ids = _array(pa.string(), [clip_id.encode() for clip_id in ids])
    return pa.RecordBatch.from_arrays([clip_ids, audio], schema=SCHEMA)


def _array(kind: pa.DataType, values: Sequence[bytes]) -> pa.Array:
    """Return bytes as an Arrow array; `pa.array` would load pandas: half a second, and 60 MB for good."""
    offsets = np.cumsum([0, *map(len, values)], dtype=np.int32)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(values))])
