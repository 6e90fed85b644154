"""How long a model's jobs take, learnt from those that this process has seen end.

It is kept in memory: the archive knows how long every closed job took, but only by reading its events one by one, which
costs more than a few questions too many. Until a first job of a model has ended, the catalogue's figure stands in.
"""

from collections import defaultdict, deque
from statistics import median

from stillreel.runware.catalogue import Catalogue

FIRST_LOOK = 0.5  # of the usual duration after an acknowledgement: the quickest jobs end at about half of it
UNSURE = 0.1  # of it where only the catalogue says so: it may be quicker tonight, and a few questions cost nothing
UNKNOWN = 120.0  # seconds, for a job of a model that has left the catalogue: as long as most clips take
LAST = 20  # jobs: enough for a median, few enough to follow a provider that is slower tonight


class Durations:
    """The usual duration of each model's jobs, in seconds as they pass here."""

    def __init__(self, catalogue: Catalogue, pace: float) -> None:
        self._catalogue = catalogue
        self._pace = pace
        self._seen: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LAST))
        self._usual: dict[str, float] = {}

    def knows(self, model: str) -> bool:
        """Whether a job of the model was seen to its end."""
        return bool(self._seen.get(model))

    def usual(self, model: str) -> float:
        """The median of the last ones seen, or else what the catalogue says, at the pace of the settings."""
        if model not in self._usual:
            known = self._catalogue.get(model)
            self._usual[model] = (known.usual_seconds if known else UNKNOWN) * self._pace
        return self._usual[model]

    def first_look(self, model: str) -> float:
        """Seconds after an acknowledgement before which nobody need ask."""
        return self.usual(model) * (FIRST_LOOK if self.knows(model) else UNSURE)

    def learn(self, model: str, seconds: float) -> None:
        """One more job has ended, so long after it was accepted."""
        self._seen[model].append(seconds)
        self._usual[model] = median(self._seen[model])
