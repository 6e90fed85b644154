"""Files that are no schema of the vendor's, or were made to hurt: each is refused with what is wrong with it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillreel.domain.errors import BadInput
from stillreel.runware.catalogue.importing import LARGEST, read_schema
from tests.runware.catalogue.schema_files import PRO, changed, content, found, item


def refs(document, **schemas):
    document["components"]["schemas"].update(schemas)
    item(document)["properties"]["width"] = {"$ref": "#/components/schemas/A"}


def bomb(document):
    """References that double at each step: two to the power of forty of them."""
    steps = {
        f"S{n}": {"oneOf": [{"$ref": f"#/components/schemas/S{n + 1}"}, {"$ref": f"#/components/schemas/S{n + 1}"}]}
        for n in range(40)
    }
    refs(document, A={"$ref": "#/components/schemas/S0"}, S40={"type": "integer"}, **steps)


NO_SCHEMA = {
    "nothing": (b"", "no JSON"),
    "words": (b"just words", "no JSON"),
    "half a file": (changed(PRO)[:5000], "no JSON"),
    "a page": (b"\n <!doctype html><html></html>", "a page of HTML or XML.*schema.json"),
    "not UTF-8": (b'{"info": "\xff"}', "no JSON"),
    "a list": (b"[]", "list; an object"),
    "a number that is none": (b'{"info": NaN}', "NaN is no number"),
    "a number without end": (b'{"info": Infinity}', "Infinity is no number"),
    "a number of a million digits": (
        b'{"info": 1' + b"0" * 999_999 + b"}",
        "a number without reason, of 1000000 digits; numbers of at most 30 digits",
    ),
    "a negative one of 4301 digits": (b'{"info": -1' + b"0" * 4300 + b"}", "without reason, of 4301 digits"),
    "an exponent without reason": (b'{"info": 1e999999999}', "a number without reason"),
    "lists in lists": (b"[" * 100_000, "lists in lists without end"),
    "objects in objects": (b'{"a":' * 200 + b"1" + b"}" * 200, "objects in objects without end"),
    "a large file": (b" " * (LARGEST + 1), "bytes; at most"),
    "another vendor's": (
        json.dumps({"openapi": "3.0.4", "info": {"title": "Queue OpenAPI", "x-fal-metadata": {}}}).encode(),
        "info.x-air-id: got nothing; .*another vendor's",
    ),
    "no info": (b"{}", "another vendor's"),
}


@pytest.mark.parametrize("data,told", NO_SCHEMA.values(), ids=NO_SCHEMA)
def test_what_is_no_schema_is_named(data, told):
    """A file that is no schema, or only meant to hurt, is refused at once with what it is instead."""
    with pytest.raises(BadInput, match=f"(?s)^some.json has .*{told}"):
        read_schema(data, "some.json")


INCOMPLETE = {
    "no AIR": (lambda d: d["info"].pop("x-air-id"), "info.x-air-id: got nothing"),
    "no slug": (lambda d: d["info"].pop("x-model-id"), "info.x-model-id: got nothing"),
    "a slug that is a path": (lambda d: d["info"].update({"x-model-id": "../../x"}), r"x-model-id: got '\.\./"),
    "an AIR that is none": (lambda d: d["info"].update({"x-air-id": "a\nb: c"}), "info.x-air-id: got"),
    "a title that speaks to terminals": (
        lambda d: d["info"].update({"title": "Kling \x1b[31m 9"}),
        r"info.title: got 'Kling \\x1b\[31m 9'; a name without control characters",
    ),
    "a title that runs backwards": (
        lambda d: d["info"].update({"title": "Kling \u202e9"}),
        r"title: got 'Kling \\u202e9'",
    ),
    "no status": (lambda d: d["info"].pop("x-status"), "info.x-status: got nothing; one of live"),
    "a status nobody knows": (lambda d: d["info"].update({"x-status": "beta"}), "info.x-status: got 'beta'"),
    "no body": (lambda d: d["components"]["schemas"].pop("RequestBody"), r"items\.properties: got nothing"),
    "no fields": (lambda d: item(d).pop("properties"), r"items\.properties: got nothing"),
    "fields that are a text": (lambda d: item(d).update(properties="x"), r"items\.properties: got 'x'; the fields"),
    "another task": (
        lambda d: item(d)["properties"]["taskType"].update(const="audioInference"),
        "taskType: got 'audioInference'",
    ),
    "no task": (lambda d: item(d)["properties"].pop("taskType"), "taskType: got nothing"),
    "a circle": (
        lambda d: refs(d, A={"$ref": "#/components/schemas/B"}, B={"$ref": "#/components/schemas/A"}),
        "which leads to itself",
    ),
    "a circle through a field": (
        lambda d: refs(d, A={"properties": {"b": {"$ref": "#/components/schemas/A"}}}),
        "which leads to itself",
    ),
    "a reference to nothing": (refs, "something that is in the file"),
    "a reference elsewhere": (
        lambda d: item(d)["properties"].update(width={"$ref": "https://example.com/x.json"}),
        "references into the file itself",
    ),
    "references without end": (bomb, "references that grow without end"),
    "a rule that is none": (lambda d: item(d)["allOf"].append("width"), r"allOf\[9\]: got width; a JSON Schema"),
    "names that are none": (lambda d: item(d).update(required=7), r"items\.required: got 7; a list of names"),
    "a field that is none": (lambda d: item(d)["properties"].update(mood=[]), r"properties\.mood: got \[\]; a JSON"),
    "a bound that is none": (lambda d: item(d)["properties"]["width"].update(maximum="x"), "maximum: got x; a number"),
}  # fmt: skip


@pytest.mark.parametrize("change,told", INCOMPLETE.values(), ids=INCOMPLETE)
def test_a_schema_with_parts_missing_is_told_which(change, told):
    """A schema of theirs that lacks what an entry is made from, or leads nowhere, says where."""
    with pytest.raises(BadInput, match=told):
        read_schema(changed(PRO, change), "some.json")


def test_all_that_is_missing_is_told_at_once():
    """Several missing parts are one error."""
    with pytest.raises(BadInput) as refused:
        read_schema(
            changed(PRO, lambda d: d["info"].update({"x-status": 1}), lambda d: item(d).pop("properties")), "it"
        )
    assert [problem.field.rpartition(".")[2] for problem in refused.value.problems] == ["x-status", "properties"]


def outcome(name, *changes):
    """What an import comes to: an entry's AIR, or the named problems; anything else is ours to mend."""
    try:
        return found(name, *changes).entry.air
    except BadInput as error:
        return [problem.field for problem in error.problems]


