"""Prefect's API: whose it is, and that one of our own ends with the rebuild, however that ends."""

import os
import time
from pathlib import Path

import pytest

from tests.workbench import Workbench, begin, processes_in

SERVER = "prefect.server.api.server:create_app"


def without_api(tmp_path: Path) -> dict[str, str | None]:
    """Return an environment in which no API is named."""
    return {
        **{name: None for name in os.environ if name.startswith("PREFECT_")},
        "PREFECT_HOME": str(tmp_path / "prefect"),
    }


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_rebuild_needs_no_prefect_server_and_leaves_none(small: Workbench, tmp_path: Path) -> None:
    finished = small.curation("rebuild", **without_api(tmp_path))
    assert finished.status == 0, finished.errors
    assert finished.output.splitlines()[-1] == f"published 1.0.0: {small.home}/releases/1.0.0"
    assert finished.errors == ""
    assert processes_in(small.folder) == {}


@pytest.mark.timeout(300)
def test_a_rebuild_that_is_killed_alone_takes_its_server_along(small: Workbench, tmp_path: Path) -> None:
    with begin("rebuild", "--config", small.config, folder=small.folder, **without_api(tmp_path)) as process:
        while not any(SERVER in line for line in processes_in(small.folder).values()):
            assert process.poll() is None, process.communicate()[1]
        process.kill()
        process.communicate()
    deadline = time.monotonic() + 30
    while processes_in(small.folder):
        assert time.monotonic() < deadline, "a server outlived its parent"
        time.sleep(0.1)


def test_an_api_that_does_not_answer_stops_before_any_work(small: Workbench) -> None:
    finished = small.curation("rebuild", PREFECT_API_URL="http://127.0.0.1:9/api")
    assert (finished.status, finished.errors.count("\n")) == (2, 1)
    assert "Prefect's API http://127.0.0.1:9/api (PREFECT_API_URL): no answer" in finished.errors
    assert not (small.home / "warehouse.duckdb").exists()
