"""The command line: what `check`, `models`, `lineage` and `emulator` say, and that a check changes nothing."""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml
from PIL import Image

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.cli import main
from stillreel.domain.errors import BadInput
from stillreel.emulator import running_emulator
from stillreel.runware.catalogue.loading import MODELS
from stillreel.studio.clock import SystemClock
from tests.archive.test_lineage import CLIP, PICTURE, STILL, clip_of, put
from tests.saying import say

UUID = "3f1c2d7e-5b8a-4c9d-8e7f-0a1b2c3d4e5f"
MORE_MODELS = str(Path(__file__).parent / "studio" / "models")
TASK = {
    "taskType": "imageInference",
    "taskUUID": UUID,
    "model": "runware:z-image@turbo",
    "positivePrompt": "A lighthouse.",
    "width": 1024,
    "height": 1024,
}


def written(folder: Path, data) -> str:
    file = folder / "data.json"
    file.write_text(json.dumps(data))
    return str(file)


def test_a_raw_request_is_checked_as_its_page_says(tmp_path):
    """A request is known by its task or by model and prompt; what the page requires is missed."""
    code, lines = say("check", written(tmp_path, TASK))
    assert code == 0
    assert lines[0].startswith("ok: Z-Image-Turbo, about $")
    bare = {key: value for key, value in TASK.items() if not key.startswith("task")}
    code, lines = say("check", written(tmp_path, bare))
    assert code == 2
    assert [line.split(": ")[1] for line in lines] == ["taskType", "taskUUID"]


def test_several_tasks_are_checked_one_by_one(tmp_path):
    """Each task of a list is named by its number, and the prices are summed where all are right."""
    code, lines = say("check", written(tmp_path, [TASK, {**TASK, "width": 7}, {**TASK, "model": "no:such@1"}, 7]))
    assert code == 2
    assert [line.split(": ")[1] for line in lines] == ["[1].width", "[2].model", "[3].task"]
    code, lines = say("check", written(tmp_path, [TASK, TASK]))
    assert code == 0
    assert [line.split(": ")[0] for line in lines] == ["[0] ok", "[1] ok", "in all"]


def test_a_shot_is_priced_by_rows_that_are_told(tmp_path):
    """Each stage's price stands with its row and the day since when; what nobody knows for certain stands below."""
    still = {"prompt": "A quay.", "model": "studio:named@1"}
    data = {"project": "harbour", "shot": "pier", "still": still, "motion": {"prompt": "Waves."}}
    code, lines = say("check", written(tmp_path, data), STILLREEL_MODELS=MORE_MODELS)
    assert code == 0
    assert "clip: klingai:3@1, $0.185 ($0.037 a second, 720p, since 2024-12-19)" in lines
    place = lines.index("still: studio:named@1, $0.04 ($0.04 an image, 1K, since 2026-02-05)")
    assert lines[place + 1].startswith("doubt: Named: nobody can say for certain what still.prompt may be")


def test_what_a_shot_comes_to_is_an_estimate_where_a_part_of_it_is(tmp_path):
    """The sum is told with its bound where one of its prices is an estimate; several results are counted."""
    still = {"project": "harbour", "shot": "pier", "still": {"prompt": "A quay."}}
    _, lines = say("check", written(tmp_path, {**still, "motion": {"prompt": "Waves."}}))
    assert "in all: about $0.18813344, at most $0.19126688" in lines
    named = {**still, "still": {"prompt": "A quay.", "model": "google:4@3"}, "results": 3}
    _, lines = say("check", written(tmp_path, named))
    assert lines[1] == "still: google:4@3, $0.20685 for 3 ($0.06895 an image, 1K, since 2026-02-26)"
    assert lines[-1] == "in all: $0.20685"


def test_a_raw_request_is_priced_by_what_it_asks(tmp_path):
    """Audio, a resolution's name and frames choose the row of a raw request, too, and its doubts are told."""
    task = {"taskType": "videoInference", "taskUUID": UUID, "model": "studio:words@1", "positivePrompt": "Waves."}
    frames = {"frameImages": [{"image": UUID, "frame": "first"}, {"image": UUID, "frame": "last"}]}
    sound = {"klingai": {"sound": True}}
    for more, price, doubts in (
        ({"width": 1280, "height": 720}, "$0.25", 0),
        ({"width": 1920, "height": 1080, "providerSettings": sound}, "$0.65", 0),
        ({"inputs": frames, "resolution": "1080p", "providerSettings": sound}, "about $1.45", 2),
    ):
        code, lines = say("check", written(tmp_path, {**task, **more}), STILLREEL_MODELS=MORE_MODELS)
        assert code == 0, lines
        assert lines[0].startswith((f"ok: Words, {price} (", f"ok: Words, {price}, at most $"))
        assert len([line for line in lines if line.startswith("doubt: Words: ")]) == doubts


