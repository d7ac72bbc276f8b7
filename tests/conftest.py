"""What every test stands on: an environment of its own, and the corpus where it lies."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import hypothesis
import polars as pl
import pytest

from curation.demonstration import generate
from curation.records import FACT, FACT_KEY, content_ids, shaped
from tests.prefect_server import prefect_server
from tests.small_corpus import SmallCorpus
from tests.workbench import ROOT, Workbench, without_models

CORPUS = ROOT.parent / "shared" / "corpus"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for path in map(shutil.which, BROWSERS) if path), None)

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


def pytest_report_header() -> list[str]:
    corpus, browser = f"corpus: {CORPUS}", f"browser: {BROWSER}"
    if not CORPUS.is_dir():
        corpus = f"corpus: not at {CORPUS}; the tests on real recordings and records are deselected"
    if BROWSER is None:
        browser = f"browser: none of {', '.join(BROWSERS)}; the tests that open a page are deselected"
    return [corpus, browser]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the first test on a rebuilt corpus the time of the rebuild.

    Leave out the tests that need the corpus where there is none, as in a stranger's clone, and those that need a
    browser where there is none.
    """
    for item in items:
        if {"demonstration_bench", "released"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.timeout(600))
    missing = {name for name, is_there in (("corpus", CORPUS.is_dir()), ("browser", BROWSER)) if not is_there}
    left_out = [item for item in items if missing & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def corpus() -> Path:
    return CORPUS


@pytest.fixture(scope="session")
def browser() -> str:
    """Return the command of Chromium."""
    return str(BROWSER)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of the demonstration corpus, to be read only."""
    root = tmp_path_factory.mktemp("home") / "demonstration"
    generate(root)
    return root


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


@pytest.fixture(scope="session", name="prefect_server")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve Prefect's API for all tests; return its address."""
    with prefect_server(tmp_path_factory.mktemp("prefect")) as address:
        yield address


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all processes of a run of tests share."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def rebuilt_once(
    factory: pytest.TempPathFactory, name: str, sources: Mapping[str, Path | tuple[Path, Path]]
) -> Workbench:
    """Return a workbench that is rebuilt already, by this process or by another one of the same run of tests."""
    root = shared_folder(factory)
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        bench = Workbench(root / name, sources)
        if bench.latest is None:
            bench.rebuild()
    return bench


@pytest.fixture(scope="session")
def demonstration_bench(
    tmp_path_factory: pytest.TempPathFactory,
    prefect_server: str,  # noqa: ARG001 - it must be there
) -> Workbench:
    """Return a workbench without any settings, where the demonstration corpus is rebuilt; to be read only."""
    return rebuilt_once(tmp_path_factory, "demonstrated", {})


@pytest.fixture(scope="session")
def demonstrated(demonstration_bench: Workbench) -> Path:
    """Return a home, to be read only, in which the demonstration corpus is rebuilt and published.

    Its settings file is `curation.toml` beside it.
    """
    return demonstration_bench.home


@pytest.fixture(scope="session")
def released(
    corpus: Path,
    tmp_path_factory: pytest.TempPathFactory,
    prefect_server: str,  # noqa: ARG001 - it must be there
) -> Workbench:
    """Return a workbench with a release of the real corpus, to be read only."""
    names = ("alphanumeric_accents", "arabic_speech_commands", "ami_two_speaker", "nisp_records", "coswara_records")
    # to align all of its texts takes a minute
    definition = without_models("speechocean762", shared_folder(tmp_path_factory) / "speechocean762")
    sources = {name: corpus / name for name in names} | {"speechocean762": (corpus / "speechocean762", definition)}
    return rebuilt_once(tmp_path_factory, "released", sources)


@pytest.fixture
def small_corpus(tmp_path: Path) -> SmallCorpus:
    """Return a corpus that a test may change as it likes."""
    return SmallCorpus(tmp_path)


@pytest.fixture
def small(
    small_corpus: SmallCorpus,
    tmp_path: Path,
    prefect_server: str,  # noqa: ARG001 - it must be there
) -> Workbench:
    """Return a workbench on a small corpus, not rebuilt yet."""
    return Workbench(tmp_path / "bench", {"small": small_corpus.source})
