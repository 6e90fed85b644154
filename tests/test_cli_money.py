"""The commands about money: caps that are set and shown, and what was spent."""

import asyncio
import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from typer.testing import CliRunner

from stillreel.archive import layout, open_store
from stillreel.archive.archive import Archive
from stillreel.cli import app
from stillreel.domain.accounts import Charge, Entry
from stillreel.domain.budget import Budget, reserve, settle
from stillreel.domain.errors import BadInput, BadSettings, Corrupted
from stillreel.domain.names import Place
from stillreel.studio.clock import SystemClock

PRICE = Decimal("0.185")


@pytest.fixture
def run(tmp_path):
    """Runs a command on an archive of its own; its output in lines."""

    def command(*args, archive=f"file://{tmp_path}/archive"):
        ended = CliRunner().invoke(app, args, env={"STILLREEL_ARCHIVE": archive}, catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
        command.stderr = ended.stderr
        return ended.stdout.splitlines()

    (tmp_path / "archive").mkdir()
    asyncio.run(Archive(open_store(f"file://{tmp_path}/archive"), SystemClock()).identity())
    return command


def store_budget(tmp_path, budget):
    async def write():
        store = open_store(f"file://{tmp_path}/archive")
        stands = await store.stat(layout.BUDGET)
        await store.replace(layout.BUDGET, budget.json_bytes(), generation=stands.generation if stands else None)
        await store.aclose()

    asyncio.run(write())


def spent(*, day):
    """A budget with a clip that ended, one that was billed too high, and one that is open."""

    def entry(n, model="klingai:3@1"):
        place = Place(project="harbour", shot="lighthouse", stage="clip", take=n)
        return Entry(uuid=UUID(int=n), place=place, model=model, day=day, quoted=PRICE, upper=PRICE)

    budget = reserve(reserve(reserve(Budget(), entry(1)), entry(2, "other:1@1")), entry(3))
    budget = settle(budget, UUID(int=1), Charge(reported=Decimal("0.1848"), against=PRICE))
    return settle(budget, UUID(int=2), Charge(reported=Decimal("0.25"), against=PRICE))


def test_caps_are_set_shown_and_taken_away(run):
    """A cap stays until it is named again; 'none' takes it away."""
    assert "no caps" in run("caps")[-1]
    run("caps", "set", "--day", "20", "--project", "harbour=50.50", "--project", "forest=0")
    shown = run("caps", "set", "--project", "forest=none")
    assert shown == run("caps")
    assert shown[0] == "each run: $5.00 (STILLREEL_MAX_USD)"
    day, project = (line.split() for line in shown[2:])
    assert (day[0], day[2:]) == ("day", ["20.00", "0.00", "0.00", "0.00", "20.00"])
    assert project == ["project", "harbour", "50.50", "0.00", "0.00", "0.00", "50.50"]
    run("caps", "set", "--day", "none")
    assert [line.split("  ")[0] for line in run("caps")[2:]] == ["project harbour"]


def test_caps_show_what_is_used_of_them(run, tmp_path):
    """Settled, held and what is left of the day stand beside its cap."""
    store_budget(tmp_path, spent(day=datetime.now(UTC).date()))
    (line,) = run("caps", "set", "--day", "1")[2:]
    assert line.split()[2:] == ["1.00", "0.4348", "0.185", "0.00", "0.3802"]


def test_spend_is_a_table_with_its_sum(run, tmp_path):
    """Each day, project and model has a row; a difference past rounding is marked, and told beside the table."""
    store_budget(tmp_path, spent(day=date(2026, 11, 22)))
    head, kling, other, whole = (line.split() for line in run("spend"))
    assert head[3:] == ["quoted", "held", "reported", "unreported", "unknown", "difference"]
    assert kling == ["2026-11-22", "harbour", "klingai:3@1", "0.37", "0.185", "0.1848", "0.00", "0.00", "-0.0002"]
    assert other == ["2026-11-22", "harbour", "other:1@1", "0.185", "0.00", "0.25", "0.00", "0.00", "0.065", "!"]
    assert whole == ["in", "all", "0.555", "0.185", "0.4348", "0.00", "0.00", "0.0648"]
    assert run.stderr.startswith("! other:1@1 on 2026-11-22 in harbour: ")
    assert "klingai" not in run.stderr


def test_spend_is_a_csv_for_a_spreadsheet(run, tmp_path):
    """The same rows, without the sum, so that a spreadsheet adds up right."""
    store_budget(tmp_path, spent(day=date(2026, 11, 22)))
    rows = list(csv.DictReader(run("spend", "--csv")))
    assert [(row["model"], row["reported"], row["difference"]) for row in rows] == [
        ("klingai:3@1", "0.1848", "-0.0002"),
        ("other:1@1", "0.25", "0.065"),
    ]
    assert sum(Decimal(row["held"]) for row in rows) == PRICE


@pytest.mark.parametrize(
    "args,got",
    [
        ([], "--day USD"),
        (["--day", "-1"], "from 0 to 1000000000"),
        (["--day", "NaN"], "from 0 to 1000000000"),
        (["--day", "1e999"], "from 0 to 1000000000"),
        (["--day", "much"], "from 0 to 1000000000"),
        (["--project", "harbour"], "NAME=USD"),
        (["--project", "Har bour=1"], "try 'har-bour'"),
        (["--project", "harbour=Infinity"], "from 0 to 1000000000"),
    ],
)
def test_what_is_no_cap_is_refused(run, tmp_path, args, got):
    """A cap that can't be meant is refused with what is allowed, and nothing is written."""
    before = (tmp_path / "archive" / layout.BUDGET).read_bytes()
    with pytest.raises(BadInput) as caught:
        run("caps", "set", *args)
    assert got in str(caught.value)
    assert (tmp_path / "archive" / layout.BUDGET).read_bytes() == before


def test_money_needs_an_archive_that_can_be_read(run, tmp_path):
    """Without an archive, or with a budget that is none, the commands say so and write nothing."""
    with pytest.raises(BadSettings):
        run("spend", archive="")
    (tmp_path / "archive" / layout.BUDGET).write_bytes(b"{")
    for command in (["caps"], ["spend"], ["caps", "set", "--day", "1"]):
        with pytest.raises(Corrupted):
            run(*command)
    assert (tmp_path / "archive" / layout.BUDGET).read_bytes() == b"{"
