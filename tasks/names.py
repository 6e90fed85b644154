"""Names of task runs that say what the run is: project/shot/take and the verb."""

from collections.abc import Callable

from prefect.runtime import task_run


def verb(word: str) -> Callable[[], str]:
    """A namer for tasks that take a stage, or a shot before its takes are known."""

    def name() -> str:
        given = task_run.parameters
        if "stage" in given:
            return f"{given['stage'].place} {word}"
        return f"{given['shot'].title} {word}"

    return name
