"""Makers of sound files that are broken, lying or cut, and of whole ones to break."""

import io
import os
import random
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from curation.sounds import Unread, inspect

UNKNOWN = 0xFFFFFFFF


def voice(seconds: float, rate: int = 16_000) -> NDArray[np.float32]:
    """Return a buzz with a voice's rhythm: syllables of harmonics, pauses between them, a little noise."""
    time = np.arange(int(seconds * rate)) / rate
    harmonics = sum(np.sin(2 * np.pi * 140 * n * time) / n for n in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time), 0, None) ** 0.5
    noise = np.random.default_rng(0).standard_normal(len(time))
    return (0.15 * harmonics * syllables + 0.0005 * noise).astype(np.float32)


def encoded(samples: NDArray[np.generic], rate: int, container: str, subtype: str) -> bytes:
    """Return samples as a file that libsndfile writes."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def muxed(
    samples: NDArray[np.float32],
    rate: int,
    container: str,
    codec: str,
    *,
    bit_rate: int | None = None,
    film_seconds: float = 0.0,
    options: dict[str, str] | None = None,
) -> bytes:
    """Return samples, mono or shaped (channels, frames), as a file that FFmpeg's libraries write, with a film or none.

    The options are those of the container's muxer.
    """
    channels = np.atleast_2d(samples)
    layout = "stereo" if len(channels) == 2 else "mono"
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options or {}) as output:
        film = (
            output.add_stream("libvpx" if container in ("webm", "ogg") else "mpeg4", rate=25) if film_seconds else None
        )
        stream = cast("av.AudioStream", output.add_stream(codec, rate=rate, layout=layout))
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels), format="fltp", layout=layout)
        frame.sample_rate = rate
        packets = [*stream.encode(frame), *stream.encode(None)]
        if isinstance(film, av.VideoStream):
            film.width = film.height = 64
            film.pix_fmt = "yuv420p"
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            packets += [packet for _ in range(int(film_seconds * 25)) for packet in film.encode(picture)]
            packets += film.encode(None)
        output.mux(sorted(packets, key=lambda packet: (packet.dts or 0) * (packet.time_base or 0)))
    return buffer.getvalue()


def uncounted_mp3(seconds: float, rate: int, bit_rate: int) -> bytes:
    """Return an MP3 file that does not begin with a count of its frames."""
    options = {"write_xing": "0", "id3v2_version": "0"}
    return muxed(voice(seconds, rate), rate, "mp3", "libmp3lame", bit_rate=bit_rate, options=options)


def uncounted_flac(whole: bytes) -> bytes:
    """Return a FLAC file with its 36-bit count of samples at zero, as a writer to a pipe leaves it."""
    return whole[:21] + bytes([whole[21] & 0xF0]) + bytes(4) + whole[26:]


def wav(
    data: bytes, *, tag: int = 1, channels: int = 1, rate: int = 16_000, bits: int = 16, declared: int | None = None
) -> bytes:
    """Return a WAV file of any header; `declared` is what the header says of the data's length in bytes."""
    align = channels * bits // 8
    length = len(data) if declared is None else declared
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * align & UNKNOWN, align & 0xFFFF, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", length) + data
    total = len(body) if declared is None else min(UNKNOWN, declared + 36)
    return b"RIFF" + struct.pack("<I", total) + body


def originals() -> dict[str, bytes]:
    """Return one whole file of each kind, a second long, by name."""
    samples = voice(1.0)
    return {
        "pcm.wav": encoded(samples, 16_000, "WAV", "PCM_16"),
        "float.wav": encoded(samples, 16_000, "WAV", "FLOAT"),
        "stereo.wav": encoded(np.stack([voice(1.0, 44_100)] * 2, axis=1), 44_100, "WAVEX", "PCM_24"),
        "lossless.flac": encoded(samples, 16_000, "FLAC", "PCM_16"),
        "layer3.mp3": encoded(samples, 16_000, "MP3", "MPEG_LAYER_III"),
        "vorbis.ogg": encoded(samples, 16_000, "OGG", "VORBIS"),
        "opus.ogg": encoded(samples, 16_000, "OGG", "OPUS"),
        "aac.m4a": muxed(samples, 16_000, "mp4", "aac"),
        "stereo.m4a": muxed(np.stack([voice(1.0, 44_100)] * 2), 44_100, "mp4", "aac"),
        "film.mp4": muxed(samples, 16_000, "mp4", "aac", film_seconds=1.6),
        "film.webm": muxed(voice(1.0, 48_000), 48_000, "webm", "libopus", film_seconds=1.6),
        "uncounted.mp3": uncounted_mp3(1.0, 16_000, 32_000),
        "uncounted.flac": uncounted_flac(encoded(samples, 16_000, "FLAC", "PCM_16")),
    }


