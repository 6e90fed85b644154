import json

from hypothesis import given, settings
from hypothesis import strategies as st

from stillreel.domain.errors import NotAuthorised, ProviderError
from stillreel.runware import Acknowledged, Asked, NoAnswer, Refused
from tests.runware.scripted import JOB, OTHER, Provider, says, task

UUIDS = st.sampled_from([str(JOB), str(OTHER), "no-uuid"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | UUIDS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
KNOWN = (
    "taskType taskUUID status videoUUID videoURL imageUUID imageURL seed cost NSFWContent",
    "error errors code message parameter request response balance mediaUUID pong",
)
WORDS = st.sampled_from(
    ["success", "error", "processing", "videoInference", "timeoutProvider", "conflictTaskUUID", "x"]
)
ROWS = st.dictionaries(st.sampled_from(" ".join(KNOWN).split()), WORDS | JSON, max_size=8)
FRAMES = st.fixed_dictionaries(
    {},
    optional={
        "data": ROWS | st.lists(ROWS | JSON, max_size=3),
        "errors": st.lists(ROWS | JSON, max_size=3),
        "error": ROWS | JSON,
    },
)
BODIES = (FRAMES | st.lists(ROWS, max_size=3) | JSON).map(lambda body: json.dumps(body).encode()) | st.binary(
    max_size=20
)
STATUSES = st.sampled_from([200, 202, 204, 302, 400, 401, 402, 403, 404, 408, 409, 429, 500, 503, 504])


@settings(max_examples=300, deadline=None)
@given(body=BODIES, status=STATUSES)
async def test_every_purchase_gets_an_answer_whatever_comes_back(body, status):
    """No body and no status makes a purchase raise or go unanswered."""
    answers = await Provider(says(body, status)).client.submit([task(), task(OTHER)])
    assert set(answers) == {JOB, OTHER}
    assert all(isinstance(answer, Acknowledged | Refused | NoAnswer) for answer in answers.values())


@settings(max_examples=300, deadline=None)
@given(body=BODIES, status=STATUSES)
async def test_asking_ends_in_an_answer_or_in_our_errors(body, status):
    """No body makes a question end in anything but what it promises or our own errors."""
    client = Provider(says(body, status)).client
    try:
        told = await client.ask([JOB, OTHER])
    except (ProviderError, NotAuthorised):
        return
    assert {type(asked) for asked in told.values()} == {Asked}
    for asked in told.values():
        assert len({row.id for row in asked.rows}) == len(asked.rows)


@settings(max_examples=150, deadline=None)
@given(body=BODIES, status=STATUSES)
async def test_utilities_end_in_an_answer_or_in_our_errors(body, status):
    """No body makes the look at details, the balance, a ping or an upload end in anything but our own errors."""
    client = Provider(says(body, status)).client
    for question in (client.details(JOB), client.balance(), client.ping(), client.upload(b"x", "image/png")):
        try:
            await question
        except (ProviderError, NotAuthorised):
            continue
