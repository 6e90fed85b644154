"""Buying once: from a stage's plan to a job that the provider has accepted, whatever happened before.

Every step is derived from the job's events, so a second run, a retry and a rerun after a crash go on from where the
first one stopped. The purchase number grows after a refusal, where nothing was spent; a job itself is sent by
`stillreel.studio.sending`.
"""

from pathlib import Path
from uuid import UUID

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.archive.passing import passing_folder
from stillreel.domain.errors import ArchiveError, Money, ObjectExists, Rejected, Vanished, at_stake
from stillreel.domain.events import Planned, Rejection, Run
from stillreel.domain.jobs import Job
from stillreel.domain.names import Place
from stillreel.domain.requests import ClipRequest
from stillreel.runware import ErrorKind, classify
from stillreel.runware.catalogue import body_of
from stillreel.studio.budgeting import check_ceiling, release_ended
from stillreel.studio.giving_up import conclude
from stillreel.studio.orders import Copy, Frame, StagePlan, Ticket
from stillreel.studio.preflight import MODEL_CODES, instead_of
from stillreel.studio.sending import send
from stillreel.studio.studio import Studio

FRAME_CODES = frozenset({"invalidFrameImages", "mediaNotFound", "mediaExpired"})
"""The provider doesn't have the frame any more, or doesn't take it by its id: our own copy may do."""

FrameIds = tuple[str | None, str | None]
"""The provider's ids of the first and the last frame."""


async def buy(studio: Studio, stage: StagePlan, run: Run, frame: Frame | None = None) -> Ticket:
    """A ticket for the stage's job: found if it was bought before, bought if not.

    Raises OverCeiling and Rejected (nothing spent), UnknownPurchase (nobody can say), ProviderError and ArchiveError.
    """
    purchase, upload = 1, frame is not None and frame.image_uuid is None
    sent: set[UUID] = set()
    written: Job | None = None  # what was just written is known
    while True:
        uuid = await studio.uuid_of(stage.place, stage.digest, purchase)
        studio.takes[stage.place].add(uuid)
        events = studio.archive.begun if uuid in sent else studio.archive.events  # what was begun isn't begun anew
        with at_stake(_stake(studio, uuid) if uuid in sent else Money.NOT_SPENT):
            job, written = written or await events(uuid), None
        if job.given_up is not None and job.standing == job.given_up.word:
            await conclude(studio, job)
        elif job.passed_over:
            if job.given_up is None:  # else what still turns up is booked in place of its quote
                await release_ended(studio, uuid)
            ours = uuid in sent or job.planned.run.flow_run == run.flow_run
            upload = await _needs_upload(studio, job, frame, ours=ours) or upload
            purchase += 1
        elif job.standing in ("accepted", "closed"):
            studio.paid.add(uuid)
            studio.doubtful.discard(uuid)  # whoever found it
            return Ticket(uuid=uuid, place=stage.place, purchase=purchase, expected=stage.request.results)
        elif job.standing == "nothing":
            await _check_free(studio, uuid, stage)
            check_ceiling(studio, stage.place, stage.quote.upper)
            frames = await _frame_ids(studio, frame, upload=upload)
            written = await _plan(studio, uuid, stage, run, purchase, frames)
        else:
            sent.add(uuid)
            waited = studio.sending[uuid].locked()
            async with studio.sending[uuid]:
                await send(studio, await studio.archive.events(uuid) if waited else job, run)


def _stake(studio: Studio, uuid: UUID) -> Money:
    return Money.SPENT if uuid in studio.paid else Money.UNKNOWN


async def _check_free(studio: Studio, uuid: UUID, stage: StagePlan) -> None:
    """Refuse to buy what lies in the archive already, though no event tells of it: those are gone, it was paid for."""
    request = stage.request
    name = layout.media(stage.place, request.format, results=request.results)
    if await studio.archive.store.stat(name) is not None and not (await studio.archive.events(uuid)).events:
        raise Vanished(
            f"{studio.archive.uri(name)} is there, and {layout.job_events(uuid)} isn't: put the events of its job "
            f"back, or `take: new` makes another; nothing was bought"
        )


async def purchases(studio: Studio, place: Place, digest: str) -> list[Job]:
    """Every purchase of a take, the newest last; that one has no events if nothing was planned yet."""
    found: list[Job] = []
    while not found or found[-1].passed_over:
        found.append(await studio.archive.events(await studio.uuid_of(place, digest, len(found) + 1)))
    return found


async def _needs_upload(studio: Studio, job: Job, frame: Frame | None, *, ours: bool) -> bool:
    """Whether the next purchase must bring its own frame; raises Rejected where there must be no next one.

    There is none after a refusal of what this very run planned or sent, and none after moderation.
    """
    rejection = job.last(Rejection)
    if rejection is None:  # withdrawn: it was never sent
        return False
    if rejection.code in FRAME_CODES and frame is not None and _frame_in(job) == frame.image_uuid:
        return True
    if ours or classify(rejection.code) is ErrorKind.SAFETY:
        planned, known = job.planned, rejection.code in MODEL_CODES
        instead = await instead_of(studio, planned.request, planned.quote) if known else ""
        raise Rejected(f"the provider refused {planned.place}: {rejection.reason} ({rejection.code}){instead}")
    return False


def _frame_in(job: Job) -> str | None:
    frames = job.planned.body.get("inputs", {}).get("frameImages", [])
    return frames[0]["image"] if frames else None


async def _frame_ids(studio: Studio, frame: Frame | None, *, upload: bool) -> FrameIds:
    """The ids under which the provider has the first and the last frame, brought there first if they must be."""
    if frame is None:
        return None, None
    first = await _uploaded(studio, frame, "start from") if upload else frame.image_uuid
    return first, None if frame.last is None else await _uploaded(studio, frame.last, "end with")


async def _uploaded(studio: Studio, image: Copy, role: str) -> str:
    with passing_folder() as folder:
        path = Path(folder) / "frame"
        store = studio.archive.store
        if await store.fetch(name_in(image.uri, store.uri), path) is None:
            raise ArchiveError(f"{image.uri} isn't in the archive any more, so no clip can {role} it")
        return await studio.client.upload(path.read_bytes(), image.media_type)


async def _plan(studio: Studio, uuid: UUID, stage: StagePlan, run: Run, purchase: int, frames: FrameIds) -> Job | None:
    """The job with what will be bought, written down and marked open; None if somebody else's plan stands."""
    await studio.in_step()
    entry = studio.catalogue.entry(stage.request.model)
    planned = Planned(
        at=studio.clock.now(),
        nonce=studio.nonce(),
        place=stage.place,
        purchase=purchase,
        request=stage.request,
        body=body_of(entry, stage.request, uuid, *(frames if isinstance(stage.request, ClipRequest) else (None, None))),
        quote=stage.quote,
        doubts=stage.doubts,
        run=run,
    )
    await studio.archive.mark_open(uuid)
    try:
        return await studio.archive.append(Job(uuid, ()), planned)
    except ObjectExists:
        return None
