"""The doctor: one wrong certificate for each rule, each named exactly, and what the reference says.

Whatever fails here is refused by c2pa-python, and whatever passes is trusted by it, except for the
differences that `DIFFERENCES` lists.
"""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from cryptography.x509.oid import ObjectIdentifier as Oid
from PIL import Image

from aidisclose.codec import der
from aidisclose.codec.cose import ALGORITHMS, POST_QUANTUM
from aidisclose.errors import SigningError
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.signing.flow import sign
from aidisclose.signing.signer import Signer
from aidisclose.trust import programme
from aidisclose.trust.certificate import Certificate, load, load_pem
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.doctor import Advice, Compliance, examine
from aidisclose.trust.profile import RULES, Use
from aidisclose.validate.verify import verify
from tests.issuing import Issued
from tests.trust import pki
from tests.trust.pki import DAY, Edit, Entity, Extensions

#: The reference looks at the clock, so these certificates are valid today.
NOW = datetime.now(UTC).replace(microsecond=0)
issue = functools.partial(pki.issue, not_before=NOW - 100 * DAY, not_after=NOW + 100 * DAY)

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
RESPONDING = ExtendedKeyUsageOID.OCSP_SIGNING
POLICY = Oid(programme.POLICY)


@dataclass(frozen=True)
class Case:
    """A certificate file, and who signs with it.

    Attributes:
        chain: The certificates in the order of the file.
        key: Key of the signer, if it is not that of the first certificate.
        use: What it is for.
    """

    chain: list[bytes]
    signer: Entity
    key: Entity | None = None
    use: Use = Use.SIGNER


@functools.cache
def root() -> Entity:
    return issue("Root", kind="p384", ca=True)


@functools.cache
def intermediate() -> Entity:
    return issue("Intermediate", root(), number=1, ca=True, path_length=0)


def case(leaf: Entity, *others: Entity, **options: Any) -> Case:
    return Case([each.der for each in (leaf, *others)], leaf, **options)


def leaf(*, issuer: Entity | None = None, **options: Any) -> Case:
    """A signer below the intermediate, wrong as `options` say."""
    above = issuer or intermediate()
    return case(issue("Signer", above, **({"number": 2} | options)), above)


def below(**options: Any) -> Case:
    """A good signer below an intermediate that is wrong as `options` say."""
    return leaf(issuer=issue("CA", root(), **({"number": 3, "ca": True} | options)))


def without(extension: type[x509.ExtensionType]) -> Extensions:
    return {extension: None}


def with_extension(extension: x509.ExtensionType, *, critical: bool = False) -> Extensions:
    return {type(extension): (extension, critical)}


def rewritten(edit: Edit) -> Case:
    """A signer whose signed fields were edited before it was signed."""
    above = intermediate()
    signer = issue("Signer", above, number=2)
    return Case([pki.rewrite(signer, edit), above.der], signer)


def version_2(fields: list[bytes]) -> list[bytes]:
    return [der.encode(der.context(0), der.encode_integer(1)), *fields[1:]]


def unique_id(fields: list[bytes]) -> list[bytes]:
    return [*fields[:-1], der.encode(der.context(1, constructed=False), b"\0\1"), fields[-1]]


def negative_serial(fields: list[bytes]) -> list[bytes]:
    return [fields[0], der.encode_integer(-5), *fields[2:]]


def long_serial(fields: list[bytes]) -> list[bytes]:
    """A serial number of 160 bits, which with its sign takes 21 bytes (RFC 5280 §4.1.2.2)."""
    return [fields[0], der.encode_integer(1 << 159), *fields[2:]]


def longest_serial(fields: list[bytes]) -> list[bytes]:
    """The highest serial number of 20 bytes."""
    return [fields[0], der.encode_integer((1 << 159) - 1), *fields[2:]]


def backwards(fields: list[bytes]) -> list[bytes]:
    validity = pki.elements(fields[4])
    return [*fields[:4], der.encode(der.SEQUENCE, *reversed(validity)), *fields[5:]]


