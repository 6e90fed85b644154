"""The shots of a storyboard one by one: what each comes to with the defaults, and how they refer to each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from stillreel.domain.continuity import FIRST, LAST, REFERENCE, after, cycles, has_still, references, referred
from stillreel.domain.inheriting import inherited
from stillreel.domain.names import LONGEST_NAME
from stillreel.domain.problems import MOST_TOLD, Problem, untold
from stillreel.domain.shots import ImageToVideoShot, Shot, TextToImageShot
from stillreel.runware.catalogue import Catalogue
from stillreel.studio.bounds import bounded
from stillreel.studio.findings import Findings
from stillreel.studio.given import named_in, with_images
from stillreel.studio.reading import STAND_INS, kind_of, shaped
from stillreel.studio.regular import no_file
from stillreel.studio.resolving import problems_of

LONGEST_CIRCLE = 12  # shots that are named; of a longer one its ends
NEEDS_A_STAGE = "it needs words for a still, for a motion, or for both; the defaults have none for either"
A_STILL_ALREADY = "a given image is a still already: it needs a motion, or a prompt in its place"
ANOTHERS = "the project is the storyboard's; leave it out"


def shot_in(
    index: int, row: Any, called: tuple[str, str, str], findings: Findings, catalogue: Catalogue, today: date
) -> Shot | None:
    """One shot as far as it can be read, its problems told."""
    project, name, label = called
    if not isinstance(row, Mapping):
        got = "nothing" if row is None else repr(row)[:80]
        findings.of_shot(index, label, Problem(field="", got=got, allowed="keys such as shot, still and motion"))
        return None
    words = {**inherited({str(key): value for key, value in row.items()}, findings.defaults), "shot": name}
    problems = list(_misplaced(words))
    if problems and problems[0].field == "":
        shot = None
    else:
        kind = kind_of(words)
        words = words if kind is not TextToImageShot else {**words, "still": _without_image(words["still"])}
        shot, found = shaped({**words, "project": project}, kind)
        problems += found
    if shot is not None:
        problems = [
            *bounded(problems, shot, catalogue),
            *untold(problems_of(shot, catalogue, today), problems),
        ]
    for problem in problems:
        findings.of_shot(index, label, problem)
    return shot


def _misplaced(words: Mapping[str, Any]) -> Iterator[Problem]:
    """What a shot of a storyboard can't say, or has to."""
    if "still" not in words and "motion" not in words:
        yield Problem(field="", got="neither still nor motion", allowed=NEEDS_A_STAGE)
        return
    if "project" in words:
        yield Problem(field="project", got=repr(words["project"])[:80], allowed=ANOTHERS)
    still = words.get("still")
    if "motion" not in words and isinstance(still, Mapping) and "image" in still:
        yield Problem(field=FIRST, got=repr(still["image"])[:80], allowed=A_STILL_ALREADY)


def _without_image(still: Any) -> Any:
    """A still that can only be prompted, whose image has been told of."""
    if not isinstance(still, Mapping) or "image" not in still:
        return still
    return {"prompt": "a prompt", **{key: value for key, value in still.items() if key != "image"}}


def check_references(shots: Mapping[int, Shot], labels: Sequence[str], findings: Findings) -> None:
    """Tell of shots that refer to what has no still, to nobody, to themselves or in a circle."""
    by_name = {shot.shot: (index, shot) for index, shot in shots.items()}
    unknown = dict.fromkeys(
        name for shot in shots.values() for name in references(shot).values() if name not in by_name
    )
    near = {name: get_close_matches(name[:LONGEST_NAME], by_name, 1) for name in list(unknown)[:MOST_TOLD]}
    for index, shot in shots.items():
        for field, name in references(shot).items():
            wrong = _wrong_reference(shot, name, by_name.get(name, (0, None))[1], near.get(name, []))
            if wrong is not None:
                got = repr(f"{REFERENCE}{name}")[:80]
                findings.of_shot(index, labels[index], Problem(field=field, got=got, allowed=wrong))
    waits = {shot: [other for other in others if other != shot] for shot, others in after(list(shots.values())).items()}
    for circle in cycles(waits):
        index, shot = by_name[circle[0]]
        target = circle[1]
        field = next(field for field, name in references(shot).items() if name == target)
        told = f"no circle of stills that wait for each other: {_shown(circle)}"
        problem = Problem(field=field, got=repr(f"{REFERENCE}{target}"), allowed=told)
        findings.of_shot(index, labels[index], problem)


def _shown(circle: Sequence[str]) -> str:
    middle = [f"… ({len(circle) - 4:,} others)"] if len(circle) > LONGEST_CIRCLE else circle[2:-2]
    names = [*circle[:2], *middle, *circle[max(2, len(circle) - 2) :], circle[0]]
    return " → ".join(names)


def _wrong_reference(shot: Shot, name: str, other: Shot | None, near: Sequence[str]) -> str | None:
    """Why a shot can't use the still of another; None if it can."""
    if name == shot.shot:
        return "the still of another shot: this is its own name"
    if other is None:
        better = f": try '{REFERENCE}{near[0]}'" if near else ""
        return f"the name of another shot of this storyboard; there is none of that name{better}"
    return None if has_still(other) else f"a shot with a still: '{name}' is a clip from words alone"


def placed_in(index: int, shot: Shot, label: str, findings: Findings, folder: Path | None) -> Shot:
    """The shot with its paths from the folder of its file; a problem where no file is."""
    images: list[str | None] = []
    for field, image in zip((FIRST, LAST), named_in(shot), strict=True):
        stood_in = image == STAND_INS["image"] and findings.has_told(index, field)
        no_path = image is None or "://" in image or referred(image) is not None or stood_in
        path, wrong = (image, "") if image is None or no_path else _placed(image, folder)
        if wrong:
            findings.of_shot(index, label, Problem(field=field, got=repr(image)[:80], allowed=wrong))
        images.append(path)
    return with_images(shot, images[0], images[1]) if isinstance(shot, ImageToVideoShot) else shot


def _placed(image: str, folder: Path | None) -> tuple[str | None, str]:
    """Where a path leads to, if there is a file; else what is allowed in its place."""
    if folder is None:
        return None, "a URL, gs://bucket/name, an address in the archive or shot:NAME"
    try:
        path = (folder / Path(image).expanduser()).absolute()
        if path.is_file():
            return str(path), ""
        return None, f"a regular file: it is {no_file(path) or 'a pipe'}"
    except (OSError, ValueError, RuntimeError):  # none there, too long, impossible, or the home of nobody
        return None, "a file that is there"
