"""HearSay's own layout of a release, as the main.py of its repository (JinWang79/HearSay_Benchmark) reads it.

Its main.py takes the attribute from the label folder, the class from the name of the CSV file and the
audio from `file_path`, which is relative to the folder it runs in; `name` and `value` it leaves unread.
"""

import io
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from heapq import merge
from itertools import groupby, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq
import soundfile

from curation.audio import RATE
from curation.errors import ConfigError, CurationError, ReleaseError
from curation.folders import check_empty
from curation.shards import link, sounds_in
from curation.versions import Parent, parent_of

# The label folder and the audio folder of each attribute, spelled as HearSay spells them.
FOLDERS = {
    "age": ("age", "Age"),
    "gender": ("gender", "Gender"),
    "accent": ("Accent", "Accent"),
    "education": ("Education", "Education"),
    "income": ("Income", "Income"),
    "social_stratum": ("Social_Stratum", "Social Stratum"),
    "health": ("health_status", "Health Condition"),
    "weight": ("Weight", "Weight Range"),
}

_DATASET = "dataset"
_UNFINISHED = "dataset.unfinished"
_BLOCK = 1 << 18  # samples that are held decoded at a time
_LABEL_ROWS = 10_000

Label = tuple[str, str]


def export(home: Path, folder: Path) -> dict[str, int]:
    """Write the latest release, all its splits, to a new or empty folder; return the clips by attribute.

    Sounds become 16-bit PCM WAV, which every reader of HearSay's takes, under names that tell nothing. Until
    it is whole, the export lies in `dataset.unfinished`; the next call starts an interrupted one over.
    """
    release = parent_of(home)
    if release is None:
        raise ConfigError(f"home {home}: holds no release yet; run `make rebuild-dataset` first")
    check_empty(folder, _UNFINISHED)
    staged = folder / _UNFINISHED
    try:
        shutil.rmtree(staged, ignore_errors=True)
        counts = _write(release, staged)
        shutil.copyfile(release.folder / "README.md", staged / "README.md")
        staged.rename(folder / _DATASET)
    except OSError as error:
        place, problem = error.filename or folder, error.strerror or error
        raise CurationError(f"{place}: {problem}; the export is unfinished, run it again") from error
    except pa.ArrowException as error:
        raise ReleaseError(f"{release.folder}: {error}; restore the release") from error
    return counts


def _write(release: Parent, staged: Path) -> dict[str, int]:
    counts: Counter[str] = Counter()
    tables: dict[Label, TextIO] = {}
    with ExitStack() as open_tables:
        for clip_id, labels, sound in _clips(release):
            name = f"{clip_id}.wav"
            for label in labels:
                if label not in tables:
                    tables[label] = open_tables.enter_context(_new_table(staged, label))
                tables[label].write(_row(label, name))
                counts[label[0]] += 1
            _write_sound(sound, [_audio_folder(staged, label) / name for label in labels])
    return {attribute: counts[attribute] for attribute in FOLDERS if counts[attribute]}


def _clips(release: Parent) -> Iterator[tuple[str, list[Label], bytes]]:
    """Yield each clip with its labels and its FLAC bytes; one pass over both, a few clips in memory at a time."""
    missing = ("", None)
    for (labelled, labels), (heard, sound) in zip_longest(_labels(release), _sounds(release), fillvalue=missing):
        if labels is None or sound is None or labelled != heard:
            raise ReleaseError(
                f"{release.folder}: labels.parquet and the audio files disagree at clip {labelled or heard}; "
                "restore the release"
            )
        yield labelled, labels, sound


def _labels(release: Parent) -> Iterator[tuple[str, list[Label]]]:
    """Yield each clip with its labels (attribute, value), in the order of the ids, as labels.parquet is."""
    with pq.ParquetFile(release.folder / "labels.parquet") as table:
        batches = table.iter_batches(_LABEL_ROWS, columns=["clip_id", "attribute", "value"])
        rows = (row for batch in batches for row in zip(*(column.to_pylist() for column in batch), strict=True))
        for clip_id, labels in groupby(rows, key=itemgetter(0)):
            yield clip_id, [(attribute, value) for _, attribute, value in labels]


def _sounds(release: Parent) -> Iterator[tuple[str, bytes]]:
    """Yield each clip with its FLAC bytes, in the order of the ids, which rises from shard to shard of a split."""
    splits: dict[str, list[tuple[int, Path]]] = {}
    for name in release.manifest["files"]:
        if name.startswith("audio/"):
            split, number, _ = Path(name).stem.split("-")
            splits.setdefault(split, []).append((int(number), release.folder / name))
    streams = [(clip for _, path in sorted(files) for clip in sounds_in(path)) for files in splits.values()]
    return merge(*streams, key=itemgetter(0))


def _new_table(staged: Path, label: Label) -> TextIO:
    attribute, value = label
    path = staged / "label" / FOLDERS[attribute][0] / f"{value}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    _audio_folder(staged, label).mkdir(parents=True, exist_ok=True)
    table = path.open("w", encoding="utf-8-sig", newline="\n")
    table.write("name,value,file_path\n")
    return table


def _row(label: Label, name: str) -> str:
    return f"{name},{label[1]},./{_audio_folder(Path(_DATASET), label).as_posix()}/{name}\n"


def _audio_folder(dataset: Path, label: Label) -> Path:
    attribute, value = label
    return dataset / "audio" / FOLDERS[attribute][1] / value


def _write_sound(flac: bytes, paths: list[Path]) -> None:
    """Write a sound as WAV once, and give it its other names without a copy where the file system allows."""
    first, *others = paths
    with (
        soundfile.SoundFile(io.BytesIO(flac)) as sound,
        soundfile.SoundFile(first, "w", RATE, 1, "PCM_16", format="WAV") as wav,
    ):
        for block in sound.blocks(_BLOCK, dtype="int16"):
            wav.write(block)
    for path in others:
        link(first, path)