ODD = {
    "fields that are no schemas": lambda d: item(d)["properties"].update(seed=True, mood={}),
    "a name that is none": lambda d: item(d)["properties"].update({"a b: c": {"type": "string"}, "": {}}),
    "a choice of two kinds": lambda d: item(d)["properties"]["duration"].update(enum=[5, "auto"]),
    "a choice of objects": lambda d: item(d)["properties"]["duration"].update(enum=[{}]),
    "a list of nothing": lambda d: item(d)["properties"].update(lora={"type": "array"}),
    "prices that are none": lambda d: d["info"].update({"x-pricing": {"rates": [7, None, []], "measured": "x"}}),
    "pricing that is a text": lambda d: d["info"].update({"x-pricing": "free"}),
    "modes that are none": lambda d: d["info"].update({"x-modes": [7, {"id": 7}]}),
    "a result that is none": lambda d: d["components"]["schemas"].update(ResponseBody=7),
    "a day that is none": lambda d: d["info"].update({"x-released-at": "2026-13-45"}),
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_what_is_odd_spoils_nothing_else(change):
    """A part that makes no sense is left out, with a sentence; the rest is an entry."""
    assert outcome(PRO, change) == "klingai:kling-video@2.6-pro"


def places(node, path=()):
    """Every place in a document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = {name: [place for place in places(content(name)) if "paths" not in place] for name in (PRO, "bfl-flux-1-dev")}


@pytest.mark.parametrize("name", PLACES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_part_may_be_anything(name, data):
    """Whatever value stands in the place of any part of a schema, the import ends in an entry or in named problems."""
    path = data.draw(st.sampled_from(PLACES[name]))
    value = data.draw(st.sampled_from([7, -1, 0.5, None, True, "x", "", [], {}, [7], ["width"], {"x": 7}, [{}]]))

    def change(document):
        node = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value

    assert outcome(name, change)


@pytest.mark.parametrize(
    "said,told",
    [
        ("text", "info.x-modes: 'text' names no mode, so the modes are as the fields suggest."),
        ([], "info.x-modes: [] names no mode, so the modes are as the fields suggest."),
        ([7, {"id": "text"}], "info.x-modes[0]: 7 is no mode with an id."),
        ([{"id": "text"}, {"id": "by ear"}], "The mode by ear: entries don't know it."),
        (None, "info.x-modes: it is missing, so the modes are as the fields suggest."),
    ],
)
def test_modes_that_are_none_are_told_as_they_stand(said, told):
    """What stands in the place of the modes is shown, and nothing that is there is called missing."""
    made = found(PRO, lambda document: document["info"].update({"x-modes": said}))
    assert made.notes == (told,)
    assert made.entry.modes[0] == "text"


@pytest.mark.parametrize("amount", [-0.05, 0])
def test_a_price_that_is_none_is_told_once(amount):
    """A price that isn't above zero isn't understood; it isn't also said that there is none."""
    rate = {"amount": amount, "unit": "durationSecond", "label": "720p", "display": "so much"}
    made = found(PRO, lambda document: document["info"].update({"x-pricing": {"rates": [rate]}}))
    assert made.notes == ("The price x-pricing.rates[0]: 720p, so much isn't understood.",)


ESCAPE = "red \x1b[31m"


def escapes(document):
    document["info"]["x-pricing"]["rates"][0]["display"] = ESCAPE
    document["info"]["x-modes"].append({"id": ESCAPE})
    item(document)["properties"]["duration"]["description"] = ESCAPE
    item(document)["properties"] |= {ESCAPE: {"type": "string"}, "tint": {"type": "string", "enum": [ESCAPE]}}


def test_what_terminals_obey_is_shown_and_not_passed_on():
    """Outside of the title, an escape becomes a sign of what can't be printed, in the file and in what is told."""
    made = found(PRO, escapes)
    told = [made.text, *made.notes, *found(PRO, escapes, ours=found(PRO).entry).differences]
    assert any("red \ufffd[31m" in line for line in told)
    assert all(letter.isprintable() or letter == "\n" for line in told for letter in line)
    with pytest.raises(BadInput) as refused:
        read_schema(changed(PRO, lambda d: item(d)["properties"].update({ESCAPE: {"maximum": ESCAPE}})), "some.json")
    assert "red \ufffd[31m.maximum: got red \ufffd[31m" in str(refused.value)


def test_keys_that_stand_twice_are_refused():
    """A schema that says two things under one key is refused, and each such key is named."""
    data = changed(PRO).replace(b'"x-status": "live"', b'"x-status": "live", "x-status": "retired"')
    data = data.replace(b'"info": {', b'"info": {}, "info": {')
    with pytest.raises(BadInput) as refused:
        read_schema(data, "it")
    assert [(problem.field, problem.got) for problem in refused.value.problems] == [
        ("x-status", "two values"),
        ("info", "two values"),
    ]


@pytest.mark.parametrize("said", ["soon", "2026-13-01", 20261101, {}])
def test_a_release_that_is_no_date_is_noted(said):
    """A day of release that nobody can read isn't dropped in silence."""
    made = found(PRO, lambda document: document["info"].update({"x-released-at": said}))
    (note,) = made.notes
    assert note.startswith("info.x-released-at: ")
    assert note in made.entry.unknown


@pytest.mark.parametrize("amount,words,upper", [(0.01, "$0.50 per second", "0.50"), (0.6, "$0.5", "0.6")])
def test_a_price_that_contradicts_itself_is_told_and_bounded(amount, words, upper):
    """A rate with one amount in digits and another in words is told, marked in the file, and capped by the dearer."""

    def change(document):
        document["info"]["x-pricing"]["rates"][0].update(amount=amount, display=words)

    made = found(PRO, change)
    (told,) = made.contradicted
    against = f"the amount is ${amount:.2f}, and the words say $0.50; the dearer one bounds the price here"
    assert told.endswith(f"{against}.")
    (line,) = [line for line in made.text.splitlines() if line.endswith(f"# {against}")]
    assert "approximate: true" in line
    (row,) = [row for row in made.entry.prices if row.approximate]
    assert (str(row.amount), str(row.upper)) == (str(amount), upper)


@pytest.mark.parametrize("words", ["$0.07 per second", "$0.0700/s", "$0.1 a second", "dear", "$0.35 for 5 s", None])
def test_words_that_agree_or_say_something_else_are_no_contradiction(words):
    """The same amount, rounded or in another unit, and words without one are taken as they are."""

    def change(document):
        document["info"]["x-pricing"]["rates"][0].update(amount=0.07, display=words)

    made = found(PRO, change)
    assert (made.contradicted, [row for row in made.entry.prices if row.approximate]) == ((), [])
