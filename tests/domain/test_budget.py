"""The budget: never above a cap, whatever is asked in whatever order, and nothing in it counts twice."""

import json
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stillreel.domain.accounts import Charge, Entry
from stillreel.domain.budget import Budget, Caps, check, hold_again, release, reserve, settle
from stillreel.domain.errors import CapReached, Money
from stillreel.domain.jobs import Job
from stillreel.domain.names import Place
from stillreel.domain.spending import lines, sum_of
from tests.domain.examples import JOB, accepted, decided, planned, result, sending, settled

TODAY = date(2026, 11, 22)
PRICE = Decimal("0.185")
usd = st.decimals(min_value=0, max_value=1000, places=4)
uuids = st.integers(min_value=1, max_value=12).map(lambda n: UUID(int=n))


def entry(n=1, *, upper=PRICE, project="harbour", day=TODAY, **more):
    place = Place(project=project, shot="lighthouse", stage="clip", take=n)
    known = {"uuid": UUID(int=n), "place": place, "model": "klingai:3@1", "day": day, "quoted": upper, "upper": upper}
    return Entry(**{**known, **more})


def capped(day=None, **projects):
    return Budget(caps=Caps(day=day, projects=projects))


def job(*ends, results=1, costs=True):
    """A job whose results ended so; None is one without a row."""
    events = [planned(results=results), sending(), accepted()]
    for k, (end, row) in enumerate(ends, 1):
        found = result(k)
        if row:
            without = found.row.model_copy(update={"cost": None})
            events.append(found if costs else found.model_copy(update={"row": without}))
        events.append(settled(k, end))
    return Job(JOB, events)


def test_a_cap_refuses_what_would_pass_it_and_says_why():
    """The refusal names the cap, what stands against it and what was asked; up to the last cent is within."""
    budget = reserve(reserve(capped(day=Decimal("0.5")), entry(1)), entry(2))
    budget = settle(budget, UUID(int=1), Charge(reported=Decimal("0.1"), unknown=Decimal("0.05")))
    with pytest.raises(CapReached) as caught:
        reserve(budget, entry(3))
    said = str(caught.value)
    for part in ("harbour/lighthouse/clip-003", "$0.185,", "$0.50 for day 2026-11-22", "$0.165 left", "$0.10 settled"):
        assert part in said
    assert "$0.185 held" in said
    assert "$0.05 unknown" in said
    assert (caught.value.money, caught.value.state) == (Money.NOT_SPENT, "refused")
    assert reserve(budget, entry(3, upper=Decimal("0.165"))).uses(TODAY)[0].left == 0


def test_a_project_has_a_cap_of_its_own():
    """A project's cap counts all days and no other project; a day's cap counts all projects and no other day."""
    budget = reserve(capped(day=Decimal("0.2"), harbour=Decimal("0.2")), entry(1, day=TODAY - timedelta(days=1)))
    with pytest.raises(CapReached, match="project harbour"):
        reserve(budget, entry(2))
    budget = reserve(budget, entry(3, project="forest"))
    with pytest.raises(CapReached, match="day 2026-11-22"):
        reserve(budget, entry(4, project="forest"))


def test_a_cap_of_zero_buys_nothing_at_all():
    """Not even what is free, though nothing held + nothing spent + nothing asked isn't above zero."""
    for budget in (capped(day=Decimal(0)), capped(harbour=Decimal(0))):
        with pytest.raises(CapReached):
            reserve(budget, entry(upper=Decimal(0)))
        with pytest.raises(CapReached):
            check(budget, day=TODAY, project="harbour", asked=Decimal("0.003"), what="this run")
    assert reserve(capped(forest=Decimal(0)), entry(upper=Decimal(0))).entries


def test_an_entry_is_shared():
    """A second run of the same job holds nothing more; on a later day it counts there."""
    budget = reserve(capped(day=PRICE), entry())
    assert reserve(budget, entry()) is budget
    later = reserve(budget, entry(day=TODAY + timedelta(days=1)))
    assert [use.held for day in (0, 1) for use in later.uses(TODAY + timedelta(days=day))] == [0, PRICE]
    assert reserve(later, entry()) is later


@pytest.mark.parametrize("cap", ["0", "0.1"])
def test_a_cap_that_was_lowered_counts_for_what_is_held(cap):
    """What is held and not sent yet is measured by the caps of today, before each send."""
    lowered = reserve(Budget(), entry()).model_copy(update={"caps": Caps(day=Decimal(cap))})
    with pytest.raises(CapReached):
        reserve(lowered, entry())


