"""A stage from its plan to the archive: the four verbs in their order, the same for stills and clips."""

from flows.progress import progress
from stillreel.domain.errors import StillreelError
from stillreel.studio.judging import shortfall
from stillreel.studio.orders import Frame, Settlement, Sources, StagePlan
from stillreel.studio.slots import in_a_slot
from tasks import archive, poll, safety_check, submit
from tasks.context import studio


async def make(stage: StagePlan, frame: Frame | None = None, sources: Sources | None = None) -> Settlement:
    """Buy, wait, check and keep what isn't done; raises what it falls short of, after everything paid is kept."""
    settlement = stage.done or await _made(stage, frame, sources or Sources())
    progress().settled[stage.place.stage] = settlement
    error: StillreelError | None = shortfall(stage, settlement)
    if error is not None:
        raise error
    return settlement


async def _made(stage: StagePlan, frame: Frame | None, sources: Sources) -> Settlement:
    async with in_a_slot(studio(), stage):
        ticket = await submit(stage, frame)
        outcome = await poll(stage, ticket)
    return await archive(stage, outcome, await safety_check(stage, outcome), sources)
