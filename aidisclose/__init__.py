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

    from aidisclose.errors import (
        AidiscloseError,
        LimitExceeded,
        MalformedFile,
        SigningError,
        TrustConfigError,
        UnsupportedFormat,
        VerificationFailed,
    )
    from aidisclose.manifest.disclosure import Disclosure
    from aidisclose.manifest.record import Consent, Direct, HarmReview, Watermark
    from aidisclose.manifest.store import Store
    from aidisclose.policy.check import check, diff
    from aidisclose.policy.compare import Difference
    from aidisclose.policy.own import Policy
    from aidisclose.policy.rule import Finding, Outcome
    from aidisclose.signing.flow import SignedAsset, sign
    from aidisclose.signing.revocation import fetch_ocsp
    from aidisclose.signing.signer import Signer
    from aidisclose.signing.tsa import Authority
    from aidisclose.trust.anchors import TrustConfig
    from aidisclose.validate.report import Report, State
    from aidisclose.validate.verify import read_unverified, verify
    from aidisclose.version import VERSION as __version__  # noqa: N811 - the customary name

__all__ = [
    "AidiscloseError",
    "Authority",
    "Consent",
    "Difference",
    "Direct",
    "Disclosure",
    "Finding",
    "HarmReview",
    "LimitExceeded",
    "MalformedFile",
    "Outcome",
    "Policy",
    "Report",
    "SignedAsset",
    "Signer",
    "SigningError",
    "State",
    "Store",
    "TrustConfig",
    "TrustConfigError",
    "UnsupportedFormat",
    "VerificationFailed",
    "Watermark",
    "__version__",
    "check",
    "diff",
    "fetch_ocsp",
    "read_unverified",
    "sign",
    "verify",
]

_MODULES: Final = {
    "AidiscloseError": "errors",
    "Authority": "signing.tsa",
    "Difference": "policy.compare",
    "Consent": "manifest.record",
    "Direct": "manifest.record",
    "Disclosure": "manifest.disclosure",
    "Finding": "policy.rule",
    "HarmReview": "manifest.record",
    "LimitExceeded": "errors",
    "MalformedFile": "errors",
    "Outcome": "policy.rule",
    "Policy": "policy.own",
    "Report": "validate.report",
    "SignedAsset": "signing.flow",
    "Signer": "signing.signer",
    "SigningError": "errors",
    "State": "validate.report",
    "Store": "manifest.store",
    "TrustConfig": "trust.anchors",
    "TrustConfigError": "errors",
    "UnsupportedFormat": "errors",
    "VerificationFailed": "errors",
    "Watermark": "manifest.record",
    "check": "policy.check",
    "diff": "policy.check",
    "fetch_ocsp": "signing.revocation",
    "read_unverified": "validate.verify",
    "sign": "signing.flow",
    "verify": "validate.verify",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("aidisclose.version").VERSION
    if name not in _MODULES:
        raise AttributeError(f"module 'aidisclose' has no attribute {name!r}")
    return getattr(import_module(f"aidisclose.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
