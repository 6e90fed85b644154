"""Adding a model is adding one file; what it lacks is said, and what nobody knows stays marked."""

from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from stillreel.domain.errors import BadInput, BadSettings
from stillreel.runware.catalogue import Entry, load, missing_of
from stillreel.runware.catalogue.blocks import extended
from stillreel.runware.catalogue.loading import MODELS, read
from tests.pipes import a_pipe

FILES = sorted(MODELS.glob("*.yaml"))


@pytest.fixture
def data():
    return extended(yaml.safe_load((MODELS / "klingai-1-6-standard.yaml").read_text()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_is_missing(file):
    """Every entry is complete, and lies in a file that is named as the model."""
    content = extended(yaml.safe_load(file.read_text()))
    assert missing_of(content) == []
    assert content["slug"] == file.stem


@pytest.mark.parametrize(
    "name",
    ["air", "kind", "status", "status_seen", "source", "seen", "modes", "usual_seconds", "sizes", "fields", "prices",
     "result", "response"],
)  # fmt: skip
def test_a_missing_part_is_named(data, name):
    """An entry without one of its parts is told which."""
    del data[name]
    assert missing_of(data) == [f"{name} is missing"]


@pytest.mark.parametrize("name", ["taskUUID", "positivePrompt", "safety.checkContent", "duration", "ttl", "width"])
def test_a_missing_field_is_named(data, name):
    """An entry without a field that every model has, or that its own rules speak of, is told which."""
    del data["fields"][name]
    assert any(name in lack for lack in missing_of(data))


def test_what_else_an_entry_may_lack(data):
    """A sentence, a bound, a source, a size rule, a result name, a parent object: each lack is one sentence."""
    broken = deepcopy(data)
    broken["fields"]["CFGScale"]["doc"] = " "
    del broken["fields"]["positivePrompt"]["max_length"]
    broken["fields"]["ttl"]["sure"] = "observed"
    del broken["sizes"]["first_frame"]
    del broken["response"]["videoURL"]
    del broken["fields"]["inputs"]
    broken["fields"]["model"]["const"] = "klingai:3@2"
    broken["prices"].append({**broken["prices"][0], "tier": "4k", "unit": "compute"})
    text = "\n".join(missing_of(broken))
    for lack in (
        "CFGScale: a sentence",
        "positivePrompt: bounds",
        "ttl: a source",
        "mode first_frame",
        "response: videoURL",
        "inputs is missing, the object",
        "model must have const klingai:3@1",
        "the sizes of 4k",
        "must be approximate",
    ):
        assert lack in text
    assert len(missing_of(broken)) == 9


def test_bounds_may_be_unknown_if_that_is_said(data):
    """A field without bounds is complete when it says that nobody knows them."""
    del data["fields"]["positivePrompt"]["max_length"]
    data["fields"]["positivePrompt"] |= {"sure": "unknown", "source": "nobody states it"}
    assert missing_of(data) == []


@pytest.mark.parametrize(
    "air,unsure",
    [
        ("runware:400@4", {"width", "height", "positivePrompt", "numberResults", "steps", "CFGScale"}),
        ("klingai:3@1", set()),
        ("runware:z-image@turbo", set()),
    ],
)
def test_what_nobody_knows_stays_marked(catalogue, air, unsure):
    """Fields whose rules are unknown are marked as unknown, and each entry says in sentences what it doesn't know."""
    entry = catalogue.entry(air)
    marked = {path for path, rule in entry.fields.items() if rule.sure == "unknown"}
    assert unsure <= marked if unsure else marked == set()
    assert entry.unknown
    assert (entry.sizes["text"].sure == "unknown") == bool(unsure)


def test_z_image_says_how_sure_its_bounds_are(catalogue):
    """The bounds of Z-Image come from third parties or neighbours, and say so."""
    fields = catalogue.entry("runware:z-image@turbo").fields
    sure = {path: fields[path].sure for path in ("width", "height", "steps", "CFGScale", "positivePrompt", "seed")}
    assert sure == {
        "width": "observed",
        "height": "observed",
        "steps": "observed",
        "CFGScale": "observed",
        "positivePrompt": "inferred",
        "seed": "inferred",
    }


def test_the_status_of_the_clip_model_keeps_both_facts(kling):
    """klingai:3@1 is deprecated as last seen; its page said live; what replaces it is named."""
    assert (kling.status, kling.status_seen, kling.deactivates_at) == ("deprecated", date(2026, 8, 27), None)
    assert "says live" in kling.status_note
    assert set(kling.replaced_by) == {"klingai:6@0", "klingai:6@1", "klingai:kling-video@3-standard"}
    assert kling.fps == {"text": 30, "first_frame": 24}


@pytest.mark.parametrize(
    "asked,meant",
    [("klingai:video@3-pro", "klingai:kling-video@3-pro"), ("runware:zimage@turbo", "runware:z-image@turbo")],
)
def test_a_stranger_is_refused_with_the_nearest(catalogue, asked, meant):
    """A model that the catalogue doesn't hold is refused with where the known ones are listed, and the nearest."""
    with pytest.raises(BadInput) as refused:
        catalogue.entry(asked)
    (problem,) = refused.value.problems
    assert problem.field == "model"
    assert f"did you mean {meant} (" in problem.allowed
    assert "one of those that `stillreel models` lists" in problem.allowed


class TestOwnFolder:
    def test_a_file_of_ones_own_adds_a_model(self, tmp_path: Path, data):
        """A complete file in a folder of one's own is a model like ours, and wins over ours of the same name."""
        data["name"] = "Mine"
        (tmp_path / "mine.yml").write_text(yaml.safe_dump(data))
        own = load(tmp_path)
        assert own.entry("klingai:3@1").name == "Mine"
        assert len(own) == len(load())

    def test_a_broken_file_is_named_with_what_it_lacks(self, tmp_path: Path, data):
        """A file with parts missing ends in one error that names the file and each part."""
        del data["prices"], data["seen"]
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(data))
        with pytest.raises(BadSettings, match=r"mine\.yaml(.|\n)*seen is missing\n  - prices is missing"):
            load(tmp_path)

    @pytest.mark.parametrize("content", ["air: [", "just words", "", "\x00"])
    def test_a_file_that_is_no_entry_is_named(self, tmp_path: Path, content):
        """Broken YAML, or YAML that is no mapping, is an error that names the file."""
        (tmp_path / "mine.yaml").write_text(content)
        with pytest.raises(BadSettings, match=r"mine\.yaml"):
            load(tmp_path)

    def test_a_pipe_in_place_of_an_entry_is_refused(self, tmp_path: Path):
        """Nobody waits for whatever may come out of it."""
        with a_pipe(tmp_path / "mine.yaml"), pytest.raises(BadSettings, match=r"mine\.yaml isn't a file"):
            load(tmp_path)

    def test_two_files_for_one_model_are_refused(self, tmp_path: Path, data):
        """Which of two entries counts isn't guessed."""
        for name in ("a.yaml", "b.yaml"):
            (tmp_path / name).write_text(yaml.safe_dump(data))
        with pytest.raises(BadSettings, match="both entries of klingai:3@1"):
            load(tmp_path)

    def test_a_folder_that_is_not_there_is_refused(self, tmp_path: Path):
        """A mistyped folder is an error, not an empty catalogue."""
        with pytest.raises(BadSettings, match="no folder of models"):
            load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "path,change,says",
    [
        ("CFGScale", {"min": 2}, "its smallest, 2, is above its largest, 1"),
        ("positivePrompt", {"min_length": -5}, "no text is shorter than nothing"),
        ("positivePrompt", {"min_length": 3000}, "is above its largest"),
        ("CFGScale", {"default": 7}, "its default, 7, is outside"),
    ],
)
def test_bounds_that_nothing_can_keep_are_told(data, path, change, says):
    """An entry that contradicts itself is found before anybody buys by it."""
    data["fields"][path].update(change)
    assert any(lack.startswith(path) and says in lack for lack in missing_of(data))


