"""What every test stands on: an environment of its own, and the corpus where it lies."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import polars as pl
import pytest

from curation.demonstration import generate
from curation.records import FACT, FACT_KEY, content_ids, shaped

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"

# A machine shared with other work is slow at times; a slow example is no failure.
hypothesis.settings.register_profile("curation", deadline=None)
hypothesis.settings.load_profile("curation")


def pytest_configure(config: pytest.Config) -> None:
    """Cut the tests, and the processes that they start, off from the user's settings, keys and services.

    This happens before any test module is imported, because Prefect reads its settings when it is imported.
    """
    folder = tempfile.TemporaryDirectory(prefix="curation-tests-")
    config.add_cleanup(folder.cleanup)
    for name in [name for name in os.environ if name.startswith(("CURATION_", "PREFECT_"))]:
        # CURATION_SOAK_KILLS is how `make soak KILLS=N` reaches its test.
        if name != "CURATION_SOAK_KILLS":
            del os.environ[name]
    os.environ |= {
        "CURATION_KEY": "an open key for tests, which publish nothing",
        "XDG_CONFIG_HOME": f"{folder.name}/config",
        "PREFECT_HOME": f"{folder.name}/prefect",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYANNOTE_METRICS_ENABLED": "0",
        "HF_HUB_OFFLINE": "1",
    }


def pytest_report_header() -> str:
    if CORPUS.is_dir():
        return f"corpus: {CORPUS}"
    return f"corpus: not at {CORPUS}; the tests on real recordings and records are deselected"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the first test on the rebuilt demonstration the time of the rebuild.

    Leave out the tests that need the corpus where there is none, as in a stranger's clone.
    """
    for item in items:
        if "demonstrated" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(600))
    if CORPUS.is_dir():
        return
    left_out = [item for item in items if "corpus" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def corpus() -> Path:
    return CORPUS


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of the demonstration corpus, to be read only."""
    root = tmp_path_factory.mktemp("home") / "demonstration"
    generate(root)
    return root


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home, to be read only, in which the demonstration corpus is rebuilt and published.

    Its settings file is `curation.toml` beside it.
    """
    config = tmp_path_factory.mktemp("demonstrated") / "curation.toml"
    config.write_text('home = "data"\n', encoding="utf-8")
    command = [sys.executable, "-m", "flows.cli", "rebuild", "--config", str(config)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return config.parent / "data"


@pytest.fixture(scope="session")
def make_facts() -> Callable[..., pl.DataFrame]:
    """Return facts of rows (speaker, property, value, unit, valid_on), the last two optional."""

    def build(*rows: tuple[str | None, ...], source: str = "made", subject: str = "speaker") -> pl.DataFrame:
        padded = [row + (None, "recording")[len(row) - 3 :] for row in rows]
        columns = [subject, "property", "value", "unit", "valid_on"]
        frame = pl.DataFrame(padded, schema=dict.fromkeys(columns, pl.String), orient="row")
        facts = shaped(frame.with_columns(source=pl.lit(source)), FACT)
        return facts.with_columns(content_ids(facts, FACT_KEY).alias("fact_id"))

    return build
