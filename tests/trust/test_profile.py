"""The certificate profile: one certificate for every way to break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from aidisclose.codec import der
from aidisclose.trust.certificate import Certificate, load
from aidisclose.trust.profile import RULES, Use, evaluate, purpose_names, violations
from tests.trust import pki
from tests.trust.pki import Edit, Entity

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
RESPONDING = ExtendedKeyUsageOID.OCSP_SIGNING
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def good(use: Use) -> Entity:
    """A certificate that follows the profile in every recommendation."""
    root = pki.root()
    if use is Use.CA:
        return pki.intermediate()
    if use is Use.TSA:
        purposes = x509.ExtendedKeyUsage([STAMPING])
        return pki.issue("TSA", root, extensions={x509.ExtendedKeyUsage: (purposes, True)})
    if use is Use.OCSP:
        return pki.issue("Responder", root, purposes=[RESPONDING])
    return pki.signer()


@pytest.mark.parametrize("use", Use)
def test_a_good_certificate_breaks_no_rule(use: Use) -> None:
    certificate = good(use).certificate
    assert [rule.id for rule, found in evaluate(certificate, use=use) if found] == []
    assert violations(certificate, use=use) == ()


@pytest.mark.parametrize("kind", pki.PERMITTED)
@pytest.mark.parametrize("issuer", ["p384", "rsa2048", "ed25519", "ml-dsa-65"])
def test_every_allowed_key_is_good(kind: str, issuer: str) -> None:
    entity = pki.issue("S", pki.root(issuer), kind=kind)
    assert violations(entity.certificate, use=Use.SIGNER) == ()


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_every_allowed_hash_of_pss_is_good(digest: pki.Digest) -> None:
    scheme = padding.PSS(padding.MGF1(digest), digest.digest_size)
    entity = pki.issue("S", pki.root("rsa2048"), digest=digest, pss=scheme)
    assert violations(entity.certificate, use=Use.SIGNER) == ()


def changed(use: Use, edit: Edit) -> Certificate:
    return load(pki.rewrite(good(use), edit))


def leaf(extension: x509.ExtensionType | None = None, *, critical: bool = True) -> Certificate:
    """A signer with one extension more, or another in its place."""
    extra = {} if extension is None else {type(extension): (extension, critical)}
    return pki.issue("S", pki.root(), extensions=extra).certificate


def without(extension: type[x509.ExtensionType], use: Use = Use.SIGNER) -> Certificate:
    is_ca = use is Use.CA
    missing: pki.Extensions = {extension: None}
    return pki.issue("S", pki.root(), ca=is_ca, extensions=missing).certificate


def purposes(*wanted: ObjectIdentifier) -> Certificate:
    return pki.issue("S", pki.root(), purposes=wanted).certificate


def stamping(*wanted: ObjectIdentifier) -> Certificate:
    """A certificate whose purposes are critical, as those of authorities must be."""
    extension = x509.ExtendedKeyUsage(list(wanted))
    return pki.issue(
        "S", pki.root(), extensions={x509.ExtendedKeyUsage: (extension, True)}
    ).certificate


#: The points of Ed25519 whose order divides 8, as they are encoded.
SMALL_ORDER = tuple(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        # The same with a y that is not reduced.
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


def of_small_order(number: int) -> Certificate:
    """A certificate for such a key."""

    def edit(fields: list[bytes]) -> list[bytes]:
        algorithm = der.encode(der.SEQUENCE, der.encode_oid("1.3.101.112"))
        key = der.encode(der.BIT_STRING, b"\0" + SMALL_ORDER[number])
        return [*fields[:6], der.encode(der.SEQUENCE, algorithm, key), *fields[7:]]

    return changed(Use.SIGNER, edit)


def key_kind(oid: str) -> Edit:
    """Replaces the algorithm of the key, as an ML-DSA certificate would have it."""

    def edit(fields: list[bytes]) -> list[bytes]:
        algorithm = der.encode(der.SEQUENCE, der.encode_oid(oid))
        info = der.encode(der.SEQUENCE, algorithm, der.encode(der.BIT_STRING, bytes(33)))
        return [*fields[:6], info, *fields[7:]]

    return edit


def explicit_curve(fields: list[bytes]) -> list[bytes]:
    algorithm = der.encode(
        der.SEQUENCE, der.encode_oid("1.2.840.10045.2.1"), der.encode(der.SEQUENCE)
    )
    info = der.encode(der.SEQUENCE, algorithm, der.encode(der.BIT_STRING, bytes(66)))
    return [*fields[:6], info, *fields[7:]]


def version_1(fields: list[bytes]) -> list[bytes]:
    return fields[1:7]


def unique_id(number: int) -> Edit:
    element = der.encode(der.context(number, constructed=False), b"\x00\x01")
    return lambda fields: [*fields[:7], element, *fields[7:]]


def no_purposes(fields: list[bytes]) -> list[bytes]:
    oid = der.encode_oid("2.5.29.37")
    others = [e for e in pki.elements(pki.elements(fields[-1])[0]) if oid not in e]
    empty = der.encode(der.SEQUENCE, oid, der.encode(der.OCTET_STRING, b"\x30\x00"))
    return [
        *fields[:-1],
        der.encode(der.context(3), der.encode(der.SEQUENCE, *others, empty)),
    ]


def pss(digest: pki.Digest, mgf: pki.Digest) -> Certificate:
    scheme = padding.PSS(padding.MGF1(mgf), 20)
    return pki.issue("S", pki.root("rsa2048"), digest=digest, pss=scheme).certificate


def backwards() -> Certificate:
    return changed(
        Use.SIGNER,
        lambda fields: [
            *fields[:4],
            der.encode(der.SEQUENCE, *reversed(pki.elements(fields[4]))),
            *fields[5:],
        ],
    )


def self_signed() -> Certificate:
    return pki.issue("Alone").certificate


REQUIRED: list[tuple[Use, str, str, Callable[[], Certificate]]] = [
    (
        Use.SIGNER,
        "signature-algorithm",
        "algorithm 1.2.840.10045.4.3.1",
        lambda: pki.issue("S", pki.root(), digest=hashes.SHA224()).certificate,
    ),
    (
        Use.ALLOWED,
        "signature-algorithm",
        "algorithm 1.3.101.113",
        lambda: pki.issue("S", pki.root("ed448")).certificate,
    ),
    (
        Use.SIGNER,
        "pss-parameters",
        "a hash that is not SHA-2",
        lambda: pss(hashes.SHA224(), hashes.SHA224()),
    ),
    (
        Use.ALLOWED,
        "pss-parameters",
        "sha256 with a mask of sha384",
        lambda: pss(hashes.SHA256(), hashes.SHA384()),
    ),
    (
        Use.SIGNER,
        "key-kind",
        "a key of kind 2.16.840.1.101.3.4.3.20",
        lambda: changed(Use.SIGNER, key_kind("2.16.840.1.101.3.4.3.20")),
    ),
    (
        Use.CA,
        "key-kind",
        "a key of kind 1.3.101.113",
        lambda: pki.issue("CA", pki.root(), kind="ed448", ca=True).certificate,
    ),
    (
        Use.SIGNER,
        "curve",
        "curve 1.3.132.0.10",
        lambda: pki.issue("S", pki.root(), kind="k256").certificate,
    ),
    (
        Use.ALLOWED,
        "curve",
        "a curve without a name",
        lambda: changed(Use.SIGNER, explicit_curve),
    ),
    (
        Use.SIGNER,
        "rsa-size",
        "1024 bits",
        lambda: pki.issue("S", pki.root(), kind="rsa1024").certificate,
    ),
    (Use.SIGNER, "unique-ids", "subjectUniqueID", lambda: changed(Use.SIGNER, unique_id(1))),
    (Use.CA, "unique-ids", "subjectUniqueID", lambda: changed(Use.CA, unique_id(2))),
    (Use.SIGNER, "validity", "to 2026-0", backwards),
    (
        Use.SIGNER,
        "end-entity",
        "CA:TRUE",
        lambda: leaf(x509.BasicConstraints(ca=True, path_length=None)),
    ),
    (
        Use.CA,
        "basic-constraints",
        "CA:FALSE",
        lambda: without(x509.BasicConstraints, Use.CA),
    ),
    (
        Use.SIGNER,
        "authority-key-identifier",
        "no extension",
        lambda: without(x509.AuthorityKeyIdentifier),
    ),
    (
        Use.CA,
        "authority-key-identifier",
        "no extension",
        lambda: without(x509.AuthorityKeyIdentifier, Use.CA),
    ),
    (
        Use.CA,
        "subject-key-identifier",
        "no extension",
        lambda: without(x509.SubjectKeyIdentifier, Use.CA),
    ),
    (Use.SIGNER, "key-usage", "no extension", lambda: without(x509.KeyUsage)),
    (
        Use.SIGNER,
        "key-usage",
        "keyEncipherment, nonRepudiation",
        lambda: leaf(pki.usage("content_commitment", "key_encipherment")),
    ),
    (Use.CA, "key-usage", "no extension", lambda: without(x509.KeyUsage, Use.CA)),
    (
        Use.CA,
        "key-usage",
        "cRLSign",
        lambda: (
            pki.issue(
                "CA", pki.root(), ca=True, extensions={x509.KeyUsage: (pki.usage("crl_sign"), True)}
            ).certificate
        ),
    ),
    (
        Use.SIGNER,
        "key-cert-sign",
        "keyCertSign",
        lambda: leaf(pki.usage("digital_signature", "key_cert_sign")),
    ),
    (Use.SIGNER, "extended-key-usage", "no extension", lambda: without(x509.ExtendedKeyUsage)),
    (
        Use.SIGNER,
        "extended-key-usage",
        "an empty list",
        lambda: changed(Use.SIGNER, no_purposes),
    ),
    (Use.SIGNER, "any-purpose", "anyExtendedKeyUsage", lambda: purposes(EMAIL, ANY)),
    (Use.SIGNER, "purpose", "timeStamping", lambda: purposes(STAMPING)),
    (Use.SIGNER, "purpose", "OCSPSigning", lambda: purposes(RESPONDING, EMAIL)),
    (Use.TSA, "purpose", "OCSPSigning, timeStamping", lambda: stamping(STAMPING, RESPONDING)),
    (Use.TSA, "purpose", "emailProtection", lambda: stamping(EMAIL)),
    (Use.TSA, "purpose-critical", "not critical", lambda: purposes(STAMPING)),
    (Use.SIGNER, "key-order", "a key of small order", lambda: of_small_order(0)),
    (Use.OCSP, "purpose", "OCSPSigning, emailProtection", lambda: purposes(EMAIL, RESPONDING)),
    (Use.SIGNER, "critical-extensions", "critical extension 1.2.3.4", lambda: leaf(UNKNOWN)),
    (
        Use.CA,
        "critical-extensions",
        "critical extension 2.5.29.36",
        lambda: (
            pki.issue(
                "CA",
                pki.root(),
                ca=True,
                extensions={x509.PolicyConstraints: (x509.PolicyConstraints(0, None), True)},
            ).certificate
        ),
    ),
]


@pytest.mark.parametrize(
    ("use", "rule", "found", "make"),
    [pytest.param(*row, id=f"{row[0].name} {row[1]}: {row[2]}") for row in REQUIRED],
)
def test_one_defect_breaks_one_rule(
    use: Use, rule: str, found: str, make: Callable[[], Certificate]
) -> None:
    broken = violations(make(), use=use)
    assert [violation.rule.id for violation in broken] == [rule]
    assert found in broken[0].found
    assert found in str(broken[0])


def test_a_certificate_without_extensions_breaks_what_needs_them() -> None:
    certificate = changed(Use.SIGNER, version_1)
    assert [violation.rule.id for violation in violations(certificate, use=Use.SIGNER)] == [
        "version",
        "authority-key-identifier",
        "key-usage",
        "extended-key-usage",
    ]


@pytest.mark.parametrize(
    ("use", "rule", "make"),
    [
        (Use.SIGNER, "issued", self_signed),
        (Use.SIGNER, "accepted-purpose", lambda: purposes(ExtendedKeyUsageOID.CODE_SIGNING)),
        (
            Use.SIGNER,
            "subject-key-identifier",
            lambda: without(x509.SubjectKeyIdentifier),
        ),
        (
            Use.SIGNER,
            "authority-key",
            lambda: leaf(
                x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(pki.name("R"))], 1),
                critical=False,
            ),
        ),
        (
            Use.SIGNER,
            "key-usage-critical",
            lambda: leaf(pki.usage("digital_signature"), critical=False),
        ),
        (
            Use.CA,
            "basic-constraints-critical",
            lambda: (
                pki.issue(
                    "CA",
                    pki.root(),
                    ca=True,
                    extensions={
                        x509.BasicConstraints: (
                            x509.BasicConstraints(ca=True, path_length=None),
                            False,
                        )
                    },
                ).certificate
            ),
        ),
    ],
)
def test_recommendations_are_shown_but_break_nothing(
    use: Use, rule: str, make: Callable[[], Certificate]
) -> None:
    certificate = make()
    shown = [rule.id for rule, found in evaluate(certificate, use=use) if found]
    assert shown == [rule]
    assert violations(certificate, use=use) == ()


def test_a_self_signed_certificate_need_not_identify_the_key_of_its_issuer() -> None:
    missing: pki.Extensions = {x509.AuthorityKeyIdentifier: None}
    root = pki.issue("Root", ca=True, extensions=missing).certificate
    assert [rule.id for rule, found in evaluate(root, use=Use.CA) if found] == []


def test_what_the_user_allowed_by_name_needs_only_sound_cryptography() -> None:
    certificate = changed(Use.SIGNER, version_1)
    assert violations(certificate, use=Use.ALLOWED) == ()


@pytest.mark.parametrize("use", Use)
def test_every_rule_is_there_once_for_a_use_and_says_how_to_mend_it(use: Use) -> None:
    rules = [rule for rule in RULES if use in rule.uses]
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.wanted and rule.fix and rule.clause for rule in rules)


def test_every_required_rule_is_broken_by_a_certificate_here() -> None:
    covered = {(use, rule) for use, rule, _, _ in REQUIRED} | {(Use.SIGNER, "version")}
    untested = [
        rule.id
        for rule in RULES
        if rule.is_required and not any((use, rule.id) in covered for use in rule.uses)
    ]
    # An authority or responder without the key usage is that of a signer with one more alternative.
    assert untested == ["key-usage"]


@pytest.mark.parametrize("number", range(len(SMALL_ORDER)))
def test_keys_of_small_order(number: int) -> None:
    found = violations(of_small_order(number), use=Use.SIGNER)
    assert [item.rule.id for item in found] == ["key-order"]


def test_purposes_for_a_person() -> None:
    assert purpose_names(None) == "no extension"
    assert purpose_names(frozenset()) == "an empty list"
    known = {"1.3.6.1.4.1.62558.2.1", "1.2.3"}
    assert purpose_names(frozenset(known)) == "1.2.3, c2pa-kp-claimSigning"


@pytest.mark.parametrize(
    ("serial", "said"),
    [
        (-1, "one that is not positive"),
        (0, "one that is not positive"),
        (1, ""),
        ((1 << 159) - 1, ""),
        (1 << 159, "21 bytes"),
    ],
)
def test_a_serial_number_is_positive_and_has_20_bytes_at_most(serial: int, said: str) -> None:
    """RFC 5280 §4.1.2.2."""
    certificate = replace(pki.signer().certificate, serial=serial)
    found = {rule.id: each for rule, each in evaluate(certificate, use=Use.SIGNER) if each}
    assert found == ({"serial-number": said} if said else {})
