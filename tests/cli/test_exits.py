"""The exit codes: one pure function, by table."""

from __future__ import annotations

import pytest

from aidisclose import errors
from aidisclose.cli.exits import Exit, of_error, worst

OK, FAILED, USAGE, UNDETERMINED, UNREADABLE, BUG = (Exit(code) for code in (0, 1, 2, 3, 4, 70))


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], 0),
        ([OK], 0),
        ([OK, UNDETERMINED], 3),
        ([UNDETERMINED, FAILED], 1),
        ([FAILED, OK, FAILED], 1),
        ([FAILED, UNREADABLE, OK], 4),
        ([UNREADABLE, USAGE, FAILED], 2),
        ([USAGE, BUG, UNREADABLE], 70),
        ([OK, FAILED, USAGE, UNDETERMINED, UNREADABLE, BUG], 70),
    ],
)
def test_the_worst_counts(codes: list[Exit], expected: int) -> None:
    assert worst(codes) == expected
    assert worst(reversed(codes)) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.SigningError("key"), USAGE),
        (errors.TrustConfigError("anchor"), USAGE),
        (FileExistsError(17, "exists"), USAGE),
        (FileNotFoundError(2, "missing"), UNREADABLE),
        (OSError(28, "full"), UNREADABLE),
        (errors.MalformedFile("bytes"), UNREADABLE),
        (errors.UnsupportedFormat("text"), UNREADABLE),
        (errors.LimitExceeded("large"), UNREADABLE),
    ],
)
def test_errors(error: BaseException, expected: Exit) -> None:
    assert of_error(error) is expected


def test_a_server_that_does_not_answer_is_no_wrong_usage() -> None:
    error = errors.SigningError("a time stamp is required")
    error.__cause__ = errors.Unreachable("no authority answers")
    assert of_error(error) is UNREADABLE
