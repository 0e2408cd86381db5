"""The profiles of the C2PA conformance programme (C2PA Certificate Policy, §7) as a table of rules.

They are what a certification authority promises when it issues under that policy, beyond what
validators look at (`aidisclose.trust.profile`): no validator refuses a certificate for breaking
one of them, so none of them is required.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from aidisclose.codec import der
from aidisclose.errors import Malformed
from aidisclose.trust.certificate import Certificate, attribute
from aidisclose.trust.profile import (
    CLAIM_SIGNING,
    DOCUMENT_SIGNING,
    EMAIL_PROTECTION,
    TIME_STAMPING,
    ProfileRule,
    Use,
    has_rsa_key,
    purpose_names,
)
from aidisclose.trust.signature import CURVES, ED25519, ML_DSA

POLICY: Final = "1.3.6.1.4.1.62558.1.1"

_ASSURANCE_LEVEL: Final = "1.3.6.1.4.1.62558.3"
_LEVELS: Final = {"1.3.6.1.4.1.62558.3.10": 1, "1.3.6.1.4.1.62558.3.20": 2}
_PRODUCT: Final = "1.3.6.1.4.1.62558.4"
_CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
_NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"

_UTF8_STRING: Final = 0x0C
_UUID_LENGTH: Final = 36

_RSA_BITS_OF_CA: Final = 3072
_P256: Final = "1.2.840.10045.3.1.7"

#: Days for which a certificate may be valid, by assurance level, and by what an authority issues.
_DAYS_OF_SIGNER: Final[Mapping[int, int]] = {1: 366, 2: 90}
_DAYS_OF_TSA: Final = 4110
_DAYS_OF_ISSUER: Final = {CLAIM_SIGNING: 1827, TIME_STAMPING: 5479}

_CLAUSE: Final = "C2PA Certificate Policy §7.1"
_SIGNERS: Final = frozenset({Use.SIGNER})
_CAS: Final = frozenset({Use.CA})
_STAMPERS: Final = frozenset({Use.TSA})
_RESPONDERS: Final = frozenset({Use.OCSP})
_ALL: Final = _SIGNERS | _CAS | _STAMPERS | _RESPONDERS


def _is_issued_under(certificate: Certificate) -> bool:
    return POLICY in certificate.policies


def _policy(_certificate: Certificate) -> str:
    return ""


def _name(certificate: Certificate) -> str:
    missing = [each for each in ("C", "O", "CN") if not attribute(certificate.subject, each)]
    return f"none for {', '.join(missing)}" if missing else ""


def _level(certificate: Certificate) -> int | None:
    """The assurance level that a certificate states; None for none, or an unknown one."""
    extension = certificate.extensions.get(_ASSURANCE_LEVEL)
    try:
        reader = der.Reader(extension.value if extension else b"")
        # “An encoded OID value”, says the policy; a list with one is read as well.
        if reader.next_is(der.SEQUENCE):
            reader = reader.enter()
        return _LEVELS.get(reader.oid())
    except Malformed:
        return None


def _assurance_level(certificate: Certificate) -> str:
    return "none" if _level(certificate) is None else ""


def level_of(certificate: Certificate) -> int | None:
    """The assurance level that a certificate states; untrusted. None for none."""
    return _level(certificate)


def product_of(certificate: Certificate) -> str:
    """The number of the product's record that a certificate states; untrusted, empty for none."""
    extension = certificate.extensions.get(_PRODUCT)
    try:
        text = der.Reader(extension.value).take(_UTF8_STRING).content if extension else b""
        found = bytes(text).decode()
    except (Malformed, UnicodeDecodeError):
        return ""
    return found if len(found) == _UUID_LENGTH else ""


def _product(certificate: Certificate) -> str:
    extension = certificate.extensions.get(_PRODUCT)
    if extension is None:
        return "none"
    try:
        text = der.Reader(extension.value).take(_UTF8_STRING).content
    except Malformed:
        return "something else"
    return "" if len(text) == _UUID_LENGTH else f"{len(text)} characters"


def _longest(certificate: Certificate) -> int | None:
    """Days for which a certificate may be valid; None if nothing is said."""
    purposes = certificate.purposes or frozenset()
    if certificate.is_ca:
        return next((days for oid, days in _DAYS_OF_ISSUER.items() if oid in purposes), None)
    if TIME_STAMPING in purposes:
        return _DAYS_OF_TSA
    # One that states no level has another finding; the longer period gives it no second one.
    return _DAYS_OF_SIGNER[_level(certificate) or 1]


def _period(certificate: Certificate) -> str:
    period = certificate.not_after - certificate.not_before
    longest = _longest(certificate)
    if longest is None or period <= timedelta(days=longest):
        return ""
    return f"{period.days} days, {longest} at most"


def _signing_purposes(certificate: Certificate) -> str:
    purposes = certificate.purposes or frozenset()
    if CLAIM_SIGNING in purposes and purposes & {EMAIL_PROTECTION, DOCUMENT_SIGNING}:
        return ""
    return purpose_names(certificate.purposes)


def _issuing_purposes(certificate: Certificate) -> str:
    if certificate.purposes == frozenset({TIME_STAMPING}):
        return ""
    return _signing_purposes(certificate)


def _is_last_issuer(certificate: Certificate) -> bool:
    return _is_issued_under(certificate) and certificate.path_length == 0


