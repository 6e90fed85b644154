"""What deployments lean on: made by `prefect deploy`, or before it by `python -m deployments.setup`."""

import sys

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import get_current_settings

POOL = "stillreel"


def set_up() -> list[str]:
    """Make the process pool that prefect.yaml names; returns what was made, so nothing the second time.

    A pool that is there is left as it is, whoever made it and with whatever settings.
    """
    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(POOL)  # who may only read must be able to deploy, too
        except ObjectNotFound:
            try:
                client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
            except ObjectAlreadyExists:  # somebody else was quicker
                return []
            return [f"work pool {POOL}"]
    return []


def main() -> int:
    """Set up the server that PREFECT_API_URL names; 2 without one, since it would end with this command."""
    url = get_current_settings().api.url
    if not url:
        sys.stderr.write("PREFECT_API_URL names no server; `prefect server start` starts one on this machine\n")
        return 2
    made = set_up()
    sys.stdout.write(f"{url}: {', '.join(made) or 'everything is there'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
