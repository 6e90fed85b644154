"""The words of the model: its rules, what may be assumed of the world, and what must hold.

A rule is one sentence of the protocol and can be taken away. An assumption is switched on by its name.
"""

RULES = {
    "once": "An event is written once, at the number after those that were read; who is refused reads again.",
    "ask": "Who takes over asks the provider before it writes `sending`.",
    "each": "Every send has a `sending` of its own, also the second send of the same process.",
    "proof": "A refusal is `rejected` only where no earlier `sending` of the job went unanswered.",
    "process": "The owner of a lease is a process, not a run: a rerun isn't the owner of what it left behind.",
    "grow": "After `withdrawn` the purchase grows, as after `rejected`.",
    "ends": "`rejected` and `withdrawn` end a job as `closed` does: anybody may release what it holds.",
    "walk": "`reconcile` walks the entries of the budget as well as the markers.",
    "book": "The budget is settled before `closed` is written.",
    "fresh": "Reserving reads the budget, then the events, then writes with the generation that it read.",
    "lost": "An accepted job that the provider has forgotten ends as lost, booked at its quote.",
    "newest": "It is lost only 60 minutes after its newest send.",
    "first": "A run sends again by itself only within 60 minutes of the first `sending` that is still in doubt.",
    "decided": "Write off and buy again book the job at its quote and end it.",
    "away": "A send that was turned away, or never left, is written down and is in doubt no longer.",
    "clock": "A process looks at the clock once more before its send leaves, and doesn't send past its time.",
    "measure": "What is held is measured by the cap again before each send.",
    "resend": "What a person lets send again is asked about once more before it is sent.",
    "rebook": "What is known of a closed job is booked as its entry goes: once more, if a person had given it up.",
    "renumber": "(Watching) Who is refused an event reads again, and takes the number from what it read.",
    "count": "(Watching) Failures have no id: they are those of one answer, never added up over answers.",
    "whole": "(Watching) An answer with an error and nothing in progress ends all results that have no row.",
}

ASSUMPTIONS = {
    "CONFLICT": "A known UUID is refused for ever.",
    "AFTER_END": "A known UUID may run again after its end.",
    "ALWAYS": "A known UUID always runs again.",
    "SLOW": "Registering may take longer than 2 s and the lease, but less than 60 minutes.",
    "ATOMIC": "The provider checks and registers a UUID in one step, so that two submits never both pass the check.",
    "BLIND": "A question may find no trace of a job that still runs; no job runs for 60 minutes.",
    "FORGETS": "The provider may forget a job sooner than 60 minutes after its first `sending`.",
    "STALL": "A process may stand still between its `sending` and its last look at the clock, for however long.",
    "FROZEN": "A process may stand still after that look, and its send on its way, for longer than its lease.",
    "NAP": "A process may stand still for an hour between the answer 'no trace' and its next `sending`.",
    "AWAY": "The provider may be away when a person decides, who then can't ask.",
}

PROPERTIES = {
    "S1": "At most one billed run of the take; a person's resend or buy again allows one more each.",
    "S2": "From every state, without further faults, the take can come to its end; what is unknown, a person decides.",
    "S3": "What starts is held within the cap as it was when it was measured; what is billed is in the books, once.",
    "S4": "What was withdrawn is never sent, and what was rejected never runs.",
    "S5": "A result has one number and a number has one result, whoever watches.",
    "S6": "After `closed`, the take is not bought again, unless a person said so.",
    "S7": "What turns up of a job that was given up is kept, and booked in place of its quote.",
    "S8": "A resend isn't sent where the provider shows that it has the job; unchecked where it may show it late.",
    "S9": "No job is given up as lost while it runs.",
}
