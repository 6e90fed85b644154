"""When the engine may run a task again: for trouble on the way, never for an answer.

Every task looks up what exists before it does anything, so running one again never buys again.
"""

from typing import Any

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun

from stillreel.domain.errors import ArchiveUnavailable, NotAuthorised, ProviderError, UnknownShape

DELAYS = [2.0, 10.0]  # seconds; the clients below have tried for longer than that already


def trouble_on_the_way(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether the task failed because the provider or the archive couldn't be reached."""
    del task, task_run
    error = state.data  # the exception itself: `state.result()` is a coroutine in async tasks, and never raises
    return isinstance(error, ProviderError | ArchiveUnavailable) and not isinstance(error, NotAuthorised | UnknownShape)
