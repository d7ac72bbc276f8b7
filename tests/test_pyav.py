import io

import av
import numpy as np
import pytest
import soundfile

from curation.adapters.pyav import encode

RATE = 22_050
SECONDS = 2


def tone(channels: int = 1) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    time = np.arange(SECONDS * RATE) / RATE
    return np.stack([0.4 * np.sin(2 * np.pi * 220 * (1 + channel) * time) for channel in range(channels)]).astype("f4")


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("extension", "codec", "rate", "bit_rate"),
    [
        ("wav", "pcm_s16le", 16_000, None),
        ("wav", "pcm_f32le", RATE, None),
        ("flac", "flac", 44_100, None),
        ("mp3", "libmp3lame", RATE, 32_000),
        ("opus", "libopus", 48_000, 16_000),
        ("ogg", "libopus", 24_000, 48_000),
        ("m4a", "aac", 32_000, 96_000),
    ],
)
def test_the_same_samples_give_the_same_file(
    extension: str, codec: str, rate: int, bit_rate: int | None, channels: int
) -> None:
    files = [
        encode(tone(channels), RATE, extension=extension, codec=codec, to_rate=rate, bit_rate=bit_rate)
        for _ in range(2)
    ]
    assert files[0] == files[1]
    with av.open(io.BytesIO(files[0]), "r") as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.channels) == (48_000 if codec == "libopus" else rate, channels)
        frames = sum(frame.samples for frame in container.decode(stream))
    # Encoders pad to whole blocks and say so in ways that decoders heed differently.
    assert frames / stream.rate == pytest.approx(SECONDS, abs=0.1)


def test_floating_point_keeps_every_sample() -> None:
    data, rate = soundfile.read(
        io.BytesIO(encode(tone(), RATE, extension="wav", codec="pcm_f32le", to_rate=RATE)), dtype="float32"
    )
    assert rate == RATE
    assert np.array_equal(data, tone()[0])


def test_integers_are_within_one_step() -> None:
    data, _ = soundfile.read(io.BytesIO(encode(tone(2), RATE, extension="flac", codec="flac", to_rate=RATE)))
    assert np.abs(data.T - tone(2)).max() <= 2**-15
