"""`stillreel models compare` and `stillreel quote`: choosing a model, with nothing but the catalogue."""

import itertools
import json
from pathlib import Path

import pytest
import yaml

from stillreel.domain.errors import BadInput
from stillreel.runware.catalogue.loading import MODELS
from tests.saying import cells, say

OLD = "klingai:3@1"
NEXT, PRO = "klingai:kling-video@3-standard", "klingai:kling-video@2.6-pro"
CHAIN = {
    "project": "harbour",
    "shot": "pier",
    "still": {"prompt": "A pier."},
    "motion": {"prompt": "Waves.", "duration": 5},
}


@pytest.fixture
def file(tmp_path: Path):
    """A shot file of the chain with some of its parts replaced; None takes one away."""

    def write(name: str = "shot", **parts) -> str:
        said = {key: value for key, value in {**CHAIN, **parts}.items() if value is not None}
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(said))
        return str(path)

    return write


def test_a_quote_is_a_table(file):
    """Each model with what the whole shot costs with it, the bound, the price row and its date; its own first."""
    name = file()
    code, (title, head, *rows) = say("quote", name, "--model", f"{NEXT},{PRO},klingai:2@1,{OLD}")
    assert (code, title) == (0, f"harbour/pier ({name})")
    assert cells(head) == ["model", "this shot", "at most", "price", "since"]
    told = {cells(row)[0].split()[0]: cells(row)[1:] for row in rows}
    assert next(iter(told)) == OLD
    assert told == {
        OLD: [
            "about $0.18813344",
            "$0.19126688",
            "$0.037 a second, 720p",
            "2024-12-19",
            "the shot's own; deprecated (seen 2026-08-27)",
        ],
        "klingai:2@1": [
            "about $0.18793344",
            "$0.19126688",
            "about $0.03696 a second, 720p",
            "2025-10-27",
            "deprecated (seen 2026-08-27)",
        ],
        PRO: ["about $0.357102464", "$0.364204928", "$0.07 a second, without audio", "2025-12-11"],
        NEXT: ["about $0.42313344", "$0.42626688", "$0.084 a second, 720p, without audio", "2026-02-05"],
    }


def test_without_a_choice_every_model_is_asked(file):
    """All models of the kind that the shot ends with are in the table, and none of the other kind."""
    lines = "\n".join(say("quote", file())[1])
    assert all(air in lines for air in (OLD, NEXT, PRO))
    assert "\n  runware:" not in lines
    lines = "\n".join(say("quote", file(motion=None))[1])
    assert all(air in lines for air in ("runware:z-image@turbo", "runware:400@4"))
    assert "\n  klingai:" not in lines


def test_what_a_model_cannot_do_is_listed(file):
    """Everything that stands in the way is told at once, by the shot file's own keys; the others keep their price."""
    motion = {"prompt": "Waves.", "guidance": 0.7, "duration": 20}
    code, lines = say("quote", file(motion=motion), "--model", f"{PRO}, {NEXT}")
    assert code == 0
    assert lines[1:] == [
        f"  {PRO} KlingAI VIDEO 2.6 Pro can't",
        "    - motion.duration: got 20; one of 5, 10",
        f"  {NEXT} KlingAI VIDEO 3.0 Standard can't",
        "    - motion.duration: got 20; an integer from 3 to 15",
        "    - motion.guidance: got 0.7; leave it out: KlingAI VIDEO 3.0 Standard has no such field",
    ]


def test_a_model_that_is_named_twice_is_told_once(file):
    """Of those that are known and of strangers alike."""
    code, lines = say("quote", file(), "--model", f"{NEXT},no:such@1,{NEXT},no:such@1")
    assert (code, len(lines)) == (2, 4)


def test_the_size_of_the_still_follows_the_clip(file):
    """A model that makes larger clips needs a larger still, and the shot's price says so."""
    _, lines = say("quote", file(motion=None), file("chain"), "--model", f"{PRO},runware:400@4")
    text = "\n".join(lines)
    assert "the shot makes no clip" in text
    assert "about $0.357102464" in text  # 0.35 and a still of 1920x1080


