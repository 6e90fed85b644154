"""How many jobs of a model all runs together may have in flight: one limit of Prefect's for each model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.exceptions import ObjectAlreadyExists

from stillreel.domain.errors import BadInput, Problem
from stillreel.settings import IN_FLIGHT
from tasks.leases import PAGE, limit_of


@dataclass(frozen=True)
class InFlight:
    """The numbers that a person asked for: of models by name or pattern, and of all others."""

    usual: int = IN_FLIGHT
    named: Mapping[str, int] = field(default_factory=dict)

    def of(self, model: str) -> int | None:
        """The number that a model was named with; the last one that fits, None if none does."""
        return next((most for name, most in reversed([*self.named.items()]) if fnmatchcase(model, name)), None)


def read(words: Sequence[str], models: Iterable[str]) -> InFlight:
    """`50`, `klingai:3@1=50` or `klingai:*=50`, any number of them; raises BadInput with everything that is wrong."""
    known, usual, named, problems = tuple(models), IN_FLIGHT, dict[str, int](), list[Problem]()
    for word in words:
        name, named_one, number = word.rpartition("=")
        if not (number.isascii() and number.isdigit()):
            problems.append(_wrong(word, "a whole number of jobs, or MODEL=NUMBER"))
        elif not named_one:
            usual = int(number)
        elif not any(fnmatchcase(model, name) for model in known):
            problems.append(_wrong(word, "the name of a model; `stillreel models` lists them"))
        else:
            named[name] = int(number)
    if problems:
        raise BadInput(problems, what="the set-up")
    return InFlight(usual, named)


def make(client: SyncPrefectClient, models: Iterable[str], asked: InFlight) -> list[str]:
    """Make the limits that are missing; change those that were named, or still have the number that we gave them."""
    there = _limits(client)
    made, changed, left = 0, list[str](), list[str]()
    for model in models:
        name, named = limit_of(model), asked.of(model)
        most = asked.usual if named is None else named
        now = there.get(name)
        if now is None:
            made += _create(client, name, most)
        elif now != most and (named is not None or now == IN_FLIGHT):
            client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(limit=most))
            changed.append(f"Changed: {name} from {now} to {most}")
        elif now != most and asked.usual != IN_FLIGHT:
            left.append(f"Left: {name} at {now}, which somebody gave it; `--in-flight {model}={most}` changes it")
    return [*([f"Made: limits of jobs in flight for {made} models"] if made else []), *changed, *left]


def _create(client: SyncPrefectClient, name: str, most: int) -> bool:
    try:
        client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=most))
    except ObjectAlreadyExists:  # somebody else was quicker
        return False
    return True


def _limits(client: SyncPrefectClient) -> dict[str, int]:
    found: dict[str, int] = {}
    while True:
        page = client.read_global_concurrency_limits(limit=PAGE, offset=len(found))
        found |= {limit.name: limit.limit for limit in page}
        if len(page) < PAGE:
            return found


def _wrong(word: str, allowed: str) -> Problem:
    return Problem(field="--in-flight", got=f"'{word}'", allowed=f"allowed: {allowed}")
