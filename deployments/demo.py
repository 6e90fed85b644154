"""`make demo`: a shot from its prompt to an archived clip, on this machine alone.

Starts the Runware emulator, a Prefect server and the archive's pages on loopback, runs the chain as a person would,
and prints what was made. DEMO_PROMPT says what to show; DEMO_KEEP=1 leaves the servers up, `--stop` ends them.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import yaml

from deployments import servers
from deployments.servers import QUIET, ROOT, STILLREEL, Running
from deployments.tree import tree
from stillreel.domain.money import spelled

HOME = Path(os.environ.get("DEMO_HOME") or ROOT / ".demo").absolute()  # everything that a demo makes
ARCHIVE = HOME / "archive"
PROMPT = "A small harbour at dawn, painted wooden boats on still water, mist over the hills"
MOTION = "The mist drifts, the boats rock gently, the camera moves slowly forward"
SPEED = 20  # the emulator's seconds in one of ours: a clip that takes two minutes at the provider takes six seconds

Servers = dict[str, Running]


def main() -> int:
    """Run the demo, or end what an earlier one left up; 0 when the clip is archived."""
    parser = argparse.ArgumentParser(description="A shot from prompt to archived clip, on this machine alone.")
    parser.add_argument("--stop", action="store_true", help="end what DEMO_KEEP=1 left running")
    if parser.parse_args().stop:
        ended = servers.stop_all(HOME)
        say(f"Stopped: {', '.join(ended)}." if ended else "Nothing was running.")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keep = os.environ.get("DEMO_KEEP", "") not in {"", "0"}
    try:
        with all_up(keep=keep) as up:
            return show(make(up, shot_file()), up, keep=keep)
    except servers.ServerFailedError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped by hand. What was accepted is remembered: run it again and it goes on.")
        return 130


@contextmanager
def all_up(*, keep: bool) -> Iterator[Servers]:
    """The three servers: those that an earlier demo left running, new ones for the rest, which end with the block.

    With `keep` they stay, unless the block fails.
    """
    ARCHIVE.mkdir(parents=True, exist_ok=True)
    switches = HOME / "switches.yaml"
    switches.write_text(yaml.safe_dump({"clock": {"speed": SPEED}}))
    begun, up, new = time.monotonic(), Servers(), list[Running]()
    finished = False
    try:
        for server in (
            servers.prefect_server(HOME / "prefect"),
            servers.emulator(HOME / "emulator", switches),
            servers.pages(ARCHIVE.as_uri()),
        ):
            running = servers.found(HOME, server.name)
            if running is None:
                running = servers.start(server, HOME)
                new.append(running)
            up[server.name] = running
        for running in up.values():
            servers.wait_for(running)
        how = f"started in {time.monotonic() - begun:.0f} s" if new else "still running from the last demo"
        say(f"A Prefect server, the Runware emulator and the archive's pages: {how}.")
        yield up
        finished = True
    finally:
        if not (keep and finished):
            for running in new:
                servers.stop(running)


def shot_file() -> Path:
    """The sample shot as a file, as a person would write it."""
    shot = {
        "project": "demo",
        "shot": "harbour",
        "still": {"prompt": os.environ.get("DEMO_PROMPT") or PROMPT},
        "motion": {"prompt": MOTION},
    }
    path = HOME / "shot.yaml"
    path.write_text(yaml.safe_dump(shot, sort_keys=False, allow_unicode=True, width=100))
    return path


def make(up: Servers, shot: Path) -> tuple[int, dict[str, Any]]:
    """Run the chain on a shot file; its exit code and its last line, with its logs on our standard error."""
    command = [sys.executable, "-m", "flows.image_to_video", os.path.relpath(shot, ROOT)]
    say(f"$ python {' '.join(command[1:])}")
    sys.stdout.flush()
    env = {
        **QUIET,
        "PREFECT_API_URL": f"{up['prefect'].url}/api",
        "PREFECT_HOME": str(HOME / "prefect"),
        "RUNWARE_API_KEY": "demo",  # the emulator takes any
        "STILLREEL_ARCHIVE": ARCHIVE.as_uri(),
        "STILLREEL_PACE": str(1 / SPEED),
        "STILLREEL_RUNWARE_URL": f"{up['emulator'].url}/v1",
        "STILLREEL_VIEW_URL": up["pages"].url,
    }
    ran = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, env=servers.environment(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
    )
    lines = ran.stdout.decode().splitlines()
    return ran.returncode, json.loads(lines[-1]) if lines else {}


def show(made: tuple[int, dict[str, Any]], up: Servers, *, keep: bool) -> int:
    """Print what was made, where it lies and what it cost; returns the chain's exit code."""
    code, line = made
    if code:
        say(f"The shot ended as {line.get('state', 'failed')}: {line.get('message') or 'see above'}")
        say(up["emulator"].tail())
    else:
        show_files(line)
    if keep:
        run = f"/runs/flow-run/{line['flow_run_id']}" if line.get("flow_run_id") else ""
        say(f"\nThe servers stay up until `make stop`:\n  Prefect   {up['prefect'].url}{run}")
        say(f"  archive   {up['pages'].url}/\n  emulator  {up['emulator'].url}/emulator/jobs")
    return code


def show_files(line: dict[str, Any]) -> None:
    """The archive as a tree, the cost, the clip and the command that shows how it came to be."""
    clip = line["clips"][0]
    say(f"\n{os.path.relpath(ARCHIVE)}\n{tree(ARCHIVE)}\n")
    if line["bought"]:
        say(f"made     a still and a clip from it; {line['bought']} jobs bought")
    else:
        say("made     nothing: this take exists already, and nothing was bought (another DEMO_PROMPT is the next take)")
    cost = line["cost"]
    quoted, reported = (spelled(Decimal(cost[name])) for name in ("quoted", "reported"))
    say(f"cost     quoted ${quoted}, reported ${reported}")
    say(f"clip     {os.path.relpath(url2pathname(urlsplit(clip).path))}")
    say(f"lineage  {os.path.relpath(STILLREEL)} lineage {clip}")


def say(text: str) -> None:
    """Print a line for people, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
