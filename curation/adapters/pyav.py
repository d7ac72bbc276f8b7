"""Sound files by FFmpeg, in process, from the PyAV wheel."""

import io
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray

CONTAINERS = {"wav": "wav", "flac": "flac", "mp3": "mp3", "opus": "ogg", "ogg": "ogg", "m4a": "ipod"}

_LAYOUTS = {1: "mono", 2: "stereo"}


def encode(
    samples: NDArray[np.float32], rate: int, *, extension: str, codec: str, to_rate: int, bit_rate: int | None = None
) -> bytes:
    """Return the samples as a file, resampled; the same samples always give the same bytes.

    `samples` is channels by frames, at least one frame, full scale being 1; `extension` is a key of CONTAINERS,
    `codec` FFmpeg's name of an encoder, rates are in Hz and `bit_rate` in bit/s.
    """
    layout = _LAYOUTS[len(samples)]
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
    frame.sample_rate = rate
    frame.pts = 0
    file = io.BytesIO()
    # Without "bitexact" an Ogg stream has a random serial number, and every file its writer's version.
    with av.open(file, "w", format=CONTAINERS[extension], options={"fflags": "+bitexact"}) as container:
        stream = cast("av.AudioStream", container.add_stream(codec, rate=to_rate, layout=layout))
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
