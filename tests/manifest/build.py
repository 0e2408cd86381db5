"""Manifest stores and signed files made by code, right or wrong in exactly one way.

Nothing here uses what writes manifests in the product: what it gets wrong would look right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from aidisclose.codec import jumbf
from aidisclose.containers import CONTAINERS, Edits
from aidisclose.io.source import BytesSource, Range
from aidisclose.trust.config import TrustConfig
from tests.containers import samples
from tests.trust import pki
from tests.trust.pki import Entity

Fields = dict[str, object]

TRUST: Final = TrustConfig(
    anchors=(pki.root().anchor,), tsa_anchors=(pki.root().anchor,), allowed=frozenset()
)
PNG: Final = next(item for item in CONTAINERS if item.name == "PNG")

SOURCE_TYPE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CREATED: Final[Fields] = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
#: In a claim's overrides: leave the field out.
ABSENT: Final = object()
#: Bytes of the hard binding in an encoded manifest, whatever it says.
_BINDING_SIZE: Final = 240


def label(number: int) -> str:
    """A manifest label of the current form."""
    return f"urn:c2pa:{number:08x}-0000-4000-8000-000000000000"


def digest(box: bytes) -> bytes:
    """What a hashed URI says of an encoded superbox."""
    return hashlib.sha256(box[8:]).digest()


def url(manifest: str, *path: str) -> str:
    """An absolute JUMBF URI."""
    return "self#jumbf=/c2pa/" + "/".join((manifest, *path))


@dataclass(frozen=True)
class Assertion:
    """An encoded assertion box; `gathered` ones come from others than the signer."""

    label: str
    box: bytes
    gathered: bool = False

    @property
    def reference(self) -> Fields:
        """The reference to it from the same manifest."""
        return {"url": f"self#jumbf=c2pa.assertions/{self.label}", "hash": digest(self.box)}


def cbor(label: str, content: object, **options: bool) -> Assertion:
    """An assertion with CBOR content; bytes are taken as encoded already."""
    encoded = content if isinstance(content, bytes) else cbor2.dumps(content)
    uuid = jumbf.type_uuid("cbor")
    return Assertion(label, jumbf.superbox(uuid, label, [jumbf.box(b"cbor", encoded)]), **options)


def json(label: str, text: bytes, **options: bool) -> Assertion:
    """An assertion with JSON text."""
    uuid = jumbf.type_uuid("json")
    return Assertion(label, jumbf.superbox(uuid, label, [jumbf.box(b"json", text)]), **options)


def file(label: str, content: bytes, media_type: bytes = b"image/png") -> Assertion:
    """An assertion with an embedded file."""
    boxes = [jumbf.box(b"bfdb", b"\0" + media_type + b"\0"), jumbf.box(b"bidb", content)]
    return Assertion(label, jumbf.superbox(EMBEDDED_FILE, label, boxes))


EMBEDDED_FILE: Final = bytes.fromhex("40cb0c32bb8a489da70b2ad6f47f4369")


def actions(*items: Fields, label: str = "c2pa.actions.v2", **fields: object) -> Assertion:
    """An actions assertion; without items, of something created by AI."""
    content = {"actions": list(items) or [CREATED], "allActionsIncluded": True, **fields}
    return cbor(label, content)


def ingredient(
    of: bytes | None = None,
    relationship: str = "parentOf",
    *,
    label: str = "c2pa.ingredient.v3",
    **fields: object,
) -> Assertion:
    """An ingredient assertion, of an encoded manifest if one is given."""
    content: Fields = {"relationship": relationship, "dc:title": "an ingredient"}
    if of is not None:
        found = jumbf.parse(of)
        signature = next(box for box in found.superboxes if box.label == "c2pa.signature")
        content |= {
            "validationResults": {"activeManifest": {}},
            "activeManifest": {"url": url(found.label), "alg": "sha256", "hash": digest(of)},
            "claimSignature": {
                "url": url(found.label, "c2pa.signature"),
                "alg": "sha256",
                "hash": hashlib.sha256(signature.payload).digest(),
            },
        }
    content |= fields
    return cbor(label, {name: value for name, value in content.items() if value is not ABSENT})


@dataclass(frozen=True, kw_only=True)
class Seal:
    """How a claim is signed; every default makes a sound signature."""

    signer: Entity = field(default_factory=pki.signer)
    chain: Sequence[Entity] = field(default_factory=lambda: (pki.signer(), pki.intermediate()))
    headers: Mapping[object, object] = field(default_factory=dict)
    unprotected: Callable[[bytes, bytes, bytes], Mapping[object, object]] = lambda *_: {}
    payload: bytes | None = None
    tag: int = 18
    size: int | None = None

    def __call__(self, claim: bytes) -> bytes:
        """The COSE_Sign1; `unprotected` is given protected header, claim and signature."""
        certificates = [entity.der for entity in self.chain]
        every = {1: -7, 33: certificates, **self.headers}
        protected = cbor2.dumps({key: value for key, value in every.items() if value is not ABSENT})
        signature = es256(self.signer, cbor2.dumps(["Signature1", protected, b"", claim]))
        unprotected = dict(self.unprotected(protected, claim, signature))
        content = [protected, unprotected, self.payload, signature]
        bare = cbor2.dumps(cbor2.CBORTag(self.tag, content))
        if self.size is None:
            return bare
        # The length of 256 to 65,535 zeros takes three bytes.
        unprotected["pad"] = bytes(self.size - len(bare) - len(b"\x63pad") - 3)
        return cbor2.dumps(cbor2.CBORTag(self.tag, content))


def es256(entity: Entity, message: bytes) -> bytes:
    """A signature as COSE has it."""
    assert isinstance(entity.key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(entity.key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One manifest; every default makes a sound one.

    Attributes:
        number: Makes its label.
        name: Its label, where that is to be another one.
        code: Four-character code of its type.
        version: Of its claim.
        assertions: All but the hard binding.
        binding: Label of the hard binding, None for none.
        claim: Fields of the claim that replace or, if `ABSENT`, remove others.
        edit: Changes to the claim once everything else is in it.
        seal: Makes the signature box's content.
        boxes: Changes to what the manifest consists of, by label.
    """

    number: int = 1
    name: str | None = None
    code: str = "c2ma"
    version: int = 2
    assertions: Sequence[Assertion] = field(default_factory=lambda: (actions(),))
    binding: str | None = "c2pa.hash.data"
    claim: Mapping[str, object] = field(default_factory=dict)
    edit: Callable[[Fields], None] = lambda _: None
    seal: Callable[[bytes], bytes] = field(default_factory=Seal)
    boxes: Callable[[dict[str, bytes]], Iterable[bytes]] = lambda boxes: boxes.values()

    @property
    def label(self) -> str:
        """Of the manifest."""
        return self.name or label(self.number)

    def build(self, binding: Fields | None = None) -> bytes:
        """The encoded manifest, of the same size whatever the hard binding says."""
        assertions = list(self.assertions)
        if self.binding is not None:
            assertions.append(cbor(self.binding, _padded(binding or {"hash": bytes(32)})))
        claim_label = "c2pa.claim.v2" if self.version == 2 else "c2pa.claim"
        claim = cbor2.dumps(self._claim(assertions))
        boxes = {
            "c2pa.assertions": jumbf.superbox(
                jumbf.type_uuid("c2as"), "c2pa.assertions", [item.box for item in assertions]
            ),
            claim_label: claim_box(claim, label=claim_label),
            "c2pa.signature": signature_box(self.seal(claim)),
        }
        return jumbf.superbox(jumbf.type_uuid(self.code), self.label, self.boxes(boxes))

    def _claim(self, assertions: Sequence[Assertion]) -> Fields:
        fields: Fields = {
            "instanceID": f"xmp:iid:{self.number}",
            "signature": url(self.label, "c2pa.signature"),
            "dc:title": "a file",
            "alg": "sha256",
        }
        if self.version == 2:
            fields["claim_generator_info"] = {"name": "test", "version": "1.0"}
            fields["created_assertions"] = [a.reference for a in assertions if not a.gathered]
            if any(item.gathered for item in assertions):
                fields["gathered_assertions"] = [a.reference for a in assertions if a.gathered]
        else:
            fields |= {"claim_generator": "test/1.0", "dc:format": "image/png"}
            fields["assertions"] = [item.reference for item in assertions]
        fields |= self.claim
        self.edit(fields)
        return {name: value for name, value in fields.items() if value is not ABSENT}


