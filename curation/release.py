"""Release: what is published, under which version, and the promise that it is whole.

A release is written in a staging folder and renamed in one step; `latest` moves last. The data
files depend on evidence, key and code alone: no clock, no version, sorted rows.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import product
from math import ceil, log
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from curation.errors import ReleaseError
from curation.home import read_json, synchronise, write_json
from curation.taxonomy import Taxonomy
from curation.versions import MANIFEST, STAGED, UNANNOUNCED, Changes, Parent, announce, folder_of, latest

FORMAT = 1
TIERS = ("open", "research", "internal")
_TERMS = ("source", "title", "citation", "licence", "tier", "kind", "basis", "permitted_uses")

PAGE_CLIPS = 25_000

TABLES = ("labels", "clips", "evidence", "facts")
ROW_GROUP = 20_000

_NO_CLIPS = pl.DataFrame(
    schema={
        "clip_id": pl.String,
        "split": pl.String,
        "start_seconds": pl.Float64,
        "end_seconds": pl.Float64,
        "audio_file": pl.String,
    }
)


def allowed_tiers(highest: str) -> list[str]:
    """Return the tiers that a release of the given tier may hold."""
    return list(TIERS[: TIERS.index(highest) + 1])


def rendering(loudness_lufs: float, witness: str) -> dict[str, object]:
    """Return how sounds are rendered; sounds rendered otherwise are not taken over from a parent."""
    return {"codec": "16 kHz mono 16-bit FLAC, cut", "loudness_lufs": loudness_lufs, "by": witness}


def known_clips(parent: Parent | None, rendered: Mapping[str, object]) -> pl.DataFrame:
    """Return which stretches of clips the parent's audio files hold, as far as they can be taken over."""
    if parent is None or parent.manifest["rendering"] != rendered:
        return _NO_CLIPS
    return pl.read_parquet(parent.folder / "clips.parquet", columns=_NO_CLIPS.columns)


def prefixes(clips: int) -> list[str]:
    """Return what published ids begin with, in order: the pages in which the tables of so many clips are written.

    Rows are joined and sorted a page at a time, which bounds memory; keyed ids fill pages evenly.
    """
    digits = 0 if clips <= PAGE_CLIPS else ceil(log(clips / PAGE_CLIPS, 16))
    return ["".join(prefix) for prefix in product("0123456789abcdef", repeat=digits)]


