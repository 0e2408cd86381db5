"""Claims and references that readers would understand in different ways."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import cbor2

from aidisclose.bindings.binding import Fields as BindingFields
from aidisclose.codec import jumbf
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.believed import created, model
from tests.attacks.parties import sealed
from tests.manifest import build
from tests.manifest.build import ABSENT, Fields

CLAUSE: Final = "C2PA 2.5 §10.2, §14.6, §14.10"
_GENERATED: Final = created("trainedAlgorithmicMedia")


def attacks() -> Iterator[Attack]:
    """Signed by the honest signer, whom somebody may have made to; never trusted."""
    sound = files.signed(files.active(assertions=(_GENERATED, model("SDXL"))))
    for name, edit in _EDITS.items():
        data = files.signed(files.active(assertions=(_GENERATED, model("SDXL")), edit=edit))
        harmless = name in ("listed twice", "fields of version 1")
        yield Attack(f"claim: {name}", CLAUSE, sound, data, "", may_stand=harmless)
    yield from _boxes(sound)
    yield from _encodings(sound)
    yield from _assertions(sound)


def _first(fields: Fields, **changes: object) -> None:
    listed = fields["created_assertions"]
    assert isinstance(listed, list)
    listed[0] = {**listed[0], **changes}


def _drop(fields: Fields, index: int) -> None:
    listed = fields["created_assertions"]
    assert isinstance(listed, list)
    del listed[index]


def _gather_all(fields: Fields) -> None:
    fields["gathered_assertions"] = fields["created_assertions"]
    fields["created_assertions"] = []


def _gather_binding(fields: Fields) -> None:
    listed = fields["created_assertions"]
    assert isinstance(listed, list)
    fields["gathered_assertions"] = [listed.pop()]


_URL: Final = "self#jumbf=c2pa.assertions/c2pa.actions.v2"
_OTHER: Final = build.url(build.label(1), "c2pa.assertions", "c2pa.actions.v2")
_EDITS: Final[dict[str, Callable[[Fields], None]]] = {
    "hash of nothing": lambda fields: _first(fields, hash=b""),
    "hash of zeros": lambda fields: _first(fields, hash=bytes(32)),
    "a shorter hash": lambda fields: _first(fields, hash=b"\0" * 4),
    "hash text": lambda fields: _first(fields, hash="x"),
    "alg sha1": lambda fields: _first(fields, alg="sha1"),
    "alg md5": lambda fields: _first(fields, alg="md5"),
    "alg upper case": lambda fields: _first(fields, alg="SHA256"),
    "alg another": lambda fields: _first(fields, alg="sha512"),
    "alg a list": lambda fields: _first(fields, alg=["sha256"]),
    "alg of the claim sha1": lambda fields: fields.update(alg="sha1"),
    "alg of the claim missing": lambda fields: fields.__delitem__("alg"),
    "alg of the claim crc32": lambda fields: fields.update(alg="crc32"),
    "url of another manifest": lambda fields: _first(fields, url=_OTHER),
    "url upper case": lambda fields: _first(fields, url=_URL.upper()),
    "url percent-encoded": lambda fields: _first(fields, url=_URL.replace(".v2", "%2Ev2")),
    "url with a query": lambda fields: _first(fields, url=_URL + "?x"),
    "url with a fragment": lambda fields: _first(fields, url=_URL + "#x"),
    "url with a slash": lambda fields: _first(fields, url=_URL + "/"),
    "url up and down": lambda fields: _first(
        fields, url="self#jumbf=c2pa.assertions/../c2pa.assertions/c2pa.actions.v2"
    ),
    "url of the claim": lambda fields: _first(fields, url="self#jumbf=c2pa.claim.v2"),
    "url of the store": lambda fields: _first(fields, url="self#jumbf=c2pa.assertions"),
    "url of https": lambda fields: _first(fields, url="https://example.com/c2pa.actions.v2"),
    "listed twice": lambda fields: fields.update(
        created_assertions=[*fields["created_assertions"], fields["created_assertions"][0]]  # type: ignore[index,misc]
    ),
    "created and gathered": lambda fields: fields.update(
        gathered_assertions=fields["created_assertions"]
    ),
    "actions unlisted": lambda fields: _drop(fields, 0),
    "model unlisted": lambda fields: _drop(fields, 1),
    "binding unlisted": lambda fields: _drop(fields, -1),
    "binding gathered": _gather_binding,
    "everything gathered": _gather_all,
    "fields of version 1": lambda fields: fields.update(assertions=[]),
    "no generator": lambda fields: fields.update(claim_generator_info={}),
    "signature of another manifest": lambda fields: fields.update(
        signature=build.url(build.label(1), "c2pa.signature")
    ),
    "signature elsewhere": lambda fields: fields.update(signature="https://example.com/x"),
    "signature nested": lambda fields: fields.update(
        signature=build.url(build.label(9), "x", "c2pa.signature")
    ),
    "redacts itself": lambda fields: fields.update(redacted_assertions=[_URL]),
    "redacts no text": lambda fields: fields.update(redacted_assertions=[7]),
}


def _boxes(sound: bytes) -> Iterator[Attack]:
    """Boxes of the manifest in other numbers and under other names."""

    def double(name: str) -> Callable[[dict[str, bytes]], list[bytes]]:
        return lambda boxes: [*boxes.values(), boxes[name]]

    def first(name: str) -> Callable[[dict[str, bytes]], list[bytes]]:
        return lambda boxes: [boxes[name], *boxes.values()]

    def renamed(old: str, new: str) -> Callable[[dict[str, bytes]], list[bytes]]:
        return lambda boxes: [
            box if name != old else _relabelled(box, new) for name, box in boxes.items()
        ]

    def old_claim(boxes: dict[str, bytes]) -> list[bytes]:
        content = next(jumbf.parse(boxes["c2pa.claim.v2"]).contents).content
        return [*boxes.values(), build.claim_box(content, label="c2pa.claim")]

    shapes = {
        "claim twice": double("c2pa.claim.v2"),
        "assertions twice": double("c2pa.assertions"),
        "signature twice": double("c2pa.signature"),
        "claim twice in front": first("c2pa.claim.v2"),
        "claims of two versions": old_claim,
        "claim labelled version 1": renamed("c2pa.claim.v2", "c2pa.claim"),
        "claim labelled version 3": renamed("c2pa.claim.v2", "c2pa.claim.v3"),
        "claim labelled otherwise": renamed("c2pa.claim.v2", "c2pa.other"),
        "claim an instance": renamed("c2pa.claim.v2", "c2pa.claim.v2__1"),
        "assertions labelled otherwise": renamed("c2pa.assertions", "c2pa.assertion"),
        "signature labelled otherwise": renamed("c2pa.signature", "c2pa.signatures"),
    }
    for name, boxes in shapes.items():
        recipe = files.active(assertions=(_GENERATED, model("SDXL")), boxes=boxes)
        yield Attack(f"claim: {name}", CLAUSE, sound, files.signed(recipe), "")
    for name in ("", "x", "urn:uuid:1", "urn:c2pa:1", "urn:c2pa:../x", "urn:c2pa:\u202e"):
        recipe = files.active(assertions=(_GENERATED, model("SDXL")), name=name or " ")
        data = files.signed(recipe)
        yield Attack(f"claim: manifest labelled {name!r}", CLAUSE, sound, data, "")


def _relabelled(box: bytes, label: str) -> bytes:
    found = jumbf.parse(box)
    contents = [found.data[item.start : item.end] for item in found.children]
    return jumbf.superbox(found.uuid, label, contents)


def _encodings(sound: bytes) -> Iterator[Attack]:
    """The claim as CBOR that is not read alike by all."""

    def sealed_claim(edit: Callable[[bytes], bytes]) -> bytes:
        def boxes(found: dict[str, bytes]) -> list[bytes]:
            content = edit(next(jumbf.parse(found["c2pa.claim.v2"]).contents).content)
            claim = build.claim_box(content)
            signature = build.signature_box(sealed()(content))
            return [found["c2pa.assertions"], claim, signature]

        recipe = files.active(assertions=(_GENERATED, model("SDXL")), boxes=boxes)
        return files.signed(recipe)

    for name, edit in {
        "a key twice": lambda claim: bytes([claim[0] + 1]) + claim[1:] + b"\x63alg\x66sha512",
        "bytes behind": lambda claim: claim + b"\xf6",
        "zeros behind": lambda claim: claim + bytes(4),
        "a shared reference": lambda claim: b"\xd8\x1c" + claim,
        "cut off": lambda claim: claim[:-1],
        "a tag around": lambda claim: b"\xd2" + claim,
        "a list around": lambda claim: b"\x81" + claim,
    }.items():
        yield Attack(f"claim: {name}", CLAUSE, sound, sealed_claim(edit), "")


def _assertions(sound: bytes) -> Iterator[Attack]:
    """Two bindings, or bindings that are none."""
    of = files.picture()
    binding = cbor2.dumps({"hash": bytes(32), "alg": "sha256", "name": "x"})
    for label in (
        "c2pa.hash.data__1",
        "c2pa.hash.boxes",
        "c2pa.hash.bmff.v3",
        "c2pa.hash.data.part",
    ):
        extra = build.cbor(label, binding)
        recipe = files.active(assertions=(extra, _GENERATED, model("SDXL")))
        allowed = label.endswith(".part")
        data = files.signed(recipe, of=of)
        title = f"claim: a second binding {label}"
        yield Attack(title, CLAUSE, sound, data, "", may_stand=allowed)
    for label in ("c2pa.hash.data__1", "C2PA.hash.data", "c2pa.hash.data.v2", "c2pa.hash.other"):
        recipe = files.active(assertions=(_GENERATED, model("SDXL")))
        data = files.signed(replace(recipe), of=of._replace(label=label))
        allowed = label.endswith("__1")
        title = f"claim: a binding labelled {label}"
        yield Attack(title, CLAUSE, sound, data, "", may_stand=allowed)
    changes: dict[str, Fields] = {
        "hash text": {"hash": "x"},
        "no hash": {"hash": ABSENT},
        "alg sha1": {"alg": "sha1", "hash": hashlib.sha1(b"").digest()},
        "alg none": {"alg": None, "hash": b""},
        "an empty hash": {"hash": b""},
        "a url": {"url": "https://example.com"},
    }
    for name, more in changes.items():

        def fields(data: bytes, more: Fields = more) -> BindingFields:
            found = {**build.binding_to(data), **more}
            return {key: value for key, value in found.items() if value is not ABSENT}

        bound = of._replace(fields=fields)
        recipe = files.active(assertions=(_GENERATED, model("SDXL")))
        data = files.signed(recipe, of=bound)
        yield Attack(f"claim: binding with {name}", CLAUSE, sound, data, "")
