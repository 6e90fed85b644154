"""An imported entry is complete, made to be read, short where a block says the same, and honest about the rest."""

from datetime import date
from decimal import Decimal

import pytest
import yaml

from stillreel.domain.errors import BadInput
from stillreel.runware.catalogue import AskedClip, load, quote, resolve_clip, sizes
from tests.runware.catalogue.schema_files import DAY, NAMES, PRO, changed, content, found, item, schema

FLUX, STANDARD, TURBO, Z, ODD = (
    "bfl-flux-1-dev",
    "klingai-1-6-standard",
    "klingai-video-3-0-turbo",
    "alibaba-z-image-turbo",
    "klingai-video-9-odd",
)
TURBO_AIR, SEEDREAM = "klingai:kling-video@3.0-turbo", "bytedance:5@0"


@pytest.fixture
def shelf(tmp_path):
    """Puts imported entries into a folder of one's own; the catalogue with it."""

    def put(*entries):
        for number, imported in enumerate(entries):
            (tmp_path / f"{number}.yaml").write_text(imported.text)
        return load(tmp_path)

    return put


@pytest.mark.parametrize("name", NAMES)
def test_an_import_is_a_complete_entry(shelf, name):
    """Every schema makes a file that the catalogue loads, of the model, the day and the source that the schema is."""
    imported = found(name)
    assert imported.lacks == ()
    entry = shelf(imported).entry(imported.entry.air)
    assert entry == imported.entry
    assert len(set(entry.modes)) == len(entry.modes)
    assert (entry.slug, entry.seen, entry.status_seen) == (name, DAY, DAY)
    assert entry.source == f"https://runware.ai/docs/models/{name}/schema.json"
    assert max(len(line) for line in imported.text.splitlines()) < 600


@pytest.mark.parametrize("name", NAMES)
def test_an_import_differs_in_nothing_from_itself(name):
    """Once an entry is written, its schema is the same as the entry, and writing it again changes nothing."""
    entry = found(name).entry
    again = found(name, ours=entry)
    assert again.differences == ()
    assert yaml.safe_load(again.text) == yaml.safe_load(found(name).text)


@pytest.mark.parametrize(
    "name,blocks",
    [
        (PRO, ["clip", "first-last-frame"]),
        (STANDARD, ["clip", "first-frame"]),
        (TURBO, ["clip", "first-frame"]),
        (FLUX, ["still"]),
    ],
)
def test_what_a_block_says_is_said_by_the_block(name, blocks):
    """An import extends the blocks that say just what the schema says, and repeats none of it."""
    data = yaml.safe_load(found(name).text)
    assert data["extends"] == blocks
    assert not {"ttl", "inputs.frameImages", "taskUUID"} & set(data["fields"])
    assert ("safety.mode" in data["fields"]) == (name == STANDARD)  # there it may also be none


def test_a_field_of_a_block_that_the_schema_lacks_is_struck():
    """What the block has and the schema doesn't, the entry sets to null, so that it is refused."""
    imported = found(PRO, lambda document: item(document)["properties"].pop("webhookURL"))
    assert yaml.safe_load(imported.text)["fields"]["webhookURL"] is None
    assert "webhookURL" not in imported.entry.fields
    assert imported.lacks == ("fields: webhookURL is missing",)


def test_everything_is_documented_that_the_schema_bounds(shelf):
    """An imported field is as sure as the schema, whatever its block says; one without bounds stays unknown."""
    fields = shelf(found(FLUX)).entry("runware:101@1").fields
    assert {path for path, rule in fields.items() if rule.sure != "documented"} == {"ultralytics.positivePrompt"}


def test_the_rules_of_a_review_name_their_place():
    """Each rule stands in one line, a sentence beside it, with the place in the schema that it comes from."""
    lines = [line for line in found(PRO).text.splitlines() if line.startswith("  - {kind: ")]
    assert [line.partition("  # ")[2] for line in lines] == [
        "allOf[0]", "allOf[1]", "allOf[1]", "allOf[2]", "allOf[3]", "allOf[4]", "allOf[5]", "allOf[6]", "allOf[7]",
        "allOf[8]",
    ]  # fmt: skip
    assert all("says: " in line for line in lines)


