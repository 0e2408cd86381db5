"""The time stamp of a claim signature (C2PA 2.5 §14.8)."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Final

from aidisclose.codec import cbor, cose
from aidisclose.codec.cose import Sign1
from aidisclose.manifest.store import Assertion
from aidisclose.named import NamedTuple
from aidisclose.trust.anchors import ListReference, Voucher, is_for_testing
from aidisclose.trust.certificate import Certificate
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses

#: By the name of a `Judgement`.
_CODES: Final = {
    "MALFORMED": "timeStamp.malformed",
    "MISMATCH": "timeStamp.mismatch",
    "UNTRUSTED": "timeStamp.untrusted",
    "CREDENTIAL_INVALID": "timeStamp.credentialInvalid",
    "OUTSIDE_VALIDITY": "timeStamp.outsideValidity",
}
#: How far the clocks of an authority and of who verifies may differ.
_SKEW: Final = timedelta(minutes=10)
_OLD: Final = "sigTst"
_NEW: Final = "sigTst2"


class SignatureTimestamp(NamedTuple):
    """A time stamp that belongs to a signature.

    Attributes:
        time: The time at which the signature existed, as the authority says.
        authority: Name of the authority; untrusted text.
        is_trusted: Whether the user trusts it, and the signature that it is about holds; if not,
            the time proves nothing.
        certificate: Of the authority; untrusted text in it.
        anchor: The source of the anchor that vouches for the authority, None if none does.
        trust_list: The published list of that anchor, if it is on one.
        voucher: The list by which the authority is trusted, None if it is not.
        is_early: Whether its time is still to come, for which it is not trusted.
    """

    time: datetime
    authority: str
    is_trusted: bool
    certificate: Certificate | None = None
    anchor: str | None = None
    trust_list: ListReference | None = None
    voucher: Voucher | None = None
    is_early: bool = False

    def distrusted(self) -> SignatureTimestamp:
        """The same, where nobody vouches for it."""
        return self._replace(is_trusted=False, anchor=None, trust_list=None, voucher=None)

    @property
    def is_test(self) -> bool:
        """Whether it is by test credentials, whoever trusts them."""
        return is_for_testing(self.anchor, self.certificate)


class _Stamped(NamedTuple):
    """A token, what it may be about, and how it is checked."""

    token: bytes
    messages: tuple[bytes, ...]
    is_response: bool = False


def check_timestamp(
    scope: Scope, sign1: Sign1, url: str
) -> Generator[Status, None, SignatureTimestamp | None]:
    """The time stamp of a signature; a bad one counts as none.

    That is the one in its header. If there is none, or none to rely on, those are tried that later
    manifests brought for it, up to the first that is trusted.
    """
    best = yield from _check_header(scope, sign1, url)
    if best is not None and best.is_trusted:
        return best
    messages = (
        # C2PA 2.5 §16.7.2.3 says that the payload is the signature; whether with the head of its
        # byte string, as in a header, it leaves open. The reference stamps the bare signature.
        _countersigned(sign1, sign1.signature),
        _countersigned(sign1, cbor.encode(sign1.signature)),
        sign1.signature,
    )
    for token in scope.session.evidence.time_stamps.get(scope.manifest.label, ()):
        found = yield from _check_token(scope, _Stamped(token, messages), url)
        best = best or found
        if found is not None and found.is_trusted:
            return found
    return best


def _check_header(
    scope: Scope, sign1: Sign1, url: str
) -> Generator[Status, None, SignatureTimestamp | None]:
    """Check the time stamp in the header of a claim signature; None if it has no valid one.

    The older kind (`sigTst`) stamps the claim, the newer one the signature.
    """
    # With both, the newer one counts, which is about the signature itself.
    if _NEW in sign1.unprotected or _OLD not in sign1.unprotected:
        return (yield from check_countersignature(scope, sign1, url))
    message = _countersigned(sign1, scope.manifest.claim_content)
    return (yield from _check_field(scope, sign1.unprotected[_OLD], message, url, is_old=True))


def check_countersignature(
    scope: Scope, sign1: Sign1, url: str
) -> Generator[Status, None, SignatureTimestamp | None]:
    """Check the time stamp of a signature in its header (`sigTst2`); None if it has no valid one.

    Arguments:
        scope: The manifest.
        sign1: The signature, of a claim or of an actor.
        url: The URL that statuses point to.
    """
    if _NEW not in sign1.unprotected:
        return None
    # The encoded byte string with its head is what is stamped, not the bytes alone.
    message = _countersigned(sign1, cbor.encode(sign1.signature))
    return (yield from _check_field(scope, sign1.unprotected[_NEW], message, url))


def _check_field(
    scope: Scope, field: object, message: bytes, url: str, *, is_old: bool = False
) -> Generator[Status, None, SignatureTimestamp | None]:
    token = _single_token(field)
    if token is None:
        yield Status("timeStamp.malformed", url, "not exactly one time-stamp token")
        return None
    return (yield from _check_token(scope, _Stamped(token, (message,), is_response=is_old), url))


def _countersigned(sign1: Sign1, payload: bytes) -> bytes:
    return cose.sig_structure(sign1.protected, payload, context="CounterSignature")


def _check_token(
    scope: Scope, stamped: _Stamped, url: str
) -> Generator[Status, None, SignatureTimestamp | None]:
    # Many files have no time stamp, and reading one takes modules of its own.
    from aidisclose.trust import timestamp as timestamps
    from aidisclose.trust.timestamp import Judgement

    verify = timestamps.verify_response if stamped.is_response else timestamps.verify_token
    session = scope.session
    found = verify(
        stamped.token,
        messages=stamped.messages,
        anchors=session.trust.tsa_anchors,
        budget=session.budget,
    )
    name = found.authority.common_name if found.authority else ""
    is_early = found.time is not None and found.time - session.at > _SKEW
    if found.outcome is Judgement.TRUSTED and is_early:
        # Who can make an authority's clock run ahead would outlive any certificate.
        message = f"it attests {found.time:%Y-%m-%d %H:%M}, which is in the future"
        yield Status("timeStamp.outsideValidity", url, message)
    elif found.outcome is Judgement.TRUSTED:
        yield Status("timeStamp.validated", url, name)
        yield Status("timeStamp.trusted", url, name)
    else:
        if found.outcome is Judgement.CREDENTIAL_INVALID:
            # Said in addition: the chain cannot be built either.
            yield Status("timeStamp.untrusted", url, found.reason)
        yield Status(_CODES[found.outcome.name], url, found.reason)
    if found.time is None or not found.is_intact:
        return None
    is_trusted = found.outcome is Judgement.TRUSTED and not is_early
    anchor = found.path.anchor if found.path and is_trusted else None
    return SignatureTimestamp(
        found.time,
        name,
        is_trusted,
        found.authority,
        anchor.source if anchor else None,
        anchor.trust_list if anchor else None,
        anchor.voucher if anchor else None,
        is_early,
    )


def check_time_stamps(_scope: Scope, assertion: Assertion) -> Statuses:
    """That a time-stamp assertion has a token; each is judged with the signature it is about."""
    if not (isinstance(assertion.data, dict) and assertion.data):
        yield Status("assertion.timestamp.malformed", assertion.url, "no map with a time stamp")


def _single_token(value: object) -> bytes | None:
    tokens = value.get("tstTokens") if isinstance(value, dict) else None
    # C2PA 2.2 §10.3.2.5.4 wants exactly one. Of several, readers could believe different ones.
    if not (isinstance(tokens, list) and len(tokens) == 1 and isinstance(tokens[0], dict)):
        return None
    token = tokens[0].get("val")
    return token if isinstance(token, bytes) else None
