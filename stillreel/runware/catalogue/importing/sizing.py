"""Modes of a schema, and which sizes each of them knows, as its fields and cross rules say."""

from collections.abc import Mapping, Sequence
from typing import Any

from stillreel.runware.catalogue.entry import Entry, FieldRule, Kind, Pairs, Rule, SizeRule
from stillreel.runware.catalogue.importing.clauses import Clause, clauses_of, implied, plain, same, there

MODES = {"text": "text", "first-frame": "first_frame", "first-last-frames": "first_last_frame"}
MODES |= {"first-last-frame": "first_last_frame"}
GIVEN: Mapping[str, tuple[str, ...]] = {
    "first_frame": ("inputs.frameImages",),
    "first_last_frame": ("inputs.frameImages",),
    "reference": ("inputs.referenceVideos", "inputs.referenceImages"),
}


def modes_of(named: Sequence[str], kind: Kind, fields: Mapping[str, FieldRule]) -> tuple[list[str], list[str]]:
    """The modes that an entry knows, and the vendor's names of the others."""
    found: list[str] = []
    strange: list[str] = []
    for name in named:
        mode = "reference" if name.startswith("reference") and kind == "clip" else MODES.get(name)
        if mode is None or (mode != "text" and kind == "still"):
            strange.append(name)
        elif mode not in found:
            found.append(mode)
    if not found and not strange:
        found = ["text"] if kind == "still" or "inputs.frameImages" not in fields else ["text", "first_frame"]
    return found, strange


def size_rules(
    modes: Sequence[str],
    fields: Mapping[str, FieldRule],
    rules: Sequence[Rule],
) -> dict[str, SizeRule]:
    """The size rule of each mode."""
    clauses = {clause for rule in rules for clause in clauses_of(rule)}
    demands = plain(clauses, same(clauses))
    pairs = next((rule.values for rule in rules if isinstance(rule, Pairs) and rule.fields[0] == "width"), None)
    return {mode: _rule(mode, fields, demands, pairs) for mode in modes}


def carried(ours: Entry, mode: str, rule: SizeRule) -> SizeRule:
    """A schema's rule of a mode with what no JSON Schema says and we knew: the least number of pixels, names of pairs.

    With the least number comes who says so: the whole is no surer than that. Where our entry has names of resolutions
    that it doesn't ask by, because nobody knows which picture they mean, it still doesn't.
    """
    before = ours.sizes.get(mode)
    if before is None or rule.from_image:
        return rule
    if not before.resolutions and size_rules((mode,), ours.fields, ours.rules)[mode].resolutions:
        rule = rule.model_copy(update={"resolutions": ()})
    if rule.pairs is not None:
        named = not rule.resolutions and set(rule.pairs) == set(before.pairs or ())
        return rule.model_copy(update={"resolutions": before.resolutions}) if named else rule
    if before.min_pixels is None or rule.min_pixels is not None:
        return rule
    return rule.model_copy(
        update={
            "min_pixels": before.min_pixels,
            "sure": before.sure,
            "source": before.source or ours.source,
            "seen": before.seen or ours.seen,
        }
    )


def _rule(
    mode: str,
    fields: Mapping[str, FieldRule],
    demands: set[Clause],
    pairs: tuple[tuple[int, int], ...] | None,
) -> SizeRule:
    given = [path for path in GIVEN.get(mode, ()) if path in fields]
    resolution = fields.get("resolution")
    names: tuple[str, ...] = ()
    if resolution is not None and resolution.values and not _refused("resolution", mode, given, demands):
        names = tuple(str(value) for value in resolution.values)
    width = fields.get("width")
    if width is None or (given and _excluded("width", given, demands)):
        return SizeRule(from_image=mode != "text", resolutions=names)
    if pairs is not None:
        return SizeRule(pairs=pairs, resolutions=names)
    if width.min is None and width.max is None and width.step is None:
        return SizeRule(sure="unknown", source="schema.json gives no bound of width and height", resolutions=names)
    return SizeRule(min=_whole(width.min), max=_whole(width.max), step=_whole(width.step) or 1, resolutions=names)


def _excluded(path: str, given: Sequence[str], demands: set[Clause]) -> bool:
    """Whether a field may not be there with one of those that make the mode."""
    for other in given:
        clause = frozenset({~there(_named(path, demands)), ~there(_named(other, demands))})
        if implied(clause, demands):
            return True
    return False


def _refused(path: str, mode: str, given: Sequence[str], demands: set[Clause]) -> bool:
    """Whether a field may not be there in a mode, whose own fields are there and those of other modes aren't."""
    if mode == "text":
        others = {there(_named(other, demands)) for names in GIVEN.values() for other in names}
        return any(
            ~there(path) in clause and (clause - {~there(path)}) and (clause - {~there(path)}) <= others
            for clause in demands
        )
    return _excluded(path, given, demands)


def _named(path: str, demands: set[Clause]) -> str:
    """The name that a field goes by where it comes together with others."""
    for clause in demands:
        for literal in clause:
            if literal.kind == "together" and path in literal.path.split():
                return literal.path.split()[0]
    return path


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def tiers_of(titles: Mapping[tuple[int, int], str]) -> dict[str, list[list[int]]]:
    """Which sizes a schema calls 720p, 1080p and so on."""
    found: dict[str, list[list[int]]] = {}
    for pair, name in titles.items():
        found.setdefault(name, []).append([*pair])
    return found
