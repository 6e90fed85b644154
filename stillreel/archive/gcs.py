"""An archive in a bucket of Google Cloud Storage.

Every create says `if_generation_match=0`. When the answer to a write is lost, the client writes again and is refused by
our own object; so each write carries a nonce, and a refusal is read back and recognised by it.
Sizes and threads are measured: up to 8 MiB in one request of ours, above in chunks of 8 MiB, eight files at a time.
"""

import io
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.api_core.retry import Retry
from google.auth.credentials import Signing
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY

from stillreel.archive.bucket_client import open_client
from stillreel.archive.bucket_errors import RIGHTS, explained
from stillreel.archive.bucket_objects import FIELDS, NONCE, described, stored
from stillreel.archive.hashing import sums_of, sums_of_file
from stillreel.archive.one_request import post
from stillreel.archive.store import Checksums, Level, Stored
from stillreel.archive.threaded import Doing, Threaded
from stillreel.domain.errors import Corrupted, GenerationMismatch, ObjectExists, StillreelError

THREADS = 32  # each waits some 50 ms for an answer: a shot makes about 50 requests
FILES = 8  # whole files on their way
CHUNK = 8 << 20  # bytes; the client's own 100 MiB takes 322 MB of memory for one upload
PATIENCE = 120.0  # seconds for one call with its repetitions
FIRST_WAIT = 1.0  # seconds before the first repetition; each later wait is twice as long
ONE_ANSWER = (10.0, 60.0)  # seconds to connect, and between two bytes of an answer

# Else the client's first upload starts a thread that asks for the bucket's own metadata, a right that we don't need.
os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")


