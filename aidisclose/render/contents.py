"""A manifest store in full, for programs."""

from __future__ import annotations

from collections.abc import Iterator

from aidisclose.errors import Malformed, Unreadable
from aidisclose.manifest.store import Assertion, Manifest
from aidisclose.render import json
from aidisclose.render.data import Converter
from aidisclose.render.renderer import Result, Run
from aidisclose.trust import certificate as certificates
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.transcript import grouped, moment


def render(result: Result, run: Run) -> str:
    """The document: the result as `verify` has it, and every manifest with all it contains.

    Of data beyond `limits.SHOWN` bytes, it has "…" or nothing, and says `"cut": true`.
    """
    report, data = result.report, Converter()
    document = json.head(run.time) | {
        "result": json.describe(result),
        "manifests": [] if report is None else list(_manifests(report, data)),
        "cut": data.is_cut,
    }
    return json.encode(document, indent=2) + "\n"


def _manifests(report: Report, data: Converter) -> Iterator[dict[str, object]]:
    if report.store is None or report.validation is None:
        return
    for manifest in report.store.manifests.values():
        found = report.validation.manifests.get(manifest.label)
        yield {
            "label": manifest.label,
            "active": manifest is report.store.active,
            "kind": manifest.kind.name.lower(),
            "claim": _claim(manifest, data),
            "signature": _signature(report.validation.signatures.get(manifest.label), data),
            "assertions": _assertions(manifest, data),
            "statuses": grouped(found) if found else None,
        }


def _claim(manifest: Manifest, data: Converter) -> object:
    try:
        return {"version": manifest.claim.version, "fields": data.convert(manifest.claim.fields)}
    except Unreadable as error:
        return {"error": str(error)}


def _signature(signature: Signature | None, data: Converter) -> object:
    if signature is None:
        return None
    stamp = signature.timestamp
    return {
        "algorithm": signature.algorithm,
        "anchor": signature.anchor,
        "certificates": [
            data.convert(_certificate(item)) for item in data.while_room(signature.chain)
        ],
        "timestamp": stamp
        and {
            "time": moment(stamp.time),
            "authority": data.convert(stamp.authority),
            "trusted": stamp.is_trusted,
        },
    }


def _certificate(der: bytes) -> dict[str, object]:
    try:
        certificate = certificates.load(der)
    except Unreadable as error:
        return {"error": str(error)}
    return {
        "subject": certificates.format_name(certificate.subject),
        "issuer": certificates.format_name(certificate.issuer),
        "serial": str(certificate.serial),
        "not_before": moment(certificate.not_before),
        "not_after": moment(certificate.not_after),
        "sha256": certificate.sha256.hex(),
    }


def _assertions(manifest: Manifest, data: Converter) -> object:
    try:
        return [_assertion(item, data) for item in data.while_room(manifest.assertions.values())]
    except Unreadable as error:
        return [{"error": str(error)}]


def _assertion(assertion: Assertion, data: Converter) -> dict[str, object]:
    found = {"label": data.convert(assertion.label), "url": data.convert(assertion.url)}
    try:
        return {**found, "data": data.convert(assertion.data)}
    except Malformed as error:
        return {**found, "error": data.convert(str(error))}
