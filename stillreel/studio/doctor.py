"""Proving a set-up before money depends on it: the provider's word on key and balance, the archive's contract."""

import secrets

from stillreel.archive import open_store
from stillreel.archive.doctor import Finding, prove
from stillreel.domain.errors import StillreelError
from stillreel.runware import open_client
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock


async def examine(settings: Settings) -> list[Finding]:
    """One finding for each thing that must work; what can't be tried because of an earlier one says so."""
    return [*await _provider(settings), *await _archive(settings)]


async def _provider(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with open_client(
            settings.runware_url, settings.key, SystemClock(settings.pace), secrets.randbits(64)
        ) as client:
            found.append(Finding(what=f"provider at {settings.runware_url}", good=True, says="the key is accepted"))
            balance = await client.balance()
            says = f"${balance}, against a ceiling of ${settings.max_usd} a run"
            found.append(Finding(what="balance", good=balance > 0, says=says))
    except StillreelError as error:
        return [Finding(what=f"provider at {settings.runware_url}", good=False, says=error.message)]
    return found


async def _archive(settings: Settings) -> list[Finding]:
    try:
        store = open_store(settings.archive_uri)
        try:
            return await prove(store)
        finally:
            await store.aclose()
    except StillreelError as error:
        return [Finding(what=f"archive at {settings.archive}", good=False, says=error.message)]