def mixed_pss() -> Case:
    """SHA-256 with a mask of SHA-384."""
    digest = hashes.SHA256()
    scheme = padding.PSS(padding.MGF1(hashes.SHA384()), digest.digest_size)
    return below_rsa(pss=scheme, digest=digest)


def below_rsa(**options: Any) -> Case:
    """A signer, issued with RSA."""
    above = issue("RSA", root(), kind="rsa2048", ca=True)
    return case(issue("Signer", above, number=2, **options), above)


def impostor() -> Case:
    """Another CA of the same name issued the certificate."""
    other = issue("Intermediate", root(), number=9, ca=True)
    return case(issue("Signer", other, number=2), intermediate())


def too_long() -> Case:
    """A CA that may not have CAs below it."""
    middle = issue("Middle", root(), number=4, ca=True, path_length=0)
    last = issue("Last", middle, number=5, ca=True)
    return case(issue("Signer", last, number=2), last, middle)


def constrained() -> Case:
    constraint = x509.NameConstraints([x509.DNSName("example.com")], None)
    return below(extensions=with_extension(constraint))


def stamper(critical: bool = True, purposes: tuple[Oid, ...] = (STAMPING,)) -> Case:
    extension = x509.ExtendedKeyUsage(list(purposes))
    return Case(
        leaf(extensions=with_extension(extension, critical=critical)).chain,
        intermediate(),
        use=Use.TSA,
    )


def swapped() -> Case:
    made = leaf()
    return Case(made.chain[::-1], made.signer)


def alone() -> Case:
    made = leaf()
    return Case(made.chain[:1], made.signer)


def extended(*more: Entity) -> Case:
    made = leaf()
    return Case([*made.chain, *(each.der for each in more)], made.signer)


def twice() -> Case:
    made = leaf()
    return Case([made.chain[0], *made.chain], made.signer)


def gap() -> Case:
    made = leaf()
    return Case([made.chain[0], root().der], made.signer)


CRITICAL = with_extension(x509.UnrecognizedExtension(Oid("1.2.3.4"), b"\x05\x00"), critical=True)
IS_CA = with_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
NOT_CA = with_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)

