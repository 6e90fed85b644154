"""A storyboard on many workers: its shots in parts, each a run of its own, whose summaries lie in the archive.

Prefect hands the parts out, and starts one again whose worker was lost. A part is always the same shots, so a run that
is repeated finds the parts that it started before by their keys. What nobody starts again, the run itself makes.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import arun_deployment
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry

from flows.awaiting import Awaited, Over
from flows.away import Patient
from flows.board_progress import BoardProgress
from flows.lost_parts import tell_lost
from flows.reruns import asked_again
from flows.shooting import Shooting, as_it_is
from stillreel.domain.board_orders import Part
from stillreel.domain.identity import sha256_of
from stillreel.domain.money import spelled, total
from stillreel.domain.shots import Shot
from stillreel.studio.board_parts import Bound, bind, read_part
from stillreel.studio.board_summary import ShotLine
from stillreel.studio.boarding import each
from stillreel.studio.ready import Ready
from stillreel.studio.referring import awaited
from tasks.context import in_studio, studio, this_run

DEPLOYMENT = "storyboard-shots/storyboard-shots"
SHOTS_IN_A_PART = 10  # a run takes seconds to start, and a worker that is lost takes so many back to where they stood
PAUSE = 5.0  # seconds between two looks at the parts
CENT = Decimal("0.01")
SHARE = "the share of its parts in the storyboard's ceiling"


class Order(NamedTuple):
    """What holds for every part."""

    at_once: int
    stills_only: bool


class Begun(NamedTuple):
    """A part that a run is at."""

    part: Part
    run: UUID
    after: int = 0  # the attempt of that run whose word isn't waited for any more


class Ended(NamedTuple):
    """A part whose run isn't waited for any more."""

    part: Part
    run: UUID
    after: int
    over: Over

    def __str__(self) -> str:
        then = "nobody goes on with it" if self.over.for_good else "this run makes what it has left, after the others"
        return f"{self.part}: its run {self.run} {self.over.how}; {then}"


def parts_of(shots: Sequence[Shot], only: Sequence[str]) -> list[tuple[str, ...]]:
    """The shots to make in parts of about ten, in order; those that need each other's stills are in one."""
    parts: list[tuple[str, ...]] = []
    current: list[str] = []
    for family in _families(shots, only):
        if current and len(current) + len(family) > SHOTS_IN_A_PART:
            parts.append(tuple(current))
            current = []
        current += family
    return [*parts, tuple(current)] if current else parts


def _families(shots: Sequence[Shot], only: Sequence[str]) -> Iterator[list[str]]:
    """The shots that are tied to each other by references, each family in order."""
    family = {name: {name} for name in only}
    for shot in shots:
        for other in awaited(shot) & family.keys() if shot.shot in family else ():
            joined = family[shot.shot] | family[other]
            family.update(dict.fromkeys(joined, joined))
    seen: set[str] = set()
    for name in only:
        if name not in seen:
            seen |= family[name]
            yield [member for member in only if member in family[name]]


def shares(to_pay: Sequence[Decimal], ceiling: Decimal) -> list[Decimal]:
    """The part of the ceiling for each: what it needs, and of what is left over as much in proportion."""
    needed = total(list(to_pay))
    if not needed:
        return [Decimal(0) for _ in to_pay]
    return [max(need, (need * ceiling / needed).quantize(CENT, ROUND_DOWN)) for need in to_pay]


