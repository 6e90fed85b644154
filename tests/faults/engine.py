"""The table's rows about Prefect, which other tests play: `Elsewhere(..., test="tests/flows/test_x.py::test_name")`."""

from tests.faults.rows import Elsewhere

ONCE = "spent once"
ARCHIVED = "archived"

ENGINE: tuple[Elsewhere, ...] = (
    Elsewhere(
        "its server is killed in mid run, and is back after 30 s",
        "`done`; the run is completed in its records, too",
        ONCE,
        ARCHIVED,
        "tests/flows/test_engine_away.py::test_a_server_that_is_away_for_half_a_minute_is_waited_for",
    ),
    Elsewhere(
        "its server is killed in mid run, and never comes back",
        "`done`; the last line says so once Prefect's retries have given up, after a minute or two, and the process "
        "ends within 15 s of it",
        ONCE,
        ARCHIVED,
        "tests/flows/test_engine_away.py::test_a_server_that_never_comes_back_loses_no_clip",
    ),
    Elsewhere(
        "the run is killed with all of its processes, at five moments",
        "`done` by the next run of the shot",
        ONCE,
        ARCHIVED,
        "tests/flows/test_killed.py::test_killed_in_prefect",
        "abc",
    ),
    Elsewhere(
        "the run is cancelled in the UI while it waits",
        "`cancelled`; the log names the jobs that are paid for; the next run finds them",
        ONCE,
        "archived by the next run, or by `reconcile`",
        "tests/flows/test_cancelling.py::test_a_cancelled_run_says_what_is_paid_and_loses_nothing",
    ),
    Elsewhere(
        "the run is stopped by Ctrl-C, or politely by its container",
        "`running` if a job of its is at the provider, else `failed`; the last line says how many jobs are paid for; "
        "the next run finds them",
        ONCE,
        "archived by the next run, or by `reconcile`",
        "tests/flows/test_endings.py::test_a_run_that_is_stopped_by_hand_says_what_it_has_bought",
    ),
    Elsewhere(
        "its server is killed in mid run, and then the run is stopped by Ctrl-C or politely",
        "`running`; the last line says so after five seconds, and its process ends within nine",
        ONCE,
        "archived by the next run, or by `reconcile`",
        "tests/flows/test_engine_away.py::test_a_polite_stop_waits_for_no_server",
    ),
)