def test_a_resend_asks_for_its_price_once_more():
    """What a person sends again may cost twice: it asks the caps once, and what has no row is unknown in the end."""
    budget = reserve(capped(day=Decimal("0.4")), entry())
    twice = reserve(budget, entry(copies=2))
    assert twice.entries[UUID(int=1)].held == 2 * PRICE
    assert reserve(twice, entry(copies=2)) is twice
    with pytest.raises(CapReached):
        reserve(twice, entry(copies=3))
    (line,) = lines(settle(twice, UUID(int=1), Charge(reported=PRICE, against=PRICE, unknown=PRICE), copies=2))
    assert (line.quoted, line.reported, line.unknown, line.held) == (2 * PRICE, PRICE, PRICE, 0)


@pytest.mark.parametrize("sent", [True, False])
def test_a_resend_that_was_not_sent_costs_nothing(sent):
    """What it held is let go in the end, and its price is neither quoted nor unknown."""
    more = [sending(5000, attempt=2)] if sent else []
    told = Job(JOB, [planned(), sending(), decided("resend"), *more, accepted(), result(1), settled(1)])
    held = reserve(Budget(), Entry.of(told, TODAY))
    assert held.entries[JOB].copies == 2
    (line,) = lines(settle(held, JOB, Charge.of(told), copies=1 + told.sent_again))
    upper, quoted = told.planned.quote.upper, told.planned.quote.expected
    assert (line.quoted, line.unknown, line.held) == (quoted * (1 + sent), upper * sent, 0)


def test_a_resend_counts_on_its_own_day():
    """A cap that was full on the day of the first send doesn't stop a resend of the next day, which holds both."""
    full = reserve(capped(day=2 * PRICE), entry(2, upper=2 * PRICE))
    with pytest.raises(CapReached):
        reserve(full, entry(copies=2))
    tomorrow = TODAY + timedelta(days=1)
    alone = reserve(capped(day=2 * PRICE), entry())
    moved = reserve(alone, entry(copies=2).model_copy(update={"day": tomorrow}))
    assert [moved.uses(day)[0].held for day in (TODAY, tomorrow)] == [0, 2 * PRICE]


def test_what_was_reported_above_its_quote_stops_the_next():
    """It is booked in full, though it passes the cap, and nothing more fits."""
    budget = settle(reserve(capped(day=Decimal("0.5")), entry()), UUID(int=1), Charge(reported=Decimal("0.6")))
    assert budget.uses(TODAY)[0].left == 0
    with pytest.raises(CapReached, match=r"\$0\.60 settled"):
        reserve(budget, entry(2, upper=Decimal("0.0001")))


@pytest.mark.parametrize(
    "ends,costs,charge",
    [
        ([("archived", True)], True, {"reported": "0.1848", "against": "0.185"}),
        ([("archived", True)], False, {"unreported": "0.185"}),
        ([("quarantined", True)], True, {"reported": "0.1848", "against": "0.185"}),
        ([("lost", True)], True, {"reported": "0.1848", "against": "0.185"}),
        ([("lost", False)], True, {"unreported": "0.185"}),
        ([("failed", False)], True, {"unknown": "0.185"}),
        (
            [("archived", True), ("failed", False)],
            True,
            {"reported": "0.1848", "against": "0.0925", "unknown": "0.0925"},
        ),
    ],
    ids=["reported", "silent", "quarantined", "lost with a row", "lost", "failed", "half of it"],
)
def test_what_a_job_comes_to(ends, costs, charge):
    """Each result is booked as reported, as spent at its quote, or as unknown at its quote; none as nothing."""
    told = Charge.of(job(*ends, results=len(ends), costs=costs))
    assert told == Charge(**{name: Decimal(amount) for name, amount in charge.items()})


def test_a_provider_that_reports_less_than_nothing_gives_no_credit():
    """A negative cost would let others spend more than the cap."""
    events = list(job(("archived", True)).events)
    row = events[3].row.model_copy(update={"cost": Decimal(-5)})
    events[3] = events[3].model_copy(update={"row": row})
    assert Charge.of(Job(JOB, events)).reported == 0


def test_a_job_that_was_resent_holds_two():
    """The events say how often a job may have to be paid."""
    resent = Job(JOB, [planned(), sending(), decided("resend")])
    assert [Entry.of(each, TODAY).copies for each in (job(), resent)] == [1, 2]


def test_what_is_known_later_replaces_what_was_booked():
    """A job that was given up is booked at its quote; when its clip turns up after all, its cost takes that place."""
    budget = settle(reserve(Budget(), entry()), UUID(int=1), Charge(unreported=PRICE), keep=True)
    assert (budget.entries[UUID(int=1)].held, lines(budget)[0].unreported) == (0, PRICE)
    late = Charge(reported=Decimal("0.1848"), against=PRICE)
    for _ in range(2):
        budget = settle(budget, UUID(int=1), late, keep=True)
        (line,) = lines(budget)
        assert (line.quoted, line.reported, line.unreported) == (PRICE, Decimal("0.1848"), 0)
    assert release(budget, UUID(int=1)).totals == budget.totals


