"""Memory against the number of rows: a home whose files are read already, though there is no sound in them."""

import hashlib
import sys
from pathlib import Path

import numpy as np
import polars as pl

from curation.records import INGESTED
from curation.sounds import witness
from curation.warehouse import write_part
from tests.speed import corpus, memory

_ROWS_A_PART = 5_000


def peak_mb(folder: Path, count: int, clips_a_speaker: int = corpus.CLIPS_A_SPEAKER) -> float:
    """Return the largest peak of the stages up to consensus and of the release's tables, for `count` clips."""
    _make(folder, count, clips_a_speaker)
    config = str(folder / "curation.toml")
    stages = [["-m", "flows.cli", "rebuild", "--config", config, "--stage", stage] for stage in STAGES]
    return max(memory.run([sys.executable, *arguments]).peak_mb for arguments in [*stages, ["-m", TABLES, config]])


STAGES = ("ingest", "ground", "consensus")
TABLES = "tests.speed.tables"


def _make(folder: Path, count: int, clips_a_speaker: int) -> None:
    """Write empty files, and parts that say what was heard in them."""
    corpus.write_definition(folder, count, clips_a_speaker)
    (folder / "curation.toml").write_text(
        f'home = "home"\n[sources.{corpus.NAME}]\nroot = "corpus"\ndefinition = "definition"\n', encoding="utf-8"
    )
    for first in range(0, count, _ROWS_A_PART):
        numbers = range(first, min(first + _ROWS_A_PART, count))
        rows = [_row(folder / "corpus", corpus.path_of(number, clips_a_speaker), number) for number in numbers]
        frame = pl.DataFrame(rows, schema=dict(INGESTED))
        write_part(folder / "home" / "parts" / "ingest", f"rows{first:08d}", frame, INGESTED)


def _row(root: Path, path: str, number: int) -> dict[str, object]:
    (root / path).touch()
    status = (root / path).stat()
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return {
        "source": corpus.NAME,
        "path": path,
        "size": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
        "sha256": digest,
        "witness": witness(),
        "clip_id": digest[::-1][:32],
        "codec": "wav/pcm_16",
        "decoder": "none",
        "rate": 16_000,
        "channels": 1,
        "seconds": 6.0,
        "peak_dbfs": -3.0,
        "rms_dbfs": -20.0,
        "loudness_lufs": -23.0,
        "clipped_share": 0.0,
        "dc_offset": 0.0,
        "silence_share": 0.1,
        "snr_db": 30.0,
        "bandwidth_hz": 8_000.0,
        # no landmarks and no words: these clips meet no other
        "fingerprint": np.zeros(1, np.uint32).tobytes(),
    }
