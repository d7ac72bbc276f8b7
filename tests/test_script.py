from collections import Counter

import pytest
from pydantic import ValidationError

from curation.demonstration.script import SCRIPT, Recording, Script, load, recordings


@pytest.fixture(scope="module")
def script() -> Script:
    return load()


@pytest.fixture(scope="module")
def all_recordings(script: Script) -> list[Recording]:
    return recordings(script)


def takes(found: list[Recording]) -> list[Recording]:
    return [recording for recording in found if recording.path.rpartition("/")[2].startswith("take-")]


def test_the_corpus_has_about_two_hundred_clips_of_24_speakers(all_recordings: list[Recording]) -> None:
    assert len({recording.speaker for recording in all_recordings}) == 24
    usable = [recording for recording in all_recordings if recording.on_disk and recording.fault is None]
    assert len(usable) == 197


def test_no_path_stands_twice(all_recordings: list[Recording]) -> None:
    assert max(Counter(recording.path for recording in all_recordings).values()) == 1


def test_only_copies_say_the_same(script: Script, all_recordings: list[Recording]) -> None:
    copies = {copy.path for copy in script.copies}
    said = Counter(recording.transcript for recording in all_recordings if recording.path not in copies)
    assert max(said.values()) == 1


def test_no_format_belongs_to_a_speaker(script: Script, all_recordings: list[Recording]) -> None:
    for speaker in script.speakers:
        own = {recording.format for recording in takes(all_recordings) if recording.speaker == speaker.id}
        assert len(own) >= 7
    spread = Counter(recording.format.codec for recording in all_recordings)
    assert min(spread.values()) >= 15


def test_every_kind_of_file_occurs(all_recordings: list[Recording]) -> None:
    paths = [recording.path for recording in all_recordings]
    assert {path.rpartition(".")[2] for path in paths} == {"wav", "WAV", "flac", "mp3", "opus", "ogg", "m4a"}
    assert {recording.format.rate for recording in all_recordings} >= {8000, 16000, 22050, 24000, 44100, 48000}
    assert {recording.format.channels for recording in all_recordings} == {1, 2}
    assert any(" " in path.split("/")[1] for path in paths)


def test_every_kind_of_copy_occurs(script: Script, all_recordings: list[Recording]) -> None:
    owners = {recording.path: recording for recording in all_recordings}
    same_speaker = [copy for copy in script.copies if copy.speaker is None]
    assert len(script.copies) - len(same_speaker) == 1
    assert {copy.gain_db for copy in same_speaker} == {0.0, 6.0, -6.0}
    assert {copy.starts_at for copy in same_speaker} == {0.0, 0.5}
    assert {copy.format.bit_rate for copy in same_speaker} == {None, 32_000, 16_000}
    assert 8000 in {copy.format.rate for copy in same_speaker}
    assert [copy.path for copy in script.copies if copy.format == owners[copy.of].format and not copy.starts_at] == [
        "audio/studio one/D01/take-1 (copy).wav",
        "audio/studio one/D04/take-9.wav",
    ]


def test_recording_dates_have_every_precision_and_some_are_missing(all_recordings: list[Recording]) -> None:
    lengths = Counter(len(recording.recorded) for recording in all_recordings if recording.listed)
    assert set(lengths) == {0, 4, 7, 10}
    assert lengths[0] == 6


def test_colds_are_of_recordings_that_exist(script: Script, all_recordings: list[Recording]) -> None:
    assert set(script.recorded_with_a_cold) <= {recording.path for recording in all_recordings}


def test_a_misspelt_key_of_the_script_is_an_error(script: Script) -> None:
    assert SCRIPT.is_file()
    with pytest.raises(ValidationError, match="take"):
        Script.model_validate(script.model_dump() | {"take": 7})
