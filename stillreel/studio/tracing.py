"""Finding out whether a send arrived, by how the provider shows that it has the job."""

from collections.abc import Mapping
from typing import Any, Literal

from stillreel.domain.identity import canonical
from stillreel.domain.jobs import Job
from stillreel.runware import Details
from stillreel.studio.studio import Studio

CONFLICT = "conflictTaskUUID"
BESIDE_THE_DIGEST = frozenset(
    {"webhookURL", "uploadEndpoint", "ttl", "includeCost", "deliveryMethod", "safety", "outputType"}
)

By = Literal["acknowledgement", "row", "details", "conflict"]


async def trace_of(studio: Studio, job: Job) -> By | None:
    """How the provider shows that it has the job, if it does; raises ProviderError where it can't be asked."""
    asked = await studio.post.ask(job.uuid)
    if asked.trace:
        return "row"
    details = await studio.client.details(job.uuid)
    if details is None or _refusal_alone(details):
        return None
    return "details" if any(_same(job.planned.body, body) for body in details.request) else None


def _refusal_alone(details: Details) -> bool:
    """Whether the last answer under a UUID was a refusal that proves nothing; a conflict proves an earlier send."""
    errors = [error for said in details.response for error in said.get("errors", [])]
    data = [row for said in details.response for row in said.get("data", [])]
    return bool(errors) and not data and all(error.get("code") != CONFLICT for error in errors)


def _same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether two bodies ask for the same thing, in all fields that the digest stands on."""
    mine = {key: value for key, value in ours.items() if key not in BESIDE_THE_DIGEST}
    return canonical(mine) == canonical({key: theirs[key] for key in theirs if key not in BESIDE_THE_DIGEST})
