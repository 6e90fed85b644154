"""What deployments lean on: made by `prefect deploy`, or before it by `python -m deployments.setup`."""

import argparse
import sys
from datetime import UTC, datetime

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import get_current_settings

from deployments import in_flight
from deployments.automations import automations, register
from deployments.in_flight import InFlight
from stillreel.domain.errors import StillreelError
from stillreel.runware.catalogue import load
from stillreel.settings import Settings

POOL = "stillreel"
AS_THEY_ARE = InFlight()


def set_up(asked: InFlight = AS_THEY_ARE) -> list[str]:
    """Make the pool that prefect.yaml names, a limit for each model, and the automations; returns what was done.

    The second time that is nothing. A pool that is there is left as it is, whoever made it and with whatever settings.
    """
    with get_client(sync_client=True) as client:
        return [
            *_make_pool(client),
            *in_flight.make(client, models(), asked),
            *register(client, automations()),
        ]


def models() -> list[str]:
    """Every model that can be bought, one's own included."""
    catalogue, today = load(Settings.of().models), datetime.now(UTC).date()
    return [air for air in catalogue if not catalogue.entry(air).gone(today)]


def _make_pool(client: SyncPrefectClient) -> list[str]:
    try:
        client.read_work_pool(POOL)  # who may only read must be able to deploy, too
    except ObjectNotFound:
        try:
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        except ObjectAlreadyExists:  # somebody else was quicker
            return []
        return [f"Made: work pool {POOL}"]
    return []


def main() -> int:
    """Set up the server that PREFECT_API_URL names; 2 without one, since it would end with this command."""
    parser = argparse.ArgumentParser(description=str(__doc__))
    parser.add_argument(
        "--in-flight",
        action="append",
        default=[],
        metavar="[MODEL=]NUMBER",
        help="jobs at once of a model, in all runs together; a pattern such as 'klingai:*' names several",
    )
    words = parser.parse_args().in_flight
    url = get_current_settings().api.url
    if not url:
        sys.stderr.write("PREFECT_API_URL names no server; `prefect server start` starts one on this machine\n")
        return 2
    try:
        asked = in_flight.read(words, models())
    except StillreelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    done = set_up(asked)
    sys.stdout.write(f"{url}: {'' if done else 'everything is there'}\n")
    sys.stdout.write("".join(f"  {line}\n" for line in done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
