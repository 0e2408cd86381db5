"""Declare, sign, check and enforce that media was made or changed by AI.

The names in `__all__` are the public interface; everything else may change. They are imported when
they are first used, so that `import aidisclose` costs nothing.

    import aidisclose as ad

    signer = ad.Signer.from_pem(chain=chain_pem, key=key_pem)
    ad.sign("in.png", "out.png", disclosure=ad.Disclosure(ai="generated"), signer=signer)
    report = ad.verify("out.png", trust=ad.TrustConfig.from_pem(root_pem))
    report.require(ad.State.VALID)
"""

from __future__ import annotations

from importlib import import_module

# As that of `typing`, which takes longer to import than all of this: until then, an interrupted
# program would show a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from aidisclose.carriers import Found, FoundLabel
    from aidisclose.carriers.aigc import Label, Propagation
    from aidisclose.carriers.comment import FoundComment
    from aidisclose.carriers.hints import Hint
    from aidisclose.codec.cbor import ValueBudget
    from aidisclose.codec.jumbf import ContentBox, Superbox
    from aidisclose.durable.protocol import Marked, WatermarkAlgorithm
    from aidisclose.errors import (
        AidiscloseError,
        LimitExceeded,
        Malformed,
        MalformedFile,
        SigningError,
        TrustConfigError,
        Unreachable,
        Unreadable,
        UnsupportedFormat,
        UsageError,
        VerificationFailed,
    )
    from aidisclose.identity.credential import VerifiedIdentity
    from aidisclose.io.source import Range
    from aidisclose.manifest.actions import Action, Actions, SoftwareAgent
    from aidisclose.manifest.claim import Claim
    from aidisclose.manifest.declared import AI, Declared, Model
    from aidisclose.manifest.disclosure import AIKind, Disclosure, Oversight
    from aidisclose.manifest.ingredient import Ingredient
    from aidisclose.manifest.label import AssertionLabel
    from aidisclose.manifest.lineage import Believed, BelievedIngredient, Step
    from aidisclose.manifest.record import (
        Consent,
        Direct,
        HarmReview,
        Watermark,
    )
    from aidisclose.manifest.softbinding import SoftBinding
    from aidisclose.manifest.source_type import Share, SourceType
    from aidisclose.manifest.spec import Spec
    from aidisclose.manifest.store import (
        Assertion,
        Manifest,
        ManifestKind,
        Store,
    )
    from aidisclose.manifest.training import TrainingPermission, TrainingPolicy
    from aidisclose.manifest.uri import HashedURI
    from aidisclose.message import Message
    from aidisclose.policy.check import check, diff
    from aidisclose.policy.compare import Difference
    from aidisclose.policy.evidence import Evidence
    from aidisclose.policy.own import Policy
    from aidisclose.policy.requirement import Requirement
    from aidisclose.policy.rule import (
        Finding,
        Outcome,
        Rule,
        Severity,
        Verdict,
        worst_outcome,
    )
    from aidisclose.policy.sources import (
        Addressee,
        Certainty,
        LegalText,
        Reading,
        TextKind,
    )
    from aidisclose.signing.actor import Actor
    from aidisclose.signing.asset import SignedAsset
    from aidisclose.signing.definition import Definition
    from aidisclose.signing.destination import Destination
    from aidisclose.signing.flow import sign, sign_to
    from aidisclose.signing.manifest_content import Component
    from aidisclose.signing.request import SignRequest, Timestamping
    from aidisclose.signing.revocation import Stapling, fetch_ocsp
    from aidisclose.signing.signer import Signer
    from aidisclose.signing.tsa import Authority
    from aidisclose.signing.update import Update
    from aidisclose.trust.anchors import Anchor, ListReference, Voucher
    from aidisclose.trust.certificate import Certificate, Extension
    from aidisclose.trust.config import TrustConfig
    from aidisclose.trust.lookup import RevocationLookup
    from aidisclose.trust.ocsp import Revocation, RevocationAnswer, RevocationStanding
    from aidisclose.trust.path import Rejection, RejectionReason
    from aidisclose.trust.products import ConformingProducts, Product
    from aidisclose.trust.signature import AlgorithmIdentifier, KeyInfo
    from aidisclose.validate.codes import StatusKind
    from aidisclose.validate.content import Content
    from aidisclose.validate.contradictions import Statement
    from aidisclose.validate.identity import Identity, IdentityStanding
    from aidisclose.validate.live import LiveSegment, LiveStream, verify_stream
    from aidisclose.validate.notices import DeclaredNotice
    from aidisclose.validate.report import Report
    from aidisclose.validate.signature import Signature, SignerDecision
    from aidisclose.validate.state import Gap, Integrity, State, Trust
    from aidisclose.validate.status import Results, Status
    from aidisclose.validate.timestamp import SignatureTimestamp
    from aidisclose.validate.validator import Delta, Validation
    from aidisclose.validate.verify import read_unverified, verify
    from aidisclose.validate.watermarks import DeclaredWatermark, Presence
    from aidisclose.version import VERSION as __version__  # noqa: N811 - the customary name

