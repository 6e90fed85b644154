"""`stillreel check` and `quote` of storyboards: each shot's price, the whole's, and which ceiling is in the way."""

import asyncio
import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from stillreel.emulator import running_emulator
from stillreel.runware.catalogue.loading import MODELS
from stillreel.settings import Settings
from stillreel.studio.studio import open_studio
from tests.saying import cells, say
from tests.studio.on_set import produce, shot

QUAY, WAVES = {"prompt": "A quay."}, {"prompt": "Waves."}
OLD, NEW = "klingai:3@1", "klingai:6@0"
BOARD = {
    "project": "harbour",
    "shots": [
        {"shot": "opening", "still": {"prompt": "A quay."}, "motion": {"prompt": "Waves.", "model": NEW}},
        {"shot": "closer", "still": {"image": "shot:opening"}, "motion": {"prompt": "Waves."}},
        {"shot": "later", "still": {"prompt": "A pier."}, "motion": {"prompt": "Waves."}},
    ],
}


@pytest.fixture
def file(tmp_path: Path):
    """A storyboard's file, with some of its keys replaced."""

    def write(name: str = "board.yaml", **changes) -> str:
        shots = changes.pop("shots", BOARD["shots"])
        text = json.dumps({"project": "harbour", **changes, "shots": shots})
        text = text if name.endswith(".json") else yaml.safe_dump(json.loads(text), sort_keys=False)
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize("name", ["board.yaml", "board.json"])
def test_each_shot_has_its_price_and_all_have_theirs(file, name):
    """A row a shot with what makes its stages, beside it what is fading, and below it the sum with its upper bound."""
    code, lines = say("check", file(name))
    assert (code, lines[0]) == (0, "ok: harbour/storyboard, 3 shots")
    assert cells(lines[1]) == ["shot", "still", "clip", "quote", "at most"]
    opening, closer, later = (cells(line) for line in lines[2:5])
    assert opening == ["opening", "runware:z-image@turbo", NEW, "about $0.21313344", "$0.21626688"]
    assert closer[:5] == ["closer", "shot:opening", OLD, "$0.185", "$0.185"]
    assert closer[5].startswith(f"{OLD} is deprecated")
    assert later[5] == closer[5]
    assert lines[5:7] == ["in all: about $0.58626688, at most $0.59253376", "limits: $5.00 a run, 50 at once"]


def test_what_speaks_against_a_model_is_told_once(file):
    """Two shots of a deprecated model bring one warning that names them, and so does what nobody knows of it."""
    old = {"prompt": "Waves.", "model": "klingai:1@1"}  # nobody knows its price for certain
    shots = [{"shot": "opening", "still": QUAY, "motion": old}, {"shot": "poster", "still": QUAY}]
    _, lines = say("check", file(shots=[*shots, {"shot": "closer", "still": {"image": "shot:opening"}, "motion": old}]))
    said = {kind: [line for line in lines if line.startswith(f"{kind}: ")] for kind in ("warning", "doubt")}
    assert [len(told) for told in said.values()] == [1, 1]
    assert said["warning"][0].startswith("warning: 2 of 3 shots (opening, closer): klingai:1@1 (")
    assert said["doubt"][0].startswith("doubt: 2 of 3 shots (opening, closer): KlingAI 1.0 Standard: ")


@pytest.mark.parametrize(
    "limits,setting,told",
    [
        ({"max_usd": 0.5}, "5", "limits.max_usd of $0.50: raise limits.max_usd"),
        ({}, "0.25", "STILLREEL_MAX_USD of $0.25: raise STILLREEL_MAX_USD"),
        ({"max_usd": 0.5}, "0.25", "limits.max_usd of $0.50 and STILLREEL_MAX_USD of $0.25: raise both"),
        ({"max_usd": 0.59}, "9", "limits.max_usd of $0.59: raise limits.max_usd"),
        ({"max_usd": 0.6}, "0.6", None),
    ],
)
def test_both_ceilings_hold(file, limits, setting, told):
    """The upper bound of all shots is compared with both ceilings, and those that it passes are named."""
    code, lines = say("check", file(limits=limits), STILLREEL_MAX_USD=setting)
    assert code == (0 if told is None else 1)
    refused = [line for line in lines if line.startswith("refused: ")]
    assert refused == ([] if told is None else [f"refused: it could cost $0.59253376, above {told}"])
    lower = min([float(setting), limits.get("max_usd", float(setting))])
    assert f"limits: ${lower:.2f} a run, 50 at once" in lines


