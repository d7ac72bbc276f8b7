"""Models that settings name: folders as they are, or commits of the Hugging Face hub, downloaded once."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from curation.errors import ConfigError
from curation.settings import ModelSettings

TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105 - the name of a variable, which huggingface_hub reads

# The same weights for other libraries.
_NOT_WANTED = ["*.h5", "*.msgpack", "*.ot"]

# Formats that hold data and no code, whoever reads them: NumPy refuses pickled objects unless it is asked for them.
_DATA = {".json", ".md", ".npy", ".npz", ".onnx", ".safetensors", ".toml", ".txt", ".yaml", ".yml"}
_TEXTS = {".gitattributes", ".gitignore", "LICENSE", "README"}
# CTranslate2 calls its own format model.bin: a version, and then the name of the kind of model.
_CTRANSLATE2 = b"\x0c\x00WhisperSpec\x00"


class Found(NamedTuple):
    """A model in its folder: SHA-256 of each file by its path there, and one over all."""

    folder: Path
    files: dict[str, str]
    sha256: str


def found(table: str, model: ModelSettings, needed: Sequence[str], *, is_code: bool = False) -> Found:
    """Return the model of a table of settings, such as `segment.diarization`, downloaded if it is on the hub.

    Of `needed` files some may have alternatives (`a|b`). A model that may run code when it is loaded must be pinned:
    one of the hub is by its commit, a folder by `sha256`. Raises ConfigError for one that is not there, is incomplete,
    or is not or otherwise pinned.
    """
    folder = Path(str(model.model)) if model.revision is None else _downloaded(table, model)
    if not folder.is_dir():
        raise ConfigError(
            f"[{table}] model {folder}: no such folder; a model of the Hugging Face hub needs its revision"
        )
    try:
        files = digests(folder)
        may_run_code = is_code or any(_may_be_pickled(folder / file) for file in files)
    except OSError as error:
        raise ConfigError(f"[{table}] model {error.filename}: {error.strerror}") from error
    missing = [file for file in needed if not set(file.split("|")) & files.keys()]
    if missing:
        raise ConfigError(f"[{table}] model {folder}: there is no {missing[0].replace('|', ' or ')} in this folder")
    whole = digest(files)
    if model.sha256 not in (None, whole):
        raise ConfigError(f"[{table}] model {folder}: its digest is {whole}, sha256 says {model.sha256}")
    if may_run_code and model.sha256 is None and model.revision is None:
        raise ConfigError(
            f"[{table}] model {folder}: loading it may run code that it holds; "
            f'if you trust who made it, pin it there: sha256 = "{whole}"'
        )
    return Found(folder, files, whole)


def digests(folder: Path) -> dict[str, str]:
    """Return SHA-256 of every file by its path in the folder."""
    files = {}
    for path in _files(folder):
        with path.open("rb") as file:
            files[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return dict(sorted(files.items()))


def digest(files: Mapping[str, str]) -> str:
    """Return one SHA-256 over all: that of what `sha256sum` prints for the files, in order of their paths."""
    return hashlib.sha256("".join(f"{files[path]}  {path}\n" for path in sorted(files)).encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    # what is linked counts too, or a model could be changed and its digest stay
    for place, _, names in os.walk(folder, onerror=fail, followlinks=True):
        yield from (Path(place) / name for name in names)


def _may_be_pickled(path: Path) -> bool:
    if path.suffix in _DATA or path.name in _TEXTS:
        return False
    with path.open("rb") as file:
        return file.read(4 + len(_CTRANSLATE2))[4:] != _CTRANSLATE2


def _downloaded(table: str, model: ModelSettings) -> Path:
    from huggingface_hub import errors, snapshot_download

    why: dict[type, str] = {
        errors.GatedRepoError: "access to it is not granted",
        errors.RepositoryNotFoundError: "the hub has no such model, or shows it to its owner only",
        errors.RevisionNotFoundError: f"it has no commit {model.revision}",
        errors.LocalEntryNotFoundError: "the hub is out of reach, and this commit was not downloaded before",
    }
    try:
        return Path(snapshot_download(str(model.model), revision=model.revision, ignore_patterns=_NOT_WANTED))
    except (OSError, ValueError) as error:  # those of requests and huggingface_hub are
        raise ConfigError(
            f"[{table}] model {model.model}: {why.get(type(error)) or str(error).strip().splitlines()[0]}; "
            f"access is granted at https://huggingface.co/{model.model} to the account whose token {TOKEN_VARIABLE} "
            f"holds; or download it elsewhere and set [{table}] model to its folder"
        ) from error
