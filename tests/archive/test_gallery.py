"""The gallery as HTML: whatever people write is text, and nothing on the page reaches elsewhere."""

from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.archive.gallery import File, Making, Page, ShownReel, ShownShot, Totals, gallery

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TAGS = {"html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "small", "dl", "div", "dt", "dd"}
TAGS |= {"section", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "video", "p", "img", "article"}
TAGS |= {"details", "summary", "pre", "span", "link"}
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "href", "src", "poster", "width", "height"}
ATTRIBUTES |= {
    "alt",
    "loading",
    "decoding",
    "controls",
    "playsinline",
    "preload",
    "aria-label",
    "id",
    "scope",
    "dir",
    "rel",
}
HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "' onmouseover='alert(1)",
    "</pre></title></style><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<!-- --><svg/onload=alert(1)>",
    "&lt;b&gt; &amp;amp; &#60;script&#62;",
    "]]><iframe src=https://evil.example>",
    "\u202egnp.llits\u202c \0 \ud800 😀",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=()), max_size=60))


class Seen(HTMLParser):
    """What a browser would see: elements, attributes, texts and addresses."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.links = set[str](), set[str](), list[str]()
        self.elements = list[tuple[str, dict[str, str | None]]]()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.elements.append((tag, dict(attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "poster"}]

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def a_file(stage: str = "clip", text: str = "waves", **changes: object) -> File:
    making = Making(
        stage="clip",
        place=text,
        prompt=text,
        negative_prompt=text,
        model=text,
        seed=7,
        quoted=Decimal("0.5"),
        reported=None,
        verdict=text,
        job=str(uuid4()),
    )
    href = "../../opening/clip-001.mp4" if stage == "clip" else "../../opening/still-001.png"
    facts = {"poster": "../../opening/clip-001.poster.jpg", "still": "../../opening/still-001.png", "width": 1280}
    facts |= {"height": 720, "media": text, "made": NOON, "lineage": "../../opening/clip-001.lineage.json"}
    return File.model_validate({"stage": stage, "href": href, "making": (making,), "chain": text, **facts, **changes})


def a_page(text: str = "why", **changes: object) -> Page:
    totals = Totals(done=1, shots=2, quoted=Decimal("1.50"), reported=Decimal("0.40"))
    facts = {"project": "film", "name": "storm", "totals": totals, "at": NOON, "flow_run": text, "troubles": (text,)}
    facts |= {"warnings": (text,)}
    reel = ShownReel(href="reel-0123456789ab.mp4", poster=None, lineage="reel-0123456789ab.lineage.json", says=text)
    return Page.model_validate({**facts, "reel": reel, "sheets": ("contact-0123456789ab.jpg",), **changes})


def shown(text: str) -> str:
    """A text as a parser gives it back: it has one kind of line end, and no half characters."""
    return text.encode(errors="replace").decode()


@given(TEXTS)
def test_whatever_is_written_is_text(text: str) -> None:
    """No words of a prompt, a message or a model become an element, an attribute or an address; all can be read."""
    shot = ShownShot(name="opening", state=text, message=text, todo=text, files=(a_file(text=text),), notes=(text,))
    still = ShownShot(name="still", state="done", files=(a_file("still", text, note=text),))
    seen, plain = Seen(gallery(a_page(text), (shot, still))), Seen(gallery(a_page(), (shot, still)))
    assert seen.tags <= TAGS
    assert seen.attributes <= ATTRIBUTES
    assert seen.links == plain.links
    assert len(seen.elements) == len(plain.elements)
    assert seen.text.count(shown(text)) >= 11


@given(st.lists(st.sampled_from(["..", "a", "b-1", "javascript:x", "x y", 'q"q', "a&b", "#", "?"]), min_size=1))
def test_every_address_is_relative(parts: list[str]) -> None:
    """An address never has a scheme or a host, and never leaves its quotes, whatever a file is called."""
    href = "../../" + "/".join(parts)
    seen = Seen(gallery(a_page(), (ShownShot(name="a", state="done", files=(a_file(href=href),)),)))
    assert seen.attributes <= ATTRIBUTES
    for link in seen.links:
        if link.startswith(("data:,", "data:image/gif;base64,")):
            continue
        assert not link.startswith(("/", "\\"))
        assert ":" not in link.partition("/")[0]
        assert not set(link) & set("\"'<> ?")


def test_a_quote_for_several_results_is_said_to_be_for_all() -> None:
    """Beside each of three clips of one job stands its own cost, and the whole job's quote as such."""
    making = a_file().making[0].model_copy(update={"results": 3, "reported": Decimal("0.16")})
    shots = (ShownShot(name="a", state="done", files=tuple(a_file(making=(making,)) for _ in range(3))),)
    assert Seen(gallery(a_page(), shots)).text.count("$0.16 reported, $0.50 quoted for all 3 results") == 3
    assert "for all" not in Seen(gallery(a_page(), (ShownShot(name="a", state="done", files=(a_file(),)),))).text


