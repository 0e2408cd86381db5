"""Content Credentials JSON (crJSON 2.5): everything in a manifest store, and what it is worth.

One document a file. What its schema has no place for stands under `extras:` names: the name of
the file, and why a store could not be read.
"""

from __future__ import annotations

import base64
from typing import Final

import cbor2

from aidisclose.codec.cbor import ValueBudget
from aidisclose.errors import Malformed, Unreadable
from aidisclose.manifest import uri
from aidisclose.manifest.store import Assertion, EmbeddedFile, Manifest, ManifestKind
from aidisclose.render.data import Converter
from aidisclose.render.json import encode, no_end
from aidisclose.render.renderer import Renderer, Result, Run, nothing
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.status import Results
from aidisclose.validate.transcript import identities, moment
from aidisclose.version import VERSION

#: The version of the specification that is validated against.
_SPEC: Final = "2.5.0"
_CONTEXT: Final = {
    "@vocab": "https://c2pa.org/crjson",
    "extras": "https://c2pa.org/crjson/extras",
}
#: Lists that a document has even where the claim leaves them out.
_ALWAYS: Final = ("gathered_assertions", "redacted_assertions")
_IDENTITY: Final = "cawg.identity"
_ALGORITHMS: Final = {"ed25519": "Ed25519", None: "Unknown"}


def document(report: Report, *, file: str = "") -> dict[str, object]:
    """The crJSON document of one file; its manifests are empty if it has no readable store.

    Of data beyond `limits.SHOWN` bytes, it has null or nothing, and says `"extras:cut": true`.
    """
    data = _Data()
    found: dict[str, object] = {
        "@context": _CONTEXT,
        "manifests": [] if report.store is None else _manifests(report, data),
        "jsonGenerator": {"name": "aidisclose", "version": VERSION},
    }
    if data.is_cut:
        found["extras:cut"] = True
    if report.identities:
        found["extras:identities"] = data.convert(identities(report))
    if file:
        found["extras:file"] = file
    if report.store is None and report.statuses.failure:
        found["extras:validationResults"] = report.statuses.encode()
    return found


def _manifests(report: Report, data: _Data) -> list[dict[str, object]]:
    store, validation = report.store, report.validation
    if store is None or validation is None:
        return []
    deltas: dict[str | None, list[dict[str, object]]] = {}
    for delta in validation.deltas:
        target = uri.parse(delta.url)
        entry: dict[str, object] = {
            "ingredientAssertionURI": delta.url,
            "validationDeltas": delta.results.encode(),
        }
        deltas.setdefault(target.manifest if target else None, []).append(entry)
    # The newest first (crJSON 2.5 §3.4), but only those that the active manifest descends from.
    # Others in the store are under no hash: anybody could add some without changing the state.
    listed = [
        (name, manifest)
        for name, manifest in reversed(store.manifests.items())
        if name in validation.manifests
    ]
    return [
        {
            "label": name,
            "isUpdateManifest": manifest.kind is ManifestKind.UPDATE,
            "isCompressedManifest": manifest.is_compressed,
            "assertions": assertions_of(manifest, data),
            **claim_of(manifest, data),
            "signature": _signature(validation.signatures.get(name), data),
            "validationResults": {
                **validation.manifests.get(name, Results()).encode(),
                "specVersion": _SPEC,
                "validationTime": moment(report.time),
                **_lists(validation.signatures.get(name)),
            },
            **({"ingredientDeltas": deltas[name]} if name in deltas else {}),
        }
        for name, manifest in listed
    ]


def _lists(signature: Signature | None) -> dict[str, object]:
    """The published trust lists with the anchors that decided (crJSON 2.5 §3.8.1)."""
    stamp = signature.timestamp if signature else None
    found = (signature.trust_list if signature else None, stamp.trust_list if stamp else None)
    listed = [
        {"uri": item.uri, "type": item.kind}
        | ({"identifier": item.identifier} if item.identifier else {})
        for item in dict.fromkeys(filter(None, found))
    ]
    return {"trustListUris": listed} if listed else {}


def assertions_of(manifest: Manifest, data: Converter) -> dict[str, object]:
    """The assertions of a manifest by their labels; nothing if they cannot be read."""
    try:
        assertions = manifest.assertions
    except Unreadable:
        return {}
    claimed = _claimed(manifest)
    found = {
        label: _assertion(item, claimed.get(label), data)
        for label, item in data.while_room(assertions.items())
        if data.convert(label)
    }
    # What was redacted is listed all the same.
    absent = (label for label in claimed if label not in assertions)
    return {label: {} for label in data.while_room(absent) if data.convert(label)} | found


