import io
import struct

import pytest

from curation.headers import is_streamed_wav, lacks_its_end
from tests import hostile

WHOLE = hostile.originals()
STEPS = bytes(range(200)) * 10


def lacks(content: bytes) -> bool:
    return lacks_its_end(io.BytesIO(content), len(content))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_file_lacks_nothing(name: str) -> None:
    assert not lacks(WHOLE[name])


@pytest.mark.parametrize("name", ["pcm.wav", "float.wav", "stereo.wav", "vorbis.ogg", "opus.ogg"])
@pytest.mark.parametrize("missing", [1, 100, 2000])
def test_a_cut_wav_or_ogg_file_lacks_its_end(name: str, missing: int) -> None:
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


@pytest.mark.parametrize("content", [b"", b"RIFF", b"OggS", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata"])
def test_a_file_that_ends_in_its_header_breaks_nothing(content: bytes) -> None:
    assert lacks(content) == (content == b"OggS")
