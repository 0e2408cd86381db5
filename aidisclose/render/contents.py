"""A manifest store in full, for programs."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from typing import Final

from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.manifest.store import Assertion, EmbeddedFile, Manifest
from aidisclose.render import json, words
from aidisclose.render.renderer import Result, Run
from aidisclose.trust import certificate as certificates
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature

#: Nested JSON of an assertion: CBOR is capped when it is decoded, JSON by Python's own stack.
_DEPTH: Final = 100


def render(result: Result, run: Run) -> str:
    """The document: the result as `verify` has it, and every manifest with all it contains."""
    report = result.report
    document = json.head(run.time) | {
        "result": json.describe(result),
        "manifests": [] if report is None else list(_manifests(report)),
    }
    return json.encode(document, indent=2) + "\n"


def _manifests(report: Report) -> Iterator[dict[str, object]]:
    if report.store is None or report.validation is None:
        return
    for manifest in report.store.manifests.values():
        found = report.validation.manifests.get(manifest.label)
        yield {
            "label": manifest.label,
            "active": manifest is report.store.active,
            "kind": manifest.kind.name.lower(),
            "claim": _claim(manifest),
            "signature": _signature(report.validation.signatures.get(manifest.label)),
            "assertions": _assertions(manifest),
            "statuses": json.grouped(found) if found else None,
        }


def _claim(manifest: Manifest) -> object:
    try:
        return {"version": manifest.claim.version, "fields": plain(manifest.claim.fields)}
    except (Malformed, LimitExceeded) as error:
        return {"error": str(error)}


def _signature(signature: Signature | None) -> object:
    if signature is None:
        return None
    stamp = signature.timestamp
    return {
        "algorithm": signature.algorithm,
        "anchor": signature.anchor,
        "certificates": [_certificate(item) for item in signature.chain],
        "timestamp": stamp
        and {
            "time": words.moment(stamp.time),
            "authority": stamp.authority,
            "trusted": stamp.is_trusted,
        },
    }


def _certificate(der: bytes) -> dict[str, object]:
    try:
        certificate = certificates.load(der)
    except (Malformed, LimitExceeded) as error:
        return {"error": str(error)}
    return {
        "subject": certificates.format_name(certificate.subject),
        "issuer": certificates.format_name(certificate.issuer),
        "serial": str(certificate.serial),
        "not_before": words.moment(certificate.not_before),
        "not_after": words.moment(certificate.not_after),
        "sha256": certificate.sha256.hex(),
    }


def _assertions(manifest: Manifest) -> object:
    try:
        return [_assertion(item) for item in manifest.assertions.values()]
    except (Malformed, LimitExceeded) as error:
        return [{"error": str(error)}]


def _assertion(assertion: Assertion) -> dict[str, object]:
    try:
        return {"label": assertion.label, "url": assertion.url, "data": plain(assertion.data)}
    except (Malformed, LimitExceeded) as error:
        return {"label": assertion.label, "url": assertion.url, "error": str(error)}


def plain(value: object, depth: int = 0) -> object:
    """Decoded CBOR or JSON as what JSON can hold: bytes as base64, tags and odd numbers named."""
    if depth > _DEPTH:
        return "…"
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, EmbeddedFile):
        fields = {"media_type": value.media_type, "name": value.name}
        return {**fields, "size": len(value.content)}
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "tag") and hasattr(value, "value"):
        return {"tag": value.tag, "value": plain(value.value, depth + 1)}
    return str(value)
