"""Reading shots: from a YAML or JSON file to a shot, with every problem named in the file's own words at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from stillreel.domain.errors import BadInput
from stillreel.domain.names import propose
from stillreel.domain.problems import Problem, untold
from stillreel.domain.shots import GivenStill, ImageToVideoShot, PromptedStill, Shot, TextToImageShot, TextToVideoShot
from stillreel.runware.catalogue import Catalogue
from stillreel.studio.bounds import A_NUMBER, A_WHOLE_NUMBER, bounded
from stillreel.studio.parsing import parsed, shown_key
from stillreel.studio.regular import no_file
from stillreel.studio.resolving import problems_of

LARGEST_FILE = 1 << 20  # bytes; a shot is a page of text
MOST_ERRORS = 200  # of one group of keys; whoever has more reads the first ones
MOST_BEATS = 50  # that are mended one by one; the model that takes most takes six
LONGEST_SHOWN = 80  # characters of a value
M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=TextToImageShot | TextToVideoShot | ImageToVideoShot)

STAND_INS: dict[str, Any] = {
    "project": "project",
    "shot": "shot",
    "prompt": "a prompt",
    "image": "an image",
    "still": {"prompt": "a prompt"},
    "motion": {"prompt": "a prompt"},
}
A_BEAT = {"prompt": "a prompt", "duration": 0}  # no seconds, so that whoever adds up sees that they aren't known

MEANINGS = {
    "missing": "it is required",
    "extra_forbidden": "no such key; leave it out",
    "string_type": "text",
    "int_type": A_WHOLE_NUMBER,
    "int_parsing": A_WHOLE_NUMBER,
    "int_from_float": A_WHOLE_NUMBER,
    "float_type": A_NUMBER,
    "float_parsing": A_NUMBER,
    "bool_type": "yes or no",
    "tuple_type": "a list",
    "model_type": "a group of keys",
    "dict_type": "a group of keys",
    "invalid_key": "keys are text",
}
NAMES = {"project": "project", "shot": "shot", "name": "storyboard"}  # with what they are names of
KNOWN = frozenset(ImageToVideoShot.model_fields)
NOTHING_TO_MAKE = "neither a shot, which has a still, a motion or both, nor a storyboard, which has shots"
EITHER, NEITHER = "either prompt or image, not both", "it needs a prompt or an image"


def read_file(path: Path) -> Any:
    """What a YAML or JSON file says; BadInput for a file that can't be read or parsed."""
    return parsed(text_of(path), str(path))


def text_of(path: Path, largest: int = LARGEST_FILE) -> str:
    """The text of a file of at most so many bytes; BadInput for one that can't be read."""
    try:
        if (what := no_file(path)) is not None:
            raise BadInput([Problem(field=str(path), got=what, allowed="a file to read")])
        if (size := path.stat().st_size) > largest:
            raise too_large(path, size, largest)
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput([Problem(field=str(path), got=error.strerror or "an error", allowed="a file to read")]) from None
    except UnicodeDecodeError as error:
        allowed = (
            "CSV in UTF-8, as spreadsheets save it by that name" if path.suffix == ".csv" else "YAML or JSON in UTF-8"
        )
        byte, line = error.object[error.start], error.object[: error.start].count(b"\n") + 1
        got = f"a byte 0x{byte:02x} that isn't UTF-8 at line {line}"
        raise BadInput([Problem(field=str(path), got=got, allowed=allowed)]) from None


def too_large(path: Path, size: int, largest: int) -> BadInput:
    """That a file is larger than what it should hold."""
    return BadInput([Problem(field=str(path), got=f"{size} bytes", allowed=f"at most {largest >> 20} MiB")])


def kind_of(data: Any) -> type[Shot]:
    """Which kind of shot a file describes, by the stages it names; BadInput for one that says nothing to make."""
    named = data if isinstance(data, Mapping) else {}
    if named and not {"still", "motion"} & set(named) and set(named) <= KNOWN:
        got = ", ".join(map(str, named))
        raise BadInput([Problem(field="file", got=got, allowed=NOTHING_TO_MAKE)])
    if "motion" not in named and "still" in named:
        return TextToImageShot
    return ImageToVideoShot if "still" in named else TextToVideoShot


def shot_of(data: Any, kind: type[S], catalogue: Catalogue, today: date) -> S:
    """The shot that this data means; BadInput with every problem of its shape and of its models' rules at once."""
    shot, problems = looked_at(data, kind, catalogue, today)
    if problems or shot is None:
        raise BadInput(problems, what="the shot")
    return shot


