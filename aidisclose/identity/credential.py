"""Identity claims aggregation: a verifiable credential about an actor (CAWG 1.3 §8.1)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from aidisclose import limits
from aidisclose.codec.cbor import ValueBudget
from aidisclose.errors import Malformed
from aidisclose.identity import status_list
from aidisclose.named import NamedTuple

CONTENT_TYPE: Final = "application/vc"
#: Where the name of an identity stands, depending on its kind. The name that an account shows is
#: whatever its holder writes, "BBC News" as well: nobody has verified it.
_NAMES: Final = ("name", "username", "address")
_OF_ACCOUNT: Final = ("username", *_NAMES)
_ACCOUNT: Final = "cawg.social_media"
#: Each may lead to a list that is fetched.
_MOST_STATUSES: Final = 16
_WEB_SITE: Final = "cawg.web_site"
#: What kinds of verified identities must have one of; wallets had user names before 1.2.
_NEEDED: Final = {
    "cawg.document_verification": ("name",),
    _ACCOUNT: ("username",),
    "cawg.crypto_wallet": ("address", "username"),
    _WEB_SITE: ("uri",),
}
_TYPE: Final = "IdentityClaimsAggregationCredential"


class VerifiedIdentity(NamedTuple):
    """One identity that the issuer verified; untrusted text.

    Attributes:
        kind: Such as `cawg.social_media` or `cawg.document_verification`.
        name: The name of the actor there; of an account the one that only one can have.
        uri: The address of the actor; empty if there is none.
        provider: The provider that knows the actor by that name.
        method: The way it was verified.
        verified_at: RFC 3339 text.
    """

    kind: str
    name: str
    uri: str
    provider: str
    method: str
    verified_at: str


class Credential(NamedTuple):
    """A credential, as its issuer wrote it; nothing in it is checked.

    Attributes:
        issuer: The DID of the issuer.
        subject: The object that it is about.
        identities: The identities that the issuer verified.
        valid_from: The time from which it counts; None if it does not say.
        valid_until: The time until which it counts; None if it does not say.
        statuses: The places of its revocation status (`credentialStatus`); None if there are none.
    """

    issuer: str
    subject: dict[str, object]
    identities: tuple[VerifiedIdentity, ...]
    valid_from: datetime | None
    valid_until: datetime | None
    statuses: tuple[dict[object, object], ...] | None


def read(data: bytes, *, values: ValueBudget | None = None) -> Credential:
    """The credential in the payload of a signature.

    Arguments:
        data: The payload.
        values: The values that its file may still hold; None if that holds nothing else.

    Raises:
        Malformed: It is not one, or holds too much.
    """
    (values or ValueBudget()).spend_json(data)
    try:
        # Depth has no limit, hence RecursionError.
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the credential is not JSON: {error}") from None
    types = fields.get("type") if isinstance(fields, dict) else None
    if not isinstance(types, list) or _TYPE not in types or "VerifiableCredential" not in types:
        raise Malformed("the credential is not one about aggregated identity claims")
    subject = fields.get("credentialSubject")
    if not isinstance(subject, dict):
        raise Malformed("the credential has no subject")
    issuer = fields.get("issuer")
    # A DID, or an object with one (W3C VC Data Model 2.0 §4.7).
    issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    return Credential(
        issuer=issuer if isinstance(issuer, str) else "",
        subject=subject,
        identities=tuple(_identities(subject.get("verifiedIdentities"))),
        # Names of version 2 of the data model of credentials, then those of version 1.1.
        valid_from=_time(fields.get("validFrom", fields.get("issuanceDate"))),
        valid_until=_time(fields.get("validUntil", fields.get("expirationDate"))),
        statuses=_statuses(fields),
    )


def _statuses(fields: dict[str, object]) -> tuple[dict[object, object], ...] | None:
    if "credentialStatus" not in fields:
        return None
    value = fields["credentialStatus"]
    listed = value if isinstance(value, list) else [value]
    return tuple(
        item
        for item in listed[:_MOST_STATUSES]
        if isinstance(item, dict)
        # Suspension, refresh and messages do not revoke: nobody is asked for them.
        and item.get("statusPurpose", status_list.PURPOSE) == status_list.PURPOSE
    )


def defects(credential: Credential) -> Iterator[str]:
    """The conditions that entries of `verifiedIdentities` do not meet, a line each (§8.1.2.6).

    The provider of a verified web site may be missing, as it is in the specification's example.
    """
    listed = credential.subject.get("verifiedIdentities")
    for number, item in enumerate(listed[: limits.ASSERTIONS] if isinstance(listed, list) else ()):
        if found := _defect(item):
            yield f"verified identity {number}: {found}"


def _defect(item: object) -> str:
    if not isinstance(item, dict):
        return "it is not an object"
    # Kinds that are not known are permitted: CAWG 1.3 §8.1.2.6 leaves room for those of others.
    kind = item.get("type")
    if not _filled(kind):
        return "it has no type"
    for name in ("name", "username", "address", "uri", "method"):
        if name in item and not _filled(item[name]):
            return f"its {name} is not text, or is empty"
    needed = _NEEDED.get(str(kind))
    if needed is not None and not any(name in item for name in needed):
        return f"it has no {needed[0]}"
    if _time(item.get("verifiedAt")) is None:
        return "it does not say when it was verified"
    provider = item.get("provider")
    if provider is None and kind == _WEB_SITE:
        return ""
    if not isinstance(provider, dict) or not provider.get("name"):
        return "it names no provider"
    return ""


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _identities(value: object) -> Iterator[VerifiedIdentity]:
    for item in value[: limits.ASSERTIONS] if isinstance(value, list) else ():
        if not isinstance(item, dict):
            continue
        provider, kind = item.get("provider"), _text(item.get("type"))
        names = _OF_ACCOUNT if kind == _ACCOUNT else _NAMES
        yield VerifiedIdentity(
            kind=kind,
            name=next(filter(None, (_text(item.get(name)) for name in names)), ""),
            uri=_text(item.get("uri")),
            provider=_text(provider.get("name")) if isinstance(provider, dict) else "",
            method=_text(item.get("method")),
            verified_at=_text(item.get("verifiedAt")),
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def is_about(credential: Credential, payload: dict[object, object], *, alg: str) -> bool:
    """Whether the credential is about this `signer_payload` (CAWG 1.3 §8.1.2).

    In JSON, hashes are base64; what else the payload says must be equal.

    Arguments:
        credential: The credential.
        payload: Of the identity assertion.
        alg: The hash algorithm of references that name none.
    """
    named = credential.subject.get("c2paAsset")
    # The whole of it, not the references alone: a credential about one role must not be reused for
    # another.
    return _with_alg(named, alg) == _with_alg(_json(payload), alg)


def _with_alg(payload: object, alg: str) -> object:
    """The payload, each reference with its algorithm, which assertions may leave out."""
    listed = payload.get("referenced_assertions") if isinstance(payload, dict) else None
    if not (isinstance(payload, dict) and isinstance(listed, list)):
        return payload
    named = [
        {"alg": alg, **item, "hash": _spelled(item.get("hash"))} if isinstance(item, dict) else item
        for item in listed
    ]
    return {**payload, "referenced_assertions": named}


def _spelled(value: object) -> object:
    """A hash as text: early issuers of c2pa-rs wrote the base64 text as a list of byte values."""
    if not (isinstance(value, list) and len(value) <= limits.DIGEST_TEXT):
        return value
    # `type`, as True would pass `isinstance` and be the letter 1.
    if not all(type(item) is int and 0 <= item < 128 for item in value):
        return value
    return "".join(map(chr, value))


def _json(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
