"""Quotes: exact where the price is, bounded where it's an estimate, and always with their row."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.errors import BadInput
from stillreel.domain.money import PriceRow
from stillreel.runware.catalogue import load, quote, sizes
from stillreel.runware.catalogue.sizing import next_larger

HD = {"width": 1280, "height": 720}
TODAY = date(2026, 11, 22)
CATALOGUE = load()


@pytest.mark.parametrize(
    "duration,results,expected",
    [(5, 1, "0.185"), (5.0, 1, "0.185"), (10, 1, "0.37"), (5, 4, "0.74"), (10, 4, "1.48")],
)
def test_kling_is_priced_per_second(kling, today, duration, results, expected):
    """0.037 a second: the quote is exact, its own bound, and names the row and its source."""
    quoted = quote(kling, **HD, duration=duration, results=results, given="frames", today=today)
    assert quoted.expected == quoted.upper == Decimal(expected)
    assert str(quoted.expected) == expected
    assert quoted.row.tier == "720p"
    assert "runware.ai" in quoted.row.source


@pytest.mark.parametrize("side,printed", [(512, "0.0013"), (1024, "0.0032"), (2048, "0.0141")])
def test_the_bound_covers_the_printed_samples(catalogue, today, side, printed):
    """Z-Image's price is an estimate; twice the rate covers each sample that its page prints."""
    entry = catalogue.entry("runware:z-image@turbo")
    quoted = quote(entry, width=side, height=side, duration=None, results=1, today=today)
    assert quoted.row.approximate
    assert quoted.upper == 2 * quoted.expected
    assert Decimal(printed) <= quoted.upper
    assert str(quoted).startswith("about $")


def test_a_still_of_the_chain_costs_about_a_third_of_a_cent(catalogue, today):
    """1280x720 is 0.9216 million pixels at 0.0034."""
    entry = catalogue.entry("runware:z-image@turbo")
    assert quote(entry, **HD, duration=None, results=1, today=today).expected == Decimal("0.00313344")


@pytest.mark.parametrize(
    "duration,audio,what,expected",
    [(10, False, "frames", "0.7"), (5, True, "frames", "0.7"), (10, True, "none", "1.4"), (5, False, "none", "0.35")],
)
def test_audio_has_its_own_rate(catalogue, today, duration, audio, what, expected):
    """The examples of VIDEO 2.6 Pro cost what its schema prints, with audio and without."""
    entry = catalogue.entry("klingai:kling-video@2.6-pro")
    quoted = quote(entry, width=1920, height=1080, duration=duration, results=1, audio=audio, given=what, today=today)
    assert quoted.expected == Decimal(expected)


def row(amount, since="2026-02-05", **particulars):
    return PriceRow(
        unit="second", amount=Decimal(amount), since=date.fromisoformat(since), source="a page", **particulars
    )


VIDEO = "klingai:kling-video@"
PRINTED = [  # model, size, seconds, sound, what is given, resolution by name; what the vendor prints for it
    ("klingai:3@1", (1280, 720), 5, None, "frames", None, "0.185"),
    ("klingai:4@3", (1280, 720), 5, None, "none", None, "0.924"),
    ("klingai:5@1", (1280, 720), 5, None, "frames", None, "0.185"),
    ("klingai:5@3", (1920, 1080), 5, None, "none", None, "0.924"),
    ("klingai:6@0", (1280, 720), 5, None, "frames", None, "0.21"),
    (f"{VIDEO}3-standard", (1280, 720), 1, False, "none", None, "0.084"),
    (f"{VIDEO}3-standard", (1280, 720), 1, True, "frames", None, "0.126"),
    (f"{VIDEO}3-pro", (1920, 1080), 1, False, "none", None, "0.112"),
    (f"{VIDEO}3-pro", (1920, 1080), 1, True, "frames", None, "0.168"),
    (f"{VIDEO}3-4k", (3840, 2160), 1, False, "none", None, "0.42"),
    (f"{VIDEO}3-4k", (3840, 2160), 1, True, "frames", None, "0.42"),
    (f"{VIDEO}3.0-turbo", (1280, 720), 3, None, "none", None, "0.336"),
    (f"{VIDEO}3.0-turbo", (1440, 1440), 3, None, "none", None, "0.42"),
    (f"{VIDEO}3.0-turbo", (1280, 720), 3, None, "frames", "720p", "0.336"),
    (f"{VIDEO}3.0-turbo", (1280, 720), 3, None, "frames", "1080p", "0.42"),
    (f"{VIDEO}o3-standard", (1280, 720), 1, False, "none", None, "0.084"),
    (f"{VIDEO}o3-standard", (1280, 720), 1, True, "none", None, "0.112"),
    (f"{VIDEO}o3-standard", (1280, 720), 1, False, "video", None, "0.126"),
    (f"{VIDEO}o3-pro", (1920, 1080), 1, False, "none", None, "0.112"),
    (f"{VIDEO}o3-pro", (1920, 1080), 1, True, "none", None, "0.14"),
    (f"{VIDEO}o3-pro", (1920, 1080), 1, None, "video", None, "0.168"),
    ("klingai:kling@o1", (1920, 1080), 1, None, "frames", None, "0.112"),
    ("klingai:kling@o1", (1920, 1080), 1, None, "reference", None, "0.168"),
    ("klingai:kling@o1-standard", (1280, 720), 5, None, "none", None, "0.42"),
    ("klingai:kling@o1-standard", (1280, 720), 5, None, "video", None, "0.63"),
]