def test_a_still_in_the_way_is_told_as_the_stills(file, tmp_path):
    """A clip that its model could make, and its still's model couldn't, names the still's."""
    entry = yaml.safe_load((MODELS / "klingai-video-2-6-pro.yaml").read_text())
    pairs = [[3840, 2160], [2880, 2880], [2160, 3840]]
    rules = [{**rule, "values": pairs} if rule["kind"] == "pairs" else rule for rule in entry["rules"]]
    sizes = {**entry["sizes"], "text": {"pairs": pairs}}
    models = tmp_path / "models"
    models.mkdir()
    (models / "large.yaml").write_text(
        yaml.safe_dump({**entry, "air": "made:up@1", "slug": "large", "name": "Large", "rules": rules, "sizes": sizes})
    )
    _, lines = say("quote", file(), "--model", "made:up@1", STILLREEL_MODELS=str(models))
    told = (
        "    - still.model: got runware:z-image@turbo; another model: Z-Image-Turbo makes no 3840x2160, "
        "which is the size of a clip by made:up@1; these make it: google:4@3 Nano Banana 2 $0.15295; "
        "these may make it, their largest size isn't known: bytedance:5@0 Seedream 4.0 about $0.03, "
        "bytedance:seedream@4.5 Seedream 4.5 about $0.04"
    )
    assert lines[1:] == ["  made:up@1 Large can, with another still.model", told]


def test_what_helps_a_still_is_true(file):
    """A shot with the image model that the refusal of its first names is a shot that can be made."""
    large = {"prompt": "Waves.", "model": "klingai:kling-video@3-4k"}
    code, (line,) = say("check", file(motion=large))
    assert code == 2
    sure, _, maybe = line.partition("these make it: ")[2].partition("; these may make it, ")
    named = [part.split()[0] for part in [*sure.split(", "), *maybe.partition(": ")[2].split(", ")]]
    assert (len(named), named[0]) == (3, "google:4@3")
    for air in named:
        still = {"prompt": "A pier.", "model": air}
        assert say("check", file(motion=large, still=still))[0] == 0


def test_another_still_is_named_though_no_model_knows_all_of_it(file):
    """A seed that no model of such a size takes isn't in the way of naming one; what it is told of, `check` says."""
    large = {"prompt": "Waves.", "model": "klingai:kling-video@3-4k"}
    still = {"prompt": "A pier.", "negative_prompt": "people", "seed": 3, "resolution": "9K"}
    _, lines = say("check", file(motion=large, still=still))
    assert any("still.model" in line and "bytedance:5@0" in line for line in lines)


def test_several_shots_are_summed(file):
    """Below the shots stands what all of them cost with each model that can make every one."""
    guided = {"prompt": "Waves.", "guidance": 0.7}
    _, lines = say("quote", file("a"), file("b", motion=guided), "--model", f"{OLD},{PRO},{NEXT}")
    at = lines.index("all 2 shots")
    assert [cells(line)[:2] for line in lines[at + 2 :]] == [
        [f"{OLD} KlingAI 1.6 Standard", "about $0.37626688"],
        [f"{PRO} KlingAI VIDEO 2.6 Pro", "about $0.714204928"],
    ]


def test_a_storyboard_of_one_shot_has_its_sum(tmp_path):
    """However few shots a storyboard has, what they cost is told."""
    path = tmp_path / "board.yaml"
    shot = {key: CHAIN[key] for key in ("shot", "still", "motion")}
    path.write_text(yaml.safe_dump({"project": "harbour", "shots": [shot]}))
    code, (title, _, *rows) = say("quote", str(path), "--model", f"{OLD},{PRO}")
    assert (code, title) == (0, "the only shot")
    assert [cells(row)[1] for row in rows] == ["about $0.18813344", "about $0.357102464"]


def test_a_csv_is_quoted_with_its_project(file, tmp_path):
    """The option that a CSV without a project asks for is there; a file that names its own isn't given another."""
    sheet = tmp_path / "shots.csv"
    sheet.write_text("shot,prompt\npier,A pier.\nquay,A quay.\n")
    code, (line,) = say("quote", str(sheet))
    assert (code, "name the project with --project" in line) == (2, True)
    assert say("quote", str(sheet), "--project", "harbour")[1][0] == "all 2 shots"
    assert "all 3 shots" in say("quote", str(sheet), file(motion=None), "--project", "harbour")[1]
    code, (line,) = say("quote", file(), "--project", "harbour")
    assert (code, "leave --project out" in line) == (2, True)


def test_a_shot_whose_own_model_is_unknown_is_quoted_with_others(file):
    """A model that nobody knows any more isn't in the way of finding another."""
    code, lines = say("quote", file(motion={"prompt": "Waves.", "model": "klingai:0@0"}), "--model", NEXT)
    assert code == 0
    assert NEXT in lines[2]


def test_a_quote_for_a_stranger_is_refused(file):
    """A model that isn't in the catalogue, and a file that is no shot, are told as everywhere."""
    with pytest.raises(BadInput, match=r"no:such@1.*`stillreel models` lists"):
        say("quote", file(), "--model", "no:such@1")
    red = file(colour="red")
    assert say("quote", red) == (2, [f"{red}: line 1: colour: got 'red'; no such key; leave it out"])


