"""Settling: each result of a job gets its end, one by one, and then the job is closed.

A result is downloaded to a temporary file, hashed on the way, opened and measured; only then does it get a name in
the archive: its final one if it may move on, the same path in quarantine if not. Its lineage lies beside it before
its end is written, so whatever has an end explains itself.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from stillreel.archive import layout
from stillreel.archive.hashing import keep, sums_of_file
from stillreel.archive.lineage import write_lineage
from stillreel.archive.store import Checksums
from stillreel.domain.errors import Corrupted, Gone, MediaError, Money, ObjectExists, StillreelError, at_stake
from stillreel.domain.jobs import Accepted, Closed, Event, Job, Result, Run, Settled
from stillreel.domain.media import Facts
from stillreel.domain.money import total
from stillreel.domain.requests import ClipRequest
from stillreel.domain.safety import Verdict
from stillreel.media.frames import poster
from stillreel.media.verify import verify
from stillreel.runware.policy import LARGEST_FILE
from stillreel.studio.budgeting import book, forget_refusal
from stillreel.studio.orders import Kept, Outcome, Settlement, Sources, Verdicts
from stillreel.studio.records import lineage_of
from stillreel.studio.studio import Studio


async def settle(studio: Studio, outcome: Outcome, verdicts: Verdicts, sources: Sources, run: Run) -> Settlement:
    """Give every result its end and close the job; what has its end already is left as it is.

    Raises ProviderError, MediaError or ArchiveError where a result can't be fetched or kept now, after all others are
    kept: running it again goes on.
    """
    with at_stake(Money.SPENT):
        job = await studio.archive.events(outcome.ticket.uuid)
        trouble: StillreelError | None = None
        for k in sorted({*range(1, outcome.ticket.expected + 1), *outcome.rows}):
            if k not in job.settled:
                try:
                    end = await _end(studio, job, outcome, verdicts, k, sources, run)
                    job = await _write(studio, job, end)
                except StillreelError as error:  # told once its siblings have their ends
                    trouble = trouble or error
        if trouble is not None:
            raise trouble
        if job.standing != "closed":
            await close(studio, job)
        await studio.archive.unmark(job.uuid)
    return Settlement(ticket=outcome.ticket, kept=tuple(kept_of(job, k) for k in sorted(job.settled)))


async def _end(
    studio: Studio, job: Job, outcome: Outcome, verdicts: Verdicts, k: int, sources: Sources, run: Run
) -> Settled:
    if k in outcome.rows:
        return await Keeping(studio, job, job.results[k], verdicts, sources, run).keep()
    if outcome.forgotten:
        reason = "the provider doesn't know the job any more; it was paid for"
        return Settled(at=studio.clock.now(), nonce=studio.nonce(), k=k, end="lost", reason=reason)
    missing = [n for n in range(1, outcome.ticket.expected + 1) if n not in outcome.rows].index(k)
    failure = outcome.failures[min(missing, len(outcome.failures) - 1)]
    reason = f"{failure.reason} ({failure.code})"
    return Settled(at=studio.clock.now(), nonce=studio.nonce(), k=k, end="failed", reason=reason)


@dataclass(frozen=True)
class Keeping:
    """One result on its way from the provider into the archive."""

    studio: Studio
    job: Job
    result: Result
    verdicts: Verdicts
    sources: Sources
    run: Run

    async def keep(self) -> Settled:
        """The result's end: archived, quarantined, or lost if the provider doesn't have it any more."""
        async with self.studio.keeping:
            return await self._keep()

    async def _keep(self) -> Settled:
        with TemporaryDirectory(prefix="stillreel-") as folder:
            path = Path(folder) / "result"
            try:
                sums = await self._download(path)
            except Gone as gone:
                return self._settled("lost", reason=gone.message)
            try:
                facts = await self._verify(path)
            except MediaError as error:
                return await self._quarantine(path, sums, None, error.message)
            if self.job.given_up is not None:
                return await self._quarantine(path, sums, facts, "it turned up after a person had given the job up")
            if self.result.k > self.job.planned.request.results:
                return await self._quarantine(path, sums, facts, "the provider made more than was asked for")
            if self.result.k not in self.verdicts.moving:
                return await self._quarantine(path, sums, facts, f"the safety check says {self._verdict}")
            return await self._archive(path, sums, facts)

    @property
    def _verdict(self) -> Verdict:
        return self.verdicts.of[self.result.k]

    @property
    def _name(self) -> str:
        request = self.job.planned.request
        return layout.media(self.job.planned.place, request.format, k=self.result.k, results=request.results)

    async def _download(self, path: Path) -> Checksums:
        async with self.studio.client.download(self.result.row.url) as download:
            return await keep(download, path, at_most=LARGEST_FILE)

    async def _verify(self, path: Path) -> Facts:
        request = self.job.planned.request
        seconds = request.duration if isinstance(request, ClipRequest) else None
        return await verify(
            path, media_format=request.format, width=request.width, height=request.height, seconds=seconds
        )

    async def _archive(self, path: Path, sums: Checksums, facts: Facts) -> Settled:
        lineage = await self._put(self._name, path, sums, facts)
        picture = None
        if isinstance(self.job.planned.request, ClipRequest):
            picture = await self._poster(path)
        return self._settled("archived", name=self._name, sums=sums, lineage=lineage, poster=picture)

    async def _quarantine(self, path: Path, sums: Checksums, facts: Facts | None, reason: str) -> Settled:
        name = layout.quarantined(self._name)
        lineage = await self._put(name, path, sums, facts)
        return self._settled("quarantined", name=name, sums=sums, lineage=lineage, reason=reason)

    async def _put(self, name: str, path: Path, sums: Checksums, facts: Facts | None) -> str:
        """Write the file and its lineage, each once; what an earlier try of this very result wrote is as good."""
        studio = self.studio
        record = lineage_of(
            uri=studio.archive.uri(name),
            sums=sums,
            facts=facts,
            job=self.job,
            result=self.result,
            verdict=self._verdict,
            sources=self.sources,
            run=self.run,
            now=studio.clock.now(),
        )
        await put_file(studio, name, path, sums, record.short())
        return await write_lineage(studio.archive, name, record)

    async def _poster(self, clip: Path) -> str:
        picture = clip.with_suffix(".jpg")
        await poster(clip, picture)
        name = layout.poster(self._name)
        if await self.studio.archive.store.stat(name) is None:  # another version of the encoder makes other bytes
            await put_file(self.studio, name, picture, sums_of_file(picture), {})
        return self.studio.archive.uri(name)

    def _settled(
        self,
        end: str,
        *,
        name: str | None = None,
        sums: Checksums | None = None,
        lineage: str | None = None,
        poster: str | None = None,
        reason: str = "",
    ) -> Settled:
        return Settled.model_validate(
            {
                "at": self.studio.clock.now(),
                "nonce": self.studio.nonce(),
                "k": self.result.k,
                "end": end,
                "uri": self.studio.archive.uri(name) if name else None,
                "sha256": sums.sha256 if sums else None,
                "lineage": lineage,
                "poster": poster,
                "cost": self.result.row.cost,
                "verdict": self._verdict,
                "reason": reason,
            }
        )


async def put_file(studio: Studio, name: str, path: Path, sums: Checksums, metadata: dict[str, str]) -> None:
    """Create an object from a file; the same bytes under that name are success, other bytes are Corrupted."""
    store = studio.archive.store
    try:
        await store.create_file(name, path, sums, content_type=layout.content_type(name), metadata=metadata)
    except ObjectExists:
        stands = await store.stat(name)
        if stands is None or (stands.size, stands.crc32c) != (sums.size, sums.crc32c):
            raise Corrupted(
                f"{studio.archive.uri(name)} holds other bytes than this result; nothing was overwritten"
            ) from None


async def _write(studio: Studio, job: Job, end: Settled) -> Job:
    """Write an end, unless somebody else's stands: the first one counts."""
    while end.k not in job.settled:
        try:
            job = await studio.archive.append(job, end)
        except ObjectExists:
            job = await studio.archive.events(job.uuid)
    return job


async def close(studio: Studio, job: Job) -> None:
    """Book what the results cost, and write that each has its end; somebody else's word is as good."""
    costs = [result.row.cost for result in job.results.values()]
    known = [cost for cost in costs if cost is not None]
    accepted, seen = job.last(Accepted), job.last(Result)
    event: Event = Closed(
        at=studio.clock.now(),
        nonce=studio.nonce(),
        cost=total(known) if len(known) == len(costs) and known else None,
        seconds=(seen.at - accepted.at).total_seconds() if accepted and seen else None,
    )
    await book(studio, job)
    while job.standing != "closed":
        try:
            job = await studio.archive.append(job, event)
        except ObjectExists:
            job = await studio.archive.events(job.uuid)
    await forget_refusal(studio, job)


def kept_of(job: Job, k: int) -> Kept:
    """The end of one result, as the job's events tell it."""
    end, result = job.settled[k], job.results.get(k)
    return Kept(
        k=k,
        end=end.end,
        id=result.row.id if result else None,
        uri=end.uri,
        sha256=end.sha256,
        lineage=end.lineage,
        poster=end.poster,
        cost=end.cost,
        verdict=end.verdict,
        reason=end.reason,
    )
