"""What reads bytes that a stranger wrote, each with sound input to start from.

The property of all: whatever the bytes are, the result is a value or one of our own errors.
"""

from __future__ import annotations

import functools
import io
import random
from collections.abc import Callable
from typing import Final, NamedTuple

import brotli

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.codec import cbor, cose, jumbf
from aidisclose.containers import CONTAINERS, Container, Edits
from aidisclose.errors import AidiscloseError
from aidisclose.identity import status_list
from aidisclose.io.source import BytesSource
from aidisclose.manifest import store
from aidisclose.policy import receipt_reader
from aidisclose.policy.own import Policy
from aidisclose.trust import certificate, ocsp, timestamp
from aidisclose.trust.budget import Budget
from aidisclose.validate.validator import validate
from tests.containers import samples
from tests.identity import test_status_list
from tests.manifest import build
from tests.manifest.build import Fields, Recipe
from tests.policy import test_receipt
from tests.trust import pki, test_ocsp, tokens
from tests.trust.pki import NOW
from tests.validate import stream

#: Samples of media beyond this take more time to hash than to parse.
_SIZE: Final = 100_000


class Target(NamedTuple):
    """A parser.

    Attributes:
        name: Of what it reads.
        read: The parser.
        seeds: Makes sound input.
    """

    name: str
    read: Callable[[bytes], object]
    seeds: Callable[[], tuple[bytes, ...]]

    def survives(self, data: bytes) -> bool:
        """Whether the parser accepts the bytes; anything but our own errors comes through."""
        try:
            self.read(data)
        except AidiscloseError:
            return False
        return True


def _validate(data: bytes) -> object:
    return validate(store.parse(data), asset=None, trust=build.TRUST, at=NOW, online=False)


def _verify(data: bytes) -> object:
    return ad.verify(data, trust=build.TRUST, at=NOW, online=False)


def _look_up(data: bytes) -> object:
    entry = status_list.StatusEntry("https://issuer.example/1", 7)
    return status_list.read(data).is_revoked(entry, at=NOW)


_SESSION: Final = stream.Session()
_INIT: Final = functools.cache(stream.init)


def _receive(data: bytes) -> object:
    return ad.verify_stream((_INIT(_SESSION), data), trust=build.TRUST, at=stream.NOW)


def _stamp(data: bytes) -> object:
    anchors = build.TRUST.tsa_anchors
    return timestamp.verify_token(data, messages=[tokens.MESSAGE], anchors=anchors, budget=Budget())


def _respond(data: bytes) -> object:
    signer, issuer = pki.signer().certificate, pki.intermediate().certificate
    return ocsp.check(
        data, certificate=signer, issuer=issuer, now=NOW, attested=None, budget=Budget()
    )


def _receipt(data: bytes) -> object:
    return receipt_reader.verify(io.BytesIO(data), build.TRUST, at=NOW)


_POLICY: Final = b"""version = 1
profiles = ["pai@2023-02-27"]
select = ["PAI"]
inputs = {ai = "yes"}
[severity]
PAI-001 = "info"
[[require]]
path = "*.png"
state = "trusted"
"""


@functools.cache
def manifests() -> tuple[bytes, ...]:
    """Stores: plain, with a history, compressed."""
    parent = Recipe().build()
    opening = build.ingredient(parent)
    opened: Fields = {"action": "c2pa.opened", "parameters": {"ingredients": [opening.reference]}}
    note = build.json("com.example.note", b'{"a": [1, 2]}')
    child = Recipe(number=2, assertions=(opening, build.actions(opened), note)).build()
    packed = jumbf.superbox(
        jumbf.type_uuid("c2cm"), build.label(1), [jumbf.box(b"brob", brotli.compress(parent))]
    )
    return build.store(parent), build.store(parent, child), build.store(packed)


def _claims() -> tuple[bytes, ...]:
    parsed = store.parse(manifests()[1])
    return tuple(manifest.claim_content for manifest in parsed.manifests.values())


