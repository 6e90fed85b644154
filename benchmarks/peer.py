"""The same work by a script on the vendor's client and google-cloud-storage, as its users would write it at its best.

It knows nothing of ours. Stills are asked for with `sync`: the answer holds them, so there is nothing to poll. The
still's upload goes on beside the clip's purchase. One aiohttp session serves the client and the downloads, with as many
connections as there are shots; uploads run in threads on one client, whose pool has a connection for each.
What else was tried is in the README beside this file.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from requests.adapters import HTTPAdapter
from runware import Runware
from runware.types.sdk import RuntimeDependencies

THREADS = 8
PIECE = 1 << 20  # bytes
RETRIES = 200  # of a request that the service is too busy for: nobody wants to lose a shot to that


class Peer:
    """Makes shots and keeps what they come to."""

    def __init__(self, client: Runware, http: aiohttp.ClientSession, bucket: storage.Bucket, at_once: int) -> None:
        self.client = client
        self.http = http
        self.bucket = bucket
        self.room = asyncio.Semaphore(at_once)
        self.lines = asyncio.Semaphore(THREADS)
        self.threads = ThreadPoolExecutor(THREADS)

    async def chain(self, shot: dict[str, str]) -> None:
        """A still, a clip from it, and both in the bucket with what they were made from."""
        async with self.room:
            still = await self.image(shot)
            keeping = asyncio.create_task(self.keep(still["imageURL"], f"{shot['name']}.png", "image/png", still, shot))
            try:
                clip = await self.video(shot, still["imageUUID"])
                await self.keep(clip["videoURL"], f"{shot['name']}.mp4", "video/mp4", clip, shot)
            finally:
                await keeping

    async def image(self, shot: dict[str, str]) -> dict[str, Any]:
        """The still's row."""
        task = {
            "taskType": "imageInference",
            "model": "runware:z-image@turbo",
            "positivePrompt": shot["still"],
            "width": 1280,
            "height": 720,
            "outputFormat": "PNG",
            "includeCost": True,
            "deliveryMethod": "sync",
        }
        return dict((await self.client.run(task))[0])

    async def video(self, shot: dict[str, str], image: str) -> dict[str, Any]:
        """The clip's row."""
        task = {
            "taskType": "videoInference",
            "model": "klingai:3@1",
            "positivePrompt": shot["motion"],
            "inputs": {"frameImages": [{"image": image, "frame": "first"}]},
            "width": 1280,
            "height": 720,
            "duration": 5,
            "outputFormat": "MP4",
            "includeCost": True,
        }
        return dict((await self.client.run(task))[0])

    async def keep(self, url: str, name: str, kind: str, row: dict[str, Any], shot: dict[str, str]) -> None:
        """Download and upload one file."""
        blob = self.bucket.blob(f"peer/{name}")
        known = {**shot, **{key: row[key] for key in ("taskUUID", "seed", "cost")}}
        blob.metadata = {key: str(value) for key, value in known.items()}
        async with self.lines:
            with tempfile.NamedTemporaryFile() as file:
                async with self.http.get(url) as answer:
                    answer.raise_for_status()
                    async for piece in answer.content.iter_chunked(PIECE):
                        file.write(piece)
                file.flush()
                await asyncio.get_running_loop().run_in_executor(self.threads, self.upload, blob, file.name, kind)

    @staticmethod
    def upload(blob: storage.Blob, path: str, kind: str) -> None:
        """The blocking part."""
        blob.upload_from_filename(path, content_type=kind, if_generation_match=0)


def bucket_at(endpoint: str, name: str) -> storage.Bucket:
    """A bucket on a server that asks nobody who they are, with a connection for each thread."""
    options = {"api_endpoint": endpoint}
    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
    client = storage.Client(project="benchmarks", credentials=nobody, client_options=options)
    client._http.mount("http://", HTTPAdapter(pool_connections=THREADS, pool_maxsize=THREADS))  # noqa: SLF001 - as Google's documentation does it
    return client.bucket(name)


async def make(shots: list[dict[str, str]], url: str, bucket: storage.Bucket, at_once: int) -> list[str]:
    """Make all shots; the names of those that were lost, with what went wrong."""
    connector = aiohttp.TCPConnector(limit=2 * at_once + THREADS)
    async with aiohttp.ClientSession(connector=connector) as http:
        client = Runware(
            api_key="a-key-of-nobody",
            transport="rest",
            http_base_url=url,
            max_retries=RETRIES,
            retry_strategy="linear",
            dependencies=RuntimeDependencies(session=http),
        )
        async with client:
            peer = Peer(client, http, bucket, at_once)
            ends = await asyncio.gather(*(peer.chain(shot) for shot in shots), return_exceptions=True)
    found = zip(shots, ends, strict=True)
    return [f"{shot['name']}: {end!r}" for shot, end in found if isinstance(end, BaseException)]


def main() -> int:
    """Make the shots of a file; the last line says what came of it."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("shots", type=Path, help="a JSON list of shots")
    parser.add_argument("--url", required=True, help="the service")
    parser.add_argument("--gcs", required=True, help="the bucket's server")
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--at-once", type=int, required=True, help="shots at the same time")
    asked = parser.parse_args()
    shots, began = json.loads(asked.shots.read_text()), time.monotonic()
    lost = asyncio.run(make(shots, asked.url, bucket_at(asked.gcs, asked.bucket), asked.at_once))
    line = {"shots": len(shots), "lost": lost, "seconds": time.monotonic() - began}
    sys.stdout.write(f"{json.dumps(line)}\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
