"""Models found in folders and, through huggingface_hub itself, on a stand-in for its hub."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from curation.errors import ConfigError
from curation.hub import digest, digests, found
from curation.settings import ModelSettings

ROOT = Path(__file__).parents[1]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_" + "x" * 34 + "yz"
FILES = {"config.json": b"{}", "weights/pytorch_model.bin": b"PK\x03\x04 a pickle, as far as anybody knows"}
ADVICE = (
    "access is granted at https://huggingface.co/{0} to the account whose token HF_TOKEN holds; "
    "or download it elsewhere and set [segment.diarization] model to its folder"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "model"
    for path, content in FILES.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    return place


def test_a_digest_is_that_of_what_sha256sum_prints(folder: Path) -> None:
    printed = subprocess.run(["sha256sum", *sorted(FILES)], cwd=folder, capture_output=True, check=True).stdout
    files = digests(folder)
    assert files == {path: hashlib.sha256(content).hexdigest() for path, content in FILES.items()}
    assert digest(files) == hashlib.sha256(printed).hexdigest()


def test_a_digest_covers_names_contents_and_what_is_linked(folder: Path, tmp_path: Path) -> None:
    first = digest(digests(folder))
    elsewhere = tmp_path / "elsewhere"
    (folder / "weights").rename(elsewhere)
    (folder / "weights").symlink_to(elsewhere)
    assert digest(digests(folder)) == first
    (elsewhere / "pytorch_model.bin").write_bytes(b"other")
    other = digest(digests(folder))
    assert other != first
    (folder / "config.json").rename(folder / "config.yaml")
    assert digest(digests(folder)) not in (first, other)


def test_a_folder_that_may_hold_code_must_be_pinned_and_the_message_says_by_what(folder: Path) -> None:
    whole = digest(digests(folder))
    with pytest.raises(
        ConfigError, match=rf'may run code .* if you trust who made it, pin it there: sha256 = "{whole}"'
    ):
        found("segment.alignment", ModelSettings(model=str(folder)), ["config.json"])
    pinned = found("segment.alignment", ModelSettings(model=str(folder), sha256=whole), ["config.json"])
    assert (pinned.folder, pinned.sha256, set(pinned.files)) == (folder, whole, set(FILES))
    with pytest.raises(ConfigError, match=f"its digest is {whole}, sha256 says {'0a' * 32}"):
        found("segment.alignment", ModelSettings(model=str(folder), sha256="0a" * 32), ["config.json"])


@pytest.mark.parametrize(
    ("name", "content", "is_trusted"),
    [
        ("model.bin", b"\x06\x00\x00\x00\x0c\x00WhisperSpec\x00\x03\x00", True),
        ("model.safetensors", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ", True),
        ("plda.npz", b"PK\x03\x04", True),
        ("pytorch_model.bin", b"PK\x03\x04", False),
        ("model.bin", b"\x80\x02}q\x00.", False),
        ("model.bin", b"cos\nsystem\n(S'true'\ntR.", False),
        ("model.ckpt", b"", False),
        ("tokenizer.py", b"import os", False),
    ],
)
def test_code_is_told_from_data_by_format(tmp_path: Path, name: str, content: bytes, is_trusted: bool) -> None:
    (tmp_path / name).write_bytes(content)
    model = ModelSettings(model=str(tmp_path))
    if is_trusted:
        assert found("segment.alignment", model, [name]).files
        with pytest.raises(ConfigError, match="may run code"):
            found("segment.diarization", model, [name], is_code=True)
    else:
        with pytest.raises(ConfigError, match="may run code"):
            found("segment.alignment", model, [name])


def test_numpy_does_not_unpickle_what_counts_as_data(tmp_path: Path) -> None:
    np.savez(tmp_path / "objects.npz", pickled=np.array([{}], dtype=object))
    with np.load(tmp_path / "objects.npz") as arrays, pytest.raises(ValueError, match="allow_pickle=False"):
        arrays["pickled"]


@pytest.mark.parametrize(
    ("model", "needed", "message"),
    [
        ("nowhere", ["config.json"], r"no such folder; a model of the Hugging Face hub needs its revision"),
        ("model", ["config.json", "vocab.json"], r"there is no vocab\.json in this folder"),
        ("model", ["model.safetensors|pytorch_model.bin"], r"there is no model\.safetensors or pytorch_model\.bin in"),
    ],
)
def test_a_folder_that_is_not_there_or_lacks_a_file_is_refused(
    folder: Path, model: str, needed: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=rf"^\[segment\.transcription\] model .*{message}"):
        found("segment.transcription", ModelSettings(model=str(folder.parent / model)), needed)


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "lost.json").symlink_to(folder / "nowhere")
    with pytest.raises(ConfigError, match=r"lost\.json: No such file or directory"):
        found("segment.alignment", ModelSettings(model=str(folder)), [])


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's API as a download needs; `gated` models want the token, `private` ones are not shown."""

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/someone/private"):
            self.answer(401, b"", {"X-Error-Code": "RepoNotFound"})
        elif self.path.startswith("/api/") and not self.path.endswith(COMMIT):
            self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
        elif self.path.startswith("/api/"):
            listing = {"id": "someone/open", "sha": COMMIT, "siblings": [{"rfilename": path} for path in FILES]}
            self.answer(200, json.dumps(listing).encode(), {})
        elif "gated" in self.path and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(403, b"", {"X-Error-Code": "GatedRepo"})
        else:
            content = FILES[self.path.partition(f"/resolve/{COMMIT}/")[2]]
            known = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
            self.answer(200, content, known)

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def asked(cache: Path, endpoint: str, model: str, commit: str = COMMIT, token: str = "") -> str:
    """Return the folder of a model of the hub, or the error; huggingface_hub reads the environment once a process."""
    script = (
        "import sys\n"
        "from curation import errors, hub, settings\n"
        "try:\n"
        "    model = settings.ModelSettings(model=sys.argv[1], revision=sys.argv[2])\n"
        "    print(hub.found('segment.diarization', model, ['config.json'], is_code=True).folder)\n"
        "except errors.ConfigError as error:\n"
        "    print(error)\n"
        "print('torch' in sys.modules)\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    finished = subprocess.run(
        [sys.executable, "-c", script, model, commit],
        cwd=ROOT,
        env={**kept, "HF_ENDPOINT": endpoint, "HF_HOME": str(cache), "HF_TOKEN": token, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    answer, has_loaded_torch = finished.stdout.strip().splitlines()
    assert has_loaded_torch == "False"
    return answer


def test_a_commit_of_the_hub_is_downloaded_once_and_is_pin_enough(tmp_path: Path, endpoint: str) -> None:
    folder = Path(asked(tmp_path, endpoint, "someone/open"))
    assert folder.is_relative_to(tmp_path)
    assert digests(folder) == {path: hashlib.sha256(content).hexdigest() for path, content in FILES.items()}
    assert asked(tmp_path, "http://127.0.0.1:9", "someone/open") == str(folder), "nobody answers at this port"


def test_a_gated_model_is_had_with_the_token_of_whom_access_was_granted(tmp_path: Path, endpoint: str) -> None:
    expected = (
        f"[segment.diarization] model someone/gated: access to it is not granted; {ADVICE.format('someone/gated')}"
    )
    assert asked(tmp_path, endpoint, "someone/gated") == expected
    assert asked(tmp_path, endpoint, "someone/gated", token=TOKEN[::-1]) == expected
    assert Path(asked(tmp_path, endpoint, "someone/gated", token=TOKEN)).is_dir()


@pytest.mark.parametrize(
    ("model", "commit", "why"),
    [
        ("someone/private", COMMIT, "the hub has no such model, or shows it to its owner only"),
        ("someone/open", "f" * 40, f"it has no commit {'f' * 40}"),
        ("a/folder/perhaps", COMMIT, "Repo id must be in the form 'repo_name' or 'namespace/repo_name'"),
    ],
)
def test_a_model_that_the_hub_does_not_have_stops_with_the_remedy(
    tmp_path: Path, endpoint: str, model: str, commit: str, why: str
) -> None:
    answer = asked(tmp_path, endpoint, model, commit)
    assert answer.startswith(f"[segment.diarization] model {model}: {why}")
    assert answer.endswith(ADVICE.format(model))


def test_without_a_network_a_model_that_was_never_downloaded_stops_with_the_remedy(tmp_path: Path) -> None:
    answer = asked(tmp_path, "http://127.0.0.1:9", "someone/open")
    assert "the hub is out of reach, and this commit was not downloaded before" in answer
    assert answer.endswith(ADVICE.format("someone/open"))
