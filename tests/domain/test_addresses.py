"""Addresses that somebody has only begun, those that are whole, and what of them is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.domain.addresses import lacking, without_secrets

SECRETS = st.text(st.sampled_from("xS3cret;:?#@/=& é℀%"), max_size=12)


@pytest.mark.parametrize(
    "address,lack",
    [
        ("https://", "no host follows https://"),
        ("http:///picture.png", "no host follows http://"),
        ("https://?token=1", "no host follows https://"),
        ("https://:8080/picture.png", "no host follows https://"),
        ("https://name@/picture.png", "no host follows https://"),
        ("gs://", "no bucket follows gs://"),
        ("gs:///boards/picture.png", "no bucket follows gs://"),
        ("gs://films", "no name follows gs://films"),
        ("gs://films/", "no name follows gs://films"),
        ("file://", "no path follows file://"),
        ("file:///", "no path follows file://"),
    ],
)
def test_what_an_address_lacks_is_named(address, lack):
    """A host, a bucket, a name in it, or a path."""
    assert lacking(address) == lack


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example",
        "http://[::1]/picture.png",
        "https://a.example:8080?picture=1",
        "gs://films/p",
        "gs://films/?",
        "file:///films/projects/a/b/c.png",
        "images/quay.png",
        "shot:opening",
        "",
        "ftp://",
        "HTTP:///a.png",
    ],
)
def test_a_whole_address_lacks_nothing(address):
    """Neither does a path, nor what nobody reads: that has another answer."""
    assert lacking(address) is None


@given(user=SECRETS, query=SECRETS, fragment=SECRETS, parameters=SECRETS)
def test_what_may_be_a_secret_is_not_kept(user, query, fragment, parameters):
    """Of a URL scheme, host and path stay; not who asks, the query, the fragment, nor what follows a semicolon."""
    who = "".join(letter for letter in user if letter not in "/?#")  # those would end the host
    url = f"https://{who}:{who}@a.example:8080/stock/lamp one.png;{parameters}?{query}#{fragment}"
    assert without_secrets(url) == "https://a.example:8080/stock/lamp one.png"


@pytest.mark.parametrize(
    "address", ["images/Bild mit Ümläut#2;a?.png", "/a/b@c.png", "gs://pictures/stock/lamp one #2;?.png", "http://a"]
)
def test_what_has_no_secrets_is_kept_as_it_was_given(address):
    """Names on disks and in buckets may hold any letter, and are the only way back to the picture."""
    assert without_secrets(address) == address
