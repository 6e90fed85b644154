"""What is measured: how many shots, how the provider behaves meanwhile, and how often."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

STILL, CLIP = "runware:z-image@turbo", "klingai:3@1"
STILL_SECONDS, CLIP_SECONDS = {"median": 2.0, "sigma": 0.3}, {"median": 30.0, "sigma": 0.4}
AT_THE_SAME_MOMENT = {STILL: 2.0, CLIP: 15.0}  # seconds: long after the last still, and for all clips alike
PROVIDER = {"media": "canned", "seed": 5, "latency_by": "prompt", "balance": "10000"}
PLAIN, POSTGRES = "workers-4-plain", "workers-4-postgres"
QUICK_SHOTS, QUICK_BYTES, QUICK_PACE = 3, 100_000, 0.05
QUICK_SPREAD = 12  # shots in small where they are spread over workers: two parts
WORDS = ("quay", "lighthouse", "fox", "orchard", "tram", "glacier", "market", "kite", "owl", "harbour")


@dataclass(frozen=True)
class Scene:
    """A benchmark of whole chains: a still from a prompt, a clip from the still, both kept."""

    name: str
    about: str
    shots: int = 200
    latency: Mapping[str, Any] = field(default_factory=lambda: {STILL: STILL_SECONDS, CLIP: CLIP_SECONDS})
    switches: Mapping[str, Any] = field(default_factory=dict)
    repeats: int = 1
    clip_bytes: int | None = None
    done: bool = False  # the shots were made before it is measured, by a run that isn't
    pace: float = 1.0  # of our waits; the vendor's client can't be hurried
    peer_at_once: int | None = None  # shots; None: all of them
    sides: tuple[str, ...] = ("ours", "peer")
    few: ClassVar[int] = QUICK_SHOTS

    @property
    def provider(self) -> dict[str, Any]:
        """The emulator's switches."""
        return {**PROVIDER, "latency": dict(self.latency), "canned_bytes": self.clip_bytes, **self.switches}

    def often(self, repeats: int | None) -> "Scene":
        """The same so many times; None: as often as it says."""
        return self if repeats is None else replace(self, repeats=repeats)

    def quick(self) -> "Scene":
        """The same in small, to see that it works; its figures say nothing."""
        return replace(
            self,
            shots=min(self.shots, self.few),
            latency={model: _sooner(seconds) for model, seconds in self.latency.items()},
            repeats=1,
            pace=QUICK_PACE,
            clip_bytes=self.clip_bytes and QUICK_BYTES,
        )


@dataclass(frozen=True)
class Spread(Scene):
    """A benchmark of one storyboard on several workers; what it waits for is short, so that they are the bound."""

    shots: int = 100
    latency: Mapping[str, Any] = field(default_factory=lambda: {STILL: 0.2, CLIP: 1.0})
    pace: float = 0.05
    sides: tuple[str, ...] = ("ours",)
    workers: int = 1
    recorder: bool = True  # whether Prefect's server has the recorder settings of deployments/servers.py
    database: str | None = None  # address of an empty database for Prefect's server; None: SQLite
    few: ClassVar[int] = QUICK_SPREAD

    def on(self, database: str) -> "Spread":
        """The same with Prefect's server on that database."""
        return replace(self, database=database)


@dataclass(frozen=True)
class Files:
    """A benchmark of the store alone: files that lie on the disk go into the bucket."""

    name: str
    about: str
    count: int
    size: int  # bytes of each
    repeats: int = 3
    sides: tuple[str, ...] = ("ours", "bare")

    def often(self, repeats: int | None) -> "Files":
        """The same so many times; None: as often as it says."""
        return self if repeats is None else replace(self, repeats=repeats)

    def quick(self) -> "Files":
        """The same in small."""
        return replace(self, count=min(self.count, 4), size=QUICK_BYTES, repeats=1)


Benchmark = Scene | Files

ALL: tuple[Benchmark, ...] = (
    Scene("makespan", "200 shots, nothing throttled", repeats=3),
    Scene("refused", "200 shots, only the first poll of a request is answered", switches={"batch_poll": "first"}),
    Scene(
        "admit",
        "200 shots, the provider takes 20 jobs at once, which the peer is told",
        switches={"admit": 20},
        peer_at_once=20,
    ),
    Scene("shots-100", "100 shots in one process", shots=100),
    Scene("shots-400", "400 shots in one process", shots=400),
    Scene("shots-1600", "1,600 shots in one process", shots=1600),
    Scene("again", "200 shots that are done already", done=True, repeats=3, sides=("ours",)),
    Scene("clips", "100 small clips ready at once", shots=100, latency=AT_THE_SAME_MOMENT, clip_bytes=1),
    Scene("clips-8mb", "100 clips of 8 MB ready at once", 100, AT_THE_SAME_MOMENT, repeats=3, clip_bytes=8_000_000),
    Scene("clip", "one small clip", shots=1, latency=AT_THE_SAME_MOMENT, clip_bytes=1),
    Scene("clip-300mb", "one clip of 300 MB", 1, AT_THE_SAME_MOMENT, repeats=3, clip_bytes=300_000_000),
    *(Spread(f"workers-{n}", f"100 shots on {n} workers", workers=n) for n in (1, 2, 4)),
    Spread(PLAIN, "100 shots on 4 workers, with Prefect's server as it comes", workers=4, recorder=False),
    Spread(POSTGRES, "100 shots on 4 workers, with Prefect's server on PostgreSQL", workers=4),
    Files("files-8mb", "100 files of 8 MB into the bucket", count=100, size=8_000_000),
    Files("file-300mb", "one file of 300 MB into the bucket", count=1, size=300_000_000),
)
BENCHMARKS = {each.name: each for each in ALL}


def shots(count: int) -> list[dict[str, str]]:
    """So many shots, the same for both sides: name, the still's words, the clip's words."""
    die = random.Random(count)  # noqa: S311 - words
    return [
        {
            "name": f"shot-{n:04d}",
            "still": f"A {die.choice(WORDS)} near the {die.choice(WORDS)} at dawn, number {n}",
            "motion": f"The {die.choice(WORDS)} moves slowly, number {n}",
        }
        for n in range(1, count + 1)
    ]


def _sooner(seconds: Any) -> Any:
    if isinstance(seconds, Mapping):
        return {**seconds, "median": seconds["median"] * QUICK_PACE}
    return seconds * QUICK_PACE
