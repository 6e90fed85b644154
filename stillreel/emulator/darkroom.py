"""Where media are made and kept: drawn or filmed at the first look, the same again after a restart."""

import asyncio
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from PIL import Image

from stillreel.emulator.drawing import drawn, encoded, flat
from stillreel.emulator.filling import fill_up
from stillreel.emulator.filming import film
from stillreel.emulator.memory import Memory
from stillreel.emulator.records import CLIP_FORMATS, Footage, Picture, Result

AT_ONCE = 2  # media made at the same time: they are all CPU


class Darkroom:
    """Files of results and of given images, under one folder."""

    def __init__(self, folder: Path, memory: Memory) -> None:
        self._memory = memory
        self.folder = folder / "media"
        self._given = folder / "images"
        for place in (self.folder, self._given):
            place.mkdir(parents=True, exist_ok=True)
        self._locks: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._benches = asyncio.Semaphore(AT_ONCE)

    async def file(self, result: Result) -> Path:
        """The file of a result, made now if nobody has asked for it before."""
        making = result.making
        path = self.folder / f"{_canned_name(making) if making.canned else result.id}.{making.format.lower()}"
        async with self._locks[path]:
            if not path.exists():
                refs = (making.first, making.last) if isinstance(making, Footage) else ()
                stills = {ref: self._memory.result(ref) for ref in refs if ref is not None}
                async with self._benches:
                    await asyncio.to_thread(self._make, making, path, stills)
        self._locks.pop(path, None)
        return path

    async def keep(self, data: bytes) -> str:
        """Keep a given image's bytes under their sha256, which is returned."""
        return await asyncio.to_thread(self._keep, data)

    def given_file(self, sha256: str) -> Path:
        """The file of a given image."""
        return self._given / sha256

    def _keep(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.given_file(sha256).exists():
            _write(self.given_file(sha256), data)
        return sha256

    def _make(self, making: Picture | Footage, path: Path, stills: Mapping[str, Result | None]) -> None:
        if isinstance(making, Picture):
            _write(path, encoded(making))
            return
        scene = Picture(prompt=making.prompt, seed=making.seed, width=making.width, height=making.height)
        first = flat(scene) if making.canned else drawn(scene) if making.first is None else None
        last = None if making.canned or making.last is None else self._image(making.last, stills)
        draft = path.with_name(f"{path.name}.draft")
        film(making, first or self._image(str(making.first), stills), draft, last)
        if making.length is not None:
            fill_up(draft, making.length)
        draft.replace(path)

    def _image(self, ref: str, stills: Mapping[str, Result | None]) -> Image.Image:
        """A generated still as it was delivered, or a given image."""
        still = stills.get(ref)
        if still is None or not isinstance(still.making, Picture):
            return Image.open(self.given_file(ref))
        return Image.open(io.BytesIO(encoded(still.making)))


def _canned_name(making: Picture | Footage) -> str:
    size = f"canned-{making.width}x{making.height}"
    if isinstance(making, Picture):
        return size
    length = "" if making.length is None else f"-{making.length}b"
    return f"{size}-{making.duration:g}s-{making.fps}fps{'-sound' if making.sound else ''}{length}"


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.name}.{uuid4().hex}.draft")  # the same image may come twice at once
    draft.write_bytes(data)
    draft.replace(path)


def media_type(extension: str) -> str:
    """The Content-Type of a file, by its extension."""
    return {
        "png": "image/png",
        "jpg": "image/jpeg",
        "webp": "image/webp",
        "mp4": "video/mp4",
        "mov": "video/quicktime",
        "webm": "video/webm",
    }[extension]


def is_clip(making: Picture | Footage) -> bool:
    """Whether a result is a clip."""
    return making.format in CLIP_FORMATS