def test_a_job_that_was_released_and_accepted_after_all_is_held_again():
    """It is spent, whatever the caps say, and it is booked once although it keeps an entry until it is released."""
    budget = release(reserve(capped(day=PRICE), entry()), UUID(int=1))
    budget = reserve(budget, entry(2))
    again = hold_again(budget, entry())
    assert again.uses(TODAY)[0].held == 2 * PRICE
    assert hold_again(again, entry()) is again
    once = settle(again, UUID(int=1), Charge(reported=PRICE))
    assert settle(once, UUID(int=1), Charge(reported=PRICE)) is once
    assert once.uses(TODAY)[0].settled == PRICE
    held = reserve(Budget(), entry())
    assert hold_again(held, entry()) != held, "a release that is on its way must be refused"


def test_a_difference_alarms_only_past_rounding():
    """0.1848 for 0.185 is shown and is no alarm; a cent is one."""
    for reported, alarm in [("0.1848", False), ("0.185", False), ("0.195", True), ("0.175", True)]:
        charge = Charge(reported=Decimal(reported), against=PRICE)
        (line,) = lines(settle(reserve(Budget(), entry()), UUID(int=1), charge))
        assert (line.difference, line.alarming) == (Decimal(reported) - PRICE, alarm)
    free = Charge(reported=Decimal("0.01"))
    assert lines(settle(reserve(Budget(), entry()), UUID(int=1), free))[0].alarming


def test_another_budget_is_not_understood():
    """A budget of another version, and anything else, raises instead of being read as one without caps."""
    plain = json.loads(Budget().json_bytes())
    for wrong in [{**plain, "schema": "stillreel/budget/2"}, {**plain, "more": 1}, {"caps": {"day": "-1"}}, [], None]:
        with pytest.raises(ValueError, match="validation error"):
            Budget.of_json(json.dumps(wrong).encode())


@given(st.lists(st.tuples(uuids, usd, st.sampled_from(["harbour", "forest"]), st.booleans()), max_size=12))
def test_a_budget_survives_its_file(asked):
    """What is written is read as the same budget, and its text doesn't depend on how it came to be."""
    budget = capped(day=Decimal(10**6), harbour=Decimal("12.50"))
    for uuid, upper, project, ends in asked:
        try:
            budget = reserve(budget, entry(uuid.int, upper=upper, project=project))
        except CapReached:
            continue
        budget = settle(budget, uuid, Charge(reported=upper)) if ends else budget
    assert Budget.of_json(budget.json_bytes()) == budget
    assert Budget.of_json(budget.json_bytes()).json_bytes() == budget.json_bytes()


class Books(RuleBasedStateMachine):
    """Any order of reserving, settling and releasing, beside a plain list of what happened."""

    @initialize(day=usd, harbour=usd)
    def begin(self, day, harbour):
        self.budget = capped(day=day, harbour=harbour)
        self.held: dict[UUID, Entry] = {}
        self.came: list[tuple[Entry, Charge]] = []

    @rule(uuid=uuids, upper=usd, project=st.sampled_from(["harbour", "forest"]), later=st.integers(0, 1))
    def reserve(self, uuid, upper, project, later):
        new = entry(uuid.int, upper=upper, project=project, day=TODAY + timedelta(days=later))
        try:
            self.budget = reserve(self.budget, new)
        except CapReached:
            return  # what is held stays held, on its day
        stands = self.held.setdefault(uuid, new)
        self.held[uuid] = stands.model_copy(update={"day": max(stands.day, new.day)})

    @precondition(lambda self: self.held)
    @rule(data=st.data(), part=st.decimals(min_value=0, max_value=1, places=3))
    def settle(self, data, part):
        uuid = data.draw(st.sampled_from(sorted(self.held)))
        gone = self.held.pop(uuid)
        charge = Charge(reported=gone.upper * part, unknown=gone.upper * (1 - part))
        self.came.append((gone, charge))
        self.budget = settle(self.budget, uuid, charge)
        assert settle(self.budget, uuid, charge) is self.budget

    @rule(uuid=uuids)
    def release(self, uuid):
        self.held.pop(uuid, None)
        self.budget = release(self.budget, uuid)

    @invariant()
    def never_above_a_cap(self):
        for day in (TODAY, TODAY + timedelta(days=1)):
            for use in self.budget.uses(day):
                assert use.held + use.settled + use.unknown <= use.cap

    @invariant()
    def the_whole_is_its_parts(self):
        found = lines(self.budget)
        assert sum_of(found, "held") == sum(each.upper for each in self.held.values())
        assert sum_of(found, "reported") == sum(charge.reported for _, charge in self.came)
        assert sum_of(found, "unknown") == sum(charge.unknown for _, charge in self.came)
        quoted = [*self.held.values(), *(each for each, _ in self.came)]
        assert sum_of(found, "quoted") == sum(each.quoted for each in quoted)


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
