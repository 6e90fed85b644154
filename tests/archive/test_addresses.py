"""Addresses taken apart, wherever an archive lies and lay."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.archive import layout
from stillreel.archive.addresses import name_in, parted
from tests.archive.test_layout import FORMATS, NAMES, PLACES

WORDS = st.sampled_from(["projects", "quarantine", "reels", "films", "projects-2"])
ROOTS = st.builds(
    lambda scheme, folders: scheme + "/".join(folders),
    st.sampled_from(["gs://b/", "file:///"]),
    st.lists(WORDS | NAMES, min_size=1, max_size=4),
)
DIGEST = UUID(int=7).hex * 2
MADE = st.builds(layout.media, PLACES, FORMATS)
REELS = st.builds(layout.reel, NAMES, NAMES, st.just(DIGEST))
GIVEN = st.builds(layout.given, NAMES, NAMES, st.just(DIGEST), st.just("PNG"))
OUTSIDE = MADE | REELS | GIVEN | st.builds(layout.lineage, MADE) | st.builds(layout.gallery, NAMES, NAMES)
ALL = OUTSIDE | st.builds(layout.quarantined, MADE)


@given(ROOTS, ALL)
def test_a_name_goes_into_an_address_and_comes_out(root: str, name: str) -> None:
    """Whatever folders lead to an archive, an address in it leads to the name that it was made of."""
    assert name_in(f"{root}/{name}", root) == name


@given(ROOTS.filter(lambda root: not root.endswith("/quarantine")), ALL)
def test_an_archive_that_moved_knows_its_old_addresses(old: str, name: str) -> None:
    """An address of another day is told by its end, and says where the archive lay."""
    assert name_in(f"{old}/{name}", "gs://another/place") == name
    assert parted(f"{old}/{name}") == (old, name)


@given(NAMES)
def test_what_somebody_put_there_has_its_name_too(folder: str) -> None:
    """A file below `projects/` that isn't where we put ours is found in the archive at hand."""
    name = f"projects/{folder}/picture.png"
    assert name_in(f"file:///projects/films/{name}", "file:///projects/films") == name


@pytest.mark.parametrize("uri", ["", "gs://b", "gs://b/projects/", "gs://b/projects/a/b", "https://a.example/b/c.png"])
def test_an_address_of_something_else_has_no_name(uri: str) -> None:
    """What nobody of ours has put there is no file of an archive, and stays whole."""
    assert (name_in(uri, "gs://other"), parted(uri)) == ("", (uri, ""))
