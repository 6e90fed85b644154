"""Settings: what the environment says, with the key as a secret."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from stillreel.archive import open_store
from stillreel.domain.errors import BadSettings
from stillreel.settings import IN_FLIGHT, MAX_USD, PATIENCE, RUNWARE_URL, SCHEMAS_URL, Settings
from stillreel.studio.studio import open_studio

ALL = {
    "RUNWARE_API_KEY": "a-key-that-is-nobodys",
    "STILLREEL_RUNWARE_URL": "http://127.0.0.1:7000/v1",
    "STILLREEL_ARCHIVE": "file:///tmp/archive",
    "STILLREEL_MAX_USD": "0.50",
    "STILLREEL_PACE": "0.01",
    "STILLREEL_PATIENCE": "60",
    "STILLREEL_IN_FLIGHT": "7",
    "STILLREEL_VIEW_URL": "http://127.0.0.1:7001",
    "STILLREEL_MODELS": "/",
    "STILLREEL_PREFLIGHT": "offline",
    "STILLREEL_SCHEMAS_URL": "http://127.0.0.1:7002/schemas/",
    "HOME": "/root",
}


def test_the_environment_is_read():
    """Every variable has its setting; money keeps its digits."""
    settings = Settings.of(ALL)
    assert settings.key.get_secret_value() == "a-key-that-is-nobodys"
    assert settings.runware_url == "http://127.0.0.1:7000/v1"
    assert settings.archive_uri == "file:///tmp/archive"
    assert str(settings.max_usd) == "0.50"
    assert (settings.pace, settings.patience, settings.in_flight) == (0.01, 60, 7)
    assert settings.view_url == "http://127.0.0.1:7001"
    assert (settings.models, settings.preflight) == (Path("/"), "offline")
    assert settings.schemas == "http://127.0.0.1:7002/schemas"


@pytest.mark.parametrize("env", [{}, dict.fromkeys(ALL, "")], ids=["absent", "empty"])
def test_what_is_absent_or_empty_is_the_default(env):
    """The real service, five dollars, real time; no key and no archive."""
    settings = Settings.of(env)
    assert (settings.runware_url, settings.max_usd, settings.pace) == (RUNWARE_URL, MAX_USD, 1.0)
    assert (settings.patience, settings.in_flight, MAX_USD) == (PATIENCE, IN_FLIGHT, Decimal(5))
    assert settings.runware_api_key is settings.archive is settings.view_url is settings.models is None
    assert (settings.preflight, settings.schemas) == ("online", SCHEMAS_URL)


@pytest.mark.parametrize(
    "api,schemas",
    [
        ("https://api.runware.ai/v1", SCHEMAS_URL),
        ("https://eu.api.runware.ai/v1", SCHEMAS_URL),
        ("https://runware.ai.example.com/v1", "https://runware.ai.example.com/resolve"),
        ("http://127.0.0.1:7000/v1", "http://127.0.0.1:7000/resolve"),
    ],
)
def test_another_provider_has_its_own_list_of_schemas(api, schemas):
    """Whoever stands in for the vendor is asked itself which models it has."""
    assert Settings(runware_url=api).schemas == schemas


@pytest.mark.parametrize(
    "name,nonsense",
    [
        ("STILLREEL_PREFLIGHT", "sometimes"),
        ("STILLREEL_SCHEMAS_URL", "schemas.runware.ai"),
        ("STILLREEL_SCHEMAS_URL", "https://[::1"),
        ("STILLREEL_MODELS", "/no/such/folder"),
    ],
)
def test_what_is_no_setting_is_named(name, nonsense):
    """A word, an address or a folder that can't be meant is told with the variable's name."""
    with pytest.raises(BadSettings, match=f"{name}.*{re.escape(nonsense)}"):
        Settings.of({name: nonsense})


async def test_a_broken_entry_of_ones_own_is_bad_settings(tmp_path):
    """What an entry lacks is told with its file before anything is opened."""
    (tmp_path / "mine.yaml").write_text("air: made:up@1\nkind: clip\n")
    settings = Settings(archive=f"file://{tmp_path}/none", runware_api_key=SecretStr("k"), models=tmp_path)
    with pytest.raises(BadSettings, match=r"mine\.yaml isn't a complete entry:(.|\n)*slug is missing"):
        async with open_studio(settings):
            pytest.fail("opened")


async def test_what_is_missing_is_said_all_at_once():
    """A run without a key and without an archive is told both, before anything is opened."""
    with pytest.raises(BadSettings, match=r"RUNWARE_API_KEY.*STILLREEL_ARCHIVE"):
        async with open_studio(Settings()):
            pytest.fail("opened without a key")
    with pytest.raises(BadSettings, match="RUNWARE_API_KEY"):
        _ = Settings().key
    with pytest.raises(BadSettings, match="STILLREEL_ARCHIVE"):
        _ = Settings().archive_uri


@pytest.mark.parametrize("name", ["STILLREEL_MAX_USD", "STILLREEL_PACE", "STILLREEL_PATIENCE"])
@pytest.mark.parametrize("nonsense", ["five", "-1", "NaN", "Infinity", "1,5", "$5"])
def test_nonsense_is_named(name, nonsense):
    """A number that isn't one, or is below zero, is told with the variable's name."""
    with pytest.raises(BadSettings, match=f"{name}.*{nonsense.replace('$', '.')}"):
        Settings.of({name: nonsense})


@pytest.mark.parametrize("nonsense", ["0", "-3", "2.5", "many", "٣"])
def test_jobs_are_counted_whole(nonsense):
    """What is no whole number of jobs, or none at all, is told with the variable's name."""
    with pytest.raises(BadSettings, match=f"STILLREEL_IN_FLIGHT.*{nonsense}"):
        Settings.of({"STILLREEL_IN_FLIGHT": nonsense})


