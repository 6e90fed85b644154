"""A person's word on a job of which nobody can say whether it was bought: send it again, buy anew, or write it off."""

from uuid import UUID

from stillreel.domain.errors import BadInput, NotAuthorised, ObjectExists, Problem, ProviderError, Refused
from stillreel.domain.events import Decided, Word
from stillreel.domain.jobs import Job
from stillreel.studio.giving_up import conclude
from stillreel.studio.sending import accept
from stillreel.studio.standing import money_of
from stillreel.studio.studio import Studio
from stillreel.studio.tracing import trace_of


async def decide(studio: Studio, uuid: UUID, word: Word, *, who: str, why: str = "") -> Job:
    """Write the decision, and end the job unless it is to be sent again; the job afterwards.

    Raises Refused, saying how it stands, for a job that isn't unknown: the provider is asked once more before. One that
    was to be sent again and hasn't been, for want of room under a cap, may be given up after all.
    """
    job = await studio.archive.events(uuid)
    if not job.events:
        raise BadInput([Problem(field="job", got=str(uuid), allowed="a job of this archive: see `stillreel jobs`")])
    await _check_unknown(studio, job, word)
    decided = Decided(at=studio.clock.now(), nonce=studio.nonce(), word=word, who=who, why=why)
    try:
        job = await studio.archive.append(job, decided)
    except ObjectExists:
        job = await studio.archive.events(uuid)
        raise _refused(job, f"it has moved on to '{job.standing}' in this moment") from None
    return await conclude(studio, job)


async def _check_unknown(studio: Studio, job: Job, word: Word) -> None:
    await studio.in_step()
    now = studio.clock.now()
    if job.standing != "sending" and not (job.standing == "resend" != word):
        raise _refused(job, f"it stands at '{job.standing}'")
    if job.leased(now):
        raise _refused(job, "somebody is sending it at this moment")
    try:
        trace = await trace_of(studio, job)
    except (ProviderError, NotAuthorised) as error:
        if job.traceable(now):  # whoever asks later learns the truth
            raise _refused(job, f"the provider can't be asked now, and still remembers it ({error.message})") from error
        return
    if trace is not None:
        await accept(studio, job, job.planned.run, trace)
        raise _refused(
            await studio.archive.events(job.uuid), "it has arrived: the provider shows it, and it is paid for"
        )
    if job.remembered(now):
        raise _refused(
            job, "the provider knows nothing of it and would still remember: a run or `resume` sends it again"
        )


def _refused(job: Job, how: str) -> Refused:
    return Refused(
        f"there is nothing to decide about {job.planned.place} (job {job.uuid}): {how}",
        money=money_of(job),
    )
