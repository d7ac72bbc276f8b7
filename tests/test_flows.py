"""What the Prefect UI shows of a rebuild."""

import json
import re
import time
import urllib.request
from typing import Any

from tests.workbench import Workbench


def asked(server: str, what: str, **filters: object) -> list[dict[str, Any]]:
    """Return what Prefect's API finds."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server}/{what}/filter", json.dumps(filters).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        found: list[dict[str, Any]] = json.load(answer)
    return found


def test_runs_have_readable_names_and_the_table_of_the_end(small: Workbench, prefect_server: str) -> None:
    outcome = small.rebuild()
    (newest,) = asked(
        prefect_server, "flow_runs", sort="START_TIME_DESC", limit=1, flow_runs={"name": {"any_": ["rebuild"]}}
    )
    (table,) = asked(
        prefect_server, "artifacts", artifacts={"flow_run_id": {"any_": [newest["id"]]}, "key": {"any_": ["summary"]}}
    )
    assert json.loads(table["data"]) == outcome["summary"]
    flows = asked(
        prefect_server, "flow_runs", sort="START_TIME_ASC", flow_runs={"start_time": {"after_": newest["start_time"]}}
    )
    assert [run["name"] for run in flows] == [
        "rebuild",
        "ingest",
        "segment",
        "profile",
        "ground",
        "consensus",
        "release",
    ]
    assert {run["state_type"] for run in flows} == {"COMPLETED"}
    assert all(run["parameters"] == {} for run in flows)
    names: set[str] = set()
    deadline = time.monotonic() + 30
    while "conclude" not in " ".join(names) and time.monotonic() < deadline:
        tasks = asked(prefect_server, "task_runs", flow_runs={"id": {"any_": [run["id"] for run in flows]}})
        time.sleep(0.2)
        # a task without a name of its own gets the first letters of its id
        names = {re.sub(r"-[0-9a-f]{3}$", "", task["name"]) for task in tasks}
    assert names >= {
        "read files, batch 1",
        "profile clips, batch 1",
        "identify speakers, batch 1",
        "ground speakers, batch 1",
        "settle speakers, batch 1",
        "build shard test 0",
    }
    assert names >= {"state claims", "check the warehouse", "select clips", "write tables", "conclude"}
