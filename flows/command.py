"""A flow as a command: a shot file in, logs on stderr, one JSON object as the last line on stdout."""

import json
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from flows.leaving import run_politely
from flows.options import Options
from flows.production import settings_of_run
from flows.progress import followed, progress
from stillreel.archive import open_store
from stillreel.domain.errors import BadInput, Money, StillreelError
from stillreel.domain.exits import DONE, code_of, exit_of
from stillreel.domain.shots import ImageToVideoShot, TextToImageShot, TextToVideoShot
from stillreel.runware.catalogue import load
from stillreel.settings import Settings
from stillreel.studio.findings import said_of, with_lines
from stillreel.studio.given import beside, bring_all, named_in, with_images
from stillreel.studio.orders import Summary
from stillreel.studio.parsing import parsed_with_lines
from stillreel.studio.reading import looked_at, text_of
from stillreel.studio.refusing import refused
from stillreel.studio.studio import open_studio

OWN_SERVER = (
    "Prefect's own server, which is started for each run where PREFECT_API_URL names none, didn't answer in time: run "
    "`prefect server start` and set PREFECT_API_URL to its address, such as http://127.0.0.1:4200/api; or give it more "
    "seconds with PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"
)
S = TypeVar("S", bound=TextToImageShot | TextToVideoShot | ImageToVideoShot)


def main(flow: Callable[[S], Any], kind: type[S]) -> int:
    """Run the flow on the shot file named on the command line; the exit code says how it ended."""
    parser = Options(description=str(flow.__doc__).partition("\n")[0])
    parser.add_argument("shot", type=Path, help="the shot file, YAML or JSON")
    with followed() as run:
        try:
            path = parser.parse_args().shot
        except BadInput as error:
            return _ended_by(error)
        return run_politely(_run(flow, kind, path), lambda: _told(run.interrupted()))


async def _run(flow: Callable[[S], Any], kind: type[S], path: Path) -> int:
    try:
        with said_of("the shot"):
            data, lines = parsed_with_lines(text_of(path), str(path))
        with with_lines(data, lines):
            shot = await _read(data, kind, path.parent)
            open_store(Settings.of().archive_uri)  # its address is looked at now; the key may come from a block later
            shot = await _brought(shot, path.parent)
        summary: Summary = await flow(shot)
    except StillreelError as error:
        return _ended_by(error)
    except Exception as error:  # noqa: BLE001 - whatever ends the run, the last line says so
        traceback.print_exc()
        ended = progress().ended  # then the work was over, and only the engine couldn't be told
        if ended is None:
            money = Money.UNKNOWN if progress().flow_run else Money.NOT_SPENT  # without a run nothing was begun
            ended = progress().summary("failed", why(error), money)
        return _told(ended)
    return write(summary.line(), DONE)


def _ended_by(error: StillreelError) -> int:
    sys.stderr.write(f"{error}\n")
    line = error.summary or progress().summary(error.state, error.message, error.money).line()
    return write(line, exit_of(error))


def _told(summary: Summary) -> int:
    return write(summary.line(), code_of(summary.state))


def why(error: Exception) -> str:
    """What broke, in a sentence; with what helps where that is known."""
    said = f"{type(error).__name__}: {error}"
    return f"{OWN_SERVER} ({said})" if _while_starting_a_server(error) else said


def _while_starting_a_server(error: Exception) -> bool:
    """Whether it came from there: a RuntimeError after the last second, or whatever one look at it has met."""
    loaded = sys.modules.get("prefect.server.api.server")  # which takes seconds, and is needed for nothing else
    start = loaded and loaded.SubprocessASGIServer.start.__code__
    return start is not None and any(frame.f_code is start for frame, _ in traceback.walk_tb(error.__traceback__))


async def _read(data: Any, kind: type[S], folder: Path) -> S:
    """The shot that this data means; BadInput with everything that is wrong with its words and its images."""
    settings = Settings.of()
    shot, problems = looked_at(data, kind, load(settings.models), datetime.now(UTC).date())
    if shot is None or problems:
        raise await refused(settings, shot, folder, problems)
    return shot


async def _brought(shot: S, folder: Path) -> S:
    """The shot with a path in it brought into the archive: paths are relative to the shot file and stay here."""
    if all("://" in source for source in named_in(shot) if source):
        return shot
    async with open_studio(await settings_of_run()) as studio:
        first, last = await bring_all(studio, beside(shot, folder), paths=True, folder=folder)
    return with_images(shot, first.uri if first else None, last.uri if last else None)


def write(line: dict[str, Any], code: int) -> int:
    """Print the last line; the exit code."""
    sys.stderr.flush()
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()
    return code
