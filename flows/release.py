"""Release: publish the accepted labels as a new version, if they differ from the latest one."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from curation import audio
from curation import release as releases
from curation.card import card
from curation.errors import ReleaseError
from curation.sandbox import Sandbox
from curation.shards import Built, Shard, build, frames, link, planned
from curation.sounds import Unrendered, render
from curation.versions import Changes, Parent, next_version, parent_of
from flows.run import Run, current
from flows.runner import THREADS

# Rows on their way to a file, and audio files in work at a time: both bound memory.
ROWS = 20_000
SHARDS = 16

CARD_MARTS = ("classes", "intake", "rejections")


@flow(name="release", flow_run_name="release", task_runner=THREADS)
def release() -> None:
    """Write the release to be in a staging folder, and publish it if its content is new."""
    run = current()
    check()
    with run.stage("release", select_clips(), "clips"):
        parent = parent_of(run.home)
        rendering = releases.rendering(run.settings.release.loudness_lufs, audio.witness())
        cuts = run.warehouse.query("marts/cuts")["digest"][0]
        staged = releases.staging_folder(run.home, rendering | {"cuts": cuts})
        hashed = write_audio(staged / "audio", parent, rendering)
        write_tables(staged)
        run.published = conclude(staged, parent, rendering, hashed)


@task(name="check the warehouse", cache_policy=NO_CACHE)
def check() -> None:
    """Refuse to publish from a warehouse that breaks a promise."""
    failed = current().warehouse.failed_checks()
    if failed:
        found = "; ".join(f"not so for {rows.height} rows: {name.replace('_', ' ')}" for name, rows in failed.items())
        raise ReleaseError(f"nothing is published: {found}; see warehouse/checks")


@task(name="select clips", cache_policy=NO_CACHE)
def select_clips() -> int:
    """State which clips the release holds, under which ids, in which split and audio file; return how many."""
    run = current()
    settings = run.settings.release
    run.warehouse.execute("derived/publishable", tiers=releases.allowed_tiers(settings.tier))
    run.warehouse.execute("derived/forget_publications", key_fingerprint=run.key.fingerprint)
    while not (batch := run.warehouse.query("queues/ids_to_publish", count=ROWS)).is_empty():
        published = [run.key.pseudonym(kind, private_id) for kind, private_id in batch.iter_rows()]
        run.warehouse.append(
            "publications",
            batch.with_columns(pl.Series("published_id", published), key_fingerprint=pl.lit(run.key.fingerprint)),
        )
    run.warehouse.execute(
        "derived/published_clips",
        train_share=settings.train_share,
        validation_share=settings.validation_share,
        clips_per_shard=settings.clips_per_shard,
    )
    return run.warehouse.count("published_clips")


def write_audio(folder: Path, parent: Parent | None, rendering: dict[str, object]) -> dict[str, str]:
    """Write the audio files or take them from the parent; note their names and what could not be rendered.

    Returns the SHA-256 of the files written, by name.
    """
    run = current()
    settings = run.settings.ingest
    known = folder if parent is None else parent.folder / "audio"
    built: list[tuple[Shard, Built]] = []
    started = time.monotonic()
    with (
        run.warehouse.registered("parent_clips", releases.known_clips(parent, rendering)),
        Sandbox(render, settings.worker_count, settings.max_memory_mb, settings.timeout_seconds) as sandbox,
    ):
        shards = run.warehouse.query("marts/shards")
        whole = shards.filter(pl.col("parent_file").is_not_null())
        for name, count in whole.select("parent_file", "count_clips").iter_rows():
            link(known / name, folder / name)
            run.progress.advance(count)
        for some in shards.filter(pl.col("parent_file").is_null()).iter_slices(SHARDS):
            planned_now = [_planned(run, row, known) for row in some.to_dicts()]
            futures = [build_shard.submit(f"{one.split} {one.number}", one, folder, sandbox) for one in planned_now]
            built += [(shard, future.result()) for shard, future in zip(planned_now, futures, strict=True)]
    files, failures = frames(built)
    with (
        run.warehouse.registered("built", pl.concat([files, whole.select("split", "shard", audio_file="parent_file")])),
        run.warehouse.registered("failed", failures),
        run.warehouse.transaction(),
    ):
        run.warehouse.execute("derived/audio_files")
    if rendered := sum(len(shard.unrendered) for shard, _ in built):
        run.note_time("render", rendered, time.monotonic() - started)
    return {result.name: result.sha256 for _, result in built if result.name and result.sha256}


def _planned(run: Run, row: dict[str, Any], parent: Path) -> Shard:
    """Look up the clips of a shard, here because only this thread may ask the warehouse."""
    clips = run.warehouse.query("queues/clips_of_shard", split=row["split"], shard=row["shard"])
    roots = run.roots()

    def unrendered(clip: Mapping[str, Any]) -> Unrendered:
        settings = run.settings
        return Unrendered(
            path=str(roots[clip["source"]] / clip["path"]),
            clip_id=clip["private_id"],
            max_seconds=settings.ingest.max_seconds,
            loudness_lufs=settings.release.loudness_lufs,
            cut=None if clip["start_seconds"] is None else (clip["start_seconds"], clip["end_seconds"]),
        )

    return planned(row, clips, parent, unrendered)


@task(name="build shard", task_run_name="build shard {name}", cache_policy=NO_CACHE)
def build_shard(name: str, shard: Shard, folder: Path, sandbox: Sandbox[Unrendered, bytes]) -> Built:
    """Write one audio file of the release."""
    return build(shard, folder, sandbox.map, current().progress.advance)


@task(name="write tables", cache_policy=NO_CACHE)
def write_tables(staged: Path) -> None:
    """Write the tables of the release."""
    run = current()
    published = releases.published_properties(run.taxonomy)
    prefixes = releases.prefixes(run.warehouse.count("published_clips"))
    for table in releases.TABLES:
        pages = (
            run.warehouse.batches(f"marts/{table}", ROWS, prefix=prefix, published_properties=published)
            for prefix in prefixes
        )
        releases.write_table(staged / f"{table}.parquet", chain.from_iterable(pages))


@task(name="conclude", cache_policy=NO_CACHE)
def conclude(staged: Path, parent: Parent | None, rendering: dict[str, object], hashed: dict[str, str]) -> str | None:
    """Publish what was staged under its version; return the version, or None if the content is the parent's."""
    run = current()
    audio = run.warehouse.query("marts/audio_files")["audio_file"]
    releases.keep_only(staged, {f"{table}.parquet" for table in releases.TABLES} | {f"audio/{name}" for name in audio})
    files = releases.described_files(staged, parent, hashed)
    content: dict[str, Any] = {
        "content_digest": releases.content_digest(files),
        "rules_digest": releases.rules_digest(staged, run.taxonomy.digest),
        "terms_digest": releases.terms_digest(run.warehouse.query("marts/sources")),
        "settings_digest": run.settings.digest,
        "key_fingerprint": run.key.fingerprint,
        "rendering": rendering,
        "counts": run.warehouse.query("marts/published_counts").row(0, named=True),
        "files": files,
    }
    if not releases.is_due(content, parent, run.version):
        return None
    changes = _changes(staged, staged if parent is None else parent.folder)
    version = run.version or next_version(parent, changes, content["rules_digest"])
    created = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = releases.manifest(version, parent, created, changes, content)
    tiers = releases.allowed_tiers(run.settings.release.tier)
    marts = {name: run.warehouse.query(f"marts/{name}") for name in CARD_MARTS}
    marts["unpublished"] = run.warehouse.query("marts/unpublished", tiers=tiers)
    marts["verdicts"] = run.warehouse.query("marts/verdicts", attributes=list(run.taxonomy.attributes))
    releases.write_papers(staged, manifest, card(manifest, marts))
    releases.publish(staged, run.home, version)
    return version


def _changes(staged: Path, parent: Path) -> Changes:
    labels, former = (str(folder / "labels.parquet") for folder in (staged, parent))
    row = current().warehouse.query("marts/changes", labels_file=labels, parent_labels_file=former)
    return Changes(**row.row(0, named=True))
