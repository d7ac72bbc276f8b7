import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from curation.errors import ClipError, ConfigError
from curation.sandbox import AHEAD, CHUNK, Sandbox

# The function in the children is eval(), so that each item says what happens to its child.
Box = Sandbox[str, object]

KILLED = "__import__('os').kill(__import__('os').getpid(), 9)"
LOOPING = "[None for _ in iter(int, 1)]"
GREEDY = "bytearray(2 << 30)"
INVALID = "__import__('ctypes').string_at(0)"
ENDING = "__import__('os')._exit(7)"
HARMED = "__import__('builtins').__dict__.setdefault('harmed', True)"
DIES_IF_HARMED = f"{ENDING} if 'harmed' in __import__('builtins').__dict__ else 'well'"
REFUSED = "(_ for _ in ()).throw(__import__('curation.errors').errors.ClipError('not_audio', 'text'))"


@pytest.fixture
def box() -> Iterator[Box]:
    with Sandbox[str, object](eval, workers=2, memory_mb=1024, timeout_seconds=2.0) as sandbox:
        yield sandbox


def reasons(outcomes: Iterator[object]) -> list[object]:
    return [outcome.reason if isinstance(outcome, ClipError) else outcome for outcome in outcomes]


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_results_come_in_the_order_of_the_items(box: Box) -> None:
    assert list(box.map([f"{number} ** 2" for number in range(500)])) == [number**2 for number in range(500)]


def test_no_more_is_done_ahead_than_is_bounded(box: Box, tmp_path: Path) -> None:
    items = [f"__import__('pathlib').Path({str(tmp_path / str(number))!r}).touch()" for number in range(1_000)]
    outcomes = box.map(items)
    next(outcomes)
    time.sleep(1)
    assert len(list(tmp_path.iterdir())) <= (AHEAD * 2 + 1) * CHUNK
    assert len(list(outcomes)) == 999


def test_no_items_are_no_results(box: Box) -> None:
    assert list(box.map([])) == []


@pytest.mark.parametrize(
    ("item", "reason", "detail"),
    [
        (KILLED, "crashed", "killed by signal 9 (Killed)"),
        (INVALID, "crashed", "killed by signal 11 (Segmentation fault)"),
        ("__import__('os').abort()", "crashed", "killed by signal 6 (Aborted)"),
        (ENDING, "crashed", "ended with exit status 7"),
        (LOOPING, "timed_out", "no result after 2 s"),
        (GREEDY, "out_of_memory", "MemoryError"),
        ("__import__('numpy').ones(1 << 30)", "out_of_memory", "Unable to allocate 8.00 GiB"),
        ("1 / 0", "failed", "ZeroDivisionError: division by zero"),
        ("lambda: 0", "failed", "PicklingError"),
        (REFUSED, "not_audio", "text"),
    ],
)
def test_a_child_that_dies_is_one_casualty_and_the_others_go_on(box: Box, item: str, reason: str, detail: str) -> None:
    outcomes = list(box.map(["1", "2", item, "3", "4"] * 2))
    assert reasons(iter(outcomes)) == [1, 2, reason, 3, 4] * 2
    casualty = outcomes[2]
    assert isinstance(casualty, ClipError)
    assert detail in casualty.detail


def test_a_child_that_an_earlier_item_harmed_is_not_held_against_a_later_one() -> None:
    with Sandbox[str, object](eval, workers=1, memory_mb=1024, timeout_seconds=2.0) as box:
        assert list(box.map([HARMED, DIES_IF_HARMED, "3"])) == [True, "well", 3]


def test_an_error_that_the_function_raises_costs_no_child(box: Box) -> None:
    children = set(box.map(["__import__('os').getpid()"] * 100))
    assert reasons(box.map([REFUSED] * 100)) == ["not_audio"] * 100
    assert set(box.map(["__import__('os').getpid()"] * 100)) <= children


def test_threads_share_the_children(box: Box) -> None:
    results: dict[int, list[object]] = {}

    def work(number: int) -> None:
        results[number] = reasons(box.map([f"{number} * 1000 + {item}" for item in range(50)] + [ENDING]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [number * 1000 + item for item in range(50)] + ["crashed"] for number in range(5)}
    assert len(set(box.map(["__import__('os').getpid()"] * 100))) <= 2


def test_the_children_are_limited(box: Box) -> None:
    limits = "__import__('resource').getrlimit(__import__('resource').RLIMIT_{})"
    assert list(box.map([limits.format("AS"), limits.format("CORE")])) == [(1 << 30, 1 << 30), (0, 0)]
    assert list(box.map(["__import__('os').environ['OMP_NUM_THREADS']"])) == ["1"]


def test_the_children_do_not_hear_the_terminals_interrupt(box: Box) -> None:
    groups = set(box.map(["__import__('os').getpgrp()"] * 40))
    assert os.getpgrp() not in groups


def test_leaving_the_context_ends_what_still_runs() -> None:
    with Sandbox[str, object](eval, workers=2, memory_mb=1024, timeout_seconds=60.0) as box:
        children = {child for child in box.map(["__import__('os').getpid()"] * 8) if isinstance(child, int)}
        _unfinished = box.map([LOOPING] * 8)
        time.sleep(0.3)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    assert children
    assert not any(is_running(child) for child in children)


def test_a_function_that_cannot_be_imported_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("only_here")
    exec("def double(item): return 2 * item", module.__dict__)  # noqa: S102 - a module that no file holds
    monkeypatch.setitem(sys.modules, "only_here", module)
    with (
        Sandbox(module.double, workers=1, memory_mb=1024, timeout_seconds=2.0) as box,
        pytest.raises(ConfigError, match="did not start: failed: ModuleNotFoundError: No module named 'only_here'"),
    ):
        list(box.map([1]))


def test_a_looping_child_of_a_killed_parent_ends() -> None:
    script = (
        "import os, signal, time\n"
        "from curation.sandbox import Sandbox\n"
        "with Sandbox(eval, 1, 1024, 1.0) as box:\n"
        "    print(*box.map([\"__import__('os').getpid()\"]), flush=True)\n"
        f"    unfinished = box.map([{LOOPING!r}])\n"
        "    time.sleep(0.3)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    child = int(parent.stdout)
    assert is_running(child)
    deadline = time.monotonic() + 15
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(child)
