from pathlib import Path

import pytest

from curation.errors import ConfigError
from curation.weights import GE2E, POCKETSPHINX, PYANNET, Weights, located


@pytest.mark.parametrize("weights", [PYANNET, GE2E, POCKETSPHINX], ids=lambda weights: weights.package)
def test_the_embedded_models_are_where_their_packages_are_and_as_pinned(weights: Weights) -> None:
    assert located(weights).exists()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "voice_models"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "model.bin").write_bytes(b"other bytes")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (
            Weights("no_such_package", "model.bin", "", "pip install it"),
            "no_such_package is not installed; pip install it",
        ),
        (Weights("voice_models", "lost.bin", "", "pip install it"), "lost.bin: not found; pip install it"),
        (
            Weights("voice_models", "model.bin", "00" * 32, "pip install it"),
            "SHA-256 .*, expected 000000000000.*; pip install it",
        ),
    ],
    ids=["package missing", "file missing", "another file"],
)
def test_a_model_that_is_not_there_or_another_stops_with_the_remedy(weights: Weights, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        located(weights)


def test_a_folder_is_another_once_a_file_in_it_changes_its_bytes_or_its_name(package: Path) -> None:
    def digest() -> str:
        with pytest.raises(ConfigError, match="expected 0000") as caught:
            located.__wrapped__(Weights("voice_models", "folder", "00" * 32, "pip install it"))
        return str(caught.value)

    (package / "folder" / "inner").mkdir(parents=True)
    first, second = package / "folder" / "inner" / "a.bin", package / "folder" / "b.bin"
    first.write_bytes(b"a")
    second.write_bytes(b"b")
    before = digest()
    assert digest() == before
    second.write_bytes(b"c")
    changed = digest()
    second.rename(second.with_name("d.bin"))
    assert len({before, changed, digest()}) == 3
