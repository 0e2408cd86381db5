"""The C2PA certificate profile (2.2 §14.5.1) as a table of rules, each with the way to fix it.

Two facts about a single certificate are not here because they depend on others: whether a chain
leads to an anchor, and at which time it is looked at (`aidisclose.trust.path`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import lru_cache
from typing import Final

from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.named import NamedTuple
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.signature import (
    CURVES,
    EC,
    ECDSA_SIGNATURES,
    ED25519,
    LEAST_RSA_BITS,
    ML_DSA,
    RSA,
    RSA_PSS,
    RSA_SIGNATURES,
    read_pss,
)

TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
ANY_PURPOSE: Final = "2.5.29.37.0"
EMAIL_PROTECTION: Final = "1.3.6.1.5.5.7.3.4"
DOCUMENT_SIGNING: Final = "1.3.6.1.5.5.7.3.36"
CLAIM_SIGNING: Final = "1.3.6.1.4.1.62558.2.1"
MICROSOFT_CLAIM_SIGNING: Final = "1.3.6.1.4.1.311.76.59.1.9"

#: Extended key usages that may sign claims unless anchors say otherwise: those which the
#: specification names (2.2 §14.4.1), and the one that the reference accepts beside them.
SIGNER_PURPOSES: Final = frozenset(
    {CLAIM_SIGNING, EMAIL_PROTECTION, DOCUMENT_SIGNING, MICROSOFT_CLAIM_SIGNING}
)

#: Those that may sign identity assertions (CAWG 1.3 §8.2.2).
ACTOR_PURPOSES: Final = frozenset({DOCUMENT_SIGNING, EMAIL_PROTECTION})

_PURPOSE_NAMES: Final = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    EMAIL_PROTECTION: "emailProtection",
    TIME_STAMPING: "timeStamping",
    OCSP_SIGNING: "OCSPSigning",
    DOCUMENT_SIGNING: "documentSigning",
    CLAIM_SIGNING: "c2pa-kp-claimSigning",
    ANY_PURPOSE: "anyExtendedKeyUsage",
}


class Use(Enum):
    """The use of a certificate."""

    SIGNER = "claim signer"
    ALLOWED = "claim signer that the user allowed by name"
    TSA = "time stamp authority"
    OCSP = "OCSP responder"
    CA = "certification authority"


_ALL: Final = frozenset(Use)
#: Rules that presuppose an authority say nothing about a certificate that the user named: its form
#: is the user's own (C2PA 2.2 §14.4.3).
_ISSUED: Final = _ALL - {Use.ALLOWED}
_END_ENTITY: Final = _ISSUED - {Use.CA}
_SERVICES: Final = frozenset({Use.TSA, Use.OCSP})
_SIGNER: Final = frozenset({Use.SIGNER})
_TSA: Final = frozenset({Use.TSA})
_OCSP: Final = frozenset({Use.OCSP})
_CA: Final = frozenset({Use.CA})


class ProfileRule(NamedTuple):
    """One rule of the profile.

    Attributes:
        id: Short name; with the use it is unique.
        uses: The uses of a certificate that it governs.
        clause: The clause in which it is written.
        wanted: The content that the certificate must have, for a person.
        fix: The way to get that, mostly a line for an OpenSSL extension file.
        check: The content that the certificate has instead; empty if the rule holds.
        applies: Whether the rule says anything about a certificate.
        is_required: False for what never makes a certificate invalid.
        is_needed: False for what is only recommended; without what is needed, validators trust a
            certificate only if they are configured for it.
    """

    id: str
    uses: frozenset[Use]
    clause: str
    wanted: str
    fix: str
    check: Callable[[Certificate], str]
    applies: Callable[[Certificate], bool] = lambda _: True
    is_required: bool = True
    is_needed: bool = False


class Violation(NamedTuple):
    """A rule that a certificate breaks.

    Attributes:
        rule: The rule.
        found: The content that the certificate has instead.
    """

    rule: ProfileRule
    found: str

    def __str__(self) -> str:
        return f"{self.rule.wanted} is required, found {self.found}"


def violations(certificate: Certificate, *, use: Use) -> tuple[Violation, ...]:
    """The required rules that `certificate` breaks in `use`, in the order of `RULES`.

    Empty means that it follows the profile; nobody has to trust it for that. The answer is
    remembered.
    """
    # Others are large: a forged one with a megabyte of extensions would push real ones out of the
    # cache.
    if certificate.is_cacheable:
        return _violations(certificate, use)
    return _evaluate_required(certificate, use)


@lru_cache(maxsize=limits.CERTIFICATE_CACHE)
def _violations(certificate: Certificate, use: Use) -> tuple[Violation, ...]:
    return _evaluate_required(certificate, use)


def _evaluate_required(certificate: Certificate, use: Use) -> tuple[Violation, ...]:
    return tuple(
        Violation(rule, found)
        for rule, found in evaluate(certificate, use=use)
        if found and rule.is_required
    )


def evaluate(
    certificate: Certificate, *, use: Use, rules: Iterable[ProfileRule] | None = None
) -> Iterator[tuple[ProfileRule, str | None]]:
    """Every rule for `use` with what breaks it: empty where it holds, None if it does not apply.

    Arguments:
        certificate: The certificate.
        use: The use of the certificate.
        rules: Others than `RULES`.
    """
    for rule in RULES if rules is None else rules:
        if use in rule.uses:
            yield rule, rule.check(certificate) if rule.applies(certificate) else None


def purpose_names(purposes: frozenset[str] | None) -> str:
    """Extended key usages for a person."""
    if purposes is None:
        return "no extension"
    return ", ".join(sorted(_PURPOSE_NAMES.get(oid, oid) for oid in purposes)) or "an empty list"


def _signature_algorithm(certificate: Certificate) -> str:
    oid = certificate.algorithm.oid
    if oid in ECDSA_SIGNATURES or oid in RSA_SIGNATURES or oid in (RSA_PSS, ED25519, *ML_DSA):
        return ""
    return f"algorithm {oid}"


def _is_pss_signed(certificate: Certificate) -> bool:
    return certificate.algorithm.oid == RSA_PSS


def _pss_parameters(certificate: Certificate) -> str:
    try:
        pss = read_pss(certificate.algorithm.parameters)
    except Malformed:
        return "no RSASSA-PSS parameters"
    if not pss.digest:
        return "a hash that is not SHA-2"
    # RFC 4055 §3.1 lets them differ; C2PA 2.2 §14.5.1.1 does not.
    mgf = pss.mgf_digest or "another hash"
    return "" if pss.mgf_digest == pss.digest else f"{pss.digest} with a mask of {mgf}"


def _key_kind(certificate: Certificate) -> str:
    oid = certificate.key_info.algorithm.oid
    return "" if oid in (RSA, RSA_PSS, EC, ED25519, *ML_DSA) else f"a key of kind {oid}"


def _has_ec_key(certificate: Certificate) -> bool:
    return certificate.key_info.algorithm.oid == EC


def _curve(certificate: Certificate) -> str:
    curve = certificate.key_info.curve
    if curve in CURVES:
        return ""
    return f"curve {curve}" if curve else "a curve without a name"


def has_rsa_key(certificate: Certificate) -> bool:
    """Whether the certified key is an RSA key."""
    return certificate.key_info.algorithm.oid in (RSA, RSA_PSS)


def _rsa_size(certificate: Certificate) -> str:
    size = certificate.key_info.size
    return "" if LEAST_RSA_BITS <= size <= limits.RSA_BITS else f"{size} bits"


def _new_algorithm(certificate: Certificate) -> str:
    # Signing with it is right by version 2.5, and makes a file that older validators call invalid.
    is_new = certificate.key_info.algorithm.oid in ML_DSA
    return "ML-DSA, which C2PA has since version 2.5" if is_new else ""


def _has_edwards_key(certificate: Certificate) -> bool:
    return certificate.key_info.algorithm.oid == ED25519


def _order(certificate: Certificate) -> str:
    bits = certificate.key_info.bits
    # The highest bit is the sign of x, which changes nothing about the order.
    y = int.from_bytes(bits, "little") & ~(1 << 255)
    return "a key of small order" if y % _EDWARDS_PRIME in _SMALL_ORDER else ""


def _version(certificate: Certificate) -> str:
    return "" if certificate.version == 3 else f"v{certificate.version}"


def _serial(certificate: Certificate) -> str:
    # RFC 5280 §4.1.2.2 asks readers to bear with those, which is why the rule is not required.
    if certificate.serial <= 0:
        return "one that is not positive"
    # As X.690 §8.3 encodes it: a number whose highest bit is set has a zero byte before it.
    size = certificate.serial.bit_length() // 8 + 1
    return "" if size <= _SERIAL_SIZE else f"{size} bytes"


def _unique_ids(certificate: Certificate) -> str:
    return "issuerUniqueID or subjectUniqueID" if certificate.has_unique_ids else ""


def _validity(certificate: Certificate) -> str:
    before, after = certificate.not_before, certificate.not_after
    return f"{before:%Y-%m-%d} to {after:%Y-%m-%d}" if before > after else ""


def _end_entity(certificate: Certificate) -> str:
    return "CA:TRUE" if certificate.is_ca else ""


def _authority(certificate: Certificate) -> str:
    return "" if certificate.is_ca else "CA:FALSE"


def _is_issued(certificate: Certificate) -> bool:
    return not certificate.is_self_issued


def _has(oid: str) -> Callable[[Certificate], bool]:
    """Whether a certificate has the extension `oid`."""
    return lambda certificate: oid in certificate.extensions


def _has_authority_key_id(certificate: Certificate) -> bool:
    return _is_issued(certificate) and certificates.AUTHORITY_KEY_IDENTIFIER in (
        certificate.extensions
    )


def _authority_key_id(certificate: Certificate) -> str:
    return "one without keyIdentifier" if certificate.authority_key_id is None else ""


def _authority_key_id_present(certificate: Certificate) -> str:
    # A self-signed root is exempt (RFC 5280 §4.2.1.1), by `applies`.
    has_extension = certificates.AUTHORITY_KEY_IDENTIFIER in certificate.extensions
    return "" if has_extension else "no extension"


def _subject_key_id(certificate: Certificate) -> str:
    return "no extension" if certificate.subject_key_id is None else ""


def _found_usage(certificate: Certificate) -> str:
    if certificate.key_usage is None:
        return "no extension"
    return ", ".join(sorted(certificate.key_usage)) or "no usage"


def _usage(*wanted: str) -> Callable[[Certificate], str]:
    """A check that at least one of the key usages `wanted` is asserted."""

    def check(certificate: Certificate) -> str:
        has_one = certificate.key_usage and not certificate.key_usage.isdisjoint(wanted)
        return "" if has_one else _found_usage(certificate)

    return check


def _issues_nothing(certificate: Certificate) -> str:
    return "keyCertSign" if "keyCertSign" in (certificate.key_usage or ()) else ""


def _critical(oid: str) -> Callable[[Certificate], str]:
    """A check that the extension `oid`, which is there, is marked critical."""

    def check(certificate: Certificate) -> str:
        return "" if certificate.extensions[oid].critical else "not critical"

    return check


def _names_purposes(certificate: Certificate) -> bool:
    return bool(certificate.purposes)


def _has_purpose(certificate: Certificate) -> str:
    return "" if certificate.purposes else purpose_names(certificate.purposes)


def _not_any_purpose(certificate: Certificate) -> str:
    purposes = certificate.purposes or frozenset()
    return "anyExtendedKeyUsage" if ANY_PURPOSE in purposes else ""


def _signing_purpose(certificate: Certificate) -> str:
    other = (certificate.purposes or frozenset()) & {TIME_STAMPING, OCSP_SIGNING}
    return purpose_names(certificate.purposes) if other else ""


def _accepted_purpose(certificate: Certificate) -> str:
    purposes = certificate.purposes or frozenset()
    return "" if purposes & SIGNER_PURPOSES else purpose_names(certificate.purposes)


def _only_purpose(oid: str) -> Callable[[Certificate], str]:
    """A check that the certificate is for `oid` and for nothing else."""

    def check(certificate: Certificate) -> str:
        return (
            "" if certificate.purposes == frozenset({oid}) else purpose_names(certificate.purposes)
        )

    return check


def _extensions_handled(certificate: Certificate) -> str:
    unhandled = certificate.unhandled
    return f"critical extension {', '.join(unhandled)}" if unhandled else ""


def _issued(certificate: Certificate) -> str:
    return "a self-signed certificate" if certificate.is_self_issued else ""


#: The field of Ed25519, and the y coordinates of its points whose order is 1, 2, 4 or 8 (RFC 8032
#: §5.1, RFC 7748 §7). With such a key, one signature is good for many messages.
_EDWARDS_PRIME: Final = (1 << 255) - 19
_OCTIC: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER: Final = frozenset({0, 1, _EDWARDS_PRIME - 1, _OCTIC, _EDWARDS_PRIME - _OCTIC})

_GENERAL: Final = "C2PA 2.2 §14.5.1.1"

_SERIAL_SIZE: Final = 20

#: The profile. The first group holds for every certificate, also one that the user allowed by name.
RULES: Final = (
    ProfileRule(
        id="signature-algorithm",
        uses=_ALL,
        clause=_GENERAL,
        wanted="a signature with ECDSA or RSA and SHA-256, SHA-384 or SHA-512, with Ed25519 or "
        "ML-DSA",
        fix="openssl x509 -req -sha256 …; a CA with a P-256, RSA, Ed25519 or ML-DSA key",
        check=_signature_algorithm,
    ),
    ProfileRule(
        id="pss-parameters",
        uses=_ALL,
        clause=_GENERAL,
        wanted="RSASSA-PSS with SHA-256, SHA-384 or SHA-512, the same hash for its mask",
        fix="openssl x509 -req -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha256 …",
        check=_pss_parameters,
        applies=_is_pss_signed,
    ),
    ProfileRule(
        id="key-kind",
        uses=_ALL,
        clause="C2PA 2.5 §12.3",
        wanted="an EC, RSA, Ed25519 or ML-DSA key",
        fix="openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        check=_key_kind,
    ),
    ProfileRule(
        id="curve",
        uses=_ALL,
        clause=_GENERAL,
        wanted="curve P-256, P-384 or P-521",
        fix="openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        check=_curve,
        applies=_has_ec_key,
    ),
    ProfileRule(
        id="rsa-size",
        uses=_ALL,
        clause=_GENERAL,
        wanted=f"an RSA key of {LEAST_RSA_BITS} to {limits.RSA_BITS} bits",
        fix="openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
        check=_rsa_size,
        applies=has_rsa_key,
    ),
    ProfileRule(
        id="key-order",
        uses=_ALL,
        clause="RFC 8032 §5.1.7, RFC 7748 §7",
        wanted="an Ed25519 key that is not a point of small order",
        fix="openssl genpkey -algorithm Ed25519",
        check=_order,
        applies=_has_edwards_key,
    ),
    ProfileRule(
        id="version",
        uses=_ISSUED,
        clause=f"{_GENERAL}; RFC 5280 §4.1.2.1",
        wanted="version 3",
        fix="issue it with an extension file: openssl x509 -req -extfile …",
        check=_version,
    ),
    ProfileRule(
        id="unique-ids",
        uses=_ISSUED,
        clause=f"{_GENERAL}; RFC 5280 §4.1.2.8",
        wanted="no unique identifiers",
        fix="issue it without issuerUniqueID and subjectUniqueID",
        check=_unique_ids,
    ),
    ProfileRule(
        id="validity",
        uses=_ISSUED,
        clause="RFC 5280 §4.1.2.5",
        wanted="a validity period that ends after it begins",
        fix="openssl x509 -req -days 365 …",
        check=_validity,
    ),
    ProfileRule(
        id="end-entity",
        uses=_END_ENTITY,
        clause="C2PA 2.2 §14.5.1.2",
        wanted="a certificate of an end entity, not of a CA",
        fix="basicConstraints = critical, CA:FALSE",
        check=_end_entity,
    ),
    ProfileRule(
        id="basic-constraints",
        uses=_CA,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.9",
        wanted="Basic Constraints with CA:TRUE",
        fix="basicConstraints = critical, CA:TRUE",
        check=_authority,
    ),
    ProfileRule(
        id="authority-key-identifier",
        uses=_ISSUED,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.1",
        wanted="an Authority Key Identifier",
        fix="authorityKeyIdentifier = keyid",
        check=_authority_key_id_present,
        applies=_is_issued,
    ),
    ProfileRule(
        id="subject-key-identifier",
        uses=_CA,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.2",
        wanted="a Subject Key Identifier",
        fix="subjectKeyIdentifier = hash",
        check=_subject_key_id,
    ),
    ProfileRule(
        id="key-usage",
        uses=_SIGNER,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.3",
        wanted="key usage digitalSignature",
        fix="keyUsage = critical, digitalSignature",
        check=_usage("digitalSignature"),
    ),
    ProfileRule(
        id="key-usage",
        uses=_SERVICES,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.12",
        wanted="key usage digitalSignature or nonRepudiation",
        fix="keyUsage = critical, digitalSignature",
        check=_usage("digitalSignature", "nonRepudiation"),
    ),
    ProfileRule(
        id="key-usage",
        uses=_CA,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.3",
        wanted="key usage keyCertSign",
        fix="keyUsage = critical, keyCertSign, cRLSign",
        check=_usage("keyCertSign"),
    ),
    ProfileRule(
        id="key-cert-sign",
        uses=_END_ENTITY,
        clause=_GENERAL,
        wanted="no key usage keyCertSign",
        fix="keyUsage = critical, digitalSignature",
        check=_issues_nothing,
    ),
    ProfileRule(
        id="extended-key-usage",
        uses=_END_ENTITY,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.12",
        wanted="an Extended Key Usage with at least one purpose",
        fix=f"extendedKeyUsage = emailProtection, {CLAIM_SIGNING}",
        check=_has_purpose,
    ),
    ProfileRule(
        id="any-purpose",
        uses=_END_ENTITY,
        clause=_GENERAL,
        wanted="no anyExtendedKeyUsage",
        fix=f"extendedKeyUsage = emailProtection, {CLAIM_SIGNING}",
        check=_not_any_purpose,
        applies=_names_purposes,
    ),
    ProfileRule(
        id="purpose",
        uses=_SIGNER,
        clause="C2PA 2.2 §14.5.1.2",
        wanted="a certificate that is not for time stamps or OCSP",
        fix=f"extendedKeyUsage = emailProtection, {CLAIM_SIGNING}",
        check=_signing_purpose,
        applies=_names_purposes,
    ),
    ProfileRule(
        id="purpose",
        uses=_TSA,
        clause=_GENERAL,
        wanted="timeStamping as the only purpose",
        fix="extendedKeyUsage = critical, timeStamping",
        check=_only_purpose(TIME_STAMPING),
        applies=_names_purposes,
    ),
    ProfileRule(
        id="purpose",
        uses=_OCSP,
        clause=_GENERAL,
        wanted="OCSPSigning as the only purpose",
        fix="extendedKeyUsage = OCSPSigning",
        check=_only_purpose(OCSP_SIGNING),
        applies=_names_purposes,
    ),
    ProfileRule(
        id="critical-extensions",
        uses=_ISSUED,
        clause="RFC 5280 §4.2",
        wanted="no critical extension that verifiers do not know",
        fix="leave the extension out, or do not mark it critical",
        check=_extensions_handled,
    ),
    ProfileRule(
        id="issued",
        uses=_END_ENTITY,
        clause="C2PA 2.2 §14.5.1.2",
        wanted="a certificate issued by a CA, so that a chain leads to an anchor",
        fix="openssl x509 -req -CA ca.pem -CAkey ca.key …, or `aidisclose credentials new`",
        check=_issued,
        is_required=False,
        is_needed=True,
    ),
    ProfileRule(
        id="accepted-purpose",
        uses=_SIGNER,
        clause="C2PA 2.2 §14.4.1",
        wanted="a purpose that validators accept without being told to",
        fix=f"extendedKeyUsage = emailProtection, {CLAIM_SIGNING}",
        check=_accepted_purpose,
        applies=_names_purposes,
        is_required=False,
        is_needed=True,
    ),
    ProfileRule(
        id="subject-key-identifier",
        uses=_END_ENTITY,
        clause=f"{_GENERAL}; RFC 5280 §4.2.1.2",
        wanted="a Subject Key Identifier",
        fix="subjectKeyIdentifier = hash",
        check=_subject_key_id,
        is_required=False,
    ),
    ProfileRule(
        id="known-algorithm",
        uses=_SIGNER,
        clause="C2PA 2.5 §12.3",
        wanted="a key that validators of older versions know",
        fix="openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256; ML-DSA for an actor "
        "besides (docs/certificates.md)",
        check=_new_algorithm,
        is_required=False,
    ),
    ProfileRule(
        id="serial-number",
        uses=_ISSUED,
        clause="RFC 5280 §4.1.2.2",
        wanted=f"a positive serial number of at most {_SERIAL_SIZE} bytes",
        fix="openssl x509 -req -set_serial 0x$(openssl rand -hex 16) …",
        check=_serial,
        is_required=False,
    ),
    ProfileRule(
        id="authority-key",
        uses=_ISSUED,
        clause="RFC 5280 §4.2.1.1",
        wanted="an Authority Key Identifier that names the issuer's key",
        fix="authorityKeyIdentifier = keyid",
        check=_authority_key_id,
        applies=_has_authority_key_id,
        is_required=False,
    ),
    ProfileRule(
        id="key-usage-critical",
        uses=_ISSUED,
        clause=_GENERAL,
        wanted="a critical Key Usage extension",
        fix="keyUsage = critical, …",
        check=_critical(certificates.KEY_USAGE),
        applies=_has(certificates.KEY_USAGE),
        is_required=False,
    ),
    ProfileRule(
        id="basic-constraints-critical",
        uses=_CA,
        clause="RFC 5280 §4.2.1.9",
        wanted="a critical Basic Constraints extension",
        fix="basicConstraints = critical, CA:TRUE",
        check=_critical(certificates.BASIC_CONSTRAINTS),
        applies=_has(certificates.BASIC_CONSTRAINTS),
        is_required=False,
    ),
    ProfileRule(
        id="purpose-critical",
        uses=_TSA,
        clause="RFC 3161 §2.3",
        wanted="a critical Extended Key Usage extension",
        fix="extendedKeyUsage = critical, timeStamping",
        check=_critical(certificates.EXTENDED_KEY_USAGE),
        applies=_has(certificates.EXTENDED_KEY_USAGE),
    ),
)
