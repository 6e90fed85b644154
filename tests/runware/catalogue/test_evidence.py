"""Whatever an entry says has a source, a day and sense; what nobody knows has no bounds."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
import yaml

from stillreel.domain.errors import BadSettings
from stillreel.runware.catalogue import load, missing_of
from stillreel.runware.catalogue.blocks import extended
from stillreel.runware.catalogue.entry import Entry, Pairs, Pixels
from stillreel.runware.catalogue.loading import MODELS, read

FILES = sorted(MODELS.glob("*.yaml"))


@pytest.fixture
def data():
    return extended(yaml.safe_load((MODELS / "klingai-1-6-standard.yaml").read_text()))


ROW = {"unit": "second", "amount": "0.037", "since": "2026-01-01", "source": "a page", "tier": "720p"}


@pytest.mark.parametrize(
    "change,lack",
    [
        ({"rules": [{"sure": "observed", "source": None}]}, "a source is missing"),
        ({"sizes": {"text": {"sure": "inferred"}}}, "sizes text: a source is missing"),
        ({"fields": {"ttl": {"sure": "sdk", "source": "the client"}}}, "ttl: the day"),
        ({"fps_source": ""}, "fps_source is missing"),
        ({"rules": [{"since": "2026-09-03", "until": "2026-09-03"}]}, "it ends on 2026-09-03, before it holds"),
        ({"deactivates_at": "2024-12-18"}, "before the release"),
        ({"words": {"guidance": "CfgScale"}}, "words: guidance goes to CfgScale"),
        ({"words": {"guidance": "steps"}}, "words: guidance goes to steps"),
        ({"sizes": {"text": {"pairs": None}}}, "sizes: text says neither"),
        ({"prices": [{**ROW, "approximate": True}]}, "needs an upper"),
        ({"prices": [{**ROW, "approximate": True, "upper": "0.03"}]}, "bounds nothing"),
        ({"prices": [{**ROW, "upper": "0.04"}]}, "bounds nothing"),
        ({"prices": [ROW, {**ROW, "amount": "0.05"}]}, "two rows of 2026-01-01 are for the same"),
        ({"prices": [{**ROW, "until": "2025-01-01"}]}, "before it holds"),
    ],
)
def test_evidence_dates_words_and_bounds(data, change, lack):
    """What has no source or day, a rule that never holds, a word for no field, an estimate without bound: one lack."""
    (found,) = missing_of(changed(data, change))
    assert lack in found


def changed(data, change):
    """The data with the change laid over it; of rules the last one changes, of prices all."""
    whole = deepcopy(data)
    for part, new in change.items():
        if part == "rules":
            whole["rules"][-1] |= new[0]
        elif part in ("prices", "fps_source", "deactivates_at"):
            whole[part] = new
        else:
            for name, said in new.items():
                whole[part][name] = {**whole[part][name], **said} if isinstance(said, dict) else said
    return whole


def test_a_word_whose_field_is_forgotten_is_named(data):
    """A field that a word usually goes to, and which nothing says so of, is told."""
    del data["words"]["guidance"]
    assert missing_of(data) == ["words: guidance is missing, though there is CFGScale"]


@pytest.mark.parametrize("until,since,fine", [("2026-06-24", "2026-09-03", True), ("2026-09-04", "2026-09-03", False)])
def test_a_field_is_not_needed_and_forbidden_at_once(data, until, since, fine):
    """A rule that turned round may leave days of which nobody knows, and may not hold both ways on one day."""
    rule = {"fields": ["CFGScale"], "when": {}, "says": "it turned round"}
    data["rules"] += [{**rule, "kind": "forbidden", "until": until}, {**rule, "kind": "needed", "since": since}]
    both = ["CFGScale: it is forbidden and needed on the same day"]
    assert missing_of(data) == ([] if fine else both)
    data["fields"]["CFGScale"]["required"] = True
    assert missing_of(data) == both


def unheard_of(entries: Mapping[str, Entry]) -> list[str]:
    """Which entries of a catalogue are replaced by models that it doesn't hold, or by one that is gone itself."""
    named = [(air, other) for air, entry in entries.items() for other in entry.replaced_by]
    return [
        f"{air}: replaced_by names {other}, " + ("which is gone, too" if other in entries else "which nobody knows")
        for air, other in named
        if other not in entries or entries[other].status in ("deprecated", "retired")
    ]


def test_what_replaces_a_model_is_known_and_not_gone_itself(catalogue):
    """Every model that is named instead of another is in the catalogue, and isn't deprecated, too."""
    assert unheard_of(catalogue) == []
    entry = catalogue.entry("klingai:3@1")
    strange = entry.model_copy(update={"replaced_by": ("klingai:9@9", "klingai:5@1")})
    assert unheard_of({**catalogue, "klingai:3@1": strange}) == [
        "klingai:3@1: replaced_by names klingai:9@9, which nobody knows",
        "klingai:3@1: replaced_by names klingai:5@1, which is gone, too",
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_unknown_has_no_bounds(file):
    """A field that nobody knows the rule of has none here; sizes are the same by their rule and by mode."""
    entry = read(file)
    for path, rule in entry.fields.items():
        if rule.sure == "unknown":
            said = (rule.values, rule.min, rule.max, rule.step, rule.min_length, rule.max_length, rule.max_items)
            assert said == (None,) * len(said), path
    text, width = entry.sizes.get("text"), entry.fields.get("width")
    if text is not None and width is not None:
        pairs = [rule.values for rule in entry.rules if isinstance(rule, Pairs)]
        assert pairs == ([] if text.pairs is None else [text.pairs])
        assert (text.min, text.max, text.step) == (width.min, width.max, width.step)
        pixels = [rule.min for rule in entry.rules if isinstance(rule, Pixels)]
        assert pixels == ([] if text.min_pixels is None else [text.min_pixels])


class TestBlocks:
    def test_what_a_block_says_is_only_as_sure_as_inherited(self, catalogue):
        """A field of a block is documented where it was read, typed where only the client has it, and keeps its own."""
        read_there, typed = catalogue.entry("klingai:3@1"), catalogue.entry("klingai:5@3")
        assert read_there.fields["ttl"].sure == "documented"
        assert (typed.fields["ttl"].sure, typed.fields["ttl"].seen) == ("sdk", date(2026, 9, 3))
        assert typed.fields["width"].source == "https://runware.ai/docs/en/providers/klingai"
        assert typed.fields["width"].sure == "documented"

    @pytest.mark.parametrize("content", ["extends: clip", "extends: [clips]", "extends: [clip]\ninherited: sdk"])
    def test_what_is_no_block_is_told(self, tmp_path: Path, content):
        """A block that isn't there, or evidence that isn't a group, is an error that names the file."""
        (tmp_path / "mine.yaml").write_text(content)
        with pytest.raises(BadSettings, match=r"mine\.yaml: (extends|inherited): "):
            load(tmp_path)
