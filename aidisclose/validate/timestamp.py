"""The time stamp of a claim signature (C2PA 2.5 §14.8)."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from typing import Final, NamedTuple

from aidisclose.codec import cbor, cose
from aidisclose.codec.cose import Sign1
from aidisclose.trust import timestamp as timestamps
from aidisclose.trust.timestamp import Outcome
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status

_CODES: Final = {
    Outcome.MALFORMED: "timeStamp.malformed",
    Outcome.MISMATCH: "timeStamp.mismatch",
    Outcome.UNTRUSTED: "timeStamp.untrusted",
    Outcome.CREDENTIAL_INVALID: "timeStamp.credentialInvalid",
    Outcome.OUTSIDE_VALIDITY: "timeStamp.outsideValidity",
}
_OLD: Final = "sigTst"
_NEW: Final = "sigTst2"


class Timestamp(NamedTuple):
    """A time stamp that belongs to a signature.

    Attributes:
        time: When the signature existed, as the authority says.
        authority: Name of the authority; untrusted text.
        is_trusted: Whether the user trusts it; if not, the time proves nothing.
    """

    time: datetime
    authority: str
    is_trusted: bool


def check_timestamp(
    scope: Scope, sign1: Sign1, url: str
) -> Generator[Status, None, Timestamp | None]:
    """The time stamp in the headers of a signature; a bad one counts as none.

    The older kind stamps the claim, the newer one the signature, which includes the claim.
    """
    anchors = scope.session.trust.tsa_anchors
    if _NEW in sign1.unprotected:
        # The encoded byte string with its head is what is stamped, not the bytes alone.
        payload, value = cbor.encode(sign1.signature), sign1.unprotected[_NEW]
        verify = timestamps.verify_token
    elif _OLD in sign1.unprotected:
        payload, value = scope.manifest.claim_content, sign1.unprotected[_OLD]
        verify = timestamps.verify_response
    else:
        return None
    token = _single_token(value)
    if token is None:
        yield Status("timeStamp.malformed", url, "not exactly one time-stamp token")
        return None
    stamped = cose.sig_structure(sign1.protected, payload, context="CounterSignature")
    found = verify(token, messages=[stamped], anchors=anchors)
    name = found.authority.common_name if found.authority else ""
    if found.outcome is Outcome.TRUSTED:
        yield Status("timeStamp.validated", url, name)
        yield Status("timeStamp.trusted", url, name)
    else:
        yield Status(_CODES[found.outcome], url, found.reason)
    if found.time is None or not found.is_intact:
        return None
    is_trusted = found.outcome is Outcome.TRUSTED
    return Timestamp(time=found.time, authority=name, is_trusted=is_trusted)


def _single_token(value: object) -> bytes | None:
    tokens = value.get("tstTokens") if isinstance(value, dict) else None
    if not (isinstance(tokens, list) and len(tokens) == 1 and isinstance(tokens[0], dict)):
        return None
    token = tokens[0].get("val")
    return token if isinstance(token, bytes) else None
