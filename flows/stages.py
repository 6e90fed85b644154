"""A stage from its plan to the archive: the four verbs in their order, the same for stills and clips."""

from flows.progress import progress
from stillreel.domain.errors import StillreelError
from stillreel.studio.judging import shortfall
from stillreel.studio.orders import Frame, Settlement, Sources, StagePlan
from stillreel.studio.slots import in_a_slot
from tasks import archive, poll, safety_check, submit
from tasks.context import studio


async def make(stage: StagePlan, frame: Frame | None = None, sources: Sources | None = None) -> Settlement:
    """Buy, wait, check and keep; raises what the stage falls short of, after everything paid is kept."""
    async with in_a_slot(studio(), stage):
        ticket = await submit(stage, frame)
        outcome = await poll(stage, ticket)
    verdicts = await safety_check(stage, outcome)
    settlement = await archive(stage, outcome, verdicts, sources or Sources())
    progress().settled[stage.place.stage] = settlement
    error: StillreelError | None = shortfall(stage, settlement)
    if error is not None:
        raise error
    return settlement
