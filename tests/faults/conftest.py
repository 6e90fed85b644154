"""Sets for the rows of the fault table: each with an emulator, an archive and time of its own."""

import pytest

pytest.register_assert_rewrite("tests.faults.claims")

from tests.archive.conftest import gcs  # noqa: E402, F401
from tests.studio.conftest import on_set, open_set  # noqa: E402, F401 - fixtures, after the claims are rewritten