def test_a_raw_request_that_is_estimated_has_a_bound_and_what_is_unknown(tmp_path):
    """A clip that takes its length from a video is told with the most it should cost, and with why nobody knows."""
    moved = {
        "taskType": "videoInference",
        "taskUUID": UUID,
        "model": "klingai:kling-video@2.6-pro",
        "inputs": {"referenceImages": [UUID], "referenceVideos": ["https://example.com/dance.mp4"]},
        "providerSettings": {"klingai": {"characterOrientation": "image"}},
    }
    code, lines = say("check", written(tmp_path, moved))
    assert code == 0, lines
    assert lines[0].startswith("ok: KlingAI VIDEO 2.6 Pro, about $0.522, at most $0.7")
    assert "from a reference video" in lines[0]
    (told,) = [line for line in lines if line.startswith("unknown: ")]
    assert told.startswith("unknown: what it costs exactly (https://runware.ai/docs/models/klingai-video-2-6-pro/")
    assert "an example of motion cost 0.522, its length not printed" in told
    _, lines = say("check", written(tmp_path, TASK))
    assert ", at most $" in lines[0]
    assert not [line for line in lines if line.startswith("unknown: ")]


def test_a_raw_request_of_some_size_has_the_price_of_that_size(tmp_path):
    """Width and height alone choose the row of a model whose prices go by resolutions, as a name does elsewhere."""
    turbo = {"taskType": "videoInference", "model": "klingai:kling-video@3.0-turbo", "duration": 10}
    banana = {"taskType": "imageInference", "model": "google:4@3"}
    frame = {"inputs": {"frameImages": [UUID]}}
    for task, price in (
        ({**turbo, "width": 1280, "height": 720}, "$1.12 ($0.112 a second, 720p"),
        ({**turbo, "width": 1440, "height": 1440}, "$1.40 ($0.14 a second, 1080p"),
        ({**turbo, **frame, "resolution": "1080p"}, "$1.40 ($0.14 a second, 1080p"),
        ({**banana, "width": 1376, "height": 768}, "$0.06895 ($0.06895 an image, 1K"),
        ({**banana, "width": 3072, "height": 5504}, "$0.15295 ($0.15295 an image, 4K"),
    ):
        whole = {"taskUUID": UUID, "positivePrompt": "Waves.", **task}
        code, lines = say("check", written(tmp_path, whole))
        assert code == 0, lines
        assert price in lines[0]


def test_models_are_listed_with_sizes_and_prices():
    """Sizes stand below each model, and a price by compute time is told as the estimate that it is."""
    code, lines = say("models")
    assert code == 0
    text = "\n".join(lines)
    assert "about $0.0034 a megapixel, billed by compute time" in text
    assert "1280x720, 720x720, 720x1280" in text
    assert "each side 128 to 2048 pixels in steps of 16" in text
    assert "text: 3686400 pixels and more in all" in text


