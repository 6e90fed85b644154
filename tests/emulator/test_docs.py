"""The page about the emulator says what its switches are: no more, no less."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stillreel.emulator.scope import Scope
from stillreel.emulator.switches import Switches

PAGE = Path(__file__).parents[2] / "docs" / "emulator.md"
ROW = re.compile(r"^\| `([\w.]+)` \|[^|]*\|[^|]*\|[^|]*\|$", re.MULTILINE)  # the switches' tables have four columns
RECIPE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def rows(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, str]]:
    """The table's row of each switch, and of each key of a switch that is a group."""
    told = Switches().model_dump(mode="json")
    for name, field in model.model_fields.items():
        if model is not Scope and issubclass(model, Scope) and name in Scope.model_fields:
            continue  # every fault has these; they have a table of their own
        group = group_of(field)
        default = told[name] if model is Switches else plain(field)
        shown = "" if group is not None or field.is_required() else f"`{json.dumps(default)}`"
        yield f"{above}{name}", f"| `{above}{name}` | {shown} | {choices(field)} | {field.description} |"
        if group is not None and group is not Scope:
            yield from rows(group, f"{above}{name}.")


def choices(field: FieldInfo) -> str:
    """The values of a switch that has only so many."""
    found = [get_args(part) for part in parts(field.annotation) if get_origin(part) is Literal]
    return ", ".join(f"`{json.dumps(value)}`" for value in found[0]) if found else ""


def group_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model behind a switch that has keys of its own."""
    found = [part for part in parts(field.annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    return found[0] if found else None


def parts(annotation: Any) -> Iterator[Any]:
    """All types that an annotation is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


def plain(field: FieldInfo) -> Any:
    """A default as JSON."""
    value = field.get_default(call_default_factory=True)
    return list(value) if isinstance(value, tuple) else value


def test_the_page_lists_every_switch_with_its_default() -> None:
    """Each switch, its default and its meaning stand in the page's tables, and nothing else does."""
    text = PAGE.read_text(encoding="utf-8")
    wanted = dict([*rows(Switches), *rows(Scope, "scope.")])
    assert set(ROW.findall(text)) == set(wanted)
    assert [row for row in wanted.values() if row not in text] == []


def test_the_pages_recipes_are_switches() -> None:
    """Each recipe of the page is a file that the emulator would start with."""
    recipes = RECIPE.findall(PAGE.read_text(encoding="utf-8"))
    assert recipes
    for recipe in recipes:
        Switches.model_validate(yaml.safe_load(recipe))


def test_every_switch_is_shown_to_work() -> None:
    """No switch is without a test that sets it."""
    tests = "\n".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in Switches.model_fields if not re.search(rf"\b{name}\b\"?[=:]", tests)] == []
