"""Many shots in one process, as a flow: what `flows.storyboard` does, for as long as it isn't there."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from prefect import flow

from flows.image_to_video import chain
from flows.production import settings_of_run
from stillreel.domain.errors import StillreelError
from stillreel.domain.shots import ImageToVideoShot
from stillreel.studio.studio import open_studio
from tasks import validate
from tasks.context import in_studio


@flow
async def chains(board: str) -> dict[str, Any]:
    """Make every shot of a file at once."""
    told = yaml.safe_load(await asyncio.to_thread(Path(board).read_text))
    shots = [ImageToVideoShot.model_validate({"project": told["project"], **shot}) for shot in told["shots"]]
    async with open_studio(await settings_of_run()) as studio:
        with in_studio(studio):
            ends = await asyncio.gather(*(_made(shot) for shot in shots))
        return {"state": "done" if all(ends) else "failed", "shots": len(shots), "bought": len(studio.bought)}


async def _made(shot: ImageToVideoShot) -> bool:
    try:
        await chain(await validate(shot))
    except StillreelError as error:
        sys.stderr.write(f"{shot.shot}: {error}\n")
        return False
    return True


if __name__ == "__main__":
    line = asyncio.run(chains(sys.argv[1]))
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.exit(line["state"] != "done")
