"""A temporary folder for what passes through on its way into the archive or out of it."""

from tempfile import TemporaryDirectory


def passing_folder() -> TemporaryDirectory[str]:
    """A new folder, deleted at the end of the block.

    Threads can't be cancelled: one that nobody waits for any more may still put something there in that moment. It
    stays then until `stillreel.studio.sweeping` finds it, and what ended the block is told, not that.
    """
    return TemporaryDirectory(prefix="stillreel-", ignore_cleanup_errors=True)