def write_table(path: Path, frames: Iterable[pl.DataFrame]) -> None:
    """Write frames as one Parquet file whose bytes depend on the rows alone, not on how many a frame holds."""
    writer: pq.ParquetWriter | None = None
    try:
        for frame in _row_groups(frames):
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=3)
            if table.num_rows:
                writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _row_groups(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the rows anew in frames of one chunk, since every border of a frame or a chunk shows in Parquet's bytes."""
    rows = pl.DataFrame()
    for frame in frames:
        rows = frame if rows.is_empty() else pl.concat([rows, frame])
        while rows.height >= ROW_GROUP:
            yield rows.head(ROW_GROUP).rechunk()
            rows = rows.slice(ROW_GROUP)
    yield rows.rechunk()


def described_files(folder: Path, parent: Parent | None, hashed: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Return the SHA-256 and size of every file of a staged release by its name.

    Not read again are files linked from the parent, and audio files whose digests `hashed` has by name.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name: _of_parent(name, path, parent) or described(path, hashed.get(path.name)) for name, path in files.items()
    }


def _of_parent(name: str, path: Path, parent: Parent | None) -> dict[str, object] | None:
    if parent is None or name not in parent.manifest["files"] or not path.samefile(parent.folder / name):
        return None
    entry: dict[str, object] = parent.manifest["files"][name]
    return entry


def described(path: Path, sha256: str | None = None) -> dict[str, object]:
    """Return the SHA-256 of a file, unless it is given, and its size."""
    if sha256 is None:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": sha256, "size": path.stat().st_size}


def is_due(content: Mapping[str, Any], parent: Parent | None, version: str | None) -> bool:
    """Return whether there is something to publish: other content, rules or terms, or a version that was asked for.

    Raises ReleaseError for a release without clips after one that has some: more likely a root is not what it was.
    """
    if not content["counts"]["clips"]:
        if parent is not None:
            raise ReleaseError(
                f"nothing is published: no clip of an allowed tier has an accepted label any more, and release "
                f"{parent.version} stays the latest; `curation status` says why files left"
            )
        return False
    digests = ("content_digest", "rules_digest", "terms_digest")
    return version is not None or parent is None or any(content[name] != parent.manifest[name] for name in digests)


def manifest(
    version: str, parent: Parent | None, created: str, changes: Changes, content: Mapping[str, object]
) -> dict[str, object]:
    """Return a manifest; only version, parent, date and changes differ between two builds of the same content."""
    return {
        "format": FORMAT,
        "version": version,
        "parent": None if parent is None else parent.version,
        "created": created,
        "changes": None if parent is None else asdict(changes),
        **content,
    }


def write_papers(staged: Path, content: dict[str, Any], readme: str) -> None:
    """Write README.md, and the manifest last, with the README's own digest in it."""
    (staged / "README.md").write_text(readme, encoding="utf-8")
    content["files"] |= {"README.md": described(staged / "README.md")}
    write_json(staged / MANIFEST, content)


def content_digest(files: Mapping[str, Mapping[str, object]]) -> str:
    """Return one digest over the names and bytes of all data files, the Parquet ones."""
    lines = [f"{name} {entry['sha256']}\n" for name, entry in sorted(files.items()) if name.endswith(".parquet")]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def publish(staged: Path, home: Path, version: str) -> Path:
    """Move a staged release into place in one step, then point `latest` at it.

    A kill between the two leaves a release that nobody was pointed at, and a note of that, which
    `versions.settle_unannounced` reads. Raises ReleaseError for a version that is there already.
    """
    target = folder_of(home, version)
    if target.exists():
        raise ReleaseError(f"{target}: already published, and never overwritten; choose another with VERSION=")
    for path in sorted([staged, *staged.rglob("*")]):
        synchronise(path)
    note = home / "releases" / UNANNOUNCED
    written = note.with_suffix(".staged")
    written.write_text(f"{version}\n{latest(home) or ''}", encoding="utf-8")
    synchronise(written)
    written.replace(note)
    staged.rename(target)
    synchronise(target.parent)
    announce(home, version)
    note.unlink()
    return target


def staging_folder(home: Path, rendered: Mapping[str, object]) -> Path:
    """Return the folder of the release to be, with the audio that an interrupted run rendered likewise."""
    folder = home / "releases" / STAGED
    marker = home / "releases" / ".staged.json"
    if not folder.exists() or read_json(marker) != rendered:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "audio").mkdir(parents=True)
        write_json(marker, rendered)
    return folder


def keep_only(folder: Path, names: Collection[str]) -> None:
    """Remove what an interrupted run left in a staged release and this one does not use."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in names:
            path.unlink()


def rules_digest(staged: Path, taxonomy_digest: str) -> str:
    """Return a digest over the taxonomy and the columns of the tables; a change of either is a major version."""
    columns = {
        name: [f"{field.name}: {field.type}" for field in pq.read_schema(staged / f"{name}.parquet")] for name in TABLES
    }
    return hashlib.sha256(json.dumps([taxonomy_digest, columns], sort_keys=True).encode()).hexdigest()


def terms_digest(sources: pl.DataFrame) -> str:
    """Return a digest over the terms of the sources, which the README states: a change of them is a patch."""
    return hashlib.sha256(repr(sources.select(_TERMS).sort("source").rows()).encode()).hexdigest()


def published_properties(taxonomy: Taxonomy) -> list[str]:
    """Return the properties whose value as read may be published: words, and ages; no dates and measures."""
    return [
        name for name, known in taxonomy.properties.items() if known.kind in ("category", "condition") or name == "age"
    ]
