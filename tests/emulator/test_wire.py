"""The wire as the service has it: arrays, keys, acknowledgements, polls, details, the account."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from tests.emulator.caller import IMAGE, KLING, LONG, Caller, clip, new_uuid, still
from tests.emulator.conftest import Calling


async def test_a_submit_is_acknowledged_whatever_it_asks_for(caller: Caller) -> None:
    """One acknowledgement a task, however many results were asked for, and no key `errors`."""
    task = clip(numberResults=3)
    answer = await caller.post(task)
    assert answer.status_code == 200
    assert answer.json() == {"data": [{"taskType": "videoInference", "taskUUID": task["taskUUID"]}]}


async def test_results_come_one_after_another_and_polls_are_cumulative(caller: Caller) -> None:
    """A poll shows what is ready and that more is to come; the next one shows all of it again."""
    task = await caller.bought(clip(numberResults=2, includeCost=True))
    assert (await caller.poll(task))["data"] == [
        {"taskType": "videoInference", "taskUUID": task["taskUUID"], "status": "processing"}
    ]
    job = caller.emulator.service.memory.results(task["taskUUID"], 1)
    caller.emulator.advance(job[0].ready_at - caller.emulator.service.clock.now() + 0.1)
    half = (await caller.poll(task))["data"]
    assert [row["status"] for row in half] == ["success", "processing"]
    caller.emulator.advance(LONG)
    whole = (await caller.poll(task))["data"]
    assert whole[0] == half[0]
    assert [row["status"] for row in whole] == ["success", "success"]
    assert whole[0].keys() == {"taskType", "taskUUID", "status", "videoUUID", "videoURL", "seed", "cost"}
    assert {row["taskType"] for row in whole} == {"videoInference"}
    assert len({row["videoUUID"] for row in whole}) == len({row["seed"] for row in whole}) == 2


async def test_many_polls_share_a_request(caller: Caller) -> None:
    """Several getResponse tasks of one array are all answered."""
    tasks = [await caller.bought(clip()) for _ in range(3)]
    rows = (await caller.poll(*tasks))["data"]
    assert [row["taskUUID"] for row in rows] == [task["taskUUID"] for task in tasks]


async def test_cost_and_flag_are_told_only_when_asked_for(caller: Caller) -> None:
    """`cost` needs includeCost, `NSFWContent` needs a safety check; mode wins over checkContent."""
    bare, whole = still(), still(includeCost=True, safety={"checkContent": True})
    none = clip(safety={"mode": "none", "checkContent": True})
    fast = clip(safety={"mode": "fast", "checkContent": False})
    (first,), (second,) = await caller.finished(bare), await caller.finished(whole)
    assert not {"cost", "NSFWContent"} & first.keys()
    assert (second["cost"], second["NSFWContent"]) == (0.0007659, False)
    (third,), (fourth,) = await caller.finished(none), await caller.finished(fast)
    assert "NSFWContent" not in third
    assert fourth["NSFWContent"] is False


async def test_a_synchronous_image_comes_with_the_answer(calling: Calling) -> None:
    """Without a deliveryMethod an image is delivered in the answer, and can be polled as well."""
    async with calling(latency=0) as caller:
        task = still(deliveryMethod=None, numberResults=2, seed=7)
        rows = (await caller.post(task)).json()["data"]
        assert [row["seed"] for row in rows] == [7, 8]
        assert rows[0].keys() == {"taskType", "taskUUID", "imageUUID", "imageURL", "seed"}
        polled = (await caller.poll(task))["data"]
        assert [row["imageUUID"] for row in polled] == [row["imageUUID"] for row in rows]


async def test_an_image_comes_as_base64_or_data_uri_when_asked(caller: Caller) -> None:
    """outputType picks one of imageURL, imageBase64Data and imageDataURI."""
    (row,) = await caller.finished(still(outputType="base64Data"))
    assert "imageURL" not in row
    assert Image.open(io.BytesIO(base64.b64decode(row["imageBase64Data"]))).size == (640, 352)
    (row,) = await caller.finished(still(outputType="dataURI", outputFormat="JPG"))
    head, _, data = row["imageDataURI"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).format == "JPEG"


async def test_the_body_is_an_array_of_objects(caller: Caller) -> None:
    """Anything but a JSON array of tasks is refused as a whole."""
    for content in (b"{", b"{}", b"[]", b"[1]", json.dumps(still()).encode(), b"[NaN]", b"\xff"):
        answer = await caller.http.post(caller.emulator.url, content=content)
        assert answer.status_code == 400
        assert answer.json()["data"] == []
        assert answer.json()["errors"][0]["code"] in {"invalidJSON", "invalidRequest"}
    assert caller.emulator.jobs() == {}


async def test_a_key_is_needed_and_never_told(calling: Calling) -> None:
    """A key comes by header or by a first task; a missing or wrong one is 401, and no answer repeats it."""
    async with calling(keys=["right-key"]) as caller:
        url, task = caller.emulator.url, still()
        async with httpx.AsyncClient(trust_env=False) as http:
            missing = await http.post(url, json=[task])
            wrong = await http.post(url, json=[task], headers={"Authorization": "Bearer wrong-key"})
            inline = {"taskType": "authentication", "apiKey": "wrong-key"}
            wrong_inline = await http.post(url, json=[inline, task])
            right_inline = await http.post(url, json=[{**inline, "apiKey": "right-key"}, task])
            account = {"taskType": "accountManagement", "taskUUID": new_uuid(), "operation": "getDetails"}
            told = await http.post(url, json=[account], headers={"Authorization": "Bearer right-key"})
        assert [answer.status_code for answer in (missing, wrong, wrong_inline, right_inline)] == [401, 401, 401, 200]
        assert missing.json()["errors"][0]["code"] == "missingApiKey"
        assert wrong.json()["errors"][0]["code"] == wrong_inline.json()["errors"][0]["code"] == "invalidApiKey"
        assert "-key" not in wrong.text + wrong_inline.text + told.text


async def test_tasks_of_one_request_stand_alone(caller: Caller) -> None:
    """A bad task stops no good one: both rows come, and the status is 400 only when all failed."""
    good, bad = still(), clip(duration=7)
    mixed = await caller.post(good, bad)
    assert mixed.status_code == 200
    assert [row["taskUUID"] for row in mixed.json()["data"]] == [good["taskUUID"]]
    assert [row["taskUUID"] for row in mixed.json()["errors"]] == [bad["taskUUID"]]
    assert (await caller.post(bad, clip(width=1))).status_code == 400


async def test_details_tell_what_was_sent_and_what_was_answered_last(caller: Caller) -> None:
    """getTaskDetails returns the request as sent; after a refused replay its response is the refusal."""
    task = await caller.bought(clip(CFGScale=0.57))
    asked = {"taskType": "getTaskDetails", "taskUUID": task["taskUUID"]}
    (row,) = (await caller.post(asked)).json()["data"]
    assert row["request"] == [task]
    assert row["response"]["data"][0]["status"] == "processing"
    assert (await caller.refused(task))["code"] == "conflictTaskUUID"
    (row,) = (await caller.post(asked)).json()["data"]
    assert row["response"]["errors"][0]["code"] == "conflictTaskUUID"
    unknown = await caller.post({**asked, "taskUUID": new_uuid()})
    assert (unknown.status_code, unknown.json()) == (200, {"data": []})


async def test_ping_and_account(caller: Caller) -> None:
    """A ping is answered; the account tells the balance and what was used today."""
    assert (await caller.post({"taskType": "ping", "ping": True})).json() == {
        "data": [{"taskType": "ping", "pong": True}]
    }
    await caller.bought(clip())
    account = {"taskType": "accountManagement", "taskUUID": new_uuid(), "operation": "getDetails"}
    (row,) = (await caller.post(account)).json()["data"]
    assert row["balance"] == 99.8152
    assert row["usage"]["today"] == {"credits": 0.1848, "requests": 1}


async def test_questions_are_read_strictly(caller: Caller) -> None:
    """A getResponse with a stray key, without a UUID or with a malformed one is refused."""
    ask = {"taskType": "getResponse", "taskUUID": new_uuid()}
    assert (await caller.refused({**ask, "model": KLING}))["code"] == "unsupportedParameter"
    assert (await caller.refused({"taskType": "getResponse"}))["code"] == "missingTaskUUID"
    assert (await caller.refused({**ask, "taskUUID": "abc"}))["code"] == "invalidTaskUUID"
    assert (await caller.refused({"taskType": "textInference"}))["code"] == "unsupportedTaskType"
    assert (await caller.refused({"taskUUID": new_uuid()}))["code"] == "missingTaskType"


async def test_a_job_is_billed_by_its_price_row(caller: Caller) -> None:
    """Clips cost what the page's samples report, per result; stills their rate per megapixel; the ledger adds up."""
    five, ten, two = clip(), clip(duration=10.0), clip(numberResults=2)
    image = still(width=1280, height=720)
    for task in (five, ten, two, image):
        await caller.bought(task)
    billed = {task_uuid: job["billed"] for task_uuid, job in caller.emulator.jobs().items()}
    assert [billed[task["taskUUID"]] for task in (five, ten, two, image)] == ["0.1848", "0.3696", "0.3696", "0.003133"]
    ledger: Any = caller.emulator.ledger()
    assert ledger["balance"] == "99.072867"
    assert [charge["amount"] for charge in ledger["charges"]] == ["0.1848", "0.3696", "0.3696", "0.003133"]


