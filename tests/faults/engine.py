"""The table's rows about Prefect, which other tests play: `Elsewhere(..., test="tests/flows/test_x.py::test_name")`."""

from tests.faults.rows import Elsewhere

ENGINE: tuple[Elsewhere, ...] = ()
