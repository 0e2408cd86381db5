"""Verdicts on the same files: state and failure codes equal those of the reference.

DIFFERENCES is the one list of where they do not, with the clause that decides.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from PIL import Image

import aidisclose as ad
from aidisclose.signing.credentials import CHAIN, KEY, ROOT, Credentials
from aidisclose.validate.verify import read_unverified
from tests.interop import reference
from tests.interop.reference import CREATED, definition
from tests.issuing import Issued
from tests.manifest import build
from tests.manifest.build import Recipe
from tests.trust.pki import Entity

Action = dict[str, Any]

OPENED = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
PLACED = {"action": "c2pa.placed", "parameters": {"ingredientIds": ["part"]}}
NOTE = {"label": "com.example.note", "data": {"private": "data"}}


@functools.cache
def picture(form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, form)
    return out.getvalue()


def parent(data: bytes) -> tuple[dict[str, Any], bytes]:
    return {"title": "parent", "relationship": "parentOf", "label": "parent"}, data


def part(data: bytes) -> tuple[dict[str, Any], bytes]:
    return {"title": "part", "relationship": "componentOf", "label": "part"}, data


@functools.cache
def generation(made: Credentials, number: int, form: str = "PNG") -> bytes:
    """A file that descends from `number` - 1 others in a line, each with a further component."""
    media_type = f"image/{form.lower()}"
    if number == 1:
        manifest = definition(CREATED)
        return reference.sign(picture(form), made, manifest, media_type=media_type)
    before = generation(made, number - 1, form)
    first = generation(made, 1, form)
    return reference.sign(
        before,
        made,
        definition(OPENED, PLACED),
        media_type=media_type,
        ingredients=(parent(before), part(first)),
    )


def updated(made: Credentials) -> bytes:
    return reference.sign(generation(made, 2), made, definition(), update=True)


def updated_twice(made: Credentials) -> bytes:
    edit = definition({"action": "c2pa.edited.metadata"})
    return reference.sign(updated(made), made, edit, update=True)


@functools.cache
def with_note(made: Credentials) -> tuple[bytes, str]:
    manifest = definition(CREATED)
    manifest["assertions"].append(NOTE)
    data = reference.sign(picture(), made, manifest)
    label = reference.read(data, made)["active_manifest"]
    return data, f"self#jumbf=/c2pa/{label}/c2pa.assertions/{NOTE['label']}"


def redaction(url: str, *before: Action) -> dict[str, Any]:
    action = {
        "action": "c2pa.redacted",
        "reason": "c2pa.PII.present",
        "parameters": {"redacted": url},
    }
    return definition(*before, action, redactions=[url])


def redacted(made: Credentials) -> bytes:
    data, url = with_note(made)
    return reference.sign(data, made, redaction(url, OPENED), ingredients=(parent(data),))


def redacted_in_update(made: Credentials) -> bytes:
    data, url = with_note(made)
    return reference.sign(data, made, redaction(url), update=True)


def compressed(made: Credentials) -> bytes:
    before = generation(made, 2)
    settings = {"core": {"prefer_compress_manifests": True}}
    manifest = definition(OPENED)
    return reference.sign(before, made, manifest, ingredients=(parent(before),), settings=settings)


def flipped(data: bytes, offset: int) -> bytes:
    changed = bytearray(data)
    changed[offset] ^= 1
    return bytes(changed)


def altered_content(made: Credentials) -> bytes:
    return flipped(generation(made, 3), -20)


def altered_assertion(made: Credentials) -> bytes:
    data = generation(made, 3, "JPEG")  # where no checksum tells of it first
    return flipped(data, data.rindex(b"c2pa.placed") + 6)


def altered_claim(made: Credentials) -> bytes:
    data = generation(made, 3, "JPEG")
    return flipped(data, data.rindex(b"instanceID") + 30)


def ours(*actions: Action, beside: build.Assertion | None = None) -> Callable[[Credentials], bytes]:
    """A file with just that in it; neither signer signs what it finds invalid."""

    def make(made: Credentials) -> bytes:
        listed = [build.actions(*(actions or (CREATED,))), *([beside] if beside else [])]
        return build.signed(Recipe(assertions=listed, seal=seal(made)))

    return make


def seal(made: Credentials) -> Callable[[bytes], bytes]:
    """Signs with these credentials."""
    key = load_pem_private_key((made.folder / KEY).read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    chain = x509.load_pem_x509_certificates((made.folder / CHAIN).read_bytes())
    entities = [Entity(certificate, key) for certificate in chain]
    return build.Seal(signer=entities[0], chain=entities)


def removed(made: Credentials) -> bytes:
    removal = {"action": "c2pa.removed", "parameters": {"ingredientIds": ["part"]}}
    first = generation(made, 1)
    return reference.sign(picture(), made, definition(CREATED, removal), ingredients=(part(first),))


PERIOD = {"whenStart": "2026-01-02T00:00:00Z", "whenEnd": "2026-01-01T00:00:00Z"}

SAME: dict[str, Callable[[Credentials], bytes]] = {
    **{
        f"{form} of generation {number}": functools.partial(generation, number=number, form=form)
        for form in ("PNG", "JPEG", "WEBP", "GIF", "TIFF")
        for number in ((1, 2, 3, 4, 5) if form == "PNG" else (1, 3))
    },
    "updated": updated,
    "updated twice": updated_twice,
    "redacted": redacted,
    "redacted in an update": redacted_in_update,
    "compressed": compressed,
    "altered content": altered_content,
    "altered assertion": altered_assertion,
    "altered claim": altered_claim,
    "edited first": ours({"action": "c2pa.edited"}),
    "created twice": ours(CREATED, CREATED),
    "placed nothing": ours(CREATED, {"action": "c2pa.placed"}),
    "translated": ours(CREATED, {"action": "c2pa.translated"}),
    "watermarked": ours(CREATED, {"action": "c2pa.watermarked"}),
    "related to nothing": ours(
        CREATED, {"action": "c2pa.edited", "parameters": {"relatedAssertions": []}}
    ),
    "cloud data": ours(beside=build.cbor("c2pa.cloud-data", {"size": 3})),
    "external reference": ours(beside=build.cbor("c2pa.external-reference", {})),
    "metadata": ours(
        beside=build.json("c2pa.metadata", b'{"@context": {"x": "http://x.org/"}, "x:y": 1}')
    ),
}

#: What is in the file → how it is made, our failure codes, the reference's, and the clause of
#: C2PA 2.5 that is followed here. One more is in the vectors: where an ingredient assertion does
#: not match its hash, the reference follows it to a manifest that is missing, while §14.11.3.3 (6)
#: skips it.
DIFFERENCES: dict[str, tuple[Callable[[Credentials], bytes], set[str], set[str], str]] = {
    "c2pa.removed of an ingredient of its own": (
        removed,
        {"assertion.action.ingredientMismatch"},
        set(),
        "§14.10.4.2.4 (2.4.4.4): what was removed is an ingredient of another manifest",
    ),
    "c2pa.created without digitalSourceType": (
        ours({"action": "c2pa.created"}),
        set(),
        {"assertion.action.malformed"},
        "§14.10.4.2.4 has no such rule for validators; §16.4.1 has it for generators",
    ),
    "a period that ends before it starts": (
        ours(CREATED, {"action": "c2pa.edited", **PERIOD}),
        {"assertion.action.malformed"},
        set(),
        "§14.10.4.2.4 (2.2), new in 2.5",
    ),
    "a soft binding without algorithm": (
        ours(beside=build.cbor("c2pa.soft-binding", {"blocks": []})),
        {"algorithm.unsupported"},
        set(),
        "§14.4, and the CDDL of soft bindings (2.2 §18.10): there is no default",
    ),
    "a hard binding in the cloud": (
        ours(
            beside=build.cbor(
                "c2pa.cloud-data",
                {"label": "c2pa.hash.data", "size": 3, "location": {"url": "https://x.org"}},
            )
        ),
        {"assertion.cloud-data.hardBinding"},
        {"assertion.cloud-data.malformed"},
        "§14.10.4.2.1 (1) asks for the location, not for its hash, which (5) asks for",
    ),
    "a time-stamp assertion without time stamps": (
        ours(beside=build.cbor("c2pa.time-stamp", {})),
        {"assertion.timestamp.malformed"},
        set(),
        "§14.10.4.2.7",
    ),
}


def judge(data: bytes, made: Credentials) -> tuple[str, set[str]]:
    """Our state and failure codes."""
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    report = ad.verify(data, trust=trust)
    return report.state.value, {status.code for status in report.failures}


def judge_by_reference(data: bytes, made: Credentials) -> tuple[str, set[str]]:
    """Its state and failure codes."""
    media_type = ad.verify(data, trust=ad.TrustConfig.none()).media_type
    found = reference.read(data, made, media_type)
    results = found["validation_results"]
    groups = [results["activeManifest"]["failure"]]
    groups += [item["validationDeltas"]["failure"] for item in results.get("ingredientDeltas", [])]
    return found["validation_state"].lower(), {item["code"] for group in groups for item in group}


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_the_verdict_is_that_of_the_reference(
    make: Callable[[Credentials], bytes], issued: Issued
) -> None:
    made = issued("es256")
    data = make(made)
    assert judge(data, made) == judge_by_reference(data, made)


@pytest.mark.parametrize(
    ("make", "codes", "theirs", "clause"), DIFFERENCES.values(), ids=DIFFERENCES
)
def test_differences_are_those_of_the_list(
    make: Callable[[Credentials], bytes],
    codes: set[str],
    theirs: set[str],
    clause: str,
    issued: Issued,
) -> None:
    made = issued("es256")
    data = make(made)
    assert judge(data, made)[1] == codes
    assert judge_by_reference(data, made)[1] == theirs
    assert "§" in clause


def test_the_files_are_what_they_are_called(issued: Issued) -> None:
    made = issued("es256")
    store = read_unverified(compressed(made))
    assert store is not None
    assert store.active.is_compressed
    for number in (1, 5):
        lineage = read_unverified(generation(made, number))
        assert lineage is not None
        assert len(lineage.manifests) == number
    assert judge(altered_content(made), made)[0] == "invalid"
    assert judge(altered_assertion(made), made)[0] == "invalid"