def test_nothing_is_loaded_before_it_is_looked_at() -> None:
    """Clips are fetched when they are played, pictures when they come into view, and there is room for them before."""
    shots = tuple(ShownShot(name=f"s-{n}", state="done", files=(a_file(), a_file("still"))) for n in range(400))
    page = gallery(a_page(), shots)
    seen = Seen(page)
    clips = [attributes for tag, attributes in seen.elements if tag == "video"]
    pictures = [attributes for tag, attributes in seen.elements if tag == "img"]
    assert {clip["preload"] for clip in clips} == {"none"}
    assert {picture["loading"] for picture in pictures} == {"lazy"}
    assert all(
        {"width", "height"} <= each.keys() for each in [*clips[1:], *pictures[1:]]
    )  # the reel and the sheet first
    assert len(page) < 1_500_000
    assert "content-visibility: auto" in page


def test_everybody_can_read_it() -> None:
    """Pictures and players have names, headings have no gap, the language is said, and it fits a phone."""
    shots = (ShownShot(name="a", state="done", files=(a_file(), a_file("still"))), ShownShot(name="b", state="failed"))
    seen = Seen(gallery(a_page(), shots))
    assert all(each["alt"] for tag, each in seen.elements if tag == "img")
    assert all(each["aria-label"] for tag, each in seen.elements if tag == "video")
    levels = [int(tag[1]) for tag, _ in seen.elements if tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert ("html", {"lang": "en"}) in seen.elements
    ids = [each["id"] for _, each in seen.elements if "id" in each]
    assert len(ids) == len(set(ids))
    assert {f"#{name}" for name in ids} >= {each for each in seen.links if each.startswith("#")} == {"#b"}


@pytest.mark.parametrize("state", ["flagged", "failed", "running", "refused"])
def test_what_is_not_done_is_said_first(state: str) -> None:
    """Shots that aren't done stand at the top, with why and what to do."""
    shot = ShownShot(name="storm", state=state, message="because of that", todo="do this")
    text = Seen(gallery(a_page(), (ShownShot(name="fine", state="done"), shot))).text
    top = text[text.index("Not done") : text.index("Reel")]
    assert all(said in top for said in ("storm", state, "because of that", "do this"))
    assert "fine" not in top
    assert "1 of 2" in text
    assert "$0.4" in text


def test_what_speaks_against_a_model_stands_at_the_top() -> None:
    """Before everything else; without a warning there is no heading for it."""
    shots = (ShownShot(name="storm", state="failed"),)
    text = Seen(gallery(a_page(warnings=("shot storm: an old model",)), shots)).text
    assert "shot storm: an old model" in text[text.index("Warnings") : text.index("Reel")]
    assert "Warnings" not in Seen(gallery(a_page(warnings=()), shots)).text
