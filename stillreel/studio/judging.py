"""The safety check: a verdict on each result, and the error that a stage ends with if it can't move on."""

from stillreel.domain.errors import Flagged, GenerationFailed, Held, Money, StillreelError
from stillreel.domain.requests import Request
from stillreel.domain.safety import Verdict, judge, moves_on
from stillreel.studio.orders import Kept, Outcome, Settlement, StagePlan, Verdicts


def verdicts(outcome: Outcome, request: Request) -> Verdicts:
    """What the provider's check said of each result; a flag that is missing though it was asked for is unchecked."""
    of = {k: judge(row.flag) for k, row in outcome.rows.items()}
    return Verdicts(of=of, moving=frozenset(k for k, verdict in of.items() if moves_on(request.safety, verdict)))


def shortfall(stage: StagePlan, settlement: Settlement) -> StillreelError | None:
    """Why this stage isn't done, worst first, or None: every result lies in the archive under its final name."""
    rest = [kept for kept in settlement.kept if kept.end != "archived" and kept.k <= stage.request.results]
    if not rest:
        return None
    flagged = [kept for kept in rest if kept.verdict is Verdict.FLAGGED]
    unchecked = [kept for kept in rest if kept.end == "quarantined" and kept.verdict is Verdict.UNCHECKED]
    failed = [kept for kept in rest if kept not in flagged and kept not in unchecked]
    if failed:
        return GenerationFailed(_tell(stage, settlement, rest, "didn't come to a usable end"), money=_money(failed))
    if flagged:
        return Flagged(_tell(stage, settlement, flagged, "was flagged by the safety check and lies in quarantine"))
    return Held(_tell(stage, settlement, unchecked, "wasn't checked though it was asked for, and lies in quarantine"))


def _money(failed: list[Kept]) -> Money:
    known = [kept.cost is not None or (kept.end == "lost" and not kept.given_up) for kept in failed]
    return Money.SPENT if all(known) else Money.UNKNOWN


def _tell(stage: StagePlan, settlement: Settlement, which: list[Kept], what: str) -> str:
    many = stage.request.results > 1
    each = "; ".join(f"result {kept.k}: {kept.uri or kept.reason}" for kept in which)
    clean = f"; {len(settlement.archived)} of {stage.request.results} results are in the archive" if many else ""
    return f"{stage.place} {what} ({each}){clean}; `take: new` makes another, which is paid for"
