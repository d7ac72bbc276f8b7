"""What a sound file's own header and pages say about its length, where the decoders keep quiet about it.

libsndfile decodes what is there of a cut WAV or Ogg file, takes a length of zero at its word, guesses how
long an MP3 file is, and leaves out what is appended to an Ogg or MP3 file; FFmpeg decodes what is there of
a cut MP4 or Matroska file.
"""

import re
import struct
from typing import BinaryIO

UNKNOWN_SIZE = 0xFFFFFFFF
OGG_PAGE = 65_307  # largest Ogg page, in bytes (RFC 3533)
OGG_PAGE_HEAD = 27 + 255  # at most
OGG_LAST_PAGE = 4
OGG_FIRST_PAGE = b"OggS\0\2"  # begins the first page of a stream, and no other

# What stands at the top of an MP4 or QuickTime file; behind the last box there may be anything.
BOXES = frozenset(b"ftyp moov mdat moof mfra styp sidx ssix emsg prft free skip wide pnot meta udta uuid".split())

EBML, SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
EBML_HEAD = 128  # more than the header and the head of the segment that follows it have

# A first MP3 frame that holds no sound but a header by Xing or LAME: flags, count of frames, count of bytes.
XING = re.compile(rb"\xff[\xe3\xf3\xfb]..(?:\0{9}|\0{17}|\0{32})(?:Xing|Info)(.{12})", re.DOTALL)
XING_BYTES = 52
COUNTS_FRAMES_AND_BYTES = 3
ID3V2_FOOTER = 16

BLOCK = 1 << 20


def lacks_its_end(file: BinaryIO, size: int) -> bool:
    """Return whether the file ends before its RIFF data chunk, MP4 box, Matroska segment or last Ogg page does."""
    file.seek(0)
    head = file.read(EBML_HEAD)
    if head.startswith(b"OggS"):
        return _lacks_its_last_page(file, size)
    if head.startswith(EBML):
        return _segment_end(head) > size
    if head[4:8] in BOXES:
        return _boxes_end(file, size) > size
    found = _riff_data(file, size)
    return found is not None and found[1] != UNKNOWN_SIZE and sum(found) > size


def is_streamed_wav(file: BinaryIO, size: int) -> bool:
    """Return whether both lengths of a WAV file were left at zero by a writer that could not seek back."""
    found = _riff_data(file, size)
    file.seek(4)
    return found is not None and found[1] == 0 and found[0] < size and file.read(4) == bytes(4)


def is_chained(file: BinaryIO) -> bool:
    """Return whether an Ogg file holds one stream after another; those that begin together are side by side."""
    start = 0
    while True:
        file.seek(start)
        page = file.read(OGG_PAGE_HEAD)
        if not page.startswith(OGG_FIRST_PAGE) or len(page) < OGG_PAGE_HEAD:
            break
        start += _page_bytes(page)
    if start == 0:
        return False
    file.seek(start)
    before = b""
    while block := file.read(BLOCK):
        if OGG_FIRST_PAGE in before + block:
            return True
        before = block[1 - len(OGG_FIRST_PAGE) :]
    return False


def counts_its_frames(file: BinaryIO) -> bool:
    """Return whether an MP3 file begins with the count of its frames and no further file is appended to them."""
    start = 0
    while True:
        file.seek(start)
        head = file.read(XING_BYTES)
        if head[:3] != b"ID3" or len(head) < XING_BYTES:
            break
        length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        start += 10 + length + (10 if head[5] & ID3V2_FOOTER else 0)
    found = XING.match(head)
    if found is None:
        return False
    flags, _, length = struct.unpack(">III", found[1])
    if flags & COUNTS_FRAMES_AND_BYTES != COUNTS_FRAMES_AND_BYTES:
        return False
    file.seek(start + length)
    behind = file.read(3)
    return behind[:1] != b"\xff" and behind != b"ID3"


def _lacks_its_last_page(file: BinaryIO, size: int) -> bool:
    file.seek(max(0, size - OGG_PAGE))
    tail = file.read()
    start = tail.rfind(b"OggS")
    page = tail[start:]
    if start < 0 or len(page) < 27 or not page[5] & OGG_LAST_PAGE:
        return True
    return len(page) < _page_bytes(page)


def _page_bytes(page: bytes) -> int:
    return 27 + page[26] + sum(page[27 : 27 + page[26]])


def _boxes_end(file: BinaryIO, size: int) -> int:
    """Return where the last box of an MP4 file ends, as far as they say (ISO/IEC 14496-12, 4.2)."""
    position = 0
    while position + 8 <= size:
        file.seek(position)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1 and len(long_length := file.read(8)) == 8:
            length = int.from_bytes(long_length)
        if name not in BOXES or length < 8:  # a length of 0: to the end of the file
            return position
        position += length
    return position


def _segment_end(head: bytes) -> int:
    """Return where the segment of a Matroska file ends, or 0 if it does not say (RFC 8794, 4)."""
    length, start = _ebml_length(head, len(EBML))
    start += length
    if head[start : start + len(SEGMENT)] != SEGMENT:
        return 0
    length, start = _ebml_length(head, start + len(SEGMENT))
    return start + length


def _ebml_length(head: bytes, start: int) -> tuple[int, int]:
    """Return the length that begins at `start`, 0 if it is unknown, and where it ends."""
    if start >= len(head):
        return 0, start
    width = 9 - head[start].bit_length()  # the zeros above its highest bit say how many bytes follow
    unknown = (1 << 7 * width) - 1
    length = int.from_bytes(head[start : start + width]) & unknown
    return (0 if length == unknown else length), start + width


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
