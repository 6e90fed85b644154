"""Frames: what a clip starts from and ends with, and what its lineage names for it."""

from stillreel.archive import layout
from stillreel.domain.requests import StillRequest
from stillreel.studio.orders import Copy, Frame, Kept, Plan, Sources


def frame_of(plan: Plan, still: Kept | None) -> tuple[Frame | None, Sources]:
    """What the clip starts from: the still just archived, a given image, or nothing."""
    last = None if plan.last is None else Copy(uri=plan.last.uri, media_type=plan.last.media_type)
    if still is not None and still.uri is not None and plan.still is not None:
        request = plan.still.request
        cut = isinstance(request, StillRequest) and request.crop is not None  # by us: the provider has never seen it
        known, kind = None if cut else still.id, layout.content_type(still.uri)
        frame = Frame(image_uuid=known, uri=still.uri, media_type=kind, last=last)
        return frame, Sources(still=still, last=plan.last)
    if plan.given is not None:
        frame = Frame(image_uuid=None, uri=plan.given.uri, media_type=plan.given.media_type, last=last)
        return frame, Sources(given=plan.given, last=plan.last)
    return None, Sources()
