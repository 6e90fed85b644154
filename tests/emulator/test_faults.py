"""Faults: each switch has its effect, where and as often as it says, and none without it."""

import json

import httpx
import pytest

from tests.emulator.caller import IMAGE, KLING, LONG, clip, new_uuid, still
from tests.emulator.conftest import Calling


async def test_a_lost_reply_before_the_effect_buys_nothing(calling: Calling) -> None:
    """With `lost_reply: before` the connection ends and the job was never accepted."""
    async with calling(lost_reply={"when": "before", "times": 1}) as caller:
        task = clip()
        with pytest.raises(httpx.RemoteProtocolError):
            await caller.post(task)
        assert caller.emulator.jobs() == {}
        await caller.bought(task)


async def test_a_lost_reply_after_the_effect_has_bought(calling: Calling) -> None:
    """With `lost_reply: after` the connection ends although the job runs and is billed; the next try conflicts."""
    async with calling(lost_reply={"when": "after", "task_types": ["videoInference"], "times": 1}) as caller:
        task = clip()
        with pytest.raises(httpx.RemoteProtocolError):
            await caller.post(task)
        assert (await caller.poll(task))["data"][0]["status"] == "processing"
        assert (await caller.refused(task))["code"] == "conflictTaskUUID"
        job = caller.emulator.jobs()[task["taskUUID"]]
        assert (job["submits"], job["runs"], job["billed"]) == (2, 1, "0.1848")


@pytest.mark.parametrize("status,retry_after", [(429, 3), (503, None), (504, "1"), (500, None)])
async def test_throttling_has_a_status_and_perhaps_a_retry_after(
    calling: Calling, status: int, retry_after: float | str | None
) -> None:
    """`throttle` answers the n-th request with an HTTP error, with or without Retry-After, before any effect."""
    async with calling(throttle={"status": status, "retry_after": retry_after, "nth": 2}) as caller:
        first, second = await caller.bought(clip()), clip()
        answer = await caller.post(second)
        assert answer.status_code == status
        told = answer.headers.get("Retry-After")
        assert told is None if retry_after is None else float(told) == float(retry_after)
        assert "taskUUID" not in answer.json()["errors"][0]
        assert list(caller.emulator.jobs()) == [first["taskUUID"]]
        await caller.bought(second)


async def test_a_5xx_after_the_effect_has_bought(calling: Calling) -> None:
    """`throttle` with `when: after` answers an error although the job was accepted; `named` names the task."""
    async with calling(throttle={"status": 503, "when": "after", "named": True, "times": 1}) as caller:
        task = clip()
        answer = await caller.post(task)
        assert (answer.status_code, answer.json()["errors"][0]["taskUUID"]) == (503, task["taskUUID"])
        assert caller.emulator.jobs()[task["taskUUID"]]["runs"] == 1


async def test_a_share_of_requests_is_hit_by_a_seeded_die(calling: Calling) -> None:
    """`share` hits about that part of the occasions, and the same ones for the same seed."""

    async def hits(seed: int) -> list[int]:
        async with calling(seed=seed, throttle={"share": 0.3, "task_types": ["ping"]}) as caller:
            ping = {"taskType": "ping", "ping": True}
            return [(await caller.post(ping)).status_code for _ in range(60)]

    first, again, other = await hits(1), await hits(1), await hits(2)
    assert first == again != other
    assert 6 <= first.count(503) <= 32


async def test_two_faults_of_one_kind_have_their_own_scopes(calling: Calling) -> None:
    """A list of faults applies each to its own models."""
    faults = [{"code": "aboutStills", "models": [IMAGE]}, {"code": "aboutClips", "models": [KLING], "times": 1}]
    async with calling(refuse=faults) as caller:
        assert (await caller.refused(still()))["code"] == "aboutStills"
        assert (await caller.refused(clip()))["code"] == "aboutClips"
        await caller.bought(clip())
        assert (await caller.refused(still()))["code"] == "aboutStills"


async def test_an_unknown_code_may_come_with_any_status(calling: Calling) -> None:
    """`refuse` sends codes that nobody has seen, and runs nothing."""
    async with calling(refuse={"code": "neverSeenBefore", "status": 418}) as caller:
        answer = await caller.post(clip())
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (418, "neverSeenBefore")
        assert caller.emulator.ledger()["charges"] == []


@pytest.mark.parametrize(
    "how,start",
    [("malformed", "{'data'"), ("truncated", '{"data"'), ("html", "<html>"), ("empty", ""), ("bare_list", "[{")],
)
async def test_an_answer_can_be_broken_after_its_effect(calling: Calling, how: str, start: str) -> None:
    """`answer` spoils the body of an answer, the job is bought all the same."""
    async with calling(answer={"how": how, "times": 1}) as caller:
        task = clip()
        answer = await caller.post(task)
        assert answer.status_code == 200
        assert answer.text.startswith(start)
        assert caller.emulator.jobs()[task["taskUUID"]]["runs"] == 1
        if how != "bare_list":
            with pytest.raises(json.JSONDecodeError):
                answer.json()


async def test_an_error_can_come_alone_and_an_answer_late(calling: Calling) -> None:
    """`single_error` says `error` instead of `errors`; `slow` takes real time."""
    async with calling(answer=[{"how": "single_error", "nth": 1}, {"how": "slow", "seconds": 0.3}]) as caller:
        body = (await caller.post(clip(duration=7))).json()
        assert body["error"]["code"] == "unsupportedDuration"
        with pytest.raises(httpx.ReadTimeout):
            await caller.http.post(caller.emulator.url, json=[clip()], timeout=0.1)