__all__ = [
    "AI",
    "AIKind",
    "Action",
    "Actions",
    "Actor",
    "Addressee",
    "AidiscloseError",
    "AlgorithmIdentifier",
    "Anchor",
    "Assertion",
    "AssertionLabel",
    "Authority",
    "Believed",
    "BelievedIngredient",
    "Certainty",
    "Certificate",
    "Claim",
    "Component",
    "ConformingProducts",
    "Consent",
    "Content",
    "ContentBox",
    "Declared",
    "DeclaredNotice",
    "DeclaredWatermark",
    "Definition",
    "Delta",
    "Destination",
    "Difference",
    "Direct",
    "Disclosure",
    "Evidence",
    "Extension",
    "Finding",
    "Found",
    "FoundComment",
    "FoundLabel",
    "Gap",
    "HarmReview",
    "HashedURI",
    "Hint",
    "Identity",
    "IdentityStanding",
    "Ingredient",
    "Integrity",
    "KeyInfo",
    "Label",
    "LegalText",
    "LimitExceeded",
    "ListReference",
    "LiveSegment",
    "LiveStream",
    "Malformed",
    "MalformedFile",
    "Manifest",
    "ManifestKind",
    "Marked",
    "Message",
    "Model",
    "Outcome",
    "Oversight",
    "Policy",
    "Presence",
    "Product",
    "Propagation",
    "Range",
    "Reading",
    "Rejection",
    "RejectionReason",
    "Report",
    "Requirement",
    "Results",
    "Revocation",
    "RevocationAnswer",
    "RevocationLookup",
    "RevocationStanding",
    "Rule",
    "Severity",
    "Share",
    "SignRequest",
    "Signature",
    "SignatureTimestamp",
    "SignedAsset",
    "Signer",
    "SignerDecision",
    "SigningError",
    "SoftBinding",
    "SoftwareAgent",
    "SourceType",
    "Spec",
    "Stapling",
    "State",
    "Statement",
    "Status",
    "StatusKind",
    "Step",
    "Store",
    "Superbox",
    "TextKind",
    "Timestamping",
    "TrainingPermission",
    "TrainingPolicy",
    "Trust",
    "TrustConfig",
    "TrustConfigError",
    "Unreachable",
    "Unreadable",
    "UnsupportedFormat",
    "Update",
    "UsageError",
    "Validation",
    "ValueBudget",
    "Verdict",
    "VerificationFailed",
    "VerifiedIdentity",
    "Voucher",
    "Watermark",
    "WatermarkAlgorithm",
    "__version__",
    "check",
    "diff",
    "fetch_ocsp",
    "read_unverified",
    "sign",
    "sign_to",
    "verify",
    "verify_stream",
    "worst_outcome",
]

