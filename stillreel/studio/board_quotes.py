"""What a storyboard comes to: the price of each shot, what is in doubt or speaks against a model, and the ceilings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stillreel.domain.money import spelled, total
from stillreel.domain.problems import MOST_TOLD, Problem
from stillreel.domain.shots import Shot
from stillreel.domain.storyboards import Limits
from stillreel.runware.catalogue import Catalogue
from stillreel.settings import SETTING
from stillreel.studio.board_summary import warned
from stillreel.studio.boards import Board
from stillreel.studio.lines import Lines
from stillreel.studio.preflight import Look, Wanted, against
from stillreel.studio.quoting import stages_of
from stillreel.studio.resolving import Resolved

OWN = "limits.max_usd"


@dataclass(frozen=True)
class ShotQuote:
    """A shot with the stages that it is made in, each with its price."""

    shot: Shot
    stages: tuple[Resolved, ...]

    @property
    def expected(self) -> Decimal:
        """What it should cost."""
        return total([stage.quote.expected for stage in self.stages])

    @property
    def upper(self) -> Decimal:
        """The upper bound of that, which ceilings and caps compare."""
        return total([stage.quote.upper for stage in self.stages])

    @property
    def approximate(self) -> bool:
        """Whether a price in it is an estimate."""
        return any(stage.quote.row.approximate for stage in self.stages)


def quotes_of(board: Board, catalogue: Catalogue, today: date) -> list[ShotQuote]:
    """Each shot with its price, in the storyboard's order."""
    return [ShotQuote(shot, tuple(stages_of(shot, catalogue, today))) for shot in board.shots]


@dataclass(frozen=True)
class Objections:
    """What speaks against the models of a storyboard: warnings, and the shots that can't be made as they are."""

    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()  # what nobody knows for certain of what is used
    refused: tuple[str, ...] = ()  # names of shots
    problems: tuple[Problem, ...] = ()  # why, for as many of them as a message tells


async def objections_to(
    board: Board, quotes: Sequence[ShotQuote], catalogue: Catalogue, today: date, look: Look, lines: Lines
) -> Objections:
    """What speaks against the models of these stages, which are still to be paid: warnings once for each model."""
    warnings, gone = dict[str, tuple[str, ...]](), set[str]()
    for shot, wanted in _firsts(quotes):
        found = await against(shot, [wanted], catalogue, today, look)
        warnings[wanted.request.model] = found.warnings
        gone |= {wanted.request.model} if found.gone else set()
    refused = [quote for quote in quotes if any(stage.request.model in gone for stage in quote.stages)]
    index = {shot.shot: at for at, shot in enumerate(board.shots)}
    problems = list[Problem]()
    for quote in refused[:MOST_TOLD]:
        name, stages = quote.shot.shot, [Wanted.of(quote.shot, each.request, each.quote) for each in quote.stages]
        found = await against(quote.shot, stages, catalogue, today, look)
        entries = {stage.where: catalogue.entry(stage.request.model) for stage in stages}
        for where, said in found.gone.items():
            line = lines.at(("shots", index[name], *where.split(".")))
            air, model = entries[where].air, entries[where].name
            allowed = f"{model}{said.removeprefix(f'{air} ({model})')}"
            problems.append(Problem(field=f"shots.{name}.{where}", got=air, allowed=allowed, line=line))
    names = tuple(quote.shot.shot for quote in refused)
    left = {quote.shot.shot: () if quote.shot.shot in names else quote.stages for quote in quotes}
    told = {name: [said for each in stages for said in warnings[each.request.model]] for name, stages in left.items()}
    doubts = {name: [doubt for each in stages for doubt in each.doubts] for name, stages in left.items()}
    return Objections(tuple(warned(told.items())), tuple(warned(doubts.items())), names, tuple(problems))


def _firsts(quotes: Sequence[ShotQuote]) -> Iterator[tuple[Shot, Wanted]]:
    seen: set[str] = set()
    for quote in quotes:
        for stage in quote.stages:
            if stage.request.model not in seen:
                seen.add(stage.request.model)
                yield quote.shot, Wanted.of(quote.shot, stage.request, stage.quote)


def ceiling_of(limits: Limits, setting: Decimal) -> Decimal:
    """Dollars that a run may cost at most: the storyboard's own limit and the setting both hold."""
    return setting if limits.max_usd is None else min(limits.max_usd, setting)


def passed(amount: Decimal, limits: Limits, setting: Decimal) -> str | None:
    """What a run that could cost so much passes, and where to raise it; None if nothing."""
    ceilings = {OWN: limits.max_usd, SETTING: setting}
    over = {name: most for name, most in ceilings.items() if most is not None and amount > most}
    if not over:
        return None
    each = " and ".join(f"{name} of ${spelled(most)}" for name, most in over.items())
    return f"it could cost ${spelled(amount)}, above {each}: raise {'both' if len(over) > 1 else next(iter(over))}"
