"""Status codes (C2PA 2.5 §14.2, appendix D) and what a code is: success, information or failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    """What a code says about the manifest."""

    SUCCESS = "success"
    INFORMATIONAL = "informational"
    FAILURE = "failure"


#: Every code that is not a failure; all others are, also codes not known here, so that a code
#: found in an ingredient's recorded results never counts as good by accident.
_SUCCESS: Final = frozenset(
    {
        "assertion.accessible",
        "assertion.alternativeContentRepresentation.match",
        "assertion.bmffHash.match",
        "assertion.boxesHash.match",
        "assertion.collectionHash.match",
        "assertion.dataHash.match",
        "assertion.hashedURI.match",
        "assertion.linkedResourceIntegrity.match",
        "assertion.multiAssetHash.match",
        "assertion.segmentHash.match",
        "claimSignature.insideValidity",
        "claimSignature.validated",
        "ingredient.claimSignature.validated",
        "ingredient.manifest.validated",
        "signingCredential.ocsp.notRevoked",
        "signingCredential.trusted",
        "timeStamp.trusted",
        "timeStamp.validated",
    }
)
_INFORMATIONAL: Final = frozenset(
    {
        "algorithm.deprecated",
        "assertion.action.ingredientLocationMismatch",
        "assertion.bmffHash.additionalExclusionsPresent",
        "assertion.boxesHash.additionalExclusionsPresent",
        "assertion.dataHash.additionalExclusionsPresent",
        "assertion.linkedResourceIntegrity.formatMismatch",
        "assertion.linkedResourceIntegrity.hashMismatch",
        "assertion.linkedResourceIntegrity.inaccessible",
        "assertion.linkedResourceIntegrity.sizeMismatch",
        "assertion.linkedResourceIntegrity.skipped",
        "assertion.redacted",
        "ingredient.unknownProvenance",
        "signingCredential.ocsp.inaccessible",
        "signingCredential.ocsp.skipped",
        "signingCredential.ocsp.unknown",
        "timeOfSigning.insideValidity",
        "timeOfSigning.outsideValidity",
        "timeStamp.credentialInvalid",
        "timeStamp.malformed",
        "timeStamp.mismatch",
        "timeStamp.outsideValidity",
        "timeStamp.untrusted",
    }
)


def kind_of(code: str) -> Kind:
    """Whether a code is a success, an information or a failure."""
    if code in _SUCCESS:
        return Kind.SUCCESS
    return Kind.INFORMATIONAL if code in _INFORMATIONAL else Kind.FAILURE


class Status(NamedTuple):
    """One result of validation.

    Attributes:
        code: As in the specification's tables.
        url: JUMBF URI of the box it is about, empty where there is none.
        explanation: For people; may hold untrusted text.
    """

    code: str
    url: str
    explanation: str = ""

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
            kind: [
                {"code": item.code, "url": item.url}
                | ({"explanation": item.explanation} if item.explanation else {})
                for item in items
            ]
            for kind, items in zip(self._fields, self, strict=True)
        }
