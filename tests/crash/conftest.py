"""What the scenes of a session share: canned media, a Google Cloud Storage, and a certificate store of one."""

from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from tests.archive.fake_gcs import some_gcs

pytest.register_assert_rewrite("tests.crash.scene", "tests.crash.killing")

END = "-----END CERTIFICATE-----\n"


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where emulators keep their canned pictures and clips."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session", autouse=True)
def quick_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hundreds of processes are started that speak no TLS: one certificate is read faster than all of them."""
    one = certifi.contents().partition(END)[0] + END
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    file.write_text(one[one.index("-----BEGIN") :])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The address of a Google Cloud Storage; stores that are opened in this process go there, too."""
    with some_gcs() as found, pytest.MonkeyPatch.context() as patch:
        if not found.fake or found.endpoint is None:
            pytest.skip("requests are held before a server of ours, not before Google")
        patch.setenv("STORAGE_EMULATOR_HOST", found.endpoint)
        yield found.endpoint
