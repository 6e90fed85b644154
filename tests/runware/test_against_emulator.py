"""The client against a service that keeps jobs, bills them and loses answers: the emulator, over real HTTP."""

import hashlib
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from stillreel.domain.errors import MediaError, NotAuthorised, ProviderError
from stillreel.emulator import running_emulator
from stillreel.runware import Acknowledged, NoAnswer, Refused, open_client
from tests.runware.scripted import KEY, StillClock

LONG = 600  # seconds, by the emulator's clock: every job has ended by then
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c636060606000000005000157a0d2f50000000049454e44ae426082"
)


@pytest.fixture
async def emulator(tmp_path):
    async with running_emulator(tmp_path / "emulator", {"media": "canned"}) as running:
        yield running


@pytest.fixture
async def client(emulator):
    async with open_client(emulator.url, SecretStr(KEY), StillClock(), 1) as opened:
        yield opened


def still(**fields):
    return {
        "taskType": "imageInference",
        "taskUUID": str(uuid4()),
        "model": "runware:z-image@turbo",
        "positivePrompt": "a quay at dawn, gulls",
        "width": 1280,
        "height": 720,
        "deliveryMethod": "async",
        "outputType": "URL",
        "outputFormat": "PNG",
        "includeCost": True,
        "safety": {"checkContent": True},
        "seed": 421337,
        **fields,
    }


def clip(**fields):
    return {
        "taskType": "videoInference",
        "taskUUID": str(uuid4()),
        "model": "klingai:3@1",
        "deliveryMethod": "async",
        "positivePrompt": "slow dolly along the quay, gulls lift off",
        "width": 1280,
        "height": 720,
        "duration": 5,
        "outputType": "URL",
        "outputFormat": "MP4",
        "includeCost": True,
        "safety": {"mode": "fast"},
        **fields,
    }


async def bought(client, emulator, body):
    """Buy, wait until it has ended, and ask."""
    uuid = UUID(body["taskUUID"])
    assert (await client.submit([body]))[uuid] == Acknowledged()
    assert (await client.ask([uuid]))[uuid].running
    emulator.advance(LONG)
    return (await client.ask([uuid]))[uuid]


async def fetched(client, url):
    async with client.download(url) as download:
        return b"".join([piece async for piece in download])


async def test_a_still_becomes_a_clip(emulator, client):
    """A still is bought, its id is handed to a clip, both end well, and what they cost is what the balance lost."""
    before = await client.balance()
    image = (await bought(client, emulator, still())).rows[0]
    assert (image.seed, image.flag) == (421337, False)
    assert (await fetched(client, image.url)).startswith(b"\x89PNG")
    asked = await bought(client, emulator, clip(inputs={"frameImages": [{"image": image.id, "frame": "first"}]}))
    (video,) = asked.rows
    assert not asked.running
    assert b"ftyp" in (await fetched(client, video.url))[:16]
    assert before - await client.balance() == (image.cost or 0) + (video.cost or 0) > 0


async def test_several_results_come_one_by_one_and_all(emulator, client):
    """Four results of one job have ids of their own, and each is told from then on in every answer."""
    asked = await bought(client, emulator, clip(numberResults=4))
    assert len({row.id for row in asked.rows}) == 4
    assert len({row.seed for row in asked.rows}) == 4


async def test_an_uploaded_image_is_a_first_frame(emulator, client):
    """An image that we upload is known by its UUID, and a clip may start from it."""
    image = (await bought(client, emulator, still())).rows[0]
    given = await client.upload(await fetched(client, image.url), "image/png")
    assert (await bought(client, emulator, clip(inputs={"frameImages": [given]}))).rows


async def test_a_refused_upload_is_an_error(client):
    """Bytes that aren't an image are refused with the provider's reason."""
    with pytest.raises(ProviderError, match="refused"):
        await client.upload(b"not an image", "image/png")


async def test_details_remember_what_was_sent(emulator, client):
    """The provider's memory of a job holds our body field by field, and nothing of a job that never was."""
    body = clip()
    await bought(client, emulator, body)
    details = await client.details(UUID(body["taskUUID"]))
    assert details is not None
    assert body in details.request
    assert await client.details(uuid4()) is None


async def test_ping_and_balance(emulator, client):
    """The provider is there, and the balance is the ledger's, in both shapes."""
    await client.ping()
    for shape in ("number", "object"):
        emulator.switch(balance=Decimal("12.34"), balance_shape=shape)
        assert await client.balance() == Decimal("12.34")


async def test_a_wrong_key_buys_nothing_and_learns_nothing(emulator, client):
    """With a key that isn't known, a purchase counts as unanswered and questions end in NotAuthorised."""
    emulator.switch(keys=["another-key"])
    body = clip()
    answer = (await client.submit([body]))[UUID(body["taskUUID"])]
    assert isinstance(answer, NoAnswer)
    assert "invalidApiKey" in answer.why
    for question in (client.ping(), client.balance(), client.ask([uuid4()]), client.details(uuid4())):
        with pytest.raises(NotAuthorised):
            await question
    assert not emulator.jobs()


@pytest.mark.parametrize(
    "switches,flags",
    [
        ({"throttle": {"status": 429, "retry_after": 7}}, {"for_load"}),
        ({"balance": Decimal(0)}, {"quota"}),
        ({"retired": ["klingai:3@1"]}, set()),
        ({"moderation": {"how": "reject"}}, set()),
    ],
)
async def test_refusals_are_told_apart(emulator, client, switches, flags):
    """A full queue, an empty account, a retired model and a moderated prompt are refusals of their own sorts."""
    emulator.switch(**switches)
    body = clip()
    answer = (await client.submit([body]))[UUID(body["taskUUID"])]
    assert isinstance(answer, Refused)
    assert {name for name in ("for_load", "conflict", "auth", "quota") if getattr(answer, name)} == flags
    assert answer.retry_after == (7 if "throttle" in switches else None)


