"""Sweeping: what killed processes left behind goes, and nothing else does."""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from stillreel.settings import Settings
from stillreel.studio.studio import open_studio
from stillreel.studio.sweeping import OLD, sweep

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def aged(path: Path, age: timedelta) -> Path:
    """A path that was changed so long ago."""
    os.utime(path, times=((NOW - age).timestamp(),) * 2, follow_symlinks=False)
    return path


def left(folder: Path, age: timedelta, name: str | None = None) -> Path:
    """A temporary folder with a half download in it."""
    made = folder / name if name else Path(tempfile.mkdtemp(prefix="stillreel-", dir=folder))
    made.mkdir(exist_ok=True)
    (made / "result").write_bytes(b"half a clip")
    aged(made / "result", age)
    return aged(made, age)


LONG, SHORT = OLD * 2, OLD / 2


def test_only_what_is_old_and_ours_goes(tmp_path):
    """Folders of ours go after a day without a change; younger ones, links, files and others' names stay."""
    gone = left(tmp_path, LONG)
    stays = [left(tmp_path, SHORT), left(tmp_path, LONG, "stillreel-tests-abcd1234"), left(tmp_path, LONG, "others")]
    stays.append(left(tmp_path, LONG, "stillreel-pages-abcd1234"))
    (tmp_path / "stillreel-0000link").symlink_to(stays[2])
    (tmp_path / "stillreel-0000file").write_text("")
    stays += [aged(tmp_path / name, LONG) for name in ("stillreel-0000link", "stillreel-0000file")]
    sweep(NOW, tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(stays)
    assert (stays[2] / "result").read_bytes() == b"half a clip"
    assert not gone.exists()


@pytest.mark.parametrize("young", ["result", "."], ids=["a file in it", "the folder"])
def test_what_somebody_still_writes_to_stays(tmp_path, young):
    """A download that takes for ever keeps its folder."""
    made = left(tmp_path, LONG)
    aged(made / young, SHORT)
    sweep(NOW, tmp_path)
    assert (made / "result").exists()


async def test_opening_a_studio_sweeps(tmp_path, monkeypatch):
    """Every run and every command that asks the provider begins by sweeping the system's temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone, stays = left(tmp_path, timedelta(days=20_000)), Path(tempfile.mkdtemp(prefix="stillreel-"))
    settings = Settings(runware_api_key=SecretStr("k"), archive=(tmp_path / "archive").as_uri())
    async with open_studio(settings):
        assert os.listdir(tmp_path) == [stays.name], gone  # noqa: PTH208 - nothing waits for this disk
