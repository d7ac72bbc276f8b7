"""What a child process does with one sound file: inspect it for the warehouse, render it for a release.

Nothing here imports polars: the children that decode stay small and start fast.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from curation import audio
from curation.audio import RATE, Samples, decode, encode_flac
from curation.errors import ClipError
from curation.fingerprint import VERSION, fingerprint
from curation.loudness import at_loudness
from curation.measurements import measure

ID_LENGTH = 32


# What says as much of the machine as of the file.
_PASSING = frozenset({"timed_out", "out_of_memory"})


class Unread(NamedTuple):
    """A file to inspect; bytes that hash to `known_sha256` are not decoded again."""

    path: str
    known_sha256: str | None
    max_seconds: float
    max_bytes: int


class Unrendered(NamedTuple):
    """A clip to render from the file that holds it; of a clip that is cut from start to end, in seconds."""

    path: str
    clip_id: str
    max_seconds: float
    loudness_lufs: float
    cut: tuple[float, float] | None = None


def witness() -> str:
    """Return what decides the result of an inspection beside the file: a change of it has all files inspected anew."""
    return f"{audio.witness()}, fingerprint@{VERSION}"


def inspect(file: Unread) -> dict[str, object]:
    """Return a file's hash, and its clip with all measurements or the reason why it is none.

    Raises ClipError where the file cannot even be read.
    """
    path = Path(file.path)
    sha256 = _hashed(path, file.max_bytes)
    if sha256 == file.known_sha256:
        return {"sha256": sha256}
    row: dict[str, object] = {"sha256": sha256, "witness": witness()}
    try:
        sound = decode(path, file.max_seconds)
    except ClipError as error:
        return row | {"reason": error.reason, "detail": error.detail}
    return row | {
        "clip_id": sound.sha256[:ID_LENGTH],
        "codec": sound.codec,
        "decoder": sound.decoder,
        "rate": sound.rate,
        "channels": sound.channels,
        **measure(sound),
        "fingerprint": fingerprint(sound.pcm).tobytes(),
    }


def failed(file: Unread, error: ClipError) -> dict[str, object]:
    """Return the row of a file whose inspection ended with an error, from outside the child that did it.

    With its hash the file is left alone until it or the decoder changes. One that cannot be read, or that
    a busy machine may have failed, has none and is tried again.
    """
    row: dict[str, object] = {"witness": witness(), "reason": error.reason, "detail": error.detail}
    if error.reason in _PASSING:
        return row
    try:
        return row | {"sha256": _hashed(Path(file.path), file.max_bytes)}
    except ClipError:
        return row


def render(clip: Unrendered) -> bytes:
    """Return a clip as published: 16 kHz mono FLAC at one loudness.

    Raises ClipError `changed` where the file no longer holds the clip.
    """
    pcm = samples_of(clip.path, clip.clip_id, clip.max_seconds)
    if clip.cut is not None:
        start, end = (round(seconds * RATE) for seconds in clip.cut)
        pcm = pcm[start:end]
    return encode_flac(at_loudness(pcm, clip.loudness_lufs))


def samples_of(path: str, clip_id: str, max_seconds: float) -> Samples:
    """Return the samples of a clip from the file that holds it; ClipError `changed` where it no longer does."""
    sound = decode(Path(path), max_seconds)
    if sound.sha256[:ID_LENGTH] != clip_id:
        raise ClipError("changed", f"clip {clip_id[:12]}: its file changed during the run; run again")
    return sound.pcm


def _hashed(path: Path, max_bytes: int) -> str:
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise ClipError("too_large", f"{size} bytes, at most {max_bytes} ([ingest] max_file_mb)")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ClipError("unreadable", error.strerror or str(error)) from error
