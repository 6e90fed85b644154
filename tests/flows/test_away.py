"""A Prefect server that is away: who waits for runs asks again later, and not for ever."""

from uuid import uuid4

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from flows.away import Patient

NOWHERE = "http://127.0.0.1:9/api"
MOST = 2  # questions in a row: each takes Prefect's client a second


@pytest.mark.server
async def test_a_server_that_is_away_is_asked_again(prefect_api):
    """It is told once, and once the server is back its answer counts as if nothing had been."""
    told = []
    patient = Patient(told.append, MOST)
    async with PrefectClient(NOWHERE) as nobody, PrefectClient(prefect_api) as server:
        for _ in range(2):
            for _ in range(MOST):
                assert await patient.ask(nobody.read_flow_runs(limit=1)) is None
            assert await patient.ask(server.read_flow_runs(limit=1)) is not None
    assert len(told) == 2
    assert "what was handed out goes on" in told[0]


async def test_a_server_that_stays_away_ends_the_waiting():
    """After so many looks in a row whoever asks is told why."""
    patient = Patient(lambda _: None, MOST)
    async with PrefectClient(NOWHERE) as nobody:
        for _ in range(MOST):
            await patient.ask(nobody.read_flow_runs(limit=1))
        with pytest.raises(Exception, match="connect"):
            await patient.ask(nobody.read_flow_runs(limit=1))


@pytest.mark.server
async def test_an_answer_is_no_absence(prefect_api):
    """What the server doesn't know, or doesn't take, isn't asked twice."""
    del prefect_api
    patient = Patient(lambda _: None)
    async with get_client() as server:
        with pytest.raises(ObjectNotFound):
            await patient.ask(server.read_deployment_by_name("nobody/nobody"))
        with pytest.raises(PrefectHTTPStatusError):
            await patient.ask(server.read_flow_runs(limit=-1))
        with pytest.raises(ObjectNotFound):
            await patient.ask(server.read_flow_run(uuid4()))
