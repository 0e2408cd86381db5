"""Signed live streams: an initialization segment, media segments, session keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from aidisclose.containers import bmff
from aidisclose.containers.isobox import C2PA
from tests.bindings.test_fragments import hash_of
from tests.containers.samples_bmff import box, ftyp, full, moov
from tests.manifest import build
from tests.manifest.build import Assertion, Fields, Recipe, cbor
from tests.trust import pki
from tests.trust.pki import Entity, Key

SCHEME = b"urn:c2pa:verifiable-segment-info"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
INIT = ftyp("iso6", "cmfc") + moov()
BMFF = "c2pa.hash.bmff.v3"
_UUID = {"xpath": "/uuid", "data": [{"offset": 8, "value": C2PA}]}
_EMSG = {"xpath": "/emsg", "data": [{"offset": 12, "value": SCHEME}]}


def manifest(data: bytes, recipe: Recipe) -> bytes:
    """The file with a manifest store behind its first box; signed information may follow."""
    recipe = replace(recipe, binding=BMFF)
    end = int.from_bytes(data[:4])

    def put(binding: Fields) -> bytes:
        store = bmff.frame(build.store(recipe.build(binding)))
        return data[:end] + store + data[end:]

    fields: Fields = {"exclusions": [_UUID, _EMSG], "alg": "sha256", "hash": bytes(32)}
    return put(fields | {"hash": hash_of(put(fields))})


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session key; every default makes a sound one."""

    key: Entity = field(default_factory=lambda: pki.issue("Session", number=220))
    kid: bytes = b"key_001"
    first: int = 1
    start: str = "2026-06-01T11:00:00Z"
    period: int = 7_200
    bound: bytes | None = None

    @property
    def entry(self) -> Fields:
        """As it stands in a session keys assertion."""
        return {
            "key": {2: self.kid} | _cose_key(self.key.key),
            "minSequenceNumber": self.first,
            "createdAt": cbor2.CBORTag(0, self.start),
            "validityPeriod": self.period,
            "signerBinding": cbor2.CBORTag(18, self._binding()),
        }

    def _binding(self) -> list[object]:
        protected = cbor2.dumps({1: _algorithm(self.key.key)})
        bound = pki.signer().der if self.bound is None else self.bound
        message = cbor2.dumps(["Signature1", protected, b"", bound])
        return [protected, {}, None, _sign(self.key.key, message)]

    def sign(self, info: Fields, *, time: int | None = None) -> bytes:
        """A verifiable-segment-info."""
        claimed = {} if time is None else {15: {6: time}}
        protected = cbor2.dumps({1: _algorithm(self.key.key)} | claimed)
        payload = cbor2.dumps(info)
        message = cbor2.dumps(["Signature1", protected, b"", payload])
        value = [protected, {4: self.kid}, payload, _sign(self.key.key, message)]
        return cbor2.dumps(cbor2.CBORTag(18, value))


#: Algorithm and curve in COSE, size of a number, and digest, by the name of the curve.
_CURVES: dict[str, tuple[int, int, int, hashes.HashAlgorithm]] = {
    "secp256r1": (-7, 1, 32, hashes.SHA256()),
    "secp384r1": (-35, 2, 48, hashes.SHA384()),
    "secp521r1": (-36, 3, 66, hashes.SHA512()),
}
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


def _algorithm(key: Key) -> int:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _CURVES[key.curve.name][0]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return -8
    return -37 if isinstance(key, rsa.RSAPrivateKey) else -49


def _cose_key(key: Key) -> dict[int, object]:
    """The public key as a COSE_Key without kid."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        _, curve, size, _ = _CURVES[key.curve.name]
        point = key.public_key().public_numbers()
        return {1: 2, -1: curve, -2: point.x.to_bytes(size), -3: point.y.to_bytes(size)}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, -1: 6, -2: key.public_key().public_bytes_raw()}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}
    assert isinstance(key, mldsa.MLDSA65PrivateKey)
    return {1: 7, 3: -49, -1: key.public_key().public_bytes_raw()}


def _sign(key: Key, message: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        _, _, size, digest = _CURVES[key.curve.name]
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
        return r.to_bytes(size) + s.to_bytes(size)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, _PSS, hashes.SHA256())
    assert isinstance(key, ed25519.Ed25519PrivateKey | mldsa.MLDSA65PrivateKey)
    return key.sign(message)


def keys(*sessions: Session) -> Assertion:
    return cbor("c2pa.session-keys", {"keys": [each.entry for each in sessions]})


def init(*sessions: Session, number: int = 1, data: bytes = INIT) -> bytes:
    """An initialization segment that delivers keys."""
    return manifest(data, Recipe(number=number, assertions=(build.actions(), keys(*sessions))))


def media(number: int) -> bytes:
    """A media segment that nobody has signed."""
    moof = box("moof", full("mfhd", 0, 0, number.to_bytes(4)))
    return box("styp", b"msdh", bytes(4)) + moof + box("mdat", bytes([number % 256]) * 50)


def emsg(message: bytes, *, value: bytes = b"fseg") -> bytes:
    numbers = b"".join(each.to_bytes(4) for each in (1_000, 0, 2_000, 7))
    return full("emsg", 0, 0, SCHEME, b"\0", value, b"\0", numbers, message)


def segment(
    number: int,
    session: Session,
    *,
    data: bytes | None = None,
    label: str = build.label(1),
    offset: int = 12,
    time: int | None = None,
    value: bytes = b"fseg",
    **changes: Any,
) -> bytes:
    """A segment with signed information at its end."""
    content = media(number) if data is None else data
    excluded = {"xpath": "/emsg", "data": [{"offset": offset, "value": SCHEME}]}
    hashed = {"alg": "sha256", "exclusions": [excluded, _UUID], "hash": hash_of(content)}
    info = {"sequenceNumber": number, "manifestId": label, "bmffHash": hashed} | changes
    return content + emsg(session.sign(info, time=time), value=value)


def carrying(number: int, **changes: Any) -> bytes:
    """A segment with a manifest of its own."""
    said = {
        "sequenceNumber": number,
        "streamId": "stream",
        "continuityMethod": "c2pa.manifestId",
        "previousManifestId": build.label(number - 1),
    } | changes
    said = {name: each for name, each in said.items() if each is not None}
    assertions = (build.actions(), cbor("c2pa.livevideo.segment", said))
    return manifest(media(number), Recipe(number=number, assertions=assertions))
