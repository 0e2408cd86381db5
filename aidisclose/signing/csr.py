"""Certificate signing requests: what a real authority is sent to certify a key."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from aidisclose.errors import SigningError, UsageError
from aidisclose.io.output import open_outputs
from aidisclose.signing.algorithm import choose_algorithm
from aidisclose.signing.credentials import KEY
from aidisclose.signing.issuance import SIGNER_EXTENSIONS, Key, key_pem, new_key
from aidisclose.signing.keyfile import load_key

REQUEST: Final = "request.pem"

#: RFC 5280 §A.1: how long names may be.
_LENGTH: Final = 64


def subject(*, name: str, organization: str, country: str) -> x509.Name:
    """The name that is asked for; the C2PA certificate policy wants all three.

    Raises:
        UsageError: The country is not a code of two letters, or a name is empty or too long.
    """
    if len(country) != 2 or not (country.isascii() and country.isalpha()):
        raise UsageError(f"the country is a code of two letters, not {country!r}")
    for what, text in (("name", name), ("organization", organization)):
        if not 1 <= len(text) <= _LENGTH or not text.isprintable():
            raise UsageError(f"the {what} has 1 to {_LENGTH} printable characters, not {text!r}")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country.upper()),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def make(holder: x509.Name, key: Key) -> bytes:
    """A request in PEM for a certificate that may sign claims, with the extensions it must have."""
    builder = x509.CertificateSigningRequestBuilder(holder)
    for extension, critical in SIGNER_EXTENSIONS:
        builder = builder.add_extension(extension, critical=critical)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    hashed = isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    digest = hashes.SHA256() if hashed else None
    return builder.sign(key, digest).public_bytes(serialization.Encoding.PEM)


def create(
    folder: Path,
    holder: x509.Name,
    *,
    alg: str = "es256",
    password: bytes | None = None,
    overwrite: bool = False,
) -> tuple[Path, Path]:
    """A new key and a request for it in a folder; returns the paths of the request and the key.

    Arguments:
        folder: The folder that they are written to; made if it does not exist.
        holder: As `subject` returns it.
        alg: One of `cose.ALGORITHMS`.
        password: The password that the key is encrypted with; not at all if None.
        overwrite: Replace files that are there.

    Raises:
        FileExistsError: One of them exists, and `overwrite` is false.
        OSError: They cannot be written.
    """
    key = new_key(alg)
    request, secret = folder / REQUEST, folder / KEY
    folder.mkdir(parents=True, exist_ok=True)
    with open_outputs(overwrite=overwrite) as outputs:
        outputs.write(secret, key_pem(key, password), mode=0o600)
        outputs.write(request, make(holder, key))
    return request, secret


def for_key(pem: bytes, holder: x509.Name, *, password: bytes | None = None) -> bytes:
    """A request in PEM for a key that is there.

    Raises:
        SigningError: The key cannot be read, or C2PA does not permit it.
    """
    key = load_key(pem, password)
    choose_algorithm(key.public_key())
    if not isinstance(key, Key):
        raise SigningError("the key cannot sign")
    return make(holder, key)
