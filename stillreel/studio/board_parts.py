"""What a run of a storyboard goes by, however often it begins, and what the runs of its parts leave for it."""

from uuid import UUID

from stillreel.archive import layout
from stillreel.archive.store import Store
from stillreel.domain.board_orders import Part
from stillreel.domain.errors import ObjectExists
from stillreel.domain.plain import Plain
from stillreel.studio.board_summary import BoardSummary


class Bound(Plain):
    """What a run goes by from its first attempt on; before its next a file may change, and things be paid for."""

    board: str  # the storyboard's address in the archive
    parts: tuple[Part, ...] = ()  # that are handed out, each with its share of the ceiling


async def bind(store: Store, root: UUID, now: Bound) -> Bound:
    """What the run's first attempt has left to go by; this, if none has."""
    try:
        await store.create(layout.order(root), now.model_dump_json().encode())
    except ObjectExists:
        return await bound(store, root) or now
    return now


async def bound(store: Store, root: UUID) -> Bound | None:
    """What a run goes by; None before its first attempt has come so far."""
    found = await store.read(layout.order(root))
    return Bound.model_validate_json(found[0]) if found else None


async def leave_part(store: Store, root: UUID, number: int, attempt: int, summary: BoardSummary) -> None:
    """Leave what became of a part; each attempt of its run has a word of its own."""
    try:
        await store.create(layout.part(root, number, attempt), summary.model_dump_json().encode())
    except ObjectExists:  # two processes under one run: both have made the same takes, and the first word stands
        return


async def read_part(store: Store, root: UUID, number: int, after: int = 0) -> BoardSummary | None:
    """The word of the newest attempt after this one; None if there is none."""
    names = [stored.name async for stored in store.list(layout.parts(root, number))]
    attempts = [int(name.rpartition("/")[2].removesuffix(".json")) for name in names]
    newest = max(attempts, default=0)
    if newest <= after:
        return None
    found = await store.read(layout.part(root, number, newest))
    return BoardSummary.model_validate_json(found[0]) if found else None
