"""The client of Google Cloud Storage: with Google's default credentials, and without any for an emulator."""

import os

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from requests import Session
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

GOOGLE = "https://storage.googleapis.com"


def open_client(endpoint: str | None, *, connections: int) -> storage.Client:
    """One client for all threads, with a connection for each."""
    if endpoint is None:
        client = storage.Client(project=None)
    else:
        # Without credentials given, Google's library asks the link-local metadata server.
        options = {"api_endpoint": endpoint.rstrip("/")}
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        client = storage.Client(project=None, credentials=nobody, client_options=options)
    adapter = HTTPAdapter(pool_connections=connections, pool_maxsize=connections)
    session = client._http  # noqa: SLF001 - the documented way to size the pool
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    _look_once(session, endpoint or GOOGLE)
    return client


def _look_once(session: Session, address: str) -> None:
    """Take proxies and certificates from the environment now: looking for each request is a third of its work."""
    session.trust_env = False
    session.proxies = dict(get_environ_proxies(address))
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
