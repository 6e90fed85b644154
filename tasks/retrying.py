"""When the engine may run a task again: for trouble on the way, never for an answer.

Every task looks up what exists before it does anything, so running one again never buys again.
"""

from typing import Any

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun

from stillreel.domain.errors import ArchiveUnavailable, NotAuthorised, ProviderError, UnknownShape

DELAYS = [2.0, 10.0]  # seconds; the clients below have tried for longer than that already


def provider_away(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether the task failed because the provider couldn't be reached.

    For what comes before the first purchase: an archive that has been tried for two minutes by its own client is a
    wrong address more often than an outage, and somebody waits to be told.
    """
    return trouble_on_the_way(task, task_run, state) and isinstance(state.data, ProviderError)


def trouble_on_the_way(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether the task failed because the provider or the archive couldn't be reached."""
    del task, task_run
    error = state.data  # the exception itself: `state.result()` is a coroutine in async tasks, and never raises
    if isinstance(error, NotAuthorised | UnknownShape) or (isinstance(error, ProviderError) and error.patience_over):
        return False
    return isinstance(error, ProviderError | ArchiveUnavailable)
