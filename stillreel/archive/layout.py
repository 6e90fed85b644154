"""Where everything lies in an archive: the one module that builds names.

    archive.json  budget.json  open/<taskUUID>  jobs/<taskUUID>/<n>.json
    projects/<project>/<shot>/still-001.take.json · still-001.png · still-001.lineage.json · still-001.poster.jpg
                              still-001.full.png · still-001.full.lineage.json, where still-001.png was cut from it
                              given-<start of its sha256>.png · given-<start of its sha256>.lineage.json
                              clip-001.mp4, or for several results clip-001-1.mp4, clip-001-2.mp4 …
    projects/<project>/reels/<name>/index.html · board-<12 hex>.json · contact-<12 hex>.jpg
                                    reel-<12 hex>.mp4 · reel-<12 hex>.lineage.json · reel-<12 hex>.poster.jpg
    quarantine/<same path>
    runs/<root run>/<part>/<attempt>.json
    scratch/<nonce>/…

Everything is written once, but these: `budget.json` and `index.html` are written over, each with a matched write, and
markers below `open/` and what lies in `scratch/` are removed. What is named by 12 hex is named by what is in it: made
again from the same it is the same object, and made from other things it is another.

Only checked values get in: names of the domain, UUIDs and numbers. No other user text reaches a path.
"""

from uuid import UUID

from pydantic import TypeAdapter

from stillreel.domain.names import Name, Place, Stage

IDENTITY = "archive.json"
BUDGET = "budget.json"
OPEN = "open/"
JOBS = "jobs/"
PROJECTS = "projects/"
QUARANTINE = "quarantine/"
SCRATCH = "scratch/"
RUNS = "runs/"
REELS = "reels/"  # below a project, where no shot can have this name
INDEX = "index.html"

ENDINGS = {"PNG": "png", "JPG": "jpg", "WEBP": "webp", "MP4": "mp4", "WEBM": "webm", "MOV": "mov"}
CONTENT_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}

_TAKE = ".take.json"
_LINEAGE = ".lineage.json"
_POSTER = ".poster.jpg"
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def open_marker(uuid: UUID) -> str:
    """The marker that says a job has no end yet."""
    return f"{OPEN}{uuid}"


def job_of_marker(name: str) -> UUID | None:
    """The job that a marker is for; None if the name is something else."""
    try:
        return UUID(name.removeprefix(OPEN)) if name.startswith(OPEN) else None
    except ValueError:
        return None


def job_events(uuid: UUID) -> str:
    """The prefix of a job's events."""
    return f"{JOBS}{uuid}/"


def job_event(uuid: UUID, n: int) -> str:
    """The n-th event of a job, counted from zero."""
    if n < 0:
        raise ValueError(f"events are counted from zero, not {n}")
    return f"{job_events(uuid)}{n}.json"


def job_of_event(name: str) -> UUID | None:
    """The job that an event is of; None if the name is something else."""
    try:
        return UUID(name.removeprefix(JOBS).partition("/")[0]) if event_number(name) is not None else None
    except ValueError:
        return None


def event_number(name: str) -> int | None:
    """Which event a name is; None if it is something else. Names don't sort as numbers do: 10.json is before 2.json."""
    number = name.rpartition("/")[2].removesuffix(".json")
    legal = name.startswith(JOBS) and number.isascii() and number.isdigit() and str(int(number)) == number
    return int(number) if legal else None


def project(name: str) -> str:
    """The prefix of a project."""
    return f"{PROJECTS}{_NAME.validate_python(name)}/"


def shot(project_name: str, shot_name: str) -> str:
    """The prefix of a shot."""
    return f"{project(project_name)}{_NAME.validate_python(shot_name)}/"


def takes(project_name: str, shot_name: str, stage: Stage) -> str:
    """The prefix of everything that belongs to the takes of one stage of a shot."""
    return f"{shot(project_name, shot_name)}{stage}-"


def claim(place: Place) -> str:
    """The object that claims a take's number."""
    return f"{_take(place)}{_TAKE}"


def is_claim(name: str) -> bool:
    """Whether a name claims a take's number."""
    return name.startswith(PROJECTS) and name.endswith(_TAKE)