async def test_a_low_balance_is_402(calling: Calling) -> None:
    """A job that the balance doesn't cover isn't started."""
    async with calling(balance="0.1848") as caller:
        assert (await caller.post(clip(numberResults=2))).status_code == 402
        await caller.bought(clip())
        answer = await caller.post(still())
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (402, "insufficientCredits")
        assert [job["runs"] for job in caller.emulator.jobs().values()] == [0, 1, 0]


async def test_a_dry_run_prices_and_does_nothing(caller: Caller) -> None:
    """With X-Runware-Dry-Run a task is checked and priced; no job and no charge comes of it."""
    answer = await caller.post(clip(numberResults=2), **{"X-Runware-Dry-Run": "1"})
    assert answer.json()["data"][0]["cost"] == 0.3696
    assert (await caller.post(clip(duration=7), **{"X-Runware-Dry-Run": "1"})).status_code == 400
    assert caller.emulator.jobs() == {}
    assert caller.emulator.ledger() == {"balance": "100", "charges": []}


async def test_the_pages_examples_pass_unchanged(calling: Calling) -> None:
    """The four examples of the model's page are accepted as they are, and cost what their responses say."""
    file = Path(__file__).parents[1] / "runware" / "catalogue" / "klingai-1-6-standard.examples.json"
    async with calling(stand_ins=["https://assets.runware.ai/assets/inputs/"]) as caller:
        for example in json.loads(file.read_text(encoding="utf-8")):
            (row,) = await caller.finished({**example["request"], "includeCost": True})
            assert row["cost"] == example["response"]["cost"]
            assert {*row} - {"status"} == {*example["response"]}


async def test_a_model_does_its_own_kind_of_task(caller: Caller) -> None:
    """An unknown model, or one for another kind of task, is invalidModel."""
    for task in (clip(model="klingai:9@9"), clip(model=IMAGE), still(model=KLING), still(model=5)):
        assert (await caller.refused(task))["code"] == "invalidModel"
    assert (await caller.refused(still(model=None)))["code"] == "missingModel"
