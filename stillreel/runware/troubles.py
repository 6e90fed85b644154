"""What a question that went wrong comes to: trouble that may pass, the key, or a refusal."""

from collections.abc import Sequence
from typing import Any, NoReturn

from stillreel.domain.errors import NotAuthorised, ProviderError, UnknownShape
from stillreel.runware.answers import Spoken
from stillreel.runware.classify import ErrorKind
from stillreel.runware.wire import Envelope, WireError, excerpt

_PASSING = frozenset({ErrorKind.RATE_LIMIT, ErrorKind.SERVER, ErrorKind.TIMEOUT})


def again(trouble: ProviderError, retry_after: float | None = None) -> ProviderError:
    """Not the last word: the same question may still be answered."""
    trouble.passing, trouble.retry_after = True, retry_after
    return trouble


def field_of(envelope: Envelope, *names: str) -> Any:
    """The value that a utility answers with; its refusal, or an answer without it, is an error."""
    for item in envelope.items:
        for name in names:
            if item.raw.get(name) is not None:  # a balance of zero is an answer
                return item.raw[name]
    if envelope.errors:
        raise ProviderError("the provider refused: " + "; ".join(map(str, envelope.errors)))
    raise UnknownShape(f"the provider's answer lacks {names[0]}: {excerpt([item.raw for item in envelope.items])}")


def refuse(errors: Sequence[WireError], spoken: Spoken) -> NoReturn:
    """Raise what these errors about a question mean."""
    kinds = {error.kind for error in errors}
    said = "; ".join(map(str, errors))
    if ErrorKind.AUTH in kinds:
        raise NotAuthorised(f"the provider doesn't take the key: {said}")
    if kinds & _PASSING:
        raise again(ProviderError(f"the provider can't answer now: {said}"), spoken.retry_after)
    raise ProviderError(f"the provider refused the question: {said}")
