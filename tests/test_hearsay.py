import errno
import glob
import hashlib
import io
import itertools
import json
import os
import re
import tracemalloc
import wave
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import soundfile

from curation import hearsay
from curation.audio import encode_flac
from curation.errors import ConfigError, CurationError
from curation.hearsay import FOLDERS, export
from curation.listing import on_disk, read_clips, read_facts
from curation.scan import walk
from curation.settings import SourceSettings
from curation.shards import write_shard
from curation.sources import load_source
from curation.taxonomy import load_taxonomy
from curation.warehouse import FOLDER

# The label folders as HearSay's main.py names them, each by the attribute that it asks its models for.
LABEL_ROOTS = {
    "Age": "./dataset/label/age",
    "Gender": "./dataset/label/gender",
    "Education": "./dataset/label//Education",
    "Social Stratum": "./dataset/label/Social_Stratum",
    "Income": "./dataset/label/Income",
    "Accent": "./dataset/label/Accent",
    "Health Condition": "./dataset/label/health_status",
    "Weight Range": "./dataset/label/Weight",
}


# Clips by id: the split, and the labels by attribute.
Clips = dict[str, tuple[str, dict[str, str]]]
Publish = Callable[[Clips], Path]


def as_main_py_reads() -> dict[tuple[str, str], list[str]]:
    """Return the audio paths by dimension and label, found from the working folder the way main.py does."""
    found: dict[tuple[str, str], list[str]] = {}
    for dimension, root in LABEL_ROOTS.items():
        for path in glob.glob(os.path.join(root, "**", "*.csv"), recursive=True):  # noqa: PTH118, PTH207 - as there
            label = Path(path).name.replace(".csv", "").replace("_mapped", "")
            table = pd.read_csv(path)
            assert list(table.columns) == ["name", "value", "file_path"]
            assert set(table["value"]) == {label}
            assert [Path(sound).name for sound in table["file_path"]] == list(table["name"])
            found[dimension, label] = list(table["file_path"])
    return found


def tone(clip_id: str) -> bytes:
    """Return the FLAC of a sound that only this clip has."""
    noise = np.random.default_rng(int(clip_id, 16)).uniform(-0.5, 0.5, 8_000)
    return encode_flac(noise.astype(np.float32))


