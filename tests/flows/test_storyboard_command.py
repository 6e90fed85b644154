"""Storyboards as people run them: a file or an address in, one JSON object last on stdout, an exit code."""

import csv
import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from prefect.client.orchestration import get_client

from stillreel.emulator import RunningEmulator, running_emulator
from tests.archive.fake_gcs import fake_gcs, make_bucket
from tests.flows.boards import BUCKET, board, named, put, say, states
from tests.flows.commands import CANNED, Ended, run, settings, write

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
async def provider(prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningEmulator]:
    """One provider for all that only looks at what is printed."""
    async with running_emulator(tmp_path_factory.mktemp("provider") / "emulator", CANNED) as emulator:
        yield emulator


@pytest.fixture
def env(provider: RunningEmulator, tmp_path: Path) -> dict[str, str | None]:
    return settings(provider, f"file://{tmp_path}/archive")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Where people put files themselves."""
    with fake_gcs() as endpoint:
        make_bucket(endpoint, BUCKET)
        yield endpoint


async def film(file: Path | str, env: dict[str, str | None], *options: str) -> Ended:
    return await run("storyboard", file, env, *options)


async def test_a_file_is_made_piece_by_piece(env, tmp_path, capsys):
    """Stills first, then one approved shot, then another take, then all: each exits with 0 and buys what is missing."""
    Image.new("RGB", (1280, 720), "navy").save(tmp_path / "given.png")
    shots = [*named("one", "two"), {"shot": "three", "still": {"image": "given.png"}}]
    file = write(tmp_path / "board.yaml", board("pieces", *shots))
    stills = await film(file, env, "--stills-only")
    assert (stills.code, stills.line["state"], stills.line["bought"]) == (0, "done", 2), stills.stderr
    assert states(stills.line) == {"one": "done", "two": "done", "three": "nothing to do"}
    (record,) = tmp_path.glob("archive/projects/pieces/three/given-*.lineage.json")
    assert json.loads(record.read_bytes())["source"] == "given.png", "as the file names it"
    approved = await say(file, env, capsys, "--only", "one, three")
    assert (approved.code, approved.line["bought"], list(states(approved.line))) == (0, 2, ["one", "three"])
    assert approved.line["shots"][0]["still"] == stills.line["shots"][0]["still"]
    fresh = await say(file, env, capsys, "--only", "one", "--take", "new")
    assert (fresh.code, fresh.line["bought"]) == (0, 2)
    assert fresh.line["shots"][0]["clips"][0].endswith("one/clip-002.mp4")
    every = await film(file, env)
    assert (every.code, every.line["bought"], every.line["counts"]) == (0, 1, {"done": 3})
    assert every.line["gallery"] == f"file://{tmp_path}/archive/projects/pieces/reels/storyboard/index.html"
    assert every.line["spent"] == every.line["shots"][1]["spent"]
    assert Decimal(every.line["spent"]["quoted"]) == Decimal("0.185")
    assert Decimal(every.line["cost"]["reported"]) > 3 * Decimal(every.line["spent"]["reported"])
    assert "; this run bought 1, quoted $0.185, reported $0.18" in every.stderr


async def test_a_sheet_is_a_storyboard(env, tmp_path, capsys):
    """A CSV needs its project beside it; without it, it is told what to do, and exits with 2."""
    sheet = tmp_path / "shots.csv"
    with sheet.open("w", newline="") as file:
        csv.writer(file).writerows([["shot", "prompt", "motion"], ["one", "A quay, at dawn", ""], ["two", "", "Waves"]])
    refused = await say(sheet, env, capsys)
    assert (refused.code, refused.line["state"], refused.line["money"]) == (2, "refused", "not spent")
    assert "name the project with --project" in refused.stderr
    done = await say(sheet, env, capsys, "--project", "sheet")
    assert (done.code, states(done.line), done.line["bought"]) == (0, {"one": "done", "two": "done"}, 2), done.stderr
    assert done.line["project"] == "sheet"


async def test_an_address_is_a_storyboard(env, bucket, capsys):
    """What people have put into a bucket by a name of their own is read there: YAML, and a CSV with its project."""
    put(bucket, "Spring Film/Board_v2 FINAL.yaml", json.dumps(board("bucket", *named("one"))))
    put(bucket, "Shots.csv", "shot,prompt\none,A quay\n")
    env = {**env, "STORAGE_EMULATOR_HOST": bucket}
    done = await say(f"gs://{BUCKET}/Spring Film/Board_v2 FINAL.yaml", env, capsys)
    assert (done.code, states(done.line)) == (0, {"one": "done"}), done.stderr
    async with get_client() as client:
        assert (await client.read_flow_run(UUID(done.line["flow_run_id"]))).name == "storyboard bucket/storyboard"
    sheet = await say(f"gs://{BUCKET}/Shots.csv", env, capsys, "--project", "sheet")
    assert (sheet.code, states(sheet.line)) == (0, {"one": "done"}), sheet.stderr
    nowhere = await say(f"gs://{BUCKET}/nowhere.yaml", env, capsys)
    assert (nowhere.code, nowhere.line["state"]) == (2, "refused")
    assert "an object that is there" in nowhere.stderr


@pytest.mark.parametrize(
    "said, options, says",
    [
        (board("bad", {"shot": "One!"}, {"shot": "two", "size": "4:3"}), (), ["try 'one'", "shots.two.size", "line "]),
        (board("bad", {"shot": "one", "still": {"image": "no.png"}}), (), ["shots.one.still.image: got 'no.png'"]),
        (board("bad", *named("one")), ("--only", "won,Two!"), ["only.1: got 'Two!'"]),
        (board("bad", *named("one")), ("--only", "won"), ["only: got 'won'; shots of bad/storyboard: one"]),
        (board("bad", *named("one")), ("--take", "newest"), ["take: got 'newest'"]),
        (board("bad", *named("one")), ("--project", "other"), ["leave --project out"]),
        (board("bad"), (), ["shots: got 0 of them", "1 to 2,000"]),
    ],
)
async def test_what_a_person_wrote_wrong_exits_with_2(said, options, says, provider, env, tmp_path, capsys):
    """Every problem is told in the file's or the option's words; nothing is bought and nothing is written."""
    before = len(provider.jobs())
    told = await say(write(tmp_path / "board.yaml", said), env, capsys, *options)
    assert (told.code, told.line["state"], told.line["money"]) == (2, "refused", "not spent"), told.stderr
    assert [word for word in says if word not in told.stderr] == []
    unread = says[0].startswith(("only.1", "take"))  # an option that is wrong is told before the file is read
    known = ("other", "") if "--project" in options else ("", "") if unread else ("bad", "storyboard")
    assert (told.line["project"], told.line["storyboard"]) == known
    assert len(provider.jobs()) == before
    assert not (tmp_path / "archive" / "projects").exists() or "got 'won'" in told.stderr  # that needs the storyboard


async def test_a_given_file_that_is_no_picture_is_told_with_its_line(provider, env, tmp_path, capsys):
    """As `check` tells it: where the storyboard names it, and one of the defaults once for all shots that use it."""
    (tmp_path / "notes.txt").write_text("no picture")
    motion = "  motion: {prompt: waves}\n"
    board = f"project: p\ndefaults:\n  still: {{image: notes.txt}}\nshots:\n- shot: one\n{motion}- shot: two\n{motion}"
    (tmp_path / "board.yaml").write_text(f"{board}- shot: three\n  still:\n    image: notes.txt\n{motion}")
    before = len(provider.jobs())
    told = await say(tmp_path / "board.yaml", env, capsys)
    assert (told.code, told.line["state"], len(provider.jobs())) == (2, "refused", before), told.stderr
    assert f"line 3: defaults.still.image: got {tmp_path / 'notes.txt'}; " in told.stderr
    assert "(for 2 shots, first 'one')" in told.stderr
    assert f"line 11: shots.three.still.image: got {tmp_path / 'notes.txt'}; " in told.stderr


async def test_what_is_not_done_exits_with_1(env, tmp_path, capsys):
    """Above its limit nothing is bought; the last line says what it could cost."""
    told = await say(write(tmp_path / "board.yaml", board("dear", *named("a"), limits={"max_usd": 0.1})), env, capsys)
    assert (told.code, told.line["state"], told.line["bought"]) == (1, "refused", 0)
    assert "above the ceiling of $0.10 (limits.max_usd)" in told.line["message"]
    assert (told.line["project"], told.line["storyboard"]) == ("dear", "storyboard")


async def test_a_person_reads_a_short_table(env, tmp_path, capsys):
    """What isn't done has a row with why and what to do, what is done is counted, and then comes the gallery."""
    shots = [*named("one"), {"shot": "taken", "take": 7, "still": {"image": "shot:lost"}}]
    lost = {"shot": "lost", "still": {"prompt": "a rope"}, "motion": None}
    file = write(tmp_path / "board.yaml", board("table", *shots, lost))
    told = await say(file, env, capsys, "--only", "one,taken")
    assert (told.code, states(told.line)) == (1, {"one": "done", "taken": "refused"}), told.stderr
    table = told.stderr[told.stderr.index("| shot") :]
    row = " ".join(line for line in table.splitlines() if line.startswith("|"))
    assert "taken" in row
    assert "make lost first, then run the storyboard again" in row
    assert "one" not in row.split()
    assert f"1 done; reported ${told.line['cost']['reported']} in all\nwarning: shot one: klingai:3@1 (" in table
    assert table.splitlines()[-1] == f"gallery: {told.line['gallery']}"
    page = (tmp_path / "archive" / "projects" / "table" / "reels" / "storyboard" / "index.html").read_text()
    assert "klingai:3@1 (" not in page  # nothing is left to be made with it
    assert "\x1b" not in table
