"""The flows, each of them a command as well: `python -m flows.…`."""

import sys

from flows.asked import remember

if sys.argv[:1] == ["-m"]:  # as it stands while such a command begins; who imports a flow keeps its own handlers
    remember()
