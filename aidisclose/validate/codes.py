"""Every status code of the specification, 2.2 to 2.5 (C2PA 2.5 §14.2, appendix D).

One line a code. `docs/status-codes.md` is written from this table (`make docs`), and a test makes
every code appear that is not marked as never emitted.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from aidisclose.named import NamedTuple


class StatusKind(Enum):
    """The meaning of a code for the manifest."""

    SUCCESS = "success"
    INFORMATIONAL = "informational"
    FAILURE = "failure"


class UrlTarget(Enum):
    """The box that the URL of a status points at."""

    CLAIM = "claim"
    SIGNATURE = "claim signature"
    ASSERTION = "assertion"
    ASSERTIONS = "assertion store"
    RESOURCE = "resource"
    NONE = "nothing"


class Code(NamedTuple):
    """A status code.

    Attributes:
        name: As the specification writes it.
        kind: The meaning of the code for the manifest.
        target: The box that its URL points at.
        clause: Of the specification 2.5, or of the last version that has the code.
        versions: Of the specification that have it.
        absent: The reason why aidisclose never emits it; empty if it does.
    """

    name: str
    kind: StatusKind
    target: UrlTarget
    clause: str
    versions: str = "2.2–2.5"
    absent: str = ""


_NO_DEPRECATED: Final = "no algorithm is on the list of deprecated ones"
_OLD_NAME: Final = "deprecated since 2.3; assertion.hardBinding.redacted says the same"
_VOUCHED: Final = "a signer may vouch for what is elsewhere; no rule for validators forbids it"
_OFFLINE: Final = "external data are not fetched"
_SEGMENT: Final = "append-only text is not read"
_TEXT: Final = "text is not read; the codes are gone in 2.5"
_UNDEFINED: Final = "time-stamp manifests are undefined since 2.2 and are ignored"

_S, _I, _F = StatusKind.SUCCESS, StatusKind.INFORMATIONAL, StatusKind.FAILURE
_A, _C, _G = UrlTarget.ASSERTION, UrlTarget.CLAIM, UrlTarget.SIGNATURE
_ALTERNATIVE: Final = "assertion.alternativeContentRepresentation"
_LINKED: Final = "assertion.linkedResourceIntegrity"

_TABLE: Final = (
    # Success.
    Code("assertion.accessible", _S, _A, "14.10.5", absent=_OFFLINE),
    Code(f"{_ALTERNATIVE}.match", _S, _A, "14.10.4.2.8", "2.3–2.5"),
    Code("assertion.bmffHash.match", _S, _A, "14.12.2"),
    Code("assertion.boxesHash.match", _S, _A, "14.12.3"),
    Code("assertion.collectionHash.match", _S, _A, "14.12.5"),
    Code("assertion.dataHash.match", _S, _A, "14.12.1"),
    Code("assertion.hashedURI.match", _S, _A, "14.10.4.1"),
    Code(f"{_LINKED}.match", _S, UrlTarget.RESOURCE, "14.10.4.2.3", "2.5", _OFFLINE),
    Code("assertion.multiAssetHash.match", _S, _A, "14.12.4"),
    Code("assertion.segmentHash.match", _S, _A, "14.12.6", "2.5", _SEGMENT),
    Code("claimSignature.insideValidity", _S, _G, "14.8.2"),
    Code("claimSignature.validated", _S, _G, "14.7"),
    Code("ingredient.claimSignature.validated", _S, _A, "14.11.3.3.1"),
    Code("ingredient.manifest.validated", _S, _A, "14.11.3.3.2"),
    Code("signingCredential.ocsp.notRevoked", _S, _G, "14.9.1"),
    Code("signingCredential.trusted", _S, _G, "14.7"),
    Code("timeStamp.trusted", _S, _G, "14.8.2"),
    Code("timeStamp.validated", _S, _G, "14.8.2"),
    # Information.
    Code("algorithm.deprecated", _I, _C, "14.4.4", absent=_NO_DEPRECATED),
    Code("assertion.action.ingredientLocationMismatch", _I, _A, "14.10.4.2.4", "2.5"),
    Code("assertion.bmffHash.additionalExclusionsPresent", _I, _A, "14.12.2", "2.3–2.5"),
    Code("assertion.boxesHash.additionalExclusionsPresent", _I, _A, "14.12.3", "2.3–2.5"),
    Code("assertion.dataHash.additionalExclusionsPresent", _I, _A, "14.12.1", "2.3–2.5"),
    Code(f"{_LINKED}.formatMismatch", _I, UrlTarget.RESOURCE, "14.10.4.2.3", "2.5", _OFFLINE),
    Code(f"{_LINKED}.hashMismatch", _I, UrlTarget.RESOURCE, "14.10.4.2.3", "2.5", _OFFLINE),
    Code(f"{_LINKED}.inaccessible", _I, UrlTarget.RESOURCE, "14.10.4.2.3", "2.5", _OFFLINE),
    Code(f"{_LINKED}.sizeMismatch", _I, UrlTarget.RESOURCE, "14.10.4.2.3", "2.5", _OFFLINE),
    Code(f"{_LINKED}.skipped", _I, UrlTarget.RESOURCE, "14.10.4.2.3", "2.5"),
    Code("assertion.redacted", _I, _A, "14.10.4.2.4", "2.5"),
    Code("ingredient.unknownProvenance", _I, _A, "14.11.3"),
    Code("signingCredential.ocsp.inaccessible", _I, _G, "14.9.2"),
    Code("signingCredential.ocsp.skipped", _I, _G, "14.9.2"),
    Code("signingCredential.ocsp.unknown", _I, _G, "14.9.2"),
    Code("timeOfSigning.insideValidity", _I, _G, "14.8.3"),
    Code("timeOfSigning.outsideValidity", _I, _G, "14.8.3"),
    Code("timeStamp.credentialInvalid", _I, _G, "14.8.2", "2.4–2.5"),
    Code("timeStamp.malformed", _I, _G, "14.8.1.1"),
    Code("timeStamp.mismatch", _I, _G, "14.8.2"),
    Code("timeStamp.outsideValidity", _I, _G, "14.8.2"),
    Code("timeStamp.untrusted", _I, _G, "14.8.2"),
    # Failures of assertions.
    Code("algorithm.unsupported", _F, _C, "14.4.4"),
    Code("assertion.action.ingredientMismatch", _F, _A, "14.10.4.2.4"),
    Code("assertion.action.malformed", _F, _A, "14.10.4.2.4"),
    Code("assertion.action.redacted", _F, _A, "14.10.4.1"),
    Code("assertion.action.redactionMismatch", _F, _A, "14.10.4.2.4"),
    Code("assertion.action.softBindingMissing", _F, _A, "14.10.4.2.4", "2.3–2.5"),
    Code(f"{_ALTERNATIVE}.hashMismatch", _F, _A, "14.10.4.2.8", "2.4–2.5"),
    Code(f"{_ALTERNATIVE}.malformed", _F, _A, "14.10.4.2.8", "2.3–2.5"),
    Code(f"{_ALTERNATIVE}.missing", _F, _A, "14.10.4.2.8", "2.4–2.5"),
    Code("assertion.bmffHash.malformed", _F, _A, "14.12.2"),
    Code("assertion.bmffHash.mismatch", _F, _A, "14.12.2"),
    Code("assertion.boxesHash.malformed", _F, _A, "14.12.3"),
    Code("assertion.boxesHash.mismatch", _F, _A, "14.12.3"),
    Code("assertion.boxesHash.unknownBox", _F, _A, "14.12.3"),
    Code("assertion.cbor.invalid", _F, _A, "14.10.4.1"),
    Code("assertion.cloud-data.actions", _F, _A, "14.10.4.2.1"),
    Code("assertion.cloud-data.hardBinding", _F, _A, "14.10.4.2.1"),
    Code("assertion.cloud-data.labelMismatch", _F, _A, "14.10.4.2.1", "2.3–2.5", _OFFLINE),
    Code("assertion.cloud-data.malformed", _F, _A, "14.10.4.2.1"),
    Code("assertion.collectionHash.incorrectFileCount", _F, _A, "14.12.5"),
    Code("assertion.collectionHash.invalidURI", _F, _A, "14.12.5"),
    Code("assertion.collectionHash.malformed", _F, _A, "14.12.5"),
    Code("assertion.collectionHash.mismatch", _F, _A, "14.12.5"),
    Code("assertion.dataHash.malformed", _F, _A, "14.12.1"),
    Code("assertion.dataHash.mismatch", _F, _A, "14.12.1"),
    Code("assertion.dataHash.redacted", _F, _A, "14.10.4.1", absent=_OLD_NAME),
    Code("assertion.external-reference.created", _F, _A, "16.4.2.1", "2.3–2.5", _VOUCHED),
    Code("assertion.external-reference.hashMismatch", _F, _A, "14.10.4.2.2", "2.4–2.5", _OFFLINE),
    Code("assertion.external-reference.labelMismatch", _F, _A, "14.10.4.2.2", "2.3–2.5", _OFFLINE),
    Code("assertion.external-reference.malformed", _F, _A, "14.10.4.2.2", "2.3–2.5"),
    Code("assertion.hardBinding.redacted", _F, _A, "14.10.4.1", "2.3–2.5"),
    Code("assertion.hashedURI.mismatch", _F, _A, "14.10.4.1"),
    Code("assertion.inaccessible", _F, _A, "14.10.5", absent=_OFFLINE),
    Code("assertion.ingredient.malformed", _F, _A, "14.11.3.2"),
    Code("assertion.json.invalid", _F, _A, "14.10.4.1"),
    Code(f"{_LINKED}.invalidURI", _F, UrlTarget.RESOURCE, "14.10.4.2.3", "2.5"),
    Code(f"{_LINKED}.malformed", _F, _A, "14.10.4.2.3", "2.5"),
    Code(f"{_LINKED}.notCreated", _F, _A, "14.10.4.2.3", "2.5"),
    Code("assertion.metadata.malformed", _F, _A, "14.10.4.1", "2.5"),
    Code("assertion.missing", _F, _C, "14.10.4.1"),
    Code("assertion.multiAssetHash.malformed", _F, _A, "14.12.4"),
    Code("assertion.multiAssetHash.mismatch", _F, _A, "14.12.4"),
    Code("assertion.multiAssetHash.missingPart", _F, _A, "14.12.4"),
    Code("assertion.multipleHardBindings", _F, UrlTarget.ASSERTIONS, "14.10.1.2"),
    Code("assertion.notRedacted", _F, _A, "14.11.3.3.1"),
    Code("assertion.outsideManifest", _F, _C, "14.10.4.1"),
    Code("assertion.segmentHash.malformed", _F, _A, "14.12.6", "2.5", _SEGMENT),
    Code("assertion.segmentHash.mismatch", _F, _A, "14.12.6", "2.5", _SEGMENT),
    Code("assertion.segmentHash.partialCoverage", _F, _A, "14.12.6", "2.5", _SEGMENT),
    Code("assertion.segmentHash.predecessorMismatch", _F, _A, "14.12.6", "2.5", _SEGMENT),
    Code("assertion.selfRedacted", _F, _C, "14.10.4.1"),
    Code("assertion.timestamp.malformed", _F, _A, "14.10.4.2.7"),
    Code("assertion.undeclared", _F, _A, "14.10.4.1"),
    # Failures of claims, signatures and manifests.
    Code("claim.actions.missing", _F, _C, "14.10.1.2", "2.5"),
    Code("claim.cbor.invalid", _F, _C, "14.6.2"),
    Code("claim.hardBindings.missing", _F, _C, "14.10.1.2"),
    Code("claim.malformed", _F, _C, "14.6.2"),
    Code("claim.missing", _F, _C, "14.6.1"),
    Code("claim.multiple", _F, _C, "14.6.1"),
    Code("claimSignature.mismatch", _F, _G, "14.7"),
    Code("claimSignature.missing", _F, _G, "14.7"),
    Code("claimSignature.outsideValidity", _F, _G, "14.8.2"),
    Code("general.error", _F, UrlTarget.NONE, "D.3"),
    Code("hashedURI.mismatch", _F, _A, "14.10.4.3"),
    Code("hashedURI.missing", _F, _A, "14.10.4.3"),
    Code("ingredient.claimSignature.mismatch", _F, _A, "14.11.3.3.1"),
    Code("ingredient.claimSignature.missing", _F, _A, "14.11.3.3.1"),
    Code("ingredient.manifest.mismatch", _F, _A, "14.11.3.3.2"),
    Code("ingredient.manifest.missing", _F, _A, "14.11.3.3.2"),
    Code("livevideo.assertion.invalid", _F, _A, "15", "2.3–2.5"),
    Code("livevideo.continuityMethod.invalid", _F, _A, "15", "2.3–2.5"),
    Code("livevideo.init.invalid", _F, UrlTarget.NONE, "15", "2.3–2.5"),
    Code("livevideo.manifest.invalid", _F, UrlTarget.NONE, "15", "2.3–2.5"),
    Code("livevideo.segment.invalid", _F, UrlTarget.NONE, "15", "2.3–2.5"),
    Code("livevideo.sessionkey.invalid", _F, _A, "15", "2.3–2.5"),
    Code("manifest.appendOnlyText.noSentinel", _F, _C, "14.5.2.5", "2.5", _SEGMENT),
    Code("manifest.compressed.invalid", _F, _C, "14.5.4"),
    Code("manifest.html.multipleManifests", _F, _C, "2.4 A.7", "2.4", _TEXT),
    Code("manifest.inaccessible", _F, _C, "14.5.3.1"),
    Code("manifest.inaccessible.encrypted", _F, _C, "14.5.2.1", "2.5"),
    Code("manifest.inaccessible.malformed", _F, _C, "14.5.2.1", "2.5"),
    Code("manifest.multipleParents", _F, _C, "14.10.1.2"),
    Code("manifest.structuredText.emptyReference", _F, UrlTarget.NONE, "2.4 A.9", "2.4", _TEXT),
    Code("manifest.structuredText.malformedReference", _F, UrlTarget.NONE, "2.4 A.9", "2.4", _TEXT),
    Code("manifest.structuredText.multipleReferences", _F, UrlTarget.NONE, "2.4 A.9", "2.4", _TEXT),
    Code("manifest.structuredText.noManifest", _F, UrlTarget.NONE, "2.4 A.9", "2.4", _TEXT),
    Code("manifest.structuredText.noResolutionPath", _F, UrlTarget.NONE, "2.4 A.9", "2.4", _TEXT),
    Code("manifest.text.corruptedWrapper", _F, UrlTarget.NONE, "2.4 A.8", "2.3–2.4", _TEXT),
    Code("manifest.text.multipleWrappers", _F, UrlTarget.NONE, "2.4 A.8", "2.3–2.4", _TEXT),
    Code("manifest.timestamp.invalid", _F, _C, "14.11.2.3", "2.2–2.4", _UNDEFINED),
    Code("manifest.timestamp.wrongParents", _F, _C, "14.11.2.3", "2.2–2.4", _UNDEFINED),
    Code("manifest.update.invalid", _F, _C, "14.10.1.3"),
    Code("manifest.update.wrongParents", _F, _C, "14.10.1.3"),
    Code("signingCredential.invalid", _F, _G, "14.7"),
    Code("signingCredential.ocsp.revoked", _F, _G, "14.9.1"),
    Code("signingCredential.untrusted", _F, _G, "14.7"),
)

#: Of the CAWG Identity Assertion 1.3: about the actors whom it names, never about the claim.
_CLAUSE: Final = "CAWG 1.3"
_EVERY: Final = "CAWG 1.1–1.3"
_OLD: Final = "CAWG 1.1–1.2"
_EXPECTED: Final = "CAWG 1.3 has taken away what actors expect of the claim"
_IDENTITY: Final = tuple(
    Code(name, kind, _A, f"{_CLAUSE} §{clause}", versions, absent)
    for name, kind, clause, versions, absent in (
        ("cawg.identity.well-formed", _S, "7.2", _EVERY, ""),
        ("cawg.identity.trusted", _S, "7.2", _EVERY, ""),
        ("cawg.x509.signature.validated", _S, "8.2", _EVERY, ""),
        ("cawg.x509.signature.inside_validity", _S, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.credential.trusted", _S, "8.2", _EVERY, ""),
        ("cawg.x509.time_stamp.validated", _S, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.time_stamp.trusted", _S, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.ocsp.not_revoked", _S, "8.2", "CAWG 1.3", ""),
        ("cawg.ica.credential_valid", _S, "8.1.7", _EVERY, ""),
        ("cawg.ica.credential.not_revoked", _S, "8.1.7", _EVERY, ""),
        ("cawg.ica.time_stamp.validated", _S, "8.1.7", _EVERY, ""),
        ("cawg.identity.expected_claim_generator.mismatch", _I, "5.1", _OLD, ""),
        ("cawg.identity.expected_countersigner.missing", _I, "5.1", _OLD, ""),
        ("cawg.identity.expected_countersigner.mismatch", _I, "5.1", _OLD, _EXPECTED),
        ("cawg.identity.expected_partial_claim.mismatch", _I, "5.1", _OLD, _EXPECTED),
        ("cawg.identity.unexpected_countersigner", _I, "5.1", _OLD, _EXPECTED),
        ("cawg.x509.time_of_signing.inside_validity", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.time_of_signing.outside_validity", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.time_stamp.credential_invalid", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.time_stamp.malformed", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.time_stamp.mismatch", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.time_stamp.outside_validity", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.time_stamp.untrusted", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.ocsp.inaccessible", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.ocsp.skipped", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.x509.ocsp.unknown", _I, "8.2", "CAWG 1.3", ""),
        ("cawg.identity.cbor.invalid", _F, "7.1", _EVERY, ""),
        ("cawg.identity.pad.invalid", _F, "7.1", _EVERY, ""),
        ("cawg.identity.sig_type.unknown", _F, "7.1", _EVERY, ""),
        ("cawg.identity.assertion.mismatch", _F, "7.1", _EVERY, ""),
        ("cawg.identity.assertion.duplicate", _F, "7.1", _EVERY, ""),
        ("cawg.identity.credential_revoked", _F, "7.2", _EVERY, ""),
        ("cawg.identity.hard_binding_missing", _F, "7.1", _EVERY, ""),
        ("cawg.identity.hard_binding_incorrect", _F, "7.1", _EVERY, ""),
        ("cawg.identity.network_traffic_blocked", _F, "7.2", "CAWG 1.3", ""),
        ("cawg.x509.signature.mismatch", _F, "8.2", _EVERY, ""),
        ("cawg.x509.signature.outside_validity", _F, "8.2", _EVERY, ""),
        ("cawg.x509.algorithm.unsupported", _F, "8.2", _EVERY, ""),
        ("cawg.x509.credential.invalid", _F, "8.2", _EVERY, ""),
        ("cawg.x509.credential.untrusted", _F, "8.2", _EVERY, ""),
        ("cawg.ica.invalid_cose_sign1", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.invalid_alg", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.invalid_content_type", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.invalid_verifiable_credential", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.invalid_issuer", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.did_unsupported_method", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.did_unavailable", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.invalid_did_document", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.signature_mismatch", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.time_stamp.invalid", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.valid_from.missing", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.valid_from.invalid", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.valid_until.invalid", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.revocation.unsupported", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.revocation.unavailable", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.credential.revoked", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.verified_identities.missing", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.verified_identities.invalid", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.signer_payload.mismatch", _F, "8.1.7", _EVERY, ""),
        ("cawg.ica.untrusted_issuer", _F, "8.1.7", _EVERY, ""),
    )
)

#: By name, in the order of the specifications' tables.
CODES: Final = {code.name: code for code in (*_TABLE, *_IDENTITY)}


def kind_of(code: str) -> StatusKind:
    """Whether a code is a success, an information or a failure.

    One that is not known here is a failure, so that a code found in an ingredient's recorded
    results never counts as good by accident.
    """
    known = CODES.get(code)
    return known.kind if known else StatusKind.FAILURE
