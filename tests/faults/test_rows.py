"""Every row of the fault table: what it says of the job, the money and the file is what happens."""

import pytest

from tests.faults.claims import nothing_out_of_order
from tests.faults.rows import Row
from tests.faults.scene import Plot, played
from tests.faults.table import PLAYED
from tests.studio.on_set import Open

PLOTS = [
    pytest.param(row, plot, id=row.fault + (f" ({n})" if len(row.plots) > 1 else ""))
    for row in PLAYED
    for n, plot in enumerate(row.plots, 1)
]


@pytest.mark.parametrize("row,plot", PLOTS)
async def test_a_row_is_true(request: pytest.FixtureRequest, open_set: Open, row: Row, plot: Plot) -> None:
    """Through the fault and then without it, job, money and file are as the table says, and nothing is paid twice."""
    gcs = request.getfixturevalue("gcs") if plot.bucket else None
    if gcs is not None and gcs.endpoint is None:
        pytest.skip("faults are put before a server of ours, not before Google")
    scene = await played(plot, await open_set(), gcs)
    row.job.holds(scene)
    row.money.holds(scene)
    row.file.holds(scene)
    nothing_out_of_order(scene, left_open=row.left_open)