#: What is wrong → the rule that says so, and how to get there.
FAILED: dict[str, tuple[str, Callable[[], Case]]] = {
    "a signature with SHA-224": ("signature-algorithm", lambda: leaf(digest=hashes.SHA224())),
    "PSS with two hashes": ("pss-parameters", mixed_pss),
    "a DSA key": ("key-kind", lambda: leaf(kind="dsa")),
    "an Ed448 key": ("key-kind", lambda: leaf(kind="ed448")),
    "a key on secp256k1": ("curve", lambda: leaf(kind="k256")),
    "RSA with 1024 bits": ("rsa-size", lambda: leaf(kind="rsa1024")),
    "version 2": ("version", lambda: rewritten(version_2)),
    "a unique identifier": ("unique-ids", lambda: rewritten(unique_id)),
    "an end before its start": ("validity", lambda: rewritten(backwards)),
    "a CA as signer": ("end-entity", lambda: leaf(extensions=IS_CA)),
    "no authority key": (
        "authority-key-identifier",
        lambda: leaf(extensions=without(x509.AuthorityKeyIdentifier)),
    ),
    "no key usage": ("key-usage", lambda: leaf(extensions=without(x509.KeyUsage))),
    "a key for encryption": (
        "key-usage",
        lambda: leaf(extensions=with_extension(pki.usage("key_encipherment"), critical=True)),
    ),
    "a signer that issues": (
        "key-cert-sign",
        lambda: leaf(
            extensions=with_extension(
                pki.usage("digital_signature", "key_cert_sign"), critical=True
            )
        ),
    ),
    "no purpose": ("extended-key-usage", lambda: leaf(extensions=without(x509.ExtendedKeyUsage))),
    "any purpose": (
        "any-purpose",
        lambda: leaf(purposes=[EMAIL, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
    ),
    "mail and OCSP": ("purpose", lambda: leaf(purposes=[EMAIL, RESPONDING])),
    "mail and time stamps": ("purpose", lambda: leaf(purposes=[EMAIL, STAMPING])),
    "for TLS servers": (
        "accepted-purpose",
        lambda: leaf(purposes=[ExtendedKeyUsageOID.SERVER_AUTH]),
    ),
    "for code": ("accepted-purpose", lambda: leaf(purposes=[ExtendedKeyUsageOID.CODE_SIGNING])),
    "an unknown critical extension": (
        "critical-extensions",
        lambda: leaf(extensions=CRITICAL),
    ),
    "self-signed": ("issued", lambda: case(issue("Alone", number=6))),
    "expired": ("valid-now", lambda: leaf(not_after=NOW - DAY)),
    "not valid yet": ("valid-now", lambda: leaf(not_before=NOW + DAY)),
    "an issuer that is not a CA": ("basic-constraints", lambda: below(extensions=NOT_CA)),
    "an issuer that may not issue": (
        "key-usage",
        lambda: below(extensions=with_extension(pki.usage("crl_sign"), critical=True)),
    ),
    "an issuer without key identifier": (
        "subject-key-identifier",
        lambda: below(extensions=without(x509.SubjectKeyIdentifier)),
    ),
    "an issuer on secp256k1": ("curve", lambda: below(kind="k256")),
    "an expired issuer": ("valid-now", lambda: below(not_after=NOW - DAY)),
    "another issuer of that name": ("issuer-signature", impostor),
    "the issuer first": ("chain-order", swapped),
    "a certificate twice": ("chain-order", twice),
    "a stranger": ("chain-order", lambda: extended(pki.root("p521"))),
    "no intermediate": ("chain-complete", alone),
    "a gap below the root": ("chain-complete", gap),
    "too many CAs": ("path", too_long),
    "name constraints": ("path", constrained),
    "another key": ("key-match", lambda: Case(leaf().chain, leaf().signer, key=root())),
    "the issuer's key": (
        "key-match",
        lambda: Case(leaf().chain, leaf().signer, key=intermediate()),
    ),
    "a purpose to ignore": ("purpose-critical", lambda: stamper(critical=False)),
    "time stamps and mail": ("purpose", lambda: stamper(purposes=(STAMPING, EMAIL))),
}

ADVISED: dict[str, tuple[str, Callable[[], Case]]] = {
    "the root included": ("root-included", lambda: extended(root())),
    "twelve days left": ("expires-soon", lambda: leaf(not_after=NOW + 12 * DAY)),
    "no subject key": (
        "subject-key-identifier",
        lambda: leaf(extensions=without(x509.SubjectKeyIdentifier)),
    ),
    "an authority by name": (
        "authority-key",
        lambda: leaf(
            extensions=with_extension(
                x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(pki.name("R"))], 1)
            )
        ),
    ),
    "a key usage to ignore": (
        "key-usage-critical",
        lambda: leaf(extensions=with_extension(pki.usage("digital_signature"))),
    ),
    "constraints to ignore": (
        "basic-constraints-critical",
        lambda: below(extensions=with_extension(x509.BasicConstraints(ca=True, path_length=None))),
    ),
    "a serial number below zero": ("serial-number", lambda: rewritten(negative_serial)),
    "a serial number of 21 bytes": ("serial-number", lambda: rewritten(long_serial)),
}

#: What the reference trusts although it fails here, with the clause that forbids it.
DIFFERENCES = {
    "an issuer without key identifier": "C2PA 2.2 §14.5.1.1: present in any CA certificate",
    "a certificate twice": "C2PA 2.2 §14.5: an ordered chain of certificates",
    "name constraints": "RFC 5280 §4.2.1.10: process constraints, or reject the certificate",
}


def diagnose(made: Case, *, anchored: bool = True) -> tuple[Advice, ...]:
    chain = [load(each) for each in made.chain]
    key = made.key.certificate.key_info if made.key else None
    anchors = [root().anchor] if anchored else []
    return examine(chain, use=made.use, at=NOW, key=key, anchors=anchors)


def named(found: tuple[Advice, ...], *outcomes: Compliance) -> list[str]:
    return [finding.rule for finding in found if finding.outcome in outcomes]