def looked_at(data: Any, kind: type[S], catalogue: Catalogue, today: date) -> tuple[S | None, list[Problem]]:
    """The shot that this data means, as far as it can be read, and every problem of shape and of its models' rules."""
    shot, problems = shaped(_keys(data), kind)
    if shot is None:
        return None, problems
    return shot, [*bounded(problems, shot, catalogue), *untold(problems_of(shot, catalogue, today), problems)]


def words_of(data: Any, kind: type[S]) -> S:
    """The shot that this data means, whatever its models can do; BadInput with every problem of its shape."""
    shot, problems = shaped(_keys(data), kind)
    if problems or shot is None:
        raise BadInput(problems, what="the shot")
    return shot


def _keys(data: Any) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        got = "nothing" if data is None else type(data).__name__
        raise BadInput([Problem(field="shot", got=got, allowed="keys such as project, shot, still and motion")])
    return dict(data)


def shaped(data: dict[str, Any], kind: type[S]) -> tuple[S | None, list[Problem]]:
    """The shot as far as it can be read: what is wrong is named and left out, so that the rest is checked too."""
    problems: list[Problem] = []
    still = data.get("still")
    if kind is ImageToVideoShot and isinstance(still, Mapping):  # as what it is meant, so that nothing is told twice
        meant = GivenStill if "image" in still and "prompt" not in still else PromptedStill
        data = {**data, "still": part_of(meant, dict(still), problems, ("still",)) or STAND_INS["still"]}
        problems = [_of_two_kinds(problem, still) for problem in problems]
    return part_of(kind, data, problems), problems


def _of_two_kinds(problem: Problem, still: Mapping[str, Any]) -> Problem:
    """A problem of a still that can be prompted or given: that it is both, or neither."""
    if problem.field == "still.image" and "prompt" in still and "image" in still:
        return problem.model_copy(update={"allowed": EITHER})
    if problem.field == "still.prompt" and "prompt" not in still:
        return problem.model_copy(update={"allowed": NEITHER})
    return problem


def part_of(kind: type[M], data: dict[str, Any], problems: list[Problem], at: tuple[str, ...] = ()) -> M | None:
    """One group of keys, read a second time without what was wrong in it."""
    told = {problem.field for problem in problems}
    for _ in range(2):
        try:
            return kind.model_validate(data)
        except ValidationError as error:
            for found in error.errors(include_url=False)[:MOST_ERRORS]:
                location = [part for part in found["loc"] if part not in ("PromptedStill", "GivenStill")]
                problem = _problem([*at, *location], found)
                problems += [problem] if problem.field not in told else []
                told.add(problem.field)
                data = _without(data, location, strange=found["type"] == "extra_forbidden")
    return None


def _problem(location: Sequence[Any], found: Mapping[str, Any]) -> Problem:
    field = ".".join(shown_key(part) for part in location)
    if found["type"] == "missing":
        return Problem(field=field, got="nothing", allowed=MEANINGS["missing"])
    got = str(found["input"]) if isinstance(found["input"], Decimal) else repr(found["input"])
    got = got if len(got) < LONGEST_SHOWN else f"{got[: LONGEST_SHOWN - 3]}…"
    return Problem(field=field, got=got, allowed=_allowed(str(location[-1]) if location else "", found))


def _allowed(key: str, found: Mapping[str, Any]) -> str:
    if key in NAMES and isinstance(found["input"], int | float) and not isinstance(found["input"], bool):
        return f"text: try '{propose(str(found['input']), of=NAMES[key])}', in quotes if it is a number"
    message = str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return MEANINGS.get(found["type"], message)


def _without(data: dict[str, Any], location: Sequence[Any], *, strange: bool) -> dict[str, Any]:
    """The data without what is wrong in it; what every shot needs is stood in for, so that the rest can be checked."""
    if not location:
        return data
    key, rest = location[0], location[1:]
    if key == "beats" and (rest or not strange):
        return {**data, key: _beats_without(data.get(key), rest, strange=strange)}
    if rest:
        inner = data.get(key)
        return {**data, key: _without(dict(inner), rest, strange=strange)} if isinstance(inner, Mapping) else data
    rest_of_it = {name: value for name, value in data.items() if name != key}
    return {**rest_of_it, key: STAND_INS[key]} if key in STAND_INS and not strange else rest_of_it


def _beats_without(beats: Any, location: Sequence[Any], *, strange: bool) -> list[Any]:
    """The beats without what is wrong in one of them; how long that one is may stay unknown."""
    if not location or not isinstance(beats, list | tuple) or not location[0] < len(beats) <= MOST_BEATS:
        return [A_BEAT]
    at, rest = location[0], location[1:]
    told = beats[at] if rest and isinstance(beats[at], Mapping) else {}
    return [*beats[:at], {**A_BEAT, **(_without(dict(told), rest, strange=strange) if rest else {})}, *beats[at + 1 :]]
