"""Signed live streams: an initialization segment, media segments, session keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from aidisclose.containers import bmff
from aidisclose.containers.isobox import C2PA
from tests.bindings.test_fragments import hash_of
from tests.containers.samples_bmff import box, ftyp, full, moov
from tests.manifest import build
from tests.manifest.build import Assertion, Fields, Recipe, cbor, es256
from tests.trust import pki
from tests.trust.pki import Entity

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
        assert isinstance(self.key.key, ec.EllipticCurvePrivateKey)
        numbers = self.key.key.public_key().public_numbers()
        return {
            "key": {
                1: 2,
                2: self.kid,
                -1: 1,
                -2: numbers.x.to_bytes(32),
                -3: numbers.y.to_bytes(32),
            },
            "minSequenceNumber": self.first,
            "createdAt": cbor2.CBORTag(0, self.start),
            "validityPeriod": self.period,
            "signerBinding": cbor2.CBORTag(18, self._binding()),
        }

    def _binding(self) -> list[object]:
        protected = cbor2.dumps({1: -7})
        bound = pki.signer().der if self.bound is None else self.bound
        message = cbor2.dumps(["Signature1", protected, b"", bound])
        return [protected, {}, None, es256(self.key, message)]

    def sign(self, info: Fields, *, time: int | None = None) -> bytes:
        """A verifiable-segment-info."""
        protected = cbor2.dumps({1: -7} | ({} if time is None else {15: {6: time}}))
        payload = cbor2.dumps(info)
        message = cbor2.dumps(["Signature1", protected, b"", payload])
        value = [protected, {4: self.kid}, payload, es256(self.key, message)]
        return cbor2.dumps(cbor2.CBORTag(18, value))


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
