import hashlib
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from curation.audio import MAX_CHANNELS, RATE, Samples, Sound, decode, encode_flac, witness
from curation.errors import ClipError
from tests import hostile

SUBTYPES = [
    ("WAV", "PCM_U8"), ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "PCM_32"), ("WAV", "FLOAT"), ("WAV", "DOUBLE"),
    ("WAV", "ULAW"), ("WAVEX", "PCM_16"), ("WAVEX", "FLOAT"), ("RF64", "PCM_16"), ("FLAC", "PCM_S8"),
    ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("AIFF", "PCM_16"), ("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
]  # fmt: skip


def decoded(folder: Path, content: bytes, max_seconds: float = 60.0) -> Sound:
    path = folder / "sound"
    path.write_bytes(content)
    return decode(path, max_seconds)


def refused(folder: Path, content: bytes, max_seconds: float = 60.0) -> ClipError:
    with pytest.raises(ClipError) as caught:
        decoded(folder, content, max_seconds)
    return caught.value


def strongest_frequency(pcm: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(pcm[: RATE // 2] * np.hanning(RATE // 2)))
    return float(spectrum.argmax()) * 2


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize(("container", "subtype"), SUBTYPES)
def test_every_container_rate_and_channel_count_becomes_16_khz_mono(
    tmp_path: Path, container: str, subtype: str, rate: int, channels: int
) -> None:
    if subtype == "OPUS" and rate == 44_100:
        rate = 24_000
    if container == "MP3" and channels == 4:
        channels = 2
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    sound = decoded(tmp_path, hostile.encoded(np.stack([tone] * channels, axis=1), rate, container, subtype))
    assert (sound.rate, sound.channels) == (rate, channels)
    assert sound.pcm.dtype == np.float32
    assert len(sound.pcm) == pytest.approx(RATE, abs=2)
    assert strongest_frequency(sound.pcm) == 1000
    middle = sound.pcm[4000:12000]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize(
    ("container", "codec", "rate", "name"),
    [
        ("mp4", "aac", 16_000, "mp4/aac"),
        ("mp4", "aac", 44_100, "mp4/aac"),
        ("mp4", "alac", 48_000, "mp4/alac"),
        ("adts", "aac", 16_000, "aac/aac"),
        ("webm", "libopus", 48_000, "matroska/opus"),
        ("3gp", "aac", 16_000, "mp4/aac"),
        ("ac3", "ac3", 48_000, "ac3/ac3"),
    ],
)
def test_what_libsndfile_does_not_know_is_read_by_pyav(
    tmp_path: Path, container: str, codec: str, rate: int, name: str
) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)).astype(np.float32)
    sound = decoded(tmp_path, hostile.muxed(tone, rate, container, codec))
    assert (sound.codec, sound.rate, sound.channels) == (name, rate, 1)
    assert sound.decoder.startswith(f"PyAV {av.__version__} (libavcodec ")
    assert len(sound.pcm) / RATE == pytest.approx(1.0, abs=0.15)
    assert strongest_frequency(sound.pcm[2000:]) == pytest.approx(1000, abs=4)


@pytest.mark.parametrize(
    ("container", "subtype", "name"),
    [("WAV", "PCM_16", "wav/pcm_16"), ("FLAC", "PCM_16", "flac/pcm_16"), ("MP3", "MPEG_LAYER_III", "mp3")],
)
def test_codec_and_decoder_are_named(tmp_path: Path, container: str, subtype: str, name: str) -> None:
    sound = decoded(tmp_path, hostile.encoded(hostile.voice(1.0), 16_000, container, subtype))
    assert sound.codec == name
    assert sound.decoder == f"soundfile {soundfile.__version__} (libsndfile {soundfile.__libsndfile_version__})"


def test_the_witness_names_every_library_that_decodes() -> None:
    assert witness().startswith("ingest/audio@")
    assert f"soundfile {soundfile.__version__}" in witness()
    assert f"av {av.__version__}" in witness()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_the_same_samples_have_one_hash_in_every_lossless_file(tmp_path: Path, rate: int, channels: int) -> None:
    steps = (np.stack([hostile.voice(1.0, rate)] * channels, axis=1) * 32767).astype(np.int16)
    wide = steps.astype(np.int32) << 16
    files = [
        hostile.encoded(steps, rate, "WAV", "PCM_16"),
        hostile.encoded(steps, rate, "FLAC", "PCM_16"),
        hostile.encoded(wide, rate, "WAV", "PCM_32"),
        hostile.encoded(wide, rate, "FLAC", "PCM_24"),
        hostile.encoded(steps / 32768, rate, "WAV", "DOUBLE"),
    ]
    assert len({decoded(tmp_path, content).sha256 for content in files}) == 1


def test_libsndfile_and_ffmpeg_agree_on_the_hash_of_lossless_samples(tmp_path: Path) -> None:
    steps = np.asarray(np.rint(hostile.voice(1.0) * 32767) / 32768, np.float32)
    alac = decoded(tmp_path, hostile.muxed(steps, 16_000, "mp4", "alac"))
    flac = decoded(tmp_path, hostile.encoded(steps, 16_000, "FLAC", "PCM_16"))
    assert alac.codec != flac.codec
    assert alac.sha256 == flac.sha256


def test_the_hash_is_of_rate_channels_and_samples(tmp_path: Path) -> None:
    steps = (hostile.voice(1.0) * 32767).astype("<i2")
    louder = steps.copy()
    louder[9] += 1
    files = [
        hostile.wav(steps.tobytes()),
        hostile.wav(steps.tobytes(), rate=8_000),
        hostile.wav(steps.tobytes(), channels=2),
        hostile.wav(louder.tobytes()),
    ]
    sounds = [decoded(tmp_path, content) for content in files]
    assert len({sound.sha256 for sound in sounds}) == len(files)
    heading = b"16000 Hz, 1 channels\n"
    samples = (steps / 32768).astype("<f4").tobytes()
    assert sounds[0].sha256 == hashlib.sha256(heading + samples).hexdigest()


def test_channels_are_mixed_to_their_mean(tmp_path: Path) -> None:
    channels = np.random.default_rng(1).uniform(-0.5, 0.5, (8000, 5)).astype(np.float32)
    sound = decoded(tmp_path, hostile.encoded(channels, 16_000, "WAV", "FLOAT"))
    assert sound.pcm == pytest.approx(channels.mean(axis=1), abs=1e-6)


def test_a_recording_of_many_blocks_is_joined_without_a_seam(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000 * 20) / 48_000)
    sound = decoded(tmp_path, hostile.encoded(tone, 48_000, "WAV", "FLOAT"))
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE * 20) / RATE)
    assert sound.pcm[1000:-1000] == pytest.approx(expected[1000:-1000], abs=1e-4)


