"""What is known of each model, written down by hand from the vendor's pages and client: never read from our entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Rule = Literal["required", "optional", "forbidden"]
Sizes = frozenset[tuple[int, int]]

HD: Sizes = frozenset({(1280, 720), (720, 720), (720, 1280)})
FULL: Sizes = frozenset({(1920, 1080), (1080, 1080), (1080, 1920)})
NEW_HD: Sizes = frozenset({(1280, 720), (960, 960), (720, 1280)})
NEW_FULL: Sizes = frozenset({(1920, 1080), (1440, 1440), (1080, 1920)})
UHD: Sizes = frozenset({(3840, 2160), (2880, 2880), (2160, 3840)})
NO_SIZES: Sizes = frozenset()
FIVE_OR_TEN = frozenset({5, 10})
THREE_TO_FIFTEEN = frozenset(range(3, 16))


@dataclass(frozen=True)
class Clips:
    """One row of the tables of video models."""

    slug: str  # after klingai-
    status: str
    since: str | None  # the day of its release
    text: Sizes | None  # of a clip from words; None: it makes none
    framed: Sizes  # of a clip from a first frame; none: the size comes from the image
    price: str  # of 5 s from a first frame, without sound if that can be asked for
    june: Rule = "required"  # the prompt on 23 June 2026
    november: Rule = "required"  # and on 22 November
    negative: bool = True
    guidance: bool = False
    last: bool | None = False  # whether it takes a last frame; None: nobody says
    sound: bool = False  # whether it can be asked for
    seconds: frozenset[int] = FIVE_OR_TEN
    fps: int | None = None  # from a frame


def old(slug: str, since: str | None, text: Sizes | None, framed: Sizes, price: str, **more: Any) -> Clips:
    """A model of the generation that makes 5 or 10 seconds."""
    return Clips(slug, more.pop("status", "deprecated"), since, text, framed, price, guidance=True, **more)


def turned(slug: str, since: str | None, framed: Sizes, price: str, fps: int) -> Clips:
    """One that took no prompt in June and has required one since September."""
    return old(slug, since, None, framed, price, june="forbidden", negative=False, fps=fps)


def new(slug: str, since: str | None, text: Sizes, price: str, **more: Any) -> Clips:
    """A model of the generation that takes the size from the image."""
    return Clips(slug, more.pop("status", "live"), since, text, NO_SIZES, price, **more)


def omni(slug: str, since: str | None, text: Sizes, price: str) -> Clips:
    return new(slug, since, text, price, negative=False, last=None, sound=True, seconds=THREE_TO_FIFTEEN)


def three(slug: str, since: str, text: Sizes, price: str) -> Clips:
    return new(slug, since, text, price, last=None, sound=True, seconds=THREE_TO_FIFTEEN)


VIDEO = "klingai:kling-video@"
CLIPS: Mapping[str, Clips] = {
    "klingai:1@1": old("1-0-standard", "2024-06-10", HD, HD, "about 0.185 up to 0.42", fps=30),
    "klingai:1@2": old("1-0-pro", None, HD, HD, "about 0.35 up to 0.56", fps=30),
    "klingai:2@1": turned("1-5-standard", None, HD, "about 0.1848 up to 0.185", fps=30),
    "klingai:2@2": turned("1-5-pro", None, FULL, "about 0.35 up to 0.9", fps=30),
    "klingai:3@1": old("1-6-standard", "2024-12-19", HD, HD, "0.185", fps=24),
    "klingai:3@2": turned("1-6-pro", None, FULL, "about 0.35 up to 0.9", fps=24),
    "klingai:4@3": old("2-0-master", "2025-04-15", HD, HD, "0.924", fps=24),
    "klingai:5@1": turned("2-1-standard", "2025-05-29", HD, "0.185", fps=24),
    "klingai:5@2": old("2-1-pro", None, None, FULL, "about 0.9 up to 0.9", last=True, fps=24),
    "klingai:5@3": old("2-1-master", "2025-05-29", FULL, FULL, "0.924", fps=24),
    "klingai:6@0": old("2-5-turbo-standard", "2025-10-23", None, NO_SIZES, "0.21", status="live", fps=30),
    "klingai:6@1": old("2-5-turbo-pro", None, HD, HD, "about 0.35 up to 0.56", status="live", last=None, fps=30),
    f"{VIDEO}2.6-pro": new("video-2-6-pro", "2025-12-11", NEW_FULL, "0.35", guidance=True, last=True, sound=True),
    f"{VIDEO}3-standard": three("video-3-0-standard", "2026-02-05", NEW_HD, "0.42"),
    f"{VIDEO}3-pro": three("video-3-0-pro", "2026-02-05", NEW_FULL, "0.56"),
    f"{VIDEO}3-4k": three("video-3-0-4k", "2026-04-23", UHD, "2.1"),
    f"{VIDEO}3.0-turbo": new(
        "video-3-0-turbo", "2026-06-17", NEW_HD | NEW_FULL, "0.56", last=None, seconds=THREE_TO_FIFTEEN
    ),
    f"{VIDEO}o3-standard": omni("video-3-0-omni-standard", "2026-02-05", NEW_HD, "about 0.42 up to 0.63"),
    f"{VIDEO}o3-pro": omni("video-3-0-omni-pro", "2026-02-05", NEW_FULL, "about 0.56 up to 0.84"),
    f"{VIDEO}o3-4k": omni("video-3-0-omni-4k", None, UHD, "about 2.1 up to 3.15"),
    "klingai:kling@o1": new(
        "video-o1-pro", "2025-12-01", NEW_FULL, "0.56", status="api-only", negative=False, last=None
    ),
    "klingai:kling@o1-standard": new(
        "video-o1-standard", "2025-12-01", NEW_HD, "0.42", status="api-only", negative=False, last=None
    ),
}


@dataclass(frozen=True)
class Stills:
    """One row of the table of image models."""

    slug: str
    since: str | None
    negative: bool
    made: tuple[int, int]  # what is asked for where 1280x720 is wanted
    price: str  # of that
    refused: tuple[int, int] | None = None  # a size that it doesn't make
    prompt: Rule = "required"
    size: Rule = "required"
    steps: int | None = None  # the most; None: unknown, or no such field
    seed: bool = True


WIDE = (1280, 720)
STILLS: Mapping[str, Stills] = {
    "runware:z-image@turbo": Stills(
        "alibaba-z-image-turbo", "2025-11-26", True, WIDE, "about 0.00313344 up to 0.00626688", (1288, 720), steps=50
    ),
    "runware:100@1": Stills(
        "bfl-flux-1-schnell", None, True, (1280, 768), "about 0.001277952 up to 0.002555904", WIDE, steps=100
    ),
    "runware:101@1": Stills(
        "bfl-flux-1-dev", "2024-08-01", True, (1280, 768), "about 0.003735552 up to 0.007471104", WIDE, steps=100
    ),
    "runware:400@4": Stills("bfl-flux-2-klein-4b", None, True, WIDE, "about 0.00055296 up to 0.00110592"),
    "runware:400@2": Stills("bfl-flux-2-klein-9b", None, True, WIDE, "about 0.000718848 up to 0.001437696"),
    "runware:400@1": Stills("bfl-flux-2-dev", None, True, WIDE, "about 0.02304 up to 0.04608"),
    "bfl:5@1": Stills("bfl-flux-2-pro", "2025-11-26", False, WIDE, "0.03"),
    "alibaba:qwen-image@2.0": Stills(
        "alibaba-qwen-image-2-0", "2026-02-10", True, WIDE, "0.035", (2049, 720), size="optional", seed=False
    ),
    "runware:108@1": Stills("alibaba-qwen-image", None, True, WIDE, "about 0.0073728 up to 0.0147456"),
    "bytedance:5@0": Stills(
        "bytedance-seedream-4-0", None, False, WIDE, "about 0.03 up to 0.04", (720, 720), size="optional", seed=False
    ),
    "bytedance:seedream@4.5": Stills(
        "bytedance-seedream-4-5", None, False, (2560, 1440), "about 0.04 up to 0.04", WIDE, size="optional", seed=False
    ),
    "bytedance:seedream@5.0-pro": Stills(
        "bytedance-seedream-5-0-pro", None, False, WIDE, "about 0.0481 up to 0.10255", prompt="optional",
        size="optional", seed=False,
    ),
    "google:4@3": Stills(
        "google-nano-banana-2", "2026-02-26", False, (1376, 768), "0.06895", WIDE, size="optional"
    ),
}  # fmt: skip
