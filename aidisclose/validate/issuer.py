"""Documents of those who issue credentials about identities, and their lists of revoked ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Final

from aidisclose import limits
from aidisclose.errors import Malformed, Unreachable
from aidisclose.identity import did, status_list
from aidisclose.identity.did import DIDDocument, Unavailable
from aidisclose.identity.status_list import StatusList
from aidisclose.named import NamedTuple

_MEDIA_TYPES: Final = "application/did+json, application/did+ld+json, application/json"
_LISTS: Final = "application/vc+jwt, application/vc+cose, application/jwt"


class _Answer(NamedTuple):
    """The answer of a web site, good or not, and when it was given."""

    moment: float
    data: bytes = b""
    problem: str = ""


#: By address: of many files, most name one issuer. Guarded by `_lock`.
_answers: dict[str, _Answer] = {}
_lock: Final = threading.Lock()


class Issuers:
    """The documents of the issuers that one file names.

    Arguments:
        documents: Those that are at hand: subject or address, and the content.
        online: Whether others are fetched: over https, from the public internet. The web site,
            which whoever made the file chose, learns that somebody looks at it.
    """

    def __init__(self, documents: Iterable[tuple[str, bytes]], *, online: bool) -> None:
        self._at_hand = dict(documents)
        self._online = online
        self._asked: set[str] = set()
        self._looked_up: set[str] = set()

    def documents(self, issuer: str) -> dict[str, DIDDocument]:
        """The document of an issuer, by its subject; nothing if it is not to be had.

        Raises:
            Unavailable: It cannot be fetched.
            Malformed: It is not a DID document, or it is about somebody else.
        """
        # What follows names one key of the document (DID Core §3.2).
        subject, _, _ = issuer.partition("#")
        if subject in self._at_hand:
            return {subject: did.read(self._at_hand[subject])}
        address = did.address(subject) if self._online else None
        if address is None:
            return {}
        if address not in self._asked and len(self._asked) >= limits.DID_DOCUMENTS:
            raise Unavailable(f"the file names more than {limits.DID_DOCUMENTS} issuers")
        self._asked.add(address)
        answer = _ask(address, _MEDIA_TYPES)
        if answer.problem:
            raise Unavailable(f"{subject[:200]}: its document cannot be fetched: {answer.problem}")
        found = did.read(answer.data)
        # Whoever has a web site speaks for its own name, and for no other.
        if found.subject != subject:
            raise Malformed(f"the document at {address[:200]} is about {found.subject[:200]}")
        return {subject: found}

    def status_list(self, address: str) -> StatusList:
        """The list of revoked credentials at an address; see `documents` for who learns of it.

        Raises:
            Unavailable: It cannot be fetched, or is not to be.
            Malformed: It is not a DID document.
        """
        if address in self._at_hand:
            return status_list.read(self._at_hand[address])
        if not self._online:
            raise Unavailable("whether the credential was revoked is not looked up")
        if not address.startswith("https://"):
            raise Unavailable("the status list is not at an address with https")
        if address not in self._looked_up and len(self._looked_up) >= limits.STATUS_LISTS:
            raise Unavailable(f"the file names more than {limits.STATUS_LISTS} status lists")
        self._looked_up.add(address)
        answer = _ask(address, _LISTS)
        if answer.problem:
            raise Unavailable(f"the status list cannot be fetched: {answer.problem}")
        return status_list.read(answer.data)


def _ask(address: str, media_type: str) -> _Answer:
    """The answer of a web site; it is remembered for a while, a failure too."""
    with _lock:
        known = _answers.get(address)
    # A clock that is set back would keep an old answer for good.
    now = time.monotonic()
    if known is not None and now - known.moment < limits.DID_MEMORY:
        return known
    answer = _fetch(address, media_type, now)
    with _lock:
        # A map keeps its order: what is put in again counts as new, and the first is the oldest.
        _answers.pop(address, None)
        while len(_answers) >= limits.DID_ANSWERS:
            del _answers[next(iter(_answers))]
        _answers[address] = answer
    return answer


def _fetch(address: str, media_type: str, now: float) -> _Answer:
    from aidisclose.io import http

    try:
        answer = http.ask_public(
            address,
            media_type=media_type,
            timeout=limits.DID_TIME,
            limit=limits.DID_DOCUMENT_SIZE,
        )
    except Unreachable as error:
        return _Answer(now, problem=str(error))
    if not answer.is_success:
        return _Answer(now, problem=f"HTTP {answer.status}")
    return _Answer(now, answer.body)
