"""The four examples of the model's page, unchanged."""

import json
from pathlib import Path

import pytest

from stillreel.runware.catalogue import check_body, check_response, quote

EXAMPLES = json.loads(Path(__file__).with_name("klingai-1-6-standard.examples.json").read_text())


def test_there_are_four():
    """The page has two examples from text and two from an image."""
    assert len(EXAMPLES) == 4
    assert ["inputs" in example["request"] for example in EXAMPLES] == [False, True, True, False]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
class TestExample:
    def test_the_request_passes_unchanged(self, kling, today, example):
        """What the page shows as a request is legal by our entry."""
        assert check_body(kling, example["request"], today) == []

    def test_the_response_is_right(self, kling, example):
        """What the page shows as an answer fits our entry, and belongs to the request."""
        assert check_response(kling, example["response"]) == []
        assert example["response"]["taskUUID"] == example["request"]["taskUUID"]
        assert kling.result.url in example["response"]
        assert kling.result.id in example["response"]

    def test_the_quote_is_what_it_cost(self, kling, today, example):
        """Our quote lies within half a percent of the cost in the sample answer, and not below it."""
        request = example["request"]
        quoted = quote(
            kling,
            width=request["width"],
            height=request["height"],
            duration=request["duration"],
            results=1,
            given="frames" if "inputs" in request else "none",
            today=today,
        )
        cost = example["response"]["cost"]
        assert cost <= float(quoted.upper) <= cost * 1.005