class Forger:
    """A signer that asks nobody whether it may sign, with a key that C2PA may not permit."""

    def __init__(self, made: Case) -> None:
        self.alg = "es256"
        self.chain = tuple(made.chain)
        self.signature_size = 64
        self._key = (made.key or made.signer).key

    def check(self, at: datetime) -> None:
        pass

    def sign(self, data: bytes) -> bytes:
        if not isinstance(self._key, ec.EllipticCurvePrivateKey) or self._key.key_size != 256:
            return bytes(64)
        signature = self._key.sign(data, ec.ECDSA(hashes.SHA256()))
        return b"".join(each.to_bytes(32) for each in decode_dss_signature(signature))


@functools.cache
def picture() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(output, "PNG")
    return output.getvalue()


def judged_by_reference(signer: Signer, anchor: bytes, spec: str = "2.4") -> tuple[str, set[str]]:
    """State and failures that c2pa-python reports for a file signed like this."""
    output = io.BytesIO()
    sign(picture(), output, signer=signer, disclosure=Disclosure(ai="generated"), spec=spec)
    settings = {"version": 1, "trust": {"user_anchors": anchor.decode()}}
    output.seek(0)
    reader = c2pa.Reader("image/png", output, context=c2pa.Context.from_dict(settings))
    report = json.loads(reader.json())
    failures = report["validation_results"]["activeManifest"]["failure"]
    return report["validation_state"], {item["code"] for item in failures}


def as_signer(made: Case) -> Signer:
    return cast("Signer", Forger(made))


@pytest.mark.parametrize("defect", FAILED)
def test_a_wrong_certificate_is_named_by_its_rule_alone(defect: str) -> None:
    rule, make = FAILED[defect]
    found = diagnose(make())
    assert named(found, Compliance.FAILED) == [rule]
    assert named(found, Compliance.ADVISED) == []
    (finding,) = (each for each in found if each.outcome is Compliance.FAILED)
    assert finding.found
    assert finding.fix
    assert finding.clause
    assert str(finding) == f"{finding.wanted} is required, found {finding.found}"


@pytest.mark.parametrize("defect", ADVISED)
def test_a_certificate_that_could_be_better_is_named_by_its_rule_alone(defect: str) -> None:
    rule, make = ADVISED[defect]
    found = diagnose(make())
    assert named(found, Compliance.FAILED) == []
    assert named(found, Compliance.ADVISED) == [rule]
    (finding,) = (each for each in found if each.outcome is Compliance.ADVISED)
    assert str(finding) == f"{finding.wanted} is recommended, found {finding.found}"


@pytest.mark.parametrize(
    "defect", [name for name, (_, make) in FAILED.items() if "time stamps and" not in name]
)
def test_the_reference_refuses_what_fails(defect: str) -> None:
    state, failures = judged_by_reference(as_signer(FAILED[defect][1]()), root().pem)
    if defect in DIFFERENCES:
        assert (state, failures) == ("Trusted", set())
    else:
        assert state != "Trusted"
        assert failures


@pytest.mark.parametrize("defect", ADVISED)
def test_the_reference_trusts_what_is_only_advised(defect: str) -> None:
    signer = as_signer(ADVISED[defect][1]())
    assert judged_by_reference(signer, root().pem) == ("Trusted", set())


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_algorithm_passes_and_the_reference_trusts_it(issued: Issued, alg: str) -> None:
    made = issued(alg)
    anchor = (made.folder / "root.pem").read_bytes()
    signer = made.signer()
    found = examine(
        [load(each) for each in signer.chain],
        use=Use.SIGNER,
        at=datetime.now(UTC),
        anchors=TrustConfig.from_pem(anchor).anchors,
    )
    is_new = alg in POST_QUANTUM
    assert named(found, Compliance.FAILED) == []
    assert named(found, Compliance.ADVISED) == (["known-algorithm"] if is_new else [])
    unknown = {"algorithm.unsupported", "claimSignature.mismatch"}
    wanted = ("Invalid", unknown) if is_new else ("Trusted", set())
    assert judged_by_reference(signer, anchor, "2.5") == wanted


