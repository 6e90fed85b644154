"""One result on its way from the provider into the archive, or into quarantine.

It is downloaded to a temporary file, hashed on the way, opened and measured; only then does it get a name. Bytes that
aren't what was promised are fetched again a few times before that is the end of what was paid for: a gateway's page
is gone the next time. What an earlier try has kept, and died before it told of it, is found in the archive.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from stillreel.archive import layout
from stillreel.archive.hashing import keep, sums_of_file
from stillreel.archive.lineage import write_lineage
from stillreel.archive.store import Checksums
from stillreel.domain.errors import Corrupted, Gone, MediaError, ObjectExists
from stillreel.domain.events import Result, Run, Settled
from stillreel.domain.jobs import Job
from stillreel.domain.media import Facts
from stillreel.domain.requests import ClipRequest
from stillreel.domain.safety import Verdict
from stillreel.media.frames import poster
from stillreel.media.verify import verify
from stillreel.runware.policy import LARGEST_FILE
from stillreel.studio.orders import Sources, Verdicts
from stillreel.studio.records import lineage_of
from stillreel.studio.studio import Studio

FETCH_AGAIN = (2.0, 10.0, 30.0)  # seconds before each further try; addresses live for a day


class _Fetched(NamedTuple):
    sums: Checksums
    facts: Facts | None  # None: it isn't what was promised
    trouble: str = ""


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
                sums, facts, trouble = await self._fetch(path)
            except Gone as gone:
                return await self._found(path) or self._settled("lost", reason=gone.message)
            if facts is None:
                return await self._found(path) or await self._quarantine(path, sums, None, trouble)
            try:
                return await self._give_a_name(path, sums, facts)
            except Corrupted:  # other bytes stand there: those of another try of this very result are as good
                found = await self._found(path) or await self._beside(path, sums, facts)
                if found is None:
                    raise
                return found

    async def _beside(self, path: Path, sums: Checksums, facts: Facts) -> Settled | None:
        """Good bytes whose name another purchase of the take holds already: the provider took back a refusal."""
        stands = await self.studio.archive.store.stat(self._name)
        whose = stands.metadata.get("task-uuid") if stands else None
        if self._stopped or whose in (None, str(self.job.uuid)):
            return None
        return await self._quarantine(
            path, sums, facts, f"its name is held by another purchase of the take, job {whose}"
        )

    async def _give_a_name(self, path: Path, sums: Checksums, facts: Facts) -> Settled:
        if self._stopped:
            return await self._quarantine(path, sums, facts, self._stopped)
        return await self._archive(path, sums, facts)

    async def _found(self, path: Path) -> Settled | None:
        """The end of a result that lies in the archive already, whatever its address says by now.

        It may lie in quarantine though it may move on by now, or the other way round: then it gets its other name, too.
        """
        store, copy = self.studio.archive.store, path.with_name("found")
        ours = {"task-uuid": str(self.job.uuid), "result": self.result.row.id}
        for name in (self._name, self._quarantined()):
            stands = await store.stat(name)
            sums = await store.fetch(name, copy) if stands and ours.items() <= stands.metadata.items() else None
            if sums is not None:
                try:
                    facts = await self._verify(copy)
                except MediaError:
                    continue
                return await self._give_a_name(copy, sums, facts)
        return None

    @property
    def _stopped(self) -> str:
        """Why good bytes don't move on; empty if they do."""
        if self.job.given_up is not None:
            return "it turned up after a person had given the job up"
        if self.result.k > self.job.planned.request.results:
            return "the provider made more than was asked for"
        return "" if self.result.k in self.verdicts.moving else f"the safety check says {self._verdict}"

    @property
    def _verdict(self) -> Verdict:
        return self.verdicts.of[self.result.k]

    @property
    def _name(self) -> str:
        request = self.job.planned.request
        return layout.media(self.job.planned.place, request.format, k=self.result.k, results=request.results)

    def _quarantined(self, bad: Checksums | None = None) -> str:
        purchase = self.job.planned.purchase
        return layout.quarantined(self._name, purchase=purchase, sha256=bad.sha256 if bad else None)

    async def _fetch(self, path: Path) -> _Fetched:
        """The file as it came, at the last of several times if it isn't what was promised."""
        fetched = await self._once(path)
        for pause in FETCH_AGAIN:
            if fetched.facts is not None:
                break
            await asyncio.to_thread(path.unlink)
            await self.studio.clock.sleep(pause)
            fetched = await self._once(path)
        return fetched

    async def _once(self, path: Path) -> _Fetched:
        sums = await self._download(path)
        try:
            return _Fetched(sums, await self._verify(path))
        except MediaError as error:
            return _Fetched(sums, None, error.message)

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
        name = self._quarantined(bad=sums if facts is None else None)
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

    async def _poster(self, clip: Path) -> str | None:
        """The address of a picture of the clip; None where none can be made: it is for people, and proves nothing."""
        picture = clip.with_suffix(".jpg")
        try:
            await poster(clip, picture)
        except MediaError:
            return None
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
