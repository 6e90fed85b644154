"""The command line's part about jobs: which are open, what to do about each, and a person's decision."""

import asyncio
import getpass
import json
import os
from typing import Annotated
from uuid import UUID

import typer

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.domain.errors import BadInput
from stillreel.domain.events import Word
from stillreel.domain.money import spelled
from stillreel.domain.problems import Problem
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock
from stillreel.studio.deciding import decide
from stillreel.studio.not_begun import not_begun
from stillreel.studio.standing import Stand, ended_badly, stands
from stillreel.studio.studio import lease_of, open_studio

jobs = typer.Typer(help="List open and troubled jobs, or decide about one.", invoke_without_command=True)


@jobs.callback()
def show(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also jobs that ended without all of their results.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
) -> None:
    """List each open job: its place, how it stands, since when, where the money stands, and what to do."""
    if context.invoked_subcommand is not None:
        return
    found, said = asyncio.run(_stands(every=every))
    for line in said:
        typer.echo(line, err=as_json)
    if as_json:
        typer.echo(json.dumps([stand.model_dump(mode="json") for stand in found], indent=2))
        return
    if not found:
        typer.echo("no job is open")
    now = SystemClock().now()
    for stand in found:
        hours, minutes = divmod(int((now - stand.since).total_seconds()) // 60, 60)
        money = stand.money if stand.quoted is None else f"${spelled(stand.quoted)} {stand.money}"
        typer.echo(f"{stand.job}  {stand.place or 'nowhere'}  {stand.standing}  {hours}:{minutes:02} h  {money}")
        typer.echo(f"  {stand.became}: {stand.says or 'nothing to do'}")


@jobs.command("decide")
def decide_(
    job: Annotated[UUID, typer.Argument(help="The job, by its id.")],
    *,
    resend: Annotated[bool, typer.Option("--resend", help="Let a run send it once more, under the same id.")] = False,
    buy_again: Annotated[bool, typer.Option("--buy-again", help="Let a run buy its take anew.")] = False,
    write_off: Annotated[bool, typer.Option("--write-off", help="Give it up: its take has come to nothing.")] = False,
    because: Annotated[str, typer.Option(help="Why, for whoever reads it later.")] = "",
) -> None:
    """Decide about a job of which nobody can say whether it was bought; refused for any other, saying how it stands."""
    said: dict[Word, bool] = {"resend": resend, "buy_again": buy_again, "write_off": write_off}
    words = [word for word, given in said.items() if given]
    if len(words) != 1:
        allowed = "exactly one of --resend, --buy-again and --write-off"
        raise BadInput([Problem(field="options", got=", ".join(words) or "none", allowed=allowed)], what="it")
    if not because.isprintable():
        raise BadInput([Problem(field="--because", got=repr(because), allowed="one line of printable text")], what="it")
    typer.echo(asyncio.run(_decide(job, words[0], because)))


async def _decide(uuid: UUID, word: Word, why: str) -> str:
    async with open_studio(Settings.of()) as studio:
        job = await decide(studio, uuid, word, who=_whoever(), why=why)
    follows = {
        "resend": f"a run of its shot sends it once more, and so does `python -m flows.resume --job {uuid}`",
        "buy_again": "it is booked as unknown at its quote, and a run of its shot buys another",
        "write_off": "it is booked as unknown at its quote, and its take has no result; `take: new` makes another",
    }
    return f"{job.planned.place}: {follows[word]}"


def _whoever() -> str:
    """Who decides, as the machine knows them; in a container that may be a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


async def _stands(*, every: bool) -> tuple[list[Stand], list[str]]:
    """The jobs, and a line where there is no archive. Needs no key: nobody but the archive is asked."""
    settings = Settings.of()
    store, clock = open_store(settings.archive_uri), SystemClock(settings.pace)
    try:
        archive, now, lease = Archive(store, clock), clock.now(), lease_of(settings)
        ended = await ended_badly(archive, now, lease) if every else []
        return [*ended, *await stands(archive, now, lease)], await not_begun(archive)
    finally:
        await store.aclose()
