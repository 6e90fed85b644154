"""Bad input of each kind: a clear error with its exit code, and nothing bought."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from stillreel.emulator import running_emulator
from tests.archive.fake_gcs import BUCKET, fake_gcs, make_bucket
from tests.archive.proxy import ALWAYS, Fault, faults_before
from tests.flows.commands import CANNED, run, say, settings, shot, write

pytestmark = pytest.mark.server


@dataclass(frozen=True)
class Case:
    """What is wrong, what is said about it, and the exit code: 2 for what a person wrote, 1 for what the world said."""

    says: tuple[str, ...]
    code: int
    said: dict[str, Any] = field(default_factory=lambda: shot("p"))
    env: dict[str, str | None] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)
    archive: str | None = None
    proxied: bool = False
    before_a_run: bool = True
    state: str = "refused"


def still(**words: Any) -> dict[str, Any]:
    return shot("p", still=words)


def motion(**words: Any) -> dict[str, Any]:
    return shot("p", motion={"prompt": "the beam turns", **words})


def theirs(*says: str, **more: Any) -> Case:
    """What only the provider or the archive can say, so that a run has to ask; exit code 1."""
    return Case(says, 1, before_a_run=False, **more)


CASES = {
    "empty prompt": Case(("still.prompt: got nothing", "required"), 2, still(prompt="")),
    "2,501 characters": Case(("motion.prompt: got", "2500"), 2, motion(prompt="x" * 2501)),
    "odd size": Case(("size: got '4:3'", "16:9"), 2, shot("p", size="4:3")),
    "7 seconds": Case(("line 2: motion.duration: got 7", "5", "10"), 2, motion(duration=7)),
    "unknown field": Case(("motion.colour: got 'red'", "no such key"), 2, motion(colour="red")),
    "unreadable image": Case(("line 6: still.image: got", "readable"), 2, still(image="broken.png")),
    "no such image": Case(("still.image: got", "No such file"), 2, still(image="nowhere.png")),
    "no file": Case(("No such file",), 2, {}),
    "no archive": Case(("STILLREEL_ARCHIVE",), 2, env={"STILLREEL_ARCHIVE": None}),
    "missing key": Case(("RUNWARE_API_KEY", "runware-api-key"), 2, env={"RUNWARE_API_KEY": None}, before_a_run=False),
    "wrong key": theirs("key", env={"RUNWARE_API_KEY": "another-key-than-theirs"}),
    "no balance": theirs("balance is $0.1", switches={"balance": "0.1"}),
    "missing bucket": theirs("no-such-bucket", state="failed", archive="gs://no-such-bucket/films"),
    "no permission": theirs("storage.objects", state="failed", archive=f"gs://{BUCKET}/films", proxied=True),
    "ceiling too low": theirs("STILLREEL_MAX_USD", "$0.01", env={"STILLREEL_MAX_USD": "0.01"}),
    "ceiling of nothing": theirs("STILLREEL_MAX_USD", "$0", env={"STILLREEL_MAX_USD": "0"}),
}


@pytest.fixture(scope="module")
async def hosts(prefect_api: str) -> AsyncIterator[dict[bool, str]]:
    """A fake Google Cloud Storage, and the same without the right to write."""
    with fake_gcs() as gcs:
        make_bucket(gcs, BUCKET)
        async with faults_before(gcs) as proxy:
            refusal = "films@example does not have storage.objects.create access to the object."
            proxy.faults.append(
                Fault("answer", method="POST", path="/upload/", status=403, message=refusal, times=ALWAYS)
            )
            yield {False: gcs, True: proxy.endpoint}


@pytest.mark.parametrize("name", CASES)
async def test_bad_input_is_explained_and_buys_nothing(name, tmp_path, hosts, capsys):
    """The error says what is wrong in the words of the file or setting; the provider sees no submit and no charge."""
    case = CASES[name]
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n, and then nothing of the kind")
    file = write(tmp_path / "shot.yaml", case.said) if case.said else tmp_path / "nowhere.yaml"
    async with running_emulator(tmp_path / "emulator", {**CANNED, **case.switches}) as emulator:
        archive = case.archive or f"file://{tmp_path}/archive"
        env = settings(emulator, archive, STORAGE_EMULATOR_HOST=hosts[case.proxied], **case.env)
        before = emulator.ledger()
        ended = await say("image_to_video", file, env, capsys)
        assert emulator.jobs() == {}
        assert emulator.ledger() == before
    message = ended.line["message"]
    assert (ended.code, ended.line["state"]) == (case.code, case.state), ended.stderr
    assert [words for words in case.says if words not in message] == [], message
    assert message.strip() in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (ended.line["bought"], ended.line["money"], ended.line["clips"]) == (0, "not spent", [])
    assert (ended.line["flow_run_id"] is None) is case.before_a_run


async def test_bad_input_ends_a_process_with_2(tmp_path):
    """A mistake in a shot file is exit code 2, without a traceback."""
    async with running_emulator(tmp_path / "emulator", CANNED) as emulator:
        env = settings(emulator, f"file://{tmp_path}/archive")
        ended = await run("image_to_video", write(tmp_path / "shot.yaml", motion(duration=7)), env)
        assert emulator.jobs() == {}
    assert ended.code == 2
    assert "motion.duration: got 7" in ended.stderr
    assert "Traceback" not in ended.stderr