def clip_ids(count: int) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest()[:24] for number in range(count)]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Lay clips down as a release has them, in two audio files a split; return home."""

    def build(clips: Clips) -> Path:
        home = tmp_path / "home"
        folder = home / "releases" / "1.0.0"
        (folder / "audio").mkdir(parents=True)
        for split in sorted({split for split, _ in clips.values()}):
            ids = sorted(clip_id for clip_id, (its, _) in clips.items() if its == split)
            for number, some in enumerate((ids[: len(ids) // 2], ids[len(ids) // 2 :])):
                write_shard(folder / "audio", split, number, [(clip_id, tone(clip_id)) for clip_id in some])
        rows = [
            (clip_id, attribute, value, split)
            for clip_id, (split, labels) in sorted(clips.items())
            for attribute, value in sorted(labels.items())
        ]
        pl.DataFrame(rows, schema=["clip_id", "attribute", "value", "split"], orient="row").write_parquet(
            folder / "labels.parquet"
        )
        (folder / "README.md").write_text("on what terms\n", encoding="utf-8")
        files = [path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")]
        (folder / "manifest.json").write_text(json.dumps({"files": dict.fromkeys(files)}), encoding="utf-8")
        (home / "latest").write_text("1.0.0\n", encoding="utf-8")
        return home

    return build


def many_clips() -> Clips:
    """Return 120 clips in three splits with two labels of three, and among them every class there is."""
    attributes = load_taxonomy().attributes
    return {
        clip_id: (
            ("test", "train", "validation")[place % 3],
            {
                name: known.classes[place % len(known.classes)]
                for rank, (name, known) in enumerate(attributes.items())
                if (place // 8 + rank) % 3
            },
        )
        for place, clip_id in enumerate(clip_ids(120))
    }


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_main_py_reads_every_label_and_its_audio_from_the_export(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = many_clips()
    export(publish(clips), tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    found = as_main_py_reads()
    dimensions = {attribute: audio for attribute, (_, audio) in FOLDERS.items()}
    expected = {
        (dimensions[attribute], value, clip_id)
        for clip_id, (_, labels) in clips.items()
        for attribute, value in labels.items()
    }
    assert {(*where, Path(path).stem) for where, paths in found.items() for path in paths} == expected
    assert len(found) == sum(len(known.classes) for known in load_taxonomy().attributes.values())
    for paths in found.values():
        for path in paths:
            assert path.startswith("./dataset/audio/")
            samples, _ = soundfile.read(path, dtype="int16")
            published, _ = soundfile.read(io.BytesIO(tone(Path(path).stem)), dtype="int16")
            assert np.array_equal(samples, published)


def test_the_label_files_are_hearsays_own_to_the_byte(publish: Publish, tmp_path: Path) -> None:
    first, second = sorted(clip_ids(2))
    labels = {"health": "illness", "social_stratum": "Lower_Class"}
    export(publish({second: ("test", labels), first: ("test", labels)}), tmp_path / "out")
    label = tmp_path / "out" / "dataset" / "label"
    assert sorted(path.relative_to(label).as_posix() for path in label.rglob("*.csv")) == [
        "Social_Stratum/Lower_Class.csv",
        "health_status/illness.csv",
    ]
    assert (label / "health_status" / "illness.csv").read_bytes() == (
        "\ufeffname,value,file_path\n"
        f"{first}.wav,illness,./dataset/audio/Health Condition/illness/{first}.wav\n"
        f"{second}.wav,illness,./dataset/audio/Health Condition/illness/{second}.wav\n"
    ).encode()


def test_every_attribute_of_the_taxonomy_has_its_folders() -> None:
    assert FOLDERS.keys() == load_taxonomy().attributes.keys()
    assert {audio: Path(root).name for audio, root in LABEL_ROOTS.items()} == {
        audio: label for label, audio in FOLDERS.values()
    }


def test_nothing_but_the_folder_tells_the_label_of_a_sound(publish: Publish, tmp_path: Path) -> None:
    export(publish(many_clips()), tmp_path / "out")
    sounds = sorted((tmp_path / "out" / "dataset" / "audio").rglob("*.*"))
    assert {re.sub(r"[0-9a-f]{24}", "ID", path.name) for path in sounds} == {"ID.wav"}
    headers = set()
    for path in sounds:
        with wave.open(str(path)) as sound:
            headers.add((sound.getframerate(), sound.getnchannels(), sound.getsampwidth(), sound.getnframes()))
    assert headers == {(16_000, 1, 2, 8_000)}


def test_a_clip_of_several_attributes_takes_the_room_of_one(publish: Publish, tmp_path: Path) -> None:
    (clip_id,) = clip_ids(1)
    export(publish({clip_id: ("test", {"age": "20-30", "gender": "Male", "income": "Low"})}), tmp_path / "out")
    names = sorted((tmp_path / "out" / "dataset" / "audio").rglob("*.wav"))
    assert len(names) == 3
    assert len({path.stat().st_ino for path in names}) == 1


def test_two_exports_of_one_release_are_the_same_bytes(publish: Publish, tmp_path: Path) -> None:
    home = publish(many_clips())
    counts = export(home, tmp_path / "one")
    assert export(home, tmp_path / "two") == counts
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_the_counts_are_clips_by_attribute(publish: Publish, tmp_path: Path) -> None:
    clips = many_clips()
    expected = Counter(attribute for _, labels in clips.values() for attribute in labels)
    assert export(publish(clips), tmp_path / "out") == expected


def test_the_rows_of_a_class_are_in_the_order_of_their_ids(publish: Publish, tmp_path: Path) -> None:
    export(publish(many_clips()), tmp_path / "out")
    for path in (tmp_path / "out" / "dataset" / "label").rglob("*.csv"):
        names = [line.split(",")[0] for line in path.read_text(encoding="utf-8-sig").splitlines()[1:]]
        assert names == sorted(names)


def test_the_terms_of_the_release_come_along(publish: Publish, tmp_path: Path) -> None:
    export(publish(many_clips()), tmp_path / "out")
    assert (tmp_path / "out" / "dataset" / "README.md").read_text(encoding="utf-8") == "on what terms\n"


def test_an_export_is_a_corpus_that_this_project_reads(publish: Publish, tmp_path: Path) -> None:
    clips = many_clips()
    export(publish(clips), tmp_path / "out")
    settings = SourceSettings(root=tmp_path / "out", definition=None)
    source = load_source("hearsay_release", settings, FOLDER / "sources")
    disk = on_disk(walk(tmp_path / "out"))
    assert read_clips(source, disk).rejections.is_empty()
    records = read_facts(source, disk, frozenset(load_taxonomy().properties))
    assert records.facts.height == sum(len(labels) for _, labels in clips.values())


def test_an_empty_folder_is_filled(publish: Publish, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(publish(many_clips()), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dataset"]


def test_a_folder_with_something_in_it_is_left_alone(publish: Publish, tmp_path: Path) -> None:
    home = publish(many_clips())
    (tmp_path / "out" / "dataset").mkdir(parents=True)
    (tmp_path / "out" / "main.py").touch()
    with pytest.raises(ConfigError, match=r"out: expected a new or empty folder, found dataset and 1 more in it"):
        export(home, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["dataset", "main.py"]


def test_a_file_in_place_of_the_folder_is_refused(publish: Publish, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(ConfigError, match=r"out: .*expected a new or empty folder"):
        export(publish(many_clips()), tmp_path / "out")


def test_without_a_release_there_is_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no release yet; run `make rebuild-dataset` first"):
        export(tmp_path / "home", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_interrupted_export_shows_that_it_is_unfinished_and_is_started_over(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = publish(many_clips())
    export(home, tmp_path / "whole")
    written = itertools.count()
    write_sound = hearsay._write_sound

    def interrupted(sound: bytes, paths: list[Path]) -> None:
        if next(written) == 50:
            raise KeyboardInterrupt
        write_sound(sound, paths)

    with monkeypatch.context() as patch:
        patch.setattr(hearsay, "_write_sound", interrupted)
        with pytest.raises(KeyboardInterrupt):
            export(home, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dataset.unfinished"]
    (tmp_path / "out" / "dataset.unfinished" / "left over").touch()
    export(home, tmp_path / "out")
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_a_full_disk_is_one_message(publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out/dataset.unfinished/label")

    home = publish(many_clips())
    monkeypatch.setattr(hearsay, "_write_sound", full)
    with pytest.raises(CurationError, match="unfinished/label: No space left on device; the export is unfinished"):
        export(home, tmp_path / "out")


@pytest.mark.parametrize("damage", ["removed", "cut short", "a sound without labels", "labels without a sound"])
def test_a_damaged_release_is_not_exported(damage: str, publish: Publish, tmp_path: Path) -> None:
    clips = many_clips()
    home = publish(clips)
    release = home / "releases" / "1.0.0"
    audio = max((release / "audio").iterdir())
    labels = pl.read_parquet(release / "labels.parquet")
    match damage:
        case "removed":
            audio.unlink()
        case "cut short":
            audio.write_bytes(audio.read_bytes()[:-100])
        case "a sound without labels":
            labels.filter(pl.col("clip_id") != min(clips)).write_parquet(release / "labels.parquet")
        case "labels without a sound":
            other = labels.head(1).with_columns(clip_id=pl.lit("f" * 24))
            pl.concat([labels, other]).write_parquet(release / "labels.parquet")
    with pytest.raises(CurationError, match=r"releases/1\.0\.0"):
        export(home, tmp_path / "out")
    assert not (tmp_path / "out" / "dataset").exists()


def test_an_export_holds_a_few_clips_at_a_time(publish: Publish, tmp_path: Path) -> None:
    home = publish({clip_id: ("test", {"age": "20-30"}) for clip_id in clip_ids(800)})
    published = sum(path.stat().st_size for path in home.rglob("audio/*.parquet"))
    tracemalloc.start()
    export(home, tmp_path / "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < published / 4
