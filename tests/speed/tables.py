"""Write the tables of a release without its audio: `python -m tests.speed.tables curation.toml`."""

import sys
import tempfile
from pathlib import Path

import polars as pl
from rich.console import Console

from curation.pseudonyms import load_key
from curation.settings import load
from flows.progress import Progress
from flows.release import select_clips, write_tables
from flows.run import opened, running
from flows.scope import Request

_NO_PARENT = {"clip_id": pl.String, "split": pl.String, "audio_file": pl.String}
_NO_FAILURES = {"clip_id": pl.String, "reason": pl.String, "detail": pl.String}


def main() -> None:
    settings = load(Path(sys.argv[1]))
    progress = Progress(settings.home, Console())
    with (
        opened(settings, Request(), load_key(), progress) as run,
        running(run),
        tempfile.TemporaryDirectory() as folder,
    ):
        select_clips.fn()
        with run.warehouse.registered("parent_clips", pl.DataFrame(schema=_NO_PARENT)):
            shards = run.warehouse.query("marts/shards").select("split", "shard", audio_file=pl.lit("none.parquet"))
        with (
            run.warehouse.registered("built", shards),
            run.warehouse.registered("failed", pl.DataFrame(schema=_NO_FAILURES)),
        ):
            run.warehouse.execute("derived/audio_files")
        write_tables.fn(Path(folder))


if __name__ == "__main__":
    main()
