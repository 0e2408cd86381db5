"""Content Credentials JSON (crJSON 2.5): everything in a manifest store, and what it is worth.

One document a file. What its schema has no place for stands under `extras:` names: the name of
the file, and why a store could not be read.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Final

import cbor2

from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest import uri
from aidisclose.manifest.store import Assertion, EmbeddedFile, Kind, Manifest
from aidisclose.render import words
from aidisclose.render.json import encode
from aidisclose.render.renderer import Renderer, Result, Run, nothing
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.status import Results
from aidisclose.version import VERSION

#: The version of the specification that is validated against.
_SPEC: Final = "2.5.0"
_CONTEXT: Final = {
    "@vocab": "https://c2pa.org/crjson",
    "extras": "https://c2pa.org/crjson/extras",
}
#: Lists that a document has even where the claim leaves them out.
_ALWAYS: Final = ("gathered_assertions", "redacted_assertions")
#: Nested JSON of an assertion: CBOR is capped when it is decoded, JSON by Python's own stack.
_DEPTH: Final = 100
_ALGORITHMS: Final = {"ed25519": "Ed25519", None: "Unknown"}


def document(report: Report, *, file: str = "") -> dict[str, object]:
    """The crJSON document of one file; its manifests are empty if it has no readable store."""
    found: dict[str, object] = {
        "@context": _CONTEXT,
        "manifests": [] if report.store is None else _manifests(report),
        "jsonGenerator": {"name": "aidisclose", "version": VERSION},
    }
    if file:
        found["extras:file"] = file
    if report.store is None and report.statuses.failure:
        found["extras:validationResults"] = report.statuses.encode()
    return found


def _manifests(report: Report) -> list[dict[str, object]]:
    store, validation = report.store, report.validation
    assert store is not None and validation is not None  # noqa: PT018, S101 - a store is validated
    deltas: dict[str | None, list[dict[str, object]]] = {}
    for delta in validation.deltas:
        target = uri.parse(delta.url)
        entry: dict[str, object] = {
            "ingredientAssertionURI": delta.url,
            "validationDeltas": delta.results.encode(),
        }
        deltas.setdefault(target.manifest if target else None, []).append(entry)
    # Those that the active manifest descends from, itself first. The order of the store, and what
    # else is in it, is under no hash: anybody could change the document without the state.
    listed = [(name, store.manifests[name]) for name in validation.manifests]
    return [
        {
            "label": name,
            "isUpdateManifest": manifest.kind is Kind.UPDATE,
            "isCompressedManifest": manifest.is_compressed,
            "assertions": _assertions(manifest),
            **_claim(manifest),
            "signature": _signature(validation.signatures.get(name)),
            "validationResults": {
                **validation.manifests.get(name, Results()).encode(),
                "specVersion": _SPEC,
                "validationTime": words.moment(report.time),
            },
            **({"ingredientDeltas": deltas[name]} if name in deltas else {}),
        }
        for name, manifest in listed
    ]


def _assertions(manifest: Manifest) -> dict[str, object]:
    try:
        assertions = manifest.assertions
    except (Malformed, LimitExceeded):
        return {}
    found = {label: _assertion(manifest, item) for label, item in assertions.items()}
    # What was redacted is listed all the same.
    return {label: {} for label in _claimed(manifest) if label not in found} | found


def _assertion(manifest: Manifest, assertion: Assertion) -> object:
    """What an assertion says; an empty object if that has no form in JSON."""
    try:
        data = assertion.data
    except Malformed:
        return {}
    if isinstance(data, EmbeddedFile):
        digest = _claimed(manifest).get(assertion.label)
        described = {"format": data.media_type, "identifier": assertion.url}
        return described | ({} if digest is None else {"hash": _convert(digest)})
    return {} if isinstance(data, bytes) else _convert(data)


def _claimed(manifest: Manifest) -> dict[str, bytes]:
    """Label and hash of each assertion that the claim lists."""
    try:
        references = manifest.claim.assertions
    except Malformed:
        return {}
    found = ((uri.parse(item.url), item.hash) for item in references)
    return {target.path[-1]: digest for target, digest in found if target and target.path}


def _claim(manifest: Manifest) -> dict[str, object]:
    try:
        claim = manifest.claim
    except Malformed:
        return {"claim.v2": {}}
    if claim.version == 1:
        return {"claim": _convert(claim.fields)}
    fields = claim.fields | {name: claim.fields.get(name, []) for name in _ALWAYS}
    return {"claim.v2": _convert(fields)}


def _convert(value: object, depth: int = 0) -> object:
    """CBOR or JSON data as crJSON has it; what has no form in JSON, or lies too deep, is null."""
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {str(key): _convert(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_convert(item, depth + 1) for item in value]
    if isinstance(value, bytes):
        return f"b64'{base64.b64encode(value).decode()}'"
    if isinstance(value, cbor2.CBORTag):
        return _convert(value.value, depth + 1)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) else None


def _signature(signature: Signature | None) -> dict[str, object]:
    if signature is None or signature.signer is None:
        return {}
    name = signature.algorithm
    described: dict[str, object] = {
        "algorithm": _ALGORITHMS.get(name, (name or "").upper()),
        "certificateInfo": _certificate(signature.signer),
    }
    stamp = signature.timestamp
    if stamp is not None and stamp.certificate is not None:
        described["timeStampInfo"] = {
            "timestamp": words.moment(stamp.time),
            "certificateInfo": _certificate(stamp.certificate),
        }
    return described


def _certificate(certificate: Certificate) -> dict[str, object]:
    return {
        "serialNumber": f"{certificate.serial:x}",
        "issuer": certificates.attributes(certificate.issuer),
        "subject": certificates.attributes(certificate.subject),
        "validity": {
            "notBefore": words.moment(certificate.not_before),
            "notAfter": words.moment(certificate.not_after),
        },
    }


def render(result: Result, run: Run) -> str:  # noqa: ARG001 - what every renderer is given
    """The document of one file; nothing if it could not be read."""
    if result.report is None:
        return ""
    return encode(document(result.report, file=result.file), indent=2) + "\n"


def _end(_counts: Mapping[str, int], _run: Run) -> str:
    return ""


RENDERER: Final = Renderer(begin=nothing, result=render, end=_end)