def _assertion(assertion: Assertion, digest: bytes | None, data: Converter) -> object:
    """The content of an assertion; an empty object if it has no form in JSON."""
    try:
        content = assertion.data
    except Malformed:
        return {}
    if isinstance(content, EmbeddedFile):
        described = {"format": content.media_type, "identifier": assertion.url}
        return data.convert(described | ({} if digest is None else {"hash": digest}))
    if assertion.parts.name == _IDENTITY and isinstance(content, dict):
        content = content | _actor(content.get("signature"), assertion.values)
    return {} if isinstance(content, bytes) else data.convert(content)


def _actor(signature: object, values: ValueBudget) -> dict[str, object]:
    """The signature of an identity assertion as crJSON of c2pa-rs has it; nothing if unreadable.

    Who it is that signed is not checked here: the statuses say it.
    """
    from aidisclose.codec import cose
    from aidisclose.identity import credential as credentials

    if not isinstance(signature, bytes):
        return {}
    try:
        made = cose.parse(signature, values=values)
        chain = made.certificates
        name = made.algorithm.name if made.algorithm else None
        described: dict[str, object] = {"algorithm": algorithm_name(name)}
        if made.payload is not None:
            found = credentials.read(made.payload, values=values)
            described |= {"issuer": found.issuer, "credentialType": "IdentityClaimsAggregation"}
            if found.valid_from:
                described["validFrom"] = moment(found.valid_from)
            described["verifiedIdentities"] = found.subject.get("verifiedIdentities")
        elif chain:
            described["certificateInfo"] = describe_certificate(certificates.load(chain[0]))
    except Unreadable:
        return {}
    return {"signature": described}


def _claimed(manifest: Manifest) -> dict[str, bytes]:
    """Label and hash of each assertion that the claim lists."""
    try:
        references = manifest.claim.assertions
    except Malformed:
        return {}
    found = ((uri.parse(item.url), item.hash) for item in references)
    return {target.path[-1]: digest for target, digest in found if target and target.path}


def claim_of(manifest: Manifest, data: Converter) -> dict[str, object]:
    """The claim of a manifest under the name of its version."""
    try:
        claim = manifest.claim
    except Malformed:
        return {"claim.v2": {}}
    if claim.version == 1:
        return {"claim": data.convert(claim.fields)}
    fields = claim.fields | {name: claim.fields.get(name, []) for name in _ALWAYS}
    return {"claim.v2": data.convert(fields)}


class _Data(Converter):
    """Data as crJSON has it; what has no form in JSON, lies too deep or has no room, is null."""

    def _omitted(self) -> object:
        return None

    def _special(self, value: object, depth: int) -> object:
        if isinstance(value, bytes):
            return f"b64'{base64.b64encode(value).decode()}'"
        if isinstance(value, cbor2.CBORTag):
            return self.convert(value.value, depth + 1)
        return None


def _signature(signature: Signature | None, data: _Data) -> dict[str, object]:
    if signature is None or signature.signer is None:
        return {}
    described: dict[str, object] = {
        "algorithm": algorithm_name(signature.algorithm),
        "certificateInfo": data.convert(describe_certificate(signature.signer)),
    }
    stamp = signature.timestamp
    if stamp is not None and stamp.certificate is not None:
        described["timeStampInfo"] = {
            "timestamp": moment(stamp.time),
            "certificateInfo": data.convert(describe_certificate(stamp.certificate)),
        }
    return described


def algorithm_name(name: str | None) -> str:
    """The name of an algorithm as documents have it: `ES256`."""
    return _ALGORITHMS.get(name, (name or "").upper())


def describe_certificate(certificate: Certificate) -> dict[str, object]:
    """Whose certificate it is, who issued it, and for how long it is valid; untrusted text."""
    return {
        "serialNumber": f"{certificate.serial:x}",
        "issuer": certificates.attributes(certificate.issuer),
        "subject": certificates.attributes(certificate.subject),
        "validity": {
            "notBefore": moment(certificate.not_before),
            "notAfter": moment(certificate.not_after),
        },
    }


def render(result: Result, run: Run) -> str:  # noqa: ARG001 - what every renderer is given
    """The document of one file; nothing if it could not be read."""
    if result.report is None:
        return ""
    return encode(document(result.report, file=result.file), indent=2) + "\n"


RENDERER: Final = Renderer(begin=nothing, result=render, end=no_end)
