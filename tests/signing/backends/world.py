"""A certificate chain for any key, and what the reference says about a file signed with it."""

from __future__ import annotations

import functools
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import c2pa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image

from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing.flow import sign
from aidisclose.signing.signer import Signer
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.trust import pki
from tests.trust.pki import DAY, Entity, Key

NOW = datetime.now(UTC).replace(microsecond=0)
issue = functools.partial(pki.issue, not_before=NOW - 100 * DAY, not_after=NOW + 100 * DAY)

KINDS = {
    "es256": "p256",
    "es384": "p384",
    "es512": "p521",
    "ps256": "rsa2048",
    "ps384": "rsa2048",
    "ps512": "rsa2048",
    "ed25519": "ed25519",
    **{alg: alg for alg in pki.MLDSA},
}


@functools.cache
def root() -> Entity:
    return issue("Root", kind="p384", ca=True, number=40)


@functools.cache
def intermediate() -> Entity:
    return issue("Intermediate", root(), kind="p384", ca=True, number=41)


@dataclass(frozen=True)
class Elsewhere:
    """The public half of a key that a device keeps to itself."""

    public: PublicKeyTypes

    def public_key(self) -> PublicKeyTypes:
        return self.public


@dataclass(frozen=True)
class Identity:
    """A key and the chain of its certificates."""

    key: Key
    chain: bytes

    @property
    def pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certify(public: PublicKeyTypes) -> bytes:
    """A chain in PEM for a key."""
    holder: object = Elsewhere(public)
    leaf = issue("Signer", intermediate(), public=holder)  # type: ignore[arg-type]
    return leaf.pem + intermediate().pem


@functools.cache
def identity(alg: str = "es256") -> Identity:
    key = pki.key(KINDS[alg], 42)
    return Identity(key, certify(key.public_key()))


@functools.cache
def picture() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(output, "JPEG")
    return output.getvalue()


def assert_trusted(signer: Signer) -> None:
    """A file that it signs is trusted here and by c2pa-python."""
    output = io.BytesIO()
    sign(picture(), output, signer=signer, disclosure=Disclosure(ai="generated"))
    report = verify(output.getvalue(), trust=TrustConfig.from_pem(root().pem))
    assert report.state is State.TRUSTED
    settings = {"version": 1, "trust": {"user_anchors": root().pem.decode()}}
    output.seek(0)
    reader = c2pa.Reader("image/jpeg", output, context=c2pa.Context.from_dict(settings))
    assert json.loads(reader.json())["validation_state"] == "Trusted"
