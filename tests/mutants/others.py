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
    Mutant(
        "a fresh look at the caps",
        "A send is measured by the caps as they stood shortly before it.",
        f"{STUDIO}/budgeting.py",
        "            if studio.clock.now() < looked + FRESH * studio.settings.pace:\n",
        "            if looked:\n",
        ("protocol/test_stopping.py::test_a_cap_is_looked_at_shortly_before_each_send",),
    ),
    Mutant(
        "cancelling before a send",
        "A run that was cancelled sends nothing more.",
        f"{STUDIO}/together.py",
        " for item, answer in waiting if not answer.done()]",
        " for item, answer in waiting]",
        ("protocol/test_stopping.py::test_a_cancelled_run_sends_nothing_more",),
    ),
    Mutant(
        "a claim of one's own",
        "A number that somebody else has claimed with other words is theirs.",
        "stillreel/archive/archive.py",
        "            if stands.nonce == mine.nonce:\n                return stands\n",
        "            if stands.nonce:\n                return stands\n",
        ("protocol/test_takes.py::test_different_words_at_once_are_two_takes",),
    ),
    Mutant(
        "a number that is taken",
        "A number that holds another request is refused.",
        "stillreel/domain/takes.py",
        "            if claim in ours:\n",
        "            if claims:\n",
        ("protocol/test_takes.py::test_a_number_that_holds_other_words_is_refused",),
    ),
    Mutant(
        "a new take for each root run",
        "A new take is its root run's: another root makes another, and the same one finds it.",
        "stillreel/domain/takes.py",
        " if claim.new and claim.run == root_run]",
        " if claim.new]",
        ("protocol/test_takes.py::test_a_new_take_is_its_root_runs",),
    ),
    Mutant(
        "a frame of our own",
        "A clip whose frame's id was refused is bought once more, from our own copy.",
        f"{STUDIO}/buying.py",
        "frame is not None and _frame_in(job) == frame.image_uuid:",
        "frame is None:",
        ("protocol/test_takes.py::test_an_upload_may_fail",),
    ),
    Mutant(
        "and it stays our own",
        "Once a frame's id was refused, every later purchase of the clip brings our own copy.",
        f"{STUDIO}/buying.py",
        "_needs_upload(job, frame, ours=ours) or upload",
        "_needs_upload(job, frame, ours=ours)",
        ("protocol/test_takes.py::test_a_frame_is_brought_once_its_id_was_refused",),
    ),
)
