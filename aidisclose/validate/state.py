"""The state of an asset, the answers about its integrity and its signer, and what is missing."""

from __future__ import annotations

from enum import Enum, StrEnum
from functools import total_ordering
from typing import Final

#: A failure that leaves a manifest valid: it says that the user does not trust somebody, not that
#: something was changed (C2PA 2.5 §13.3).
TOLERATED: Final = frozenset({"signingCredential.untrusted"})


class Integrity(StrEnum):
    """Whether a file is the one that was signed.

    INTACT: every byte that its format lets be covered is. PARTIAL: a hash matches, but content lies
    outside of it. ALTERED: a hash differs. UNPROVEN: no hash shows anything about the content.
    NONE: nothing was signed. UNREADABLE: the file could not be read.
    """

    INTACT = "intact"
    PARTIAL = "partial"
    ALTERED = "altered"
    UNPROVEN = "unproven"
    NONE = "none"
    UNREADABLE = "unreadable"


class Trust(StrEnum):
    """Whether the user trusts the signer.

    TRUSTED: somebody vouches for the signer, whose signature holds. UNTRUSTED: nobody does, or it
    does not hold. REVOKED: the certificate was revoked.
    NOT_CHECKED: the user has no trust anchors, or nothing that could be checked was signed.
    """

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    NOT_CHECKED = "not_checked"


class Gap(StrEnum):
    """Evidence that is not there, and would allow a stronger statement.

    TRUST_LIST: the user's list is older than it should be. MANIFEST: it is elsewhere. ASSET: there
    is nothing but the manifest. FRAGMENTS: not all that were signed were given. PARTS: one
    that was signed as optional was taken away. INIT_SEGMENT: there
    is a fragment alone.
    """

    TIMESTAMP = "timestamp"
    OCSP = "ocsp"
    TRUST_ANCHORS = "trust_anchors"
    TRUST_LIST = "trust_list"
    MANIFEST = "manifest"
    ASSET = "asset"
    FRAGMENTS = "fragments"
    PARTS = "parts"
    INIT_SEGMENT = "init_segment"


@total_ordering
class State(Enum):
    """The state of an asset, in ascending order."""

    NONE = "none"
    INVALID = "invalid"
    VALID = "valid"
    TRUSTED = "trusted"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        order = list(State)
        return order.index(self) < order.index(other)
