"""Whether a raw body is what a model takes, and a raw row what it answers: every problem at once."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from stillreel.domain.problems import Problem
from stillreel.domain.safety import Check
from stillreel.runware.catalogue.entry import Entry
from stillreel.runware.catalogue.nearest import did_you_mean
from stillreel.runware.catalogue.rules import rule_problems
from stillreel.runware.catalogue.sizing import size_problems
from stillreel.runware.catalogue.values import described, shown, value_problems

INPUTS = "inputs."  # while one of them is missing, nobody knows which size the whole of them means
OUR_OWN = frozenset({"taskType", "taskUUID"})  # the client adds them; a raw request may lack them


def check_body(entry: Entry, body: Mapping[str, Any], today: date, *, complete: bool = True) -> list[Problem]:
    """Everything wrong with a task object for this model, cross rules as they stand today.

    Fields are named by dotted path, such as `inputs.frameImages[0].frame`. With `complete=False` a body without
    `taskUUID` and `taskType` is fine, too. Safety may be asked for in any combination of `safety.checkContent` and
    `safety.mode`; `check_asked` says what a combination means.
    """
    there = dict(present(entry, body))
    problems = list(_unknown(entry, body))
    problems += _missing(entry, there, complete=complete)
    for path, value in there.items():
        problems += value_problems(path, value, entry.fields[path])
    there = {path: value for path, value in there.items() if value is not None}
    problems += rule_problems(entry, there, today)
    told = {problem.field for problem in problems}
    if not any(problem.field.startswith(INPUTS) and problem.got == "nothing" for problem in problems):
        problems += [problem for problem in size_problems(entry, there) if problem.field not in told]
    return _told_once(problems)


def check_response(entry: Entry, row: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with one result row; fields that the entry doesn't know are the provider's liberty."""
    problems = [
        Problem(field=name, got="nothing", allowed=f"required: {described(rule)}")
        for name, rule in entry.response.items()
        if rule.required and name not in row
    ]
    for name, rule in entry.response.items():
        if name in row:
            problems += value_problems(name, row[name], rule)
    return problems


def check_asked(body: Mapping[str, Any]) -> Check:
    """Which safety check a legal body asks for: `mode` wins over `checkContent`, and true alone means fast."""
    safety = body.get("safety", {})
    if "mode" in safety:
        return Check(safety["mode"])
    return Check.FAST if safety.get("checkContent") else Check.NONE


def present(entry: Entry, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a model that are there in a body, by dotted path, each with its value."""
    for path in entry.fields:
        value: Any = body
        for name in path.split("."):
            if not isinstance(value, Mapping) or name not in value:
                break
            value = value[name]
        else:
            yield path, value


def _unknown(entry: Entry, body: Mapping[str, Any], prefix: str = "") -> Iterator[Problem]:
    known = {path[len(prefix) :].partition(".")[0] for path in entry.fields if path.startswith(prefix)}
    for key, value in body.items():
        path = f"{prefix}{key}"
        if key not in known:
            allowed = f"{entry.name} has no such field{did_you_mean(key, known)}"
            yield Problem(field=path, got=shown(value), allowed=allowed)
        elif isinstance(value, Mapping) and any(field.startswith(f"{path}.") for field in entry.fields):
            yield from _unknown(entry, value, f"{path}.")


def _missing(entry: Entry, there: Mapping[str, Any], *, complete: bool) -> Iterator[Problem]:
    for path, rule in entry.fields.items():
        parent = path.rpartition(".")[0]
        due = rule.required and (not parent or parent in there) and (complete or path not in OUR_OWN)
        if due and path not in there:
            yield Problem(field=path, got="nothing", allowed=f"required: {described(rule)}")


def _told_once(problems: list[Problem]) -> list[Problem]:
    """A field that is missing by two rules is missing once."""
    told: set[tuple[str, str]] = set()
    kept = []
    for problem in problems:
        key = (problem.field, problem.got)
        if problem.got != "nothing" or key not in told:
            kept.append(problem)
        told.add(key)
    return kept