def rejected() -> dict[str, tuple[bytes, str]]:
    """Return files that no clip may come of: bytes and the one reason, by name."""
    whole = originals()
    steps = (voice(1.0) * 32767).astype("<i2").tobytes()
    floats = voice(1.0).astype("<f4")
    holed, endless = floats.copy(), floats.copy()
    holed[500], endless[500] = np.nan, np.inf
    m4a = whole["aac.m4a"]
    streamed = muxed(floats, 16_000, "mp4", "aac", options={"movflags": "frag_keyframe+empty_moov"})
    webm = muxed(floats, 16_000, "webm", "libopus")
    return {
        "cut.wav": (whole["pcm.wav"][:-1000], "truncated"),
        "cut_in_its_header.wav": (whole["pcm.wav"][:30], "unreadable"),
        "cut.flac": (whole["lossless.flac"][: len(whole["lossless.flac"]) // 2], "unreadable"),
        "cut.mp3": (whole["layer3.mp3"][: len(whole["layer3.mp3"]) // 2], "truncated"),
        "cut_vorbis.ogg": (whole["vorbis.ogg"][:-200], "truncated"),
        "cut_opus.ogg": (whole["opus.ogg"][:-200], "truncated"),
        "cut_uncounted.mp3": (whole["uncounted.mp3"][:-20], "truncated"),
        "cut_uncounted.flac": (whole["uncounted.flac"][:-200], "unreadable"),
        "chained_vorbis.ogg": (whole["vorbis.ogg"] + encoded(floats / 2, 16_000, "OGG", "VORBIS"), "chained"),
        "chained_opus.ogg": (whole["opus.ogg"] * 2, "chained"),
        "cut.m4a": (m4a[: len(m4a) // 2], "truncated"),
        "cut_streamed.m4a": (streamed[: len(streamed) // 2], "truncated"),
        "cut.webm": (webm[: len(webm) // 2], "truncated"),
        "cut_film.webm": (whole["film.webm"][: len(whole["film.webm"]) // 2], "truncated"),
        "unknown_codec.webm": (webm.replace(b"A_OPUS", b"A_NONE"), "unreadable"),
        "4_gigabytes_in_100.wav": (wav(bytes(56), declared=0xFFFFFFF0), "truncated"),
        "1024_channels.wav": (wav(steps[:20480], channels=1024), "too_many_channels"),
        "65535_channels.wav": (wav(steps, channels=65535), "unreadable"),
        "no_channel.wav": (wav(steps, channels=0), "unreadable"),
        "rate_1.wav": (wav(steps, rate=1), "implausible_rate"),
        "rate_0.wav": (wav(steps, rate=0), "unreadable"),
        "rate_4_billion.wav": (wav(steps, rate=UNKNOWN), "unreadable"),
        "zero_frames.wav": (wav(b""), "no_samples"),
        "nan.wav": (wav(holed.tobytes(), tag=3, bits=32), "not_finite"),
        "infinity.wav": (wav(endless.tobytes(), tag=3, bits=32), "not_finite"),
        "overflowing_double.wav": (wav(np.full(99, 1e300, "<f8").tobytes(), tag=3, bits=64), "not_finite"),
        "unscaled_float.wav": (wav((floats * 32767).tobytes(), tag=3, bits=32), "implausible_level"),
        "digital_silence.wav": (wav(bytes(32_000)), "silent"),
        "digital_silence.mp3": (encoded(np.zeros(16_000), 16_000, "MP3", "MPEG_LAYER_III"), "silent"),
        "opposite_channels.wav": (encoded(np.stack([floats, -floats], 1), 16_000, "WAV", "FLOAT"), "silent"),
        "text.wav": (b"This is not a sound, whatever its name says.\n" * 40, "not_audio"),
        "playlist.wav": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "not_audio"),
        "concatenation.wav": (b"ffconcat version 1.0\nfile pcm.wav\n", "not_audio"),
        "empty.wav": (b"", "not_audio"),
        "zeros.wav": (bytes(5000), "not_audio"),
        "half_an_hour.wav": (wav(bytes(4000 * 1800), rate=4000, bits=8), "too_long"),
    }


def mutant(whole: bytes, seed: int) -> bytes:
    """Return a copy with one to three kinds of damage, which the seed decides."""
    dice = random.Random(seed)
    victim = bytearray(whole)
    for damage in dice.choices(DAMAGES, k=dice.randint(1, 3)):
        damage(victim, dice)
    return bytes(victim)


def _flip_bits(victim: bytearray, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 40) if victim else 0):
        victim[dice.randrange(len(victim))] ^= 1 << dice.randrange(8)


def _cut(victim: bytearray, dice: random.Random) -> None:
    del victim[dice.randint(0, len(victim)) :]


def _remove(victim: bytearray, dice: random.Random) -> None:
    start = dice.randint(0, len(victim))
    del victim[start : start + dice.randint(1, 2000)]


def _insert(victim: bytearray, dice: random.Random) -> None:
    start = dice.randint(0, len(victim))
    victim[start:start] = dice.randbytes(dice.randint(1, 2000))


def _scramble_header(victim: bytearray, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 8) if victim else 0):
        victim[dice.randrange(min(len(victim), 200))] = dice.randrange(256)


def _lie(victim: bytearray, dice: random.Random) -> None:
    """Put an extreme number where a length, rate or count may stand."""
    start = dice.randrange(0, 200, 2)
    number = dice.choice([0, 1, 0x7FFFFFFF, 0x80000000, UNKNOWN, 0xFFFF, dice.getrandbits(32)])
    victim[start : start + 4] = struct.pack(dice.choice("<>") + "I", number)


DAMAGES: list[Callable[[bytearray, random.Random], None]] = [
    _flip_bits, _cut, _remove, _insert, _scramble_header, _lie,
]  # fmt: skip


def examine(path: Path) -> dict[str, object]:
    """Return what becomes of a file: what a child of a rebuild does with it."""
    return inspect(Unread(str(path), None, max_seconds=60.0, max_bytes=1 << 30))


def examine_mutant(victims: Sequence[Path], folder: Path, seed: int) -> dict[str, object]:
    """Return what becomes of a mutant of one of the victims, made here to keep the parent's memory its own."""
    path = folder / str(os.getpid())
    path.write_bytes(mutant(victims[seed % len(victims)].read_bytes(), seed))
    return examine(path)
