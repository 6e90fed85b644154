"""A stage from its plan to the archive: the four verbs in their order, the same for stills and clips."""

from flows.progress import progress
from stillreel.domain.errors import StillreelError
from stillreel.studio.judging import shortfall
from stillreel.studio.orders import Frame, GivenImage, Kept, Plan, Settlement, Sources, StagePlan
from tasks import archive, poll, safety_check, submit


async def make(stage: StagePlan, frame: Frame | None = None, sources: Sources | None = None) -> Settlement:
    """Buy, wait, check and keep; raises what the stage falls short of, after everything paid is kept."""
    ticket = await submit(stage, frame)
    outcome = await poll(stage, ticket)
    verdicts = await safety_check(stage, outcome)
    settlement = await archive(stage, outcome, verdicts, sources or Sources())
    progress().settled[stage.place.stage] = settlement
    error: StillreelError | None = shortfall(stage, settlement)
    if error is not None:
        raise error
    return settlement


def first_frame(plan: Plan, still: Kept | None) -> tuple[Frame | None, Sources]:
    """What the clip starts from: the still just archived, a given image, or nothing."""
    if still is not None and still.uri is not None and plan.still is not None:
        return Frame(image_uuid=still.id, uri=still.uri, media_type="image/png"), Sources(still=still)
    if plan.given is not None:
        given: GivenImage = plan.given
        return Frame(image_uuid=None, uri=given.uri, media_type=given.media_type), Sources(given=given)
    return None, Sources()
