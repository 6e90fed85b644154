"""The flows as prefect.yaml names them, and what they lean on, which `prefect deploy` makes by loading them.

Prefect asks for a deployment's pool before it runs any build step, but after it has loaded the flow. Loading is the
only moment of ours before that question, so a new server needs no other command. Nothing but `prefect deploy` makes
anything here, and the flows themselves do nothing when they are imported.
"""

import sys
from pathlib import Path

from deployments.setup import set_up
from flows.image_to_video import image_to_video
from flows.reconcile import reconcile
from flows.resume import resume
from flows.text_to_image import text_to_image
from flows.text_to_video import text_to_video

__all__ = ["image_to_video", "reconcile", "resume", "text_to_image", "text_to_video"]


def deploying(command: list[str]) -> bool:
    """Whether this process is `prefect deploy`, as a script or as a module; a worker's run isn't."""
    program = Path(command[0])
    return "prefect" in (program.stem, program.parent.name) and "deploy" in command[1:]


if deploying(sys.argv):
    try:
        for done in set_up():
            sys.stdout.write(f"{done}.\n")
    except Exception as error:  # noqa: BLE001 - Prefect asks next, and says in its own words what is wrong
        sys.stderr.write(f"What the deployments lean on couldn't be set up: {error}\n")
