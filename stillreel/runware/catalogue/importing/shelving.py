"""Putting an imported entry into a folder of one's own models, where it wins over ours of the same name."""

from contextlib import suppress
from pathlib import Path

from stillreel.domain.errors import BadInput, BadSettings
from stillreel.domain.problems import Problem
from stillreel.runware.catalogue.importing import Imported
from stillreel.runware.catalogue.loading import files_in, read


def shelve(found: Imported, folder: Path | None) -> Path:
    """Write the entry into the folder, over the file that holds the model already if there is one; the file's path.

    A folder that isn't there is made. Raises BadSettings without one or where it can't be written to, and BadInput for
    an entry that nobody could buy by; then nothing is written.
    """
    if folder is None:
        where = "none is named: say --into DIR, or set STILLREEL_MODELS"
        raise BadSettings(f"an entry is written into a folder of your own models, and {where}")
    if found.lacks:
        problems = [Problem(field=found.entry.air, got="an incomplete entry", allowed=lack) for lack in found.lacks]
        raise BadInput(problems, what="the entry, which isn't written,")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(f"no folder of models can be made at {folder}: {error.strerror}") from error
    file = _file_of(found, folder)
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(found.text, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise BadSettings(f"{file} can't be written, and nothing is changed: {error.strerror}") from error
    finally:
        with suppress(OSError):  # where the folder can't be written there is none, and that is told already
            beside.unlink(missing_ok=True)
    return file


def _file_of(found: Imported, folder: Path) -> Path:
    """The file that the model has, or gets."""
    held = {file: read(file).air for file in files_in(folder)}
    file = next((file for file, air in held.items() if air == found.entry.air), folder / f"{found.entry.slug}.yaml")
    if held.get(file, found.entry.air) != found.entry.air:
        raise BadSettings(f"{file} is the entry of {held[file]}, so that of {found.entry.air} isn't written there")
    return file
