"""`stillreel check` and `quote` of files that lie in a bucket, by the address that a deployment is told."""

import json
from pathlib import Path

import pytest
import yaml

from tests.archive.fake_gcs import fake_gcs, make_bucket
from tests.flows.boards import BUCKET, put
from tests.saying import say

SHOT = {"shot": "quay", "still": {"prompt": "A quay."}, "motion": {"prompt": "Waves.", "model": "klingai:6@0"}}
BOARD = {"project": "harbour", "shots": [SHOT]}
GIVEN = {**BOARD, "shots": [{**SHOT, "still": {"image": "quay.png"}}]}
WORDS = yaml.safe_dump(BOARD, sort_keys=False)
FILES = {
    "boards/Teaser.yaml": WORDS,
    "boards/bad.yaml": WORDS.replace("motion", "movement"),
    "boards/shots.csv": "shot,still.prompt\nquay,A quay.\n",
    "boards/given.json": json.dumps(GIVEN),
    "boards/half.yaml": "a: [",
    "shots/quay.json": json.dumps({"project": "harbour", **SHOT}),
    "shots/large.json": json.dumps({"project": "harbour", **SHOT}) + " " * (1 << 20),
}
QUOTED = "in all: about $0.21313344, at most $0.21626688"


@pytest.fixture(scope="module")
def endpoint():
    with fake_gcs() as found:
        make_bucket(found, BUCKET)
        for name, text in FILES.items():
            put(found, name, text)
        yield found


@pytest.fixture(params=[None, f"gs://{BUCKET}/films", "file:///…"], ids=["no archive", "the bucket", "a folder"])
def told(request, endpoint, tmp_path: Path):
    """What a command says of a file in the bucket, with and without an archive."""

    def tell(verb: str, name: str, *options: str):
        env = {"STORAGE_EMULATOR_HOST": endpoint}
        if request.param:
            env["STILLREEL_ARCHIVE"] = request.param.replace("/…", str(tmp_path))
        return say(verb, f"gs://{BUCKET}/{name}", *options, **env)

    return tell


def test_a_file_in_a_bucket_is_checked_like_one_on_the_disk(told):
    """A storyboard, a sheet and a shot are read by their address, with their lines, and quoted."""
    code, lines = told("check", "boards/Teaser.yaml")
    assert (code, lines[0], lines[3]) == (0, "ok: harbour/storyboard, 1 shot", QUOTED)
    assert told("check", "boards/shots.csv", "--project", "harbour")[1][0] == "ok: harbour/storyboard, 1 shot"
    code, lines = told("check", "shots/quay.json")
    assert (code, lines[0], lines[-1]) == (0, "ok: harbour/quay", QUOTED)
    code, lines = told("check", "boards/bad.yaml")
    assert (code, lines) == (2, [f"gs://{BUCKET}/boards/bad.yaml: line 6: shots.quay.movement: {UNKNOWN}"])


UNKNOWN = "got {'prompt': 'Waves.', 'model': 'klingai:6@0'}; no such key; leave it out"


@pytest.mark.parametrize(
    "name,why",
    [
        ("boards/none.yaml", "an object that is there"),
        ("boards/half.yaml", "at line 2, column 1"),
        ("boards/given.json", "a URL, gs://bucket/name, an address in the archive or shot:NAME"),
        ("shots/large.json", "at most 1 MiB"),
    ],
)
def test_what_is_wrong_there_is_told_with_its_address(told, name, why):
    """A file that isn't there, can't be read, names a path or is too large is refused by the name that was typed."""
    code, lines = told("check", name)
    assert code == 2
    assert lines[0].startswith(f"gs://{BUCKET}/{name}: ")
    assert why in lines[0]


def test_a_file_in_a_bucket_is_quoted(told):
    """What each model would cost is told of a shot by its address, and of a storyboard in all."""
    code, lines = told("quote", "shots/quay.json", "--model", "klingai:6@0")
    assert (code, lines[0]) == (0, f"harbour/quay (gs://{BUCKET}/shots/quay.json)")
    code, lines = told("quote", "boards/Teaser.yaml", "--model", "klingai:6@0")
    assert (code, lines[0]) == (0, "the only shot")


@pytest.mark.parametrize(
    "address,lack", [("gs://", "no bucket follows gs://"), ("gs://boards", "no name follows gs://boards")]
)
def test_half_an_address_says_what_is_missing(address, lack, tmp_path):
    """With an archive and without one."""
    said = (2, [f"{address}: file: got '{address}'; gs://bucket/name: {lack}"])
    assert say("check", address) == say("check", address, STILLREEL_ARCHIVE=f"file://{tmp_path}") == said


@pytest.mark.parametrize(
    "address", ["ftp://x.example/board.yaml", "https://x.example/board.yaml", "gs://BOARDS/b.yaml"]
)
def test_other_addresses_are_refused(address, tmp_path):
    """Whoever types an address that nobody reads is told which are read; no slash of it is lost."""
    code, lines = say("check", address, STILLREEL_ARCHIVE=f"file://{tmp_path}")
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"{address}: file: got '{address}'; gs://bucket/name")
    assert "on the command line" not in lines[0]
