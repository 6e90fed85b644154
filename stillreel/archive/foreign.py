"""What people put into buckets themselves, by whatever name, for stillreel to read: never written, never deleted."""

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem

SCHEME = "gs://"


async def read_foreign(uri: str, *, field: str) -> bytes:
    """A small object of any bucket that these credentials may read; BadInput, naming the field, if there is none."""
    from stillreel.archive.gcs import BucketStore  # noqa: PLC0415 - Google's client takes half a second to load

    bucket, _, name = uri.removeprefix(SCHEME).partition("/")
    if not uri.startswith(SCHEME) or not bucket or not name:
        raise BadInput([Problem(field=field, got=repr(uri), allowed="gs://bucket/name")])
    store = BucketStore(bucket)
    try:
        found = await store.read_foreign(name)
    finally:
        await store.aclose()
    if found is None:
        raise BadInput([Problem(field=field, got=repr(uri), allowed="an object that is there")])
    return found[0]
