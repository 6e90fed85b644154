"""A run that is killed at any request to its archive is finished by the next one, and nothing is bought twice."""

from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest

from tests.archive.fake_gcs import make_bucket
from tests.archive.proxy import Fault, faults_before
from tests.crash.acting import perform
from tests.crash.killing import each, kill_at, late
from tests.crash.scene import built

Side = Literal["before", "after"]


async def requests_of_a_chain(folder: Path, media: Path, storage: str) -> list[str]:
    """The requests that a bucket sees of one chain that nobody disturbs."""
    make_bucket(storage, "undisturbed")
    async with (
        faults_before(storage) as proxy,
        built(folder / "undisturbed", media, "gs://undisturbed/chain") as scene,
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STORAGE_EMULATOR_HOST", proxy.endpoint)
            told = await perform(scene.part("first"))
        await scene.check(told)
        return list(proxy.seen)


async def test_killed_at_every_request_to_the_archive(tmp_path: Path, media: Path, storage: str) -> None:
    """Whichever request is under way when a run dies.

    A write has had its effect, or it has it while the next run is under way: more than that can't happen to it. A read
    has none, so for the archive it is the same whether it arrives.
    """

    async def play(case: tuple[int, Side, str]) -> None:
        k, side, _ = case
        name = uuid4().hex
        make_bucket(storage, name)
        async with faults_before(storage) as proxy, built(tmp_path / name, media, f"gs://{name}/chain") as scene:
            fault = Fault("hold before" if side == "before" else "hold after", skip=k - 1)
            proxy.faults.append(fault)
            await kill_at(scene.part("killed", bucket=proxy.endpoint), fault.held.wait(), f"request {k}")
            told = await late(scene, fault.release.set, perform(scene.part("second")))
            await scene.check(told)

    seen = await requests_of_a_chain(tmp_path, media, storage)
    cases: list[tuple[int, Side, str]] = []
    for k, request in enumerate(seen, 1):
        reads = request.startswith("GET")
        cases += [(k, side, request) for side in (("before",) if reads else ("before", "after"))]
    await each(cases, play)
