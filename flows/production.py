"""What every flow does around its chain: open the studio, plan, make, and tell what it came to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from prefect.blocks.system import Secret
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Failed
from pydantic import SecretStr

from flows.progress import Progress, following
from stillreel.domain.errors import Held, Money, StillreelError, Unforeseen
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock
from stillreel.studio.orders import Plan, Summary
from stillreel.studio.studio import Studio, open_studio
from stillreel.studio.summary import summarise
from tasks import validate
from tasks.context import in_studio
from tasks.limits import open_slots
from tasks.showing import show_summary

KEY_BLOCK = "runware-api-key"
AnyShot = TextToImageShot | TextToVideoShot | ImageToVideoShot


async def produce(shot: AnyShot, chain: Callable[[Plan], Awaitable[None]]) -> Summary | State[Any]:
    """Validate the shot, run its chain and tell what became of it.

    What stopped it is a failed state, in one sentence and without the traceback that the engine logs for what is
    raised; whoever called the flow gets the error itself, its summary on it.
    """
    try:
        return await _produced(shot, chain)
    except StillreelError as error:
        return Failed(message=str(error), data=error)


async def _produced(shot: AnyShot, chain: Callable[[Plan], Awaitable[None]]) -> Summary:
    with following() as run:
        run.flow_run = str(flow_run.id)
        return await _followed(shot, chain, run)


async def _followed(shot: AnyShot, chain: Callable[[Plan], Awaitable[None]], run: Progress) -> Summary:
    async with studio_of_run(await settings_of_run()) as studio:
        with in_studio(studio):
            run.bought, run.paid, run.doubtful, run.takes = studio.bought, studio.paid, studio.doubtful, studio.takes

            async def work() -> None:
                run.plan = await validate(shot)
                warn(run.plan)
                await chain(run.plan)

            stopped = await attempt(run, work)
            summary = run.ended = await summary_of(studio, run, stopped)
            await show_summary(shot, summary, run.plan.warnings if run.plan else ())
    _tell(summary)
    if stopped is None and summary.state != "done":
        stopped = Unforeseen(summary.message, money=summary.money)
    if stopped is not None:
        stopped.summary = summary.line()
        raise stopped
    return summary


def warn(plan: Plan) -> None:
    """Say in the log what speaks against a plan without stopping it."""
    for warning in (*plan.warnings, *plan.doubts):
        get_run_logger().warning(warning)


async def attempt(run: Progress, work: Callable[[], Awaitable[None]]) -> StillreelError | None:
    """What stopped the work of a shot, if anything did; whoever is stopped from outside says what is paid."""
    try:
        await work()
    except StillreelError as error:
        if isinstance(error, Held) and error.stands is not None:
            run.plan = error.stands
        return error
    except Exception as error:  # noqa: BLE001 - whatever breaks, what was bought is told
        get_run_logger().exception("something broke that nobody foresaw")
        return Unforeseen(f"{type(error).__name__}: {error}")
    except BaseException:  # a person or the machine ends it: whoever reads the log learns what is paid
        get_run_logger().warning(run.interrupted().message)
        raise
    return None


async def summary_of(studio: Studio, run: Progress, stopped: StillreelError | None) -> Summary:
    """What the run came to; from memory where the archive can't tell any more."""
    try:
        summary = await summarise(studio, run.plan, stopped, run.flow_run, run.others)
    except Exception as error:  # noqa: BLE001 - what stopped the run matters more than that it can't be looked up
        message = stopped.message if stopped else f"the archive can't be read at the end: {error}"
        state, money = (stopped.state, stopped.money) if stopped else ("failed", Money.UNKNOWN)
        gone = any(isinstance(each, StillreelError) and each.put_back for each in (stopped, error))
        return run.summary(state, message, money, put_back=gone)
    if summary.bought < len(run.bought):  # the archive has lost some of it, or never got it
        money = summary.money or Money.SPENT
        return run.summary(summary.state, summary.message, money, put_back=summary.put_back)
    return summary


@asynccontextmanager
async def studio_of_run(settings: Settings) -> AsyncIterator[Studio]:
    """A studio whose slots are shared with all other runs, by the limits that the engine keeps."""
    settings.check()
    async with (
        open_slots(settings.in_flight, get_run_logger().warning, SystemClock(settings.pace)) as slots,
        open_studio(settings, slots=slots, warn=get_run_logger().warning) as studio,
    ):
        yield studio


async def settings_of_run() -> Settings:
    """The environment's settings; without a key there, the one in the Secret block."""
    settings = Settings.of()
    if settings.runware_api_key is not None:
        return settings
    try:
        block: Any = await Secret.aload(KEY_BLOCK)
    except ValueError:  # no such block: opening the studio says what is missing
        return settings
    return settings.with_key(SecretStr(str(block.get())))


def _tell(summary: Summary) -> None:
    get_run_logger().info("%s: %s; this run bought %d, %s", summary.state, summary.cost, summary.bought, summary.spent)
