"""Which JSON Schema becomes which cross rule, and that what becomes none is told."""

import pytest

from tests.runware.catalogue.schema_files import PRO, found, item

WIDTH, HEIGHT, PROMPT = "width", "height", "positivePrompt"
FRAMES, VIDEOS, SOUND = "inputs.frameImages", "inputs.referenceVideos", "providerSettings.klingai.sound"
ORIENTATION = "providerSettings.klingai.characterOrientation"


def req(*names):
    return {"required": list(names)}


def inp(*names):
    return {"properties": {"inputs": req(*names)}, "required": ["inputs"]}


def kling(*names):
    return {
        "properties": {"providerSettings": {"properties": {"klingai": req(*names)}}},
        "required": ["providerSettings"],
    }


def pair(width, height):
    return {"properties": {"width": {"const": width}, "height": {"const": height}}}


def inp_any(*names):
    return {"properties": {"inputs": {"anyOf": [req(name) for name in names]}}, "required": ["inputs"]}


def value(name, schema):
    return {"properties": {name: schema}, "required": [name]}


def no(*names):
    return {"not": {"anyOf": [req(name) for name in names]}}


def rules_of(*elements):
    """The rules that these elements of allOf make, without sentences; and what isn't understood of them."""

    def only(document):
        item(document)["allOf"] = list(elements)
        del item(document)["properties"]["inputs"]["properties"]["frameImages"]["contains"]

    result = found(PRO, only)
    own = [rule for rule in result.entry.rules if rule.says.startswith(("ttl", "at least")) is False]
    dumps = [rule.model_dump(exclude_defaults=True, exclude={"says", "kind"}) | {"kind": rule.kind} for rule in own]
    return dumps, list(result.notes)


def needed(*fields, **when):
    return {"kind": "needed", "fields": fields, "when": when}


def forbidden(*fields, **when):
    return {"kind": "forbidden", "fields": fields, "when": when}


