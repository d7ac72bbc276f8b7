"""Sound files that libsndfile does not read to their end, decoded by FFmpeg's libraries through PyAV."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from curation.errors import ClipError

# Demuxers that FFmpeg may try. Left out on purpose: playlists and other formats that open further files.
CONTAINERS = "aac,ac3,aiff,amr,asf,caf,flac,matroska,mov,mp3,ogg,wav"
CONTAINER_NAMES = {"mov": "mp4"}

# These state durations; for the others FFmpeg guesses them from the bit rate.
STATE_DURATIONS = ("mov", "matroska")
DURATION_SLACK = 0.1  # seconds: padding of the encoder and rounding of the container's clock


class AudioStream:
    """The audio stream of one open file: its rate in Hz, its channels, and who decodes what."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self._format = container.format.name.split(",")[0]
        stream = container.streams.best("audio")
        if not isinstance(stream, av.AudioStream):
            raise ClipError("not_audio", f"{container.format.name} without an audio stream")
        if stream.codec_context is None:
            raise ClipError("unreadable", f"{container.format.name} in a codec that FFmpeg does not know")
        stream.codec_context.thread_count = 1  # the cores are busy with other files
        self._container = container
        self._stream = stream
        self._frames = 0
        self.rate = stream.rate
        self.channels = stream.channels
        # An MP3 file is no container: `mp3` is what libsndfile's reader calls it too.
        name = CONTAINER_NAMES.get(self._format, self._format)
        self.codec = name if name == "mp3" else f"{name}/{stream.codec_context.name}"
        libavcodec = ".".join(str(part) for part in av.library_versions["libavcodec"])
        self.decoder = f"PyAV {av.__version__} (libavcodec {libavcodec})"

    def blocks(self, samples: int) -> Iterator[NDArray[np.float32]]:
        """Yield the sound to its end, shaped (frames, channels), at most so many samples of all channels at a time.

        Raises ClipError: unreadable, truncated.
        """
        resampler = av.AudioResampler(format="flt", frame_size=max(1, samples // self.channels))
        try:
            for frame in chain(self._decoded(), [None]):
                for block in resampler.resample(frame):
                    yield np.asarray(block.to_ndarray(), np.float32).reshape(-1, self.channels)
        except (av.error.FFmpegError, ValueError) as error:
            raise ClipError("unreadable", f"FFmpeg: {_said(error)}, near frame {self._frames}") from error
        seconds, stated = self._frames / self.rate, self._stated_seconds()
        if stated is not None and seconds < stated - DURATION_SLACK:
            raise ClipError("truncated", f"{seconds:.2f} of {stated:.2f} s")

    def _decoded(self) -> Iterator[av.AudioFrame]:
        skipped: av.error.InvalidDataError | None = None
        last = b""
        for packet in self._container.demux(self._stream):
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.error.InvalidDataError as error:
                # Behind the last frame of an MP3 file, padding and tags may stand; before another one they may not.
                if self._format != "mp3":
                    raise
                skipped = error
                continue
            if frames and skipped is not None:
                raise skipped
            for frame in frames:
                self._frames += frame.samples
                yield frame
                last = bytes(packet)
        if self._format == "mp3" and last and not self._is_whole(last):
            raise ClipError("truncated", f"the file ends in a frame of MP3, near frame {self._frames}")

    def _is_whole(self, frame: bytes) -> bool:
        # FFmpeg's decoder mends a frame that is cut; its parser holds it back, waiting for the rest.
        return bool(av.CodecContext.create(self._stream.codec_context.name, "r").parse(frame))

    def _stated_seconds(self) -> float | None:
        """Return how long the container says that the audio is: its own length may be that of another stream."""
        clock = self._stream.time_base
        if self._format not in STATE_DURATIONS or clock is None:
            return None
        if self._stream.duration is not None:
            return float(self._stream.duration * clock)
        if self._container.duration is None or len(self._container.streams) > 1:
            return None
        return self._container.duration / av.time_base - float((self._stream.start_time or 0) * clock)


@contextmanager
def opened(file: BinaryIO, refusal: str) -> Iterator[AudioStream]:
    """Open a file's best audio stream; `refusal` is what libsndfile said of it.

    Raises ClipError: not_audio, unreadable.
    """
    file.seek(0)
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    try:
        container = av.open(file, "r", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise ClipError("not_audio", f"libsndfile: {refusal} FFmpeg: {_said(error)}") from error
    with container:
        yield AudioStream(container)


def _said(error: Exception) -> str:
    """Return what went wrong without the file's name, which is no part of it."""
    return getattr(error, "strerror", None) or str(error)