def test_the_size_belongs_to_the_mode():
    """From words a clip has its pairs, from a frame the image's size, and a resolution by name where one may be."""
    pro, turbo = found(PRO).entry, found(TURBO).entry
    assert pro.sizes["text"].pairs == ((1920, 1080), (1440, 1440), (1080, 1920))
    assert pro.sizes["first_frame"].from_image
    assert turbo.sizes["text"].resolutions == ()
    assert turbo.sizes["first_frame"].resolutions == ("720p", "1080p")
    assert sizes(turbo, "first_frame", "1080p")["16:9"] == (1920, 1080)
    text = found(FLUX).entry.sizes["text"]
    assert (text.min, text.max, text.step) == (128, 2048, 64)


def test_an_imported_model_can_be_asked_and_priced():
    """A request is resolved by an imported entry, and quoted by the price row that its resolution has."""
    turbo = found(TURBO).entry
    request = resolve_clip(turbo, AskedClip(prompt="gulls lift off", size="16:9"), today=DAY)
    price = quote(turbo, width=request.width, height=request.height, duration=3, results=1, today=DAY)
    assert (request.width, request.height, price.expected) == (1280, 720, Decimal("0.336"))


def test_prices_by_the_second_have_their_labels():
    """With and without audio, and each resolution, is a row of its own, from the day of the schema on."""
    rows = [(row.amount, row.audio, row.tier, row.since) for row in found(PRO).entry.prices]
    assert rows == [(Decimal("0.07"), False, None, DAY), (Decimal("0.14"), True, None, DAY)]
    rows = [(row.amount, row.audio, row.tier) for row in found(TURBO).entry.prices]
    assert rows == [(Decimal("0.112"), None, "720p"), (Decimal("0.14"), None, "1080p")]


def test_measured_samples_make_an_estimate_with_a_bound():
    """A model by compute time costs as its largest sample, at most as its dearest; what has LoRAs is left aside."""
    (row,) = found(FLUX).entry.prices
    assert (row.unit, row.amount, row.upper, row.approximate) == (
        "compute",
        Decimal("0.00363"),
        Decimal("0.00725"),
        True,
    )
    assert "LoRA" not in row.source


@pytest.mark.parametrize(
    "rates,rows,notes",
    [
        ([(0.1, "durationSecond", "text or image"), (0.2, "durationSecond", "reference")],
         [("none", False), ("frames", False), ("reference", False)], 0),
        ([(0.1, "durationSecond", ""), (0.3, "durationSecond", "with a unicorn")], [(None, True)], 1),
        ([(0.1, "token", "")], [], 1),
        ([(0.1, "output", "")], [], 1),
        ([(0, "durationSecond", "")], [], 1),
        ([("0.1", "durationSecond", "")], [], 1),
        ([], [], 1),
    ],
)  # fmt: skip
def test_a_price_that_is_not_understood_is_no_guess(rates, rows, notes):
    """A unit or a word that nobody knows makes no row; a row for all that stands beside one becomes an estimate."""

    def change(document):
        document["info"]["x-pricing"] = {
            "rates": [{"amount": amount, "unit": unit, "label": label} for amount, unit, label in rates]
        }

    imported = found(PRO, change)
    assert [(row.given, row.approximate) for row in imported.entry.prices] == rows
    assert len([note for note in imported.notes if "price" in note]) == notes
    assert all(row.upper == Decimal("0.3") for row in imported.entry.prices if row.approximate)
    assert (imported.lacks == ()) == bool(rows)


def test_another_currency_is_no_price():
    """Amounts that aren't dollars aren't taken for dollars."""
    imported = found(PRO, lambda document: document["info"]["x-pricing"].update(currency="EUR"))
    assert imported.entry.prices == ()
    assert any("EUR" in note for note in imported.notes)


