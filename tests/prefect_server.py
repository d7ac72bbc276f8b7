"""Prefect's API for many rebuilds, since starting it takes longer than most of them."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def prefect_server(home: Path) -> Iterator[str]:
    """Serve the API in the block to this process and its children, with its state in a folder; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
        env=os.environ | {"PREFECT_HOME": str(home), "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/api"
    try:
        _wait_for(f"{address}/health", seconds=180)
        os.environ["PREFECT_API_URL"] = address
        yield address
        from prefect.events.worker import EventsWorker

        del os.environ["PREFECT_API_URL"]
        # what is on its way to the server would be offered to it for minutes once it is gone
        EventsWorker.drain_all()
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address):  # noqa: S310 - loopback
                return
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
