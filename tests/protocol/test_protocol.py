"""The protocol of buying, played by a state machine: any order of calls, crashes, lost answers and people.

The rules step the real coroutines of `stillreel.studio` at each of their calls to store and provider. Every run of
the suite plays the same games; `PROTOCOL_GAMES=5000 pytest tests/protocol` plays as many others, and shrinks a loss.
"""

import os
from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.protocol import promises
from tests.protocol.ending import the_end, told
from tests.protocol.line import question_goes_wrong, submit_goes_wrong
from tests.protocol.plays import CASTS, PLAYS
from tests.protocol.shelf import goes_wrong
from tests.protocol.troubles import CAPS, DEAF, KINDS, MEETING, NEW_CAPS, PAUSES, SENDS, WAYS
from tests.protocol.world import MOST_PROCESSES, World

OTHERS = os.environ.get("PROTOCOL_GAMES")
ENOUGH = 120  # games in which every kind of trouble occurs
GAMES = int(OTHERS or ENOUGH)
STEPS = 25
OPENINGS = ("a send in trouble", "claims in the same moment", "a cancelled send", "an upload in trouble")
UPLOADS = (
    *((how, effects) for how in ("answer", "crash") for effects in (True, False)),
    ("answer", True),
    ("cancel", True),
)
LONG = 250  # steps: a still, and the first purchase of its clip
APART = 3.0  # seconds between the clocks of two processes, as far as the protocol bears

SEEN: Counter[str] = Counter()

some = st.integers(min_value=0, max_value=11)


class Protocol(RuleBasedStateMachine):
    """One game; each rule is something that the world may do."""

    world: World | None = None
    cast: tuple[str, ...] = ()

    @initialize(
        provider=st.sampled_from(sorted(WAYS)),
        picky=st.booleans(),
        caps=st.sampled_from(sorted(CAPS)),
        cast=st.sampled_from(sorted(CASTS)),
        plays=st.lists(some, min_size=1, max_size=3),
        opening=st.sampled_from(OPENINGS),
        words=st.sampled_from(((), *SENDS)),
        how=some,
    )
    def open(self, *, provider, picky, caps, cast, plays, opening, words, how):
        """Whoever begins, and the first one of them in trouble."""
        uploading = opening == "an upload in trouble"
        self.world = World(replace(WAYS[provider], picky=picky or uploading), CAPS[caps], apart=APART)
        self.cast = CASTS["clips" if uploading else cast]
        for play in plays:
            self.run_one(play)
        first = self.world.processes[0]
        if uploading:
            self.upload_in_trouble(first, how, *UPLOADS[how % len(UPLOADS)])
        elif opening == "a cancelled send" and self.world.go_to(first, "submit"):
            self.world.cancel(first, how, effects=how % 2 == 1)
        elif opening == "claims in the same moment":
            self.meet()
        if not self.world.alive():
            self.run_one(plays[0])
        self.in_trouble(self.world.alive()[0], words, how)

    @precondition(lambda self: self.world and len(self.world.alive()) < MOST_PROCESSES)
    @rule(play=some)
    def run(self, play):
        self.run_one(play)
        self.check()

    @precondition(lambda self: self.world and self.world.runs())
    @rule(play=some, n=some)
    def run_inside(self, play, n):
        """Another run in a process that is at work."""
        runs = self.world.runs()
        self.run_one(play, runs[n % len(runs)])
        self.check()

    @precondition(lambda self: self.world and self.again() and len(self.world.alive()) < MOST_PROCESSES)
    @rule(n=some)
    def run_again(self, n):
        """A run is run again under its root: its process has died, or only seems to have."""
        runs = self.again()
        old = runs[n % len(runs)]
        self.world.happened["a run is run again under its root"] += 1
        self.world.run(old.doing, root=old.roots[0])
        self.check()

    @precondition(lambda self: self.world and len(self.world.alive()) < MOST_PROCESSES)
    @rule(caps=st.sampled_from(sorted(NEW_CAPS)), steps=some)
    def caps_are_set(self, caps, steps):
        self.world.go_on(self.world.set_caps(NEW_CAPS[caps]), steps)
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
            self.world.go_on(self.world.run(slow.doing), steps)
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
            wrong = question_goes_wrong if call.kind in ("question", "download", "upload") else goes_wrong
            wrong(self.world, call, how)
        self.check()

    @precondition(lambda self: self.world and self.world.provider.ways.picky and self.filming())
    @rule(n=some, how=st.sampled_from(UPLOADS))
    def an_upload_goes_wrong(self, n, how):
        """The provider doesn't take the still by its id, and our own copy has trouble on its way."""
        self.upload_in_trouble(self.filming()[n % len(self.filming())], n, *how)
        self.check()

    @precondition(lambda self: self.world and self.world.alive())
    @rule(n=some, kind=st.sampled_from(("submit", *KINDS)), effects=st.booleans())
    def crash(self, n, kind, effects):
        process = self.any(n)
        if self.world.go_to(process, kind) is not None or process.alive:
            self.world.crash(process, effects=effects)
        self.check()

    @precondition(lambda self: self.world and self.world.runs())
    @rule(
        n=some,
        kind=st.sampled_from(("any", "submit", "submit", "question", *KINDS)),
        steps=st.integers(0, 1),
        effects=st.booleans(),
    )
    def cancel(self, n, kind, steps, effects):
        """A run is told to stop, wherever it stands."""
        runs = self.world.runs()
        process = runs[n % len(runs)]
        if kind != "any":
            self.world.go_to(process, kind)
        self.world.go_on(process, steps)
        if process.at_work:
            self.world.cancel(process, n, effects=effects)
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

    def run_one(self, n, inside=None):
        return self.world.run(self.cast[n % len(self.cast)], inside)

    def filming(self):
        return [process for process in self.world.runs() if process.doing in CASTS["clips"]]

    def again(self):
        return [process for process in self.world.processes if process.doing in PLAYS]

    def any(self, n):
        alive = self.world.alive()
        return alive[n % len(alive)]

    def in_trouble(self, process, words, how):
        for word in words:
            call = self.world.go_to(process, "question" if word == DEAF else "submit")
            if call is None:
                continue
            self.world.tell(f"TROUBLE with {process.name}: {word} {how}")
            if word == DEAF:
                question_goes_wrong(self.world, call, how)
            elif word != MEETING:
                submit_goes_wrong(self.world, self.world.provider, call, word, how)
            elif process.doing in PLAYS:
                self.world.go_on(self.world.run(process.doing), 20 + 4 * how)

    def meet(self):
        for process in self.world.alive():
            if PLAYS[process.doing].ready is None:
                self.world.go_to(process, "claim")

    def upload_in_trouble(self, process, n, how, effects):
        call = self.world.go_to(process, "upload", within=LONG)
        if call is not None and how == "answer":
            question_goes_wrong(self.world, call, 2 * n + int(effects))
        elif call is not None and how == "crash":
            self.world.crash(process, effects=effects)
        elif call is not None and process.at_work:
            self.world.cancel(process, n, effects=effects)

    def check(self) -> None:
        told(self.world, promises.check)