def test_what_an_entry_cannot_say_stands_in_it_as_unknown():
    """Fields, demands, rules, prices and modes that aren't understood are sentences in the entry, and no fields."""
    imported = found(ODD)
    assert imported.entry.unknown[1:] == imported.notes  # the first is the block's
    starts = [note.partition(":")[0] for note in imported.notes]
    assert starts == [
        "properties.positivePrompt.pattern", "elements", "mood", "allOf[9]", "allOf[10]", "allOf[11]", "allOf[12]",
        "The price x-pricing.rates[2]", "The price x-pricing.rates[3]", "The mode edit",
    ]  # fmt: skip
    assert not {"elements", "mood"} & set(imported.entry.fields)


def test_a_field_that_must_be_sent_and_cannot_be_said_makes_an_entry_unfit():
    """Where a required field has no type in an entry, the entry is printed and isn't fit to buy by."""
    imported = found(ODD, lambda document: item(document)["required"].append("elements"))
    assert imported.lacks == ("fields: elements must be sent, but can't",)


class TestUpdating:
    def test_what_only_we_knew_is_kept(self, catalogue):
        """Names, sentences, frame rates, successors and the dates of prices survive an update from a schema."""
        ours = catalogue.entry("klingai:3@1")
        new = yaml.safe_load(found(STANDARD, ours=ours).text)
        assert new["status_note"] == ours.status_note
        assert new["replaced_by"] == [*ours.replaced_by]
        assert (new["fps"], new["fps_source"]) == (ours.fps, ours.fps_source)
        assert new["prices"][0]["since"] == date(2024, 12, 19)
        assert new["fields"]["negativePrompt"]["doc"] == ours.fields["negativePrompt"].doc
        assert set(new["unknown"]) < set(ours.unknown)

    def test_sound_that_is_always_there_is_kept_until_it_can_be_asked_for(self, catalogue, shelf):
        """No schema says that every clip has sound, so ours stays; a field for sound makes it a choice."""

        def choice(document):
            settings = content(PRO)["components"]["schemas"]["RequestBody"]["items"]["properties"]["providerSettings"]
            item(document)["properties"]["providerSettings"] = settings

        ours = catalogue.entry(TURBO_AIR)
        assert shelf(found(TURBO, ours=ours)).entry(TURBO_AIR).always_audio
        assert not shelf(found(TURBO, choice, ours=ours)).entry(TURBO_AIR).always_audio
        vague = ours.model_copy(update={"always_audio": False, "unsaid": ("audio", "last")})
        assert shelf(found(TURBO, ours=vague)).entry(TURBO_AIR).unsaid == (
            "audio",
        )  # whose frames it says, all of them
        assert shelf(found(TURBO, choice, ours=vague)).entry(TURBO_AIR).unsaid == ()

    def test_the_least_number_of_pixels_is_kept_with_who_says_so(self, catalogue, shelf):
        """No JSON Schema can say a product, so one without it neither contradicts ours nor makes it documented."""

        def seedream(document):
            document["info"].update({"x-air-id": SEEDREAM, "x-model-id": "bytedance-seedream-4-0"})
            item(document)["properties"]["model"]["const"] = SEEDREAM

        ours = catalogue.entry(SEEDREAM)
        imported = found(Z, seedream, ours=ours)
        least = "921600 pixels and more"
        assert f"~ sizes text: {least} -> 128 to 2048 in steps of 16, {least}" in imported.differences
        assert not [line for line in imported.differences if line.startswith(("- rule", "+ rule"))]
        entry = shelf(imported).entry(SEEDREAM)
        (before,), (rule,) = ([rule for rule in one.rules if rule.kind == "pixels"] for one in (ours, entry))
        assert rule == before.model_copy(update={"seen": ours.seen})
        size = entry.sizes["text"]
        assert (size.min_pixels, size.min, size.sure, size.seen) == (921600, 128, "observed", ours.seen)
        assert not found(Z, seedream, ours=entry).differences

    def test_a_price_that_we_concluded_holds_where_the_schema_has_none(self, catalogue, shelf):
        """What an input costs by our reckoning stays while the schema prices no input, and gives way when it does."""

        def priced(document):
            document["info"]["x-pricing"]["rates"].append(
                {"amount": 0.1, "unit": "durationSecond", "label": "video input, without audio"}
            )

        ours = catalogue.entry("klingai:kling-video@2.6-pro")
        for changes, amounts in (((), ["0.1044", "0.1044"]), ((priced,), ["0.1044", "0.1"])):
            entry = shelf(found(PRO, *changes, ours=ours)).entry(ours.air)
            assert [str(row.amount) for row in entry.prices if row.given and row.until is None] == amounts

    def test_a_price_that_changed_ends_on_the_day(self, catalogue, shelf):
        """The old price holds until the schema's day and the new one from then on, and old quotes can be explained."""
        ours = catalogue.entry("klingai:3@1")
        imported = found(
            STANDARD, lambda document: document["info"]["x-pricing"]["rates"][0].update(amount=0.05), ours=ours
        )
        entry = shelf(imported).entry("klingai:3@1")
        cost = [
            quote(entry, width=1280, height=720, duration=5, results=1, today=day).expected
            for day in (date(2026, 11, 30), DAY)
        ]
        assert cost == [Decimal("0.185"), Decimal("0.25")]

    def test_a_rule_that_is_gone_ends_on_the_day_and_a_new_one_begins(self, catalogue, shelf):
        """Rules carry dates: what the schema dropped held until its day, and what it added holds since."""
        rule = {"if": {"required": ["negativePrompt"]}, "then": {"not": {"required": ["CFGScale"]}}}

        def turn(document):
            item(document)["allOf"] = [item(document)["allOf"][1], rule]

        entry = shelf(found(STANDARD, turn, ours=catalogue.entry("klingai:3@1"))).entry("klingai:3@1")
        dated = {rule.kind: (rule.since, rule.until) for rule in entry.rules if rule.since or rule.until}
        assert dated == {"forbidden": (DAY, None), "together": (None, DAY)}

    def test_a_status_that_changed_leaves_a_note(self, catalogue):
        """A model that went from deprecated to retired says when it was seen as what."""
        changed = found(
            STANDARD,
            lambda document: document["info"].update({"x-status": "retired"}),
            ours=catalogue.entry("klingai:3@1"),
        )
        data = yaml.safe_load(changed.text)
        assert data["status"] == "retired"
        assert data["status_note"].startswith("It was deprecated when seen on 2026-08-27. The model's page says live")


