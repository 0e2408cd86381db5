"""Status lists: whether the issuer of a credential has revoked it (W3C Bitstring Status List)."""

from __future__ import annotations

import base64
import functools
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

import aidisclose as ad
from aidisclose import limits
from aidisclose.cli import anchors
from aidisclose.errors import Malformed, Unreachable
from aidisclose.identity import status_list
from aidisclose.io import http
from aidisclose.io.http import Answer
from aidisclose.validate import issuer as issuers
from tests.identity.test_codes import ISSUER, NOW, by_credential, credential, encoded, issuer
from tests.manifest.build import TRUST, es256
from tests.trust import pki
from tests.trust.pki import Entity
from tests.validate.finding import assert_told

ADDRESS = "https://issuer.example/lists/1"
INDEX = 94_567
SIZE = 131_072 // 8
REVOKED, CURRENT = "cawg.ica.credential.revoked", "cawg.ica.credential.not_revoked"
UNAVAILABLE = "cawg.ica.revocation.unavailable"
CODES = frozenset({REVOKED, CURRENT})
assert isinstance(ISSUER, ec.EllipticCurvePrivateKey)
KEY = Entity(pki.signer().x509, ISSUER)
STRANGER = pki.issue("Stranger", number=300)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    issuers._answers.clear()
    yield
    issuers._answers.clear()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What addresses give."""
    contents: dict[str, bytes] = {}

    def ask_public(url: str, *, media_type: str, timeout: float, limit: int) -> Answer:
        assert (timeout, limit) == (limits.DID_TIME, limits.DID_DOCUMENT_SIZE)
        assert "application/vc+jwt" in media_type
        if url not in contents:
            raise Unreachable("its name is not known here")
        return Answer(200, media_type, contents[url])

    monkeypatch.setattr(http, "ask_public", ask_public)
    return contents


def bits(*revoked: int, size: int = SIZE) -> bytes:
    made = bytearray(size)
    for index in revoked:
        made[index // 8] |= 0x80 >> index % 8
    return bytes(made)


def packed(content: bytes) -> str:
    return f"u{encoded(gzip.compress(content))}"


def fields(*revoked: int, subject: dict[str, object] | None = None, **changes: Any) -> bytes:
    """A list in which these were revoked."""
    found: dict[str, object] = {
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer(),
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": packed(bits(*revoked)),
        }
        | (subject or {}),
    }
    return json.dumps(found | changes).encode()


def jwt(payload: bytes, *, signer: Entity = KEY, **head: object) -> bytes:
    first = encoded(json.dumps({"alg": "ES256", "typ": "vc+jwt"} | head).encode())
    signed = f"{first}.{encoded(payload)}".encode()
    return signed + b"." + encoded(es256(signer, signed)).encode()


def in_cose(payload: bytes) -> bytes:
    protected = cbor2.dumps({1: -7, 3: "application/vc"})
    signature = es256(KEY, cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def entry(**changes: object) -> dict[str, object]:
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(INDEX),
        "statusListCredential": ADDRESS,
    } | changes


def verify(
    status: object = None, *, online: bool = True, **options: Any
) -> tuple[ad.IdentityStanding, dict[str, str]]:
    """What is known of whom a file names, and the codes about revocation with what they say."""
    data = by_credential(credential(credentialStatus=entry() if status is None else status))
    trust = TRUST | ad.TrustConfig.for_identities(issuers=[issuer()], **options)
    report = ad.verify(data, trust=trust, at=NOW, online=online)
    assert_told(report.statuses.statuses)
    assert report.state is ad.State.TRUSTED
    [found] = report.identities
    said = [each for each in report.statuses.statuses if each.code.startswith("cawg.ica")]
    return found.standing, {each.code: each.explanation for each in said if "revo" in each.code}


def in_cose_with_two_dots(payload: bytes) -> bytes:
    """As a signature may have them by chance; JSON may spell them in another way."""
    found = in_cose(payload.replace(b".", b"\\u002e"))
    while found.count(b".") != 2:
        found = in_cose(payload.replace(b".", b"\\u002e"))
    return found


@pytest.mark.parametrize("wrap", [jwt, in_cose, in_cose_with_two_dots])
def test_a_credential_that_was_not_revoked(
    wrap: Callable[[bytes], bytes], web: dict[str, bytes]
) -> None:
    web[ADDRESS] = wrap(fields(INDEX - 1, INDEX + 1))
    standing, codes = verify()
    assert (standing, set(codes)) == (ad.IdentityStanding.TRUSTED, {CURRENT})


@pytest.mark.parametrize("wrap", [jwt, in_cose])
def test_a_credential_that_was_revoked(
    wrap: Callable[[bytes], bytes], web: dict[str, bytes]
) -> None:
    web[ADDRESS] = wrap(fields(INDEX))
    standing, codes = verify()
    assert (standing, set(codes)) == (ad.IdentityStanding.INVALID, {REVOKED})


def test_nothing_is_fetched_offline(web: dict[str, bytes]) -> None:
    web[ADDRESS] = jwt(fields())
    standing, codes = verify(online=False)
    assert (standing, set(codes)) == (ad.IdentityStanding.VALID, {UNAVAILABLE})


def test_a_list_at_hand_is_not_fetched(web: dict[str, bytes]) -> None:
    for online in (True, False):
        standing, codes = verify(online=online, documents=[(ADDRESS, jwt(fields(INDEX)))])
        assert (standing, set(codes)) == (ad.IdentityStanding.INVALID, {REVOKED})
    standing, codes = verify(online=False, documents=[(f"{ADDRESS}0", jwt(fields(INDEX)))])
    assert (standing, set(codes)) == (ad.IdentityStanding.VALID, {UNAVAILABLE})


def test_a_list_in_a_file(tmp_path: Path) -> None:
    """It says itself where it is published."""
    load = functools.partial(
        anchors.load_identities, trust=(), allowed=(), issuers=(issuer(),), documents=()
    )
    path = tmp_path / "list.jwt"
    path.write_bytes(jwt(fields(INDEX, id=ADDRESS)))
    config = load(status_lists=(path,))
    data = by_credential(credential(credentialStatus=entry()))
    report = ad.verify(data, trust=TRUST | config, at=NOW)
    assert REVOKED in {each.code for each in report.statuses.failure}
    for content, why in ((jwt(fields(INDEX)), "where it is published"), (b"x", "neither a JWT")):
        path.write_bytes(content)
        with pytest.raises(ad.TrustConfigError, match=f"list.jwt: .*{why}"):
            load(status_lists=(path,))


def test_every_entry_counts(web: dict[str, bytes]) -> None:
    web[ADDRESS] = jwt(fields(7))
    assert set(verify([entry(), entry(statusListIndex="7")])[1]) == {REVOKED}
    assert set(verify([entry(), entry(statusPurpose="suspension")])[1]) == {CURRENT}
    assert set(verify([entry(), entry(type="Other")])[1]) == {"cawg.ica.revocation.unsupported"}


def altered(data: bytes) -> bytes:
    head, payload, signature = data.split(b".")
    content = json.loads(base64.urlsafe_b64decode(payload + b"=="))
    changed = json.dumps(content | {"name": "x"}).encode()
    return b".".join((head, encoded(changed).encode(), signature))


#: What is published instead of a list, and a word of the reason.
UNUSABLE: dict[str, tuple[bytes | None, str]] = {
    "nothing": (None, "cannot be fetched"),
    "a page": (b"<html>", "COSE"),
    "no credential": (jwt(b"{}"), "not a status list"),
    "no JSON": (jwt(b"x"), "not JSON"),
    "an array": (jwt(b"[]"), "not an object"),
    "no base64url": (b"e30.*.e30", "base64url"),
    "signed by another": (jwt(fields(), signer=STRANGER), "did not sign"),
    "of another issuer": (jwt(fields(issuer="did:web:b.example")), "another issuer"),
    "of nobody": (jwt(fields(issuer=7)), "another issuer"),
    "altered": (altered(jwt(fields())), "did not sign"),
    "not signed": (jwt(fields(), alg="none"), "unknown algorithm"),
    "with a secret": (jwt(fields(), alg="HS256"), "unknown algorithm"),
    "on conditions": (jwt(fields(), crit=["exp"]), "conditions"),
    "of suspensions": (jwt(fields(subject={"statusPurpose": "suspension"})), "not about"),
    "not packed": (jwt(fields(subject={"encodedList": "uAAAA"})), "unpacked"),
    "in base64": (jwt(fields(subject={"encodedList": "mAAAA"})), "base64url"),
    "cut off": (jwt(fields(subject={"encodedList": packed(bits())[:-20]})), "cut off"),
    "short": (jwt(fields(subject={"encodedList": packed(bytes(SIZE - 1))})), "fewer"),
    "endless": (jwt(fields(subject={"encodedList": packed(bytes(1 << 22))})), "more than"),
    "without a list": (jwt(fields(credentialSubject=[])), "no list"),
    "of the future": (jwt(fields(validFrom="2099-01-01T00:00:00Z")), "does not count"),
    "of the past": (jwt(fields(validUntil="2020-01-01T00:00:00Z")), "does not count"),
    "of no time": (jwt(fields(validUntil="soon")), "cannot be read"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_lists_that_do_not_serve(name: str, web: dict[str, bytes]) -> None:
    """Nothing is known then: neither that a credential was revoked, nor that it was not."""
    data, why = UNUSABLE[name]
    if data is not None:
        web[ADDRESS] = data
    standing, codes = verify()
    assert (standing, set(codes)) == (ad.IdentityStanding.VALID, {UNAVAILABLE})
    assert why in codes[UNAVAILABLE]


@pytest.mark.parametrize(
    "changes",
    [
        {"statusListIndex": None},
        {"statusListIndex": "-1"},
        {"statusListIndex": "1.0"},
        {"statusListIndex": "9" * 100},
        {"statusListIndex": True},
        {"statusListIndex": str(8 * SIZE)},
        {"statusListCredential": None},
        {"statusListCredential": "http://issuer.example/lists/1"},
        {"statusListCredential": "https://[x"},
        {"statusListCredential": "did:web:a.example"},
        {"statusSize": 2},
    ],
)
def test_entries_that_name_no_place(changes: dict[str, object], web: dict[str, bytes]) -> None:
    web[ADDRESS] = jwt(fields())
    standing, codes = verify(entry(**changes))
    assert (standing, set(codes)) == (ad.IdentityStanding.VALID, {UNAVAILABLE})


@pytest.mark.parametrize(
    "address", ["https://[x", "https://a\n", "https://\udc80.example", "https://"]
)
def test_addresses_that_are_none(address: str) -> None:
    """The fetcher itself refuses them."""
    standing, codes = verify(entry(statusListCredential=address))
    assert (standing, set(codes)) == (ad.IdentityStanding.VALID, {UNAVAILABLE})


def test_few_lists_are_fetched_for_one_file(web: dict[str, bytes]) -> None:
    listed = [entry(statusListCredential=f"{ADDRESS}{number}") for number in range(16)]
    for each in listed:
        web[str(each["statusListCredential"])] = jwt(fields())
    assert set(verify(listed)[1]) == {UNAVAILABLE}
    assert len(issuers._answers) == limits.STATUS_LISTS


@given(st.binary(max_size=300))
def test_anything_is_a_list_or_malformed(data: bytes) -> None:
    try:
        found = status_list.read(data)
    except Malformed:
        return
    with pytest.raises(Malformed):
        found.is_revoked(status_list.StatusEntry(ADDRESS, 0), at=NOW)