def test_a_quote_tells_the_problems_of_all_files_as_check_does(file, tmp_path):
    """Each line begins with its file's name, so that nobody has to look for it among many; nothing is quoted then."""
    (tmp_path / "half.json").write_text('{"project": "harbour",}')
    wrong = [file("red", colour="red"), str(tmp_path / "half.json"), str(tmp_path / "none.yaml")]
    code, lines = say("quote", file("good"), *wrong)
    assert (code, lines) == (2, [line for name in wrong for line in say("check", name)[1]])
    assert [line.partition(": ")[0] for line in lines] == wrong


def test_a_stranger_is_not_in_the_way_of_those_that_are_known(file):
    """The known ones stand in the table, the others below it with what was meant, and the exit code isn't 0."""
    code, lines = say("quote", file(), "--model", f"{PRO},klingai:6@9,no:such@1")
    assert code == 2
    assert cells(lines[2])[0] == f"{PRO} KlingAI VIDEO 2.6 Pro"
    near, far = lines[3:]
    assert near.startswith("model: got 'klingai:6@9'; ")
    assert "did you mean klingai:6@0 (KlingAI 2.5 Turbo Standard)" in near
    assert far == "model: got 'no:such@1'; one of those that `stillreel models` lists"


def test_two_models_are_compared():
    """Each rule that differs on two lines, then what the second can't do."""
    code, lines = say("models", "compare", PRO, NEXT)
    assert code == 0
    text = "\n".join(lines)
    assert cells(lines[0]) == ["A", f"{PRO} KlingAI VIDEO 2.6 Pro"]
    at = next(number for number, line in enumerate(lines) if line.startswith("duration"))
    assert cells(lines[at]) == ["duration", "A", "one of 5, 10, else 5"]
    assert cells(lines[at + 1]) == ["B", "an integer from 3 to 15, else 5"]
    at = next(number for number, line in enumerate(lines) if line.startswith("price"))
    assert cells(lines[at]) == ["price", "A", "$0.07 a second, without audio, since 2025-12-11"]
    assert cells(lines[at + 1]) == ["$0.14 a second, with audio, since 2025-12-11"]
    assert "B can't\n  - start from one image and end with another, as far as anybody says" in text
    assert say("models", "compare", PRO, PRO)[1][-1] == "B can do all that A can"


def test_rules_that_one_of_them_has_alone_are_told():
    """Of each rule across fields it is told which of the two has it; what both have is no difference."""
    _, lines = say("models", "compare", PRO, NEXT)
    beside = itertools.pairwise(lines)
    rules = [cells(line)[-1] + cells(below)[-1] for line, below in beside if line.startswith("rule ")]
    assert "between two frames there is no sound setting–" in rules
    assert "–either a first frame or a size" in rules
    assert not any("ttl" in rule for rule in rules)
    assert not any("ttl" in line for line in say("models", "compare", OLD, PRO)[1])


def test_a_stranger_is_compared_with_what_was_meant():
    """A name that is nearly one is told with the nearest that there are; two strangers are told at once."""
    with pytest.raises(BadInput) as refused:
        say("models", "compare", "klingai:kling-video@3-standart", "KlingAI 2.5 Turbo")
    one, other = (problem.allowed for problem in refused.value.problems)
    assert f"did you mean {NEXT} (KlingAI VIDEO 3.0 Standard), " in one
    assert "klingai:6@0 (KlingAI 2.5 Turbo Standard)" in other
    assert "klingai:6@1 (KlingAI 2.5 Turbo Pro)" in other
    with pytest.raises(BadInput, match="`stillreel models` lists"):
        say("models", "compare", PRO, "no:such@1")


def test_models_of_ones_own_are_listed():
    """The list holds what the folder of one's own adds."""
    _, lines = say("models", STILLREEL_MODELS=str(Path(__file__).parent / "studio" / "models"))
    assert any(line.startswith("studio:words@1") for line in lines)
    _, lines = say("models")
    assert not any(line.startswith("studio:words@1") for line in lines)


def test_a_check_warns_of_a_model_that_fades(file, tmp_path):
    """Without an account the catalogue alone speaks: a warning while the model is there, an error when it isn't."""
    code, lines = say("check", file())
    assert code == 0
    assert lines[-1].startswith(f"warning: {OLD} (KlingAI 1.6 Standard) is deprecated (seen 2026-08-27); name another")
    entry = yaml.safe_load((MODELS / "klingai-video-3-0-standard.yaml").read_text())
    gone = tmp_path / "models"
    gone.mkdir()
    (gone / "gone.yaml").write_text(yaml.safe_dump({**entry, "status": "retired"}))
    retired = file(motion={"prompt": "Waves.", "model": NEXT})
    code, (line,) = say("check", retired, STILLREEL_MODELS=str(gone))
    assert code == 1
    assert line.startswith(f"{retired}: {NEXT} (KlingAI VIDEO 3.0 Standard) is retired (seen 2026-10-12); ")