def test_a_schema_that_contradicts_itself_is_refused():
    """Another model in the body than in the head is no schema of either."""

    def change(document):
        item(document)["properties"]["model"]["const"] = "klingai:1@1"

    with pytest.raises(BadInput, match=r"properties\.model"):
        found(PRO, change)


@pytest.mark.parametrize("text", ["x\ny: {air: evil}", "# - [", "{{", "'\"", "é 帆 \u2028 z"])
def test_the_vendors_words_stay_words(text):
    """Whatever stands in titles, sentences and labels, the file is what it would be without, and words are words."""

    def change(document):
        document["info"]["title"] = text
        item(document)["properties"]["positivePrompt"]["description"] = text
        document["info"]["x-pricing"]["rates"][0]["display"] = text
        document["info"]["x-pricing"]["examples"][0]["configuration"] = text

    odd, plain = found(PRO, change), found(PRO)
    assert odd.lacks == ()
    assert len(odd.text.splitlines()) == len(plain.text.splitlines())
    assert odd.entry.fields.keys() == plain.entry.fields.keys()
    assert odd.entry.air == plain.entry.air


def test_references_inside_a_schema_are_followed():
    """A part that stands elsewhere in the file is where the reference is."""
    assert schema(TURBO).task["properties"]["inputs"]["properties"]["frameImages"]["maxItems"] == 1
    assert b"$ref" in changed(TURBO)
