"""What went wrong with a bucket, as an error of ours that says what to do about it."""

import re

import requests
from google.api_core import exceptions as answers
from google.auth import exceptions as auth

from stillreel.archive.threaded import Doing
from stillreel.domain.errors import (
    MAKE_OR_PUT_BACK,
    ArchiveError,
    ArchiveForbidden,
    ArchiveMissing,
    ArchiveUnavailable,
    BadSettings,
    StillreelError,
)

CREATE = "storage.objects.create"
GET = "storage.objects.get"
LIST = "storage.objects.list"
DELETE = "storage.objects.delete"
REPLACE = f"{CREATE} and {DELETE}"  # writing over an object deletes what was there
RIGHTS: dict[Doing, str] = {"create": CREATE, "replace": REPLACE, "read": GET, "list": LIST, "delete": DELETE}
ROLES = {
    CREATE: "roles/storage.objectCreator",
    GET: "roles/storage.objectViewer",
    LIST: "roles/storage.objectViewer",
    DELETE: "roles/storage.objectUser",
    REPLACE: "roles/storage.objectUser",
}

_RIGHT = re.compile(r"storage\.[a-z]+\.[a-zA-Z]+")
_LONGEST = 300  # characters of Google's own words


def explained(error: Exception, *, right: str, uri: str) -> StillreelError:  # noqa: PLR0911 - a table
    """Our error for one of the client's, raised while using `right` on the object or bucket at `uri`."""
    said = " ".join(str(error).split())[:_LONGEST]
    match error:
        case answers.Forbidden():
            missing = next(iter(_RIGHT.findall(said)), right)
            role = ROLES.get(missing, "roles/storage.objectUser")
            return ArchiveForbidden(f"no right to {missing} on {uri}; grant it, for example with {role} ({said})")
        case answers.Unauthorized() | auth.InvalidOperation():
            return ArchiveForbidden(
                f"Google Cloud doesn't accept the credentials for {uri}; {right} needs valid ones ({said})"
            )
        case auth.DefaultCredentialsError():
            return BadSettings(
                "no Google Cloud credentials were found: run `gcloud auth application-default login`, "
                f"or set GOOGLE_APPLICATION_CREDENTIALS, for {uri}"
            )
        case auth.TransportError() | auth.RefreshError():
            return ArchiveUnavailable(f"the credentials for {uri} couldn't be refreshed: {said}")
        case answers.NotFound():
            return ArchiveMissing(f"there is no bucket for {uri} ({said}); {MAKE_OR_PUT_BACK}")
        case answers.RetryError():
            return ArchiveUnavailable(f"{uri} didn't answer usably for as long as we may try: {error.cause or said}")
        case answers.TooManyRequests() | answers.ServerError() | requests.RequestException() | OSError():
            return ArchiveUnavailable(f"{uri} didn't answer usably for as long as we may try: {said}")
        case _:
            return ArchiveError(f"{uri}: {type(error).__name__}: {said}")
