"""Bytes of results and of uploaded images, as a content network serves them: for as long as their URL lives."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from stillreel.emulator.darkroom import media_type
from stillreel.emulator.gate import Gone
from stillreel.emulator.scope import Subject, struck
from stillreel.emulator.service import Service
from stillreel.emulator.switches import BadDownload
from stillreel.emulator.transport import CutOff, cut

LACK = 100  # bytes that `wrong_length` withholds
SLICES = 8  # in which `slow` sends a file


class _File(FileResponse):
    chunk_size = 1 << 20  # bytes; with Starlette's 64 KiB the hops to its threads cost more than the reading


async def media(request: Request) -> Response:
    """One file, or 404 for what isn't there, isn't ready or has expired."""
    service: Service = request.app.state.service
    name = PurePosixPath(request.path_params["name"])
    stop = service.gate.arrive("media", [])
    try:
        await service.gate.stand(stop, "before")
        found = await _found(service, name)
        await service.gate.stand(stop, "after")
    except Gone:
        return CutOff()
    if found is None:
        return PlainTextResponse("not found", 404)
    path, about = found
    fault = struck(service.switches.download, [about], service.switches.seed)
    if fault is None:
        return _File(path, media_type=media_type(name.suffix[1:]))
    return await _gone_wrong(fault, path, name.suffix[1:], request)


async def _found(service: Service, name: PurePosixPath) -> tuple[Path, Subject] | None:
    image = service.memory.image(name.stem)
    if image is not None:
        right = not image.deleted and name.suffix == f".{image.extension}"
        return (service.darkroom.given_file(image.sha256), Subject("mediaStorage")) if right else None
    result, now = service.memory.result(name.stem), service.clock.now()
    if result is None or result.error is not None or result.ready_at > now:
        return None
    expired = result.expires_at is not None and result.expires_at <= now
    if expired or name.suffix != f".{result.making.format.lower()}":
        return None
    job = service.memory.job(result.task_uuid)
    about = Subject(job.task_type, job.model) if job else Subject("")
    return await service.darkroom.file(result), about


async def _gone_wrong(fault: BadDownload, path: Path, extension: str, request: Request) -> Response:
    kind, data = media_type(extension), await asyncio.to_thread(path.read_bytes)
    whole = {"Content-Length": str(len(data))}
    match fault.how:
        case "truncated":
            answer: Response = StreamingResponse(_half(data, request), headers=whole, media_type=kind)
        case "wrong_length":
            answer = Response(data[:-LACK], media_type=kind)
        case "no_length":
            answer = StreamingResponse(_slices(data, 0), media_type=kind)
        case "html":
            answer = Response("<html><body>Just a moment</body></html>", media_type="text/html")
        case "slow":
            answer = StreamingResponse(_slices(data, fault.seconds), headers=whole, media_type=kind)
        case "status":
            answer = PlainTextResponse("try again later", fault.status)
        case "redirect":
            answer = RedirectResponse(fault.location, 302)
    return answer


async def _half(data: bytes, request: Request) -> AsyncIterator[bytes]:
    """The first half of a file that was promised whole; then the connection ends."""
    yield data[: len(data) // 2]
    await cut(request.scope, request.receive)


async def _slices(data: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = max(1, -(-len(data) // SLICES))
    for start in range(0, len(data), size):
        await asyncio.sleep(seconds / SLICES)
        yield data[start : start + size]


ROUTES = [
    Route("/image/ws/{n}/{kind}/{name}", media),
    Route("/video/os/{shard}/ws/{n}/vi/{name}", media),
]
