"""Release: publish the accepted labels as a new version, if they differ from the latest one."""

from datetime import UTC, datetime
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
from curation.shards import Built, Shard, build, frames, planned
from curation.sounds import Unrendered, render
from curation.versions import Changes, Parent, next_version, parent_of
from flows.run import Run, current
from flows.runner import THREADS

# Rows on their way to a file, and audio files in work at a time: both bound memory.
ROWS = 20_000
SHARDS = 16

CARD_MARTS = ("classes", "intake", "rejections", "unpublished", "verdicts")


@flow(name="release", flow_run_name="release", task_runner=THREADS)
def release() -> None:
    """Write the release to be in a staging folder, and publish it if its content is new."""
    run = current()
    check()
    with run.stage("release", select_clips(), "clips"):
        parent = parent_of(run.home)
        rendering = releases.rendering(run.settings.release.loudness_lufs, audio.witness())
        staged = releases.staging_folder(run.home, rendering)
        write_audio(staged / "audio", parent, rendering)
        write_tables(staged)
        run.published = conclude(staged, parent, rendering)


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
    tiers = releases.allowed_tiers(settings.tier)
    run.warehouse.execute("derived/forget_publications", key_fingerprint=run.key.fingerprint)
    while not (batch := run.warehouse.query("queues/ids_to_publish", tiers=tiers, count=ROWS)).is_empty():
        published = [run.key.pseudonym(kind, private_id) for kind, private_id in batch.iter_rows()]
        run.warehouse.append(
            "publications",
            batch.with_columns(pl.Series("published_id", published), key_fingerprint=pl.lit(run.key.fingerprint)),
        )
    run.warehouse.execute(
        "derived/published_clips",
        tiers=tiers,
        train_share=settings.train_share,
        validation_share=settings.validation_share,
        clips_per_shard=settings.clips_per_shard,
    )
    return run.warehouse.count("published_clips")


def write_audio(folder: Path, parent: Parent | None, rendering: dict[str, object]) -> None:
    """Write the audio files or take them from the parent; note their names and what could not be rendered."""
    run = current()
    settings = run.settings.ingest
    built: list[tuple[Shard, Built]] = []
    with (
        run.warehouse.registered("parent_clips", releases.known_clips(parent, rendering)),
        Sandbox(render, settings.worker_count, settings.max_memory_mb, settings.timeout_seconds) as sandbox,
    ):
        for some in run.warehouse.query("marts/shards").iter_slices(SHARDS):
            shards = [
                _planned(run, row, folder if parent is None else parent.folder / "audio") for row in some.to_dicts()
            ]
            futures = [build_shard.submit(f"{shard.split} {shard.number}", shard, folder, sandbox) for shard in shards]
            built += [(shard, future.result()) for shard, future in zip(shards, futures, strict=True)]
    files, failures = frames(built)
    with (
        run.warehouse.registered("built", files),
        run.warehouse.registered("failed", failures),
        run.warehouse.transaction(),
    ):
        run.warehouse.execute("derived/audio_files")


def _planned(run: Run, row: dict[str, Any], parent: Path) -> Shard:
    """Look up the clips of a shard, here because only this thread may ask the warehouse."""
    clips = run.warehouse.query("queues/clips_of_shard", split=row["split"], shard=row["shard"])
    roots = run.roots()

    def unrendered(source: str, path: str, clip_id: str) -> Unrendered:
        settings = run.settings
        return Unrendered(
            str(roots[source] / path), clip_id, settings.ingest.max_seconds, settings.release.loudness_lufs
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
    for table in releases.TABLES:
        rows = run.warehouse.batches(f"marts/{table}", ROWS, published_properties=published)
        releases.write_table(staged / f"{table}.parquet", rows)


@task(name="conclude", cache_policy=NO_CACHE)
def conclude(staged: Path, parent: Parent | None, rendering: dict[str, object]) -> str | None:
    """Publish what was staged under its version; return the version, or None if the content is the parent's."""
    run = current()
    audio = run.warehouse.query("marts/audio_files")["audio_file"]
    releases.keep_only(staged, {f"{table}.parquet" for table in releases.TABLES} | {f"audio/{name}" for name in audio})
    files = releases.described_files(staged, parent)
    rules = releases.rules_digest(staged, run.taxonomy.digest)
    digest = releases.content_digest(files)
    counts = run.warehouse.query("marts/published_counts").row(0, named=True)
    if not counts["clips"]:
        releases.check_not_emptied(parent)
        return None
    terms = releases.terms_digest(run.warehouse.query("marts/sources"))
    same = {"content_digest": digest, "rules_digest": rules, "terms_digest": terms}
    if run.version is None and parent is not None and same.items() <= parent.manifest.items():
        return None
    changes = run.warehouse.query(
        "marts/changes",
        labels_file=str(staged / "labels.parquet"),
        parent_labels_file=str((staged if parent is None else parent.folder) / "labels.parquet"),
    )
    version = run.version or next_version(parent, Changes(**changes.row(0, named=True)), rules)
    contents = {
        **same,
        "settings_digest": run.settings.digest,
        "key_fingerprint": run.key.fingerprint,
        "rendering": rendering,
        "counts": counts,
        "files": files,
    }
    manifest = releases.manifest(version, parent, datetime.now(UTC).isoformat(timespec="seconds"), contents)
    marts = {name: run.warehouse.query(f"marts/{name}") for name in CARD_MARTS}
    releases.write_papers(staged, manifest, card(manifest, marts))
    releases.publish(staged, run.home, version)
    return version