_MODULES: Final = {
    "AI": "manifest.declared",
    "AIKind": "manifest.disclosure",
    "Action": "manifest.actions",
    "Actions": "manifest.actions",
    "Actor": "signing.actor",
    "Addressee": "policy.sources",
    "AidiscloseError": "errors",
    "AlgorithmIdentifier": "trust.signature",
    "Anchor": "trust.anchors",
    "Assertion": "manifest.store",
    "AssertionLabel": "manifest.label",
    "Authority": "signing.tsa",
    "Believed": "manifest.lineage",
    "BelievedIngredient": "manifest.lineage",
    "Certainty": "policy.sources",
    "Certificate": "trust.certificate",
    "Claim": "manifest.claim",
    "Component": "signing.manifest_content",
    "ConformingProducts": "trust.products",
    "Consent": "manifest.record",
    "Content": "validate.content",
    "ContentBox": "codec.jumbf",
    "Declared": "manifest.declared",
    "DeclaredNotice": "validate.notices",
    "DeclaredWatermark": "validate.watermarks",
    "Definition": "signing.definition",
    "Delta": "validate.validator",
    "Destination": "signing.destination",
    "Difference": "policy.compare",
    "Direct": "manifest.record",
    "Disclosure": "manifest.disclosure",
    "Evidence": "policy.evidence",
    "Extension": "trust.certificate",
    "Finding": "policy.rule",
    "Found": "carriers",
    "FoundComment": "carriers.comment",
    "FoundLabel": "carriers",
    "Gap": "validate.state",
    "HarmReview": "manifest.record",
    "HashedURI": "manifest.uri",
    "Hint": "carriers.hints",
    "Identity": "validate.identity",
    "IdentityStanding": "validate.identity",
    "Ingredient": "manifest.ingredient",
    "Integrity": "validate.state",
    "KeyInfo": "trust.signature",
    "Label": "carriers.aigc",
    "LegalText": "policy.sources",
    "LimitExceeded": "errors",
    "ListReference": "trust.anchors",
    "LiveSegment": "validate.live",
    "LiveStream": "validate.live",
    "Malformed": "errors",
    "MalformedFile": "errors",
    "Manifest": "manifest.store",
    "Marked": "durable.protocol",
    "ManifestKind": "manifest.store",
    "Message": "message",
    "Model": "manifest.declared",
    "Outcome": "policy.rule",
    "Oversight": "manifest.disclosure",
    "Policy": "policy.own",
    "Presence": "validate.watermarks",
    "Product": "trust.products",
    "Propagation": "carriers.aigc",
    "Range": "io.source",
    "Reading": "policy.sources",
    "Rejection": "trust.path",
    "RejectionReason": "trust.path",
    "Report": "validate.report",
    "Requirement": "policy.requirement",
    "Results": "validate.status",
    "Revocation": "trust.ocsp",
    "RevocationAnswer": "trust.ocsp",
    "RevocationLookup": "trust.lookup",
    "RevocationStanding": "trust.ocsp",
    "Rule": "policy.rule",
    "Severity": "policy.rule",
    "Share": "manifest.source_type",
    "SignRequest": "signing.request",
    "Signature": "validate.signature",
    "SignatureTimestamp": "validate.timestamp",
    "SignedAsset": "signing.asset",
    "Signer": "signing.signer",
    "SignerDecision": "validate.signature",
    "SigningError": "errors",
    "SoftBinding": "manifest.softbinding",
    "SoftwareAgent": "manifest.actions",
    "SourceType": "manifest.source_type",
    "Spec": "manifest.spec",
    "Stapling": "signing.revocation",
    "State": "validate.state",
    "Statement": "validate.contradictions",
    "Status": "validate.status",
    "StatusKind": "validate.codes",
    "Step": "manifest.lineage",
    "Store": "manifest.store",
    "Superbox": "codec.jumbf",
    "TextKind": "policy.sources",
    "Timestamping": "signing.request",
    "TrainingPermission": "manifest.training",
    "TrainingPolicy": "manifest.training",
    "Trust": "validate.state",
    "TrustConfig": "trust.config",
    "TrustConfigError": "errors",
    "Unreachable": "errors",
    "Unreadable": "errors",
    "UnsupportedFormat": "errors",
    "Update": "signing.update",
    "UsageError": "errors",
    "Validation": "validate.validator",
    "ValueBudget": "codec.cbor",
    "Verdict": "policy.rule",
    "VerificationFailed": "errors",
    "VerifiedIdentity": "identity.credential",
    "Voucher": "trust.anchors",
    "Watermark": "manifest.record",
    "WatermarkAlgorithm": "durable.protocol",
    "check": "policy.check",
    "diff": "policy.check",
    "fetch_ocsp": "signing.revocation",
    "read_unverified": "validate.verify",
    "sign": "signing.flow",
    "sign_to": "signing.flow",
    "verify": "validate.verify",
    "verify_stream": "validate.live",
    "worst_outcome": "policy.rule",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("aidisclose.version").VERSION
    if name not in _MODULES:
        raise AttributeError(f"module 'aidisclose' has no attribute {name!r}")
    return getattr(import_module(f"aidisclose.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
