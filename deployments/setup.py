"""What deployments lean on, made once on a new Prefect server: `python -m deployments.setup`, then `prefect deploy`."""

import asyncio
import sys

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import get_current_settings

POOL = "stillreel"


async def set_up() -> list[str]:
    """Make the process pool that prefect.yaml names; returns what was made, so nothing the second time."""
    async with get_client() as client:
        try:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        except ObjectAlreadyExists:
            return []
    return [f"work pool {POOL}"]


def main() -> int:
    """Set up the server that PREFECT_API_URL names; 2 without one, since it would end with this command."""
    url = get_current_settings().api.url
    if not url:
        sys.stderr.write("PREFECT_API_URL names no server; `prefect server start` starts one on this machine\n")
        return 2
    made = asyncio.run(set_up())
    sys.stdout.write(f"{url}: {', '.join(made) or 'everything is there'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
