"""What people put into buckets themselves, by whatever name, for stillreel to read: never written, never deleted."""

import re

from stillreel.archive.store import Stored
from stillreel.domain.addresses import lacking
from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem

SCHEME = "gs://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")  # docs.cloud.google.com/storage/docs/buckets, naming


async def read_foreign(uri: str, *, field: str, at_most: int) -> bytes:
    """An object of any bucket that these credentials may read; BadInput if there is none, or none so small.

    `field` names it in what a person reads; `at_most` is in bytes, and what is larger isn't fetched.
    """
    from stillreel.archive.gcs import BucketStore  # noqa: PLC0415 - Google's client takes half a second to load

    bucket, _, name = uri.removeprefix(SCHEME).partition("/")
    if not uri.startswith(SCHEME) or not _BUCKET.fullmatch(bucket) or not name:
        lack = lacking(uri) if uri.startswith(SCHEME) else None
        allowed = f"gs://bucket/name{f': {lack}' if lack else ''}"
        raise BadInput([Problem(field=field, got=repr(uri), allowed=allowed)])
    store = BucketStore(bucket)
    try:
        check_size(await store.stat_foreign(name), uri, field=field, at_most=at_most)
        found = await store.read_foreign(name)
    finally:
        await store.aclose()
    if found is None:
        raise BadInput([Problem(field=field, got=repr(uri), allowed="an object that is there")])
    return found[0]


def check_size(stored: Stored | None, uri: str, *, field: str, at_most: int) -> None:
    """BadInput for an object of more bytes than that."""
    if stored is not None and stored.size > at_most:
        got = f"{uri} of {stored.size:,} bytes"
        most = f"{at_most:,} bytes" if at_most % (1 << 20) else f"{at_most >> 20} MiB"
        raise BadInput([Problem(field=field, got=got, allowed=f"at most {most}")])
