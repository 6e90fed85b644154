"""Killing a run at a request to its archive in a bucket, and finishing it by another one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import uuid4

from tests.archive.fake_gcs import make_bucket
from tests.archive.proxy import Fault, faults_before
from tests.crash.acting import Actor, clear_up, perform
from tests.crash.killing import kill_at, late
from tests.crash.scene import built

Side = Literal["before", "after"]


class Case(NamedTuple):
    """The k-th request of a chain, and whether the run dies before its effect or after it."""

    k: int
    side: Side
    said: str


def cases(seen: Sequence[str]) -> list[Case]:
    """Every request of a chain: a write on either side of its effect, a read once, for it has none."""
    sides: tuple[Side, ...] = ("before", "after")
    return [
        Case(k, side, said)
        for k, said in enumerate(seen, 1)
        for side in (sides[1:] if said.startswith("GET") else sides)
    ]


async def requests_of_a_chain(folder: Path, media: Path, storage: str) -> list[str]:
    """The requests that a bucket sees of one chain that nobody disturbs, as `METHOD /path`."""
    name = uuid4().hex
    make_bucket(storage, name)
    async with faults_before(storage) as proxy, built(folder / name, media, f"gs://{name}/chain") as scene:
        told = await Actor(scene.part("first", bucket=proxy.endpoint)).told()
        await scene.check(told)
        return list(proxy.seen)


async def killed_at(case: Case, folder: Path, media: Path, storage: str) -> None:
    """Kill a run at a request, after the effect, or before it: then it comes while the next run is under way."""
    name = uuid4().hex
    make_bucket(storage, name)
    async with faults_before(storage) as proxy, built(folder / name, media, f"gs://{name}/chain") as scene:
        fault = Fault("hold before" if case.side == "before" else "hold after", skip=case.k - 1)
        proxy.faults.append(fault)
        await kill_at(scene.part("killed", bucket=proxy.endpoint), fault.held.wait(), str(case))
        second = scene.part("second")
        if case.side == "before":
            told = await late(scene, fault.release.set, perform(second))
            if await scene.open_jobs():  # a marker that came when its job had ended: the next round takes it away
                assert {stand.became for stand in await clear_up(second)} == {"ended"}
        else:
            told = await perform(second)
        await scene.check(told)
