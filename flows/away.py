"""A server that is away for a while: what is asked of it meanwhile is asked again at the next look."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

AWAY_FOR = 60  # questions in a row: whoever looks pauses between two, and Prefect tries each again by itself
FAILING = 500  # HTTP: from there on the server is in trouble, and not the question

T = TypeVar("T")


class Patient:
    """Asks the server; where it is away that is told, and nothing else ends by it until it has been away for long."""

    def __init__(self, tell: Callable[[str], object], most: int = AWAY_FOR) -> None:
        self._tell = tell
        self._most = most
        self._away = 0

    async def ask(self, question: Awaitable[T]) -> T | None:
        """The answer; None while the server is away. An answer that says no is raised at once."""
        try:
            answer = await question
        except ObjectNotFound:
            raise
        except Exception as error:
            definite = isinstance(error, PrefectHTTPStatusError) and error.response.status_code < FAILING
            self._away += 1
            if definite or self._away > self._most:
                raise
            if self._away == 1:
                why = str(error) or type(error).__name__
                self._tell(
                    f"Prefect's server doesn't answer ({why}); what was handed out goes on, and is asked for again"
                )
            return None
        self._away = 0
        return answer
