"""Addresses that somebody has only begun, and those that are whole."""

import pytest

from stillreel.domain.addresses import lacking


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
