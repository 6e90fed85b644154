"""Why a task is refused, in the words of the wire."""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from stillreel.runware.catalogue.entry import Entry

ERRORS_PAGE = "https://runware.ai/docs/platform/errors"


class TaskError(Exception):
    """One task's refusal: an error row without the task's own ids, and the HTTP status it would have alone."""

    def __init__(
        self,
        code: str,
        message: str,
        parameter: str | Sequence[str] | None = None,
        *,
        status: int = 400,
        **more: JsonValue,
    ) -> None:
        super().__init__(message)
        self.status = status
        self._fields: dict[str, Any] = {"code": code, "message": message}
        if parameter is not None:
            self._fields["parameter"] = parameter if isinstance(parameter, str) else list(parameter)
        self._fields |= {key: value for key, value in more.items() if value is not None}

    def row(self, task: dict[str, Any], entry: Entry | None = None) -> dict[str, Any]:
        """The error row that names the task, with a link to what the parameter may be."""
        row = dict(self._fields)
        for key in ("taskType", "taskUUID"):
            if isinstance(task.get(key), str):
                row[key] = task[key]
        row["documentation"] = documentation(entry, row.get("parameter"))
        return row


def documentation(entry: Entry | None, parameter: str | Sequence[str] | None = None) -> str:
    """The page that explains a model's parameter, or errors at large."""
    if entry is None:
        return ERRORS_PAGE
    names = [parameter] if isinstance(parameter, str) else [*(parameter or ())]
    first = next(iter(names), "")
    return f"{entry.source}#request-{first.lower().replace('.', '-')}" if first else entry.source


def coded(prefix: str, parameter: str, suffix: str = "") -> str:
    """An error code made of a parameter's last part: `invalid` and `inputs.frameImages` make `invalidFrameImages`."""
    name = parameter.rsplit(".", 1)[-1]
    return f"{prefix}{name[0].upper()}{name[1:]}{suffix}"


def unsupported(path: str, allowed: list[str]) -> TaskError:
    """The refusal of a key that isn't in the model's schema."""
    told = ", ".join(allowed)
    return TaskError(
        "unsupportedParameter",
        f"Unsupported parameter '{path}'. Allowed values are: {told}.",
        path,
        allowedValues=[*allowed],
    )
