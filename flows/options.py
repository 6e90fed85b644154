"""Options of a command: what is wrong with them is told as what is wrong with its file."""

import argparse
from typing import NoReturn

from stillreel.domain.errors import BadInput
from stillreel.domain.problems import Problem

ALLOWED = "those that --help tells of"


class Options(argparse.ArgumentParser):
    """What a command takes; BadInput, not an end of the process, for what it doesn't take."""

    def error(self, message: str) -> NoReturn:
        """What can't be told apart any further."""
        raise BadInput([Problem(field="options", got=message, allowed=ALLOWED)], what="the command")

    def asked(self) -> tuple[argparse.Namespace, list[Problem]]:
        """What the command line says, and what in it nobody knows, to be told with what is wrong with the rest."""
        known, strange = self.parse_known_args()
        return known, [Problem(field="options", got=" ".join(strange), allowed=ALLOWED)] if strange else []