async def test_failed_jobs_are_free_unless_told_otherwise(calling: Calling) -> None:
    """A job that fails at poll has its error among `errors`, with status 200; `bill_failed` charges it."""
    async with calling(failure={"times": 1}) as caller:
        task = await caller.bought(clip())
        caller.emulator.advance(LONG)
        body = await caller.poll(task)
        assert body["data"] == []
        (row,) = body["errors"]
        assert (row["code"], row["status"], row["taskUUID"]) == ("timeoutProvider", "error", task["taskUUID"])
        assert row["taskType"] == "videoInference"
        job = caller.emulator.jobs()[task["taskUUID"]]
        assert (job["state"], job["billed"]) == ("error", "0")
        caller.emulator.switch(failure=True, bill_failed=True)
        task = await caller.bought(clip())
        assert caller.emulator.jobs()[task["taskUUID"]]["billed"] == "0.1848"


async def test_some_results_can_fail_beside_others(calling: Calling) -> None:
    """`failure: {count: k}` fails the last k results; the others are delivered and billed."""
    async with calling(failure={"count": 2, "code": "inferenceError"}) as caller:
        task = await caller.bought(clip(numberResults=3))
        caller.emulator.advance(LONG)
        body = await caller.poll(task)
        assert [row["status"] for row in body["data"]] == ["success"]
        assert [row["code"] for row in body["errors"]] == ["inferenceError", "inferenceError"]
        job = caller.emulator.jobs()[task["taskUUID"]]
        assert (job["state"], job["billed"]) == ("partial", "0.1848")


async def test_a_failure_can_stand_in_a_row(calling: Calling) -> None:
    """`error_place: row` shows a failure among the data, with a nested error."""
    async with calling(failure=True, error_place="row") as caller:
        (row,) = await caller.finished(clip())
        assert (row["status"], row["error"]["code"]) == ("error", "timeoutProvider")


async def test_moderation_rejects_fails_or_flags(calling: Calling) -> None:
    """Three things: an error at submit, an error at poll, a flag on delivered content; by words if told so."""
    async with calling(moderation={"how": "reject", "words": ["knife"]}) as caller:
        row = await caller.refused(clip(positivePrompt="a Knife on a table"))
        assert row["code"] == "invalidProviderContent"
        await caller.bought(clip())
        caller.emulator.switch(moderation={"how": "fail"})
        task = await caller.bought(clip())
        caller.emulator.advance(LONG)
        assert (await caller.poll(task))["errors"][0]["code"] == "invalidProviderContent"
        flag = {"how": "flag", "task_types": ["videoInference"], "results": [1]}
        caller.emulator.switch(moderation=flag)
        rows = await caller.finished(clip(numberResults=2, safety={"mode": "full"}))
        assert [row["NSFWContent"] for row in rows] == [False, True]
        assert (await caller.http.get(rows[1]["videoURL"])).status_code == 200
        (row,) = await caller.finished(still(safety={"checkContent": True}))
        assert row["NSFWContent"] is False


async def test_a_check_that_was_asked_for_can_be_missing(calling: Calling) -> None:
    """`unchecked` leaves NSFWContent out although a check was asked for."""
    async with calling(unchecked={"task_types": ["imageInference"]}) as caller:
        (picture,) = await caller.finished(still(safety={"checkContent": True}))
        (motion,) = await caller.finished(clip(safety={"mode": "fast"}))
        assert "NSFWContent" not in picture
        assert motion["NSFWContent"] is False


async def test_generated_uuids_can_be_refused_as_frames(calling: Calling) -> None:
    """`refuse_frame_uuid` refuses generated images by UUID, and takes the same image uploaded."""
    async with calling(refuse_frame_uuid=True) as caller:
        (picture,) = await caller.finished(still(width=512, height=512))
        row = await caller.refused(clip(inputs={"frameImages": [picture["imageUUID"]]}))
        assert row["code"] == "invalidFrameImages"
        upload = {"taskType": "mediaStorage", "taskUUID": new_uuid(), "operation": "upload", "media": ""}
        here = {"fetchable": [caller.emulator.base]}
        caller.emulator.switch(**here)
        (stored,) = (await caller.post({**upload, "media": picture["imageURL"]})).json()["data"]
        await caller.bought(clip(inputs={"frameImages": [stored["mediaUUID"]]}))


@pytest.mark.parametrize("how", ["truncated", "wrong_length", "no_length", "html", "status", "redirect", "slow"])
async def test_downloads_go_wrong(calling: Calling, how: str) -> None:
    """`download` spoils a result's bytes once; the next download is whole."""
    async with calling(download={"how": how, "times": 1, "seconds": 0.4}) as caller:
        (row,) = await caller.finished(still())
        if how in {"truncated", "slow"}:
            wanted = httpx.RemoteProtocolError if how == "truncated" else httpx.ReadTimeout
            with pytest.raises(wanted):
                await caller.http.get(row["imageURL"], timeout=0.02 if how == "slow" else 5)
        bad = None if how in {"truncated", "slow"} else await caller.http.get(row["imageURL"])
        good = await caller.http.get(row["imageURL"])
        assert int(good.headers["Content-Length"]) == len(good.content)
        match how:
            case "wrong_length":
                assert bad is not None
                assert good.content.startswith(bad.content)
                assert len(bad.content) < len(good.content)
            case "no_length":
                assert bad is not None
                assert "Content-Length" not in bad.headers
                assert bad.content == good.content
            case "html":
                assert bad is not None
                assert bad.headers["Content-Type"].startswith("text/html")
            case "status" | "redirect":
                assert bad is not None
                assert bad.status_code == (503 if how == "status" else 302)
