"""What validation finds, as statuses with a code (C2PA 2.5 §14.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aidisclose.validate.codes import Kind as Kind
from aidisclose.validate.codes import kind_of


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
    def kind(self) -> Kind:
        """What its code says."""
        return kind_of(self.code)


#: What a check is: it yields statuses as it finds them.
Statuses = Iterator[Status]


class Results(NamedTuple):
    """Statuses by kind, in the order in which they were found."""

    success: tuple[Status, ...] = ()
    informational: tuple[Status, ...] = ()
    failure: tuple[Status, ...] = ()

    @classmethod
    def sort(cls, statuses: Iterable[Status]) -> Results:
        """The statuses by kind."""
        by_kind: dict[Kind, list[Status]] = {kind: [] for kind in Kind}
        for status in statuses:
            by_kind[kind_of(status.code)].append(status)
        return cls(*(tuple(by_kind[kind]) for kind in Kind))

    @property
    def statuses(self) -> tuple[Status, ...]:
        """All of them."""
        return self.success + self.informational + self.failure

    def encode(self) -> dict[str, list[dict[str, str]]]:
        """As a status-codes-map of the specification."""
        return {
            kind: [_encode(item) for item in items]
            for kind, items in zip(self._fields, self, strict=True)
        }


def _encode(status: Status) -> dict[str, str]:
    fields = {"code": status.code, "url": status.url}
    if status.resource:
        fields["resourceUrl"] = status.resource
    if status.explanation:
        fields["explanation"] = status.explanation
    return fields