SHAPES = {
    "dependentRequired both ways": (
        {"dependentRequired": {"width": ["height"], "height": ["width"]}},
        [{"kind": "together", "fields": (WIDTH, HEIGHT)}],
    ),
    "dependentRequired one way": (
        {"dependentRequired": {"negativePrompt": ["CFGScale"]}},
        [needed("CFGScale", any_present=("negativePrompt",))],
    ),
    "dependentSchemas": (
        {"dependentSchemas": {"negativePrompt": {"not": req("duration")}}},
        [forbidden("duration", any_present=("negativePrompt",))],
    ),
    "if, then not, else": (
        {"if": inp("frameImages"), "then": no("width", "height"), "else": req("width", "height")},
        [
            forbidden(WIDTH, HEIGHT, any_present=(FRAMES,)),
            needed(WIDTH, HEIGHT, none_present=(FRAMES,)),
        ],
    ),
    "if any, then not": (
        {"if": inp_any("frameImages", "referenceVideos"), "then": {"not": req("duration")}},
        [forbidden("duration", any_present=(FRAMES, VIDEOS))],
    ),
    "if not, then": (
        {"if": {"not": inp("referenceVideos")}, "then": req(PROMPT)},
        [needed(PROMPT, none_present=(VIDEOS,))],
    ),
    "not allOf": (
        {"not": {"allOf": [inp("frameImages"), inp("referenceVideos")]}},
        [forbidden(VIDEOS, any_present=(FRAMES,))],
    ),
    "not required together": ({"not": req("duration", "CFGScale")}, [forbidden("CFGScale", any_present=("duration",))]),
    "a property that is false": (
        {"if": inp("frameImages"), "then": {"properties": {"width": False}}},
        [forbidden(WIDTH, any_present=(FRAMES,))],
    ),
    "as many items as there may be": (
        {
            "if": {
                "properties": {"inputs": {"properties": {"frameImages": {"minItems": 2}}, "required": ["frameImages"]}},
                "required": ["inputs"],
            },
            "then": {"not": kling("sound")},
        },
        [forbidden(SOUND, items={FRAMES: 2})],
    ),
    "fewer items than there may be": (
        {"if": kling("sound"), "then": {"properties": {"inputs": {"properties": {"frameImages": {"maxItems": 1}}}}}},
        [forbidden(SOUND, items={FRAMES: 2})],
    ),
    "a switch that is on": (
        {
            "if": value("providerSettings", {"properties": {"klingai": value("sound", {"const": True})}}),
            "then": {"not": req("CFGScale")},
        },
        [forbidden("CFGScale", differs={SOUND: False})],
    ),
    "another value than this": (
        {"if": value("outputFormat", {"not": {"const": "MP4"}}), "then": {"not": req("ttl")}},
        [forbidden("ttl", differs={"outputFormat": "MP4"})],
    ),
    "each brings all": (
        {
            "if": {"anyOf": [inp("referenceImages"), inp("referenceVideos"), kling("characterOrientation")]},
            "then": {**inp("referenceImages", "referenceVideos"), "allOf": [kling("characterOrientation")]},
        },
        [{"kind": "together", "fields": ("inputs.referenceImages", VIDEOS, ORIENTATION)}],
    ),
    "one of two": ({"anyOf": [req(PROMPT), inp("referenceVideos")]}, [needed(PROMPT, none_present=(VIDEOS,))]),
    "exactly one of two": (
        {"oneOf": [req(PROMPT), inp("referenceVideos")]},
        [{"kind": "exactly_one", "groups": ((VIDEOS,), (PROMPT,))}],
    ),
    "pairs after either side": (
        {"if": {"anyOf": [req("width"), req("height")]}, "then": {"oneOf": [pair(1280, 720), pair(720, 720)]}},
        [{"kind": "pairs", "fields": (WIDTH, HEIGHT), "values": ((1280, 720), (720, 720))}],
    ),
    "pairs alone, one side with a choice": (
        {"anyOf": [{"properties": {"height": {"const": 720}, "width": {"enum": [1280, 720]}}}]},
        [{"kind": "pairs", "fields": (WIDTH, HEIGHT), "values": ((1280, 720), (720, 720))}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape,rules", SHAPES.values(), ids=SHAPES)
def test_a_shape_becomes_its_rule(shape, rules):
    """Each JSON Schema that the vendor writes, or might, becomes the rule that means the same."""
    assert rules_of(shape) == (rules, [])


def test_exactly_one_of_a_frame_and_a_size_is_known_by_the_size_being_whole():
    """A branch of two fields is a group where another rule keeps them together."""
    together = {"dependentRequired": {"width": ["height"], "height": ["width"]}}
    rules, notes = rules_of(together, {"oneOf": [inp("frameImages"), req("width", "height")]})
    assert rules[1] == {"kind": "exactly_one", "groups": ((FRAMES,), (WIDTH, HEIGHT))}
    assert notes == []


STRANGE = {
    "a bound in the condition": {"if": value("duration", {"minimum": 10}), "then": req("CFGScale")},
    "one of several values": {"if": value("outputFormat", {"const": "MP4"}), "then": req("ttl")},
    "a bound as the consequence": {"if": req("CFGScale"), "then": {"properties": {"ttl": {"maximum": 90}}}},
    "three that exclude each other": {"not": req("width", "CFGScale", "duration")},
    "a keyword nobody knows": {"propertyNames": {"maxLength": 30}},
    "what nothing meets": {"not": {}},
}  # fmt: skip


@pytest.mark.parametrize("shape", STRANGE.values(), ids=STRANGE)
def test_what_is_not_understood_is_told_with_its_place(shape):
    """A rule of another shape makes no rule, and stands in the entry as text with its JSON path."""
    rules, notes = rules_of({"dependentRequired": {"width": ["height"]}}, shape)
    assert rules == [needed(HEIGHT, any_present=(WIDTH,))]
    assert [note.partition(":")[0] for note in notes] == ["allOf[1]"]


def test_a_rule_about_a_field_that_is_left_out_says_so():
    """With a field that no entry can hold, the rest of a rule still holds, and the field is named."""
    assert "allOf[11]: it also speaks of elements, which isn't in this entry." in found("klingai-video-9-odd").notes


def test_rules_of_an_object_hold_where_the_object_is():
    """Cross rules inside of an object become rules on its fields, by their whole paths."""
    says = {rule.says for rule in found("bfl-flux-1-dev").entry.rules}
    assert "with outpaint and without outpaint.top, outpaint.bottom and outpaint.left, outpaint.right is needed" in says
    first, other = "acceleratorOptions.cacheStartStep", "acceleratorOptions.cacheStartStepPercentage"
    assert f"with {first}, there is no {other}" in says