async def test_a_second_send_is_a_conflict(emulator, client):
    """The same UUID sent twice is refused as a conflict, and the job runs once."""
    body = clip()
    await client.submit([body])
    answer = (await client.submit([body]))[UUID(body["taskUUID"])]
    assert isinstance(answer, Refused)
    assert answer.conflict
    (job,) = emulator.jobs().values()
    assert (job["submits"], job["runs"]) == (2, 1)


@pytest.mark.parametrize(
    "switches",
    [
        {"lost_reply": {"when": "after"}},
        {"throttle": {"status": 503, "when": "after", "named": True}},
        {"throttle": {"status": 500, "when": "after"}},
        {"answer": {"how": "malformed"}},
        {"answer": {"how": "truncated"}},
        {"answer": {"how": "html"}},
        {"answer": {"how": "empty"}},
    ],
)
async def test_a_lost_answer_leaves_a_trace(emulator, client, switches):
    """A purchase whose answer is lost or broken is no answer, and asking shows that it was taken."""
    emulator.switch(**switches)
    body = clip()
    uuid = UUID(body["taskUUID"])
    answer = (await client.submit([body]))[uuid]
    assert isinstance(answer, NoAnswer)
    assert answer.sent
    emulator.switch(lost_reply=None, throttle=None, answer=None)
    assert (await client.ask([uuid]))[uuid].trace


@pytest.mark.parametrize("unknown", ["empty", "taskNotFound"])
async def test_a_purchase_lost_on_its_way_leaves_none(emulator, client, unknown):
    """A purchase that never arrived leaves no trace, in either of the provider's ways to say so."""
    emulator.switch(lost_reply={"when": "before", "times": 1}, unknown_uuid=unknown)
    body = clip()
    uuid = UUID(body["taskUUID"])
    assert isinstance((await client.submit([body]))[uuid], NoAnswer)
    assert not (await client.ask([uuid]))[uuid].trace
    assert await client.details(uuid) is None


@pytest.mark.parametrize("how", ["bare_list", "slow"])
async def test_an_odd_answer_is_an_answer(emulator, client, how):
    """An acknowledgement in another frame, or a slow one, acknowledges."""
    emulator.switch(answer={"how": how, "seconds": 0.1})
    body = clip()
    assert (await client.submit([body]))[UUID(body["taskUUID"])] == Acknowledged()


@pytest.mark.parametrize("place", ["errors", "row"])
async def test_failed_siblings_lose_nobody(emulator, client, place):
    """Of four results two fail: two clips and two failures are told, wherever the failures stand."""
    emulator.switch(failure={"count": 2}, error_place=place)
    asked = await bought(client, emulator, clip(numberResults=4))
    assert len(asked.rows) == 2
    assert [error.kind for error in asked.errors] == ["timeout", "timeout"]
    assert not asked.running


@pytest.mark.parametrize("row", ["plain", "early_id", "progress"])
async def test_running_rows_of_every_sort_are_running(emulator, client, row):
    """A row in progress is running, also when it shows an id or a percentage."""
    emulator.switch(poll_row=row)
    assert (await bought(client, emulator, still())).rows


@pytest.mark.parametrize("answered", ["all", "first", "refuse"])
async def test_many_jobs_are_asked_about_together(emulator, client, answered):
    """Three jobs are told apart in one question, also where the provider answers only its first part, or none."""
    emulator.switch(batch_poll=answered)
    bodies = [still(), clip(), clip()]
    uuids = [UUID(body["taskUUID"]) for body in bodies]
    assert set((await client.submit(bodies)).values()) == {Acknowledged()}
    emulator.advance(LONG)
    told = await client.ask(uuids)
    assert [len(told[uuid].rows) for uuid in uuids] == [1, 1, 1]


async def test_a_busy_provider_is_asked_again(emulator, client):
    """Questions outlast a few refusals for load and a cut connection."""
    emulator.switch(throttle={"status": 429, "times": 2, "retry_after": 1}, lost_reply={"times": 1})
    await client.ping()


async def test_an_expired_result_is_gone(emulator, client):
    """A result past its ttl is gone, and the error says so."""
    row = (await bought(client, emulator, clip(ttl=60))).rows[0]
    emulator.advance(LONG)
    with pytest.raises(MediaError, match="404"):
        await fetched(client, row.url)


@pytest.mark.parametrize(
    "fault", [{"how": "truncated", "times": 2}, {"how": "status", "status": 503, "times": 3}, {"how": "no_length"}]
)
async def test_a_download_outlasts_trouble(emulator, client, fault):
    """A download that breaks off or is refused for a while comes whole, byte for byte."""
    row = (await bought(client, emulator, still())).rows[0]
    promised = hashlib.sha256(await fetched(client, row.url)).digest()
    emulator.switch(download=fault)
    assert hashlib.sha256(await fetched(client, row.url)).digest() == promised


@pytest.mark.parametrize(
    "fault,wrong",
    [
        ({"how": "truncated"}, ProviderError),
        ({"how": "status", "status": 503}, ProviderError),
        ({"how": "redirect"}, MediaError),
        ({"how": "redirect", "location": "http://169.254.169.254/computeMetadata/v1/"}, MediaError),
    ],
)
async def test_a_download_that_stays_broken_is_an_error(emulator, client, fault, wrong):
    """A download that is never whole, or leads elsewhere, ends in an error and never in a file."""
    row = (await bought(client, emulator, still())).rows[0]
    emulator.switch(download=fault)
    with pytest.raises(wrong):
        await fetched(client, row.url)
