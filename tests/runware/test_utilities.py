import base64
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from stillreel.domain.errors import NotAuthorised, ProviderError, UnknownShape
from tests.runware.scripted import JOB, OTHER, Provider, data, error, errors, says, task


async def test_details_tell_what_was_sent_and_what_was_answered():
    """The provider's memory of a job is its request and its last answer, as lists of objects."""
    sent, answered = task(model="klingai:3@1"), {"data": []}
    provider = Provider(
        data({"taskType": "getTaskDetails", "taskUUID": str(JOB), "request": [sent], "response": answered})
    )
    details = await provider.client.details(JOB)
    assert details is not None
    assert details.request == (sent,)
    assert details.response == (answered,)
    assert provider.tasks == [[{"taskType": "getTaskDetails", "taskUUID": str(JOB)}]]


@pytest.mark.parametrize(
    "answer",
    [
        data(),
        data({"taskType": "getTaskDetails", "taskUUID": str(JOB), "request": [], "response": []}),
        data({"taskType": "getTaskDetails", "taskUUID": str(OTHER), "request": [task(OTHER)], "response": []}),
        errors(error("taskNotFound")),
        errors(error("taskNotFound", None), status=404),
    ],
)
async def test_details_of_an_unknown_job_are_none(answer):
    """A job that the provider knows nothing of has no details, however it says so."""
    assert await Provider(answer).client.details(JOB) is None


async def test_details_that_cannot_be_asked_are_not_none():
    """A failed look into the provider's memory is an error, never the word that it knows nothing."""
    with pytest.raises(ProviderError):
        await Provider(says(b"", 500)).client.details(JOB)
    with pytest.raises(ProviderError):
        await Provider(errors(error("invalidTaskUUID"), status=400)).client.details(JOB)


async def test_ping_is_quiet_when_all_is_well():
    """A provider that answers pong needs no words."""
    provider = Provider(data({"taskType": "ping", "pong": True}))
    await provider.client.ping()
    assert provider.tasks == [[{"taskType": "ping", "ping": True}]]


async def test_ping_tells_a_wrong_key_from_a_wrong_place():
    """A refused key, a host that isn't there and a host that is something else are three errors."""
    for answer, wrong in (
        (errors(error("invalidApiKey", None), status=401), NotAuthorised),
        (httpx.ConnectError("refused"), ProviderError),
        (says(b"<h1>It works!</h1>"), UnknownShape),
        (data(), UnknownShape),
    ):
        with pytest.raises(wrong):
            await Provider(answer).client.ping()


@pytest.mark.parametrize(
    "balance,usd",
    [
        (12.34, "12.34"),
        (0, "0"),
        (0.1848, "0.1848"),
        ("7.50", "7.50"),
        ({"amount": 12.34, "currency": "USD"}, "12.34"),
        ({"total": 20, "available": 12.34}, "12.34"),
        ({"credits": 3}, "3"),
        ({"usd": {"amount": 4}}, "4"),
    ],
)
async def test_a_balance_is_read_as_number_or_object(balance, usd):
    """The account's balance is exact dollars, whether it comes as the documented number or as an object."""
    provider = Provider(data({"taskType": "accountManagement", "balance": balance}))
    assert await provider.client.balance() == Decimal(usd)
    ((asked,),) = provider.tasks
    assert (asked["taskType"], asked["operation"]) == ("accountManagement", "getDetails")
    assert UUID(asked["taskUUID"]).version == 4


@pytest.mark.parametrize("balance", [None, True, "plenty", [], {}, {"a": 1, "b": 2}, 1e999])
async def test_a_balance_that_makes_no_sense_is_no_number(balance):
    """A balance that can't be read is an error, never a guess or zero."""
    with pytest.raises(UnknownShape):
        await Provider(data({"taskType": "accountManagement", "balance": balance})).client.balance()


@pytest.mark.parametrize(
    "answer",
    [
        data({"taskType": "mediaStorage", "mediaUUID": "m-1", "mediaURL": "https://im.runware.ai/m-1.png"}),
        says({"data": {"taskType": "imageUpload", "imageUUID": "m-1"}}),
    ],
)
async def test_an_image_is_uploaded_as_a_data_uri(answer):
    """An image goes up as a data URI and is known by the UUID that comes back, also in the old answer's shape."""
    provider = Provider(answer)
    assert await provider.client.upload(b"\x89PNG", "image/png") == "m-1"
    ((sent,),) = provider.tasks
    assert (sent["taskType"], sent["operation"]) == ("mediaStorage", "upload")
    assert sent["media"] == "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()


async def test_an_upload_is_tried_again_under_a_new_uuid():
    """An upload costs nothing, so it is repeated, each time under its own UUID: a known one might be refused."""
    provider = Provider(httpx.ReadTimeout("slow"), data({"mediaUUID": "m-1"}))
    await provider.client.upload(b"\x89PNG", "image/png")
    first, second = (sent["taskUUID"] for (sent,) in provider.tasks)
    assert first != second


async def test_a_refused_upload_says_why():
    """An image that the provider won't take ends at once in an error with its reason."""
    provider = Provider(errors(error("invalidMedia", message="Not an image."), status=400))
    with pytest.raises(ProviderError, match="invalidMedia: Not an image"):
        await provider.client.upload(b"text", "image/png")
    assert len(provider.requests) == 1