def _usages(*wanted: str) -> Callable[[Certificate], str]:
    """A check that exactly the key usages `wanted` are asserted."""

    def check(certificate: Certificate) -> str:
        found = certificate.key_usage or frozenset()
        # Equal, not a superset: §7.1 names the bits that are set.
        return "" if found == frozenset(wanted) else ", ".join(sorted(found)) or "none"

    return check


def _strong_key(certificate: Certificate) -> str:
    info = certificate.key_info
    if has_rsa_key(certificate):
        return "" if info.size >= _RSA_BITS_OF_CA else f"{info.size} bits"
    if info.algorithm.oid == ED25519 or info.algorithm.oid in ML_DSA:
        return "an Ed25519 key" if info.algorithm.oid == ED25519 else "an ML-DSA key"
    return "curve P-256" if info.curve == _P256 else ""


def _no_ed25519(certificate: Certificate) -> str:
    info = certificate.key_info
    return "" if has_rsa_key(certificate) or info.curve in CURVES else "another key"


def _says_status(certificate: Certificate) -> str:
    """Whether it says where its status can be asked for; a signer's by OCSP, others' by CRL too."""
    # Not https: there a certificate would have to be checked in order to check one (RFC 5280 §8).
    if any(url.startswith("http://") for url in certificate.ocsp_urls):
        return ""
    if not _is_signer(certificate) and _CRL_DISTRIBUTION_POINTS in certificate.extensions:
        return ""
    return "no HTTP address for OCSP"


def _is_signer(certificate: Certificate) -> bool:
    return CLAIM_SIGNING in (certificate.purposes or ()) and not certificate.is_ca


def _is_subordinate(certificate: Certificate) -> bool:
    return _is_issued_under(certificate) and not certificate.is_self_issued


def _no_check(certificate: Certificate) -> str:
    return "" if _NO_CHECK in certificate.extensions else "no extension"


def _rule(
    name: str,
    uses: frozenset[Use],
    wanted: str,
    fix: str,
    check: Callable[[Certificate], str],
    applies: Callable[[Certificate], bool] = _is_issued_under,
) -> ProfileRule:
    """A rule of the policy."""
    return ProfileRule(name, uses, _CLAUSE, wanted, fix, check, applies, is_required=False)


_PURPOSES_FIX: Final = f"extendedKeyUsage = emailProtection, {CLAIM_SIGNING}"

#: The profiles; they apply to certificates that name the policy.
RULES: Final = (
    _rule(
        "programme",
        _ALL,
        "the C2PA certificate policy",
        f"certificatePolicies = {POLICY}",
        _policy,
    ),
    _rule(
        "programme-subject",
        _ALL,
        "a subject with country, organization and common name",
        'openssl req -subj "/C=…/O=…/CN=…" …',
        _name,
    ),
    _rule(
        "programme-period",
        _SIGNERS | _STAMPERS | _CAS,
        "a validity period no longer than the policy allows",
        "openssl x509 -req -days 90 …",
        _period,
    ),
    _rule(
        "programme-key-usage",
        _SIGNERS | _STAMPERS,
        "key usages digitalSignature and nonRepudiation and no other",
        "keyUsage = critical, digitalSignature, nonRepudiation",
        _usages("digitalSignature", "nonRepudiation"),
    ),
    _rule(
        "programme-key-usage",
        _RESPONDERS,
        "key usage digitalSignature and no other",
        "keyUsage = critical, digitalSignature",
        _usages("digitalSignature"),
    ),
    _rule(
        "programme-key-usage",
        _CAS,
        "key usages keyCertSign and cRLSign and no other",
        "keyUsage = critical, keyCertSign, cRLSign",
        _usages("keyCertSign", "cRLSign"),
    ),
    _rule(
        "programme-purpose",
        _SIGNERS,
        "the purposes c2pa-kp-claimSigning and emailProtection or documentSigning",
        _PURPOSES_FIX,
        _signing_purposes,
    ),
    _rule(
        "programme-purpose",
        _CAS,
        "the purposes of what the CA issues",
        f"{_PURPOSES_FIX}; of a time-stamping CA: extendedKeyUsage = timeStamping",
        _issuing_purposes,
        _is_last_issuer,
    ),
    _rule(
        "programme-key",
        _CAS,
        f"a key on P-384 or P-521, or RSA of {_RSA_BITS_OF_CA} bits or more",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        _strong_key,
    ),
    _rule(
        "programme-key",
        _STAMPERS | _RESPONDERS,
        "an EC or RSA key",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        _no_ed25519,
    ),
    _rule(
        "programme-status",
        _SIGNERS | _STAMPERS | _CAS,
        "an address where its status can be asked for",
        "authorityInfoAccess = OCSP;URI:http://ocsp.example.com",
        _says_status,
        _is_subordinate,
    ),
    _rule(
        "programme-no-check",
        _RESPONDERS,
        "the OCSP No Check extension",
        "noCheck = ignored",
        _no_check,
    ),
    _rule(
        "programme-assurance-level",
        _SIGNERS,
        "an assurance level, 1 or 2",
        f"{_ASSURANCE_LEVEL} = ASN1:OID:1.3.6.1.4.1.62558.3.10",
        _assurance_level,
    ),
    _rule(
        "programme-product",
        _SIGNERS,
        "the record number of the product on the list of conforming products",
        f"{_PRODUCT} = ASN1:UTF8String:00000000-0000-0000-0000-000000000000",
        _product,
    ),
)
