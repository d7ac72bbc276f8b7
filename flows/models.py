"""The models that a run uses: found and checked before any work, and loaded once a process."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

from curation import audio, voices, weights
from curation.adapters import pyannote_pipeline, whisper
from curation.adapters.ge2e import GE2E
from curation.adapters.pyannet import PyanNet
from curation.adapters.silero import Silero
from curation.adapters.sphinx import PocketSphinx
from curation.detection import Agreed
from curation.errors import ConfigError
from curation.hearing import VERSION, Unheard, hear
from curation.hub import Found, found
from curation.services import Diarizer, Segmentation, SpeakerEncoder, Transcriber
from curation.settings import EMBEDDED, ComputeType, Device, SegmentSettings
from curation.spelling import pronunciation
from curation.spoken import spoken

_DIARIZER = ("onnxruntime", "pyannote.audio", "scipy")  # what the embedded one rests on, beside torch


@dataclass(frozen=True)
class Models:
    """Models that were found and checked: what a process that loads them needs, and what is recorded of them.

    Folders are null where the model is the embedded one or not set. `witness` names all that the models' answers
    follow from, but for the sound; `files` are SHA-256 by path.
    """

    settings: SegmentSettings
    diarization: Path | None
    transcription: Path | None
    alignment: Path | None
    witness: str
    files: dict[str, str] = field(compare=False)


def checked(settings: SegmentSettings) -> Models:
    """Find, download and check the models that settings name, without loading any.

    Raises ConfigError for one that is not there or not the one that is pinned, and for a GPU that is not there.
    """
    if settings.device == "cuda":
        check_gpu("segment")
    if settings.transcription.model != EMBEDDED:
        _check_arithmetic(settings.transcription.compute_type, settings.device)
    models = _found(settings)
    if "diarization" in models:
        pyannote_pipeline.check(models["diarization"].folder)
    files = {f"{name}/{path}": sha256 for name, model in models.items() for path, sha256 in model.files.items()}
    folders = {name: model.folder for name, model in models.items()}
    return Models(
        settings,
        folders.get("diarization"),
        folders.get("transcription"),
        folders.get("alignment"),
        "; ".join(_witnessed(settings, models)),
        files | _embedded(settings),
    )


def check_gpu(table: str) -> None:
    """Raise ConfigError where there is no GPU; PyTorch is asked in a process of its own: it takes seconds to load."""
    question = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    if subprocess.run([sys.executable, "-c", question], check=False).returncode:
        raise ConfigError(f'[{table}] device is "cuda", but PyTorch finds no GPU here; set it to "cpu"')


def _check_arithmetic(compute_type: ComputeType, device: Device) -> None:
    from ctranslate2 import get_supported_compute_types

    known = get_supported_compute_types(device)
    if compute_type not in known:
        raise ConfigError(
            f'[segment.transcription] compute_type "{compute_type}" cannot be used here on {device}; '
            f"there are {', '.join(sorted(known))}"
        )


def _found(settings: SegmentSettings) -> dict[str, Found]:
    """Return the models that are not embedded, by their tables."""
    models = {}
    if settings.alignment.model is not None and settings.transcription.model == EMBEDDED:
        raise ConfigError(
            "[segment.alignment] model is for words that [segment.transcription] model recognises; set both"
        )
    if settings.diarization.model != EMBEDDED:
        needed = pyannote_pipeline.NEEDED
        models["diarization"] = found("segment.diarization", settings.diarization, needed, is_code=True)
    if settings.transcription.model != EMBEDDED:
        models["transcription"] = found("segment.transcription", settings.transcription, whisper.NEEDED)
        if settings.alignment.model is not None:
            models["alignment"] = found("segment.alignment", settings.alignment, whisper.NEEDED_FOR_ALIGNMENT)
    return models


def _embedded(settings: SegmentSettings) -> dict[str, str]:
    """Return SHA-256 of the files inside installed packages that are used."""
    is_diarizer = settings.diarization.model == EMBEDDED
    is_used = {
        weights.PYANNET: is_diarizer or settings.transcription.model != EMBEDDED,  # whisperx finds speech with it too
        weights.SILERO: is_diarizer,
        weights.GE2E: is_diarizer,
        weights.POCKETSPHINX: settings.transcription.model == EMBEDDED,
    }
    used = [each for each in is_used if is_used[each]]
    for each in used:
        weights.located(each)
    files = {f"{each.package}/{each.file}": each.sha256 for each in used}
    if is_diarizer:
        calibration = Path(voices.__file__).with_suffix(".toml")
        files[f"curation/{calibration.name}"] = hashlib.sha256(calibration.read_bytes()).hexdigest()
    return files


def _witnessed(settings: SegmentSettings, models: dict[str, Found]) -> Iterator[str]:
    for name, model in settings.models().items():
        if name in models:
            # a folder may be moved; a model of the hub is known by its id
            known_as = model.folder.name if model.folder else model.model
            yield f"{name}: {known_as} {models[name].sha256[:12]}"
        elif model.model == EMBEDDED:
            yield f"{name}: embedded"
    for path, sha256 in sorted(_embedded(settings).items()):
        yield f"{path} {sha256[:12]}"
    if "transcription" in models:
        yield f"language {settings.transcription.language or 'detected'}, {settings.transcription.compute_type}"
    if "alignment" in models:
        yield f"alignment of {settings.alignment.language}"
    yield f"{settings.device}, batches of {settings.model_batch_size}" if models else settings.device
    yield f"hearing@{VERSION}, {audio.witness()}"
    yield ", ".join(f"{library} {version(library)}" for library in sorted(_libraries(models)))


def _libraries(models: dict[str, Found]) -> set[str]:
    """Return the libraries that the answers follow from."""
    used = {"pyannote.audio", "torch"} if "diarization" in models else {*_DIARIZER, "torch"}
    if "transcription" not in models:
        return used | {"pocketsphinx"}
    return used | {"ctranslate2", "faster-whisper", "whisperx"} | ({"transformers"} if "alignment" in models else set())


def heard(models: Models, clip: Unheard) -> dict[str, object]:
    """Return what the models hear in a clip: what a child process does."""
    return hear(clip, diarizer(models), transcriber(models))


@cache
def diarizer(models: Models) -> Diarizer:
    """Return the diarizer."""
    if models.diarization is None:
        from curation.diarization import EmbeddedDiarizer  # here, for it loads scipy, which takes a rebuild 0.3 s

        return EmbeddedDiarizer(segmentation(), encoder(), voices.calibration())
    settings = models.settings
    return pyannote_pipeline.PyannotePipeline(models.diarization, settings.device, settings.model_batch_size)


@cache
def transcriber(models: Models) -> Transcriber:
    """Return the transcriber."""
    settings = models.settings
    if models.transcription is None:
        return aligner()
    aligned = None if models.alignment is None else whisper.Alignment(models.alignment, settings.alignment.language)
    return whisper.Whisper(
        models.transcription,
        aligned,
        settings.transcription.language,
        settings.device,
        settings.transcription.compute_type,
        settings.model_batch_size,
    )


@cache
def segmentation() -> Segmentation:
    """Return the segmentation of the embedded default."""
    return Agreed(PyanNet(weights.located(weights.PYANNET)), Silero(weights.located(weights.SILERO)))


@cache
def encoder() -> SpeakerEncoder:
    """Return the speaker encoder of the embedded default."""
    return GE2E(weights.located(weights.GE2E))


@cache
def aligner() -> Transcriber:
    """Return the transcriber of the embedded default, which aligns what the source says was said."""
    return PocketSphinx(weights.located(weights.POCKETSPHINX), spoken, pronunciation)
