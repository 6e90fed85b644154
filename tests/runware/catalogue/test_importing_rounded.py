"""Numbers of a schema that went through a float on their way: known again, or doubted, and always told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillreel.runware.catalogue.importing import imported, read_schema
from stillreel.runware.catalogue.importing.rounded import exact, remark
from tests.runware.catalogue.schema_files import DAY, changed, found, item

FLUX = "bfl-flux-1-dev"
INT64, UINT64, SMALLEST = 2**63 - 1, 2**64 - 1, -(2**63)


def with_seed(**says: object) -> bytes:
    return changed(FLUX, lambda document: item(document)["properties"].update(seed={"type": "integer", **says}))


def seed_of(data: bytes):
    made = imported(read_schema(data, "it"), DAY, None)
    return made.entry.fields["seed"], made


@pytest.mark.parametrize(
    "written,meant",
    [
        ("9223372036854776000", INT64),
        ("9223372036854775808", INT64),
        ("9.223372036854776e+18", INT64),
        ("18446744073709552000", UINT64),
        ("18446744073709551616", UINT64),
        ("1.8446744073709552E19", UINT64),
    ],
)
def test_a_rounded_limit_is_known_again(written, meant):
    """However a tool has written int64's or uint64's largest, the exact one stands in the entry, and that is told."""
    rule, made = seed_of(with_seed(minimum=0, maximum="@").replace(b'"@"', written.encode()))
    assert rule.max == meant
    (told,) = made.rounded
    assert told.startswith("seed: maximum ")
    assert f"rounded on its way; {meant} stands here" in told
    (line,) = [line for line in made.text.splitlines() if line.startswith("  seed: ")]
    assert f"max: {meant}," in line
    assert line.endswith(f"# {told.removeprefix('seed: ').removesuffix('.')}")


def test_all_bounds_of_a_field_are_looked_at():
    """A bound below, one that isn't legal itself and a default are known again as well, and each is told."""
    rule, made = seed_of(with_seed(minimum=-9223372036854776000, exclusiveMaximum=2**63, default=2**63))
    assert (rule.min, rule.max, rule.default) == (SMALLEST, INT64, INT64)
    (told,) = made.rounded
    for name in ("default", "minimum", "exclusiveMaximum"):
        assert f"{name} {'-' if name == 'minimum' else ''}922337203685477" in told


@pytest.mark.parametrize("limit", [INT64, UINT64, SMALLEST, 2**53, -(2**53), 2**32 - 1])
def test_an_exact_limit_is_left_alone(limit):
    """What is written out in full, or is small enough to be exact, is taken without a word."""
    assert (exact(limit), remark(limit)) == (limit, "")


@given(st.integers(2**53 + 1, 10**29) | st.integers(-(10**29), -(2**53) - 1))
def test_other_large_numbers_are_not_trusted(number):
    """Any other whole number past 2^53 stays as it stands, and is told."""
    if exact(number) != number or number in (INT64, UINT64, SMALLEST):
        return
    assert "don't trust its last digits" in remark(number)
    rule, made = seed_of(with_seed(default=number))
    assert (rule.default, len(made.rounded)) == (number, 1)


@given(st.integers(-(2**53), 2**53))
def test_numbers_that_a_float_holds_are_nothing_to_tell(number):
    """Up to 2^53 nothing is lost, so nothing is changed or said."""
    assert (exact(number), remark(number)) == (number, "")


def test_a_rounding_is_no_difference(catalogue):
    """An entry that has the exact number isn't told to differ from a schema that has the rounded one."""
    (rounded,) = found(FLUX).rounded
    exactly = json.loads(changed(FLUX))
    item(exactly)["properties"]["seed"]["maximum"] = INT64
    ours = imported(read_schema(json.dumps(exactly).encode(), "it"), DAY, None)
    assert (ours.rounded, rounded.startswith("seed: maximum 9223372036854776000")) == ((), True)
    assert found(FLUX, ours=ours.entry).differences == ()
    assert not any(
        line.startswith("~ field seed") for line in found(FLUX, ours=catalogue.entry("runware:101@1")).differences
    )
