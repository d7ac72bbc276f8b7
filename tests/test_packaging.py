import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DATA = ("warehouse", "annotation_configs")
STACK = ["prefect", "whisperx", "pyannote.audio", "polars", "label-studio-sdk", "duckdb", "boto3"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with what is installed, so that the test needs no network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked, which is how a wheel of plain Python is installed."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with the installed wheel in front of the checkout."""
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def data_files(root: Path) -> set[Path]:
    return {path.relative_to(root) for name in DATA for path in (root / name).rglob("*") if path.is_file()}


def test_the_wheel_carries_the_sql_and_the_annotation_configs(installed: Path) -> None:
    assert {path.suffix for path in data_files(installed)} >= {".sql", ".md"}
    assert data_files(installed) == data_files(ROOT)


def test_the_wheel_carries_no_tests_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if name.startswith("tests")]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_an_installed_wheel_finds_its_own_warehouse(installed: Path, tmp_path: Path) -> None:
    found = run(
        installed, tmp_path, "-c", "import curation, pathlib; print(pathlib.Path(curation.__file__).parents[1])"
    )
    assert Path(found.stdout.strip()) == installed, found.stderr


def test_the_command_of_an_installed_wheel_runs_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    shown = run(installed, tmp_path, "-m", "flows.cli", "config", "--json")
    assert shown.returncode == 0, shown.stderr
    assert str(tmp_path / "data") in shown.stdout
    assert str(ROOT) not in shown.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_installed_wheel_makes_and_rebuilds_the_demonstration(
    installed: Path,
    tmp_path: Path,
    prefect_server: str,  # noqa: ARG001 - it must be there
) -> None:
    rebuilt = run(installed, tmp_path, "-m", "flows.cli", "rebuild", "--json")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout)["published"] == "1.0.0"
    manifest = json.loads((tmp_path / "data" / "releases" / "1.0.0" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["labels"] > 100


def pins() -> dict[str, set[str]]:
    """Return the pinned versions of each package: one, or one a range of Python versions."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", " ")):
            requirement = Requirement(line)
            found.setdefault(requirement.name, set()).add(str(requirement.specifier).removeprefix("=="))
    return found


@pytest.mark.parametrize("name", STACK)
def test_the_stack_is_installed_at_its_pinned_version(name: str) -> None:
    assert version(name) in pins()[canonicalize_name(name)]


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = pins()
    for text in project["dependencies"] + project["optional-dependencies"]["dev"]:
        requirement = Requirement(text)
        found = pinned[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(pin) for pin in found), text


def test_torch_for_cpu_brings_no_cuda_packages() -> None:
    names = {found.metadata["Name"] for found in distributions()}
    cuda = {name for name in names if name.startswith(("nvidia-", "triton"))}
    assert not (version("torch").endswith("+cpu") and cuda)


def test_the_prefect_server_accepts_the_installed_fastapi() -> None:
    from prefect.server.api.server import create_app

    assert create_app(ephemeral=True).routes


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    shown = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"make ([a-z-]+) ", shown)) == targets
    assert targets >= {"rebuild-dataset", "check", "test", "soak", "benchmark", "help"}


def test_make_hands_its_variables_on_to_the_command() -> None:
    def recipe(*variables: str) -> str:
        made = ["make", "-C", str(ROOT), "--dry-run", "--no-print-directory", "rebuild-dataset", *variables]
        return subprocess.run(made, capture_output=True, text=True, check=True).stdout.splitlines()[-1].rstrip()

    assert recipe() == ".venv/bin/curation rebuild"
    passed = recipe("CONFIG=my settings.toml", "VERSION=1.2.0", "ARGS=--dry-run --json")
    assert passed == ".venv/bin/curation rebuild --config 'my settings.toml' --version '1.2.0' --dry-run --json"


def test_continuous_integration_runs_what_a_person_would() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if not line.startswith(("#", "set ", "cd "))]
    assert commands == ["make check", "make test", "make test-slow"]
