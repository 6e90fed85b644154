"""What people see of a run in the Prefect UI: pictures and a summary; never in the way of the work.

Artifacts are made after archiving, in bounded time, and never fail a task.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from prefect.artifacts import acreate_image_artifact, acreate_markdown_artifact
from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.domain.money import spelled
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.studio.orders import Kept, Settlement, StagePlan, Summary
from stillreel.studio.standing import Stand
from tasks.context import studio

AnyShot = TextToImageShot | TextToVideoShot | ImageToVideoShot
T = TypeVar("T")

PATIENCE = 10.0  # seconds for all artifacts of a stage; the pictures lie in the archive in any case
MOST_ROWS = 200  # of a table that somebody reads
SIGNED_FOR = 7 * 24 * 3600  # seconds; the longest that a V4 signed URL may live


async def show_stage(stage: StagePlan, settlement: Settlement) -> None:
    """The still, or each clip's poster, as a picture."""
    await kindly(asyncio.gather(*(_picture(stage, kept) for kept in settlement.archived)))


async def show_summary(shot: AnyShot, summary: Summary, warnings: Sequence[str]) -> None:
    """What was made, where it lies and what it cost, and what speaks against its models, on one page with pictures."""
    await kindly(_page(shot, summary, warnings))


async def show_round(name: str, counts: Mapping[str, int], stands: Sequence[Stand]) -> None:
    """How each job stands after a round, those that somebody must act on first."""
    acute = sorted(stands, key=lambda stand: stand.became in ("ended", "waits"))
    rows = [
        f"| {stand.place or 'unplanned'} | `{stand.job}` | {stand.standing} | {stand.money} | {stand.became} "
        f"| {stand.says.replace('|', '/')} |"
        for stand in acute[:MOST_ROWS]
    ]
    head = ["| take | job | standing | money | | |", "| --- | --- | --- | --- | --- | --- |"]
    summary = ", ".join(f"{count} {became}" for became, count in counts.items() if count) or "no job is open"
    page = "\n".join([f"# {name}: {summary}", "", *(head if rows else []), *rows])
    await kindly(acreate_markdown_artifact(markdown=page, key=name, description="How each open job stands"))


def key_of(*parts: str) -> str:
    """The key of an artifact: its parts by dashes, with their own dashes doubled.

    Prefect takes nothing but a-z, 0-9 and dashes, and lists artifacts of one key as versions of each other: so the
    project `a-b` with the shot `c` must not be the project `a` with the shot `b-c`. Names begin with no dash.
    """
    return "-".join(part.replace("-", "--") for part in parts)


async def view(uri: str) -> str | None:
    """An address that a browser can open: through `stillreel serve`, or signed by the bucket."""
    name = name_in(uri, studio().archive.store.uri)
    base = studio().settings.view_url
    if base:
        return f"{base.rstrip('/')}/{quote(name)}"
    return await studio().archive.store.signed_url(name, seconds=SIGNED_FOR)


async def _page(shot: AnyShot, summary: Summary, warnings: Sequence[str]) -> None:
    files = [await _file(uri) for uri in (summary.still, *summary.clips) if uri]
    rows = [f"| {name} | {value} |" for name, value in _facts(summary).items()]
    head = [f"# {shot.title}: {summary.state}", summary.message, "\n".join(["| | |", "| --- | --- |", *rows])]
    head += [f"**Warning:** {warning}" for warning in warnings]
    page = "\n\n".join([*head, *(files or ["Nothing was archived."])])
    key = key_of("summary", shot.project, shot.shot)
    await acreate_markdown_artifact(markdown=page, key=key, description=f"What became of {shot.title}")


async def _file(uri: str) -> str:
    """A file with its picture, its address and the command that shows how it came to be."""
    name = name_in(uri, studio().archive.store.uri)
    still = layout.content_type(name).startswith("image/")
    picture, address = await view(uri if still else layout.poster(uri)), await view(uri)
    title = name.rpartition("/")[2]
    lines = [f"## {f'[{title}]({address})' if address else title}", f"`{uri}`"]
    if picture:
        lines.append(f"![{title}]({picture})")
    return "\n\n".join([*lines, f"`stillreel lineage {uri}`"])


async def _picture(stage: StagePlan, kept: Kept) -> None:
    uri = kept.poster or kept.uri
    address = await view(uri) if uri else None
    if address:
        place = stage.place
        key = key_of(place.project, place.shot, place.stage, f"{place.take:03d}", str(kept.k))
        await acreate_image_artifact(
            image_url=address, key=key, description=f"{stage.place}, result {kept.k}: {kept.uri}"
        )


def _facts(summary: Summary) -> dict[str, Any]:
    return {
        "state": summary.state,
        "quoted": f"${spelled(summary.cost.quoted)}",
        "reported": f"${spelled(summary.cost.reported)}",
        "bought by this run": summary.bought,
        "spent by this run": str(summary.spent),
        "money": summary.money or "as reported",
    }


async def kindly(work: Awaitable[T], fails: str = "an artifact couldn't be made") -> T | None:
    """What the work comes to, in bounded time; a warning in the log if it comes to nothing."""
    try:
        async with asyncio.timeout(PATIENCE):  # `wait_for` swallows a cancellation that meets the work's end
            return await work
    except Exception as error:  # noqa: BLE001 - a picture in the UI is never worth a paid clip
        _log().warning("%s: %s", fails, error)
        return None


def _log() -> logging.Logger | logging.LoggerAdapter[Any]:
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger(__name__)
