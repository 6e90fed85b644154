"""Labels of prices in a schema: what they mean, word by word, and what nobody can say."""

from decimal import Decimal

import pytest

from tests.runware.catalogue.schema_files import DAY, PRO, found


@pytest.mark.parametrize(
    "label,row",
    [
        ("720p with audio", ("720p", True, None)),
        ("720p without audio", ("720p", False, None)),
        ("720p  no audio  per second", ("720p", False, None)),
        ("4k + audio", ("4k", True, None)),
        ("video input without audio", (None, False, "video")),
        ("reference · 1080p with audio", ("1080p", True, "reference")),
        ("720p with a unicorn", None),
        ("720p with audio 1080p", None),
        ("with", None),
    ],
)
def test_a_label_needs_no_commas(label, row):
    """Words that are known are understood one after the other; with one that isn't, all of it isn't."""

    def change(document):
        document["info"]["x-pricing"] = {"rates": [{"amount": 0.1, "unit": "durationSecond", "label": label}]}

    imported = found(PRO, change)
    assert [(each.tier, each.audio, each.given) for each in imported.entry.prices] == ([] if row is None else [row])
    assert len([note for note in imported.notes if "isn't understood" in note and "price" in note]) == (row is None)


def test_rates_for_the_same_are_one_row_or_a_contradiction():
    """Two labels that mean the same are one price; where the amounts differ both are told, and nobody buys by them."""

    def change(amount):
        labels = {"720p + audio": 0.1, "720p with audio": amount}
        rates = [{"amount": each, "unit": "durationSecond", "label": label} for label, each in labels.items()]
        return lambda document: document["info"].update({"x-pricing": {"rates": rates}})

    assert [(row.amount, row.tier, row.audio) for row in found(PRO, change(0.1)).entry.prices] == [
        (Decimal("0.1"), "720p", True)
    ]
    (lack,) = found(PRO, change(0.2)).lacks
    assert lack == (
        f"prices: two rows of {DAY} are for the same: "
        "$0.10 a second, 720p, with audio and $0.20 a second, 720p, with audio"
    )
