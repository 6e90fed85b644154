"""Names in the archive, whatever people type."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stillreel.archive import layout
from stillreel.archive.store import is_object_name
from stillreel.domain.names import NAME_PATTERN, Place, Stage

NAMES = st.from_regex(NAME_PATTERN[1:-1], fullmatch=True).filter(
    lambda name: name not in {"con", "prn", "aux", "nul", "reels", "index"}
)
STAGES: st.SearchStrategy[Stage] = st.sampled_from(["still", "clip"])
PLACES = st.builds(Place, project=NAMES, shot=NAMES, stage=STAGES, take=st.integers(1, 999))
FORMATS = st.sampled_from(sorted(layout.ENDINGS))
JOB = UUID("0b5e1d0a-4c1f-4a52-9d8a-3c1f0a6f7e11")


@given(st.text(), st.text())
def test_no_text_leaves_its_folder(project: str, shot: str) -> None:
    """Any text is either refused or stays exactly two folders below `projects/`."""
    try:
        prefix = layout.takes(project, shot, "still")
    except ValidationError:
        return
    assert prefix == f"projects/{project}/{shot}/still-"
    assert is_object_name(prefix)
    assert ".." not in prefix


@pytest.mark.parametrize("text", ["..", ".", "", "a/b", "../x", "A", "a b", "-a", "a\n", "a\0", "é", "con", "a" * 64])
def test_what_could_leave_is_refused(text: str) -> None:
    """The usual ways out of a folder are errors, for projects and for shots."""
    for project, shot in ((text, "ok"), ("ok", text)):
        with pytest.raises(ValidationError):
            layout.takes(project, shot, "clip")


@given(PLACES, FORMATS, st.integers(1, 4), st.integers(1, 4))
def test_every_name_is_one_a_store_takes(place: Place, media_format: str, k: int, results: int) -> None:
    """Files, as made and as cut, records, posters, claims and their places in quarantine are legal and different."""
    name = layout.media(place, media_format, k=min(k, results), results=results)
    full = layout.full(name)
    beside = [name, layout.lineage(name), layout.poster(name), layout.claim(place), full, layout.lineage(full)]
    everything = beside + [layout.quarantined(each) for each in beside]
    assert all(is_object_name(each) for each in everything)
    assert len(set(everything)) == len(everything)
    assert all(each.startswith(layout.shot(place.project, place.shot)) for each in beside)


@given(NAMES, NAMES, NAMES, st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_what_people_look_at_is_no_shots(project: str, name: str, shot: str, digest: str) -> None:
    """A page, sheets and reels have legal names of their own, and no shot is called as their folder."""
    reel = layout.reel(project, name, digest)
    names = [layout.gallery(project, name), layout.contact_sheet(project, name, digest), reel]
    names += [layout.lineage(reel), layout.poster(reel)]
    assert all(is_object_name(each) for each in names)
    assert len(set(names)) == len(names)
    assert not any(each.startswith(layout.shot(project, shot)) for each in names)
    assert [layout.is_gallery(each) for each in names] == [True, False, False, False, False]


@given(PLACES, PLACES, FORMATS, st.integers(1, 4), st.integers(1, 4))
def test_different_takes_share_no_name(one: Place, other: Place, media_format: str, k: int, j: int) -> None:
    """Two results have the same name only if they are the same result of the same take."""
    same = layout.media(one, media_format, k=k, results=4) == layout.media(other, media_format, k=j, results=4)
    assert same == ((one, k) == (other, j))


def test_the_names_of_the_design() -> None:
    """The names that people and other programs know."""
    still = Place(project="dune", shot="opening", stage="still", take=1)
    clip = Place(project="dune", shot="opening", stage="clip", take=12)
    assert layout.claim(still) == "projects/dune/opening/still-001.take.json"
    assert layout.media(still, "PNG") == "projects/dune/opening/still-001.png"
    assert layout.media(clip, "MP4") == "projects/dune/opening/clip-012.mp4"
    assert layout.media(clip, "WEBM", k=2, results=3) == "projects/dune/opening/clip-012-2.webm"
    assert layout.lineage("projects/dune/opening/clip-012-2.webm") == "projects/dune/opening/clip-012-2.lineage.json"
    assert layout.poster("projects/dune/opening/clip-012.mp4") == "projects/dune/opening/clip-012.poster.jpg"
    assert layout.quarantined("projects/dune/a/still-001.png") == "quarantine/projects/dune/a/still-001.png"
    assert layout.quarantined("projects/dune/a/still-001.png", purchase=2, sha256="0123456789abcdef") == (
        "quarantine/projects/dune/a/still-001.purchase-2.bad-0123456789ab.png"
    )
    assert layout.gallery("dune", "act-one") == "projects/dune/reels/act-one/index.html"
    digest = "0123456789abcdef" * 4
    assert layout.contact_sheet("dune", "act-one", digest) == "projects/dune/reels/act-one/contact-0123456789ab.jpg"
    assert layout.reel("dune", "act-one", digest) == "projects/dune/reels/act-one/reel-0123456789ab.mp4"
    assert layout.job_event(JOB, 10) == f"jobs/{JOB}/10.json"
    assert layout.open_marker(JOB) == f"open/{JOB}"


def test_a_result_before_the_first_has_no_name() -> None:
    """Results are counted from one; one more than was asked for takes the name of no other."""
    place = Place(project="p", shot="s", stage="clip", take=1)
    with pytest.raises(ValueError, match="result"):
        layout.media(place, "MP4", k=0)
    assert len({layout.media(place, "MP4", k=k, results=1) for k in (1, 2, 3)}) == 3
    assert len({layout.media(place, "MP4", k=k, results=2) for k in (1, 2, 3)}) == 3


def test_only_a_projects_files_go_to_quarantine() -> None:
    """Events and budgets have no place there."""
    with pytest.raises(ValueError, match="quarantine"):
        layout.quarantined("budget.json")


@given(st.uuids(), st.integers(0, 10_000))
def test_events_are_told_by_their_numbers(uuid: UUID, n: int) -> None:
    """A number goes into a name and comes out of it."""
    assert layout.event_number(layout.job_event(uuid, n)) == n
    assert layout.job_of_marker(layout.open_marker(uuid)) == uuid


@pytest.mark.parametrize("name", ["jobs/x/01.json", "jobs/x/-1.json", "jobs/x/a.json", "jobs/x/¹.json", "open/1.json"])
def test_other_names_are_no_events(name: str) -> None:
    """What we wouldn't have written isn't read as an event."""
    assert layout.event_number(name) is None
    assert layout.job_of_marker(name) is None
