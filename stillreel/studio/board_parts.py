"""What the runs of a storyboard's parts leave in the archive for the run that handed them out."""

from uuid import UUID

from stillreel.archive import layout
from stillreel.archive.store import Store
from stillreel.domain.errors import ObjectExists
from stillreel.studio.board_summary import BoardSummary


async def leave_part(store: Store, root: UUID, number: int, attempt: int, summary: BoardSummary) -> None:
    """Leave what became of a part; each attempt of its run has a word of its own."""
    try:
        await store.create(layout.part(root, number, attempt), summary.model_dump_json().encode())
    except ObjectExists:  # two processes under one run: both have made the same takes, and the first word stands
        return


async def read_part(store: Store, root: UUID, number: int) -> BoardSummary | None:
    """The word of the newest attempt; None if there is none."""
    names = [stored.name async for stored in store.list(layout.parts(root, number))]
    if not names:
        return None
    newest = max(names, key=layout.attempt_of)
    found = await store.read(newest)
    return BoardSummary.model_validate_json(found[0]) if found else None
