"""Which sounds are unfit, by which setting and limit; a sound exactly at a limit is fit."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from curation.settings import IngestSettings
from curation.warehouse import Warehouse

LIMITS = IngestSettings(
    min_seconds=0.5, max_seconds=60.0, max_clipped_share=0.125, max_silence_share=0.75, max_dc_offset=0.25,
    min_snr_db=6.0, min_bandwidth_hz=2000.0,
)  # fmt: skip
FIT: dict[str, float | None] = {
    "seconds": 2.0, "loudness_lufs": -23.0, "clipped_share": 0.0, "dc_offset": 0.0, "silence_share": 0.2,
    "snr_db": 30.0, "bandwidth_hz": 7000.0,
}  # fmt: skip
UNFIT = [
    ("too_short", {"seconds": 0.25}, "0.25 s, needs 0.50 s ([ingest] min_seconds)"),
    ("too_long", {"seconds": 60.5}, "60.5 s, at most 60.0 s ([ingest] max_seconds)"),
    ("silent", {"loudness_lufs": None}, "no sound above the gate of ITU-R BS.1770"),
    (
        "clipped",
        {"clipped_share": 0.25},
        "25.0 % of the samples at full scale, at most 12.5 % ([ingest] max_clipped_share)",
    ),
    ("dc_offset", {"dc_offset": 0.5}, "mean 0.500 of full scale, at most 0.250 ([ingest] max_dc_offset)"),
    ("dc_offset", {"dc_offset": -0.5}, "mean -0.500 of full scale, at most 0.250 ([ingest] max_dc_offset)"),
    ("mostly_silence", {"silence_share": 0.875}, "87.5 % silence, at most 75.0 % ([ingest] max_silence_share)"),
    ("noisy", {"snr_db": 5.5}, "SNR 5.5 dB, needs 6.0 dB ([ingest] min_snr_db)"),
    ("narrow_band", {"bandwidth_hz": 1500.0}, "sound up to 1500 Hz, needs 2000 Hz ([ingest] min_bandwidth_hz)"),
]
AT_A_LIMIT = [
    {"seconds": LIMITS.min_seconds},
    {"seconds": LIMITS.max_seconds},
    {"clipped_share": LIMITS.max_clipped_share},
    {"dc_offset": LIMITS.max_dc_offset},
    {"dc_offset": -LIMITS.max_dc_offset},
    {"silence_share": LIMITS.max_silence_share},
    {"snr_db": LIMITS.min_snr_db},
    {"bandwidth_hz": LIMITS.min_bandwidth_hz},
]
# What cannot be measured in a sound speaks neither for nor against it.
UNMEASURED = [{name: None} for name in ("clipped_share", "dc_offset", "silence_share", "snr_db", "bandwidth_hz")]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.writing(tmp_path) as opened:
        yield opened


def judge(warehouse: Warehouse, **measured: float | None) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the rejections of one decoded file with these measurements, and the paths that remain."""
    file = {"source": "made", "path": "a.wav", "size": 1, "mtime_ns": 1, "ctime_ns": 1}
    decoding = {"sha256": "s", "witness": "w", "clip_id": "c", "codec": "WAV/pcm_16", "rate": 16_000, "channels": 1}
    tables = {
        "listings": file | {"entity": "speaker:ana", "speaker": "ana"},
        "files": file | {"sha256": "s", "failures": 0},
        "decodings": decoding,
        "clips": FIT | measured | {"clip_id": "c", "witness": "w"},
    }
    for table, row in tables.items():
        warehouse.append(table, pl.DataFrame([row]))
    warehouse.execute("derived/candidates", witness="w", **LIMITS.thresholds())
    found = warehouse._execute("select origin, stage, kind, subject, reason, detail from rejections").fetchall()
    kept = [path for (path,) in warehouse._execute("select path from candidates").fetchall()]
    return found, kept


@pytest.mark.parametrize(("reason", "measured", "detail"), UNFIT, ids=[f"{row[0]} {row[1]}" for row in UNFIT])
def test_an_unfit_sound_is_rejected_with_the_finding_the_limit_and_its_setting(
    warehouse: Warehouse, reason: str, measured: dict[str, float | None], detail: str
) -> None:
    assert judge(warehouse, **measured) == ([("judge", "ingest", "file", "a.wav", reason, detail)], [])


def test_every_threshold_of_the_settings_rejects_something() -> None:
    details = " ".join(detail for _, _, detail in UNFIT)
    assert not [name for name in LIMITS.thresholds() if f"([ingest] {name})" not in details]


@pytest.mark.parametrize("measured", [{}, *AT_A_LIMIT, *UNMEASURED], ids=str)
def test_a_sound_within_or_exactly_at_a_limit_is_kept(warehouse: Warehouse, measured: dict[str, float | None]) -> None:
    assert judge(warehouse, **measured) == ([], ["a.wav"])


def test_a_sound_with_several_flaws_is_rejected_once(warehouse: Warehouse) -> None:
    found, kept = judge(warehouse, seconds=0.25, loudness_lufs=None, snr_db=-10.0)
    assert ([reason for *_, reason, _ in found], kept) == (["too_short"], [])
