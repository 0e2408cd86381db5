"""What objects are called in notebooks and messages: one line, with what people ask for."""

from __future__ import annotations

import pytest

from aidisclose.trust.anchors import Voucher
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.status import Results, Status
from aidisclose.validate.validator import Validation
from aidisclose.validate.verify import verify
from tests.containers import samples
from tests.manifest import build
from tests.manifest.build import TRUST, label
from tests.trust import pki
from tests.trust.pki import NOW


def test_reports() -> None:
    signed = verify(build.signed(), trust=TRUST, at=NOW)
    expected = f"<Report trusted, intact, trusted, ai=generated, image/png, {label(1)}>"
    assert repr(signed) == expected
    unsigned = verify(samples.png(), trust=TRUST, at=NOW)
    assert repr(unsigned).startswith("<Report none, ")
    assert repr(unsigned).endswith(", ai=undeclared, image/png, None>")
    assert repr(signed.validation) == "<Validation 1 manifests, no failure>"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "no failure"), (1, "a0"), (3, "a0, a1, a2"), (4, "a0, a1, a2")]
)
def test_validations_name_the_first_failures(count: int, said: str) -> None:
    failures = tuple(Status(f"a{number}", "") for number in range(count))
    found = Validation(active=Results((), (), failures), deltas=(), signatures={}, manifests={})
    assert repr(found) == f"<Validation 0 manifests, {said}>"


def test_certificates() -> None:
    certificate = pki.signer().certificate
    start, _, end = repr(certificate).partition("…")
    digest = certificate.sha256.hex()
    assert start == f"<Certificate 'Signer', sha256:{digest[:16]}"
    assert end == f", until {certificate.not_after:%Y-%m-%d}>"


def test_trust() -> None:
    """Every source once, in the order of authorities and then names."""
    nobody = "0 authorities for signers, 0 for time stamps, 0 signers by name"
    assert repr(TrustConfig.none()) == f"<TrustConfig {nobody}>"
    first = TrustConfig.from_pem(pki.root().pem, tsa=pki.root().pem, source="first")
    second = TrustConfig.from_pem(allowed=pki.signer().pem, source="second")
    counts = "1 authorities for signers, 1 for time stamps, 1 signers by name"
    assert repr(first | second) == f"<TrustConfig {counts}: first, second>"
    [(voucher, _)] = second.allowed_lists
    assert voucher == Voucher("second", is_by_name=True)
