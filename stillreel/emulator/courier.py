"""Deliveries that the service makes by itself: calls to `webhookURL` and uploads to `uploadEndpoint`.

Each is noted when it has ended, so that a restart makes those that are still owed. Both are at-least-once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import httpx

from stillreel.emulator.darkroom import Darkroom
from stillreel.emulator.memory import Memory
from stillreel.emulator.passing import Passing
from stillreel.emulator.records import Job, Result
from stillreel.emulator.rows import Row, Rows, acknowledgement
from stillreel.emulator.switches import Switches
from stillreel.runware.catalogue.entry import Entry

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0  # seconds between tries, doubling; the vendor's figures
PATIENCE = 5.0  # real seconds that a receiver may take to answer


class Courier:
    """Sends what is owed; `start` it, `nudge` it when there may be more, `stop` it."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        memory: Memory,
        darkroom: Darkroom,
        clock: Passing,
        switches: Callable[[], Switches],
    ) -> None:
        self._entries = entries
        self._memory = memory
        self._darkroom = darkroom
        self._rows = Rows(darkroom)
        self._clock = clock
        self._switches = switches
        self._underway: dict[tuple[str, str, int], asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None

    async def stop(self) -> None:
        """Drop what is underway; it is still owed after a restart."""
        for task in self._underway.values():
            task.cancel()
        await asyncio.gather(*self._underway.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def delivered(self) -> None:
        """Return when nothing is underway any more."""
        while self._underway:
            await asyncio.gather(*self._underway.values())

    def nudge(self) -> None:
        """Take on everything that is owed and not underway."""
        for result in self._memory.undelivered("uploaded"):
            self._begin(("upload", result.task_uuid, result.k + result.run * 100), self._upload(result))
        calls: defaultdict[tuple[str, int], list[Result]] = defaultdict(list)
        for result in self._memory.undelivered("called"):
            calls[result.task_uuid, result.run].append(result)
        for (task_uuid, run), results in calls.items():
            self._begin(("call", task_uuid, run), self._calls(results))

    def _http(self) -> httpx.AsyncClient:
        """One client for all deliveries, made for the first one: it costs more than all else of a start."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=PATIENCE, trust_env=False)
        return self._client

    def _begin(self, name: tuple[str, str, int], work: Coroutine[Any, Any, None]) -> None:
        if name in self._underway:
            work.close()
            return
        task = asyncio.create_task(work)
        self._underway[name] = task
        task.add_done_callback(lambda _: self._underway.pop(name, None))

    async def _calls(self, results: list[Result]) -> None:
        """One run's webhooks, in the order that the switches ask for."""
        way = self._switches().webhook
        job = self._memory.job(results[0].task_uuid)
        if job is None:
            return
        if way.processing_first:
            await self._call(job, {**acknowledgement(job.request), "status": "processing"}, failed=False)
        ordered = sorted(results, key=lambda result: result.k, reverse=way.out_of_order)
        for result in ordered:
            await self._clock.wait_until(result.ready_at + way.delay_s)
            row = await self._row(job, result)
            for _ in range(2 if way.duplicate else 1):
                await self._call(job, row, failed=result.error is not None)
            self._memory.delivered("called", result.id)

    async def _row(self, job: Job, result: Result) -> Row:
        entry = self._entries[job.model or ""]
        if result.error is not None:
            return self._rows.failure(job, result, entry)
        return await self._rows.success(job, result, entry, job.origin, polled=True)

    async def _call(self, job: Job, row: Row, *, failed: bool) -> None:
        way = self._switches().webhook
        body = row if way.body == "flat" else {"errors" if failed else "data": [row]}
        pause = FIRST_PAUSE
        for _ in range(way.attempts):
            try:
                answer = await self._http().post(job.request["webhookURL"], json=body)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.is_success:
                return
            await self._clock.wait_until(self._clock.now() + pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _upload(self, result: Result) -> None:
        """PUT the raw bytes, some time after the result can be polled."""
        way = self._switches().upload
        job = self._memory.job(result.task_uuid)
        if job is None:
            return
        await self._clock.wait_until(result.ready_at + way.delay_s)
        times = {"never": 0, "put": 1, "twice": 2}[way.how] if result.error is None else 0
        for _ in range(times):
            path = await self._darkroom.file(result)
            data = await asyncio.to_thread(path.read_bytes)
            try:
                await self._http().put(job.request["uploadEndpoint"], content=data)
            except httpx.HTTPError:
                continue  # the service doesn't say what it does then; ours gives up quietly, as a lost upload looks
        self._memory.delivered("uploaded", result.id)
