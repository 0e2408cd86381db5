"""The exception tree, by blame.

A caller's mistake is a `UsageError`, which is also a `ValueError`. A request that cannot be carried
out raises another `AidiscloseError`. A file that cannot be read raises `Unreadable`, or
`UnsupportedFormat`; bad *content* of a readable file is not an exception but a value: a status, a
finding. An error of the operating system stays an `OSError`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Final

#: Known words that are proposed for an unknown one.
_PROPOSED: Final = 3


class AidiscloseError(Exception):
    """A request that cannot be carried out; `str()` is one line that says what to do.

    Attributes:
        file: The file that the error is about, as its opener named it; None if it is about none.
    """

    file: str | None = None


class UsageError(AidiscloseError, ValueError):
    """An argument that is wrong by itself, or contradicts another one: the caller's mistake."""


class Unreadable(AidiscloseError):
    """A file, or a part of one, that cannot be read."""


class Malformed(Unreadable):
    """Bytes that do not follow their format.

    Attributes:
        offset: The offset of the problem in the examined bytes, or None.
        reason: The defect, in a few words.
    """

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason if offset is None else f"{reason} (at offset {offset})")
        self.reason = reason
        self.offset = offset


class MalformedFile(Malformed):
    """A media file whose structure cannot be followed, so nothing in it can be located."""


class UnsupportedFormat(AidiscloseError):
    """A file format, or a variant of one, that aidisclose does not read or does not write."""


class Unembeddable(UnsupportedFormat):
    """A file in which there is no place for a manifest store, which can lie beside it.

    Arguments:
        reason: The reason why there is none.
        kind: The kind of the content, if it is not that of a media format.
        remedy: The advice on what to do instead.
    """

    def __init__(
        self, reason: str, *, kind: str = "", remedy: str = "keep it beside the file: --sidecar"
    ) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.kind = kind


class LimitExceeded(Unreadable):
    """Input beyond a cap of `aidisclose.limits`, refused before it costs memory or time."""


class SigningError(AidiscloseError):
    """Signing was asked for and cannot be done: credentials, output or options do not permit it."""


class TrustConfigError(AidiscloseError):
    """Trust anchors, an allowed list or a certificate file that cannot be used."""


class Unreachable(AidiscloseError):
    """A server that gives no answer, or none that can be used."""


class VerificationFailed(AidiscloseError):
    """`Report.require` found a state below the one that was required."""


@contextlib.contextmanager
def about(file: str | None) -> Iterator[None]:
    """Name the file that errors of the block are about, where they name none."""
    try:
        yield
    except AidiscloseError as error:
        if error.file is None:
            error.file = file
        raise


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: `; did you mean generated?`, or nothing.

    Arguments:
        word: The word, of whatever case.
        known: The words that there are. One of several parts is also found by one of them, such as
            `eu-ai-act` by `eu`.
    """
    import difflib
    import re

    spelled = {each.lower(): each for each in known}
    given = word.lower()
    close = [each for each in spelled if given and given in re.split(r"[-._:]", each)]
    close = close or difflib.get_close_matches(given, spelled, _PROPOSED)
    if not close:
        return ""
    return f"; did you mean {' or '.join(spelled[each] for each in close[:_PROPOSED])}?"
