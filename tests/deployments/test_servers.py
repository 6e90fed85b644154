import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments import servers
from deployments.servers import PORT, Server, ServerFailedError


@pytest.fixture
def folder(tmp_path):
    """Where servers are recorded; what a test leaves running ends with it."""
    yield tmp_path
    servers.stop_all(tmp_path)


def plain(name: str = "plain") -> Server:
    """A server that lists a folder."""
    command = (sys.executable, "-m", "http.server", PORT, "--bind", "127.0.0.1")
    return Server(name=name, command=command, health="/", env={})


def saying(code: str) -> Server:
    """A server that isn't one."""
    return Server(name="other", command=(sys.executable, "-c", code), health="/", env={})


def test_a_server_is_found_again_by_another_process(folder):
    """What one command has started and left up, the next one finds and uses."""
    started = servers.wait_for(servers.start(plain(), folder))
    assert started.answers
    code = "from deployments.servers import Path, found, sys; print(found(Path(sys.argv[1]), 'plain').url)"
    command = [sys.executable, "-c", code, str(folder)]
    told = subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == started.url


def test_stopping_ends_the_process_and_forgets_it(folder):
    """After a stop nothing runs, nothing is recorded, and stopping again is nothing."""
    running = [servers.start(plain(name), folder) for name in ("one", "two")]
    for each in running:
        servers.wait_for(each)
    assert servers.stop_all(folder) == ["one", "two"]
    assert [each.alive or each.answers for each in running] == [False, False]
    assert servers.found(folder, "one") is None
    assert servers.stop_all(folder) == []


def test_a_server_that_ends_at_once_shows_its_log(folder):
    """A server that can't start is an error with the end of what it wrote, soon and not after the patience."""
    started = servers.start(saying("import sys; sys.exit('the disk is full')"), folder)
    with pytest.raises(ServerFailedError, match="the disk is full"):
        servers.wait_for(started)


def test_a_server_that_never_answers_is_given_up(folder):
    """A server that starts and says nothing is an error after the patience."""
    started = servers.start(saying("import time; print('thinking', flush=True); time.sleep(60)"), folder)
    with pytest.raises(ServerFailedError, match="isn't up after"):
        servers.wait_for(started, patience=1)
    servers.stop(started)
    assert not started.alive


def test_a_server_that_hangs_is_replaced(folder):
    """Starting a server again ends one that was recorded and doesn't answer, so that none is forgotten."""
    hung = servers.start(saying("import time; time.sleep(60)"), folder)
    again = servers.start(plain("other"), folder)
    assert servers.wait_for(again).answers
    assert not hung.alive


def test_a_stranger_with_the_same_pid_is_left_alone(folder):
    """A pid that the system has given to another process since is not ours to end."""
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        record = {"name": "plain", "folder": str(folder), "pid": stranger.pid, "born": "1", "port": 1, "health": "/"}
        (folder / "plain.json").write_text(json.dumps(record))
        assert servers.found(folder, "plain") is None
        assert servers.stop_all(folder) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_records_that_make_no_sense_are_passed_over(folder):
    """A record that was cut short, or is something else, stops nothing."""
    (folder / "cut.json").write_text('{"name": "cu')
    (folder / "list.json").write_text("[]")
    assert servers.stop_all(folder) == []
    assert servers.found(folder, "cut") is None


def test_a_process_is_known_by_its_birth():
    """Our own process has one, and it stays; a process that has ended has none, collected or not."""
    assert servers.birth(os.getpid()) == servers.birth(os.getpid()) is not None
    ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert ended.stdout is not None
    ended.stdout.read()  # until its end
    ended.stdout.close()
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert servers.birth(ended.pid) is None
    ended.wait()
    assert servers.birth(ended.pid) is None


def test_a_server_sees_only_what_it_is_given(folder, monkeypatch):
    """A user's own Prefect profile or stillreel settings don't leak into the demo's servers."""
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("STILLREEL_ARCHIVE", "file:///elsewhere")
    env = servers.environment({"STILLREEL_ARCHIVE": "file:///here"})
    assert env["STILLREEL_ARCHIVE"] == "file:///here"
    assert "PREFECT_API_URL" not in env
    assert env["PATH"]


def test_prefect_servers_record_in_batches():
    """Every Prefect server that we start has the settings without which it falls behind its runs."""
    assert servers.RECORDER.items() <= servers.prefect_server(Path("home")).env.items()


def test_prefect_servers_remember_leases():
    """Every Prefect server that we start keeps on disk which slots are taken, and by whom."""
    assert servers.LEASES.items() <= servers.prefect_server(Path("home")).env.items()
