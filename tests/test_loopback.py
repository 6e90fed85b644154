import socket
import subprocess
import sys

import pytest

from tests.loopback.sitecustomize import stays_here

SAYS = "tests talk to this machine only"  # by whichever copy of the guard is asked first: a process may hold two


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "2001:db8::1"])  # noqa: S104
def test_a_connection_to_another_machine_is_refused(host):
    """A test that reaches for another machine fails, by whatever address it tries."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(RuntimeError, match=SAYS):
        sock.connect((host, 80))


def test_a_name_of_another_machine_is_not_looked_up():
    """A test that asks for another machine's address fails before any question leaves."""
    with pytest.raises(RuntimeError, match=SAYS):
        socket.getaddrinfo("example.com", 443)


def test_loopback_works():
    """Servers of the tests' own are reached by address and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    assert stays_here("::1")
    assert stays_here("::ffff:127.0.0.1")


def test_processes_that_tests_start_are_held_too():
    """A Python process started by a test can't reach another machine either."""
    code = "import socket; socket.create_connection(('example.com', 443))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert SAYS in found.stderr
