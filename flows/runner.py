"""How tasks run: in threads, for the work itself is done by child processes."""

from typing import Any, cast

from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

# Two tasks at once: the children are busy with one batch while the other is written. The cast is for
# Prefect's own annotation of `flow`, which no task runner of Prefect's fits.
THREADS = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=2))
