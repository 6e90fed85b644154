"""Sets for the rows of the fault table: each with an emulator, an archive and time of its own."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.faults.claims")

from tests.archive.conftest import gcs  # noqa: E402, F401
from tests.studio.conftest import on_set, open_set  # noqa: E402, F401 - fixtures, after the claims are rewritten


@pytest.fixture(autouse=True)
def no_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here speaks TLS, and reading all the world's authorities takes longer than a row does."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
