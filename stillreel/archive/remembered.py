"""Events that this process has read or written: nobody can rewrite them, so nobody needs to read them again."""

from stillreel.archive.store import Stored
from stillreel.domain.events import Event

MOST = 2048  # events; a job has about six of a few kB each, and a round over a whole archive reads each job once


class Remembered:
    """Events by what the store's listing says of them: another generation would be another event."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, str], Event] = {}

    def get(self, stored: Stored) -> Event | None:
        """The event that lies there, if it is remembered."""
        return self._events.get((stored.name, stored.generation))

    def keep(self, stored: Stored, event: Event) -> Event:
        """Remember an event; the one that came first is forgotten for it if there are too many."""
        self._events[stored.name, stored.generation] = event
        if len(self._events) > MOST:
            del self._events[next(iter(self._events))]
        return event