@pytest.mark.parametrize("amount", ["-1", "1e400"])
def test_a_price_is_an_amount(data, amount):
    """One below zero would pay for the rest of a chain, and pass any cap."""
    data["prices"][0]["amount"] = amount
    assert any(lack.startswith("prices.0.amount") for lack in missing_of(data))


@pytest.mark.parametrize(
    "said,day",
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("2026-12-01T15:00:00Z", date(2026, 12, 1)),
        ("2026-12-01T22:00:00-05:00", date(2026, 12, 2)),
        (datetime(2026, 12, 1, 15, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 1, 15), date(2026, 12, 1)),  # noqa: DTZ001 - as YAML has it without a zone
        (date(2026, 12, 1), date(2026, 12, 1)),
    ],
)
def test_the_end_of_a_model_may_be_an_instant(data, said, day):
    """The vendor gives one: its day in UTC counts, so that nobody relies on the hours before it."""
    data["deactivates_at"] = said
    assert missing_of(data) == []
    assert Entry.model_validate(data).deactivates_at == day


@pytest.mark.parametrize("key", ["deactivates_at", "seen"])
def test_a_day_that_no_calendar_has_is_told_by_its_key(data, tmp_path, key):
    """YAML itself would say that a month is out of range, and not whose."""
    text = yaml.safe_dump({**data, key: "THE DAY"}).replace("THE DAY", "2026-13-24")
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(BadSettings, match=rf"\n  - {key}: .*month"):
        read(tmp_path / "own.yaml")


def test_a_successor_makes_what_its_model_makes(data, tmp_path):
    """An image model in place of a video model is a problem of the entry that names it; a stranger may come yet."""
    still = "runware:z-image@turbo"
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({**data, "replaced_by": ["klingai:9@9", still]}))
    with pytest.raises(BadSettings, match=rf"klingai:3@1: replaced_by: got {still}, which makes stills; .* clips"):
        load(tmp_path)
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({**data, "replaced_by": ["klingai:9@9"]}))
    assert load(tmp_path).entry("klingai:3@1").replaced_by == ("klingai:9@9",)


@pytest.mark.parametrize("said", ["soon", "The end", "2026-12-01T99"])
def test_an_end_that_is_no_day_is_told(data, said):
    """By the name of its key, like anything else that an entry lacks."""
    data["deactivates_at"] = said
    (lack,) = missing_of(data)
    assert lack.startswith("deactivates_at: ")
