"""Any change to a body, sensible or not: a value in another's place, a key more, a key less, rubbish."""

import random
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tests.runware.catalogue.bodies_of import Bodies
from tests.runware.catalogue.legal_values import ID, URIS

CHANGES = (1, 1, 1, 2, 3)
RUBBISH: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 5, 10, 720, 1280, 10**20, 0.0, 0.5, 5.0, 0.005, 1e-9, 1e20),
    *("", "x", "first", "last", "URL", "none", "5", "x" * 2501, ID, *URIS, "AAAA", "A", "https://x:99999/", "\ud83d"),
    *([], {}, [[]], [None], [ID], [ID, ID], [ID] * 8, ["first"], [0], [{}], [{"image": ID}], {"image": ID}),
    *([{"image": ID, "frame": "last"}], [{"image": ID, "frame": 0}, {"image": ID, "frame": -1}]),
    *({"klingai": {}}, {"klingai": {"sound": True}}, {"mode": "fast"}, {"frameImages": [ID]}),
    *([{"prompt": "gulls", "duration": 3}], [{"prompt": "gulls"}], {"prompt": "gulls", "duration": 3}),
)


def mutated(bodies: Bodies, body: Mapping[str, Any], die: random.Random) -> dict[str, Any]:
    """A body with one to three arbitrary changes."""
    changed = deepcopy(dict(body))
    for _ in range(die.choice(CHANGES)):
        places = [*_places(changed)]
        place = die.choice(places)
        key = _key(place, die)
        if key is None or die.random() < 0.3:
            _add(bodies, place, die)
        elif die.random() < 0.25:
            del place[key]
        else:
            place[key] = _value(bodies, places, die)
    return changed


def _places(value: Any) -> list[Any]:
    """Every object and list in a body, the body among them."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict | list) else []
    return own + [place for item in inner for place in _places(item)]


def _key(place: Any, die: random.Random) -> Any:
    keys = sorted(place) if isinstance(place, dict) else range(len(place))
    return die.choice(keys) if keys else None


def _add(bodies: Bodies, place: Any, die: random.Random) -> None:
    path = die.choice([*bodies.entry.fields])
    value = deepcopy(bodies.some[path]) if die.random() < 0.7 else deepcopy(die.choice(RUBBISH))
    if isinstance(place, list):
        place.append(value)
    else:
        place[die.choice([path.rpartition(".")[2], path, "frame", "image", "prompt", "duration", "nobody"])] = value


def _value(bodies: Bodies, places: list[Any], die: random.Random) -> Any:
    """Rubbish, something legal elsewhere, or another part of the body."""
    match die.randrange(3):
        case 0:
            return deepcopy(die.choice(RUBBISH))
        case 1:
            return deepcopy(bodies.some[die.choice([*bodies.entry.fields])])
        case _:
            return deepcopy(die.choice(places))
