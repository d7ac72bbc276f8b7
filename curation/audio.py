"""Sound files in, 16 kHz mono samples out: decoded in this process, in blocks, and hashed on the way.

libsndfile reads WAV, FLAC, MP3, Ogg Vorbis and Opus; FFmpeg's libraries read what it does not know
(M4A, WebM), and files that do not state their length, of which it would read a part. A file is decoded
whole or not at all: half a recording is not the one that the records describe, so a file shorter than
its own header says is rejected as `truncated`.
"""

import hashlib
import io
import stat
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from curation.errors import ClipError
from curation.headers import counts_its_frames, is_chained, is_streamed_wav, lacks_its_end

Samples = NDArray[np.float32]

RATE = 16_000
MAX_CHANNELS = 64
MIN_RATE, MAX_RATE = 4_000, 768_000
MAX_LEVEL = 16.0  # +24 dBFS: beyond it a float file is not scaled to 1, and no level in it means anything

BLOCK = 1 << 18  # samples of all channels together that are held undecoded at a time: 1 MiB
CLIPPED_FROM = 0.99  # 8-bit full scale is 0.992
HALF_STEP = 0.5 / 32768  # samples below it are zero in the 16 bits that are published

UNKNOWN_FORMAT, UNSUPPORTED_ENCODING = 1, 4  # libsndfile's codes for "not mine", as against "mine and broken"
UNKNOWN_FRAMES = 1 << 62  # libsndfile's count for a stream that does not say its length is 2**63 - 1


@dataclass(frozen=True, eq=False)
class Sound:
    """One decoded file.

    `pcm` is the mean of the channels at 16 kHz, full scale being 1. `sha256` is over rate, channel
    count and the interleaved samples as float32 before mixing and resampling: a WAV and a FLAC of
    the same samples share it. `clipped_share` is the share of the file's own samples at full scale.
    """

    pcm: Samples
    sha256: str
    codec: str
    decoder: str
    rate: int
    channels: int
    clipped_share: float


@cache
def witness() -> str:
    """Return the name of this decoding and of the libraries that it rests on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("soundfile", "soxr", "av"))
    return f"ingest/audio@2 ({libraries})"


def decode(path: Path, max_seconds: float) -> Sound:
    """Return the sound of one file; memory grows with `max_seconds` and not with what a header says.

    Raises ClipError: missing, not_a_file, unreadable, not_audio, truncated, chained, no_samples,
    too_long, too_many_channels, implausible_rate, implausible_level, not_finite, silent.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ClipError("not_a_file", "found a folder, pipe or device")
        with path.open("rb", buffering=0) as file:
            return _decoded(file, status.st_size, max_seconds)
    except FileNotFoundError as error:
        raise ClipError("missing", "no such file when it was to be decoded") from error
    except OSError as error:
        raise ClipError("unreadable", error.strerror or str(error)) from error


def encode_flac(pcm: Samples) -> bytes:
    """Return 16 kHz mono samples as 16-bit FLAC, rounded without dither so that equal samples give equal bytes."""
    steps = np.clip(np.rint(pcm * np.float32(32768)), -32768, 32767).astype(np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, steps, RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def peak(samples: Samples) -> float:
    """Return the largest magnitude of some samples, of which there must be one; NaN if one is NaN."""
    return max(float(samples.max()), -float(samples.min()))


class _Intake:
    """The samples of one file as they arrive: checked, hashed, mixed and resampled."""

    def __init__(self, rate: int, channels: int, max_seconds: float) -> None:
        if channels < 1:
            raise ClipError("unreadable", "a header of no channels")
        if channels > MAX_CHANNELS:
            raise ClipError("too_many_channels", f"{channels} channels, at most {MAX_CHANNELS}")
        if not MIN_RATE <= rate <= MAX_RATE:
            raise ClipError("implausible_rate", f"{rate} Hz, expected {MIN_RATE} to {MAX_RATE}")
        self.rate = rate
        self.channels = channels
        self.frames = 0
        self._max_seconds = max_seconds
        self._digest = hashlib.sha256(f"{rate} Hz, {channels} channels\n".encode())
        self._clipped = 0
        # A bytearray grows in place: a list of blocks would need twice the memory when it is joined.
        self._pcm = bytearray()
        self._resampler = None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, "float32", "HQ")

    def check_length(self, frames: int) -> None:
        if frames > self._max_seconds * self.rate:
            raise ClipError("too_long", f"{frames / self.rate:.1f} s, at most {self._max_seconds:g} s")

    def add(self, block: Samples) -> None:
        """Take the next samples, shaped (frames, channels)."""
        highest = peak(block)
        if not np.isfinite(highest):
            raise ClipError("not_finite", f"NaN or infinity in frame {self.frames + _first_not_finite(block)}")
        if highest > MAX_LEVEL:
            raise ClipError("implausible_level", f"a sample of {highest:.3g}, at most {MAX_LEVEL:g} (full scale: 1)")
        self.frames += len(block)
        self.check_length(self.frames)
        self._digest.update(block.data)
        if highest >= CLIPPED_FROM:
            self._clipped += _clipped(block)
        self._append(_mixed(block), last=False)

    def sound(self, codec: str, decoder: str) -> Sound:
        if not self.frames:
            raise ClipError("no_samples", f"{codec} without a sample")
        self._append(np.zeros(0, np.float32), last=True)
        pcm = np.frombuffer(self._pcm, np.float32)
        if not len(pcm) or peak(pcm) < HALF_STEP:
            raise ClipError("silent", f"no sample of {len(pcm)} reaches half a step of 16 bits")
        return Sound(
            pcm=pcm,
            sha256=self._digest.hexdigest(),
            codec=codec,
            decoder=decoder,
            rate=self.rate,
            channels=self.channels,
            clipped_share=self._clipped / (self.frames * self.channels),
        )

    def _append(self, mono: Samples, *, last: bool) -> None:
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono, last=last)
        self._pcm += mono.tobytes()