@pytest.mark.parametrize("kind,slug", [("motion", "klingai-video-3-0-standard"), ("still", "alibaba-z-image-turbo")])
def test_a_quote_of_a_model_that_is_gone_says_what_can_do_instead(file, tmp_path, kind, slug):
    """Whichever stage it is of, in a shot or in a storyboard, whose sum alone is told."""
    entry = yaml.safe_load((MODELS / f"{slug}.yaml").read_text())
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "gone.yaml").write_text(yaml.safe_dump({**entry, "status": "retired"}))
    words = {"shot": "a", "still": {"prompt": "A quay."}, "motion": {"prompt": "Waves."}}
    words[kind]["model"] = entry["air"]
    board = tmp_path / "board.json"
    board.write_text(json.dumps({"project": "harbour", "shots": [words, {**words, "shot": "b"}]}))
    for quoted in (file(**{kind: words[kind]}), str(board)):
        _, lines = say("quote", quoted, STILLREEL_MODELS=str(tmp_path / "models"))
        (warning,) = (line for line in lines if line.startswith("warning: "))
        assert warning.startswith(f"warning: {entry['air']} ({entry['name']}) is retired (seen ")
        assert f"; name another as {kind}.model: " in warning


def test_what_only_a_model_could_judge_is_told_of_a_stranger(file):
    """A guidance of 9 may be right for some model: where nobody knows which, it is said that nobody has looked."""
    motion = {"prompt": "Waves.", "model": "no:such@1", "guidance": 9, "duration": 500}
    code, lines = say("check", file(still={"prompt": "A quay.", "model": "no:such@2", "seed": 7}, motion=motion))
    assert code == 2
    still, clip = sorted(lines, key=lambda line: "motion.model" in line)
    assert still.endswith("(still.seed can't be judged before that)")
    assert clip.endswith("(motion.duration, motion.guidance can't be judged before that)")


def test_a_silent_clip_between_two_frames_is_offered_the_model_that_makes_it(file):
    """A no to sound is in no model's way that is silent there anyway: neither in a quote nor in a warning."""
    motion = {"prompt": "Waves.", "model": "klingai:5@2", "audio": "no", "last_image": "dusk.png"}
    asked = file(motion=motion)
    _, lines = say("quote", asked, "--model", f"klingai:5@2,{PRO}")
    assert cells(lines[3])[0] == f"{PRO} KlingAI VIDEO 2.6 Pro"
    warning = say("check", asked)[1][-1]
    assert warning.startswith("warning: klingai:5@2 (KlingAI 2.1 Pro) is deprecated")
    assert f"name another as motion.model: its successor {PRO}" in warning


def test_who_perhaps_ends_with_an_image_is_told_apart(file):
    """A model of which nobody says whether it takes a last frame can be asked, and that is told; one without can't."""
    motion = {"prompt": "Waves.", "model": "klingai:kling-video@3-pro", "last_image": "dusk.png"}
    asked = file(motion=motion)
    code, lines = say("check", asked)
    doubt = "doubt: KlingAI VIDEO 3.0 Pro: nobody can say for certain whether it takes a last frame"
    assert (code, doubt in lines) == (0, True)
    code, lines = say("quote", asked, "--model", f"klingai:kling-video@3-pro,{PRO},{OLD}")
    nobody = "nobody says whether it takes a last frame"
    assert (code, cells(lines[2])[-1], nobody in lines[3]) == (0, f"the shot's own; {nobody}", False)
    assert lines[-1].endswith("leave it out: KlingAI 1.6 Standard takes no last frame")
    _, lines = say("quote", file(motion={**motion, "last_image": None}))
    assert not [line for line in lines if nobody in line]


def test_a_raw_request_is_warned_of_its_model_too(tmp_path):
    """A task for a deprecated model is right and warned of."""
    task = {"model": OLD, "positivePrompt": "Waves.", "taskType": "videoInference"}
    path = tmp_path / "task.json"
    path.write_text(json.dumps({**task, "taskUUID": "3f1c2d7e-5b8a-4c9d-8e7f-0a1b2c3d4e5f"}))
    code, lines = say("check", str(path))
    assert code == 0
    assert lines[1] == f"warning: {OLD} is deprecated (seen 2026-08-27)"