def test_clipping_is_counted_before_resampling(tmp_path: Path) -> None:
    loud = np.clip(1.5 * np.sin(2 * np.pi * 200 * np.arange(44_100) / 44_100), -1, 1)
    share = float(np.mean(np.abs(loud) == 1))
    sound = decoded(tmp_path, hostile.encoded(loud, 44_100, "WAV", "PCM_16"))
    assert sound.clipped_share == pytest.approx(share, abs=0.02)


def test_a_tone_that_touches_full_scale_is_not_clipped(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 201 * np.arange(44_100) / 44_100)
    assert decoded(tmp_path, hostile.encoded(tone, 44_100, "WAV", "PCM_16")).clipped_share < 0.01


@pytest.mark.parametrize(("name", "content", "reason"), [(k, *v) for k, v in hostile.rejected().items()])
def test_a_hostile_file_is_rejected_for_one_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ClipError) as caught:
        decode(path, max_seconds=600.0)
    assert caught.value.reason == reason
    assert caught.value.detail
    assert str(tmp_path) not in caught.value.detail


def test_the_first_sample_that_is_no_number_is_named(tmp_path: Path) -> None:
    samples = np.zeros((200_000, 2), np.float32)
    samples[150_000, 1] = np.nan
    assert "frame 150000" in refused(tmp_path, hostile.encoded(samples, 16_000, "WAV", "FLOAT")).detail


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF])
def test_a_wav_of_unstated_length_is_read_to_its_end(tmp_path: Path, declared: int) -> None:
    steps = (hostile.voice(1.0) * 32767).astype("<i2").tobytes()
    content = hostile.wav(steps, declared=declared)
    content = content[:4] + declared.to_bytes(4, "little") + content[8:]
    assert decoded(tmp_path, content).sha256 == decoded(tmp_path, hostile.wav(steps)).sha256


@pytest.mark.parametrize(("rate", "bit_rate"), [(16_000, 32_000), (22_050, 64_000), (44_100, 128_000)])
def test_an_mp3_file_that_does_not_count_its_frames_is_read_to_its_end(
    tmp_path: Path, rate: int, bit_rate: int
) -> None:
    sound = decoded(tmp_path, hostile.uncounted_mp3(10.0, rate, bit_rate))
    assert (sound.codec, sound.rate, sound.channels) == ("mp3", rate, 1)
    assert sound.decoder.startswith("PyAV")
    assert len(sound.pcm) / RATE == pytest.approx(10.0, abs=0.1)


def test_an_mp3_file_of_two_bit_rates_is_read_to_its_end(tmp_path: Path) -> None:
    parts = [hostile.uncounted_mp3(5.0, 44_100, bit_rate) for bit_rate in (128_000, 32_000)]
    assert len(decoded(tmp_path, b"".join(parts)).pcm) / RATE == pytest.approx(10.0, abs=0.2)


