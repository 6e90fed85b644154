"""The command line's part about storyboards: each shot's price, the whole's, and what of it is there already."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from stillreel import __version__
from stillreel.cli_compare import table
from stillreel.domain.continuity import FIRST, REFERENCE, references
from stillreel.domain.errors import BadInput
from stillreel.domain.events import Run
from stillreel.domain.money import left_said, spelled, total
from stillreel.domain.names import Stage
from stillreel.domain.problems import MOST_TOLD, Problem
from stillreel.domain.shots import GivenStill, Shot, TextToVideoShot
from stillreel.runware.catalogue import Catalogue, fading, load
from stillreel.settings import Settings
from stillreel.studio.board_quotes import Objections, ShotQuote, ceiling_of, objections_to, passed, quotes_of
from stillreel.studio.board_standing import ShotStanding, standing_of
from stillreel.studio.boards import Board, board_in, placed
from stillreel.studio.cap_lines import cap_lines
from stillreel.studio.lines import Lines
from stillreel.studio.not_begun import not_begun
from stillreel.studio.opening import Opened
from stillreel.studio.orders import StageFound
from stillreel.studio.preflight import looking_for, nobody
from stillreel.studio.refusing import wrong_images
from stillreel.studio.studio import open_studio

NONE = "–"


def check_board(file: Opened) -> tuple[list[str], list[str]]:
    """What a storyboard comes to, and why it is refused; with an archive and a key also what is there already.

    Refused are shots whose model is gone, each with its line and what can do instead, and whatever passes a ceiling.
    Raises BadInput with every problem.
    """
    settings, source, paths = Settings.of(), file.source, file.folder is not None
    catalogue, today = load(settings.models), datetime.now(UTC).date()

    def wrong(shots: Mapping[int, Shot], told: Mapping[int, Sequence[Problem]]) -> Mapping[int, list[Problem]]:
        return asyncio.run(wrong_images(settings, shots, told, paths=paths))

    board = board_in(source, catalogue, today, file.folder, wrong)
    quotes = quotes_of(board, catalogue, today)
    try:
        found, against, said = asyncio.run(_looked_up(settings, board, quotes, catalogue, source.lines))
    except BadInput as error:
        raise placed(error.problems, board, source) from None
    there = [quote for quote in quotes if quote.shot.shot not in against.refused]
    whole = _upper(there)
    standing = None if found is None else [each for each in found if each.quote in there]
    to_pay = total([each.to_pay for each in standing]) if standing is not None else whole
    counted = f"{board.storyboard.project}/{board.storyboard.name}, {_counted(len(quotes), 'shot')}"
    lines = [
        f"{counted}, {len(against.refused):,} of them refused" if against.refused else f"ok: {counted}",
        *table([("shot", "still", "clip", "quote", "at most", ""), *_rows(quotes, found, catalogue, against.refused)]),
        _in_all(there, without=bool(against.refused), paid=to_pay < whole),
        *_standing(standing),
        _ceiling(board, settings),
        *said,
        *(f"doubt: {doubt}" for doubt in against.doubts),
        *(f"warning: {warning}" for warning in against.warnings),
    ]
    over = passed(to_pay, board.storyboard.limits, settings.max_usd)
    more = len(against.refused) - MOST_TOLD
    gone = [*map(str, source.told(against.problems)), *([f"and {more:,} more shots"] if more > 0 else [])]
    return lines, [*(f"{file.name}: {said}" for said in gone), *([] if over is None else [over])]


async def _looked_up(
    settings: Settings, board: Board, quotes: Sequence[ShotQuote], catalogue: Catalogue, lines: Lines
) -> tuple[list[ShotStanding] | None, Objections, list[str]]:
    """How the shots stand in the archive, if it is set; what speaks against the models still to be paid; lines on it.

    Nothing is written.
    """
    today = datetime.now(UTC).date()
    if settings.archive is None or settings.runware_api_key is None:
        return None, await objections_to(board, quotes, catalogue, today, nobody, lines), []
    async with open_studio(settings) as studio:
        run = Run(root="check", flow_run="check", version=__version__)
        found = await standing_of(studio, quotes, run)
        unpaid = [each.unpaid for each in found]
        against = await objections_to(board, unpaid, catalogue, today, looking_for(studio), lines)
        asked = [part for each in found if each.quote.shot.shot not in against.refused for part in each.asked]
        said = [*await not_begun(studio.archive), *await cap_lines(studio, board.storyboard.project, asked)]
        return found, against, said


def _rows(
    quotes: Sequence[ShotQuote], found: Sequence[ShotStanding] | None, catalogue: Catalogue, refused: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    today = datetime.now(UTC).date()
    for index, quote in enumerate(quotes):
        stands = found[index] if found is not None else None
        models = dict.fromkeys(stage.request.model for stage in quote.stages)
        weak = [f"{air} {said}" for air in models if (said := fading(catalogue.entry(air), today)) is not None]
        notes = [*([f"waits for the still of {', '.join(stands.waits)}"] if stands and stands.waits else []), *weak]
        gone = quote.shot.shot in refused
        cells = (_cell(quote, "still", stands), _cell(quote, "clip", stands))
        dollars = (NONE, NONE) if gone else _dollars(quote)
        yield (quote.shot.shot, *cells, *dollars, "; ".join(["refused"] if gone else notes))


def _cell(quote: ShotQuote, stage: Stage, stands: ShotStanding | None) -> str:
    """What makes a stage, and which take it is."""
    model = next((each.request.model for each in quote.stages if each.stage == stage), None)
    if model is None:
        return _given(quote.shot) if stage == "still" else NONE
    there = next((each for each in stands.stages if each.stage == stage), None) if stands else None
    return f"{model}{_take(there)}"


def _given(shot: Shot) -> str:
    if isinstance(shot, TextToVideoShot) or not isinstance(shot.still, GivenStill):
        return NONE
    name = references(shot).get(FIRST)
    return "given" if name is None else f"{REFERENCE}{name}"


def _take(there: StageFound | None) -> str:
    return "" if there is None else f" take {there.take} {'done' if there.archived else there.stands or 'new'}"


def _dollars(quote: ShotQuote) -> tuple[str, str]:
    return f"{'about ' if quote.approximate else ''}${spelled(quote.expected)}", f"${spelled(quote.upper)}"


def _upper(quotes: Sequence[ShotQuote]) -> Decimal:
    return total([quote.upper for quote in quotes])


def _in_all(quotes: Sequence[ShotQuote], *, without: bool, paid: bool) -> str:
    """The sum of these, whether somebody has paid for them or not."""
    what = f"in all{' without the refused' if without else ''}{', with what is paid for already' if paid else ''}"
    about = "about " if any(quote.approximate for quote in quotes) else ""
    expected = total([quote.expected for quote in quotes])
    return f"{what}: {about}${spelled(expected)}, at most ${spelled(_upper(quotes))}"


def _standing(found: Sequence[ShotStanding] | None) -> Iterator[str]:
    if found is not None:
        left = left_said(total([each.to_pay for each in found]))
        yield f"{sum(each.done for each in found)} of {len(found)} done; {left}"


def _ceiling(board: Board, settings: Settings) -> str:
    limits = board.storyboard.limits
    at_once = f"{limits.at_once} at once"
    return f"limits: ${spelled(ceiling_of(limits, settings.max_usd))} a run, {at_once}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s'[: number != 1]}"
