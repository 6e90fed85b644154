"""What the caps leave, told to whoever hasn't bought anything yet; they are read, and nothing is written."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from stillreel.domain.budget import Use
from stillreel.domain.errors import StillreelError
from stillreel.domain.money import spelled, total
from stillreel.studio.budgeting import uses_met
from stillreel.studio.studio import Studio


async def cap_lines(studio: Studio, project: str, asked: Sequence[tuple[UUID | None, Decimal]]) -> list[str]:
    """A line for each cap that a run would meet, today's and the project's, and whether it holds what is asked.

    `asked` is what each job may still cost. Nothing asked meets no cap. A budget that can't be read is told as that.
    """
    more = total([amount for _, amount in asked])
    if not more:
        return []
    try:
        return [_line(use, more) for use in await uses_met(studio, project, asked)]
    except StillreelError as error:
        return [f"warning: what the caps leave isn't known: {error.message}"]


def _line(use: Use, more: Decimal) -> str:
    left = f"the cap for {use.name} leaves ${spelled(use.left)} of ${spelled(use.cap)}"
    if use.holds(more):
        return f"{left}, enough for this"
    return (
        f"warning: {left}, and this could cost ${spelled(more)}: a run would be refused; `stillreel caps set` raises it"
    )
