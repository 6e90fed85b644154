"""What tasks reach without passing it: the studio that their flow opened, and the ids of their run."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from prefect.runtime import flow_run, task_run

from stillreel import __version__
from stillreel.domain.events import Run
from stillreel.studio.studio import Studio

_STUDIO: ContextVar[Studio] = ContextVar("studio")
_ROOT: ContextVar[str | None] = ContextVar("root", default=None)


@contextmanager
def in_studio(studio: Studio, root: str | None = None) -> Iterator[None]:
    """Let every task that is called inside the block use this studio; `root` is the run that all of it is for."""
    tokens = _STUDIO.set(studio), _ROOT.set(root)
    try:
        yield
    finally:
        _STUDIO.reset(tokens[0])
        _ROOT.reset(tokens[1])


def studio() -> Studio:
    """The studio of the flow that this task belongs to; RuntimeError outside of one."""
    try:
        return _STUDIO.get()
    except LookupError:
        raise RuntimeError("stillreel's tasks are called inside a flow that has opened a studio: see flows/") from None


def this_run() -> Run:
    """The engine's ids of the run that asks; the root run's id is shared by retries and child runs."""
    own = str(flow_run.id)
    return Run(
        root=_ROOT.get() or str(flow_run.root_flow_run_id or own),
        flow_run=own,
        task_run=str(task_run.id) if task_run.id else None,
        version=__version__,
    )
