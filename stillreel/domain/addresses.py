"""Addresses as people give them: what they lack, and what of them anybody may read."""

import re


def lacking(address: str) -> str | None:
    """What should follow in an address of a file and doesn't: 'no host follows https://'; None for a whole one.

    A path is whole, and so is an address of a kind that nobody reads: that is told elsewhere.
    """
    scheme, _, rest = address.partition("://")
    first, *others = re.split(r"[/?#]", rest, maxsplit=1)
    match scheme:
        case "http" | "https" if not first.rpartition("@")[2].partition(":")[0]:
            return f"no host follows {scheme}://"
        case "gs" if not first:
            return "no bucket follows gs://"
        case "gs" if not any(others):
            return f"no name follows gs://{first}"
        case "file" if not rest.strip("/"):
            return "no path follows file://"
    return None


def without_secrets(address: str) -> str:
    """An address that may be kept for ever, without all that may be a secret in it.

    Of a URL, user and password, query and fragment are taken out, and what follows a semicolon in its path. Paths and
    addresses in buckets are as they were given: they hold none of these.
    """
    if not address.startswith(("http://", "https://")):
        return address
    scheme, _, rest = address.partition("://")
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    path = re.split("[?#;]", rest[len(host) :], maxsplit=1)[0]
    return f"{scheme}://{host.rpartition('@')[2]}{path}"