class BucketStore(Threaded):
    """A store in a bucket; credentials are Google's defaults, and none for an emulator's endpoint."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint: str | None = None,
        patience: float = PATIENCE,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        endpoint = endpoint or os.environ.get("STORAGE_EMULATOR_HOST")
        retry = DEFAULT_RETRY.with_timeout(patience).with_delay(initial=first_wait)
        super().__init__(_Bucket(bucket, prefix, endpoint, retry), threads=THREADS, files=FILES)

    async def read_foreign(self, name: str) -> tuple[bytes, str] | None:
        """An object that somebody else has put there, by whatever name, and its generation; None if there is none."""
        return await self._run("read", self._blocking.read, name)

    async def stat_foreign(self, name: str) -> Stored | None:
        """What the store says of such an object, or None."""
        return await self._run("read", self._blocking.stat, name)


class _Bucket:
    def __init__(self, bucket: str, prefix: str, endpoint: str | None, retry: Retry) -> None:
        self._bucket_name = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._endpoint = endpoint
        self._retry = retry
        self._opening = threading.Lock()
        self._client: storage.Client | None = None
        self._answered = False  # the bucket is known to exist
        self.uri = f"gs://{bucket}/{self._prefix}".rstrip("/")

    def create(self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> Stored:
        try:
            return self._put(name, io.BytesIO(data), sums_of(data), described(content_type, metadata), match=0)
        except PreconditionFailed as refused:
            raise ObjectExists(f"{name} exists already in {self.uri}") from refused

    def create_file(
        self, name: str, path: Path, sums: Checksums, content_type: str, metadata: Mapping[str, str]
    ) -> Stored:
        if sums_of_file(path) != sums:
            raise Corrupted(f"{path.name} isn't the file that was summed: nothing was stored as {name}")
        try:
            with path.open("rb") as file:
                return self._put(name, file, sums, described(content_type, metadata), match=0)
        except PreconditionFailed as refused:
            raise ObjectExists(f"{name} exists already in {self.uri}") from refused

    def replace(self, name: str, data: bytes, generation: str | None, content_type: str) -> Stored:
        told = described(content_type, {}, fresh=True)
        try:
            return self._put(name, io.BytesIO(data), sums_of(data), told, match=int(generation or 0))
        except PreconditionFailed as refused:
            raise GenerationMismatch(f"{name} in {self.uri} isn't at generation {generation} any more") from refused

    def read(self, name: str) -> tuple[bytes, str] | None:
        into = io.BytesIO()
        generation = self._download(name, into)
        return None if generation is None else (into.getvalue(), generation)

    def fetch(self, name: str, path: Path) -> Checksums | None:
        with path.open("wb") as file:
            found = self._download(name, file)
        if found is None:
            path.unlink()
            return None
        return sums_of_file(path)

    def stat(self, name: str) -> Stored | None:
        blob = self._blob(name)
        return None if blob is None else stored(blob, self._prefix)

    def pages(self, prefix: str) -> Iterator[Sequence[Stored]]:
        listing = self._bucket.list_blobs(prefix=self._prefix + prefix, fields=FIELDS, **self._patiently)
        for page in listing.pages:
            self._answered = True
            yield [stored(blob, self._prefix) for blob in page]

    def level(self, prefix: str) -> Level:
        whole = self._prefix + prefix
        listing = self._bucket.list_blobs(prefix=whole, delimiter="/", fields=FIELDS, **self._patiently)
        files = tuple(stored(blob, self._prefix) for blob in listing)
        self._answered = True
        folders = sorted(folder.removeprefix(whole).rstrip("/") for folder in listing.prefixes)
        return Level(folders=tuple(folders), files=files)

    def delete(self, name: str) -> None:
        try:
            self._bucket.blob(self._prefix + name).delete(**self._patiently)
        except NotFound:
            self._missed()

    def signed_url(self, name: str, seconds: int) -> str | None:
        blob = self._bucket.blob(self._prefix + name)
        if not isinstance(blob.client._credentials, Signing):  # noqa: SLF001 - the client shows them nowhere else
            return None
        return str(blob.generate_signed_url(version="v4", expiration=timedelta(seconds=seconds), method="GET"))

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def explained(self, error: Exception, doing: Doing) -> StillreelError:
        return explained(error, right=RIGHTS[doing], uri=self.uri)

    @property
    def _bucket(self) -> storage.Bucket:
        with self._opening:
            self._client = self._client or open_client(self._endpoint, connections=THREADS + FILES)
        return self._client.bucket(self._bucket_name)

    @property
    def _patiently(self) -> dict[str, Any]:
        return {"retry": self._retry, "timeout": ONE_ANSWER}

    def _put(self, name: str, data: BinaryIO, sums: Checksums, told: Mapping[str, Any], *, match: int) -> Stored:
        blob, nonce = self._bucket.blob(self._prefix + name), told["metadata"][NONCE]
        send = self._at_once if sums.size <= CHUNK else self._in_chunks
        try:
            send(blob, data, sums, told, match)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the object may be there
            blob = self._recognised(name, nonce, error)
        if (blob.size, blob.crc32c) != (sums.size, sums.crc32c):
            raise Corrupted(f"{name} was stored with size {blob.size} and crc32c {blob.crc32c}; sent were {sums}")
        self._answered = True
        return stored(blob, self._prefix)

    def _at_once(
        self, blob: storage.Blob, data: BinaryIO, sums: Checksums, told: Mapping[str, Any], match: int
    ) -> None:
        fields = {"name": blob.name, **told}
        base = blob.client._connection.get_api_base_url_for_mtls()  # noqa: SLF001 - as the client's own uploads do
        address = f"{base}/upload/storage/v1{blob.bucket.path}/o"
        how = {"params": {"uploadType": "multipart", "ifGenerationMatch": match}, "timeout": ONE_ANSWER}
        send = self._retry(partial(post, blob.client._http, address, fields, data, sums, **how))  # noqa: SLF001 - likewise
        blob._set_properties(send())  # noqa: SLF001 - likewise

    def _in_chunks(
        self, blob: storage.Blob, data: BinaryIO, sums: Checksums, told: Mapping[str, Any], match: int
    ) -> None:
        blob.chunk_size, blob.metadata = CHUNK, told["metadata"]
        if "cacheControl" in told:
            blob.cache_control = told["cacheControl"]
        blob.upload_from_file(
            data,
            size=sums.size,
            content_type=told["contentType"],
            checksum="crc32c",
            if_generation_match=match,
            **self._patiently,
        )

    def _recognised(self, name: str, nonce: str, error: Exception) -> storage.Blob:
        """The object, if what went wrong was only the answer: it carries our nonce. Else the error."""
        refused = isinstance(error, PreconditionFailed)
        retry = self._retry if refused else None  # a store that was tried for minutes is asked only once more
        try:
            blob = self._bucket.get_blob(self._prefix + name, retry=retry, timeout=ONE_ANSWER)
        except Exception as silence:  # noqa: BLE001 - the first error says more
            raise (silence if refused else error) from error
        if blob is None or (blob.metadata or {}).get(NONCE) != nonce:
            raise error
        return blob

    def _blob(self, name: str) -> storage.Blob | None:
        blob = self._bucket.get_blob(self._prefix + name, **self._patiently)
        if blob is None:
            self._missed()
        self._answered = True
        return blob

    def _missed(self) -> None:
        """Raise if it is the bucket that is missing, and not the object alone."""
        if not self._answered:
            next(self.pages(""), None)

    def _download(self, name: str, into: BinaryIO) -> str | None:
        """An object's bytes, and its generation: both and the checksum are in one answer, and the client compares."""
        try:
            blob = self._retry(partial(self._whole, name, into))()
        except NotFound:
            self._missed()
            return None
        except DataCorruption as error:
            raise Corrupted(f"{name} in {self.uri} arrived damaged: {error}") from error
        if blob.crc32c is None:
            raise Corrupted(f"{name} in {self.uri} came without a checksum, so that nobody knows whether it is whole")
        self._answered = True
        return str(blob.generation)

    def _whole(self, name: str, into: BinaryIO) -> storage.Blob:
        """One try, from the beginning: one that the client takes up again is compared no more, or of two objects."""
        into.seek(0)
        into.truncate()
        blob = self._bucket.blob(self._prefix + name)
        blob.download_to_file(into, checksum="crc32c", retry=None, timeout=ONE_ANSWER)
        return blob
