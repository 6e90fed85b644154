"""What a job was made from, found in the archive again by whoever ends it without the plan of its run."""

from stillreel.archive import layout
from stillreel.archive.lineage import read_lineage
from stillreel.domain.errors import StillreelError
from stillreel.domain.jobs import Job
from stillreel.domain.names import Place
from stillreel.domain.requests import ClipRequest, ImageParent, TakeParent
from stillreel.studio.buying import purchases
from stillreel.studio.given import FORMATS
from stillreel.studio.orders import GivenImage, Kept, Sources
from stillreel.studio.settling import kept_of
from stillreel.studio.studio import Studio


async def sources_of(studio: Studio, job: Job) -> Sources:
    """The still of the parent take or the image that was given, and the last frame, as far as the archive has them.

    A missing one is no reason to leave a paid clip at the provider: its request still holds the parent's hash.
    """
    request, place = job.planned.request, job.planned.place
    if not isinstance(request, ClipRequest):
        return Sources()
    last = None if request.last is None else await _given(studio, place, request.last.sha256)
    match request.parent:
        case TakeParent(take=take, digest=digest):
            still = await _still(studio, place.model_copy(update={"stage": "still", "take": take}), digest)
            return Sources(still=still, last=last)
        case ImageParent(sha256=sha256):
            return Sources(given=await _given(studio, place, sha256), last=last)
    return Sources(last=last)


async def _still(studio: Studio, place: Place, digest: str) -> Kept | None:
    made = (await purchases(studio, place, digest))[-1]
    archived = [k for k, end in sorted(made.settled.items()) if end.end == "archived"]
    return kept_of(made, archived[0]) if archived else None


async def _given(studio: Studio, place: Place, sha256: str) -> GivenImage | None:
    """Where it was brought to, or else the file of our own that was named as the still."""
    for media_format in FORMATS.values():
        name = layout.given(place.project, place.shot, sha256, media_format)
        if await studio.archive.store.stat(name) is not None:
            return await _image(studio, name, sha256)
    for prefix in (layout.project(place.project), layout.PROJECTS):
        found = await _of_our_own(studio, prefix, sha256)
        if found is not None:
            return await _image(studio, found, sha256)
    return None


async def _of_our_own(studio: Studio, prefix: str, sha256: str) -> str | None:
    store = studio.archive.store
    async for stored in store.list(prefix):
        if not layout.is_lineage(stored.name):
            continue
        try:
            record = await read_lineage(store, f"{store.uri}/{stored.name}")
        except StillreelError:  # another file's trouble
            continue
        name = f"{stored.name.rpartition('/')[0]}/{record.what.uri.rpartition('/')[2]}"
        if record.what.sha256 == sha256 and await store.stat(name) is not None:  # a given image's record is first
            return name
    return None


async def _image(studio: Studio, name: str, sha256: str) -> GivenImage:
    record = layout.lineage(name)
    known = await studio.archive.store.stat(record)
    return GivenImage(
        name=name,
        uri=studio.archive.uri(name),
        sha256=sha256,
        media_type=layout.content_type(name),
        lineage=studio.archive.uri(record) if known else None,
    )
