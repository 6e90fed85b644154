"""What the engine tries again by itself: trouble on the way, and not what has been waited for already."""

import pytest
from prefect import task
from prefect.states import Failed

from stillreel.domain.errors import ArchiveUnavailable, NotAuthorised, ProviderError, Rejected, UnknownShape
from tasks.retrying import trouble_on_the_way


def after_patience() -> ProviderError:
    """What ends a job that was refused for as long as anybody waits."""
    error = ProviderError("the provider took nothing")
    error.patience_over = True
    return error


def tried_again(error: Exception) -> bool:
    return trouble_on_the_way(task(tried_again), None, Failed(data=error))


@pytest.mark.parametrize("error", [ProviderError("away"), ArchiveUnavailable("away")])
def test_trouble_on_the_way_is_tried_again(error):
    """Who doesn't answer may do so a little later."""
    assert tried_again(error)


@pytest.mark.parametrize(
    "error", [after_patience(), NotAuthorised("no"), UnknownShape("what"), Rejected("no"), ValueError("what")]
)
def test_an_answer_is_not_asked_for_twice(error):
    """Neither a definite answer nor half an hour in a queue is tried again: the run ends and says so."""
    assert not tried_again(error)