async def spread_out(
    ordered: Sequence[Shot], board: str, ready: Sequence[Ready], progress: BoardProgress, *, order: Order
) -> list[ShotLine]:
    """A line for each shot that is made, in order, as the runs of their parts have told in the archive."""
    by_name = {one.shot.shot: one for one in ready if not one.left_out}
    parts = dict(enumerate(parts_of(ordered, list(by_name)), 1))
    going = {number: part for number, part in parts.items() if not all(by_name[name].done for name in part)}
    progress.begin(list(by_name), handed_out=True)
    needs = [total([by_name[name].to_pay for name in part]) for part in going.values()]
    root = UUID(this_run().root)
    told = tuple(
        Part(
            board=board,
            only=only,
            stills_only=order.stills_only,
            max_usd=spelled(share),
            at_once=min(order.at_once, SHOTS_IN_A_PART),
            root=root,
            number=number,
        )
        for (number, only), share in zip(going.items(), shares(needs, studio().settings.max_usd), strict=True)
    )
    told = (await bind(studio().archive.store, root, Bound(board=board, parts=told))).parts
    handed_out = {name for part in told for name in part.only}
    for line in await each([one for name, one in by_name.items() if name not in handed_out], as_it_is):
        progress.finished(line)
    lost: list[Ended] = []
    async for one in _ended(told, progress, most=max(1, order.at_once // SHOTS_IN_A_PART)):
        word = await read_part(studio().archive.store, root, one.part.number, one.after)
        progress.heard(one.part.number, 0)
        progress.seen(one.part.number, "given up" if word is None else "")
        if word is None:
            get_run_logger().warning("%s", one)
            lost.append(one)
        for line in word.shots if word else ():
            progress.finished(line)
    gone = [one for one in lost if one.over.for_good]
    why = [f"part {one.part.number} (run {one.run}) {one.over.how}" for one in gone]
    told_of = {name: (str(one.run), said) for one, said in zip(gone, why, strict=True) for name in one.part.only}
    await tell_lost(told_of, ready, progress, stills_only=order.stills_only)
    await _take_up([one for one in lost if not one.over.for_good], ready, progress, order)
    return [progress.lines[name] for name in by_name]


async def _take_up(lost: Sequence[Ended], ready: Sequence[Ready], progress: BoardProgress, order: Order) -> None:
    """Make what the runs of these parts have left, within their shares; once all others have ended, for `at_once`."""
    if not lost:
        return
    names = {name for one in lost for name in one.part.only}
    left = [one for one in ready if one.left_out or one.shot.shot in names]
    most = total([Decimal(one.part.max_usd) for one in lost])
    own = studio()
    with in_studio(replace(own, settings=own.settings.capped(most, SHARE))):
        runs = tuple(str(one.run) for one in lost)
        shooting = Shooting(left, progress, at_once=order.at_once, stills_only=order.stills_only, others=runs)
        await shooting.run()


async def _started(client: PrefectClient, part: Part, since: datetime | None) -> Begun:
    """The run of a part: a new one, or the one that an earlier try of this run has started.

    One that ended undone before a person has asked for all of it again is begun again.
    """
    key = sha256_of([str(part.root), part.board, list(part.only), part.stills_only])
    parameters = {"part": part.model_dump(mode="json")}
    run: FlowRun = await arun_deployment(
        DEPLOYMENT,
        client=client,
        parameters=parameters,
        idempotency_key=key,
        flow_run_name=str(part),
        job_variables=flow_run.job_variables,  # where this run was told where its archive is, they are, too
        timeout=0,
    )
    state = run.state
    if since is None or state is None or not state.is_final() or state.is_completed() or state.timestamp >= since:
        get_run_logger().info("%s is run %s", part, run.id)
        return Begun(part, run.id)
    await client.set_flow_run_state(run.id, AwaitingRetry(message="its storyboard was asked for again"), force=True)
    get_run_logger().info("%s is run %s, which ended as %s and is begun again", part, run.id, state.name)
    return Begun(part, run.id, run.run_count)


async def _ended(parts: Sequence[Part], progress: BoardProgress, most: int) -> AsyncIterator[Ended]:
    """Each part once its run isn't waited for any more, so many of them at a time."""
    coming, going = list(parts), dict[UUID, Begun]()
    patient = Patient(get_run_logger().warning)
    async with get_client() as client:
        since = await asked_again(client) if int(flow_run.run_count or 1) > 1 else None
        runs = Awaited(client, studio().clock)
        while coming or going:
            while coming and len(going) < most:
                begun = await patient.ask(_started(client, coming[0], since))
                if begun is None:
                    break
                going[begun.run] = begun
                coming.pop(0)
            await studio().clock.sleep(PAUSE)
            over = await patient.ask(runs.over(list(going))) or {}
            for begun in going.values():
                number, of = begun.part.number, len(begun.part.only)
                progress.heard(number, round(runs.percent.get(begun.run, 0) * of / 100))
                progress.seen(number, runs.seen.get(begun.run, ""))
            for run, how in over.items():
                yield Ended(*going.pop(run), how)