@pytest.mark.parametrize("case", PRINTED, ids=str)
def test_a_clip_costs_what_its_page_prints(catalogue, today, case):
    """Per second by resolution, sound and what is given: each sample that a page prints, exactly."""
    air, size, seconds, sound, what, named, printed = case
    quoted = quote(
        catalogue.entry(air), width=size[0], height=size[1], duration=seconds, results=1, audio=sound, given=what,
        resolution=named, today=today,
    )  # fmt: skip
    assert quoted.expected == quoted.upper == Decimal(printed)
    assert not quoted.row.approximate


@pytest.mark.parametrize(
    "air,size,printed",
    [
        ("bfl:5@1", (1024, 1024), "0.03"),
        ("alibaba:qwen-image@2.0", (2048, 2048), "0.035"),
        ("google:4@3", (512, 512), "0.04657"),
        ("google:4@3", (1376, 768), "0.06895"),
        ("google:4@3", (2048, 2048), "0.10255"),
        ("google:4@3", (5504, 3072), "0.15295"),
    ],
)
def test_a_still_by_image_costs_what_its_page_prints(catalogue, today, air, size, printed):
    """Per image, by resolution where there is a choice."""
    entry = catalogue.entry(air)
    assert quote(entry, width=size[0], height=size[1], duration=None, results=1, today=today).upper == Decimal(printed)


def test_a_bound_covers_the_example_of_motion(catalogue, today):
    """What a clip after a reference video costs is known from one example, 0.522; the quote says about."""
    entry = catalogue.entry("klingai:kling-video@2.6-pro")
    for what in ("reference", "video"):
        quoted = quote(entry, width=1920, height=1080, duration=5, results=1, given=what, today=today)
        assert quoted.expected == Decimal("0.522") < quoted.upper
        assert quoted.row.approximate


@pytest.mark.parametrize("day,expected", [("2026-02-05", "0.015"), ("2026-05-31", "0.015"), ("2026-06-01", "0.04")])
def test_a_price_holds_until_its_day(catalogue, day, expected):
    """Of Seedream 4.5's two prices each counts in its time, and the dearer bounds both."""
    entry = catalogue.entry("bytedance:seedream@4.5")
    quoted = quote(entry, width=2560, height=1440, duration=None, results=1, today=date.fromisoformat(day))
    assert (quoted.expected, quoted.upper) == (Decimal(expected), Decimal("0.04"))


def test_a_price_that_is_not_printed_has_a_bound_of_its_own(catalogue):
    """Each estimate that isn't by compute time says what it rests on and what caps may hold it to."""
    for entry in catalogue.values():
        for row in entry.prices:
            assert row.sure != "unknown" or row.approximate
            assert not row.approximate or row.unit == "compute" or row.upper >= row.amount
            assert len(row.source) > len("a page")


def test_a_price_holds_from_its_day(kling):
    """A newer row counts from its first day on, and no day before."""
    entry = kling.model_copy(update={"prices": (row("0.037", "2024-12-19"), row("0.04", "2026-10-01"))})
    before = quote(entry, **HD, duration=5, results=1, today=date(2026, 9, 30))
    after = quote(entry, **HD, duration=5, results=1, today=date(2026, 10, 1))
    assert (before.expected, after.expected) == (Decimal("0.185"), Decimal("0.2"))


def test_no_price_is_an_error_not_zero(kling):
    """A day, or a size, for which nobody knows a price is refused with what was asked."""
    with pytest.raises(BadInput, match="no price of klingai:3@1"):
        quote(kling, **HD, duration=5, results=1, today=date(2024, 1, 1))
    with pytest.raises(BadInput, match="1920x1080"):
        quote(kling, width=1920, height=1080, duration=5, results=1, today=TODAY)


@given(
    air=st.sampled_from(sorted(CATALOGUE)),
    duration=st.sampled_from([5, 10, 5.0, 10.0]),
    results=st.integers(1, 4),
)
def test_quotes_are_exact(air, duration, results):
    """A quote is the row times what is asked, to the last digit, and reads as plain digits."""
    entry = CATALOGUE.entry(air)
    width, height = a_size_of(entry)
    given = "none" if "text" in entry.modes else "frames"
    quoted = quote(entry, width=width, height=height, duration=duration, results=results, given=given, today=TODAY)
    units = {"second": Decimal(int(duration)), "image": Decimal(1), "compute": Decimal(width * height) / 1_000_000}
    assert quoted.expected == quoted.row.amount * units[quoted.row.unit] * results
    assert quoted.upper >= quoted.expected > 0
    assert set(str(quoted.expected)) <= set("0123456789.")
    assert type(quoted).model_validate_json(quoted.model_dump_json()) == quoted


def a_size_of(entry):
    """One that the model makes: 16:9, or what 16:9 is cut from."""
    mode = entry.modes[0]
    return sizes(entry, mode).get("16:9") or next_larger((1280, 720), entry.sizes[mode])
