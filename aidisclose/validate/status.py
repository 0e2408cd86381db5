"""The results of validation, as statuses with a code (C2PA 2.5 §14.2)."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Final, TypeVar

from aidisclose import limits
from aidisclose.errors import LimitExceeded
from aidisclose.named import NamedTuple
from aidisclose.validate.codes import StatusKind as StatusKind
from aidisclose.validate.codes import kind_of

_T = TypeVar("_T")

#: What a report writes for a status besides its text, indented.
_BESIDE_TEXT: Final = 100


class Status(NamedTuple):
    """One result of validation.

    Attributes:
        code: As in the specification's tables.
        url: JUMBF URI of the box it is about, empty where there is none.
        explanation: For people; may hold untrusted text.
        resource: URI of the resource that it is about, where it is about one outside.
    """

    code: str
    url: str
    explanation: str = ""
    resource: str = ""

    @property
    def kind(self) -> StatusKind:
        """The meaning of its code."""
        return kind_of(self.code)


#: What a check is: it yields statuses as it finds them.
Statuses = Iterator[Status]


class Room:
    """The text that the statuses of one file may still take.

    Every one of them repeats a URI and may repeat text of the file, and reports repeat all of them.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = limits.STATUS_TEXT

    def take(self, checks: Iterator[Status], statuses: list[Status]) -> None:
        """Append what checks yield to `statuses`.

        Raises:
            LimitExceeded: There are too many, or one is about a URI that is too long.
        """
        for status in checks:
            statuses.append(self.admit(status))

    def drain(self, checks: Generator[Status, None, _T], statuses: list[Status]) -> _T:
        """As `take`; returns what the checks return."""
        while True:
            try:
                status = next(checks)
            except StopIteration as end:
                value: _T = end.value
                return value
            statuses.append(self.admit(status))

    def admit(self, status: Status) -> Status:
        """A status with its text cut to what is shown.

        Raises:
            LimitExceeded: As `take`.
        """
        if len(status.url) > limits.STATUS_URL:
            raise LimitExceeded(f"a JUMBF URI of more than {limits.STATUS_URL} characters")
        if max(len(status.explanation), len(status.resource)) > limits.STATUS_EXPLANATION:
            status = status._replace(
                explanation=_cut(status.explanation), resource=_cut(status.resource)
            )
        self._left -= _BESIDE_TEXT + sum(map(written_size, status))
        if self._left < 0:
            raise LimitExceeded(f"the findings take more than {limits.STATUS_TEXT} bytes")
        return status


def _cut(text: str) -> str:
    most = limits.STATUS_EXPLANATION
    return text if len(text) <= most else f"{text[: most - 1]}…"


def written_size(text: str) -> int:
    r"""Bytes of a text in a report: in JSON, others than ASCII take six or twelve (`\u0007`)."""
    if text.isascii() and text.isprintable():
        return len(text)
    # Each unit of UTF-16, two bytes, becomes an escape of six.
    return 3 * len(text.encode("utf-16-le", "surrogatepass"))


_TRUSTED: Final = {"claimSignature.validated", "signingCredential.trusted"}
_OF_SIGNER: Final = ("signingCredential.", "claimSignature.")


class Results(NamedTuple):
    """Statuses by kind, in the order in which they were found."""

    success: tuple[Status, ...] = ()
    informational: tuple[Status, ...] = ()
    failure: tuple[Status, ...] = ()

    @classmethod
    def sort(cls, statuses: Iterable[Status]) -> Results:
        """The statuses by kind."""
        by_kind: dict[StatusKind, list[Status]] = {kind: [] for kind in StatusKind}
        for status in statuses:
            by_kind[kind_of(status.code)].append(status)
        return cls(*(tuple(by_kind[kind]) for kind in StatusKind))

    @property
    def statuses(self) -> tuple[Status, ...]:
        """All of them."""
        return self.success + self.informational + self.failure

    @property
    def is_signer_trusted(self) -> bool:
        """Whether the signature of a claim holds, and who made it is trusted without a fault."""
        found = {item.code for item in self.success}
        return found >= _TRUSTED and not any(
            item.code.startswith(_OF_SIGNER) for item in self.failure
        )

    def encode(self) -> dict[str, list[dict[str, str]]]:
        """The statuses as a status-codes-map of the specification."""
        return {
            kind: [_encode(item) for item in items]
            for kind, items in zip(self._fields, self, strict=True)
        }


def _encode(status: Status) -> dict[str, str]:
    # C2PA 2.5 §14.2.2: at most one of them.
    place = {"resourceUrl": status.resource} if status.resource else {"url": status.url}
    fields = {"code": status.code, **place}
    if status.explanation:
        fields["explanation"] = status.explanation
    return fields