def test_every_problem_has_its_file_and_its_line(file, tmp_path):
    """Problems stand one a line, so that an editor can jump to them; nothing else is printed."""
    name = file(
        defaults={"size": "4:3"}, shots=[{"shot": "a", "motion": {"prompt": "Waves.", "duration": 7}}, {"shot": 7}]
    )
    code, lines = say("check", name)
    assert code == 2
    assert [line.split(": ")[:3] for line in lines] == [
        [name, "line 3", "defaults.size"],
        [name, "line 8", "shots.a.motion.duration"],
        [name, "line 9", "shots.1.shot"],
        [name, "line 9", "shots.1"],
    ]


def test_more_problems_than_anybody_reads_are_counted(file):
    """The first fifty are told."""
    code, lines = say(
        "check", file(shots=[{"shot": f"s-{number}", "colour": 1, "motion": WAVES} for number in range(60)])
    )
    assert (code, len(lines)) == (2, 51)
    assert lines[50].endswith("and 10 more")


def test_a_csv_is_checked_with_its_project(tmp_path):
    """The project of a CSV is an option, and its absence a problem."""
    path = tmp_path / "shots.csv"
    path.write_text("shot,prompt,motion\nopening,A quay.,Waves.\n")
    code, lines = say("check", str(path), "--project", "harbour")
    assert (code, lines[0]) == (0, "ok: harbour/storyboard, 1 shot")
    code, lines = say("check", str(path))
    assert code == 2
    assert lines[0].startswith(f"{path}: project: got nothing; a CSV holds shots alone")


def test_shots_whose_model_is_gone_are_refused_beside_the_quotes_of_the_others(file, tmp_path):
    """Each refused shot has its line and what can do instead; the others are quoted, and nothing is said to be paid."""
    entry = yaml.safe_load((MODELS / "klingai-2-5-turbo-standard.yaml").read_text())
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "off.yaml").write_text(yaml.safe_dump({**entry, "deactivates_at": date(2026, 11, 1)}))
    motions = {"a": {"prompt": "Waves.", "model": NEW}, "b": WAVES, "c": {"prompt": "Waves.", "model": NEW}}
    board = file(shots=[{"shot": name, "still": QUAY, "motion": motion} for name, motion in motions.items()])
    code, lines = say("check", board, STILLREEL_MODELS=str(tmp_path / "models"))
    assert (code, lines[0]) == (1, "harbour/storyboard, 3 shots, 2 of them refused")
    assert [cells(line)[-1] for line in (lines[2], lines[4])] == ["refused", "refused"]
    assert cells(lines[3])[3:5] == ["about $0.18813344", "$0.19126688"]
    assert lines[5] == "in all without the refused: about $0.18813344, at most $0.19126688"
    refused = [line for line in lines if line.startswith("refused: ")]
    assert [line.partition(" was ")[0] for line in refused] == [
        f"refused: {board}: line 8: shots.a.motion.model: got {NEW}; {entry['name']}",
        f"refused: {board}: line 19: shots.c.motion.model: got {NEW}; {entry['name']}",
    ]
    assert all("name another as motion.model: " in line for line in refused)
    assert "paid" not in "".join(lines)


@pytest.mark.parametrize("model,sum_of", [(NEW, "about $0.63626688"), (f"{NEW},{OLD}", "about $0.56126688")])
def test_a_quote_adds_up_the_storyboard(file, model, sum_of):
    """What all shots cost with each model, the cheapest first, without a table a shot."""
    code, lines = say("quote", file(), "--model", model)
    assert (code, lines[0]) == (0, "all 3 shots")
    assert cells(lines[1]) == ["model", "in all", "at most"]
    assert cells(lines[2])[1] == sum_of
    assert len(lines) == 2 + len(model.split(","))


def test_a_quote_of_stills_and_clips_says_that_no_model_makes_both(file):
    """Nothing is added up that nobody can buy, and it is said which shot is in whose way."""
    shots = [*BOARD["shots"], {"shot": "poster", "still": {"prompt": "A quay."}}]
    code, lines = say("quote", file(shots=shots), "--model", NEW)
    why = f"  {NEW} can't make shot poster: it makes no clip"
    assert (code, lines) == (0, ["no model that was asked about can make all 4 shots", why])


def test_a_quote_without_a_model_says_which_kinds_the_shots_are_of(file):
    """Of each kind of models it is said what they can't make: the first three shots, and how many more."""
    shots = [{"shot": name, "still": {"prompt": "A quay."}, "motion": WAVES} for name in "abcde"]
    code, lines = say("quote", file(shots=[*shots, {"shot": "poster", "still": {"prompt": "A quay."}}]))
    assert (code, lines[0]) == (0, "no model that was asked about can make all 6 shots")
    assert lines[1:] == [
        "  video models can't make shot poster: it makes no clip",
        *(f"  image models can't make shot {name}: it ends with a clip" for name in "abc"),
        "  image models can't make 2 more",
    ]


