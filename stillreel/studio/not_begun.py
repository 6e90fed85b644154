"""Whether there is an archive at all, for whoever only looks: an empty answer may come from a wrong address."""

from stillreel.archive.archive import Archive


async def not_begun(archive: Archive) -> list[str]:
    """A line that says that there is none yet, where there is none; it is looked for, and nothing is written."""
    if await archive.has_begun():
        return []
    return [f"there is no archive at {archive.store.uri} yet; the first run begins one"]
