import httpx
import pytest

from stillreel.runware import Acknowledged, NoAnswer, Refused
from tests.runware.scripted import API, JOB, KEY, OTHER, THIRD, Provider, clip, data, error, errors, says, task

BODY = task(model="klingai:3@1", positivePrompt="slow dolly along the quay", width=1280, height=720)


async def bought(*script):
    provider = Provider(*script)
    answer = (await provider.client.submit([BODY]))[JOB]
    assert len(provider.requests) == 1, "a purchase is sent once"
    assert not provider.clock.slept
    return answer


async def test_the_request_is_an_array_with_the_key_in_its_header():
    """A purchase goes out as the documentation wants it: POST, an array, the key as bearer, an honest user agent."""
    provider = Provider(data(task()))
    await provider.client.submit([BODY])
    (request,) = provider.requests
    assert (request.method, str(request.url)) == ("POST", API)
    assert provider.tasks == [[BODY]]
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["User-Agent"].startswith("stillreel/")
    assert KEY not in request.content.decode()


@pytest.mark.parametrize(
    "answer",
    [
        data(task()),
        data(task(status="processing")),
        data(clip(1)),
        says([task()]),
        says({"data": task()}),
        says({"data": [task()]}, 202),
        says({"data": [task()], "errors": []}),
        errors(error("invalidWidth", OTHER), rows_beside=[task()]),
        errors(error("conflictTaskUUID"), rows_beside=[task()]),
        errors(error("timeoutProvider"), rows_beside=[clip(1)]),  # sync: one of two results
    ],
)
async def test_an_item_with_our_uuid_acknowledges(answer):
    """A job that any row of an answer names without an error is acknowledged, whatever stands beside it."""
    assert await bought(answer) == Acknowledged()


@pytest.mark.parametrize(
    "answer,flags",
    [
        (errors(error("invalidWidth", parameter="width"), status=400), set()),
        (errors(error("invalidProviderContent"), status=400), set()),
        (errors(error("invalidWidth")), set()),
        (says({"error": error("invalidWidth")}, 400), set()),
        (says({"error": [error("invalidWidth")]}, 400), set()),
        (says([error("invalidWidth")], 400), set()),
        (data(task(status="error", error=error("invalidWidth", None))), set()),
        (data(task(status="error", code="invalidWidth", message="No.")), set()),
        (errors(error("conflictTaskUUID"), status=400), {"conflict"}),
        (errors(error("conflictTaskUUID"), status=409), {"conflict"}),
        (errors(error("conflictTaskUUID"), status=500), {"conflict"}),
        (errors(error("duplicateTaskUUID"), status=429), {"conflict"}),
        (errors(error("conflictTaskUUID"), error("rateLimitExceeded"), status=429), {"conflict"}),
        (errors(error("rateLimitExceeded"), status=429), {"for_load"}),
        (errors(error("rateLimitExceeded", None), status=429), {"for_load"}),
        (says(b"<html>Too many requests</html>", 429), {"for_load"}),
        (errors(error("rateLimitExceeded"), status=503), {"for_load"}),
        (errors(error("serviceUnavailable")), {"for_load"}),
        (errors(error("invalidApiKey"), status=401), {"auth"}),
        (errors(error("invalidProviderContent"), status=403), set()),
        (errors(error("insufficientCredits")), {"quota"}),
        (errors(error("insufficientCredits"), status=429), {"quota"}),
        (errors(error("providerError"), status=429), {"for_load"}),
        (errors(error("invalidWidth", None), status=429), {"for_load"}),
    ],
)
async def test_a_refusal_is_definite_and_says_of_which_sort(answer, flags):
    """What names our job, or speaks of load for all, refuses it and says whether it's the last word."""
    refused = await bought(answer)
    assert isinstance(refused, Refused)
    assert str(refused)
    assert {name for name in ("for_load", "conflict", "auth", "quota") if getattr(refused, name)} == flags


@pytest.mark.parametrize(
    "silence",
    [
        says(b"", 500),
        says(b"", 408),
        says(b"bad gateway", 502),
        says({"data": [], "errors": [error("internalServerError")]}, 500),
        says({"data": [], "errors": [error("serviceUnavailable")]}, 503),
        says({"data": [], "errors": [error("providerTimeout")]}, 504),
        errors(error("timeoutProvider")),  # it may be made, and billed, all the same
        errors(error("somethingNew"), status=500),
        errors(error("invalidWidth", None), status=400),
        errors(error("invalidWidth", OTHER), status=400),
        errors(error("invalidApiKey", None), status=401),  # perhaps a gateway's, after the provider had it
        errors(error("insufficientCredits", None), status=402),
        says(b"", 402),
        says(b"", 403),
        data(),
        data(task(OTHER)),
        says({"hello": "world"}),
        says(b'{"data": [{"taskType": "videoInf'),
        says(b"", 204),
        says(b"", 302, {"Location": "https://elsewhere.example/v1"}),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.DecodingError("broken gzip"),
    ],
)
async def test_what_proves_nothing_is_no_answer(silence):
    """An answer that doesn't say for sure what became of our job counts as none: it may have been bought."""
    answer = await bought(silence)
    assert isinstance(answer, NoAnswer)
    assert answer.why
    assert answer.sent


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
async def test_a_purchase_that_never_left_us_says_so(trouble):
    """Where no connection came about, nothing can have been bought, and the answer says it."""
    assert not (await bought(trouble)).sent


async def test_each_job_of_a_batch_has_its_own_answer():
    """Jobs sent together are told apart by their UUIDs: one taken, one refused, one without a word."""
    provider = Provider(errors(error("invalidWidth", OTHER), rows_beside=[task()]))
    answers = await provider.client.submit([BODY, task(OTHER), task(THIRD)])
    assert [type(answers[uuid]) for uuid in (JOB, OTHER, THIRD)] == [Acknowledged, Refused, NoAnswer]


async def test_a_refusal_keeps_the_raw_code_and_its_parameters():
    """The provider's own code, words and parameters stay beside our class, and read as a sentence."""
    row = error(
        "incompatibleParameters", parameter=["width", "inputs.frameImages"], documentation="https://runware.ai/docs"
    )
    refused = await bought(errors(row, status=400))
    (told,) = refused.errors
    assert (told.code, told.kind, told.task_uuid) == ("incompatibleParameters", "validation", JOB)
    assert told.parameters == ("width", "inputs.frameImages")
    assert str(refused) == "incompatibleParameters: Something about incompatibleParameters. (width, inputs.frameImages)"


@pytest.mark.parametrize(
    "header,seconds",
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("86400", 60.0),
        ("Sun, 22 Nov 2026 12:00:09 GMT", 9.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 99999999999999999999 12:00:09 GMT", None),
        ("soon", None),
        ("nan", None),
        ("2.5", 2.5),
        ("9" * 5000, 60.0),
        ("", None),
    ],
)
async def test_retry_after_is_told_up_to_a_ceiling(header, seconds):
    """A refusal for load says how long the provider wants us away, in seconds or as a date, at most a minute."""
    refused = await bought(says(b"", 429, {"Retry-After": header}))
    assert refused.retry_after == seconds