def test_a_quote_says_the_rule_that_is_in_a_models_way(file):
    """A shot that asks for what a model hasn't is named with that; of all models those that lack least."""
    loud = {**WAVES, "audio": True, "duration": 7, "model": "klingai:kling-video@3-standard"}
    shots = [{"shot": "s-0", "still": QUAY, "motion": {**WAVES, "guidance": 0.7}}, {"shot": "s-1", "motion": loud}]
    board = file(shots=shots)
    _, lines = say("quote", board, "--model", f"{OLD},{NEW}")
    assert [line.partition(" got ")[0] for line in lines[1:]] == [
        f"  {OLD} can't make shot s-1: motion.audio:",
        f"  {NEW} can't make shot s-1: motion.audio:",
    ]
    _, lines = say("quote", board)
    assert len({line.split()[0] for line in lines[1:-1]}) == 3
    assert re.fullmatch("  nor can [0-9]+ other models", lines[-1])


def test_a_quote_of_a_broken_storyboard_is_its_problems(file):
    """What can't be read has no price."""
    broken = file(name="board.yaml", limits={}, reel=True, shots=[])
    code, lines = say("quote", broken)
    assert (code, lines) == (2, [f"{broken}: line 4: shots: got 0 of them; a list of 1 to 2,000 shots"])
    assert (code, lines) == say("check", broken)


async def test_a_check_says_what_is_there_and_writes_nothing(file, tmp_path):
    """With an archive and a key each stage has its take; a shot that waits for another's still says so."""
    (tmp_path / "archive").mkdir()
    async with running_emulator(tmp_path / "emulator") as emulator:
        known = {"RUNWARE_API_KEY": "k" * 32, "STILLREEL_ARCHIVE": (tmp_path / "archive").as_uri()}
        name = file()
        code, lines = await asyncio.to_thread(say, "check", name, STILLREEL_RUNWARE_URL=emulator.url, **known)
    assert code == 0, lines
    assert cells(lines[2])[1:3] == ["runware:z-image@turbo take 1 new", f"{NEW} take 1 new"]
    assert cells(lines[3])[5].startswith("waits for the still of opening; ")
    assert lines[5] == "in all: about $0.58626688, at most $0.59253376"
    assert lines[6] == "0 of 3 done; still to pay: at most $0.59253376"
    assert not [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]


async def test_what_is_done_is_warned_of_no_more(file, tmp_path):
    """What speaks against a model matters while something is to be paid, and so does what nobody knows of it."""
    (tmp_path / "archive").mkdir()
    made = {"project": "harbour", "shot": "old", "motion": {"prompt": "Waves.", "model": "klingai:1@1"}}
    async with running_emulator(tmp_path / "emulator", {"media": "canned", "clock": {"speed": 200}}) as emulator:
        known = {"RUNWARE_API_KEY": "k" * 32, "STILLREEL_ARCHIVE": (tmp_path / "archive").as_uri()}
        settings = Settings(
            runware_url=emulator.url, runware_api_key=SecretStr("k" * 32), archive=known["STILLREEL_ARCHIVE"], pace=0.05
        )
        told = []
        for _ in range(2):
            name = file(shots=[{"shot": "old", "motion": made["motion"]}])
            _, lines = await asyncio.to_thread(say, "check", name, STILLREEL_RUNWARE_URL=emulator.url, **known)
            told.append([line.partition(" shot old: ")[0] for line in lines if "shot old: " in line])
            async with open_studio(settings) as studio:
                await produce(studio, shot(made))
    assert told == [["doubt:", "warning:"], []]


async def test_what_is_paid_for_is_told_from_what_is_still_to_pay(file, tmp_path):
    """The sum of all shots says that it holds what is made already, and below it stands what the rest may cost."""
    (tmp_path / "archive").mkdir()
    still = {"project": "harbour", "shot": "later", "still": {"prompt": "A pier."}}
    async with running_emulator(tmp_path / "emulator", {"media": "canned", "clock": {"speed": 200}}) as emulator:
        known = {"RUNWARE_API_KEY": "k" * 32, "STILLREEL_ARCHIVE": (tmp_path / "archive").as_uri()}
        settings = Settings(
            runware_url=emulator.url, runware_api_key=SecretStr("k" * 32), archive=known["STILLREEL_ARCHIVE"], pace=0.05
        )
        async with open_studio(settings) as studio:
            await produce(studio, shot({**still, "size": "16:9"}))
        name = file(shots=BOARD["shots"][2:])
        code, lines = await asyncio.to_thread(say, "check", name, STILLREEL_RUNWARE_URL=emulator.url, **known)
    assert code == 0, lines
    assert lines[3] == "in all, with what is paid for already: about $0.18813344, at most $0.19126688"
    assert lines[4] == "0 of 1 done; still to pay: at most $0.185"
