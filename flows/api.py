"""Prefect's API: the one that the user runs, or one of this project's own that ends with its process."""

import atexit
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from socket import socket

from curation.errors import ConfigError, ServiceError

# Prefect's own log would bury the progress; an error reaches the person as this project's message.
# Telemetry is off. What the user has set stays.
SETTINGS = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_ROOT_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "DO_NOT_TRACK": "1",
}
START_SECONDS = 180.0  # a start takes six, and many times that on a busy machine
ANSWER_SECONDS = 10.0

# The server that Prefect would start for itself outlives a killed parent and is not begun before the first flow
# is. Here standard input ends with the parent, and the server with it.
_SERVER = """
import os, sys, threading, uvicorn
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
uvicorn.run("prefect.server.api.server:create_app", factory=True, fd={descriptor}, log_level="error", lifespan="on")
"""


@contextmanager
def serving() -> Iterator[Callable[[], None]]:
    """Let flows that run in the block find an API; the callable waits until it answers.

    Raises ConfigError if the API that the user has named does not answer, ServiceError if one of our own does not.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    # Every flow would wait up to a second at its end for the thread that sends its heartbeats.
    no_heartbeats = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    # the variable as it is now, for Prefect reads it once; or else what a profile of the user's says
    url = os.environ.get("PREFECT_API_URL") or PREFECT_API_URL.value()
    if url:
        _check(url)
        wait = _at_once
    else:
        url, wait = _server(get_current_settings().to_environment_variables(exclude_unset=True))
    with temporary_settings(updates={PREFECT_API_URL: url}, set_defaults=no_heartbeats):
        yield wait


def _at_once() -> None:
    """Wait for nothing: the API has answered already."""


def _check(url: str) -> None:
    try:
        urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=ANSWER_SECONDS).close()  # noqa: S310 - the user's
    except urllib.error.HTTPError:
        return  # it answers; whether it lets us in, Prefect will say
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"Prefect's API {url} (PREFECT_API_URL): no answer ({error}); start it with `prefect server start`, or "
            "unset the variable, and one is started for the run"
        ) from error


def _server(settings: Mapping[str, str]) -> tuple[str, Callable[[], None]]:
    """Start a server; return its address, and what waits until it answers.

    It ends with this process and not before: Prefect hands over its last events when the process exits.
    """
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVER.format(descriptor=listening.fileno())],
            env=os.environ | settings | {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"},
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # an interrupt of the terminal is for the parent, which ends it
        )
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    atexit.register(_end, process)
    return url, lambda: _wait(url, process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=deadline - time.monotonic()).close()  # noqa: S310 - loopback
        except OSError:
            time.sleep(0.1)
        else:
            return
    ended = "does not answer" if process.poll() is None else f"ended with exit status {process.returncode}"
    raise ServiceError(f"Prefect's API {url}, started for this run, {ended}; run again, or try `prefect server start`")
