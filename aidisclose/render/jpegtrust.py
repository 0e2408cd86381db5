"""The Trust Indicator Set of JPEG Trust (ISO/IEC 21617-1): what a file shows, for Trust Profiles.

The standard itself is not public. Followed is the schema that an editor of the standard publishes
for such documents (`https://jpeg.org/jpegtrust/indicators-schema.json`, in lrosenthol/crTool), and
what a reader that was proposed for c2pa-rs writes (contentauth/c2pa-rs, pull request 1748). Trust
Declarations, sizes of pictures and metadata of the file, which are optional there, are left out.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Final

import cbor2

from aidisclose.manifest import uri
from aidisclose.manifest.store import Manifest
from aidisclose.render import crjson
from aidisclose.render.data import Converter
from aidisclose.render.json import encode, no_end
from aidisclose.render.renderer import Renderer, Result, Run, nothing
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.state import State
from aidisclose.validate.status import Results, Status

_CONTEXT: Final = {
    "@vocab": "https://jpeg.org/jpegtrust",
    "extras": "https://jpeg.org/jpegtrust/extras",
}
_HASHES: Final = tuple(
    f"assertion.{name}."
    for name in ("dataHash", "boxesHash", "bmffHash", "collectionHash", "multiAssetHash")
)
_LINKED: Final = "assertion.hashedURI.match"
_REDACTED: Final = "redacted_assertions"


def document(report: Report, *, file: str = "") -> dict[str, object]:
    """The document of one file; its manifests are empty if it has no readable store.

    The hash of the file is in it if `verify` was asked for that. Of data beyond `limits.SHOWN`
    bytes, it has null or nothing, and says `"extras:cut": true`.
    """
    data = _Plain()
    found: dict[str, object] = {"@context": _CONTEXT}
    if report.sha256 is not None:
        digest = base64.b64encode(bytes.fromhex(report.sha256)).decode()
        found["asset_info"] = {"alg": "sha256", "hash": digest}
    found["content"] = {"fileType": report.media_type.rpartition("/")[2]}
    found["manifests"] = list(_manifests(report, data))
    found["extras:validation_status"] = _validity(report)
    if data.is_cut:
        found["extras:cut"] = True
    if file:
        found["extras:file"] = file
    return found


class _Plain(Converter):
    """Data with bytes in base64; what has no form in JSON, or lies too deep, is null."""

    def _omitted(self) -> object:
        return None

    def _special(self, value: object, depth: int) -> object:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, cbor2.CBORTag):
            return self.convert(value.value, depth + 1)
        return None


def _manifests(report: Report, data: Converter) -> Iterator[dict[str, object]]:
    """The active manifest, and those that it descends from: the newest first, as in crJSON."""
    store, validation = report.store, report.validation
    if store is None or validation is None:
        return
    for label, manifest in reversed(store.manifests.items()):
        if label in validation.manifests:
            yield {
                "label": label,
                **_claim(manifest, data),
                "assertions": crjson.assertions_of(manifest, data),
                "signature": _signature(validation.signatures.get(label), data),
                "status": _status(validation.manifests[label]),
            }


def _claim(manifest: Manifest, data: Converter) -> dict[str, object]:
    """The claim; redacted assertions are objects in this schema."""
    found = crjson.claim_of(manifest, data)
    for fields in found.values():
        if isinstance(fields, dict) and isinstance(fields.get(_REDACTED), list):
            fields[_REDACTED] = [{"url": each} for each in fields[_REDACTED]]
    return found


def _signature(signature: Signature | None, data: Converter) -> dict[str, object]:
    if signature is None or signature.signer is None:
        return {}
    described = crjson.describe_certificate(signature.signer)
    # The schema of these documents spells it like that, crJSON the other way.
    described["serial_number"] = described.pop("serialNumber")
    converted = data.convert(described)
    fields = converted if isinstance(converted, dict) else {}
    return {"algorithm": crjson.algorithm_name(signature.algorithm), **fields}


def _status(found: Results) -> dict[str, object]:
    """The codes that decide about signature, trust and content, and that of each assertion."""
    about: dict[str, object] = {}
    for name, prefixes in (
        ("signature", ("claimSignature.",)),
        ("trust", ("signingCredential.",)),
        ("content", _HASHES),
    ):
        code = _decisive(found, prefixes)
        if code is not None:
            about[name] = code
    linked = (each for each in found.success if each.code == _LINKED)
    return about | {"assertion": dict(_by_assertion((*linked, *found.failure)))}


def _decisive(found: Results, prefixes: tuple[str, ...]) -> str | None:
    """The first failure, or the first success, of a group of codes."""
    codes = (each.code for each in (*found.failure, *found.success))
    return next((code for code in codes if code.startswith(prefixes)), None)


def _by_assertion(statuses: Iterable[Status]) -> Iterator[tuple[str, str]]:
    """Label and code; of several codes, the last counts."""
    for each in statuses:
        target = uri.parse(each.url)
        if target is not None and len(target.path) == 2 and target.path[0] == uri.ASSERTIONS:
            yield target.path[1], each.code


def _validity(report: Report) -> dict[str, object]:
    failures = report.failures
    results = report.statuses
    return {
        "isValid": report.state >= State.VALID,
        "error": failures[0].explanation or failures[0].code if failures else None,
        "validationErrors": [
            {"code": each.code, "message": each.explanation, "severity": "error"}
            for each in failures
        ],
        "entries": [
            {
                "code": each.code,
                "url": each.url,
                "severity": severity,
                "explanation": each.explanation,
            }
            for severity, listed in (
                ("info", results.success),
                ("warning", results.informational),
                ("error", failures),
            )
            for each in listed
        ],
    }


def render(result: Result, run: Run) -> str:  # noqa: ARG001 - what every renderer is given
    """The document of one file; nothing if it could not be read."""
    if result.report is None:
        return ""
    return encode(document(result.report, file=result.file), indent=2) + "\n"


RENDERER: Final = Renderer(begin=nothing, result=render, end=no_end)