def test_a_ceiling_of_zero_is_a_ceiling():
    """Zero means that nothing may be bought, not that there is no ceiling."""
    assert Settings.of({"STILLREEL_MAX_USD": "0"}).max_usd == 0


def test_the_key_is_in_no_representation():
    """Printing, dumping or copying settings never shows the key."""
    settings = Settings.of(ALL).with_key(SecretStr("another-secret-key"))
    for text in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert "secret-key" not in text
        assert "nobodys" not in text
    assert settings.key.get_secret_value() == "another-secret-key"


@pytest.mark.parametrize("archive", ["/srv/archive", "s3://bucket", "gs://", "file:///", "gs://b?x=1"])
async def test_an_archive_that_is_no_address_is_bad_settings(archive):
    """What isn't gs://bucket/prefix or file:///folder is told before anything is opened."""
    with pytest.raises(BadSettings, match=r"isn't an archive's address|has a '\?'"):
        async with open_studio(Settings(archive=archive, runware_api_key=SecretStr("k"))):
            pytest.fail("opened")


@pytest.mark.parametrize(
    "archive,why",
    [
        ("gs://", "it names no bucket"),
        ("gs:///films", "it names no bucket"),
        ("file://", "it names no folder"),
        ("file:///", "it names no folder"),
        ("file://films/a", "a folder follows three slashes, and 'films' follows two"),
    ],
)
def test_an_archive_by_half_an_address_says_what_is_missing(archive, why):
    """And what one looks like."""
    said = f"{archive!r} isn't an archive's address: {why}; it looks like gs://bucket/prefix or file:///folder"
    with pytest.raises(BadSettings, match=re.escape(said)):
        open_store(archive)


@pytest.mark.parametrize("url", ["api.runware.ai", "ftp://api.runware.ai", "http://", "https://[::1"])
async def test_a_provider_that_is_no_address_is_bad_settings(url, tmp_path):
    """A malformed address of the provider is told before anything is asked."""
    with pytest.raises(BadSettings, match="http"):
        async with open_studio(Settings(archive=f"file://{tmp_path}", runware_api_key=SecretStr("k"), runware_url=url)):
            pytest.fail("opened")


@pytest.mark.parametrize("key", ["", "with space", "line\nbreak", "clé"])
async def test_a_key_that_no_header_holds_is_bad_settings(key, tmp_path):
    """A key with spaces, line breaks or other letters is told as such, and not shown."""
    with pytest.raises(BadSettings, match="key") as caught:
        async with open_studio(Settings(archive=f"file://{tmp_path}", runware_api_key=SecretStr(key))):
            pytest.fail("opened")
    assert not key or key not in str(caught.value)


def test_the_lower_ceiling_is_the_one_that_is_named():
    """A limit of somebody's own is named where it is lower than the setting, and only there."""
    settings = Settings.of({"STILLREEL_MAX_USD": "2"})
    capped = settings.capped(Decimal(1), "limits.max_usd")
    assert (capped.max_usd, capped.ceiling) == (1, "limits.max_usd")
    for most in (None, Decimal(2), Decimal(3)):
        assert settings.capped(most, "limits.max_usd") == settings
    assert settings.ceiling == "STILLREEL_MAX_USD"
