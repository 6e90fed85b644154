"""Proving a set-up before money depends on it: the provider's word on key and balance, the archive's contract."""

import secrets

from stillreel.archive import open_store
from stillreel.archive.doctor import Finding, prove
from stillreel.domain.errors import StillreelError
from stillreel.domain.money import spelled
from stillreel.domain.shots import CLIP_MODEL, STILL_MODEL
from stillreel.runware import Client, open_client
from stillreel.runware.catalogue import load
from stillreel.settings import Settings
from stillreel.studio.clock import SystemClock


async def examine(settings: Settings) -> list[Finding]:
    """One finding for each thing that must work; what can't be tried because of an earlier one says so."""
    return [*await _provider(settings), *_own_models(settings), *await _archive(settings)]


async def _provider(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with open_client(
            settings.runware_url, settings.key, SystemClock(settings.pace), secrets.randbits(64)
        ) as client:
            found.append(Finding(what=f"provider at {settings.runware_url}", good=True, says="the key is accepted"))
            balance = await client.balance()
            says = f"${spelled(balance)}, against a ceiling of ${spelled(settings.max_usd)} a run"
            found.append(Finding(what="balance", good=balance > 0, says=says))
            found.append(await _models(settings, client))
    except StillreelError as error:
        return [Finding(what=f"provider at {settings.runware_url}", good=False, says=error.message)]
    return found


async def _models(settings: Settings, client: Client) -> Finding:
    """What the list of schemas says of the models that a shot has if it names none; nothing there stops a run."""
    what = f"models at {settings.schemas}"
    if settings.preflight == "offline":
        return Finding(what=what, good=True, says="not looked at before a purchase: STILLREEL_PREFLIGHT=offline")
    seen = await client.look(settings.schemas, [STILL_MODEL, CLIP_MODEL])
    says = "; ".join(f"{air} is {found.how}{f': {found.why}' if found.why else ''}" for air, found in seen.items())
    return Finding(what=what, good=True, says=says)


def _own_models(settings: Settings) -> list[Finding]:
    if settings.models is None:
        return []
    what = f"own models in {settings.models}"
    try:
        own = len(load(settings.models)) - len(load())
    except StillreelError as error:
        return [Finding(what=what, good=False, says=error.message)]
    return [Finding(what=what, good=True, says=f"can be read; {own} more than ours")]


async def _archive(settings: Settings) -> list[Finding]:
    try:
        store = open_store(settings.archive_uri)
        try:
            return await prove(store)
        finally:
            await store.aclose()
    except StillreelError as error:
        return [Finding(what=f"archive at {settings.archive}", good=False, says=error.message)]
