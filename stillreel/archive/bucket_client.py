"""The client of Google Cloud Storage: with Google's default credentials, and without any for an emulator."""

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from requests.adapters import HTTPAdapter


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
    client._http.mount("https://", adapter)  # noqa: SLF001 - the documented way to size the pool
    client._http.mount("http://", adapter)  # noqa: SLF001
    return client
