"""Model files that come inside installed packages, pinned by their digests."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from curation.errors import ConfigError


class Weights(NamedTuple):
    """A model file, or a folder of them: the package that holds it, its path there, its SHA-256, and how to install it.

    The SHA-256 of a folder is that of the lines `<SHA-256>  <path in the folder>` of its files, sorted by path.
    """

    package: str
    file: str
    sha256: str
    install: str


PYANNET = Weights(
    "whisperx",
    "assets/pytorch_model.bin",
    "0b5b3216d60a2d32fc086b47ea8c67589aaeb26b7e07fcbe620d6d0b83e209ea",
    "pip install whisperx==3.8.6",
)
SILERO = Weights(
    "faster_whisper",
    "assets/silero_vad_v6.onnx",
    "4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2",
    "pip install faster-whisper==1.2.1",
)
GE2E = Weights(
    "resemblyzer",
    "pretrained.pt",
    "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
    "pip install --no-deps Resemblyzer==0.1.4",
)
POCKETSPHINX = Weights(
    "pocketsphinx",
    "model/en-us",
    "d4d5b0e8be535eb4ba0cab03e25edb46eeb0a2580bb6afc364cc22e774ee556a",
    "pip install pocketsphinx==5.1.1",
)


@cache
def located(weights: Weights) -> Path:
    """Return where the file or folder lies; ConfigError if it is not there or not the one that is pinned.

    The package is not imported.
    """
    found = find_spec(weights.package)
    if found is None or not found.submodule_search_locations:
        raise ConfigError(f"model file {weights.file}: package {weights.package} is not installed; {weights.install}")
    path = Path(found.submodule_search_locations[0]) / weights.file
    if not path.exists():
        raise ConfigError(f"model file {path}: not found; {weights.install}")
    sha256 = _sha256(path)
    if sha256 != weights.sha256:
        raise ConfigError(
            f"model file {path}: SHA-256 {sha256[:12]}..., expected {weights.sha256[:12]}...; {weights.install}"
        )
    return path


def _sha256(path: Path) -> str:
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.is_file())
        lines = "".join(f"{_sha256(one)}  {one.relative_to(path).as_posix()}\n" for one in files)
        return hashlib.sha256(lines.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