def test_time_stamps_of_test_credentials_pass(issued: Issued) -> None:
    folder = issued("es256").folder
    found = examine(
        load_pem((folder / "tsa-chain.pem").read_bytes()),
        use=Use.TSA,
        at=datetime.now(UTC),
        anchors=TrustConfig.from_pem(tsa=(folder / "root.pem").read_bytes()).tsa_anchors,
    )
    assert named(found, Compliance.FAILED, Compliance.ADVISED) == []


@pytest.mark.parametrize(
    "defect", ["a key for encryption", "any purpose", "mail and OCSP", "RSA with 1024 bits"]
)
def test_doctor_sign_and_verify_say_the_same(defect: str) -> None:
    made = FAILED[defect][1]()
    (finding,) = (each for each in diagnose(made) if each.outcome is Compliance.FAILED)
    signer = Signer(alg="es256", chain=tuple(made.chain), signature_size=64, sign=bytes)
    with pytest.raises(SigningError) as caught:
        signer.check(NOW)
    assert str(caught.value) == (
        f"the certificate 'Signer' is not permitted: {finding}; to fix it: {finding.fix}"
    )
    output = io.BytesIO()
    sign(picture(), output, signer=as_signer(made), disclosure=Disclosure(ai="generated"))
    report = verify(output.getvalue(), trust=TrustConfig.from_pem(root().pem))
    said = {item.explanation for item in report.failures if "credential.inv" in item.code.lower()}
    assert said == {str(finding)}


def test_every_rule_is_shown_for_every_certificate() -> None:
    found = diagnose(leaf())
    expected = {(1, rule.id) for rule in RULES if Use.SIGNER in rule.uses}
    expected |= {(2, rule.id) for rule in RULES if Use.CA in rule.uses}
    assert {(each.certificate, each.rule) for each in found} >= expected
    chain_rules = [each.rule for each in found if each.certificate == 0]
    assert chain_rules == [
        "key-match",
        "issuer-signature",
        "chain-order",
        "chain-complete",
        "root-included",
        "path",
    ]


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ("rsa-size", leaf()),
        ("pss-parameters", leaf()),
        ("curve", leaf(kind="ed25519")),
        ("programme", leaf()),
        ("key-match", leaf()),
        ("authority-key-identifier", case(issue("Alone", number=6))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_rule_is_not_about_is_said(rule: str, made: Case) -> None:
    assert rule in named(diagnose(made), Compliance.NOT_APPLICABLE)


def test_without_anchors_a_chain_counts_as_complete_unless_it_is_one_certificate() -> None:
    assert named(diagnose(leaf(), anchored=False), Compliance.FAILED, Compliance.ADVISED) == []
    assert named(diagnose(alone(), anchored=False), Compliance.FAILED) == ["chain-complete"]
    assert named(diagnose(gap(), anchored=False), Compliance.FAILED) == ["chain-complete"]


def test_the_right_key_is_recognised_also_in_the_wrong_order() -> None:
    made = leaf()
    found = diagnose(Case(made.chain[::-1], made.signer, key=made.signer))
    assert named(found, Compliance.FAILED) == ["chain-order"]
    assert "key-match" in named(found, Compliance.PASSED)


def test_a_serial_number_of_20_bytes_is_short_enough() -> None:
    assert named(diagnose(rewritten(longest_serial)), Compliance.ADVISED) == []


def test_a_short_life_is_not_always_about_to_end() -> None:
    """Certificates for 30 days or less would be renewed every day otherwise."""
    fresh = leaf(not_before=NOW - DAY, not_after=NOW + 20 * DAY)
    assert "expires-soon" in named(diagnose(fresh), Compliance.PASSED)
    old = leaf(not_before=NOW - 15 * DAY, not_after=NOW + 6 * DAY)
    assert "expires-soon" in named(diagnose(old), Compliance.ADVISED)


UUID = "0e4b1f5c-6c0c-4b0f-9d5e-1f2a3b4c5d6e"
POLICIES = x509.CertificatePolicies([x509.PolicyInformation(POLICY, None)])
STATUS = x509.AuthorityInformationAccess(
    [
        x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://o.test")
        )
    ]
)


