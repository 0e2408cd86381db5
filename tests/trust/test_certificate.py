"""Certificates: the same is read as `cryptography` reads, and nothing else is raised."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec import der
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate, format_name, is_issued_by, load, load_pem
from aidisclose.trust.signature import Check
from tests.trust import pki
from tests.trust.pki import Edit, Entity

LISTS = [
    pki.SHARED / "trust" / "C2PA-TRUST-LIST.pem",
    pki.SHARED / "trust" / "C2PA-TSA-TRUST-LIST.pem",
    pki.SHARED / "vectors" / "test-roots.pem",
]


def reference_usage(certificate: x509.Certificate) -> frozenset[str]:
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    return frozenset(
        name
        for name, is_set in {
            "digitalSignature": usage.digital_signature,
            "nonRepudiation": usage.content_commitment,
            "keyEncipherment": usage.key_encipherment,
            "dataEncipherment": usage.data_encipherment,
            "keyAgreement": usage.key_agreement,
            "keyCertSign": usage.key_cert_sign,
            "cRLSign": usage.crl_sign,
            "encipherOnly": usage.key_agreement and usage.encipher_only,
            "decipherOnly": usage.key_agreement and usage.decipher_only,
        }.items()
        if is_set
    )


def assert_same(ours: Certificate, theirs: x509.Certificate) -> None:
    """What both libraries read from one certificate is equal."""
    assert ours.der == theirs.public_bytes(Encoding.DER)
    assert ours.tbs == theirs.tbs_certificate_bytes
    assert ours.version == theirs.version.value + 1
    assert ours.serial == theirs.serial_number
    assert ours.algorithm.oid == theirs.signature_algorithm_oid.dotted_string
    assert ours.signature == theirs.signature
    assert ours.issuer == theirs.issuer.public_bytes()
    assert ours.subject == theirs.subject.public_bytes()
    assert ours.not_before == theirs.not_valid_before_utc
    assert ours.not_after == theirs.not_valid_after_utc
    assert {oid: e.critical for oid, e in ours.extensions.items()} == {
        e.oid.dotted_string: e.critical for e in theirs.extensions
    }
    constraints = theirs.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (ours.is_ca, ours.path_length) == (constraints.ca, constraints.path_length)
    assert ours.key_usage == reference_usage(theirs)
    key_id = theirs.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert ours.subject_key_id == key_id.digest
    authority = theirs.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert ours.authority_key_id == authority.key_identifier
    assert ours.public_key is not None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert ours.public_key.public_bytes(*form) == theirs.public_key().public_bytes(*form)


@pytest.mark.parametrize("kind", pki.PERMITTED)
def test_a_certificate_is_read_as_cryptography_reads_it(kind: str) -> None:
    entity = pki.issue(
        "Signer",
        pki.root(),
        kind=kind,
        extensions={x509.KeyUsage: (pki.usage("key_agreement", "decipher_only"), True)},
    )
    ours = entity.certificate
    assert_same(ours, entity.x509)
    assert ours.purposes == frozenset({"1.3.6.1.5.5.7.3.4", "1.3.6.1.4.1.62558.2.1"})
    assert is_issued_by(ours, pki.root().certificate) is Check.GOOD


def test_an_authority_is_read_as_cryptography_reads_it() -> None:
    assert_same(pki.intermediate().certificate, pki.intermediate().x509)
    assert pki.intermediate().certificate.purposes is None


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_real_certificates_are_read_as_cryptography_reads_them(path: Path) -> None:
    if not path.exists():
        pytest.skip("the shared trust lists are not there")
    data = path.read_bytes()
    ours, theirs = load_pem(data), x509.load_pem_x509_certificates(data)
    for mine, other in zip(ours, theirs, strict=True):
        assert_same(mine, other)
        if mine.is_self_issued:
            assert is_issued_by(mine, mine) is Check.GOOD


def drop(index: int) -> Edit:
    return lambda fields: fields[:index] + fields[index + 1 :]


def replace(index: int, element: bytes) -> Edit:
    return lambda fields: [*fields[:index], element, *fields[index + 1 :]]


def twice(fields: list[bytes]) -> list[bytes]:
    extensions = pki.elements(pki.elements(fields[-1])[0])
    inner = der.encode(der.SEQUENCE, *extensions, extensions[0])
    return [*fields[:-1], der.encode(der.context(3), inner)]


def extension(oid: str, value: bytes) -> Edit:
    """Replaces the value of an extension."""

    def edit(fields: list[bytes]) -> list[bytes]:
        name, content = der.encode_oid(oid), der.encode(der.OCTET_STRING, value)
        others = [e for e in pki.elements(pki.elements(fields[-1])[0]) if name not in e]
        inner = der.encode(der.SEQUENCE, *others, der.encode(der.SEQUENCE, name, content))
        return [*fields[:-1], der.encode(der.context(3), inner)]

    return edit


TIME = der.encode(der.UTC_TIME, b"260101000000Z")
OTHER_ALGORITHM = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.3.3"))


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(replace(0, der.encode(der.context(0), der.encode_integer(3))), id="version 4"),
        pytest.param(drop(1), id="no serial number"),
        pytest.param(replace(1, der.encode_integer(1 << 600)), id="enormous serial number"),
        pytest.param(replace(2, OTHER_ALGORITHM), id="two algorithms"),
        pytest.param(replace(3, der.encode(der.NULL)), id="issuer that is not a name"),
        pytest.param(replace(4, der.encode(der.SEQUENCE, TIME)), id="half a validity period"),
        pytest.param(replace(4, der.encode(der.SEQUENCE, TIME, TIME, TIME)), id="three times"),
        pytest.param(replace(6, der.encode(der.SEQUENCE)), id="empty key"),
        pytest.param(twice, id="an extension twice"),
        pytest.param(lambda fields: [*fields, der.encode(der.NULL)], id="something after"),
        pytest.param(extension("2.5.29.19", b"\x30\x03\x01\x01\x02"), id="strange boolean"),
        pytest.param(extension("2.5.29.15", b"\x04\x00"), id="key usage that is not a bit string"),
        pytest.param(extension("2.5.29.37", b"\x30\x02\x05\x00"), id="purpose that is not an OID"),
        pytest.param(extension("2.5.29.14", b"x"), id="broken subject key identifier"),
        pytest.param(extension("2.5.29.35", b""), id="empty authority key identifier"),
    ],
)
def test_broken_certificates_are_malformed(edit: Edit) -> None:
    with pytest.raises(Malformed):
        load(pki.rewrite(pki.root(), edit))


def test_bytes_after_a_certificate_are_malformed() -> None:
    with pytest.raises(Malformed, match="more elements"):
        load(pki.root().der + b"\x00")


def test_a_certificate_with_endless_extensions_is_refused() -> None:
    extra = [
        der.encode(der.SEQUENCE, der.encode_oid(f"1.2.{n}"), der.encode(der.OCTET_STRING))
        for n in range(limits.DER_ENTRIES + 1)
    ]
    tagged = der.encode(der.context(3), der.encode(der.SEQUENCE, *extra))
    with pytest.raises(LimitExceeded, match="more than 64 entries"):
        load(pki.rewrite(pki.root(), lambda fields: [*fields[:7], tagged]))


def test_large_certificates_are_read_but_not_kept_and_huge_ones_refused() -> None:
    big = pki.issue(
        "Big",
        pki.root(),
        extensions={
            x509.UnrecognizedExtension: (
                x509.UnrecognizedExtension(
                    ObjectIdentifier("1.2.3"), bytes(limits.CACHED_CERTIFICATE_SIZE)
                ),
                False,
            )
        },
    )
    assert load(big.der) == load(big.der)
    assert load(big.der) is not load(big.der)
    assert load(pki.root().der) is load(bytes(bytearray(pki.root().der)))
    assert is_issued_by(load(big.der), pki.root().certificate) is Check.GOOD
    with pytest.raises(LimitExceeded):
        load(b"\x30" * (limits.CERTIFICATE_SIZE + 1))


def test_validity_includes_both_ends() -> None:
    certificate = pki.root().certificate
    assert certificate.is_valid_at(certificate.not_before)
    assert certificate.is_valid_at(certificate.not_after)
    assert not certificate.is_valid_at(certificate.not_before - pki.DAY / 86_400)
    assert not certificate.is_valid_at(certificate.not_after + pki.DAY / 86_400)


def test_equality_is_that_of_the_bytes() -> None:
    certificate = pki.root().certificate
    assert certificate != pki.signer().certificate
    assert certificate != certificate.der
    assert len({certificate, load(pki.root().der), pki.signer().certificate}) == 2


def with_name(*attributes: x509.NameAttribute[str]) -> Certificate:
    builder = x509.CertificateBuilder(
        issuer_name=pki.root().x509.subject,
        subject_name=x509.Name(attributes),
        public_key=pki.key().public_key(),
        serial_number=7,
        not_valid_before=datetime(2026, 1, 1),
        not_valid_after=datetime(2027, 1, 1),
    )
    return Entity(builder.sign(pki.root().key, SHA256()), pki.key()).certificate


def test_names_for_a_person() -> None:
    certificate = with_name(
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Müller"),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, "12"),
    )
    assert certificate.organization == "Müller"
    assert certificate.common_name == "C=DE, O=Müller, 2.5.4.5=12"
    assert certificate.issuer_name == "Root p256 0"
    assert with_name().common_name == ""
    several = with_name(
        x509.NameAttribute(NameOID.COMMON_NAME, "Mallory, O=Acme"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'a"b\\c'),
    )
    assert format_name(several.subject) == r'CN="Mallory, O=Acme", O="a\"b\\c"'
    assert with_name().organization == ""


@pytest.mark.parametrize(
    ("tag", "encoded", "text"),
    [
        (0x0C, "ü".encode(), "ü"),
        (0x0C, b"\xff", "\ufffd"),
        (0x13, b"plain", "plain"),
        (0x14, b"\xfc", "ü"),
        (0x1E, "ü".encode("utf-16-be"), "ü"),
        (0x1C, "ü".encode("utf-32-be"), "ü"),
        (0x1A, b"plain", "plain"),
        (0x04, b"\xfc", "#0401fc"),
        (der.SEQUENCE, b"\x05\x00", "#30020500"),
    ],
)
def test_strings_of_every_kind(tag: int, encoded: bytes, text: str) -> None:
    pair = der.encode(der.SEQUENCE, der.encode_oid("2.5.4.3"), der.encode(tag, encoded))
    assert format_name(der.encode(der.SEQUENCE, der.encode(der.SET, pair))) == f"CN={text}"


def test_an_endless_name_is_shown_in_part() -> None:
    pair = der.encode(
        der.SEQUENCE, der.encode_oid("2.5.4.3"), der.encode(0x0C, b"A" * 9 * limits.NAME_TEXT)
    )
    name = der.encode(der.SEQUENCE, *[der.encode(der.SET, pair)] * 99)
    assert format_name(name) == ", ".join(["CN=" + "A" * limits.NAME_TEXT] * limits.NAME_ATTRIBUTES)


def test_a_name_that_cannot_be_read_is_shown_as_far_as_it_can() -> None:
    pair = der.encode(der.SEQUENCE, der.encode_oid("2.5.4.3"), der.encode(0x0C, b"A"))
    name = der.encode(der.SEQUENCE, der.encode(der.SET, pair), der.encode(der.NULL))
    assert format_name(name) == "CN=A"
    assert format_name(b"") == ""


_NAME = der.encode(der.SEQUENCE, der.encode_oid("2.5.4.3"), der.encode(0x0C, b"A"))


@pytest.mark.parametrize(
    "name",
    [
        der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, _NAME)),
        der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, _NAME)),
        der.encode(der.SEQUENCE, der.encode(der.SET)),
        der.encode(der.SEQUENCE, der.encode(der.SET, der.encode(der.SET, _NAME[2:]))),
        der.encode(der.SEQUENCE, der.encode(der.SET, der.encode(der.SEQUENCE))),
        der.encode(
            der.SEQUENCE,
            der.encode(der.SET, der.encode(der.SEQUENCE, _NAME[2:], der.encode(der.NULL))),
        ),
        der.encode(der.SEQUENCE, der.encode(der.SET, _NAME), der.encode(der.NULL)),
    ],
    ids=lambda name: name.hex(),
)
@pytest.mark.parametrize("place", [3, 5], ids=["issuer", "subject"])
def test_a_name_is_a_list_of_sets_of_pairs(name: bytes, place: int) -> None:
    """RFC 5280 §4.1.2.4: readers that pass over what is none would show another name."""

    def rename(fields: list[bytes]) -> list[bytes]:
        return [*fields[:place], name, *fields[place + 1 :]]

    with pytest.raises(Malformed):
        load(pki.rewrite(pki.root(), rename))


def test_addresses_for_ocsp() -> None:
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
            for method, url in (
                (AuthorityInformationAccessOID.CA_ISSUERS, "http://ca.example/ca.crt"),
                (AuthorityInformationAccessOID.OCSP, "http://ocsp.example/"),
            )
        ]
    )
    entity = pki.issue("S", pki.root(), extensions={type(access): (access, False)})
    assert entity.certificate.ocsp_urls == ("http://ocsp.example/",)
    assert pki.signer().certificate.ocsp_urls == ()
    broken = load(pki.rewrite(pki.root(), extension("1.3.6.1.5.5.7.1.1", b"\x05\x00")))
    assert broken.ocsp_urls == ()


def test_pem_files_may_hold_other_things() -> None:
    data = (
        b"Subject: somebody\n" + pki.root().pem + b"\r\n-----BEGIN JUNK-----\n" + pki.signer().pem
    )
    assert load_pem(data) == (pki.root().certificate, pki.signer().certificate)
    assert load_pem(b"nothing") == ()


@pytest.mark.parametrize("body", [b"", b"AAAA", b"!!!!", b"MIIB"])
def test_a_certificate_in_a_pem_file_that_cannot_be_read_is_named(body: bytes) -> None:
    block = b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END CERTIFICATE-----\n"
    with pytest.raises(Malformed, match="certificate 2 cannot be read"):
        load_pem(pki.root().pem + block)


@pytest.mark.parametrize("kind", ["k256", "ed448", "dsa", "rsa1024"])
def test_keys_that_c2pa_does_not_allow_are_no_keys(kind: str) -> None:
    entity = pki.issue("S", pki.root(), kind=kind)
    assert entity.certificate.public_key is None
    other = pki.issue("T", Entity(entity.x509, pki.key()))
    assert is_issued_by(other.certificate, entity.certificate) is Check.UNSUPPORTED


def test_an_issuer_must_be_named_and_have_signed() -> None:
    signer, root = pki.signer().certificate, pki.root().certificate
    assert is_issued_by(signer, pki.intermediate().certificate) is Check.GOOD
    assert is_issued_by(signer, root) is Check.BAD
    impostor = pki.issue("Intermediate", pki.root(), number=9, ca=True)
    assert is_issued_by(signer, impostor.certificate) is Check.BAD
    same_key = pki.issue("Another name", pki.root(), number=1, ca=True)
    assert same_key.key == pki.intermediate().key
    assert is_issued_by(signer, same_key.certificate) is Check.BAD


@settings(deadline=None)
@given(st.data())
def test_certificates_with_changed_bytes_are_read_or_refused(data: st.DataObject) -> None:
    original = bytearray(pki.signer().der)
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(original) - 1))
        original[position] = data.draw(st.integers(0, 255))
    changed = bytes(original)
    try:
        certificate = certificates._parse(changed)
    except (Malformed, LimitExceeded):
        return
    assert isinstance(certificate.common_name + certificate.organization, str)
    assert isinstance(certificate.ocsp_urls, tuple)
    issuer = pki.intermediate().certificate
    same_tbs = certificate.tbs == pki.signer().certificate.tbs
    assert same_tbs or is_issued_by(certificate, issuer) is not Check.GOOD


@pytest.mark.parametrize(
    ("data", "version"), [("", 1), ("a003020100", 1), ("a003020101", 2), ("a003020102", 3)]
)
def test_versions(data: str, version: int) -> None:
    assert certificates._version(der.Reader(bytes.fromhex(data))) == version


@pytest.mark.parametrize(("data", "version"), [("a003020103", 4), ("a0030201ff", 0)])
def test_versions_that_there_are_not(data: str, version: int) -> None:
    with pytest.raises(Malformed, match=f"^certificate version {version}$"):
        certificates._version(der.Reader(bytes.fromhex(data)))


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_how_large_a_certificate_may_be(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pki.signer().der
    monkeypatch.setattr(limits, "CERTIFICATE_SIZE", len(data) + more)
    monkeypatch.setattr(limits, "CACHED_CERTIFICATE_SIZE", 0)
    if more < 0:
        with pytest.raises(LimitExceeded, match=f"a certificate of {len(data)} bytes"):
            load(data)
    else:
        assert load(data).der == data


def test_a_part_of_a_name_that_is_no_text_is_shown_as_it_is_encoded() -> None:
    """RFC 4514 §2.4; as much of it as of a text."""
    for size in (1, 100, limits.NAME_TEXT):
        encoded = der.encode(der.OCTET_STRING, bytes(size))
        shown = certificates._text(der.Reader(encoded).take())
        assert shown == f"#{encoded.hex()[: limits.NAME_TEXT]}"


def test_a_certificate_with_notes_may_have_none() -> None:
    """As OpenSSL writes `TRUSTED CERTIFICATE`: without notes nothing is limited."""
    data = pki.signer().pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    assert certificates.load_pem(data) == (pki.signer().certificate,)
