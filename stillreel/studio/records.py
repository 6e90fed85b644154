"""The lineage of one result, from what its job, its bytes and its run say."""

from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from stillreel.archive.store import Checksums
from stillreel.domain.events import Accepted, Result, Run
from stillreel.domain.jobs import Job
from stillreel.domain.lineage import Answer, Lineage, ParentFile, Safety, Times, What
from stillreel.domain.media import Facts
from stillreel.domain.requests import ClipRequest, Request, StillRequest, TakeParent
from stillreel.domain.safety import Verdict
from stillreel.studio.orders import GivenImage, Sources


def lineage_of(  # noqa: PLR0913 - by keyword, all that a record stands on
    *,
    uri: str,
    sums: Checksums,
    facts: Facts | None,
    job: Job,
    result: Result,
    verdict: Verdict,
    parents: tuple[ParentFile, ...],
    run: Run,
    now: datetime,
) -> Lineage:
    """The record of the file at `uri`, which is this result of this job."""
    planned, accepted = job.planned, job.last(Accepted)
    whole = (
        parents[0].uri if isinstance(planned.request, StillRequest) and parents else None
    )  # that a still is cut from
    return Lineage(
        what=What(uri=uri, size=sums.size, sha256=sums.sha256, crc32c=sums.crc32c, media=facts),
        place=planned.place,
        k=result.k,
        purchase=planned.purchase,
        request=planned.request,
        digest=planned.request.digest,
        body=planned.body,
        answer=Answer(
            task_uuid=job.uuid,
            result=result.row.id,
            url_host=urlsplit(result.row.url).hostname or "",
            seed=result.row.seed,
            cost=result.row.cost if whole is None else None,  # paid once, so said once
            cost_in=whole,
            flag=result.row.flag,
        ),
        quote=planned.quote,
        doubts=planned.doubts,
        safety=Safety(asked=planned.request.safety, verdict=verdict),
        parents=parents,
        run=run,
        bought_by=planned.run,
        times=Times(planned=planned.at, accepted=accepted.at if accepted else None, seen=result.at, archived=now),
    )


def parents_of(request: Request, sources: Sources) -> tuple[ParentFile, ...]:
    """What a result was made from: the frames of a clip, or nothing."""
    parent = request.parent if isinstance(request, ClipRequest) else None
    still, found = sources.still, list[ParentFile]()
    if isinstance(parent, TakeParent) and still is not None and still.uri and still.sha256:
        known = {"take": parent.take, "digest": parent.digest, "lineage": still.lineage}
        found.append(ParentFile(uri=still.uri, sha256=still.sha256, frame="first", **known))
    elif sources.given is not None:
        found.append(_given(sources.given, "first"))
    if sources.last is not None:
        found.append(_given(sources.last, "last"))
    return tuple(found)


def _given(image: GivenImage, frame: Literal["first", "last"]) -> ParentFile:
    return ParentFile(uri=image.uri, sha256=image.sha256, lineage=image.lineage, frame=frame)
