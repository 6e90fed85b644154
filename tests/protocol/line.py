"""A process's line to the provider, and what may go wrong on it."""

import asyncio
import json
from collections.abc import Callable
from uuid import UUID

import httpx

from tests.protocol.provider import Provider, Submit, answer, error
from tests.protocol.stage import Call, Process, Stage

URL = "http://127.0.0.1:9/v1"
REFUSALS = ("invalidPositivePrompt", "insufficientCredits", "unsupportedModel")
BEFORE_REGISTERING = ("request", "refusal", "load")
TROUBLES = (*BEFORE_REGISTERING, "answer", "silence")


class Line(httpx.AsyncBaseTransport):
    """A process's connection to the provider."""

    def __init__(self, stage: Stage, provider: Provider, process: Process, sends: Callable[[UUID], None]) -> None:
        self._stage, self._provider, self._process, self._sends = stage, provider, process, sends

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        provider = self._provider
        if request.method == "GET":
            path = request.url.path
            return await self._stage.gate(self._process, "download", lambda: provider.file(path))
        tasks = json.loads(await request.aread())
        if tasks[0]["taskType"] == "mediaStorage":
            return await self._stage.gate(self._process, "upload", lambda: provider.upload(tasks[0]))
        buying = [task for task in tasks if task["taskType"].endswith("Inference")]
        if not buying:
            return await self._stage.gate(self._process, "question", lambda: provider.answer_to(tasks))
        if self._process.crashed:
            raise asyncio.CancelledError
        submit = Submit(buying)
        for uuid in submit.uuids:
            self._sends(uuid)
        provider.count(submit)
        try:
            return await self._stage.gate(self._process, "submit", lambda: provider.go_on(submit), subject=submit)
        except BaseException:
            provider.leave(submit)
            raise


def question_goes_wrong(stage: Stage, call: Call, how: int) -> None:
    """A question, a download or an upload that comes to nothing; an upload may have arrived all the same."""
    if call.kind == "upload" and how % 2:
        call.effect()
        stage.happened["an upload's answer is lost"] += 1
    stage.happened["a question goes unanswered"] += 1
    faults = (httpx.ReadError("it broke"), httpx.Response(503), httpx.Response(429, headers={"Retry-After": "1"}))
    stage.answer(call, faults[how % len(faults)])


def submit_goes_wrong(stage: Stage, provider: Provider, call: Call, word: str, how: int) -> None:
    """A submit that is lost, refused, or whose answer is; one that is being registered isn't refused any more."""
    submit: Submit = call.subject
    if submit.registering is not None and word in BEFORE_REGISTERING:
        word = "answer"
    if word == "request":
        provider.get_lost(submit)
        provider.silent.update(submit.uuids)
        stage.answer(call, (httpx.ReadError("it broke"), httpx.ConnectError("nobody there"))[how % 2])
    elif word == "refusal":
        silent = provider.silent.intersection(submit.uuids)
        stage.happened["a refusal after silence" if silent else "a refusal"] += 1
        submit.done = True
        stage.answer(call, answer([], [error(REFUSALS[how % 3], body) for body in submit.bodies], 400))
    elif word == "load":
        stage.happened["a refusal for load"] += 1
        submit.done = True
        stage.answer(call, httpx.Response(429, headers={"Retry-After": "3"} if how % 2 else {}))
    elif word == "answer":
        stage.happened["an answer is lost"] += 1
        provider.to_its_end(submit)
        provider.silent.update(submit.uuids)
        stage.answer(
            call, (httpx.ReadError("it broke"), httpx.Response(502), httpx.Response(200, content=b"{"))[how % 3]
        )
    else:
        stage.happened["a submit is given up"] += 1
        stage.answer(call, httpx.ReadTimeout("too long"))
