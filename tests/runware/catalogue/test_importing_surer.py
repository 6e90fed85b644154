"""What a schema makes surer is told in words, is no difference, and is in the file that is written."""

import yaml

from stillreel.runware.catalogue import Entry, load
from stillreel.runware.catalogue.blocks import extended
from stillreel.runware.catalogue.importing.noting import noted
from tests.runware.catalogue.schema_files import NAMES, PRO, found, item

TURBO, TURBO_AIR = "klingai-video-3-0-turbo", "klingai:kling-video@3.0-turbo"
STANDARD, STANDARD_AIR = "klingai-1-6-standard", "klingai:3@1"


def as_written(update) -> Entry:
    return Entry.model_validate(extended(yaml.safe_load(update.text)))


def lora(document):
    item(document)["properties"]["lora"] = {"type": "array", "items": {"type": "string"}}


def test_what_the_schema_says_itself_is_one_line(catalogue):
    """Of what we had from others and the schema bears out three fields are named; the bounds it adds are told apart."""
    told = found("alibaba-z-image-turbo", ours=catalogue.entry("runware:z-image@turbo"))
    assert told.differences == ("~ field steps: min none -> 1", "~ field CFGScale: min none -> 0, step none -> 0.01")
    (line,) = told.surer
    named = "taskUUID, outputType, outputFormat and 16 more"
    assert line == f"= surer: the model's own schema says now what only others said before of {named}"
    assert as_written(told).fields["taskUUID"].sure == "documented"


def test_what_nobody_could_say_is_answered_in_words(catalogue):
    """A last frame, a seed and sound that nobody spoke of are there by the schema, or not; no word of ours is told."""
    ours = found(TURBO).entry.model_copy(update={"unsaid": ("last", "seed")})
    update = found(TURBO, ours=ours)
    assert (update.differences, as_written(update).unsaid) == ((), ())
    assert update.surer == (
        "= surer: nobody could say whether it takes a last frame; by its own schema it doesn't",
        "= surer: nobody could say whether it takes a seed; by its own schema it doesn't",
    )
    ours = found(PRO).entry.model_copy(update={"unsaid": ("last", "audio")})
    assert found(PRO, ours=ours).surer == (
        "= surer: nobody could say whether it takes a last frame; it does",
        "= surer: nobody could say whether it asks for sound; it does",
    )
    doubted = catalogue.entry("klingai:kling-video@3-pro").doubted
    (line,) = found(PRO, ours=found(PRO).entry.model_copy(update={"doubted": doubted})).surer
    assert line.startswith("= surer: nobody could say whether positivePrompt may stand beside ")
    assert line.endswith("; it is now as the schema's rules have it")


def test_what_is_surer_once_is_not_told_again(catalogue):
    """The written entry is as sure as the schema: the next look tells nothing."""
    for name, air in ((TURBO, TURBO_AIR), ("alibaba-z-image-turbo", "runware:z-image@turbo")):
        update = found(name, ours=catalogue.entry(air))
        again = found(name, ours=as_written(update))
        assert update.surer
        assert (again.differences, again.surer) == ((), ())


def test_what_is_understood_now_is_no_longer_unknown():
    """A sentence that an import wrote and this schema has no cause for is told, and isn't in the file any more."""
    ours = found(STANDARD, lora).entry
    (sentence,) = set(ours.unknown) - set(found(STANDARD).entry.unknown)
    hand = "Whether lora: of others work as well."
    update = found(STANDARD, ours=ours.model_copy(update={"unknown": (hand, *ours.unknown)}))
    assert update.differences == (f"- unknown: {sentence}",)
    assert hand in as_written(update).unknown
    assert sentence not in as_written(update).unknown
    assert found(STANDARD, lora, ours=ours).differences == ()


def test_an_imports_sentences_are_told_from_a_persons():
    """Each sentence that the schemas of the tests make is known again as one of these; none of the catalogue's is."""
    notes = [note for name in NAMES for note in found(name).notes]
    assert len(notes) >= 10
    assert [note for note in notes if not noted(note)] == []
    assert [said for entry in load().values() for said in entry.unknown if noted(said)] == []