def test_models_are_listed_with_all_that_they_cost_and_their_end(tmp_path):
    """Several prices are told as a range, sound as what there is, and a model that ends with when and what instead."""
    text = "\n".join(say("models")[1])
    turbo = text[text.index("klingai:kling-video@3.0-turbo") :].splitlines()
    assert "$0.112 to $0.14 a second" in turbo[0]
    assert turbo[3].endswith("; nobody says whether it takes a last frame")
    assert turbo[4] == "    sound: always"
    old = text[text.index("klingai:3@1 ") :].splitlines()
    assert "deprecated  seen 2026-08-27  KlingAI 1.6 Standard            $0.037 a second" in old[0]
    assert old[1].startswith("    instead klingai:6@0, klingai:6@1")
    entry = yaml.safe_load((MODELS / "klingai-2-5-turbo-standard.yaml").read_text())
    (tmp_path / "off.yaml").write_text(yaml.safe_dump({**entry, "deactivates_at": date(2026, 11, 1)}))
    text = "\n".join(say("models", STILLREEL_MODELS=str(tmp_path))[1])
    off = text[text.index("klingai:6@0 ") :].splitlines()
    assert "clip   retired" in off[0]
    assert off[1] == "    off on 2026-11-01"


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["lineage", "file:///nowhere/projects/a/b/still-001.png"], 2, "/nowhere"),
        (["models", "import", "no-such-file.json"], 2, "no-such-file.json"),
        (["quote", "no-such-file.yaml"], 2, "no-such-file.yaml"),
    ],
)
def test_what_never_buys_says_nothing_of_money(words, code, says, monkeypatch, capsys):
    """An error of a command that only reads is what is wrong, and no word on what was spent."""
    monkeypatch.delenv("STILLREEL_ARCHIVE", raising=False)
    monkeypatch.setattr(sys, "argv", ["stillreel", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    said = "".join(capsys.readouterr())
    assert (ended.value.code, says in said, "money" in said) == (code, True, False), said


async def test_a_check_writes_nothing(tmp_path):
    """A given image is looked at where the archive is known, and isn't put there."""
    Image.new("RGB", (1280, 720)).save(tmp_path / "frame.png")
    file = tmp_path / "shot.yaml"
    file.write_text("{project: harbour, shot: pier, size: 16:9, still: {image: frame.png}, motion: {prompt: Waves.}}")
    (tmp_path / "archive").mkdir()
    async with running_emulator(tmp_path / "emulator") as emulator:
        known = {"RUNWARE_API_KEY": "k" * 32, "STILLREEL_ARCHIVE": (tmp_path / "archive").as_uri()}
        code, lines = await asyncio.to_thread(say, "check", str(file), STILLREEL_RUNWARE_URL=emulator.url, **known)
    assert code == 0, lines
    assert "clip-001: a new take" in lines
    assert not [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", ["a: [", "a: 1\n- b", "a: \x07", None], ids=["open", "mixed", "bell", "missing"])
def test_a_file_that_is_the_problem_is_named_once(tmp_path, content):
    """What can't be read or parsed is one line that begins with the file, and says where in it."""
    file = tmp_path / "shot.yaml"
    if content is not None:
        file.write_text(content)
    code, (line,) = say("check", str(file))
    assert code == 2
    assert line.startswith(f"{file}: got ")
    assert line.count(str(file)) == 1
    assert " at line " in line or " at position " in line or content is None


def test_both_halves_of_a_size_are_told(tmp_path):
    """A width that no size has is a problem of its own where the height isn't even a number."""
    task = {"model": "klingai:3@1", "positivePrompt": "Waves.", "width": -1, "height": "x", "duration": 5}
    _, lines = say("check", written(tmp_path, {**task, "taskType": "videoInference", "taskUUID": UUID}))
    assert [line.split(": ")[1] for line in lines] == ["height", "width"]
    assert lines[1].endswith("width: got -1; the sizes are 1280x720, 720x720 and 720x1280")


async def test_lineage_is_found_by_path_and_by_address(tmp_path, monkeypatch):
    """A file of an archive here is named by a path from where one stands, by a full path or by its address."""
    archive = Archive(open_store(tmp_path.as_uri()), SystemClock())
    still = await put(archive, STILL, PICTURE)
    clip = await put(archive, clip_of(STILL), CLIP, (still,))
    monkeypatch.chdir(tmp_path / "projects")
    name = clip.uri.removeprefix(f"{tmp_path.as_uri()}/")
    told = {
        word: await asyncio.to_thread(say, "lineage", "--verify", word)
        for word in (clip.uri, str(tmp_path / name), name.removeprefix("projects/"), f"../{name}")
    }
    assert len(set(map(str, told.values()))) == 1
    code, lines = told[clip.uri]
    assert code == 0
    assert any(STILL.prompt in line for line in lines)


@pytest.mark.parametrize("folder,root", [("films", "file://{}/films/"), ("my films", "file://{}/my films")])
async def test_an_archive_is_named_as_people_type_it(tmp_path, folder, root):
    """A slash at the end of the archive's address, or a space in it, is no other archive to `lineage --verify`."""
    archive = Archive(open_store((tmp_path / folder).as_uri()), SystemClock())
    still = await put(archive, STILL, PICTURE)
    env = {"STILLREEL_ARCHIVE": root.format(tmp_path)}
    code, lines = await asyncio.to_thread(say, "lineage", "--verify", still.uri, **env)
    assert (code, lines[-1].partition(":")[0]) == (0, "verified")


def test_switches_are_told_off_line_by_line(tmp_path):
    """Each switch that is wrong is one line: its name, what it got and what is allowed."""
    file = tmp_path / "switches.yaml"
    file.write_text("media: painted\nclock: {speed: 0}\nbil_failed: true")
    with pytest.raises(BadInput) as caught:
        say("emulator", "--port", "0", "--data", str(tmp_path / "data"), "--switches", str(file))
    told = {problem.field: f"{problem.got} | {problem.allowed}" for problem in caught.value.problems}
    assert told == {
        "media": "'painted' | 'drawn' or 'canned'",
        "clock.speed": "0 | greater than 0",
        "bil_failed": "True | no such switch; leave it out",
    }
