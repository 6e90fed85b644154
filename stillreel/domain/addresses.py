"""Addresses that somebody has only begun: what they lack, so that it can be named."""

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
