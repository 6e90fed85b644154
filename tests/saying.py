"""The command line within the tests' process, as a person types it."""

from typer.testing import CliRunner

from stillreel.cli import app

NOTHING = {"STILLREEL_ARCHIVE": None, "RUNWARE_API_KEY": None, "STILLREEL_MAX_USD": None}


def say(*words: str, **env: str) -> tuple[int, list[str]]:
    """A command in a world without an account; its exit code and its lines. What isn't an exit is raised."""
    ended = CliRunner().invoke(app, words, env={**NOTHING, **env})
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.stdout.splitlines()


def cells(line: str) -> list[str]:
    """What stands in the columns of a line of a table."""
    return [part.strip() for part in line.split("  ") if part.strip()]
