"""One result on its way from the provider into the archive, or into quarantine.

It is downloaded to a temporary file, hashed on the way, opened and measured; only then does it get a name. Bytes that
aren't what was promised are fetched again a few times before that is the end of what was paid for: a gateway's page
is gone the next time. What an earlier try has kept, and died before it told of it, is found in the archive.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stillreel.archive import layout
from stillreel.archive.hashing import keep, sums_of_file
from stillreel.archive.lineage import write_lineage
from stillreel.archive.passing import passing_folder
from stillreel.archive.store import Checksums
from stillreel.domain.errors import Corrupted, Gone, MediaError
from stillreel.domain.events import Result, Run, Settled
from stillreel.domain.jobs import Job
from stillreel.domain.lineage import ParentFile
from stillreel.domain.media import Facts
from stillreel.domain.requests import ClipRequest, StillRequest
from stillreel.domain.safety import Verdict
from stillreel.media.cutting import cut
from stillreel.media.frames import poster
from stillreel.media.verify import verify
from stillreel.runware.policy import LARGEST_FILE
from stillreel.studio.orders import Sources, Verdicts
from stillreel.studio.putting import put_file
from stillreel.studio.records import lineage_of, parents_of
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
        with passing_folder() as folder:
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
        stands = await self.studio.archive.store.stat(self._as_made)
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
        copy = path.with_name("found")
        for name in (self._as_made, self._quarantined()):
            sums = await self._fetch_ours(name, copy)
            if sums is not None:
                try:
                    facts = await self._verify(copy)
                except MediaError:
                    continue
                return await self._give_a_name(copy, sums, facts)
        return None

    async def _fetch_ours(self, name: str, copy: Path) -> Checksums | None:
        """A copy of what an earlier try has put there of this very result; None if it hasn't."""
        store = self.studio.archive.store
        stands = await store.stat(name)
        ours = {"task-uuid": str(self.job.uuid), "result": self.result.row.id}
        return await store.fetch(name, copy) if stands and ours.items() <= stands.metadata.items() else None

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

    @property
    def _crop(self) -> tuple[int, int] | None:
        """The size that the result is cut to, if the model doesn't make that one."""
        request = self.job.planned.request
        return request.crop if isinstance(request, StillRequest) else None

    @property
    def _as_made(self) -> str:
        return layout.full(self._name) if self._crop else self._name

    def _quarantined(self, bad: Checksums | None = None) -> str:
        purchase = self.job.planned.purchase
        return layout.quarantined(self._as_made, purchase=purchase, sha256=bad.sha256 if bad else None)

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
        async with self.studio.client.download(self.result.row.url) as download:
            sums = await keep(download, path, at_most=LARGEST_FILE)
        try:
            return _Fetched(sums, await self._verify(path))
        except MediaError as error:
            return _Fetched(sums, None, error.message)

    async def _verify(self, path: Path) -> Facts:
        request, exact = self.job.planned.request, "width" in self.job.planned.body  # else it is as the frame, or named
        seconds = request.duration if isinstance(request, ClipRequest) else None
        size = {"width": request.width, "height": request.height}
        return await verify(path, media_format=request.format, **size, seconds=seconds, exact=exact)

    async def _archive(self, path: Path, sums: Checksums, facts: Facts) -> Settled:
        request, picture = self.job.planned.request, None
        lineage = await self._put(self._as_made, path, sums, facts, parents_of(request, self.sources))
        if self._crop is not None:
            made = ParentFile(uri=self.studio.archive.uri(self._as_made), sha256=sums.sha256, lineage=lineage)
            sums, lineage = await self._cut(path, self._crop, made)
        if isinstance(request, ClipRequest):
            picture = await self._poster(path)
        return self._settled("archived", name=self._name, sums=sums, lineage=lineage, poster=picture)

    async def _cut(self, path: Path, size: tuple[int, int], made: ParentFile) -> tuple[Checksums, str]:
        """Keep the picture in the size that was asked for beside the one that was made, which is archived by now."""
        request, out = self.job.planned.request, path.with_name("cut")
        if await self._fetch_ours(self._name, out) is None:  # another version of the encoder makes other bytes
            await cut(path, out, size, media_format=request.format, quality=request.quality)
        facts = await verify(out, media_format=request.format, width=size[0], height=size[1])
        sums = await asyncio.to_thread(sums_of_file, out)
        return sums, await self._put(self._name, out, sums, facts, (made,))

    async def _quarantine(self, path: Path, sums: Checksums, facts: Facts | None, reason: str) -> Settled:
        name = self._quarantined(bad=sums if facts is None else None)
        lineage = await self._put(name, path, sums, facts, parents_of(self.job.planned.request, self.sources))
        return self._settled("quarantined", name=name, sums=sums, lineage=lineage, reason=reason)

    async def _put(
        self, name: str, path: Path, sums: Checksums, facts: Facts | None, parents: tuple[ParentFile, ...]
    ) -> str:
        """Write the file and its lineage, each once; what an earlier try of this very result wrote is as good."""
        studio = self.studio
        record = lineage_of(
            uri=studio.archive.uri(name),
            sums=sums,
            facts=facts,
            job=self.job,
            result=self.result,
            verdict=self._verdict,
            parents=parents,
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
            await put_file(self.studio, name, picture, await asyncio.to_thread(sums_of_file, picture), {})
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
