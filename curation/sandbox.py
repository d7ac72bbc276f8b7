"""A function run over many items in child processes that may die.

A decoder that is given broken files may loop, take all memory or end its process. Here that costs
one item: the child is replaced, and the others go on. This holds against accidents, not against an
attacker who runs code of their own in a child.
"""

import os
import resource
import signal
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from itertools import islice
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Generic, Self, TypeVar

from curation.errors import ClipError, ConfigError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items go to a child this many at a time, which hides the time of the pipe.
CHUNK = 16
AHEAD = 4  # chunks a child, begun or done, before the first of them is asked for
START_SECONDS = 60.0
GRACE_SECONDS = 2.0

CHILD = "import sys; sys.path[:] = {path!r}; from curation.sandbox import serve; serve({descriptor})"
# One core a child. Without the second pair, glibc gives the memory of every array back to the kernel
# and gets it again, zeroed, for the next one: that is half of the time of measuring a short clip.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}


class Sandbox(Generic[Item, Result]):
    """A pool of children that all run one function, for any number of threads at once.

    `function` must be importable by name, its items and results picklable. Within `memory_mb` of
    address space (None: without limit) a child holds its libraries too. Leaving the context kills what still runs.
    """

    def __init__(
        self, function: Callable[[Item], Result], workers: int, memory_mb: int | None, timeout_seconds: float
    ) -> None:
        self._function = function
        self._workers = workers
        self._limits = (None if memory_mb is None else memory_mb << 20, timeout_seconds)
        # A thread for each child waits for it; map() shares them out among its callers.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")
        self._children: set[_Child[Item, Result]] = set()
        self._idle: list[_Child[Item, Result]] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for child in list(self._children):
            child.kill()
        self._threads.shutdown(cancel_futures=True)
        for child in list(self._children):
            child.end()

    def map(self, items: Sequence[Item]) -> Iterator[Result | ClipError]:
        """Yield for each item, in order, what the function returned, or the ClipError that it came to.

        That is the one that the function raised, or `timed_out`, `out_of_memory`, `crashed`, or
        `failed` for any other exception. Raises ConfigError if children do not start. What is done ahead of the
        caller is bounded, so that results do not fill the memory.
        """
        size = max(1, min(CHUNK, len(items) // (4 * self._workers)))
        chunks = (items[start : start + size] for start in range(0, len(items), size))
        begun = (self._threads.submit(self._outcomes, chunk) for chunk in chunks)
        return _results(deque(islice(begun, AHEAD * self._workers)), begun)

    def _outcomes(self, items: Sequence[Item]) -> list[Result | ClipError]:
        outcomes: list[Result | ClipError] = []
        while len(outcomes) < len(items):
            child = self._child()
            try:
                for outcome in child.outcomes(items[len(outcomes) :]):
                    outcomes.append(outcome)  # noqa: PERF402 - what came before the child's death counts
            except _DeathError as death:
                self._children.discard(child)
                child.end()
                if self._closed:
                    raise CancelledError from death
                # A child that had worked before may have been harmed by an earlier item, or have run
                # out of what that left: the item is tried again in one that has not.
                if child.is_new or death.cause.reason == "timed_out":
                    outcomes.append(death.cause)
            else:
                self._idle.append(child)
        return outcomes

    def _child(self) -> "_Child[Item, Result]":
        try:
            return self._idle.pop()
        except IndexError:
            child = _Child(self._function, *self._limits)
            self._children.add(child)
        if self._closed:
            child.kill()
        child.wait_until_ready()
        return child


def _results(begun: deque[Future[list[Result]]], more: Iterator[Future[list[Result]]]) -> Iterator[Result]:
    """Yield the results of what was begun, in order, and begin more for each that is taken."""
    while begun:
        results = begun.popleft().result()
        begun.extend(islice(more, 1))
        yield from results


class _DeathError(Exception):
    """Raised when a child is gone; `cause` is the error of the item that it was working on."""

    def __init__(self, cause: ClipError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Child(Generic[Item, Result]):
    """One child as its parent sees it."""

    def __init__(self, function: Callable[[Item], Result], memory: int | None, timeout: float) -> None:
        self.is_new = True
        self._timeout = timeout
        self._connection, theirs = Pipe()
        # Not by fork, which copies the locks of threads that are not copied; not by multiprocessing,
        # which runs the program's main module again. In a process group of its own, a child does not
        # get the terminal's interrupt: its parent does, and ends it.
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD.format(path=sys.path, descriptor=theirs.fileno())],
            env=os.environ | ENVIRONMENT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # where decoders grumble
            process_group=0,
        )
        theirs.close()
        self._connection.send((function, memory, timeout))

    def wait_until_ready(self) -> None:
        try:
            self._receive(START_SECONDS)
        except _DeathError as death:
            self.end()
            raise ConfigError(
                f"a decoding process did not start: {death.cause}; it needs the libraries of this one, and memory"
            ) from death

    def outcomes(self, items: Sequence[Item]) -> Iterator[Result | ClipError]:
        """Yield one outcome an item; raises _DeathError at the item at which the child dies."""
        try:
            self._connection.send(items)
        except OSError as error:
            raise _DeathError(self._crash()) from error
        for _ in items:
            yield self._receive(self._timeout)
            self.is_new = False

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _receive(self, timeout: float) -> Result | ClipError:
        try:
            if not self._connection.poll(timeout):
                raise _DeathError(_late(timeout))
            outcome: Result | ClipError
            outcome, is_alive = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _DeathError(self._crash()) from error
        if not is_alive and isinstance(outcome, ClipError):
            raise _DeathError(outcome)
        return outcome

    def _crash(self) -> ClipError:
        try:
            status = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return ClipError("crashed", "closed its pipe and went on")
        if status == -signal.SIGALRM:
            return _late(self._timeout)
        if status < 0:
            return ClipError("crashed", f"killed by signal {-status} ({signal.strsignal(-status)})")
        return ClipError("crashed", f"ended with exit status {status}")


def _late(timeout: float) -> ClipError:
    return ClipError("timed_out", f"no result after {timeout:g} s")


def serve(descriptor: int) -> None:
    """Answer the parent at the other end of a descriptor until it closes it: the whole life of a child."""
    connection = Connection(descriptor)

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        reason = "out_of_memory" if issubclass(kind, MemoryError) else "failed"
        where = traceback.extract_tb(trace)[-1:]
        detail = "".join(traceback.format_exception_only(error)).strip()
        connection.send((ClipError(reason, f"{detail} ({where[0].name})" if where else detail), False))

    sys.excepthook = report
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    function, memory, timeout = connection.recv()
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    connection.send((None, True))
    while True:
        try:
            items = connection.recv()
        except EOFError:
            return
        for item in items:
            # If the parent is gone, nobody else ends a child that loops.
            signal.setitimer(signal.ITIMER_REAL, timeout + GRACE_SECONDS)
            try:
                outcome = function(item)
            except ClipError as error:
                outcome = error
            signal.setitimer(signal.ITIMER_REAL, 0)
            connection.send((outcome, True))
