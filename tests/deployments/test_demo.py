import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from deployments.servers import ROOT
from stillreel.media.probe import probe_clip, still_facts
from tests.media.alike import first_and_last_frame, ssim

ALIKE = 0.9  # structural similarity of a clip's first frame and the still that it starts from


class Demo:
    """`python -m deployments.demo` with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *args: str, **env: str) -> str:
        """Run it to its good end; what it printed for people."""
        command = [sys.executable, "-m", "deployments.demo", *args]
        env = {**os.environ, "DEMO_HOME": str(self.home), **env}
        ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A demo whose servers stay up from one run to the next."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo("--stop")


@pytest.fixture(scope="module")
def first(demo):
    """What the first run printed."""
    return demo(DEMO_KEEP="1")


def files(demo: Demo, pattern: str) -> list[str]:
    return sorted(path.name for path in (demo.home / "archive" / "projects" / "demo" / "harbour").glob(pattern))


async def test_the_first_run_makes_a_real_clip_from_a_real_still(demo, first):
    """The demo ends with an H.264 clip of 1280×720, 5 s and 24 fps that starts as its still and moves on."""
    shot = demo.home / "archive" / "projects" / "demo" / "harbour"
    clip, still = shot / "clip-001.mp4", shot / "still-001.png"
    facts = await probe_clip(clip)
    assert (facts.codec, facts.width, facts.height, facts.fps, facts.seconds) == ("h264", 1280, 720, 24, 5)
    assert (still_facts(still).width, still_facts(still).height) == (1280, 720)
    begin, end = first_and_last_frame(clip)
    with Image.open(still) as picture:
        assert ssim(picture, begin) >= ALIKE > ssim(picture, end)


def test_the_first_run_says_what_it_made(demo, first):
    """What was made, what it cost, where it lies and how it came to be stand at the end, and the command works."""
    assert "clip-001.mp4" in first
    assert "2 jobs bought" in first
    assert re.search(r"^cost +quoted \$0\.\d+, reported \$0\.\d+$", first, re.MULTILINE)
    command = re.search(r"^lineage +(.+)$", first, re.MULTILINE)
    assert command
    lineage = subprocess.run(shlex.split(command[1]), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "A small harbour at dawn" in lineage


def test_a_second_run_buys_nothing(demo, first):
    """Running the demo again, its servers still up, says that the take exists and buys nothing."""
    before = files(demo, "*")
    again = demo(DEMO_KEEP="1")
    assert "still running from the last demo" in again
    assert "this take exists already, and nothing was bought" in again
    assert files(demo, "*") == before


def test_another_prompt_is_the_next_take(demo, first):
    """Other words make the next take, after the servers were stopped and started again on what they remember."""
    assert "Stopped: emulator, pages, prefect." in demo("--stop")
    other = demo(DEMO_KEEP="", DEMO_PROMPT="a red kite over a wheat field")
    assert "2 jobs bought" in other
    assert files(demo, "*.mp4") == ["clip-001.mp4", "clip-002.mp4"]
    assert "Nothing was running." in demo("--stop")
