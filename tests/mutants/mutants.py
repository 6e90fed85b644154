"""What each mechanism of the protocol is there for: taken away one at a time, with the tests that must notice.

A mutant is one small change of the source. Where the source moves on, `test_mutants.py` says which one to follow up.
The sentences are those of the protocol as the model that was checked knows them.
"""

from tests.mutants.mutant import Mutant

STUDIO = "stillreel/studio"
TRACES = "protocol/test_traces.py"

MUTANTS = (
    Mutant(
        "create-only in a folder",
        "An event, a claim and a file are written once and never overwritten.",
        "stillreel/archive/folder.py",
        "                os.link(temporary, target)\n",
        "                temporary.replace(target)\n",
        ("archive/test_contract.py::test_a_second_create_is_refused[folder]",),
    ),
    Mutant(
        "create-only in a bucket",
        "An event, a claim and a file are written once and never overwritten.",
        "stillreel/archive/gcs.py",
        "self._put(name, io.BytesIO(data), sums_of(data), content_type, metadata, match=0)",
        "self._put(name, io.BytesIO(data), sums_of(data), content_type, metadata, match=None)",
        ("archive/test_contract.py::test_a_second_create_is_refused[bucket]",),
    ),
    Mutant(
        "matched writes in a folder",
        "A matched write replaces the generation that was read, and no other.",
        "stillreel/archive/folder.py",
        "            if current != generation:\n",
        "            if current is None:\n",
        ("archive/test_contract.py::test_a_stale_matched_write_is_refused[folder]",),
    ),
    Mutant(
        "nonce",
        "A refusal that follows a lost answer is read back and recognised by its nonce.",
        "stillreel/archive/archive.py",
        "            if EVENT.validate_json(stands).nonce != event.nonce:\n                raise\n",
        "            if EVENT.validate_json(stands):\n                raise\n",
        ("archive/test_archive.py::test_an_event_of_ours_is_not_a_refusal[folder]",),
    ),
    Mutant(
        "lease",
        "While a lease lives, only its owner sends.",
        "stillreel/domain/jobs.py",
        " and self.events[-1] is last and now < last.at + timedelta(seconds=last.lease)\n",
        " and now is None\n",
        (f"{TRACES}::test_while_a_lease_lives_only_its_owner_sends",),
    ),
    Mutant(
        "owner",
        "The owner of a lease is a process, never a run.",
        f"{STUDIO}/studio.py",
        "    owner: str = field(default_factory=lambda: secrets.token_hex(8))\n",
        '    owner: str = "whoever"\n',
        (f"{TRACES}::test_a_rerun_is_another_process",),
    ),
    Mutant(
        "asking first",
        "Whoever takes over asks before it sends again.",
        f"{STUDIO}/sending.py",
        "        await _ask_first(studio, job, run)\n\n\n",
        "        await _send_now(studio, job, run)\n\n\n",
        (f"{TRACES}::test_whoever_takes_over_asks_first",),
    ),
    Mutant(
        "a sending for each send",
        "Every send has its own `sending` and lease, also a repeated one after a refusal for load.",
        f"{STUDIO}/sending.py",
        "            job = await studio.archive.append(job, sending)\n",
        "            job = job if refusals else await studio.archive.append(job, sending)\n",
        ("studio/test_buying.py::test_a_provider_that_is_busy_is_given_its_time",),
    ),
    Mutant(
        "one more look at the clock",
        "No process sends that stood still since it took the right to.",
        f"{STUDIO}/post.py",
        "if now < parcel.until]",
        "if now]",
        ("studio/test_going_on.py::test_who_stood_still_does_not_send",),
    ),
    Mutant(
        "the wait before asking",
        "After no answer, a submit has 2 s to be registered before the provider is asked.",
        f"{STUDIO}/sending.py",
        "            await studio.clock.sleep(SETTLE_IN * GROWTH**silences)\n",
        "",
        ("studio/test_buying.py::test_a_job_that_is_registered_late_is_found_again",),
    ),
    Mutant(
        "the window",
        "A job is sent again within 60 minutes of its first `sending` only.",
        "stillreel/domain/jobs.py",
        "        return first is not None and now < first.at + MEMORY\n",
        "        return first is not None\n",
        ("studio/test_going_on.py::test_long_after_the_send",),
    ),
    Mutant(
        "refusal after a silence",
        "A refusal ends a job only if no earlier `sending` of it went unanswered.",
        f"{STUDIO}/sending.py",
        "        case Refused() if len(job.unanswered) == 1:\n",
        "        case Refused() if job.unanswered:\n",
        (f"{TRACES}::test_a_refusal_after_a_silence_ends_nothing",),
    ),
    Mutant(
        "refusal for load",
        "A refusal for load says nothing about the sends before it.",
        "stillreel/domain/jobs.py",
        "        away = {event.attempt for event in self.all(TurnedAway)}\n",
        "        away = {n for event in self.all(TurnedAway) for n in range(event.attempt + 1)}\n",
        ("studio/test_buying.py::test_a_refusal_for_load_answers_its_own_send_only",),
    ),
    Mutant(
        "confirming a conflict",
        "A known UUID is ours once a row or the request in the details confirms it.",
        f"{STUDIO}/sending.py",
        "            await _confirm(studio, job, run)\n",
        '            await accept(studio, job, run, "conflict")\n',
        ("studio/test_buying.py::test_a_conflict_that_nothing_confirms_is_unknown",),
    ),
    Mutant(
        "the marker",
        "A marker is written before event 0, so that the job is found until it ends.",
        f"{STUDIO}/buying.py",
        "    await studio.archive.mark_open(uuid)\n",
        "",
        (f"{TRACES}::test_a_process_that_dies_leaves_nothing_behind",),
    ),
    Mutant(
        "the purchase grows",
        "After a withdrawal the purchase grows by itself, as after a rejection.",
        "stillreel/domain/jobs.py",
        '        return again or self.standing in ("rejected", "withdrawn")\n',
        '        return again or self.standing in ("rejected",)\n',
        (f"{TRACES}::test_the_next_purchase_follows_a_withdrawal",),
    ),
    Mutant(
        "acceptance outweighs a rejection",
        "Acceptance outweighs an earlier `rejected`.",
        "stillreel/domain/jobs.py",
        "        for kind in (Closed, Accepted):\n",
        "        for kind in (Closed,):\n",
        ("domain/test_jobs.py::test_where_a_job_stands",),
    ),
    Mutant(
        "holding again",
        "What is accepted after a rejection reserves again.",
        f"{STUDIO}/budgeting.py",
        "    if job.last(Rejection) is None:\n        return\n",
        "    if job:\n        return\n",
        ("studio/test_booking.py::test_what_was_accepted_after_all_is_held_again",),
    ),
    Mutant(
        "reservation",
        "No job starts whose quote isn't reserved within the caps.",
        f"{STUDIO}/budgeting.py",
        "        return reserve(budget, Entry.of(now, studio.clock.now().date())) if held else budget\n",
        "        return budget\n",
        ("studio/test_caps.py::test_sixteen_runs_against_a_cap_for_ten",),
    ),
    Mutant(
        "measuring what is held",
        "What is held is measured by the caps again before each send.",
        "stillreel/domain/budget.py",
        "    check(budget.without(new.uuid)",
        "    if stands is None:\n        check(budget.without(new.uuid)",
        ("studio/test_caps.py::test_a_cap_that_was_lowered_to_zero_stops_what_is_held",),
    ),
    Mutant(
        "a bare status is no refusal",
        "Only 429, or an error row that names our job, is a refusal.",
        "stillreel/runware/answers.py",
        "BY_STATUS = {429: ErrorKind.RATE_LIMIT}",
        "BY_STATUS = {403: ErrorKind.AUTH, 429: ErrorKind.RATE_LIMIT}",
        ("studio/test_buying.py::test_a_gateway_that_refuses_what_was_taken_buys_nothing_twice",),
    ),
    Mutant(
        "asking before a resend",
        "What a person lets send again is asked about once more.",
        f"{STUDIO}/sending.py",
        "        await _send_again(studio, job, run)\n",
        "        await _send_now(studio, job, run)\n",
        ("studio/test_deciding.py::test_a_resend_asks_before_it_sends",),
    ),
    Mutant(
        "reserving reads the events",
        "Reserving reads the budget, then the job's events, and goes on only from `planned`.",
        f"{STUDIO}/budgeting.py",
        "        now = await studio.archive.events(job.uuid)\n        held =",
        "        now = job\n        held =",
        (f"{TRACES}::test_what_was_withdrawn_meanwhile_holds_nothing",),
    ),
    Mutant(
        "reserving writes what it read",
        "The budget is written with the generation that was read.",
        "stillreel/archive/budget.py",
        "budget.json_bytes(), generation=generation)",
        "budget.json_bytes(), generation=(await self._read())[1])",
        ("archive/test_books.py::test_many_processes_share_one_budget",),
    ),
    Mutant(
        "booking before closing",
        "Settling removes the entry and adds to the totals before `closed` is written.",
        f"{STUDIO}/settling.py",
        "    await book(studio, job)\n    while",
        "    while",
        ("studio/test_caps.py::test_what_was_bought_is_in_the_books",),
    ),
    Mutant(
        "booking after closing",
        "Settling removes the entry and adds to the totals before `closed` is written.",
        f"{STUDIO}/settling.py",
        "    await book(studio, job)\n"
        '    while job.standing != "closed":\n'
        "        try:\n"
        "            job = await studio.archive.append(job, event)\n"
        "        except ObjectExists:\n"
        "            job = await studio.archive.events(job.uuid)\n",
        '    while job.standing != "closed":\n'
        "        try:\n"
        "            job = await studio.archive.append(job, event)\n"
        "        except ObjectExists:\n"
        "            job = await studio.archive.events(job.uuid)\n"
        "    await book(studio, job)\n",
        (f"{TRACES}::test_a_process_that_dies_after_the_purchase_loses_nothing",),
    ),
    Mutant(
        "leftovers",
        "An entry of a job that has ended is a leftover, and is dropped.",
        f"{STUDIO}/budgeting.py",
        'OVER = ("rejected", "withdrawn", "closed")\n',
        "OVER = ()\n",
        ("studio/test_booking.py::test_a_leftover_holds_nobody_up",),
    ),
    Mutant(
        "walking the entries",
        "Reconciling walks the budget's entries as well as the markers.",
        f"{STUDIO}/reconciling.py",
        "    return {**dict.fromkeys(held, studio.clock.now()), **await studio.archive.open_jobs()}\n",
        "    return await studio.archive.open_jobs() if held else await studio.archive.open_jobs()\n",
        (f"{TRACES}::test_what_is_held_without_a_marker_is_found",),
    ),
    Mutant(
        "a decision ends the job",
        "Write off and buy again book the old job at its quote and end it.",
        f"{STUDIO}/deciding.py",
        "    return await conclude(studio, job)\n",
        "    return job\n",
        ("studio/test_deciding.py::test_buying_again_is_another_purchase",),
    ),
    Mutant(
        "a decision is booked",
        "Write off and buy again book the old job at its quote and end it.",
        f"{STUDIO}/settling.py",
        "    await book(studio, job)\n    while",
        "    if job.given_up is None:\n        await book(studio, job)\n    while",
        ("studio/test_deciding.py::test_a_take_that_was_written_off_stays_so",),
    ),
    Mutant(
        "what turns up late",
        "A result that turns up after a decision goes to quarantine.",
        f"{STUDIO}/keeping.py",
        "            if self.job.given_up is not None:\n",
        "            if self.job is None:\n",
        ("studio/test_deciding.py::test_what_turns_up_later_goes_to_quarantine",),
    ),
    Mutant(
        "booked once more as it goes",
        "What is known of a job that was given up is booked once more as its entry goes.",
        f"{STUDIO}/budgeting.py",
        "            known = settle(budget, job.uuid, Charge.of(job)) if job.given_up is not None else budget\n",
        "            known = budget\n",
        (f"{TRACES}::test_who_books_what_it_knew_is_put_right",),
    ),
    Mutant(
        "what the provider forgot",
        "An accepted job of which nothing is shown past the provider's memory is lost, booked at its quote.",
        f"{STUDIO}/watching.py",
        "        return await studio.client.details(job.uuid) is None\n",
        "        return await studio.client.details(job.uuid) is job\n",
        ("studio/test_watching.py::test_a_job_that_the_provider_forgot_is_lost",),
    ),
    Mutant(
        "one error for all",
        "An answer with an error and nothing in progress ends every result that has no row.",
        f"{STUDIO}/watching.py",
        " or (failures and not asked.running):\n",
        ":\n",
        (f"{TRACES}::test_one_error_ends_all_results",),
    ),
    Mutant(
        "failures of one answer",
        "Failures are counted in one answer, never added up over answers.",
        f"{STUDIO}/watching.py",
        "    failures = tuple(Failure(code=error.code, reason=error.message) for error in asked.errors)\n",
        "    seen = look.__dict__.setdefault(job.uuid, [])\n"
        "    seen += [Failure(code=error.code, reason=error.message) for error in asked.errors]\n"
        "    failures = tuple(seen)\n",
        ("studio/test_watching.py::test_an_early_failure_waits_for_its_siblings",),
    ),
    Mutant(
        "numbering anew",
        "Who is refused an event reads again, and takes the number from what it read.",
        f"{STUDIO}/watching.py",
        "            job = await studio.archive.append(job, result)\n"
        "        except ObjectExists:\n"
        "            job = await studio.archive.events(job.uuid)\n",
        "            job = await studio.archive.append(job, result)\n"
        "        except ObjectExists:\n"
        "            job = await studio.archive.append(await studio.archive.events(job.uuid), result)\n",
        ("studio/test_watching.py::test_watchers_that_meet_agree_on_the_numbers",),
    ),
    Mutant(
        "closing before done",
        "A take is done when `closed` is written, after the last result's end.",
        f"{STUDIO}/settling.py",
        '        if job.standing != "closed":\n            await close(studio, job)\n',
        "",
        ("studio/test_going_on.py::test_between_the_last_end_and_the_close",),
    ),
    Mutant(
        "verification before upload",
        "Nothing takes a final name that wasn't opened and measured.",
        f"{STUDIO}/keeping.py",
        "            if facts is None:\n",
        "            if self.studio is None:\n",
        ("studio/test_settling.py::test_bytes_that_are_no_picture_go_to_quarantine",),
    ),
    Mutant(
        "the verdict's hold",
        "What is flagged or unchecked goes to quarantine and stops its chain.",
        f"{STUDIO}/keeping.py",
        "            if self.result.k not in self.verdicts.moving:\n",
        "            if self.verdicts is None:\n",
        ("studio/test_settling.py::test_a_flagged_still_goes_to_quarantine_and_stops_its_chain",),
    ),
)
