"""The archive in a browser, on loopback: pictures appear, clips play, and nothing can be written.

Only what belongs to projects is shown; quarantine only where it was asked for. Addresses are `/` and an object's name.
"""

import asyncio
import contextlib
import socket
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path
from weakref import WeakValueDictionary

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.archive.held import held_folder
from stillreel.archive.pages import folder_page, page
from stillreel.archive.store import Level, Store, is_object_name
from stillreel.domain.errors import BadInput, StillreelError
from stillreel.domain.problems import Problem

LOOPBACK = "127.0.0.1"
COPIES = "stillreel-pages-"  # no name that is swept by its age: nobody may ask for a page for days
KEPT = 32  # copies at hand, so that a player that asks for parts doesn't fetch the whole file for each
HEADERS = {
    # `data:` is for the gallery's icon, which is empty.
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def serve(store: Store, port: int, *, quarantine: bool = False) -> None:
    """Show an archive until interrupted, and print its address; port 0 takes a free one. BadInput for one in use."""
    with _socket(port) as listening:
        sys.stdout.write(f"{store.uri} is shown at {_address(listening)}\n")
        sys.stdout.flush()
        _server(store, quarantine=quarantine).run(sockets=[listening])


@contextlib.asynccontextmanager
async def running_server(store: Store, port: int = 0, *, quarantine: bool = False) -> AsyncIterator[str]:
    """The address under which an archive is shown for as long as the block lasts; the store stays open after it."""
    with _socket(port) as listening:
        server = _server(store, quarantine=quarantine, ours=False)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            while not server.started:
                if task.done():
                    await task
                await asyncio.sleep(0)
            yield _address(listening)
        finally:
            server.should_exit = True
            await task


def make_app(store: Store, *, quarantine: bool = False, ours: bool = True) -> Starlette:
    """The pages as a web application; `ours` closes the store at the end."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with held_folder(COPIES) as folder:
            roots = (layout.PROJECTS, layout.QUARANTINE) if quarantine else (layout.PROJECTS,)
            app.state.shelf = _Shelf(store, folder, roots)
            yield
        if ours:
            await store.aclose()

    return Starlette(
        routes=[Route("/{name:path}", _answer)],
        # A page of another site could else read the archive by a name of its own that leads to loopback.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])],
        exception_handlers={StillreelError: _explained, HTTPException: _explained},
        lifespan=lifespan,
    )


class _Shelf:
    """The part of an archive that is shown, with the files that were asked for last at hand."""

    def __init__(self, store: Store, folder: Path, roots: tuple[str, ...]) -> None:
        self.store = store
        self._folder = folder
        self._roots = roots
        self._files: OrderedDict[tuple[str, str], Path] = OrderedDict()
        self._count = 0
        self._fetching: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def shows(self, name: str) -> bool:
        """Whether a name may be looked at: legal, and below a root that is shown."""
        return is_object_name(name.removesuffix("/")) and name.startswith(self._roots)

    async def folder(self, prefix: str) -> str | None:
        """The page of a folder; None if there is none."""
        if not prefix:
            there = [root.rstrip("/") for root in self._roots if await self.store.level(root) != Level()]
            return folder_page(self.store.uri, prefix, there, ())
        level = await self.store.level(prefix)
        return None if level == Level() else folder_page(self.store.uri, prefix, level.folders, level.files)

    async def file(self, name: str) -> Path | None:
        """An object on this machine: where it lies in a folder, or a copy from a bucket; None if there is none."""
        if isinstance(self.store, FolderStore):
            return await self.store.path_of(name)
        stored = await self.store.stat(name)
        if stored is None:
            return None
        key = (name, stored.generation)
        async with self._fetching.setdefault(key, asyncio.Lock()):
            if key not in self._files:
                self._count += 1
                path = self._folder / str(self._count)
                try:
                    if await self.store.fetch(name, path) is None:
                        return None
                except BaseException:
                    path.unlink(missing_ok=True)
                    raise
                self._files[key] = path
            self._files.move_to_end(key)
            while len(self._files) > KEPT:
                self._files.popitem(last=False)[1].unlink()
            return self._files[key]


async def _answer(request: Request) -> Response:
    shelf: _Shelf = request.app.state.shelf
    name: str = request.path_params["name"]
    if name and not shelf.shows(name):
        raise HTTPException(404)
    if not name or name.endswith("/"):
        text = await shelf.folder(name)
        if text is None:
            raise HTTPException(404)
        return HTMLResponse(text, headers=HEADERS)
    path = await shelf.file(name)
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, media_type=layout.content_type(name), headers=HEADERS)


async def _explained(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the form of a handler
    if isinstance(error, HTTPException):
        status, says = error.status_code, "There is nothing here." if error.status_code == 404 else error.detail
    else:
        status, says = 502, "The archive can't be shown now; the terminal says why."
        sys.stderr.write(f"{error}\n")
    return HTMLResponse(page("stillreel", f"<p>{says}</p>"), status_code=status, headers=HEADERS)


def _server(store: Store, *, quarantine: bool, ours: bool = True) -> uvicorn.Server:
    app = make_app(store, quarantine=quarantine, ours=ours)
    return uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))


def _socket(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
        listening.listen()  # whoever reads the address may ask at once
    except (OSError, OverflowError) as error:
        listening.close()
        allowed = f"a free port up to 65535, or 0, which takes one: {error}"
        raise BadInput([Problem(field="--port", got=str(port), allowed=allowed)], what="the address") from error
    return listening


def _address(listening: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"
