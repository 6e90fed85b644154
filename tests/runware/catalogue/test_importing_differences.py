"""What a schema changes in an entry that we have: each difference is one line, and nothing else is told."""

import pytest

from tests.runware.catalogue.schema_files import PRO, found, item

KLING = "klingai:kling-video@2.6-pro"
SOUND = "providerSettings.klingai.sound"


@pytest.fixture(scope="module")
def differences(catalogue):
    """What importing 2.6 Pro, with these changes, tells beside the entry that the tests have of it."""

    def told(*changes, ours=None):
        return list(found(PRO, *changes, ours=ours or catalogue.entry(KLING)).differences)

    return told


def fields(document):
    return item(document)["properties"]


def test_the_schema_of_2_6_is_the_entry_that_was_written_by_hand(differences):
    """The entry that a person wrote after the same schema differs in nothing, though its rules are worded otherwise."""
    assert differences() == []


def test_a_default_that_only_we_say_is_told(differences, catalogue):
    """A default that an entry has and the schema hasn't is a difference; a switch that is off by default is none."""
    entry = catalogue.entry(KLING)
    louder = entry.fields[SOUND].model_copy(update={"default": True})
    told = differences(ours=entry.model_copy(update={"fields": {**entry.fields, SOUND: louder}}))
    assert told == [f"~ field {SOUND}: default true -> none"]


NOT_UNDERSTOOD = (
    "+ unknown: allOf[9]: {\"minProperties\": 4} isn't understood (the keyword minProperties), so it isn't checked."
)
ONE = {
    "status": (
        lambda d: d["info"].update({"x-status": "deprecated"}),
        "~ status: live (seen 2026-10-12) -> deprecated",
    ),
    "release": (lambda d: d["info"].update({"x-released-at": "2026-01-01"}), "~ released: 2025-12-11 -> 2026-01-01"),
    "mode": (lambda d: d["info"]["x-modes"].pop(2), "- mode first_last_frame"),
    "type": (lambda d: fields(d)["duration"].update(type="number"), "~ field duration: type integer -> number"),
    "bound": (lambda d: fields(d)["CFGScale"].update(maximum=20), "~ field CFGScale: max 1 -> 20"),
    "step": (lambda d: fields(d)["CFGScale"].pop("multipleOf"), "~ field CFGScale: step 0.01 -> none"),
    "default": (lambda d: fields(d)["duration"].update(default=10), "~ field duration: default 5 -> 10"),
    "values": (
        lambda d: fields(d)["duration"].update(enum=[5, 10, 15]),
        "~ field duration: values [5, 10] -> [5, 10, 15]",
    ),
    "length": (
        lambda d: fields(d)["positivePrompt"].update(maxLength=9),
        "~ field positivePrompt: max_length 2500 -> 9",
    ),
    "required": (lambda d: item(d)["required"].append("duration"), "~ field duration: required false -> true"),
    "gone": (lambda d: fields(d).pop("negativePrompt"), "- field negativePrompt: text from 2 to 2500 characters long"),
    "new": (
        lambda d: fields(d).update(seed={"type": "integer", "minimum": 0, "maximum": 9, "default": 1}),
        "+ field seed: an integer from 0 to 9, default 1",
    ),
    "delivery": (lambda d: fields(d)["ttl"].update(minimum=90), "~ field ttl: min 60 -> 90"),
    "rule gone": (lambda d: item(d)["allOf"].pop(7), "- rule: a sound that is kept needs the video that it is of"),
    "rule new": (
        lambda d: item(d)["allOf"].append({"not": {"required": ["CFGScale", "negativePrompt"]}}),
        "+ rule: with CFGScale, there is no negativePrompt",
    ),
    "rule not understood": (
        lambda d: item(d)["allOf"].append({"minProperties": 4}),
NOT_UNDERSTOOD,
    ),
    "price": (
        lambda d: d["info"]["x-pricing"]["rates"][1].update(amount=0.15, display="$0.15 per second"),
        "~ price: $0.14 a second, with audio -> $0.15 a second, with audio",
    ),
    "price gone": (lambda d: d["info"]["x-pricing"]["rates"].pop(0), "- price: $0.07 a second, without audio"),
    "result": (
        lambda d: d["components"]["schemas"]["ResponseBody"]["properties"]["data"]["items"]["properties"].update(
            audioURL={"type": "string", "format": "uri"}
        ),
        "+ result audioURL: an http or https URL",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change,line", ONE.values(), ids=ONE)
def test_each_change_is_one_line(differences, change, line):
    """A change of one thing is told in one line that names it, before and after."""
    assert differences(change) == [line]


def test_other_pairs_are_told_as_sizes_and_as_a_rule(differences):
    """A list of sizes that changed is told for the mode and as the rule that it is."""

    def change(document):
        item(document)["allOf"][5]["then"]["oneOf"].pop(1)

    assert differences(change) == [
        "~ sizes text: 1080x1920, 1440x1440, 1920x1080 -> 1080x1920, 1920x1080",
        "- rule: the sizes are 1920x1080, 1440x1440 and 1080x1920",
        "+ rule: the sizes are 1920x1080 and 1080x1920",
    ]


def test_the_same_rule_in_other_words_is_no_difference(differences):
    """Rules are compared by what they mean: as implications both ways, or split over several elements."""

    def change(document):
        rules = item(document)["allOf"]
        rules[0] = {"if": {"required": ["width"]}, "then": {"required": ["height"]}}
        rules.append({"dependentRequired": {"height": ["width"]}})
        rules.append({"if": {"not": {"required": ["positivePrompt"]}}, "then": rules.pop(7)["then"]})

    told = differences(change)
    assert told == [
        "- rule: a sound that is kept needs the video that it is of"
    ]  # that one was taken away; the others only moved


def test_a_rule_of_the_past_is_no_difference(catalogue, today):
    """A rule that has ended isn't missed, and one that makes a field required is told of the field."""
    ours = catalogue.entry("klingai:2@1")
    ended = [rule.says for rule in ours.rules if rule.until]
    assert ended
    told = found("klingai-1-6-standard", lambda d: None, ours=ours).differences
    assert not any(line.startswith(("- rule", "+ rule")) for line in told)
    assert not any("positivePrompt" in line for line in told)