def unknown(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(Oid(oid), value)


LEVEL = unknown("1.3.6.1.4.1.62558.3", der.encode_oid("1.3.6.1.4.1.62558.3.10"))
PRODUCT = unknown("1.3.6.1.4.1.62558.4", der.encode(0x0C, UUID.encode()))
FULL_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "ZZ"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Product"),
    ]
)


def programme_leaf(
    *,
    subject: x509.Name = FULL_NAME,
    days: int = 366,
    usage: tuple[str, ...] = ("digital_signature", "content_commitment"),
    purposes: tuple[Oid, ...] = (EMAIL, pki.CLAIM_SIGNING),
    extra: tuple[x509.ExtensionType, ...] = (STATUS, LEVEL, PRODUCT),
) -> Certificate:
    """A signer's certificate as a CA of the programme issues it."""
    signing, own = pki.key("p384", 1), pki.key("p256", 2)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    start = NOW - 40 * DAY
    builder = x509.CertificateBuilder(
        issuer_name=FULL_NAME,
        subject_name=subject,
        public_key=own.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=start.replace(tzinfo=None),
        not_valid_after=(start + days * DAY).replace(tzinfo=None),
    )
    extensions = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (pki.usage(*usage), True),
        (x509.ExtendedKeyUsage(list(purposes)), False),
        (x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False),
        *((each, False) for each in (POLICIES, *extra)),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return load(builder.sign(signing, hashes.SHA384()).public_bytes(Encoding.DER))


def advised_by_programme(certificate: Certificate, use: Use) -> list[str]:
    found = examine([certificate], use=use, at=NOW)
    names = named(found, Compliance.FAILED, Compliance.ADVISED)
    return [name for name in names if name.startswith("programme")]


def test_a_certificate_of_the_programme_passes() -> None:
    certificate = programme_leaf(subject=OTHER_NAME)
    assert advised_by_programme(certificate, Use.SIGNER) == []
    found = examine([certificate], use=Use.SIGNER, at=NOW)
    assert sum(each.rule.startswith("programme") for each in found) == len(
        [rule for rule in programme.RULES if Use.SIGNER in rule.uses]
    )


OTHER_NAME = x509.Name([*FULL_NAME, x509.NameAttribute(NameOID.SERIAL_NUMBER, "1")])
LEVEL_2 = unknown("1.3.6.1.4.1.62558.3", der.encode_oid("1.3.6.1.4.1.62558.3.20"))


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("programme-subject", {"subject": pki.name("Product")}),
        ("programme-period", {"days": 367}),
        ("programme-period", {"days": 91, "extra": (STATUS, LEVEL_2, PRODUCT)}),
        ("programme-key-usage", {"usage": ("digital_signature",)}),
        ("programme-purpose", {"purposes": (EMAIL,)}),
        ("programme-purpose", {"purposes": (pki.CLAIM_SIGNING,)}),
        ("programme-status", {"extra": (LEVEL, PRODUCT)}),
        ("programme-assurance-level", {"extra": (STATUS, PRODUCT)}),
        (
            "programme-assurance-level",
            {"extra": (STATUS, PRODUCT, unknown("1.3.6.1.4.1.62558.3", b"\x05\x00"))},
        ),
        ("programme-product", {"extra": (STATUS, LEVEL)}),
        (
            "programme-product",
            {"extra": (STATUS, LEVEL, unknown("1.3.6.1.4.1.62558.4", b"\x0c\x01x"))},
        ),
        (
            "programme-product",
            {"extra": (STATUS, LEVEL, unknown("1.3.6.1.4.1.62558.4", b"\x04\x01x"))},
        ),
    ],
)
def test_a_signer_that_the_policy_does_not_permit(rule: str, options: dict[str, Any]) -> None:
    certificate = programme_leaf(**({"subject": OTHER_NAME} | options))
    assert advised_by_programme(certificate, Use.SIGNER) == [rule]


PLACE = x509.UniformResourceIdentifier("http://ca.example/list.crl")
LIST = x509.CRLDistributionPoints([x509.DistributionPoint([PLACE], None, None, None)])


