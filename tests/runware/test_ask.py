from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from stillreel.domain.errors import NotAuthorised, ProviderError, UnknownShape
from stillreel.runware import Asked
from tests.runware.scripted import JOB, OTHER, THIRD, Provider, clip, data, error, errors, says, task


async def asked(*script):
    return (await Provider(*script).client.ask([JOB]))[JOB]


async def test_a_question_names_the_job_and_nothing_else():
    """A poll is one getResponse with the job's own UUID, which makes it safe to repeat."""
    provider = Provider(data(task(status="processing")))
    await provider.client.ask([JOB])
    assert provider.tasks == [[{"taskType": "getResponse", "taskUUID": str(JOB)}]]


async def test_a_finished_clip_is_told_in_the_domains_words():
    """A finished result brings its id, address, seed, exact cost and flag, as the page's example shows them."""
    (row,) = (await asked(data(clip(1, NSFWContent=False)))).rows
    assert row.id == "686c633d-dd30-43ab-a693-3ee5e7b6f001"
    assert row.url.endswith("686c633d-dd30-43ab-a693-3ee5e7b6f001.mp4")
    assert (row.seed, row.cost, row.flag) == (97106252, Decimal("0.1848"), False)


async def test_a_still_is_read_by_its_own_names():
    """An image's row is read from imageUUID and imageURL, also where a video's name stands beside them."""
    row = {
        "taskType": "imageInference",
        "taskUUID": str(JOB),
        "imageUUID": "i",
        "imageURL": "https://im.runware.ai/i.png",
    }
    told = await asked(data({**row, "videoUUID": "v", "videoURL": "https://vm.runware.ai/v.mp4"}))
    assert (told.rows[0].id, told.rows[0].url) == ("i", "https://im.runware.ai/i.png")


@pytest.mark.parametrize("status", ["processing", "pending", "queued", "scheduled", "waiting", None, 7])
async def test_an_id_alone_is_no_proof_of_completion(status):
    """A row that has an id, but neither an address nor the word success, is still running."""
    told = await asked(data(task(status=status, videoUUID="v", progress=47)))
    assert told.running
    assert told.trace
    assert not told.rows


async def test_an_address_is_proof_whatever_the_status_says():
    """A row with an address is a result, even if its status has not caught up."""
    told = await asked(data({**clip(1), "status": "processing"}))
    assert [row.id for row in told.rows] == [clip(1)["videoUUID"]]
    assert not told.running


async def test_several_results_come_with_failures_and_progress_beside_them():
    """Successes, failures and a sibling still running are all told from one answer, each row once."""
    told = await asked(
        errors(error("timeoutProvider"), rows_beside=[clip(2), clip(1), clip(2), task(status="processing")])
    )
    assert [row.id[-1] for row in told.rows] == ["2", "1"]
    assert [failure.kind for failure in told.errors] == ["timeout"]
    assert told.running


async def test_equal_failures_of_one_answer_are_two_failures():
    """Failures have no id: two alike in one answer are two results that failed."""
    assert len((await asked(errors(error("timeoutProvider"), error("timeoutProvider")))).errors) == 2


async def test_an_early_row_of_a_finished_result_is_not_running():
    """A result that is told twice, once without and once with its address, has ended."""
    told = await asked(data({**clip(1), "videoURL": None, "status": "processing"}, clip(1)))
    assert len(told.rows) == 1
    assert not told.running


@pytest.mark.parametrize(
    "answer",
    [
        errors(error("timeoutProvider", status="error", taskType="videoInference")),
        errors(error("timeoutProvider"), status=400),
        data(task(status="error", error=error("timeoutProvider", None))),
        data(task(status="error", error=[error("timeoutProvider", None)])),
        data(task(status="error", code="timeoutProvider", message="m")),
        says({"error": error("timeoutProvider")}),
        says([error("timeoutProvider")]),
    ],
)
async def test_a_failure_is_found_wherever_it_stands(answer):
    """A failed job is told from `errors`, a singular `error`, a bare list, or a row with an error inside."""
    told = await asked(answer)
    assert [(failure.code, failure.kind, failure.task_uuid) for failure in told.errors] == [
        ("timeoutProvider", "timeout", JOB)
    ]
    assert told.trace
    assert not told.running


@pytest.mark.parametrize("status", ["error", "failed", "cancelled"])
async def test_a_row_that_failed_without_a_reason_is_a_failure(status):
    """A row whose status says that it ended badly is an error even where no code comes with it."""
    (failure,) = (await asked(data(task(status=status)))).errors
    assert failure.code == status


