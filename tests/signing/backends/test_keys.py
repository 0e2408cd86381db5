"""Keys at hand: in files of every form, descriptors and environment variables."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from aidisclose import limits
from aidisclose.errors import SigningError
from aidisclose.signing import backends
from aidisclose.signing.signer import Signer
from tests.signing.backends.world import assert_trusted, identity, intermediate, root

PASSWORD = b"a secret"


def p12(*, password: bytes | None = None, with_key: bool = True, shuffled: bool = False) -> bytes:
    """A PKCS#12 file, with the root among the certificates."""
    leaf = x509.load_pem_x509_certificates(identity().chain)[0]
    others = [intermediate().x509, root().x509]
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    own = identity().key
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    key = own if with_key else None
    return pkcs12.serialize_key_and_certificates(
        b"signer",
        key,
        leaf,
        others[::-1] if shuffled else others,
        encryption,
    )


def encrypted() -> bytes:
    encryption = BestAvailableEncryption(PASSWORD)
    return identity().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


FORMS: dict[str, tuple[Callable[[], bytes], bytes | None, bool]] = {
    "PEM": (lambda: identity().pem, None, True),
    "PEM with its chain": (lambda: identity().pem + identity().chain, None, False),
    "encrypted PEM": (encrypted, PASSWORD, True),
    "PKCS#12": (p12, None, False),
    "PKCS#12 with a password": (lambda: p12(password=PASSWORD), PASSWORD, False),
    "PKCS#12 in another order": (lambda: p12(shuffled=True), None, False),
    "PKCS#12 and a chain": (p12, None, True),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_file_signs(tmp_path: Path, form: str) -> None:
    make, password, with_chain = FORMS[form]
    path = tmp_path / "key"
    path.write_bytes(make())
    chain = identity().chain if with_chain else None
    signer = Signer.from_uri(f"file:{path}", chain=chain, password=password)
    assert len(signer.chain) == 2
    assert_trusted(signer)


def test_a_key_file_may_be_named_by_a_full_address(tmp_path: Path) -> None:
    path = tmp_path / "my key.pem"
    path.write_bytes(identity().pem + identity().chain)
    assert Signer.from_uri(path.as_uri()).alg == "es256"
    assert Signer.from_uri(f"FILE:{path}").alg == "es256"


def test_a_key_from_a_file_descriptor_signs() -> None:
    for name in ("fd:{}", "file:/dev/fd/{}"):
        reading, writing = os.pipe()
        os.write(writing, identity().pem)
        os.close(writing)
        assert_trusted(Signer.from_uri(name.format(reading), chain=identity().chain))
    with pytest.raises(OSError, match="Bad file descriptor"):
        Signer.from_uri("fd:987", chain=identity().chain)


@pytest.mark.parametrize(
    "value",
    [
        identity().pem + identity().chain,
        b"\n " + identity().pem + identity().chain,
        (identity().pem + identity().chain).replace(b"\n", rb"\n"),
        base64.b64encode(identity().pem + identity().chain),
        base64.encodebytes(p12()),
    ],
    ids=["PEM", "with spaces", "on one line", "base64", "PKCS#12 in base64"],
)
def test_a_key_from_the_environment_signs(monkeypatch: pytest.MonkeyPatch, value: bytes) -> None:
    monkeypatch.setenv("SIGNING_KEY", value.decode())
    assert_trusted(Signer.from_uri("env:SIGNING_KEY"))


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("env:NOT_SET", "the environment variable NOT_SET is not set, or empty"),
        ("env:EMPTY", "the environment variable EMPTY is not set, or empty"),
        ("env:TEXT", "the environment variable TEXT holds neither PEM nor base64"),
        ("fd:x", "names a file descriptor, such as fd:3"),
        ("fd:99999999999999999999", "names a file descriptor, such as fd:3"),
        ("fd:-1", "names a file descriptor, such as fd:3"),
        ("key.pem", "the address of a signer begins with one of file:, fd:, env:, exec:, pkcs11:"),
        ("http://127.0.0.1/", "the address of a signer begins with one of"),
        ("file:", "the address file: of a signer names nothing"),
    ],
)
def test_addresses_that_name_no_key(
    monkeypatch: pytest.MonkeyPatch, uri: str, message: str
) -> None:
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("TEXT", "hello, world!")
    with pytest.raises(SigningError, match=message):
        Signer.from_uri(uri, chain=identity().chain)


@pytest.mark.parametrize(
    ("content", "password", "message"),
    [
        (identity().pem, None, "holds no certificates: give their chain as well"),
        (p12(password=PASSWORD), None, "if it is PKCS#12, give its password"),
        (p12(password=PASSWORD), b"another", "if it is PKCS#12, check the password"),
        (p12(with_key=False), None, "lacks a private key or its certificate"),
        (b"\x30\x03\x02\x01\x00", None, "holds no certificates: give their chain as well"),
        (encrypted() + identity().chain, None, "is encrypted: give its password"),
        (encrypted() + identity().chain, b"another", "cannot be decrypted: check the password"),
        (bytes(limits.CERTIFICATE_SIZE + 1), None, "too large for a key"),
    ],
)
def test_key_files_that_do_not_sign(
    tmp_path: Path, content: bytes, password: bytes | None, message: str
) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(SigningError, match=message) as caught:
        Signer.from_uri(f"file:{path}", password=password)
    assert "\n" not in str(caught.value)
    assert PASSWORD.decode() not in str(caught.value)


def test_every_scheme_has_its_module_and_is_documented() -> None:
    for scheme, module in (backends.READERS | backends.DEVICES).items():
        found = backends._load(module)
        assert (found.__doc__ or "").startswith(f"`{scheme}:")
        assert hasattr(found, "read" if scheme in backends.READERS else "connect")
