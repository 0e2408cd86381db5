"""Signed files that are as expensive as their size allows, each in one way.

Every builder takes a number that its cost grows with; `SIZES` has the one at which the file is
hostile.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

import brotli
import cbor2

from aidisclose.codec import jumbf
from tests.containers import samples
from tests.manifest import build
from tests.manifest.build import Assertion, Fields, Recipe, Seal
from tests.trust import pki

CBOR: Final = jumbf.type_uuid("cbor")
EDITED: Final[Fields] = {"action": "c2pa.edited"}


def numbered(name: str, content: bytes, count: int) -> list[Assertion]:
    """Assertions with the same content."""
    return [build.cbor(f"{name}__{number}", content) for number in range(1, count + 1)]


def signed(*assertions: Assertion, **fields: object) -> bytes:
    """A file with one manifest."""
    return build.signed(Recipe(assertions=(build.actions(), *assertions), **fields))  # type: ignore[arg-type]


def compressed(manifest: bytes) -> bytes:
    """A manifest as a compressed one."""
    label = jumbf.parse(manifest).label
    box = jumbf.box(b"brob", brotli.compress(manifest))
    return jumbf.superbox(jumbf.type_uuid("c2cm"), label, [box])


def in_store(*manifests: bytes) -> bytes:
    """A file with a store; its content is bound to nothing."""
    return build.embed(build.store(*manifests))


def lists(count: int) -> bytes:
    """Assertions of many empty lists, which compress to nothing."""
    data = cbor2.dumps([[]] * (count // 10))
    assertions = (build.actions(), *numbered("com.example", data, 10))
    return in_store(compressed(Recipe(assertions=assertions).build()))


def maps(count: int) -> bytes:
    """Maps with one key in another, in many assertions."""
    data = cbor2.dumps([{0: 0}] * (count // 100))
    return signed(*numbered("com.example", data, 100))


def undecodable(count: int) -> bytes:
    """Assertions that are decoded to the end, where they turn out to be wrong."""
    data = b"\x9a" + (count // 10 + 1).to_bytes(4) + b"\x80" * (count // 10)
    listed = [build.cbor(f"c2pa.ingredient.v3__{number}", data) for number in range(1, 11)]
    return signed(*listed)


def json_lists(count: int) -> bytes:
    """JSON of many empty lists."""
    text = b"[" + b"[]," * (count // 10) + b"0]"
    return signed(*(build.json(f"com.example__{number}", text) for number in range(1, 11)))


def json_names(count: int) -> bytes:
    """JSON objects with many names."""
    text = b"{" + b",".join(b'"%d":0' % number for number in range(count)) + b"}"
    return signed(build.json("com.example", text))


def json_numbers(count: int) -> bytes:
    """JSON with numbers of thousands of digits."""
    return signed(build.json("com.example", b"[" + (b"9" * 4_000 + b",") * count + b"0]"))


def endless(count: int) -> bytes:
    """Lists and strings of unknown length, one in another."""
    data = b"\x9f" + b"\x9f\xff\x5f\x41a\xff" * count + b"\xff"
    return signed(build.cbor("com.example", data))


def deep(count: int) -> bytes:
    """Lists nested as deep as is permitted, many times."""
    data = b"\x9a" + count.to_bytes(4) + (b"\x81" * 60 + b"\0") * count
    return signed(build.cbor("com.example", data))


def assertions(count: int) -> bytes:
    """Small assertions."""
    return signed(*numbered("com.example", b"\xa0", count))


def long_labels(count: int) -> bytes:
    """Assertions with labels as long as is permitted, of characters that JSON escapes."""
    return signed(*(build.cbor("é" * 120 + f"{number:08}", b"\xa0") for number in range(count)))


def missing(count: int) -> bytes:
    """References to assertions that are not there, with long names."""

    def edit(fields: Fields) -> None:
        references = fields["created_assertions"]
        assert isinstance(references, list)
        name = "self#jumbf=c2pa.assertions/" + "\u0001" * 900
        references += [{"url": f"{name}{n}", "hash": bytes(32)} for n in range(count)]

    return build.signed(Recipe(edit=edit))


def redactions(count: int) -> bytes:
    """Redactions of assertions that are not there."""
    gone = [build.url(build.label(9), "c2pa.assertions", f"x__{n}") for n in range(count)]
    return build.signed(Recipe(claim={"redacted_assertions": gone}))


def ingredients(count: int) -> bytes:
    """Ingredients that share one manifest with many assertions."""
    before = Recipe(assertions=(build.actions(), *numbered("com.example", b"\xa0", 100))).build()
    shared = build.ingredient(before, "componentOf")
    content = next(jumbf.parse(shared.box).contents).content
    again = numbered("c2pa.ingredient.v3", content, count)
    return build.signed(Recipe(number=2, assertions=(build.actions(), *again)), before)


def old_ingredients(count: int) -> bytes:
    """Ingredients of C2PA 1.2 that are compared with the hash of one large claim."""
    large = {"claim_generator_hints": {"x": bytes(1_000_000)}}
    before = Recipe(version=1, claim=large).build()
    fields = {"relationship": "componentOf", "dc:title": "x", "dc:format": "x", "instanceID": "x"}
    reference = {"url": build.url(build.label(1)), "alg": "sha256", "hash": bytes(32)}
    content = cbor2.dumps({**fields, "c2pa_manifest": reference})
    again = numbered("c2pa.ingredient", content, count)
    return build.signed(Recipe(number=2, version=1, assertions=again), before)


def chain(count: int) -> bytes:
    """A chain of manifests, the last of which has many ingredients."""
    manifests = [Recipe().build()]
    for number in range(2, 900):
        parent = build.ingredient(manifests[-1], "componentOf")
        recipe = Recipe(number=number, assertions=(build.actions(), parent), seal=lambda _: b"\0")
        manifests.append(recipe.build())
    shared = build.ingredient(manifests[-1], "componentOf")
    content = next(jumbf.parse(shared.box).contents).content
    again = numbered("c2pa.ingredient.v3", content, count)
    manifests.append(Recipe(number=900, assertions=(build.actions(), *again)).build())
    return in_store(*manifests)


def all_to_all(count: int) -> bytes:
    """Manifests, each of which has all before it as ingredients."""
    manifests: list[bytes] = []
    for number in range(count):
        parents = [
            build.ingredient(item, "componentOf", label=f"c2pa.ingredient.v3__{place}")
            for place, item in enumerate(manifests, 1)
        ]
        listed = (build.actions(), *parents)
        manifests.append(Recipe(number=number, assertions=listed).build())
    return in_store(*manifests)


def one_box(count: int) -> bytes:
    """Actions that refer to one large assertion."""
    large = build.cbor("com.example", cbor2.dumps(bytes(2_000_000)))
    many = {"parameters": {"ingredients": [large.reference] * count}}
    return signed(large, build.actions({"action": "c2pa.edited", **many}, label="c2pa.actions__1"))


def nested_boxes(count: int) -> bytes:
    """References to boxes in boxes around a large one, with every algorithm."""
    boxes = jumbf.superbox(CBOR, "x", [jumbf.box(b"cbor", cbor2.dumps(bytes(count)))])
    path = ["x"]
    for _ in range(25):
        boxes = jumbf.superbox(CBOR, "x", [boxes])
        path.append("x")
    listed: list[Fields] = [
        {
            "action": "c2pa.edited",
            "parameters": {
                "ingredients": [
                    {"url": build.url(build.label(1), *path[:n]), "alg": alg, "hash": bytes(32)}
                ]
            },
        }
        for n in range(1, len(path) + 1)
        for alg in ("sha256", "sha384", "sha512")
    ]
    recipe = Recipe(
        assertions=(build.actions(build.CREATED, *listed),),
        boxes=lambda found: [*found.values(), boxes],
    )
    return build.signed(recipe)


def small_boxes(count: int) -> bytes:
    """Boxes without content in a manifest."""
    boxes = jumbf.box(b"free", b"") * count
    return build.signed(Recipe(boxes=lambda found: [*found.values(), boxes]))


def many_stores(count: int) -> bytes:
    """Stores behind one another, full of boxes."""
    filler = jumbf.superbox(jumbf.type_uuid("c2pa"), "c2pa", [jumbf.box(b"free", b"") * 100_000])
    return build.embed(build.store(Recipe().build()) + filler * count)


def endless_labels(count: int) -> bytes:
    """Labels that do not end before the store does."""
    box = jumbf.superbox(CBOR, "", [])
    return build.embed(build.store(Recipe().build(), box.replace(b"\0\0\0\0\x1a", b"") * count))


def bombs(count: int) -> bytes:
    """Compressed manifests that each hold 30 MB of zeros."""
    manifest = Recipe(assertions=(build.actions(), build.cbor("x", cbor2.dumps(bytes(30 << 20)))))
    whole = manifest.build()
    name = build.label(1).encode()
    return in_store(
        *(compressed(whole.replace(name, build.label(n).encode())) for n in range(2, count + 2))
    )


def certificates(count: int) -> bytes:
    """Chains of certificates, in many manifests."""
    seal = Seal(chain=(pki.signer(), *[pki.intermediate()] * 31))
    return in_store(*(Recipe(number=n, seal=seal).build() for n in range(count)))


def manifests(count: int) -> bytes:
    """Manifests that the active one has as ingredients, all signed."""
    before = [Recipe(number=number).build() for number in range(1, count)]
    listed = [
        build.ingredient(item, "componentOf", label=f"c2pa.ingredient.v3__{number}")
        for number, item in enumerate(before, 1)
    ]
    return build.signed(Recipe(number=count, assertions=(build.actions(), *listed)), *before)


def responses(count: int) -> bytes:
    """Revocation information that is looked at for every signature."""
    junk: dict[object, object] = {"rVals": {"ocspVals": [b"\x30\x80" + bytes(200)] * count}}
    return build.signed(Recipe(seal=Seal(unprotected=lambda *_: junk)))


def evidence(count: int) -> bytes:
    """Manifests, and revocation information that is looked at for each of them."""
    before = [Recipe(number=number).build() for number in range(1, count)]
    listed = [
        build.ingredient(item, "componentOf", label=f"c2pa.ingredient.v3__{number}")
        for number, item in enumerate(before, 1)
    ]
    status = build.cbor("c2pa.certificate-status", {"ocspVals": [bytes(100_000)] * 30})
    recipe = Recipe(number=count, assertions=(build.actions(), *listed, status))
    return build.signed(recipe, *before)


def time_stamps(count: int) -> bytes:
    """Time stamps for one signature."""
    stamps = [
        build.cbor(f"c2pa.time-stamp__{n}", {build.label(1): b"\x30\x80" + bytes(10_000)})
        for n in range(1, count + 1)
    ]
    return signed(*stamps)


def soft_bindings(count: int) -> bytes:
    """A soft binding with many blocks and a long algorithm."""
    blocks = [{"scope": {"extent": "x"}, "value": "y" * 20}] * count
    return signed(build.cbor("c2pa.soft-binding", {"alg": "x" * 100_000, "blocks": blocks}))


def linked_resources(count: int) -> bytes:
    """Statuses that repeat long names."""
    entries = [{"uri": "../" + "é" * 5_000, "hash": bytes(32)}] * count
    fields = {"resources": {"relative": entries}, "alg": "sha256"}
    return signed(build.cbor("c2pa.linked-resource-integrity", fields))


def exclusions(count: int) -> bytes:
    """A hard binding with many ranges."""

    def binding(data: bytes) -> Fields:
        ranges = [{"start": n, "length": 1} for n in range(count)]
        return {"hash": bytes(32), "alg": "sha256", "exclusions": ranges}

    found = build.cbor("c2pa.hash.data", binding(b""))
    return build.embed(
        build.store(Recipe(binding=None, assertions=(build.actions(), found)).build())
    )


def actions(count: int) -> bytes:
    """Many actions in many assertions."""
    listed = [
        build.actions(*[EDITED] * 50, label=f"c2pa.actions.v2__{n}") for n in range(1, count // 50)
    ]
    return signed(*listed)


def source_types(count: int) -> bytes:
    """Actions with many different source types."""
    listed: list[Fields] = [
        {"action": "c2pa.edited", "digitalSourceType": f"https://example.com/{n:0100}"}
        for n in range(count)
    ]
    return signed(build.actions(build.CREATED, *listed, label="c2pa.actions.v2__1"))


def title(count: int) -> bytes:
    """A title of megabytes."""
    return build.signed(Recipe(claim={"dc:title": "\U0001f600" * count}))


def generator(count: int) -> bytes:
    """A generator of megabytes, a model, a prompt."""
    info = {"name": "\u202e" * count, "version": "é" * count}
    model = build.cbor("c2pa.ai-disclosure", {"modelType": "x" * count, "modelName": "y" * count})
    return signed(model, claim={"claim_generator_info": info})


def xmp(inside: bytes) -> bytes:
    """A picture with an XMP packet."""
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/'
        b'22-rdf-syntax-ns#">' + inside + b"</rdf:RDF></x:xmpmeta>"
    )
    chunk = samples.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)
    data = samples.png()
    return data[:33] + chunk + data[33:]


def descriptions(count: int) -> bytes:
    """XMP with many descriptions."""
    return xmp(b'<rdf:Description rdf:about=""/>' * count)


def attributes(count: int) -> bytes:
    """XMP with one element of many attributes."""
    listed = b" ".join(b'a%d="1"' % number for number in range(count))
    return xmp(b"<rdf:Description %b/>" % listed)


def namespaces(count: int) -> bytes:
    """XMP with many prefixes, in each of many elements."""
    declared = b" ".join(b'xmlns:a%d="urn:x"' % number for number in range(100))
    return xmp(b"<rdf:Description %b/>" % declared * (count // 100))


def properties(count: int) -> bytes:
    """XMP that says the same property many times."""
    space = b'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    item = b"<e:AISystemUsed>x</e:AISystemUsed>" * 10
    return xmp(b"<rdf:Description %b>%b</rdf:Description>" % (space, item) * (count // 10))


def texts(count: int) -> bytes:
    """Pictures with many compressed texts."""
    chunk = samples.png_chunk(b"zTXt", b"parameters\0\0" + zlib.compress(bytes(1 << 20)))
    data = samples.png()
    return data[:33] + chunk * count + data[33:]


def pdf_table(count: int) -> bytes:
    """A PDF file with many objects."""
    data = samples.FAMILIES["PDF"].samples[0].data()
    table = b"0 %d\n" % count + b"0000000009 00000 n \n" * count
    start = data.rindex(b"startxref") + 10
    old = data[start:].split()[0]
    added = b"\nxref\n%btrailer\n<</Size %d/Root 1 0 R/Prev %b>>\nstartxref\n%d\n%%%%EOF\n"
    return data + added % (table, count, old, len(data) + 1)


def pdf_attachments(count: int) -> bytes:
    """A PDF file with many associated files."""
    data = samples.FAMILIES["PDF"].samples[0].data()
    return data.replace(b"/Type /Catalog", b"/Type /Catalog /AF [" + b"5 0 R " * count + b"]")


#: Builder → how large a file is made with it.
SIZES: Final[dict[Callable[[int], bytes], int]] = {
    lists: 10_000_000,
    maps: 3_000_000,
    undecodable: 10_000_000,
    json_lists: 20_000_000,
    json_names: 1_000_000,
    json_numbers: 3_000,
    endless: 1_000_000,
    deep: 100_000,
    assertions: 60_000,
    long_labels: 50_000,
    missing: 50_000,
    redactions: 200_000,
    ingredients: 20_000,
    old_ingredients: 20_000,
    chain: 20_000,
    all_to_all: 120,
    one_box: 200_000,
    nested_boxes: 40_000_000,
    small_boxes: 2_000_000,
    many_stores: 80,
    bombs: 500,
    certificates: 900,
    manifests: 900,
    responses: 20_000,
    evidence: 500,
    time_stamps: 2_000,
    soft_bindings: 200_000,
    linked_resources: 5_000,
    exclusions: 200_000,
    actions: 200_000,
    source_types: 50_000,
    title: 5_000_000,
    generator: 5_000_000,
    descriptions: 350_000,
    attributes: 500_000,
    namespaces: 500_000,
    properties: 300_000,
    texts: 20_000,
    pdf_table: 1_000_000,
    pdf_attachments: 500_000,
}
