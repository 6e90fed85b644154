"""The five verbs as Prefect tasks, thin, usable on both stages; and what shows a storyboard."""

from tasks.archive import archive
from tasks.poll import poll
from tasks.present import present
from tasks.safety_check import safety_check
from tasks.submit import submit
from tasks.validate import validate

__all__ = ["archive", "poll", "present", "safety_check", "submit", "validate"]
