"""Chains, keys and headers of signatures that must not vouch for anything."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import cbor2
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

import aidisclose as ad
from aidisclose.codec import der
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.config import TrustConfig
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.parties import END, authority, honest, root, sealed, stranger
from tests.manifest import build
from tests.manifest.build import Seal
from tests.trust import pki
from tests.trust.pki import NOW, Entity

CLAUSE: Final = "C2PA 2.5 §13.2, §14.5.1; RFC 9360 §2; RFC 5280 §6"


def _issued(name: str, issuer: Entity, **options: object) -> Entity:
    return pki.issue(name, issuer, not_after=END, **options)  # type: ignore[arg-type]


def _purposed(*purposes: x509.ObjectIdentifier) -> Entity:
    """An authority below the honest root that may vouch for these purposes only."""
    usage = x509.ExtendedKeyUsage(list(purposes))
    return _issued(
        "Limited CA",
        root(),
        number=20,
        ca=True,
        path_length=0,
        extensions={x509.ExtendedKeyUsage: (usage, False)},
    )


def _below(issuer: Entity, **options: object) -> Seal:
    signer = _issued("Signer below", issuer, number=21, **options)
    return Seal(signer=signer, chain=(signer, issuer), size=4_000)


def _extensions_as_sets(fields: list[bytes]) -> list[bytes]:
    """The signed fields of a certificate with sets where other readers want sequences."""
    (listed,) = pki.elements(fields[-1])
    sets = [der.encode(der.SET, each[2:]) for each in pki.elements(listed)]
    return [*fields[:-1], der.encode(der.context(3), der.encode(der.SEQUENCE, *sets))]


def _seals() -> Iterator[tuple[str, Seal]]:
    good = sealed()
    yield "the chain reversed", replace(good, chain=(authority(), honest()))
    yield "the signer twice", replace(good, chain=(honest(), honest(), authority()))
    yield "an authority twice", replace(good, chain=(honest(), authority(), authority()))
    yield "another's certificate between", replace(good, chain=(honest(), stranger(), authority()))
    yield "another's certificate first", replace(good, chain=(stranger(), honest(), authority()))
    yield "the root before the authority", replace(good, chain=(honest(), root(), authority()))
    yield "another's key", replace(good, signer=stranger())
    yield "no chain", replace(good, headers={33: build.ABSENT})
    yield "an empty chain", replace(good, headers={33: []})
    for name, purpose in {
        "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
        "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
        "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
        "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    }.items():
        yield f"an authority for {name}", _below(_purposed(purpose))
        yield f"a signer for {name}", _below(authority(), purposes=(purpose,))
    yield "a signer as authority", _below(honest())
    yield "a signer that is an authority", _below(authority(), ca=True)
    not_ca = {x509.BasicConstraints: (x509.BasicConstraints(ca=False, path_length=None), True)}
    plain = _issued("No CA", root(), number=22, extensions=not_ca)
    yield "no authority", _below(plain)
    long = _issued("Sub CA", authority(), number=23, ca=True)
    deep = _issued("Signer deep", long, number=24)
    yield "a path too long", Seal(signer=deep, chain=(deep, long, authority()), size=5_000)
    unsigned = x509.KeyUsage
    wrong = {unsigned: (pki.usage("key_encipherment"), True)}
    yield "a key that may not sign", _below(authority(), extensions=wrong)
    yield "expired", _expired()
    mistyped = pki.rewrite(honest(), _extensions_as_sets)
    yield "extensions of another type", replace(good, headers={33: [mistyped, authority().der]})


def _expired() -> Seal:
    signer = pki.issue("Expired", authority(), number=25, not_after=NOW - pki.DAY)
    return Seal(signer=signer, chain=(signer, authority()), size=4_000)


def _headers() -> Iterator[tuple[str, Seal]]:
    good = sealed()
    chain = [honest().der, authority().der]
    unprotected: dict[str, Mapping[object, object]] = {
        "x5chain in both": {33: chain},
        "x5chain unprotected, another's": {33: [stranger().der]},
        "alg in both": {1: -7},
        "crit unprotected": {2: [1]},
        "alg none unprotected": {1: 0},
    }
    for name, more in unprotected.items():
        yield name, replace(good, unprotected=lambda *_, more=more: dict(more))
    yield (
        "x5chain only unprotected",
        replace(good, headers={33: build.ABSENT}, unprotected=lambda *_: {33: chain}),
    )
    changed: dict[str, Mapping[object, object]] = {
        "crit": {2: [1]},
        "crit of itself": {2: [2]},
        "no alg": {1: build.ABSENT},
        "alg none": {1: 0},
        "alg text": {1: "ES256"},
        "alg of another curve": {1: -35},
        "alg of RSA": {1: -37},
        "alg of Edwards curves": {1: -8},
        "alg HMAC": {1: 5},
        "two chains": {"x5chain": [stranger().der]},
    }
    for name, headers in changed.items():
        yield name, replace(good, headers=headers)
    yield "a payload", replace(good, payload=b"another claim")
    yield "an empty payload", replace(good, payload=b"")
    for tag in (98, 17, 97):
        yield f"tag {tag}", replace(good, tag=tag)


def attacks() -> Iterator[Attack]:
    """Each is signed by whom it says; nobody may be told that it is trusted."""
    sound = files.signed(files.active())
    for name, seal in (*_seals(), *_headers()):
        forged = files.signed(files.active(seal=seal))
        ignored = name.startswith(
            "an authority for"
        )  # C2PA 2.5 §14.5.1: of an authority, they are ignored
        yield Attack(
            f"certificates: {name}",
            CLAUSE,
            sound,
            forged,
            "",
            below=ad.State.TRUSTED,
            may_stand=ignored,
        )


def seal_attacks() -> Iterator[Attack]:
    """The signature box, written in ways that other readers read differently."""
    sound = files.signed(files.active())
    for name, wrap in _WRAPPERS.items():

        def seal(claim: bytes, wrap: Callable[[bytes], bytes] = wrap) -> bytes:
            return wrap(sealed()(claim))

        try:
            forged = files.signed(files.active(seal=seal))
        except AssertionError:
            continue
        yield Attack(f"signature: {name}", CLAUSE, sound, forged, "", may_stand=name in _ALLOWED)

    forged = files.signed(files.active(seal=_true))
    yield Attack("certificates: alg true", CLAUSE, sound, forged, "")
    labels: tuple[int | str, int | str] = (33, "x5chain")
    for here, there in itertools.product(labels, repeat=2):
        forged = files.signed(files.active(seal=_two_chains(here, there)))
        name = f"certificates: a chain under {here}, another unprotected under {there}"
        yield Attack(name, CLAUSE, sound, forged, "both buckets")


def _two_chains(here: int | str, there: int | str) -> Seal:
    """A signature to which somebody has added a chain of their own, which no hash covers."""
    chain = [honest().der, authority().der]
    headers: dict[object, object] = {33: build.ABSENT, here: chain}

    def unprotected(*_: bytes) -> dict[object, object]:
        return {there: [stranger().der]}

    return Seal(signer=honest(), headers=headers, unprotected=unprotected, size=5_000)


def _parts(content: bytes) -> list[object]:
    value = cbor2.loads(content)
    return list(value.value)


def _tagged(parts: list[object], tag: int = 18) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, parts))


_WRAPPERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "tagged twice": lambda content: cbor2.dumps(cbor2.CBORTag(18, cbor2.loads(content))),
    "tagged as CBOR": lambda content: b"\xd9\xd9\xf7" + content,
    "untagged": lambda content: cbor2.dumps(_parts(content)),
    "a fifth part": lambda content: _tagged([*_parts(content), None]),
    "three parts": lambda content: _tagged(_parts(content)[:3]),
    "bytes behind": lambda content: content + b"\0",
    "as bytes": cbor2.dumps,
    "an unprotected list": lambda content: _tagged(
        [_parts(content)[0], [], None, _parts(content)[3]]
    ),
    "a longer signature": lambda content: _tagged([*_parts(content)[:3], _longer(content)]),
    "an empty signature": lambda content: _tagged([*_parts(content)[:3], b""]),
    "zeros as signature": lambda content: _tagged([*_parts(content)[:3], bytes(64)]),
    "a DER signature": lambda content: _tagged([*_parts(content)[:3], b"0" + bytes(63)]),
    "indefinite": lambda content: (
        b"\xd2\x9f" + b"".join(map(cbor2.dumps, _parts(content))) + b"\xff"
    ),
    "non-canonical": lambda content: b"\xd2\x98\x04" + b"".join(map(cbor2.dumps, _parts(content))),
}
#: RFC 8949 §4.2 makes no encoding wrong by itself; of two equal tags, the outer one says nothing.
_ALLOWED: Final = frozenset({"indefinite", "non-canonical", "tagged twice"})


def _encoded(content: bytes) -> bytes:
    return b"".join(map(cbor2.dumps, _parts(content)))


def _true(claim: bytes) -> bytes:
    """A signature whose algorithm stands under the label `true`, which some take for 1."""
    headers = cbor2.dumps({1: -7, 33: [honest().der, authority().der]})
    protected = b"\xa2\xf5" + headers[2:]
    value = build.es256(honest(), cbor2.dumps(["Signature1", protected, b"", claim]))
    return _tagged([protected, {"pad": bytes(300)}, None, value])


def _longer(content: bytes) -> bytes:
    value = _parts(content)[3]
    assert isinstance(value, bytes)
    return value + b"\0"


def trust(anchor: Entity) -> TrustConfig:
    """Trust in one anchor."""
    found: Anchor = anchor.anchor
    return TrustConfig(anchors=(found,), tsa_anchors=(found,), allowed=frozenset())
