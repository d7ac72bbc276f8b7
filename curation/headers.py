"""What a sound file's own header and pages say about its length, where the decoders keep quiet about it.

libsndfile decodes what is there of a cut WAV or Ogg file, and takes a length of zero at its word.
"""

import struct
from typing import BinaryIO

UNKNOWN_SIZE = 0xFFFFFFFF
OGG_PAGE = 65_307  # largest Ogg page, in bytes (RFC 3533)
OGG_LAST_PAGE = 4


def lacks_its_end(file: BinaryIO, size: int) -> bool:
    """Return whether the file ends before its RIFF data chunk does, or before the last page of its Ogg stream."""
    file.seek(0)
    if file.read(4) == b"OggS":
        file.seek(max(0, size - OGG_PAGE))
        tail = file.read()
        start = tail.rfind(b"OggS")
        page = tail[start:]
        if start < 0 or len(page) < 27 or not page[5] & OGG_LAST_PAGE:
            return True
        return len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])
    found = _riff_data(file, size)
    return found is not None and found[1] != UNKNOWN_SIZE and sum(found) > size


def is_streamed_wav(file: BinaryIO, size: int) -> bool:
    """Return whether both lengths of a WAV file were left at zero by a writer that could not seek back."""
    found = _riff_data(file, size)
    file.seek(4)
    return found is not None and found[1] == 0 and found[0] < size and file.read(4) == bytes(4)


def _riff_data(file: BinaryIO, size: int) -> tuple[int, int] | None:
    """Return where the samples of a RIFF or RF64 WAVE file begin and how many bytes it declares, if it says."""
    file.seek(0)
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        return None
    position, long_length = 12, UNKNOWN_SIZE
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        position += 8
        if name == b"ds64" and len(sizes := file.read(16)) == 16:
            long_length = struct.unpack("<QQ", sizes)[1]
        if name == b"data":
            return position, long_length if length == UNKNOWN_SIZE else length
        position += length + length % 2
    return None
