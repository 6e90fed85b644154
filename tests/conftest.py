"""What holds for every test: nothing leaves this machine, and nothing of the user's environment gets in.

This runs before anything of ours or Prefect's is imported, so both see the environment that is made here.
"""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.certificates import one_certificate

WANTED = {"STILLREEL_NEED_BROWSER", "STILLREEL_TEST_GCS"}  # the two that are meant for the tests themselves
OURS = ("STILLREEL_", "RUNWARE_", "PREFECT_", "DEMO_", "STORAGE_EMULATOR_HOST")
PROXIES = {"http_proxy", "https_proxy", "all_proxy"}
ELSEWHERE = "STILLREEL_TEST_GCS" in os.environ  # the archive's tests were sent to a real bucket: they may leave

scratch = Path(tempfile.mkdtemp(prefix="stillreel-tests-"))
for name in list(os.environ):
    if (name.startswith(OURS) and name not in WANTED) or name.lower() in PROXIES:
        del os.environ[name]
os.environ.update(
    PREFECT_HOME=str(scratch / "prefect"),
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    DO_NOT_TRACK="1",
)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # images of containers like it: each command would compile all anew
sys.dont_write_bytecode = False
if not ELSEWHERE:
    import tests.loopback.sitecustomize  # its import is its effect

    guard = str(Path(tests.loopback.sitecustomize.__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (guard, os.environ.get("PYTHONPATH"))))
    os.environ.update(NO_GCE_CHECK="true", CLOUDSDK_CONFIG=str(scratch / "gcloud"))
    os.environ["SSL_CERT_FILE"] = one_certificate(scratch)
    os.environ.pop("GOOGLE_APPLICATION_CREDENTIALS", None)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: what tests stop would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)  # a busy machine is not a slow property
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(scratch, ignore_errors=True)


FIRST = ("tests/flows/", "tests/deployments/", "tests/benchmarks/", "tests/crash/")  # what takes longest begins first
WITH_WORKER = (
    *("bad_input", "browser", "cancelling", "chain", "deployments", "form", "records", "rounds", "setup", "spread"),
    *("spread_lost", "storyboard", "storyboard_alone", "storyboard_form"),
)
KILLING = ("engine_away", "limits_away")  # share a server that they kill, and mostly wait
SERVERS = {"a server with a worker": WITH_WORKER, "a server that is killed": KILLING}


class ByServer(LoadFileScheduling):
    """Which tests stay in one process of several: those of a file, and all that share a Prefect server.

    Three servers are worth their start: one with the deployments and a worker, one that is killed, and one for the
    commands that people run. Two processes at a time leave these servers their turn; with three, they answer too late.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if not file.startswith("tests/flows/"):
            return file
        name = file.removeprefix("tests/flows/test_").removesuffix(".py")
        return next((server for server, files in SERVERS.items() if name in files), "a server for commands")


@pytest.hookimpl(optionalhook=True)  # without xdist there is nothing to schedule
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    config.option.loadscopereorder = False  # else those with most tests would be first, however quick they are
    return ByServer(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several processes, the ones that take longest are begun first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next((n for n, way in enumerate(FIRST) if item.nodeid.startswith(way)), len(FIRST)))
