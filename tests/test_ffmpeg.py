import io

import av
import numpy as np
import pytest

from curation.errors import ClipError
from curation.ffmpeg import CONTAINERS, opened
from curation.scan import AUDIO_SUFFIXES
from tests import hostile

# Tags as players write them: ID3v1, and APEv2 of one item between its header and footer.
ID3V1 = b"TAG" + b"title".ljust(125, b"\0")
APE_SIZES = (2000).to_bytes(4, "little") + (49).to_bytes(4, "little") + (1).to_bytes(4, "little")
APE = (
    (b"APETAGEX" + APE_SIZES + bytes.fromhex("000000a0") + bytes(8))
    + ((3).to_bytes(4, "little") + bytes(4) + b"Title\0yes")
    + (b"APETAGEX" + APE_SIZES + bytes.fromhex("00000080") + bytes(8))
)
ID3V2 = b"ID3\3\0\0\0\0\1\0" + bytes(128)
LYRICS = b"LYRICSBEGININD0000200LYR00005hello000031LYRICS200"

UNCOUNTED = hostile.uncounted_mp3(2.0, 44_100, 128_000)


def seconds(content: bytes) -> float:
    with opened(io.BytesIO(content), "nothing") as stream:
        return sum(len(block) for block in stream.blocks(1 << 18)) / stream.rate


def refused(content: bytes) -> ClipError:
    with pytest.raises(ClipError) as caught:
        seconds(content)
    return caught.value


@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_hold_no_more_samples_than_asked_for(channels: int) -> None:
    content = hostile.muxed(np.stack([hostile.voice(2.0)] * channels), 16_000, "mp4", "alac")
    with opened(io.BytesIO(content), "nothing") as stream:
        blocks = list(stream.blocks(1000))
    assert {block.shape for block in blocks[:-1]} == {(1000 // channels, channels)}
    assert sum(map(len, blocks)) == 32_000


def test_what_it_cannot_read_is_told_with_what_libsndfile_said() -> None:
    error = refused(b"no sound")
    assert error.reason == "not_audio"
    assert error.detail == "libsndfile: nothing FFmpeg: Invalid data found when processing input"


@pytest.mark.parametrize("container", CONTAINERS.split(","))
def test_what_it_may_open_has_the_name_of_a_recording(container: str) -> None:
    pictures_and_subtitles = {"avif", "heic", "heif", "mj2", "mk3d", "mks"}
    parts_and_players = {"ism", "isma", "ismv", "psp"}
    suffixes = av.ContainerFormat(container, "r").extensions - pictures_and_subtitles - parts_and_players
    assert {f".{suffix}" for suffix in suffixes} <= set(AUDIO_SUFFIXES)


@pytest.mark.parametrize("before", [b"", ID3V2, ID3V2 * 2, ID3V2 + bytes(700)])
@pytest.mark.parametrize("behind", [b"", ID3V1, APE, APE + ID3V1, LYRICS + ID3V1, ID3V2, bytes(1), bytes(3000)])
def test_tags_and_padding_around_an_mp3_file_are_no_part_of_it(before: bytes, behind: bytes) -> None:
    assert seconds(before + UNCOUNTED + behind) == seconds(UNCOUNTED)


@pytest.mark.parametrize(("rate", "bit_rate"), [(8_000, 8_000), (16_000, 32_000), (44_100, 128_000), (48_000, 320_000)])
@pytest.mark.parametrize("missing", [1, 30, 60])
def test_an_mp3_file_that_ends_in_a_frame_is_truncated(rate: int, bit_rate: int, missing: int) -> None:
    whole = hostile.uncounted_mp3(2.0, rate, bit_rate)
    assert seconds(whole) == pytest.approx(2.0, abs=0.2)
    error = refused(whole[:-missing])
    assert error.reason == "truncated"
    assert "the file ends in a frame of MP3" in error.detail


def test_bytes_missing_or_foreign_inside_an_mp3_file_are_an_error() -> None:
    middle = len(UNCOUNTED) // 2
    assert refused(UNCOUNTED[:middle] + UNCOUNTED[middle + 123 :]).reason == "unreadable"
    assert refused(UNCOUNTED[:middle] + b"no sound" * 600 + UNCOUNTED[middle:]).reason == "unreadable"


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("matroska", "flac"), ("webm", "libopus")])
@pytest.mark.parametrize("film_seconds", [0.4, 1.0, 1.6])
def test_a_film_may_last_as_long_as_it_likes(container: str, codec: str, film_seconds: float) -> None:
    content = hostile.muxed(hostile.voice(1.0, 48_000), 48_000, container, codec, film_seconds=film_seconds)
    assert seconds(content) == pytest.approx(1.0, abs=0.03)


def test_a_quicktime_file_is_held_to_the_length_of_its_audio() -> None:
    options = {"movflags": "frag_keyframe+empty_moov"}
    content = hostile.muxed(hostile.voice(2.0), 16_000, "mov", "pcm_s16le", film_seconds=2.6, options=options)
    assert seconds(content) == 2.0
    error = refused(content[: len(content) // 2])
    assert error.reason == "truncated"
    assert error.detail.endswith("of 2.00 s")


@pytest.mark.parametrize("share", [0.5, 0.7])
def test_a_matroska_file_of_one_track_is_held_to_its_length(share: float) -> None:
    content = hostile.muxed(hostile.voice(2.0, 48_000), 48_000, "webm", "libopus")
    error = refused(content[: int(len(content) * share)])
    assert error.reason == "truncated"
    assert error.detail.endswith("of 2.01 s")


def test_a_container_without_a_length_is_read_to_its_end() -> None:
    content = hostile.muxed(hostile.voice(1.0, 48_000), 48_000, "webm", "libopus", options={"live": "1"})
    assert seconds(content) == pytest.approx(1.0, abs=0.01)