def _signatures() -> tuple[bytes, ...]:
    parsed = store.parse(manifests()[0])
    box = parsed.active.signature_boxes[0].only
    return (box.content,) if box else ()


def _packets() -> tuple[bytes, ...]:
    text = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf"
        b"-syntax-ns#'><rdf:Description xmlns:d='http://purl.org/dc/terms/' d:provenance='a'>"
        b"<d:x><rdf:Alt><rdf:li xml:lang='x'>t</rdf:li></rdf:Alt></d:x></rdf:Description>"
        b"</rdf:RDF></x:xmpmeta>"
    )
    return (text,)


def signed(container: Container, signer: ad.Signer) -> tuple[bytes, ...]:
    """Small samples of a format, signed."""
    found = []
    for sample in samples.FAMILIES[container.name].samples:
        content = sample.data()
        if len(content) <= _SIZE:
            out = io.BytesIO()
            disclosure = ad.Disclosure(ai="generated", model="m")
            try:
                ad.sign(content, out, signer=signer, disclosure=disclosure)
            except AidiscloseError:
                continue  # a variant that is read, not written
            found.append(out.getvalue())
    return tuple(found)


@functools.cache
def _files(container: Container) -> tuple[bytes, ...]:
    """Small samples of a format with a store in them, as it is embedded, whatever it is worth."""
    found = []
    for sample in samples.FAMILIES[container.name].samples:
        content = sample.data()
        if len(content) > _SIZE:
            continue
        source = BytesSource(content)
        try:
            splice = container.rewrite(source, container.scan(source), Edits(store=manifests()[0]))
        except AidiscloseError:
            continue
        found.append(splice.read_at(0, splice.size))
    return tuple(found)


SAMPLED: Final = tuple(item for item in CONTAINERS if item.name in samples.FAMILIES)

TARGETS: Final = (
    Target("CBOR", cbor.decode, _claims),
    Target("JUMBF", jumbf.parse, manifests),
    Target("COSE", cose.parse, _signatures),
    Target("certificate", certificate.load, lambda: (pki.signer().der, pki.root().der)),
    Target("time stamp", _stamp, lambda: (tokens.token(),)),
    Target("OCSP", _respond, lambda: (test_ocsp.respond(),)),
    Target("XMP", xmp.parse, _packets),
    Target("store", _validate, manifests),
    Target("receipt", _receipt, lambda: (test_receipt.write(),)),
    Target("status list", _look_up, lambda: (test_status_list.jwt(test_status_list.fields(7)),)),
    Target("live segment", _receive, lambda: (stream.segment(1, _SESSION),)),
    Target("policy", Policy.from_toml, lambda: (_POLICY,)),
    *(Target(item.name, _verify, functools.partial(_files, item)) for item in SAMPLED),
)

_NUMBERS: Final = (0, 1, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 63)


def mutate(data: bytes, dice: random.Random, others: tuple[bytes, ...]) -> bytes:
    """The bytes with one to six changes of the kinds that parsers stumble over."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        start = dice.randrange(len(changed) + 1)
        piece = bytes(changed[start : start + dice.choice((1, 2, 4, 8, 16, 64, 512))])
        match dice.randrange(7):
            case 0 if start < len(changed):
                changed[start] ^= 1 << dice.randrange(8)
            case 1 if start < len(changed):
                changed[start] = dice.randrange(256)
            case 2:
                size = dice.choice((1, 2, 4, 8))
                number = dice.choice(_NUMBERS) & ((1 << 8 * size) - 1)
                encoded = number.to_bytes(size)
                changed[start : start + size] = encoded[:: dice.choice((1, -1))]
            case 3:
                del changed[start : start + len(piece)]
            case 4:
                changed[start:start] = piece * dice.choice((1, 1, 2, 50))
            case 5:
                other = dice.choice(others)
                at = dice.randrange(len(other) + 1)
                changed[start : start + len(piece)] = other[at : at + len(piece)]
            case 6 if dice.random() < 0.1:
                del changed[start:]
    return bytes(changed)
