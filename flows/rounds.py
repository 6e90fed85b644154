"""What `reconcile` and `resume` do around their round: open the studio, tell of each job, and be commands."""

import argparse
import sys
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, get_args

from prefect.logging import get_run_logger
from pydantic import BaseModel, ConfigDict, ValidationError

from flows.command import write
from flows.leaving import run_politely
from flows.production import settings_of_run
from flows.progress import Progress, followed, progress
from stillreel.domain.errors import Money, StillreelError
from stillreel.domain.events import Run
from stillreel.domain.exits import BAD_INPUT, DONE, NOT_DONE, exit_of
from stillreel.domain.selection import Selection
from stillreel.studio.not_begun import not_begun
from stillreel.studio.standing import Became, Stand
from stillreel.studio.studio import Studio, open_studio
from tasks.context import in_studio, this_run
from tasks.showing import show_round

S = TypeVar("S", bound=Selection)


class Round(BaseModel):
    """How each job stands after a round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jobs: tuple[Stand, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs became what."""
        counted = Counter(stand.became for stand in self.jobs)
        return {became: counted[became] for became in get_args(Became)}

    @property
    def fine(self) -> bool:
        """Whether nobody has to do anything about any of them."""
        return all(stand.became in ("ended", "waits") for stand in self.jobs)


async def go_round(name: str, wanted: S, look: Callable[[Studio, S, Run], Awaitable[Sequence[Stand]]]) -> Round:
    """One round over the selected jobs, told in the log and on a page of its own."""
    log = get_run_logger()
    async with open_studio(await settings_of_run()) as studio:
        run = progress()
        run.bought, run.paid, run.doubtful = studio.bought, studio.paid, studio.doubtful
        with in_studio(studio):
            done = Round(jobs=tuple(await look(studio, wanted, this_run())))
            await show_round(name, done.counts, done.jobs)
        for line in await not_begun(studio.archive):
            log.info("%s", line)
    for stand in done.jobs:
        tell = log.info if stand.became in ("ended", "waits") else log.warning
        tell("%s (job %s): %s: %s", stand.place or "unplanned", stand.job, stand.became, stand.says)
    log.info("%s: %s", name, ", ".join(f"{count} {became}" for became, count in done.counts.items()))
    return done


def main(flow: Callable[[S], Any], form: type[S]) -> int:
    """Run the flow on the selection given by options; 0: nobody has to do anything, 1: somebody has, 2: bad input."""
    parser = argparse.ArgumentParser(description=str(flow.__doc__).partition("\n")[0])
    for name, field in form.model_fields.items():
        parser.add_argument(f"--{name}", default="", help=field.description)
    try:
        wanted = form(**vars(parser.parse_args()))
    except ValidationError as error:
        sys.stderr.write("".join(f"{problem['msg']}\n" for problem in error.errors()))
        return BAD_INPUT
    with followed() as run:
        return run_politely(_run(flow, wanted), lambda: _stopped(run))


def _stopped(run: Progress) -> int:
    """The last line of a round that a person or the machine has stopped: what it knows of the money."""
    money = Money.UNKNOWN if run.doubtful else Money.SPENT if run.paid else Money.NOT_SPENT
    message = f"stopped by hand; {run.jobs()}; nothing is lost: the next round goes on from there"
    sys.stderr.write(f"{message}\n")
    state = "unknown" if run.doubtful else "running" if run.paid else "failed"
    return write({"state": state, "bought": len(run.bought), "message": message, "money": money}, NOT_DONE)


async def _run(flow: Callable[[S], Any], wanted: S) -> int:
    try:
        done: Round = await flow(wanted)
    except StillreelError as error:
        sys.stderr.write(f"{error}\n")
        return exit_of(error)
    except Exception:  # noqa: BLE001 - whatever ends the round, the exit code says so
        traceback.print_exc()
        return NOT_DONE
    return write({"counts": done.counts, **done.model_dump(mode="json")}, DONE if done.fine else NOT_DONE)