@pytest.mark.parametrize(
    ("where", "is_enough"),
    [((STATUS,), True), ((STATUS, LIST), True), ((LIST,), False), ((), False)],
)
def test_a_signer_says_where_a_responder_answers(
    where: tuple[x509.ExtensionType, ...], is_enough: bool
) -> None:
    """A list is enough for authorities, not for them."""
    certificate = programme_leaf(subject=OTHER_NAME, extra=(LEVEL, PRODUCT, *where))
    failed = advised_by_programme(certificate, Use.SIGNER)
    assert failed == ([] if is_enough else ["programme-status"])
    issuing = authority(
        extensions={
            x509.AuthorityInformationAccess: None,
            **{type(each): (each, False) for each in where},
        }
    )
    assert ("programme-status" in advised_by_programme(issuing, Use.CA)) is (not where)


def authority(kind: str = "p384", **options: Any) -> Certificate:
    """An issuing CA of the programme."""
    extensions: Extensions = {
        x509.CertificatePolicies: (POLICIES, False),
        x509.AuthorityInformationAccess: (STATUS, False),
        x509.ExtendedKeyUsage: (x509.ExtendedKeyUsage([EMAIL, pki.CLAIM_SIGNING]), False),
    }
    return issue(
        "CA",
        root(),
        kind=kind,
        number=8,
        ca=True,
        path_length=0,
        **({"extensions": extensions | options.pop("extensions", {})} | options),
    ).certificate


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("programme-key", {"kind": "p256"}),
        ("programme-key", {"kind": "rsa2048"}),
        ("programme-key", {"kind": "ed25519"}),
        ("programme-key", {"kind": "ml-dsa-87"}),
        ("programme-period", {"not_after": NOW + 1800 * DAY}),
        (
            "programme-key-usage",
            {"extensions": with_extension(pki.usage("key_cert_sign"), critical=True)},
        ),
        ("programme-purpose", {"extensions": without(x509.ExtendedKeyUsage)}),
        ("programme-status", {"extensions": without(x509.AuthorityInformationAccess)}),
    ],
)
def test_an_authority_that_the_policy_does_not_permit(rule: str, options: dict[str, Any]) -> None:
    # The common name and organization of these test authorities come without a country.
    assert advised_by_programme(authority(**options), Use.CA) == ["programme-subject", rule]


def test_a_certificate_may_name_the_policy_in_a_way_that_cannot_be_read() -> None:
    damaged = unknown("2.5.29.32", b"\x04\x00")
    found = diagnose(leaf(extensions={x509.UnrecognizedExtension: (damaged, False)}))
    assert "programme" in named(found, Compliance.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (der.encode_oid("1.3.6.1.4.1.62558.3.10"), 1),
        (der.encode_oid("1.3.6.1.4.1.62558.3.20"), 2),
        (der.encode(der.SEQUENCE, der.encode_oid("1.3.6.1.4.1.62558.3.20")), 2),
        (der.encode_oid("1.3.6.1.4.1.62558.3.30"), None),
        (b"\x05\x00", None),
        (b"", None),
    ],
)
def test_assurance_levels(value: bytes, level: int | None) -> None:
    certificate = programme_leaf(extra=(unknown("1.3.6.1.4.1.62558.3", value),))
    assert programme.level_of(certificate) == level
    assert programme.level_of(leaf_of_nobody()) is None


@pytest.mark.parametrize(
    ("text", "number"), [(UUID, UUID), (UUID[:-1], ""), (f"{UUID}x", ""), ("", "")]
)
def test_numbers_of_products(text: str, number: str) -> None:
    value = der.encode(0x0C, text.encode())
    certificate = programme_leaf(extra=(unknown("1.3.6.1.4.1.62558.4", value),))
    assert programme.product_of(certificate) == number
    # It is a UTF8String, and nothing else.
    other = programme_leaf(extra=(unknown("1.3.6.1.4.1.62558.4", b"\x04" + value[1:]),))
    assert programme.product_of(other) == ""
    assert programme.product_of(leaf_of_nobody()) == ""


def leaf_of_nobody() -> Certificate:
    """A certificate that states neither."""
    return programme_leaf(extra=())
