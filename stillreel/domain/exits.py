"""The exit codes that all commands share."""

from stillreel.domain.errors import BadInput, BadSettings, State, StillreelError

DONE, NOT_DONE, BAD_INPUT = 0, 1, 2


def exit_of(error: StillreelError) -> int:
    """The code of a command that an error ends: whether what was given must change, or something was in the way."""
    return BAD_INPUT if isinstance(error, BadInput | BadSettings) else NOT_DONE


def code_of(state: State) -> int:
    """The code of a command that ends with its work in this state."""
    return DONE if state == "done" else NOT_DONE
