"""The doctor: each thing that must work is tried, and what doesn't is named."""

import pytest
from pydantic import SecretStr

from stillreel.domain.shots import CLIP_MODEL
from stillreel.settings import Settings
from stillreel.studio.doctor import examine


@pytest.fixture
def settings(on_set):
    return Settings(
        runware_url=on_set.emulator.url,
        runware_api_key=SecretStr("a-key-that-is-nobodys"),
        archive=f"file://{on_set.root}",
        pace=0.001,
    )


def bad(findings):
    return [finding for finding in findings if not finding.good]


async def test_a_good_set_up(on_set, settings):
    """Key, balance and every right on the archive are found good, and nothing is left behind."""
    findings = await examine(settings)
    assert bad(findings) == []
    assert findings[0].what == f"provider at {on_set.emulator.url}"
    assert any("$100" in finding.says for finding in findings)
    assert len(findings) > 6
    assert on_set.files == []
    assert on_set.jobs == []


@pytest.mark.parametrize(
    "change,what,says",
    [
        ({"runware_api_key": SecretStr("wrong")}, "provider", "doesn't take the key"),
        ({"runware_api_key": None}, "provider", "RUNWARE_API_KEY"),
        ({"runware_url": "http://127.0.0.1:9/v1"}, "provider", "doesn't answer"),
        ({"archive": None}, "archive", "STILLREEL_ARCHIVE"),
        ({"archive": "s3://bucket"}, "archive", "isn't an archive's address"),
    ],
    ids=["wrong key", "no key", "no provider", "no archive", "no address"],
)
async def test_what_is_missing_is_named(on_set, settings, change, what, says):
    """Each thing that is missing is one finding that says what to do, and the rest is tried all the same."""
    on_set.emulator.switch(keys=["a-key-that-is-nobodys"])
    findings = await examine(settings.model_copy(update=change))
    (found,) = bad(findings)
    assert found.what.startswith(what)
    assert says in found.says
    assert len([finding for finding in findings if finding.good]) >= 2


@pytest.mark.parametrize(
    "change,says",
    [
        ({}, f"{CLIP_MODEL} is known"),
        ({"preflight": "offline"}, "STILLREEL_PREFLIGHT=offline"),
        ({"schemas_url": "http://127.0.0.1:9/resolve"}, f"{CLIP_MODEL} is unclear: ConnectError"),
    ],
    ids=["there", "offline", "away"],
)
async def test_what_is_said_of_the_models(on_set, settings, change, says):
    """The look before a purchase is tried, too; a list that is away is told and isn't in the way."""
    findings = await examine(settings.model_copy(update=change))
    assert bad(findings) == []
    (found,) = [finding for finding in findings if finding.what.startswith("models at ")]
    assert says in found.says


async def test_models_of_ones_own_are_read(on_set, settings, tmp_path):
    """A folder of one's own is read, and an entry in it that lacks something is named."""
    own = tmp_path / "models"
    own.mkdir()
    assert bad(await examine(settings.model_copy(update={"models": own}))) == []
    (own / "mine.yaml").write_text("air: made:up@1")
    (found,) = bad(await examine(settings.model_copy(update={"models": own})))
    assert "mine.yaml isn't a complete entry" in found.says


async def test_an_empty_account_is_named(on_set, settings):
    """A balance of nothing is found before a purchase finds it."""
    on_set.emulator.switch(balance="0")
    assert [finding.what for finding in bad(await examine(settings))] == ["balance"]


async def test_a_folder_that_is_not_there_is_named(on_set, settings):
    """A folder on a disk that isn't mounted: every part of the contract says so."""
    missing = settings.model_copy(update={"archive": f"file://{on_set.root}/not-mounted/archive"})
    found = bad(await examine(missing))
    assert found
    assert all(finding.what.startswith("archive") for finding in found)