def media(place: Place, media_format: str, *, k: int = 1, results: int = 1) -> str:
    """The file of result k of so many, or of one more than was asked for; the format as requests spell it: MP4."""
    if k < 1:
        raise ValueError(f"results are counted from one, not {k}")
    which = f"-{k}" if max(k, results) > 1 else ""
    return f"{_take(place)}{which}.{ENDINGS[media_format]}"


def full(media_name: str) -> str:
    """A file as the model made it, where the one of this name is cut from it."""
    return f"{_stem(media_name)}.full.{media_name.rpartition('.')[2]}"


def given(project_name: str, shot_name: str, sha256: str, media_format: str) -> str:
    """An image that somebody gave, named after its bytes, so that giving it twice is one file."""
    return f"{shot(project_name, shot_name)}given-{int(sha256, 16):064x}"[:-48] + f".{ENDINGS[media_format]}"


def is_given(name: str) -> bool:
    """Whether a name is that of an image that somebody gave."""
    return name.startswith(PROJECTS) and name.rpartition("/")[2].startswith("given-") and not is_lineage(name)


def lineage(media_name: str) -> str:
    """The record beside a file."""
    return f"{_stem(media_name)}{_LINEAGE}"


def is_lineage(name: str) -> bool:
    """Whether a name is a record."""
    return name.endswith(_LINEAGE)


def poster(media_name: str) -> str:
    """The picture beside a clip."""
    return f"{_stem(media_name)}{_POSTER}"


def board(project_name: str, name: str, sha256: str) -> str:
    """A storyboard as it was run, named by what it says."""
    return f"{reels(project_name, name)}board-{_start(sha256)}.json"


def part(root: UUID, number: int, attempt: int) -> str:
    """What one attempt of a run has made of a part of a storyboard; `root` is the run that handed the parts out."""
    return f"{parts(root, number)}{attempt}.json"


def parts(root: UUID, number: int) -> str:
    """The prefix of the attempts at a part."""
    return f"{RUNS}{root}/{number}/"


def order(root: UUID) -> str:
    """What a run of a storyboard goes by from its first attempt on."""
    return f"{RUNS}{root}/order.json"


def reels(project_name: str, name: str) -> str:
    """The prefix of what people look at of many shots: a page, contact sheets and reels."""
    return f"{project(project_name)}{REELS}{_NAME.validate_python(name)}/"


def gallery(project_name: str, name: str) -> str:
    """The page, which is written over when there is more to see."""
    return f"{reels(project_name, name)}{INDEX}"


def is_gallery(name: str) -> bool:
    """Whether a name is such a page."""
    return name.startswith(PROJECTS) and name.endswith(f"/{INDEX}")


def contact_sheet(project_name: str, name: str, digest: str) -> str:
    """A sheet of pictures, named by the digest of what it shows."""
    return f"{reels(project_name, name)}contact-{_start(digest)}.jpg"


def reel(project_name: str, name: str, digest: str) -> str:
    """Clips joined in order, named by the digest of the clips, their order and the way that they are joined."""
    return f"{reels(project_name, name)}reel-{_start(digest)}.mp4"


def quarantined(name: str, *, purchase: int = 1, sha256: str | None = None) -> str:
    """The same path in quarantine; what several purchases of a take have left there lies side by side.

    With a sum, for bytes that aren't what was promised: each time they are fetched they may be others.
    """
    if not name.startswith(PROJECTS):
        raise ValueError(f"only what belongs to a project goes to quarantine, not {name}")
    stem, _, ending = name.rpartition(".")
    which = f".purchase-{purchase}" if purchase > 1 else ""
    bad = f".bad-{sha256[:12]}" if sha256 else ""
    return f"{QUARANTINE}{stem}{which}{bad}.{ending}"


def scratch(nonce: str) -> str:
    """A prefix for objects that prove something and are removed again."""
    return f"{SCRATCH}{UUID(nonce).hex}/"


def moment(nonce: str) -> str:
    """An empty object that is written to learn the store's time, and removed again."""
    return f"{SCRATCH}{UUID(nonce).hex}.now"


def content_type(name: str) -> str:
    """What browsers are told that an object is, by the ending of its name."""
    return CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _start(digest: str) -> str:
    return f"{int(digest, 16):064x}"[:12]


def _take(place: Place) -> str:
    return f"{takes(place.project, place.shot, place.stage)}{place.take:03d}"


def _stem(media_name: str) -> str:
    folder, _, file = media_name.rpartition("/")
    return f"{folder}/{file.rpartition('.')[0]}"
