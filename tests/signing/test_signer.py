"""`Signer`: signatures of every algorithm, and one clear line for everything that cannot sign."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from aidisclose import limits
from aidisclose.codec.cose import ALGORITHMS
from aidisclose.errors import SigningError
from aidisclose.signing.credentials import Credentials
from aidisclose.signing.signer import Signer
from tests.issuing import Issued

MLDSAPublicKey = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
DATA = b"a claim"
PKCS8, OLD = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


def verify(public: PublicKeyTypes, alg: str, signature: bytes, data: bytes) -> None:
    """Check a COSE signature without any of our code."""
    if isinstance(public, ed25519.Ed25519PublicKey | MLDSAPublicKey):
        public.verify(signature, data)
    elif isinstance(public, rsa.RSAPublicKey):
        digest = HASHES[alg[2:]]
        scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=padding.PSS.DIGEST_LENGTH)
        public.verify(signature, data, scheme, digest)
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        public.verify(encode_dss_signature(r, s), data, ec.ECDSA(HASHES[alg[2:]]))


def public_key(signer: Signer) -> PublicKeyTypes:
    return x509.load_der_x509_certificate(signer.chain[0]).public_key()


def files(made: Credentials) -> tuple[bytes, bytes]:
    return (made.folder / "chain.pem").read_bytes(), (made.folder / "key.pem").read_bytes()


def split(pem: bytes) -> list[bytes]:
    """The PEM blocks of a file."""
    return re.findall(rb"-----BEGIN .*?-----END .*?-----\n", pem, re.DOTALL)


def key_pem(key: Any, form: PrivateFormat = PKCS8, password: bytes | None = None) -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    pem: bytes = key.private_bytes(Encoding.PEM, form, encryption)
    return pem


def load(pem: bytes) -> Any:
    return load_pem_private_key(pem, None)


def self_signed(key: Any) -> bytes:
    """A certificate for any key; who would issue one for a key that C2PA does not permit?"""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "self")])
    digest = None if isinstance(key, ed448.Ed448PrivateKey) else hashes.SHA256()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1))
        .not_valid_after(datetime(2027, 1, 1))
    )
    return builder.sign(key, digest).public_bytes(Encoding.PEM)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_signature_verifies_and_has_the_promised_size(issued: Issued, alg: str) -> None:
    signer = issued(alg).signer()
    for _ in range(20):  # r and s are often a byte shorter than they must be written
        signature = signer.sign(DATA)
        assert len(signature) == signer.signature_size
        verify(public_key(signer), alg, signature, DATA)
    with pytest.raises(InvalidSignature):
        verify(public_key(signer), alg, signature, b"another claim")


def test_short_integers_keep_their_place(issued: Issued) -> None:
    """One signature in 256 has an r below 2**248: its leading zero must be written."""
    signer = issued("es256").signer()
    signatures = (signer.sign(DATA) for _ in range(10_000))
    short = next(signature for signature in signatures if signature[0] == 0)
    assert len(short) == 64
    verify(public_key(signer), "es256", short, DATA)


@pytest.mark.parametrize(
    ("key_of", "alg", "expected"),
    [
        ("es256", None, "es256"),
        ("es384", None, "es384"),
        ("es512", None, "es512"),
        ("ps512", None, "ps256"),
        ("ps256", "ps384", "ps384"),
        ("ps256", "ps512", "ps512"),
        ("ed25519", None, "ed25519"),
        ("es256", "es256", "es256"),
    ],
)
def test_algorithm_follows_the_key(
    issued: Issued, key_of: str, alg: str | None, expected: str
) -> None:
    chain, key = files(issued(key_of))
    signer = Signer.from_pem(chain=chain, key=key, alg=alg)
    assert signer.alg == expected
    verify(public_key(signer), expected, signer.sign(DATA), DATA)


@pytest.mark.parametrize(
    ("key_of", "alg", "hint"),
    [
        ("es256", "es384", "use es256"),
        ("ed25519", "es256", "use ed25519"),
        ("ps256", "es256", "use ps256 or ps384 or ps512"),
    ],
)
def test_key_that_cannot_sign_so(issued: Issued, key_of: str, alg: str, hint: str) -> None:
    chain, key = files(issued(key_of))
    with pytest.raises(SigningError, match=hint):
        Signer.from_pem(chain=chain, key=key, alg=alg)


def test_unknown_algorithm_is_the_callers_mistake(issued: Issued) -> None:
    chain, key = files(issued("es256"))
    with pytest.raises(ValueError, match=r"unknown algorithm 'ES256'"):
        Signer.from_pem(chain=chain, key=key, alg="ES256")


def test_chain_is_in_der_without_the_root(issued: Issued) -> None:
    made = issued("es256")
    chain, key = files(made)
    root = (made.folder / "root.pem").read_bytes()
    with_root = Signer.from_pem(chain=chain + root, key=key)
    assert with_root.chain == made.signer().chain
    blocks = x509.load_pem_x509_certificates(chain)
    assert [x509.load_der_x509_certificate(der) for der in with_root.chain] == blocks


def test_self_signed_signer_stays_in_the_chain() -> None:
    """It is all there is; whoever pins it can validate."""
    key = ec.generate_private_key(ec.SECP256R1())
    assert len(Signer.from_pem(chain=self_signed(key), key=key_pem(key)).chain) == 1


@pytest.mark.parametrize(
    ("alg", "form"),
    [("es256", OLD), ("ps256", OLD), ("ed25519", PKCS8)],
)
@pytest.mark.parametrize("password", [None, b"secret"])
def test_key_file_forms(
    issued: Issued, alg: str, form: PrivateFormat, password: bytes | None
) -> None:
    chain, key = files(issued(alg))
    signer = Signer.from_pem(chain=chain, key=key_pem(load(key), form, password), password=password)
    verify(public_key(signer), alg, signer.sign(DATA), DATA)


def certificates(issued: Issued) -> list[x509.Certificate]:
    """Signer, intermediate and root."""
    made = issued("es256")
    pem = (made.folder / "chain.pem").read_bytes() + (made.folder / "root.pem").read_bytes()
    return x509.load_pem_x509_certificates(pem)


def trusted(certificate: x509.Certificate) -> bytes:
    """As `openssl x509 -trustout` writes it: with an empty note behind the certificate."""
    text = base64.encodebytes(certificate.public_bytes(Encoding.DER) + b"\x30\x00")
    label = b"TRUSTED CERTIFICATE-----\n"
    return b"-----BEGIN " + label + text + b"-----END " + label


#: Certificates in the forms in which authorities and programs hand them out.
CHAIN_FORMS: dict[str, Callable[[list[x509.Certificate]], bytes]] = {
    "DER": lambda chain: chain[0].public_bytes(Encoding.DER),
    "PKCS#7": lambda chain: pkcs7.serialize_certificates(chain[::-1], Encoding.DER),
    "PKCS#7 in PEM": lambda chain: pkcs7.serialize_certificates(chain[::-1], Encoding.PEM),
    "PKCS#12": lambda chain: pkcs12.serialize_key_and_certificates(
        b"", None, None, chain[::-1], NoEncryption()
    ),
    "trusted": lambda chain: trusted(chain[0]) + trusted(chain[1]),
    "UTF-16": lambda chain: (
        b"".join(each.public_bytes(Encoding.PEM) for each in chain).decode().encode("utf-16")
    ),
    "UTF-8 with a mark": lambda chain: (
        b"\xef\xbb\xbf" + b"".join(each.public_bytes(Encoding.PEM) for each in chain)
    ),
}


@pytest.mark.parametrize("form", CHAIN_FORMS)
def test_chain_file_forms(issued: Issued, form: str) -> None:
    chain = certificates(issued)
    data = CHAIN_FORMS[form](chain)
    expected = [each.public_bytes(Encoding.DER) for each in chain[: 1 if form == "DER" else 2]]
    key = load(files(issued("es256"))[1])
    for encoding in (Encoding.DER, Encoding.PEM):
        encoded = key.private_bytes(encoding, PKCS8, NoEncryption())
        assert list(Signer.load(encoded, chain=data).chain) == expected
    assert list(Signer.from_callback(lambda data: data, chain=data).chain) == expected


def test_chain_file_with_a_password_is_named_as_key_file(issued: Issued) -> None:
    data = pkcs12.serialize_key_and_certificates(
        b"", None, None, certificates(issued), BestAvailableEncryption(b"secret")
    )
    with pytest.raises(SigningError, match="PKCS#12 with a password: give it as the key file"):
        Signer.from_pem(chain=data, key=files(issued("es256"))[1])


def test_key_in_der_with_a_password(issued: Issued) -> None:
    chain, key = files(issued("es256"))
    encoded = load(key).private_bytes(Encoding.DER, PKCS8, BestAvailableEncryption(b"secret"))
    assert Signer.load(encoded, chain=chain, password=b"secret").alg == "es256"
    with pytest.raises(SigningError, match="the private key is encrypted: give its password"):
        Signer.load(encoded, chain=chain)


#: RSASSA-PSS with SHA-256 only, in place of the identifier of any RSA key (RFC 4055 §3.1).
ONLY_SHA256 = bytes.fromhex(
    "3041 06092a864886f70d01010a 3034 a00f 300d 0609608648016503040201 0500"
    "a11c 301a 06092a864886f70d010108 300d 0609608648016503040201 0500 a203 020120"
)
ANY_RSA = bytes.fromhex("300d 06092a864886f70d010101 0500")


def limited(key: rsa.RSAPrivateKey) -> bytes:
    """A certificate, in PEM, that limits the key to SHA-256; its own signature is not good."""
    der = x509.load_pem_x509_certificate(self_signed(key)).public_bytes(Encoding.DER)
    found = der.replace(ANY_RSA, ONLY_SHA256)
    grown = len(ONLY_SHA256) - len(ANY_RSA)
    assert len(found) == len(der) + grown
    place = found.index(ONLY_SHA256)
    for start in (0, 4, place - 4):  # the certificate, what is signed in it, the public key
        assert found[start : start + 2] == b"\x30\x82"
        length = int.from_bytes(found[start + 2 : start + 4]) + grown
        found = found[: start + 2] + length.to_bytes(2) + found[start + 4 :]
    return (
        b"-----BEGIN CERTIFICATE-----\n"
        + base64.encodebytes(found)
        + b"-----END CERTIFICATE-----\n"
    )


def test_a_certificate_may_limit_its_key_to_one_hash() -> None:
    """`openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_pss_keygen_md:sha256` makes such keys."""
    key = rsa.generate_private_key(65537, 2048)
    chain, pem = limited(key), key_pem(key)
    assert Signer.from_pem(chain=chain, key=pem).alg == "ps256"
    assert Signer.from_pem(chain=chain, key=pem, alg="ps256").alg == "ps256"
    for alg in ("ps384", "ps512"):
        with pytest.raises(SigningError, match=f"the key cannot sign with {alg}: use ps256"):
            Signer.from_pem(chain=chain, key=pem, alg=alg)
        with pytest.raises(SigningError, match=f"the key cannot sign with {alg}: use ps256"):
            Signer.from_callback(lambda data: data, chain=chain, alg=alg)


def test_other_blocks_around_are_ignored(issued: Issued) -> None:
    """OpenSSL writes curve parameters before a key, people keep all in one file."""
    chain, key = files(issued("es256"))
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    both = b"Bag Attributes\n" + chain + parameters + key
    assert Signer.from_pem(chain=both, key=both).chain == issued("es256").signer().chain


CHAIN_PROBLEMS: dict[str, tuple[Callable[[list[bytes], bytes, bytes], bytes], str]] = {
    "empty": (lambda blocks, key, root: b"", "the chain file is neither PEM nor DER"),
    "text": (lambda blocks, key, root: b"hello", "the chain file is neither PEM nor DER"),
    "der": (lambda blocks, key, root: b"\x30\x82\x01\x00", "damaged certificate"),
    "key": (lambda blocks, key, root: key, "holds no certificate: are chain and key exchanged"),
    "damaged": (lambda blocks, key, root: blocks[0].replace(b"M", b"N"), "damaged certificate"),
    "truncated": (lambda blocks, key, root: blocks[0][:300], "damaged certificate"),
    "signer truncated": (
        lambda blocks, key, root: blocks[0][:300] + b"\n" + blocks[1],
        "damaged certificate",
    ),
    "headers in PEM": (
        lambda blocks, key, root: (
            blocks[0].replace(b"E-----\n", b"E-----\nProc-Type: 4,CLEAR\n\n", 1) + blocks[1]
        ),
        "damaged certificate",
    ),
    "a key in PKCS#12": (
        lambda blocks, key, root: pkcs12.serialize_key_and_certificates(
            b"", load(key), None, None, NoEncryption()
        ),
        "the chain file holds no certificate",
    ),
    "issuer first": (
        lambda blocks, key, root: b"".join(reversed(blocks)),
        "belongs to certificate 2 of the chain: the signer's comes first",
    ),
    "only issuer": (lambda blocks, key, root: blocks[1], "does not belong to .*'Intermediate,"),
    "gap": (
        lambda blocks, key, root: blocks[0] + root,
        "certificate 2 of the chain, 'Root, .* did not issue the one before",
    ),
    "twice": (lambda blocks, key, root: blocks[0] * 2, "certificate 2 .* did not issue"),
    "too many": (
        lambda blocks, key, root: blocks[0] * (limits.CERTIFICATES + 1),
        f"more than {limits.CERTIFICATES}",
    ),
}


@pytest.mark.parametrize("problem", CHAIN_PROBLEMS)
def test_unusable_chain(issued: Issued, problem: str) -> None:
    made = issued("es256")
    chain, key = files(made)
    spoil, message = CHAIN_PROBLEMS[problem]
    spoilt = spoil(split(chain), key, (made.folder / "root.pem").read_bytes())
    with pytest.raises(SigningError, match=message) as caught:
        Signer.from_pem(chain=spoilt, key=key)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (ec.generate_private_key(ec.SECP224R1()), "C2PA permits no secp224r1 keys"),
        (rsa.generate_private_key(65537, 1024), "the RSA key has 1024 bits"),
    ],
)
def test_a_key_of_a_kind_that_is_not_permitted_is_that_of_its_certificate(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, message: str
) -> None:
    with pytest.raises(SigningError, match=message):
        Signer.from_pem(chain=self_signed(key), key=key_pem(key))


KEY_PROBLEMS: dict[str, tuple[Callable[[Any, bytes], bytes], bytes | None, str]] = {
    "empty": (lambda key, chain: b"", None, "the key file is neither PEM nor DER"),
    "der": (lambda key, chain: b"\x30\x81", None, "is damaged"),
    "certificate": (lambda key, chain: chain, None, "no private key: are chain and key exchanged"),
    "damaged": (lambda key, chain: key_pem(key)[:80], None, "is damaged"),
    "garbage": (lambda key, chain: key_pem(key).replace(b"M", b"N"), None, "is damaged"),
    "openssh": (
        lambda key, chain: key_pem(key, PrivateFormat.OpenSSH),
        None,
        "PKCS#8 in PEM or DER is understood",
    ),
    "no password": (lambda key, chain: key_pem(key, PKCS8, b"x"), None, "give its password"),
    "wrong password": (lambda key, chain: key_pem(key, PKCS8, b"x"), b"y", "check the password"),
    "wrong password, old form": (
        lambda key, chain: key_pem(key, OLD, b"x"),
        b"y",
        "check the password",
    ),
    "needless password": (lambda key, chain: key_pem(key), b"x", "leave out the password"),
    "another": (
        lambda key, chain: key_pem(ec.generate_private_key(ec.SECP256R1())),
        None,
        "does not belong to the certificate 'Signer, ",
    ),
}


@pytest.mark.parametrize("problem", KEY_PROBLEMS)
def test_unusable_key(issued: Issued, problem: str) -> None:
    chain, key = files(issued("es256"))
    spoil, password, message = KEY_PROBLEMS[problem]
    with pytest.raises(SigningError, match=message) as caught:
        Signer.from_pem(chain=chain, key=spoil(load(key), chain), password=password)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ec.generate_private_key(ec.SECP256K1()), "permits no secp256k1 keys"),
        (lambda: ed448.Ed448PrivateKey.generate(), "permits no Ed448 keys"),
        (lambda: rsa.generate_private_key(65537, 1024), "has 1024 bits: use 2048"),
        (lambda: dsa.generate_private_key(1024), "permits no DSA keys"),
    ],
    ids=["secp256k1", "ed448", "rsa1024", "dsa"],
)
def test_key_that_c2pa_does_not_permit(make: Callable[[], Any], message: str) -> None:
    key = make()
    with pytest.raises(SigningError, match=message):
        Signer.from_pem(chain=self_signed(key), key=key_pem(key))


@pytest.mark.parametrize("argument", ["chain", "key"])
@pytest.mark.parametrize("value", ["chain.pem", None])
def test_only_bytes_are_taken(issued: Issued, argument: str, value: Any) -> None:
    chain, key = files(issued("es256"))
    arguments: Any = {"chain": chain, "key": key, argument: value}
    with pytest.raises(TypeError, match=f"{argument} is the content of a PEM file as bytes"):
        Signer.from_pem(**arguments)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # damage can make one negative
@given(data=st.data())
def test_damaged_files_raise_nothing_else(issued: Issued, data: st.DataObject) -> None:
    chain, key = files(issued("es256"))
    pem = bytearray(data.draw(st.sampled_from((chain, key))))
    is_chain = bytes(pem) == chain
    for _ in range(data.draw(st.integers(1, 4))):
        pem[data.draw(st.integers(0, len(pem) - 1))] = data.draw(st.sampled_from(b"AZaz09+/=-\n"))
    try:
        signer = Signer.from_pem(
            chain=bytes(pem) if is_chain else chain, key=key if is_chain else bytes(pem)
        )
    except SigningError:
        return
    verify(public_key(signer), "es256", signer.sign(DATA), DATA)


def test_time_of_signing_is_checked_for_the_whole_chain(issued: Issued) -> None:
    signer = issued("es256").signer()
    now = datetime.now(timezone(timedelta(hours=9)))
    signer.check(now)
    with pytest.raises(SigningError, match=r"'Signer, .* expired on \d{4}-\d\d-\d\d"):
        signer.check(now + timedelta(days=366))
    with pytest.raises(SigningError, match=r"'Signer, .* not valid before .* is the clock right"):
        signer.check(now - timedelta(days=1))
    with pytest.raises(ValueError, match="time zone"):
        signer.check(datetime(2026, 1, 1))


def test_expired_issuer_is_an_error_too(issued: Issued) -> None:
    made = issued("es256")
    leaf, issuer = made.signer().chain
    lasting = Signer(alg="es256", chain=(issuer, leaf), signature_size=64, sign=lambda data: data)
    with pytest.raises(SigningError, match="'Signer, "):
        lasting.check(datetime.now(UTC) + timedelta(days=400))


def test_a_certificate_that_validators_refuse_does_not_sign() -> None:
    """In the words of `doctor` and `verify`, with the way to fix it."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = Signer.from_pem(chain=self_signed(key), key=key_pem(key))
    with pytest.raises(SigningError) as caught:
        signer.check(datetime(2026, 6, 1, tzinfo=UTC))
    assert str(caught.value) == (
        "the certificate 'self' is not permitted: key usage digitalSignature is required, found no "
        "extension; to fix it: keyUsage = critical, digitalSignature"
    )


def test_key_is_never_shown(issued: Issued) -> None:
    made = issued("es256")
    signer = made.signer()
    assert repr(signer) == "<Signer es256 'Signer, for testing, trusted by nobody else'>"
    with pytest.raises(AttributeError):
        signer.alg = "es384"  # type: ignore[misc]


def test_threads_may_share_a_signer(issued: Issued) -> None:
    signer = issued("es256").signer()
    with ThreadPoolExecutor(4) as pool:
        for signature in pool.map(signer.sign, [DATA] * 200):
            verify(public_key(signer), "es256", signature, DATA)