@pytest.mark.parametrize(
    "answer", [data(), errors(error("taskNotFound")), errors(error("taskNotFound"), status=404), says({"data": None})]
)
async def test_an_unknown_job_leaves_no_trace(answer):
    """An empty answer, or the word that there is no such task, is no evidence: neither failed nor running."""
    assert await asked(answer) == Asked()
    assert not Asked().trace


async def test_failed_or_not_found_proves_no_purchase():
    """A code that may mean either ends an accepted job, and isn't taken for the trace of one."""
    told = await asked(errors(error("taskFailedOrNotFound")))
    assert told.errors
    assert not told.trace


@pytest.mark.parametrize(
    "answer",
    [
        errors(error("invalidTaskUUID"), status=400),
        errors(error("unsupportedParameter", taskType="getResponse")),
        errors(error("timeoutProvider", None)),
        errors(error("insufficientCredits"), status=402),
    ],
)
async def test_trouble_with_the_question_is_never_trouble_with_the_job(answer):
    """An error that answers our asking ends in ProviderError; the job is left as it is."""
    with pytest.raises(ProviderError) as caught:
        await asked(answer)
    assert type(caught.value) is ProviderError


@pytest.mark.parametrize(
    "answer",
    [says(b"", 401), says(b"", 403), errors(error("forbidden"), status=403), errors(error("invalidApiKey", None))],
)
async def test_a_refused_key_is_an_error_of_its_own(answer):
    """Asking with a key that isn't taken ends at once in NotAuthorised."""
    provider = Provider(answer)
    with pytest.raises(NotAuthorised):
        await provider.client.ask([JOB])
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        says(b"", 500),
        says(b"", 503),
        says(b"", 408),
        says(b"", 429),
        errors(error("serviceUnavailable", None)),
        errors(error("internalServerError"), status=500),
        says(b'{"data": [{"task'),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        TimeoutError(),
    ],
)
async def test_a_question_is_asked_again_while_trouble_may_pass(trouble):
    """After load, a failing server, a broken body or line, the question is asked again with growing pauses."""
    provider = Provider(trouble, trouble, trouble, data(clip(1)))
    assert (await provider.client.ask([JOB]))[JOB].rows
    first, second, third = provider.clock.slept
    assert 0.75 <= first <= 1.25 < second <= 2.5 < third <= 5
    assert len(provider.requests) == 4


async def test_asking_ends_after_four_tries():
    """A provider that stays down ends in ProviderError after four tries, with the last reason in it."""
    provider = Provider(says(b"overloaded", 503))
    with pytest.raises(ProviderError, match="503: overloaded"):
        await provider.client.ask([JOB])
    assert len(provider.requests) == 4
    assert len(provider.clock.slept) == 3


async def test_a_told_pause_is_kept_up_to_the_ceiling():
    """Retry-After lengthens our own pause, at most to a minute."""
    waits = [says(b"", 429, {"Retry-After": seconds}) for seconds in ("9", "0", "7200")]
    provider = Provider(*waits, data())
    await provider.client.ask([JOB])
    nine, own, ceiling = provider.clock.slept
    assert (nine, ceiling) == (9, 60)
    assert own > 1


async def test_many_jobs_go_out_in_one_request():
    """Several jobs are asked about together, and each gets its own rows back."""
    provider = Provider(data(clip(1), task(OTHER, status="processing")))
    told = await provider.client.ask([JOB, OTHER])
    assert len(provider.requests) == 1
    assert [entry["taskUUID"] for entry in provider.tasks[0]] == [str(JOB), str(OTHER)]
    assert told[JOB].rows
    assert told[OTHER].running


async def test_jobs_that_an_answer_leaves_out_are_asked_about_alone():
    """Where an answer passes over some of several jobs, exactly those are asked about again, one by one."""
    provider = Provider(data(clip(1)), data(clip(2, OTHER)), data())
    told = await provider.client.ask([JOB, OTHER, THIRD])
    assert [[entry["taskUUID"] for entry in tasks] for tasks in provider.tasks[1:]] == [[str(OTHER)], [str(THIRD)]]
    assert told[OTHER].rows
    assert told[THIRD] == Asked()


