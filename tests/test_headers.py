import io
import struct

import numpy as np
import pytest

from curation.headers import counts_its_frames, is_chained, is_streamed_wav, lacks_its_end
from tests import hostile

WHOLE = hostile.originals()
STEPS = bytes(range(200)) * 10


def lacks(content: bytes) -> bool:
    return lacks_its_end(io.BytesIO(content), len(content))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_file_lacks_nothing(name: str) -> None:
    assert not lacks(WHOLE[name])


@pytest.mark.parametrize(
    "name",
    [
        *("pcm.wav", "float.wav", "stereo.wav", "vorbis.ogg", "opus.ogg"),
        *("aac.m4a", "stereo.m4a", "film.mp4", "film.webm"),
    ],
)
@pytest.mark.parametrize("missing", [1, 100, 2000])
def test_a_cut_wav_ogg_mp4_or_webm_file_lacks_its_end(name: str, missing: int) -> None:
    assert lacks(WHOLE[name][:-missing])


def test_an_ogg_file_cut_between_two_pages_lacks_its_end() -> None:
    content = hostile.encoded(hostile.voice(20.0), 16_000, "OGG", "VORBIS")
    assert not lacks(content)
    assert lacks(content[: content.rindex(b"OggS")])


def test_a_chunk_behind_the_samples_may_be_cut() -> None:
    assert not lacks(hostile.wav(STEPS) + b"LIST" + struct.pack("<I", 500) + b"INFO")


def test_chunks_of_odd_length_are_padded() -> None:
    content = hostile.wav(STEPS)
    with_odd_chunk = content[:36] + b"note" + struct.pack("<I", 3) + b"odd\0" + content[36:]
    assert not lacks(with_odd_chunk)
    assert lacks(with_odd_chunk[:-1])


def test_the_long_length_of_rf64_is_read() -> None:
    content = hostile.encoded(hostile.voice(1.0), 16_000, "RF64", "PCM_16")
    assert content.startswith(b"RF64")
    assert not lacks(content)
    assert lacks(content[:-10])


@pytest.mark.parametrize(("declared", "streamed"), [(0, True), (0xFFFFFFFF, False), (len(STEPS), False)])
def test_only_two_lengths_of_zero_are_an_unstated_length(declared: int, streamed: bool) -> None:
    content = hostile.wav(STEPS, declared=declared)
    content = content[:4] + struct.pack("<I", declared) + content[8:]
    assert is_streamed_wav(io.BytesIO(content), len(content)) == streamed
    assert not lacks(content)


def test_an_empty_data_chunk_before_another_chunk_is_empty() -> None:
    content = hostile.wav(b"") + b"LIST" + struct.pack("<I", 4) + b"INFO"
    assert not is_streamed_wav(io.BytesIO(content), len(content))


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("matroska", "flac"), ("webm", "libopus")])
def test_a_cut_film_lacks_its_end_wherever_it_is_cut(container: str, codec: str, share: float) -> None:
    options = {"movflags": "empty_moov", "frag_duration": "200000"} if container == "mp4" else {}
    content = hostile.muxed(hostile.voice(2.0, 48_000), 48_000, container, codec, film_seconds=2.1, options=options)
    assert not lacks(content)
    assert lacks(content[: int(len(content) * share)])


@pytest.mark.parametrize("behind", [b"TAG" + bytes(125), bytes(3000), b"\xff" * 100])
@pytest.mark.parametrize("name", ["aac.m4a", "film.webm"])
def test_anything_may_stand_behind_a_whole_container(name: str, behind: bytes) -> None:
    assert not lacks(WHOLE[name] + behind)


def test_the_long_length_of_an_mp4_box_is_read() -> None:
    box = struct.pack(">I4sQ", 1, b"mdat", 16 + len(STEPS)) + STEPS
    to_the_end = struct.pack(">I4s", 0, b"mdat") + STEPS
    start = WHOLE["aac.m4a"][:28]
    assert start.endswith(b"mp41")
    assert not lacks(start + box)
    assert lacks(start + box[:-1])
    assert not lacks(start + to_the_end)


def test_a_webm_file_written_as_it_is_recorded_may_end_anywhere() -> None:
    content = hostile.muxed(hostile.voice(1.0, 48_000), 48_000, "webm", "libopus", options={"live": "1"})
    assert not lacks(content)
    assert not lacks(content[:-100])


@pytest.mark.parametrize("block", [7, 64, 1 << 20])
@pytest.mark.parametrize("name", ["vorbis.ogg", "opus.ogg"])
def test_a_second_stream_is_found_wherever_it_begins(monkeypatch: pytest.MonkeyPatch, name: str, block: int) -> None:
    monkeypatch.setattr("curation.headers.BLOCK", block)
    assert not is_chained(io.BytesIO(WHOLE[name]))
    assert is_chained(io.BytesIO(WHOLE[name] + WHOLE["vorbis.ogg"]))


def test_streams_side_by_side_are_no_chain() -> None:
    content = hostile.muxed(hostile.voice(1.0, 48_000), 48_000, "ogg", "libopus", film_seconds=1.0)
    assert content.count(b"OggS\0\2") == 2
    assert not is_chained(io.BytesIO(content))
    assert is_chained(io.BytesIO(content + content))


ID3V2 = b"ID3\3\0\0\0\0\1\0" + bytes(128)
ID3V2_WITH_FOOTER = b"ID3\4\0\x10\0\0\0\x20" + bytes(32) + b"3DI\4\0\x10\0\0\0\x20"


@pytest.mark.parametrize("before", [b"", ID3V2, ID3V2 + ID3V2, ID3V2_WITH_FOOTER])
@pytest.mark.parametrize("behind", [b"", b"TAG" + bytes(125), b"APETAGEX" + bytes(99), bytes(3000)])
def test_a_count_of_frames_is_found_among_tags(before: bytes, behind: bytes) -> None:
    assert counts_its_frames(io.BytesIO(before + WHOLE["layer3.mp3"] + behind))
    assert not counts_its_frames(io.BytesIO(before + WHOLE["uncounted.mp3"] + behind))


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_count_of_frames_is_found_at_every_rate(rate: int, channels: int) -> None:
    samples = np.stack([hostile.voice(1.0, rate)] * channels)
    assert counts_its_frames(io.BytesIO(hostile.encoded(samples.T, rate, "MP3", "MPEG_LAYER_III")))
    assert counts_its_frames(io.BytesIO(hostile.muxed(samples, rate, "mp3", "libmp3lame")))


@pytest.mark.parametrize("before", [b"", ID3V2])
def test_a_count_does_not_hold_for_what_is_appended(before: bytes) -> None:
    assert not counts_its_frames(io.BytesIO(WHOLE["layer3.mp3"] + before + WHOLE["layer3.mp3"]))


def test_a_count_of_nothing_is_none() -> None:
    content = WHOLE["layer3.mp3"]
    flags = content.index(b"Xing") + 4
    for value, is_counted in ((3, True), (1, False), (2, False)):
        changed = content[:flags] + struct.pack(">I", value) + content[flags + 4 :]
        assert counts_its_frames(io.BytesIO(changed)) == is_counted


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"OggS",
        b"RIFF\0\0\0\0WAVE",
        b"RIFF\0\0\0\0WAVEdata",
        b"\x1a\x45\xdf\xa3",
        b"ID3",
        b"\0\0\0\x08free",
    ],
)
def test_a_file_that_ends_in_its_header_breaks_nothing(content: bytes) -> None:
    assert lacks(content) == (content == b"OggS")
    assert not counts_its_frames(io.BytesIO(content))
    assert not is_chained(io.BytesIO(content))
