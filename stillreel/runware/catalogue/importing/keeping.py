"""An update of an entry: what the schema says, and what only the entry before it knew, with dates where it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stillreel.runware.catalogue.completeness import named_by
from stillreel.runware.catalogue.entry import Entry, FieldRule, Rule
from stillreel.runware.catalogue.importing.clauses import Clause, clauses_of, implied, plain, required, same
from stillreel.runware.catalogue.importing.comparing import agreed, beyond, unsayable
from stillreel.runware.catalogue.importing.drafting import Draft
from stillreel.runware.catalogue.importing.noting import noted
from stillreel.runware.catalogue.importing.pricelist import rows_after
from stillreel.runware.catalogue.importing.prices import UNPRICED
from stillreel.runware.catalogue.importing.sizing import carried
from stillreel.runware.catalogue.importing.timing import Usual
from stillreel.runware.catalogue.pricing import rows_today
from stillreel.runware.catalogue.rules import in_force

BEFORE = "as the entry before this schema had it"


def kept(draft: Draft, theirs: Entry, ours: Entry) -> Draft:
    """The draft with our names, sentences and dates: rules and prices that are gone end on its day, and aren't lost.

    `theirs` is the entry that the schema makes by itself.
    """
    note, gone = ours.status_note, _gone(draft, theirs, ours)
    below = draft.shared.data.get("unknown", [])
    if ours.status != draft.schema.status:
        note = f"It was {ours.status} when seen on {ours.status_seen}. {note}".strip()
    return replace(
        draft,
        name=ours.name,
        sizes={mode: carried(ours, mode, rule) for mode, rule in draft.sizes.items()},
        fields={path: _worded(rule, ours.fields.get(path)) for path, rule in draft.fields.items()},
        rules=[*_dated(draft, ours, gone), *_ended(draft, ours, gone)],
        prices=rows_after(ours.prices, draft.prices, draft.day),
        tiers=draft.tiers or {name: [[*pair] for pair in pairs] for name, pairs in ours.tiers.items()},
        usual=Usual(ours.usual_seconds, ours.usual_source),
        kept={
            "status_note": note,
            "released": ours.released,
            "replaced_by": [*ours.replaced_by],
            "deactivates_at": ours.deactivates_at,
            "fps": ours.fps,
            "fps_source": ours.fps_source,
            "always_audio": ours.always_audio and ours.words.get("audio") not in draft.fields,
            "unsaid": ["audio"] if "audio" in ours.unsaid and ours.words.get("audio") not in draft.fields else [],
        },
        notes=_news(draft, ours),
        doubts=[said for said in ours.unknown if said not in {*draft.notes, *below} and not noted(said)],
    )


def _news(draft: Draft, ours: Entry) -> list[str]:
    """What isn't understood; that no price is printed is known of a model that we only have estimates for."""
    rows = rows_today(ours, draft.day)
    estimated = bool(rows) and all(row.approximate for row in rows)
    return [note for note in draft.notes if not (estimated and note == UNPRICED)]


def _worded(rule: FieldRule, before: FieldRule | None) -> FieldRule:
    return rule if before is None else rule.model_copy(update={"doc": before.doc})


def _dated(draft: Draft, ours: Entry, gone: Sequence[Rule]) -> list[tuple[str, Rule]]:
    """Our rules where the schema says the same, in however many of its own, and those that it has beyond them.

    Ours keep their words and their days; the others hold from this day on.
    """
    together = _together(draft)
    found: list[tuple[str, Rule]] = []
    held: set[Clause] = set()
    for one in ours.rules:
        path = _place(one, draft)
        if path is not None and one not in gone and in_force(one, draft.day):
            found.append((path, one.model_copy(update={"sure": "documented", "source": None, "seen": None})))
            held |= _demands(one, together) | clauses_of(one)
    for path, rule in draft.rules:
        if not all(implied(clause, held) for clause in _demands(rule, together)):
            found.append((path, rule.model_copy(update={"since": draft.day})))
    places = [path for path, _ in draft.rules]
    return sorted(found, key=lambda pair: places.index(pair[0]))


def _ended(draft: Draft, ours: Entry, gone: Sequence[Rule]) -> list[tuple[str, Rule]]:
    """Our rules that the schema doesn't have any more, each with its last day, if their fields are still there.

    A rule that no schema can say holds on, and so does one that its required fields fulfil by themselves.
    """
    found = []
    for rule in ours.rules:
        if not set(named_by(rule)) <= set(draft.fields):
            continue
        idle = rule not in gone and _place(rule, draft) is None
        if not in_force(rule, draft.day) or unsayable(rule) or idle:
            found.append((BEFORE, _from(rule, ours)))
        elif rule in gone and (rule.since is None or rule.since < draft.day):
            found.append((BEFORE, _from(rule, ours).model_copy(update={"until": draft.day})))
    return found


def _place(rule: Rule, draft: Draft) -> str | None:
    """Where in the schema something of a rule of ours stands."""
    together = _together(draft)
    own = _demands(rule, together)
    return next((path for path, other in draft.rules if own & _demands(other, together)), None)


def _together(draft: Draft) -> dict[str, tuple[str, ...]]:
    """The fields that come together by the schema's rules."""
    return same({clause for _, rule in draft.rules for clause in clauses_of(rule)})


def _gone(draft: Draft, theirs: Entry, ours: Entry) -> list[Rule]:
    """Our rules that demand what the schema doesn't demand any more."""
    demanded = {clause for rule in theirs.rules for clause in clauses_of(rule)} | required(draft.fields)
    together = same(demanded)
    demanded |= plain(demanded, together)
    told = [*beyond(ours, agreed(theirs, ours, draft.day), theirs, draft.day)]
    return [
        rule
        for rule in ours.rules
        if rule in told or not all(implied(clause, demanded) for clause in _demands(rule, together))
    ]


def _demands(rule: Rule, together: Mapping[str, tuple[str, ...]]) -> set[Clause]:
    """What a rule demands, one field standing for all that come together, unless that is what it is about."""
    joined = plain(clauses_of(rule), together)
    joined = {clause for clause in joined if not any(literal.kind == "together" for literal in clause)}
    return joined or plain(clauses_of(rule), {})


def _from(rule: Rule, ours: Entry) -> Rule:
    """A rule that the schema doesn't say, with the origin that it had from its entry."""
    return rule.model_copy(update={"source": rule.source or ours.source, "seen": rule.seen or ours.seen})