def _first_not_finite(block: Samples) -> int:
    return int(np.isfinite(block).all(axis=1).argmin())


def _mixed(block: Samples) -> Samples:
    """Return the mean of the channels, added in order so that the last bit does not depend on a BLAS."""
    if block.shape[1] == 1:
        return block[:, 0]
    total = block[:, 0] + block[:, 1]
    for channel in range(2, block.shape[1]):
        total += block[:, channel]
    total /= np.float32(block.shape[1])
    return total


def _clipped(block: Samples) -> int:
    """Count the samples above full scale, or near it and equal to the one before or after.

    A peak that only touches full scale has no equal neighbour; one cut off by a converter has.
    """
    level = np.abs(block)
    pair = (level[1:] >= CLIPPED_FROM) & (block[1:] == block[:-1])
    clipped = level > 1
    clipped[1:] |= pair
    clipped[:-1] |= pair
    return int(np.count_nonzero(clipped))


def _decoded(file: BinaryIO, size: int, max_seconds: float) -> Sound:
    if lacks_its_end(file, size):
        raise ClipError("truncated", f"{size} bytes, fewer than its header or last page says")
    if is_streamed_wav(file, size):
        return _read_with_ffmpeg(file, max_seconds, "a WAV file of unstated length.")
    if is_chained(file):
        # libsndfile stops at the second stream; FFmpeg decodes it on from the state of the first.
        raise ClipError("chained", "one Ogg stream after another; make files of them, or decode them into one")
    is_counted = counts_its_frames(file)
    try:
        file.seek(0)
        # By number, so that libsndfile cannot judge a headerless file by its name.
        opened = soundfile.SoundFile(file.fileno(), closefd=False)
    except soundfile.LibsndfileError as error:
        if error.code in (UNKNOWN_FORMAT, UNSUPPORTED_ENCODING):
            return _read_with_ffmpeg(file, max_seconds, error.error_string)
        raise ClipError("unreadable", f"libsndfile: {error.error_string}") from error
    with opened:
        if opened.frames < UNKNOWN_FRAMES and (is_counted or opened.format != "MP3"):
            return _read_with_soundfile(opened, max_seconds)
    return _read_with_ffmpeg(file, max_seconds, "a file of unstated length.")


def _read_with_soundfile(file: soundfile.SoundFile, max_seconds: float) -> Sound:
    intake = _Intake(file.samplerate, file.channels, max_seconds)
    declared = file.frames
    intake.check_length(declared)
    buffer = np.empty((max(1, min(declared, BLOCK // file.channels)), file.channels), np.float32)
    try:
        while len(block := file.read(out=buffer)):
            intake.add(block)
    except soundfile.LibsndfileError as error:
        detail = f"libsndfile: {error.error_string} It was reading on from frame {intake.frames} of {declared}."
        raise ClipError("unreadable", detail) from error
    if intake.frames < declared:
        raise ClipError("truncated", f"{intake.frames} of {declared} frames")
    codec = "mp3" if file.format == "MP3" else f"{file.format}/{file.subtype}".lower()
    library = f"soundfile {soundfile.__version__} (libsndfile {soundfile.__libsndfile_version__})"
    return intake.sound(codec, library)


def _read_with_ffmpeg(file: BinaryIO, max_seconds: float, refusal: str) -> Sound:
    from curation import ffmpeg  # here, because few files need it and every process would pay 0.1 s

    with ffmpeg.opened(file, refusal) as stream:
        intake = _Intake(stream.rate, stream.channels, max_seconds)
        for block in stream.blocks(BLOCK):
            intake.add(block)
        return intake.sound(stream.codec, stream.decoder)