MUST_OCCUR = """
    a crash between sending and answer · an answer is lost · a request is lost · a submit is given up
    an abandoned submit arrives · a takeover · accepted by conflict · accepted by row · a refusal
    a refusal for load · a refusal after silence · two runs take turns · two runs in one process
    reconcile beside a run · decided resend · decided buy_again · decided write_off · a purchase is unknown
    a cap is reached · an event is refused · a write of the budget is refused · a write's answer is lost
    the store is away · a question goes unanswered · the provider forgets a job · rejected · withdrawn
    caps are set · a cap is lowered while something is held · a lowered cap stops what is held
    a run is cancelled · a run is cancelled during its send · a run is run again under its root
    a number is taken · a claim is refused · two takes of one request · a new take is found by its rerun
    a frame's id is refused · a frame is uploaded · an upload's answer is lost · a crash during an upload
    a clip is archived · a result is archived · a result is quarantined · a result is failed · a result is lost
"""


def a_rare_game(how):
    """Two runs of one clip, of which the first has trouble with its upload: chance begins too few of them."""
    game = Protocol()
    trouble = {"opening": "an upload in trouble", "words": (), "how": how}
    game.open(provider="refuses a known id", picky=True, caps="none", cast="clips", plays=[1, how], **trouble)
    game.teardown()


def test_the_protocol_keeps_its_promises():
    """In any order of calls, crashes, losses and decisions, a take is billed once, all ends, and no cap is passed."""
    SEEN.clear()
    for how in range(len(UPLOADS)):
        a_rare_game(how)
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