def test_an_mp3_file_that_is_appended_to_another_is_read_too(tmp_path: Path) -> None:
    part = hostile.encoded(hostile.voice(1.0), 16_000, "MP3", "MPEG_LAYER_III")
    assert len(decoded(tmp_path, part * 2).pcm) / RATE == pytest.approx(2.0, abs=0.15)
    # Nobody looks for frames behind the tag of the second one, and half is not taken for the whole.
    assert refused(tmp_path, part + b"ID3\3\0\0\0\0\1\0" + bytes(128) + part).reason == "unreadable"


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_a_flac_file_that_does_not_count_its_samples_is_read_to_its_end(tmp_path: Path, subtype: str) -> None:
    whole = hostile.encoded(hostile.voice(2.0), 16_000, "FLAC", subtype)
    uncounted = decoded(tmp_path, hostile.uncounted_flac(whole))
    assert uncounted.decoder.startswith("PyAV")
    assert uncounted.sha256 == decoded(tmp_path, whole).sha256


def test_both_channels_of_an_m4a_file_are_heard(tmp_path: Path) -> None:
    time = np.arange(44_100) / 44_100
    tones = np.stack([0.5 * np.sin(2 * np.pi * hz * time) for hz in (1000, 3000)]).astype(np.float32)
    sound = decoded(tmp_path, hostile.muxed(tones, 44_100, "mp4", "aac", bit_rate=192_000))
    assert (sound.codec, sound.rate, sound.channels) == ("mp4/aac", 44_100, 2)
    spectrum = np.abs(np.fft.rfft(sound.pcm[4000:12000] * np.hanning(8000))) / 2000
    assert [float(spectrum[hz // 2]) for hz in (1000, 2000, 3000)] == pytest.approx([0.25, 0.0, 0.25], abs=0.02)


def test_64_channels_are_read_and_65_are_not(tmp_path: Path) -> None:
    steps = (hostile.voice(1.0) * 32767).astype("<i2")
    many = np.stack([steps] * MAX_CHANNELS, axis=1)
    assert decoded(tmp_path, hostile.wav(many.tobytes(), channels=MAX_CHANNELS)).channels == MAX_CHANNELS
    assert refused(tmp_path, hostile.wav(many.tobytes(), channels=MAX_CHANNELS + 1)).reason == "too_many_channels"


def test_a_compressed_file_longer_than_allowed_is_decoded_no_further(tmp_path: Path) -> None:
    for container, codec in (("webm", "libopus"), ("adts", "aac")):
        error = refused(tmp_path, hostile.muxed(hostile.voice(9.0, 48_000), 48_000, container, codec), max_seconds=5.0)
        assert error.reason == "too_long"


def test_what_is_no_file_is_rejected(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "absent.wav", "missing"),
        (tmp_path, "not_a_file"),
        (Path("/dev/zero"), "not_a_file"),
    ):
        with pytest.raises(ClipError) as caught:
            decode(path, 60.0)
        assert caught.value.reason == reason


def test_a_video_without_sound_is_not_audio(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        output.mux([*stream.encode(frame), *stream.encode(None)])
    assert refused(tmp_path, path.read_bytes()).reason == "not_audio"


def test_published_flac_holds_16_bit_samples_unchanged(tmp_path: Path) -> None:
    steps = (hostile.voice(1.0) * 32767).astype(np.int16)
    pcm = np.asarray(steps / 32768, np.float32)
    content = encode_flac(pcm)
    assert content == encode_flac(pcm)
    sound = decoded(tmp_path, content)
    assert (sound.codec, sound.rate, sound.channels) == ("flac/pcm_16", RATE, 1)
    assert np.array_equal(sound.pcm * 32768, steps)


def test_flac_holds_back_what_exceeds_full_scale(tmp_path: Path) -> None:
    loud = np.array([0.5, 2.0, -2.0, 0.25] * 100, np.float32)
    assert decoded(tmp_path, encode_flac(loud)).pcm[:4] == pytest.approx([0.5, 32767 / 32768, -1.0, 0.25])


def test_every_real_recording_decodes(corpus: Path) -> None:
    paths = [path for path in corpus.rglob("*") if path.suffix.lower() == ".wav"]
    sounds = [decode(path, 7200.0) for path in paths]
    assert len(sounds) == 343
    assert {(sound.codec, sound.rate, sound.channels) for sound in sounds} == {
        ("wav/pcm_16", 16_000, 1),
        ("wav/pcm_16", 44_100, 1),
        ("wav/pcm_16", 48_000, 1),
        ("wav/pcm_16", 48_000, 2),
        ("wav/float", 16_000, 1),
    }
    assert all(len(sound.pcm) >= 0.9 * RATE for sound in sounds)
