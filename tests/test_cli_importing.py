"""The commands about what is published: how they end, and what they say where nothing can be read."""

import asyncio
from pathlib import Path

import pytest

from stillreel.domain.errors import BadInput
from stillreel.emulator import running_emulator
from stillreel.runware.catalogue import load
from tests import saying
from tests.runware.catalogue.schema_files import changed
from tests.test_cli_models import AIR, STANDARD, Z_AIR, dearer, written


def say(*words: object) -> tuple[int, list[str]]:
    """A command's exit code and the lines that it prints."""
    return saying.say("models", *map(str, words), STILLREEL_PACE="0", COLUMNS="200")


async def test_what_is_only_surer_is_no_difference(tmp_path):
    """The emulator's schemas differ from no entry: exit code 0, and in words what they are surer of; --write has it."""
    async with running_emulator(tmp_path / "emulator") as emulator:
        code, lines = await asyncio.to_thread(say, "refresh", "--base", emulator.base)
        assert (code, len([line for line in lines if "differs" in line])) == (0, 0)
        assert f"{AIR}: same as the entry we have" in lines
        at = lines.index(f"{Z_AIR}: same as the entry we have, but surer")
        assert lines[at + 1].startswith("  = surer: the model's own schema says now what only others said before of ")
        words = ("refresh", Z_AIR, "--base", emulator.base, "--into", tmp_path / "own")
        code, lines = await asyncio.to_thread(say, *words, "--write")
        assert (code, lines[-1].partition(": ")[0]) == (0, "  written")
        assert await asyncio.to_thread(say, *words) == (0, [f"{Z_AIR}: same as the entry we have"])


def test_a_difference_that_is_written_is_no_failure(tmp_path):
    """A schema that differs ends with 1; once it is written, with 0, as the command's own help says."""
    file = written(tmp_path, changed(STANDARD, dearer))
    assert say("import", file)[0] == 1
    code, lines = say("import", file, "--write", "--into", tmp_path / "own")
    assert (code, lines[-1]) == (0, f"written: {tmp_path / 'own' / STANDARD}.yaml")
    assert str(load(tmp_path / "own").entry(AIR).prices[-1].amount) == "0.05"
    for command in ("import", "refresh"):
        assert "unless it is written" in " ".join(say(command, "--help")[1])


def test_a_schema_on_this_machine_is_refused_with_how_it_is_read():
    """An address on loopback that nobody named says which option names it; another host's doesn't."""
    for origin in ("http://127.0.0.1:8123", "https://localhost:9"):
        with pytest.raises(BadInput, match=f"a server on this machine is read with --base {origin}\n"):
            say("import", f"{origin}/docs/models/x/schema.json")
    with pytest.raises(BadInput) as refused:
        say("import", "http://runware.ai/docs/models/x/schema.json")
    assert "--base" not in refused.value.message


def test_a_folder_is_told_to_be_one(tmp_path: Path):
    """A folder in a schema's place isn't called a file that is missing."""
    with pytest.raises(BadInput, match="it is a folder, not a regular file"):
        say("import", tmp_path)
