"""The protocol of buying, played by a state machine: any order of calls, crashes, lost answers and people.

The rules step the real coroutines of `stillreel.studio` at each of their calls to store and provider. Every run of
the suite plays the same games; `PROTOCOL_GAMES=5000 pytest tests/protocol` plays as many others, and shrinks a loss.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from stillreel.domain.budget import Caps
from tests.protocol import promises
from tests.protocol.ending import the_end, told
from tests.protocol.provider import TROUBLES, Ways, question_goes_wrong, submit_goes_wrong
from tests.protocol.shelf import goes_wrong
from tests.protocol.world import MOST_PROCESSES, PRICE, TAKES, World

OTHERS = os.environ.get("PROTOCOL_GAMES")
ENOUGH = 120  # games in which every kind of trouble occurs
GAMES = int(OTHERS or ENOUGH)
STEPS = 25

WAYS = {
    "refuses a known id": Ways(fates=("ok", "flagged")),
    "refuses it while it runs": Ways(duplicate="after_end", fates=("ok", "one fails")),
    "runs it again": Ways(duplicate="always", fates=("one fails", "ok")),
    "is slow, and checks in one step": Ways(slow=True, fates=("flagged", "ok")),
    "is slow and blind, and checks in one step": Ways(slow=True, blind=True),
    "fails": Ways(fates=("all fail", "one fails", "ok")),
}
CAPS = {
    "none": Caps(),
    "none that matters": Caps(day=100 * PRICE),
    "3 a day, 1 for quarry": Caps(day=3 * PRICE, projects={"quarry": PRICE}),
    "2 for harbour, 0 for quarry": Caps(projects={"harbour": 2 * PRICE, "quarry": PRICE * 0}),
}
KINDS = (
    "event sending",
    "event accepted",
    "event",
    "budget",
    "question",
    "question",
    "unmark",
    "file",
    "marker",
    "read budget",
)
MEETING = "another run"
SENDS = (
    (MEETING,),
    (MEETING, "silence"),
    *((word,) for word in TROUBLES),
    ("answer", "answer"),
    ("silence", "refusal"),
    ("request", "refusal"),
    ("load", "refusal"),
    ("load", "request", "refusal"),
    ("silence", "load", "silence"),
    ("request", "silence", "answer"),
)
PAUSES = (1.0, 3.0, 15.0, 45.0, 95.0, 700.0, 3700.0, 8000.0)
SEEN: Counter[str] = Counter()

some = st.integers(min_value=0, max_value=11)


class Protocol(RuleBasedStateMachine):
    """One game; each rule is something that the world may do."""

    world: World | None = None

    @initialize(
        provider=st.sampled_from(sorted(WAYS)),
        caps=st.sampled_from(sorted(CAPS)),
        takes=st.lists(st.sampled_from(sorted(TAKES)), min_size=1, max_size=3),
        words=st.sampled_from(((), *SENDS)),
        how=some,
    )
    def open(self, provider, caps, takes, words, how):
        """Whoever begins, the first one of them in trouble."""
        self.world = World(WAYS[provider], CAPS[caps])
        for take in takes:
            self.world.run(take)
        self.in_trouble(self.world.alive()[0], words, how)

    @precondition(lambda self: self.world and len(self.world.alive()) < MOST_PROCESSES)
    @rule(take=st.sampled_from(sorted(TAKES)))
    def run(self, take):
        self.world.run(take)
        self.check()

    @precondition(lambda self: self.world and self.world.runs())
    @rule(take=st.sampled_from(sorted(TAKES)), n=some)
    def run_inside(self, take, n):
        """Another run in a process that is at work."""
        runs = self.world.runs()
        self.world.run(take, runs[n % len(runs)])
        self.check()

    @precondition(lambda self: self.world and self.world.jobs() and len(self.world.alive()) < MOST_PROCESSES)
    @rule(resume=st.booleans())
    def tidy_up(self, resume):
        (self.world.resume if resume else self.world.reconcile)()
        self.check()

    @precondition(lambda self: self.world and self.world.alive())
    @rule(n=some, steps=st.integers(1, 25), which=some)
    def go_on(self, n, steps, which):
        self.world.go_on(self.any(n), steps, which)
        self.check()

    @precondition(lambda self: self.world and len(self.world.alive()) > 1)
    @rule(rounds=st.integers(1, 12), which=some)
    def take_turns(self, rounds, which):
        for _ in range(rounds):
            for process in self.world.alive():
                self.world.step(process, which)
        self.check()

    @precondition(lambda self: self.world and self.world.runs() and len(self.world.alive()) < MOST_PROCESSES)
    @rule(
        n=some, kind=st.sampled_from(("submit", "event sending", "budget", "event closed")), steps=st.integers(10, 60)
    )
    def one_stands_still(self, n, kind, steps):
        """A run waits at a call, and another one of the same take begins and goes on."""
        runs = self.world.runs()
        slow = runs[n % len(runs)]
        if self.world.go_to(slow, kind) is not None:
            self.world.run(slow.doing)
            self.world.go_on(self.world.alive()[-1], steps)
        self.check()

    @precondition(lambda self: self.world and self.world.alive())
    @rule(n=some, words=st.sampled_from(SENDS), how=some)
    def sends_go_wrong(self, n, words, how):
        """One after another, of the same process."""
        self.in_trouble(self.any(n), words, how)
        self.check()

    @precondition(lambda self: self.world and self.world.provider.ways.slow and self.world.alive())
    @rule(n=some)
    def an_earlier_send_arrives_first(self, n):
        """A send is given up and repeated, and the first of the two is registered just before the second."""
        process = self.any(n)
        call = self.world.go_to(process, "submit")
        if call is not None:
            submit_goes_wrong(self.world, self.world.provider, call, "silence", n)
            self.world.go_to(process, "submit")
            self.world.provider.catch_up()
            self.world.go_on(process, 5)
        self.check()

    @precondition(lambda self: self.world and self.world.alive())
    @rule(n=some, kind=st.sampled_from(KINDS), how=some)
    def another_call_goes_wrong(self, n, kind, how):
        call = self.world.go_to(self.any(n), kind)
        if call is not None:
            self.world.tell(f"TROUBLE with {call.process.name}: {call.kind} {how}")
            wrong = question_goes_wrong if call.kind in ("question", "download") else goes_wrong
            wrong(self.world, call, how)
        self.check()

    @precondition(lambda self: self.world and self.world.alive())
    @rule(n=some, kind=st.sampled_from(("submit", *KINDS)), effects=st.booleans())
    def crash(self, n, kind, effects):
        process = self.any(n)
        if self.world.go_to(process, kind) is not None or process.alive:
            self.world.crash(process, effects=effects)
        self.check()

    @precondition(lambda self: self.world and self.world.alive())
    @rule(n=some, effects=st.booleans())
    def nobody_comes_back(self, n, effects):
        """A send, and then an hour in which nobody does anything."""
        for process in [self.any(n), *self.world.alive()]:
            if self.world.go_to(process, "submit") is not None or process.alive:
                self.world.crash(process, effects=effects)
        self.world.pass_time(3700)
        self.check()

    @precondition(lambda self: self.world and (self.world.alive() or self.world.marked()))
    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds):
        self.world.tell(f"{seconds} s pass")
        self.world.pass_time(seconds)
        self.check()

    @precondition(lambda self: self.world and self.world.provider.orphans)
    @rule(n=some, lost=st.booleans())
    def abandoned(self, n, lost):
        provider = self.world.provider
        submit = provider.orphans[n % len(provider.orphans)]
        if lost and submit.registering is None:
            provider.get_lost(submit)
        else:
            provider.arrive(submit)
        self.check()

    @precondition(lambda self: self.world and self.world.provider.forgettable())
    @rule()
    def forget(self):
        for uuid in self.world.provider.forgettable():
            self.world.provider.forget(uuid)
            self.world.happened["the provider forgets a job"] += 1

    @precondition(lambda self: self.world and self.world.unknown())
    @rule(word=st.sampled_from(["resend", "buy_again", "write_off"]), n=some)
    def decide(self, word, n):
        unknown = self.world.unknown()
        self.world.decide(unknown[n % len(unknown)], word)
        self.check()

    def teardown(self):
        if self.world is None:
            return
        try:
            the_end(self.world)
        finally:
            SEEN.update(self.world.happened)
            self.world.close()

    def any(self, n):
        alive = self.world.alive()
        return alive[n % len(alive)]

    def in_trouble(self, process, words, how):
        for word in words:
            call = self.world.go_to(process, "submit")
            if call is not None and word == MEETING and process.doing in TAKES:
                self.world.run(process.doing)
                self.world.go_on(self.world.alive()[-1], 20 + 4 * how)
            elif call is not None and word != MEETING:
                self.world.tell(f"TROUBLE with {process.name}: {word} {how}")
                submit_goes_wrong(self.world, self.world.provider, call, word, how)

    def check(self) -> None:
        told(self.world, promises.check)


MUST_OCCUR = """
    a crash between sending and answer · an answer is lost · a request is lost · a submit is given up
    an abandoned submit arrives · a takeover · accepted by conflict · accepted by row · a refusal
    a refusal for load · a refusal after silence · two runs take turns · two runs in one process
    reconcile beside a run · decided resend · decided buy_again · decided write_off · a purchase is unknown
    a cap is reached · an event is refused · a write of the budget is refused · a write's answer is lost
    the store is away · a question goes unanswered · the provider forgets a job · rejected · withdrawn
    a result is archived · a result is quarantined · a result is failed · a result is lost
"""


def test_the_protocol_keeps_its_promises():
    """In any order of calls, crashes, losses and decisions, a take is billed once, all ends, and no cap is passed."""
    SEEN.clear()
    run_state_machine_as_test(
        Protocol,
        settings=settings(
            max_examples=GAMES,
            stateful_step_count=STEPS,
            derandomize=OTHERS is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if OTHERS else [Phase.generate],
            print_blob=True,
        ),
    )
    wanted = [each.strip() for line in MUST_OCCUR.strip().splitlines() for each in line.split("·")]
    never = [each for each in wanted if not SEEN[each]]
    assert not never or GAMES < ENOUGH, f"never occurred: {never}; {dict(SEEN)}"
