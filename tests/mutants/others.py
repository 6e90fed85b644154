"""More mutants: of what the model leaves out, which are clocks, claims of takes, frames and cancellation."""

from tests.mutants.mutant import STUDIO, TRACES, Mutant

OTHERS = (
    Mutant(
        "clocks that are apart",
        "Two processes' clocks may be apart by some seconds, and a send still arrives before its lease ends.",
        f"{STUDIO}/sending.py",
        "(LEASE_OVER_SEND - SETTLE_IN - CLOCKS)",
        "(LEASE_OVER_SEND - SETTLE_IN)",
        (f"{TRACES}::test_a_clock_that_is_late_overtakes_nobody",),
    ),
)
