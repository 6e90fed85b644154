"""The schemas of the tests, and variations of them."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

from stillreel.runware.catalogue import Entry
from stillreel.runware.catalogue.importing import Imported, Schema, imported, read_schema
from tests.runware.catalogue.schema_bodies import SCHEMAS

DAY = date(2026, 12, 1)
PRO = "klingai-video-2-6-pro"
NAMES = sorted(file.stem for file in SCHEMAS.glob("*.json"))

Change = Callable[[dict[str, Any]], Any]


def content(name: str) -> dict[str, Any]:
    return dict(json.loads((SCHEMAS / f"{name}.json").read_text()))


def item(document: dict[str, Any]) -> Any:
    """The JSON Schema of one task in a document."""
    return document["components"]["schemas"]["RequestBody"]["items"]


def changed(name: str, *changes: Change) -> bytes:
    """A schema with something else in it."""
    document = deepcopy(content(name))
    for change in changes:
        change(document)
    return json.dumps(document).encode()


def schema(name: str, *changes: Change) -> Schema:
    return read_schema(changed(name, *changes), name)


def found(name: str, *changes: Change, ours: Entry | None = None) -> Imported:
    return imported(schema(name, *changes), DAY, ours)
