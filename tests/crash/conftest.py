"""What the scenes of a session share: canned media and a Google Cloud Storage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.crash.scene", "tests.crash.killing")

from tests.archive.fake_gcs import some_gcs  # noqa: E402 - the asserts of what is imported are rewritten
from tests.crash.acting import perform  # noqa: E402
from tests.crash.scene import built  # noqa: E402


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The address of a Google Cloud Storage; stores that are opened in this process go there, too."""
    with some_gcs() as found, pytest.MonkeyPatch.context() as patch:
        if not found.fake or found.endpoint is None:
            pytest.skip("requests are held before a server of ours, not before Google")
        patch.setenv("STORAGE_EMULATOR_HOST", found.endpoint)
        yield found.endpoint


@pytest.fixture(scope="session")
async def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Canned pictures and clips for every emulator; made by one chain before several could make the same at once."""
    folder = tmp_path_factory.mktemp("media")
    async with built(tmp_path_factory.mktemp("first") / "scene", folder) as scene:
        await scene.check(await perform(scene.part("first")))
    return folder
