"""Inheriting: what a shot of a storyboard comes to, when what it doesn't say is taken from the defaults.

This works on the words as they were written, before anybody knows whether they are right: so a problem can be told
where its word stands, and what nobody said stays unsaid, by which takes are found again.
"""

from collections.abc import Mapping
from typing import Any, get_args

from stillreel.domain.forms import Form
from stillreel.domain.shots import ClipOutput, StillOutput

Words = dict[str, Any]

STAGES = ("still", "motion")
PLAIN = ("take", "size", "results", "safety")
MAKING = {"still": ("prompt", "image"), "motion": ("prompt", "beats")}  # with one of these the defaults name a stage
CLIP_FORMATS, STILL_FORMATS = (
    frozenset(get_args(output.model_fields["format"].annotation)) for output in (ClipOutput, StillOutput)
)


def words_of(form: Form) -> Words:
    """What somebody has said in a form, as a file would say it."""
    return said(form.model_dump(mode="json", exclude_unset=True))


def said(words: Mapping[str, Any]) -> Words:
    """The words without those that say nothing: an empty key, a group without words, a list without items."""
    inner = {key: said(value) if isinstance(value, Mapping) else value for key, value in words.items()}
    return {key: value for key, value in inner.items() if value is not None and value not in ({}, [], ())}


def inherited(shot: Mapping[str, Any], defaults: Mapping[str, Any]) -> Words:
    """The shot with what it doesn't say from the defaults: key by key, and the shot's own word wins.

    It has the stages that it names itself, and those for which the defaults have words or an image.
    """
    own, common = said(shot), said(defaults)
    stages = [stage for stage in STAGES if stage in own or _makes(common, stage)]
    groups = {stage: _joined(own.get(stage, {}), _left(stage, own, common)) for stage in stages}
    output = _joined(own.get("output", {}), _fitting(common.get("output"), "motion" in stages))
    plain = {key: common[key] for key in PLAIN if key in common}
    return {**plain, **own, **groups, **({"output": output} if output else {})}


def _makes(common: Words, stage: str) -> bool:
    group = common.get(stage)
    return isinstance(group, Mapping) and any(key in group for key in MAKING[stage])


def _joined(own: Any, common: Words) -> Any:
    return {**common, **own} if isinstance(own, Mapping) else own


def _left(stage: str, own: Words, common: Words) -> Words:
    """What the defaults say of a stage that doesn't contradict what kind of stage the shot makes of it."""
    group, mine = common.get(stage), own.get(stage, {})
    if not isinstance(group, Mapping):
        return {}
    own_keys = set(mine) if isinstance(mine, Mapping) else set()
    if stage == "still" and "image" in own_keys:
        return {}
    if stage == "still" and "image" in group and "prompt" not in {*own_keys, *group}:
        return {"image": group["image"]}
    dropped = {"image"} if stage == "still" else set()
    dropped |= {"beats"} if "prompt" in own_keys else {"prompt", "duration"} if "beats" in own_keys else set()
    return {key: value for key, value in group.items() if key not in dropped}


def _fitting(output: Any, moves: bool) -> Words:
    """What the defaults say of the file, without a clip's format for a still and a still's for a clip."""
    group = dict(output) if isinstance(output, Mapping) else {}
    if group.get("format") in (STILL_FORMATS if moves else CLIP_FORMATS):
        del group["format"]
    return group
