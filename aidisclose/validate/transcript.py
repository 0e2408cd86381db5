"""A report as plain data: one element of `results` of docs/report.schema.json (schema 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aidisclose.trust.certificate import format_name
from aidisclose.validate import provenance, reason
from aidisclose.validate.signature import Signature
from aidisclose.validate.state import Trust
from aidisclose.validate.status import Results, Status

if TYPE_CHECKING:
    from aidisclose.trust.anchors import Voucher
    from aidisclose.trust.products import Product
    from aidisclose.validate.identity import Identity
    from aidisclose.validate.report import Report

#: Ranges that are listed; a hostile manifest may exclude thousands.
_RANGES: Final = 100
#: Characters of a name that are written; a certificate has up to a MiB of them.
_LENGTH: Final = 2_000
#: Nested maps and lists of a record that are written; ours has three.
_DEPTH: Final = 5
#: Whole numbers from here on are not exact in all programs that read JSON.
_EXACT: Final = 2**53


def moment(time: datetime) -> str:
    """A time in RFC 3339, in UTC and whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def describe(report: Report) -> dict[str, object]:
    """The report as maps, lists, text and numbers; every key is always there."""
    store = report.store
    deltas = report.validation.deltas if report.validation else ()
    return {
        "media_type": report.media_type,
        "size": report.size,
        "sha256": report.sha256,
        "state": report.state.value,
        "integrity": report.integrity.value,
        "covered": _covered(report),
        "trust": _trust(report),
        "identities": identities(report),
        "disclosure": _disclosure(report),
        "manifests": len(store.manifests) if store else 0,
        "active_manifest": store.active.label if store else None,
        **provenance.describe(report),
        "marks": provenance.marks(report),
        "reason": reason.reason(report),
        "hint": reason.hint(report),
        "statuses": grouped(report.statuses),
        "ingredients": [{"url": delta.url, "statuses": grouped(delta.results)} for delta in deltas],
        "missing": [each.value for each in report.missing],
        "watermarks": [
            {"alg": each.alg, "presence": each.presence.value, "reason": each.reason or None}
            for each in report.watermarks
        ],
        "notices": [
            {
                "type": _text(each.fields.get("type")),
                "text": _text(each.fields.get("text")),
                "presence": each.presence.value,
                "reason": each.reason or None,
            }
            for each in report.notices
        ],
    }


def _text(value: object) -> str | None:
    """A text of a record, whose types nobody checked."""
    return value if isinstance(value, str) else None


def _covered(report: Report) -> dict[str, object] | None:
    """The part of the file that a matching hash covers; None if none matches."""
    content = report.covered
    if content is None:
        return None
    outside = [[part.start, part.end] for part in content.outside[:_RANGES]]
    return {"share": round(content.share, 6), "outside": outside}


def _trust(report: Report) -> dict[str, object]:
    stamp = report.signature.timestamp if report.signature else None
    status = "none" if stamp is None else "trusted" if stamp.is_trusted else "untrusted"
    signature = report.signature
    claimed = signature.claimed_time if signature else None
    is_trusted = report.trust is Trust.TRUSTED
    return {
        "status": report.trust.value,
        "test": report.is_test,
        "signer": _signer(signature),
        "anchor": _anchor(signature) if is_trusted else None,
        "list": _list(signature.voucher if signature and is_trusted else None),
        "product": _product(report.product),
        "timestamp": {
            "time": moment(stamp.time) if stamp else None,
            "status": status,
            "test": stamp is not None and stamp.is_test,
            "authority": stamp.authority if stamp else None,
            "list": _list(stamp.voucher if stamp else None),
        },
        "claimed_time": moment(claimed) if claimed else None,
    }


def _anchor(signature: Signature | None) -> dict[str, object] | None:
    """The certificate that vouches for the signer; None if they are trusted by name."""
    if signature is None or not signature.path:
        return None
    found = signature.path[-1]
    return {"common_name": found.common_name, "fingerprint": found.sha256.hex()}


def _list(voucher: Voucher | None) -> dict[str, object] | None:
    """The list of the user's by which somebody is trusted."""
    if voucher is None:
        return None
    reference = voucher.reference
    return {
        "name": voucher.name or None,
        "title": voucher.title,
        "interim": voucher.is_interim,
        "by_name": voucher.is_by_name,
        "uri": reference.uri if reference else None,
        "version": reference.identifier or None if reference else None,
    }


def _product(product: Product | None) -> dict[str, object] | None:
    if product is None:
        return None
    return {
        "record": product.record,
        "name": product.name,
        "organization": product.organization,
        "assurance_level": product.assurance_level,
        "disallowed_signals": sorted(product.disallowed),
        "conformant": product.is_conformant,
    }


def _signer(signature: Signature | None) -> dict[str, str | None] | None:
    certificate = signature.signer if signature else None
    if certificate is None:
        return None
    return {
        "common_name": certificate.common_name,
        "organization": certificate.organization,
        "issuer": certificate.issuer_name,
        "serial": str(certificate.serial),
        "not_after": moment(certificate.not_after),
        "subject": format_name(certificate.subject)[:_LENGTH],
        "not_before": moment(certificate.not_before),
        "fingerprint": certificate.sha256.hex(),
        "algorithm": signature.algorithm if signature else None,
    }


def identities(report: Report) -> list[dict[str, object]]:
    """The actors that identity assertions name."""
    return [_identity(each) for each in report.identities[:_RANGES]]


def _identity(found: Identity) -> dict[str, object]:
    return {
        "url": found.url,
        "standing": found.standing.value,
        "sig_type": found.sig_type,
        "roles": _shown(found.roles),
        "names": _shown(found.names),
        "verifier": found.verifier[:_LENGTH] or None,
        "verified": [
            {name: text[:_LENGTH] for name, text in each._asdict().items()}
            for each in found.identities[:_RANGES]
        ],
        "time": moment(found.time) if found.time else None,
        "references": _shown(found.references),
    }


def _shown(texts: Sequence[str]) -> list[str]:
    """As many texts, and as much of each, as are written: a hostile file may have a million."""
    return [text[:_LENGTH] for text in texts[:_RANGES]]


def _disclosure(report: Report) -> dict[str, object]:
    found = report.disclosure
    model = found.model
    return {
        "ai": found.ai.value,
        "digital_source_types": _shown(found.source_types),
        "model": {
            "name": model.name,
            "version": model.version,
            "identifier": model.identifier,
            "type": model.type,
            "oversight": model.oversight,
        },
        "carriers": list(found.carriers),
        "contradictions": _shown(found.contradictions),
        "unproven": found.unproven.value,
        "unread": _shown(found.unread),
        "doubted": _shown(found.doubted),
        "training": [each._asdict() for each in found.training[:_RANGES]],
        "record": _plain(report.record),
    }


def _plain(value: object, depth: int = 0) -> object:
    """A value as JSON can hold it; what is nested too deeply or no JSON is null."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth == _DEPTH:
        return None
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_RANGES]
        return {str(name): _plain(item, depth + 1) for name, item in pairs}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value[:_RANGES]]
    return None


def grouped(results: Results) -> dict[str, list[dict[str, str]]]:
    """Statuses by kind."""
    return {
        kind: [_status(item) for item in items]
        for kind, items in zip(results._fields, results, strict=True)
    }


def _status(status: Status) -> dict[str, str]:
    return {"code": status.code, "url": status.url, "explanation": status.explanation}