def _padded(fields: Fields) -> bytes:
    """A hard binding of always the same size."""
    bare = cbor2.dumps({**fields, "pad": b""})
    filled = cbor2.dumps({**fields, "pad": bytes(_BINDING_SIZE - len(bare) - 1)})
    assert len(filled) == _BINDING_SIZE  # the length of 24 to 255 zeros takes one byte more
    return filled


def claim_box(content: bytes, *, label: str = "c2pa.claim.v2") -> bytes:
    """A claim box."""
    return jumbf.superbox(jumbf.type_uuid("c2cl"), label, [jumbf.box(b"cbor", content)])


def signature_box(content: bytes, *, label: str = "c2pa.signature") -> bytes:
    """A claim signature box."""
    return jumbf.superbox(jumbf.type_uuid("c2cs"), label, [jumbf.box(b"cbor", content)])


def store(*manifests: bytes) -> bytes:
    """A manifest store, the active manifest last."""
    return jumbf.superbox(jumbf.type_uuid("c2pa"), "c2pa", manifests)


def embed(data: bytes) -> bytes:
    """A PNG file with this store."""
    source = BytesSource(samples.png())
    splice = PNG.rewrite(source, PNG.scan(source), Edits(store=data))
    return splice.read_at(0, splice.size)


def frame(data: bytes) -> Range:
    """Where the store of a PNG file lies."""
    return PNG.scan(BytesSource(data)).stores[0].frame


def binding_to(data: bytes, **fields: object) -> Fields:
    """The data hash of a PNG file whose store is left out."""
    start, length = frame(data)
    rest = data[:start] + data[start + length :]
    exclusions = [{"start": start, "length": length}]
    found: Fields = {"exclusions": exclusions, "alg": "sha256", "name": "jumbf manifest"}
    return found | {"hash": hashlib.sha256(rest).digest()} | fields


def signed(
    recipe: Recipe | None = None, *before: bytes, make: Callable[[bytes], Fields] = binding_to
) -> bytes:
    """A PNG file with a store of earlier manifests and the one of `recipe`.

    `make` gives the hard binding for a file with a store of the final size.
    """
    recipe = recipe or Recipe()
    blank = embed(store(*before, recipe.build()))
    data = embed(store(*before, recipe.build(make(blank))))
    assert len(data) == len(blank)
    return data


def variant(recipe: Recipe, **changes: object) -> Recipe:
    """The recipe with some fields changed."""
    return replace(recipe, **changes)  # type: ignore[arg-type]