async def test_a_refusal_of_many_is_no_refusal_of_each():
    """Where one question about several is refused, fewer are asked about together, at last each alone; not again."""
    batch = errors(error("unsupportedBatch", None), status=400)
    provider = Provider(batch, batch, data(clip(1)), data(clip(2, OTHER)), data(), data(clip(1)), data())
    client, jobs = provider.client, [JOB, OTHER, THIRD, UUID(int=4)]
    told = await client.ask(jobs)
    assert [len(told[job].rows) for job in jobs] == [1, 1, 0, 0]
    assert [len(tasks) for tasks in provider.tasks] == [4, 2, 1, 1, 1, 1]
    await client.ask([JOB, OTHER])
    assert [len(tasks) for tasks in provider.tasks[6:]] == [1, 1]


@pytest.mark.parametrize("code,wrong", [("invalidApiKey", NotAuthorised), ("serviceUnavailable", ProviderError)])
async def test_the_key_and_load_are_the_trouble_of_all(code, wrong):
    """Where the key isn't taken, or the provider stays busy, several jobs aren't asked about one by one."""
    provider = Provider(errors(error(code, None), status=400))
    with pytest.raises(wrong):
        await provider.client.ask([JOB, OTHER])
    assert {len(tasks) for tasks in provider.tasks} == {2}


async def test_one_job_that_cannot_be_asked_hides_no_other():
    """Of several jobs, one whose own question is refused counts as running, with the reason, and the rest are told."""
    provider = Provider(data(clip(1)), errors(error("invalidTaskUUID", OTHER), status=400))
    told = await provider.client.ask([JOB, OTHER])
    assert told[JOB].rows
    assert told[OTHER].running
    assert "invalidTaskUUID" in told[OTHER].trouble


async def test_a_failed_job_is_told_beside_a_question_that_failed():
    """Of two jobs, one that has failed is told as failed, although the question about the other one went wrong."""
    refused = error("unsupportedParameter", OTHER, taskType="getResponse")
    provider = Provider(errors(error("timeoutProvider"), refused), data(clip(1, OTHER)))
    told = await provider.client.ask([JOB, OTHER])
    assert [failure.code for failure in told[JOB].errors] == ["timeoutProvider"]
    assert told[OTHER].rows


async def test_no_jobs_need_no_request():
    """Asking about nothing sends nothing."""
    provider = Provider(data())
    assert await provider.client.ask([]) == {}
    assert not provider.requests


@pytest.mark.parametrize(
    "row",
    [
        task(videoUUID="v", videoBase64Data="AAAA"),
        task(videoUUID="v", videoDataURI="data:video/mp4;base64,AAAA"),
        task(videoUUID="v", status="success"),
        task(videoURL="https://vm.runware.ai/x.mp4"),
        task(videoUUID=["v"], videoURL={"href": "https://vm.runware.ai/x.mp4"}, status="success"),
    ],
)
async def test_a_result_that_cannot_be_fetched_is_an_unknown_shape(row):
    """A result without an address or an id is an error that shows it; beside others it counts as running."""
    with pytest.raises(UnknownShape, match="videoU"):
        await asked(data(row))
    told = await Provider(data(row, clip(1), clip(2, OTHER))).client.ask([JOB, OTHER])
    assert told[JOB].running
    assert told[JOB].trouble
    assert told[OTHER].rows


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b'"yes"', b"null", b"7", b"[7]", b'{"data": "none"}', b'{"rows": []}', b"[NaN]"]
)
async def test_an_unknown_frame_is_an_error_that_shows_the_body(body):
    """An answer that no known frame fits is UnknownShape, and its message shows what came."""
    with pytest.raises(UnknownShape) as caught:
        await asked(says(body))
    assert body.decode() in str(caught.value)


async def test_a_long_body_is_shown_shortened():
    """An answer of a megabyte doesn't become an error message of a megabyte."""
    with pytest.raises(UnknownShape) as caught:
        await asked(says(b"x" * 1_000_000))
    assert len(str(caught.value)) < 1000
    assert "1000000 characters" in str(caught.value)


async def test_odd_fields_do_not_lose_a_clip():
    """A field of the wrong type counts as absent, so that the clip it stands beside isn't lost."""
    odd = {**clip(1), "seed": "many", "cost": -1, "NSFWContent": "perhaps", "resultIndex": {}, "brandNew": [1]}
    (row,) = (await asked(data(odd))).rows
    assert (row.seed, row.cost, row.flag) == (None, None, None)


async def test_a_row_without_a_uuid_belongs_to_the_only_job_asked():
    """Asked alone, a result that doesn't name its task is the job's own; another job's is not."""
    nameless = {key: value for key, value in clip(1).items() if key != "taskUUID"}
    assert (await asked(data(nameless))).rows
    assert await asked(data(clip(1, OTHER))) == Asked()
