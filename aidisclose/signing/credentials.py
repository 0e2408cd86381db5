"""Test credentials: a root, a signer, a time stamp authority and an OCSP responder.

They follow the C2PA certificate profile as certificates of a real authority do, so that nothing
but trust is missing. The keys of the root and of the intermediates are never written: when the
files are there, nobody can issue anything more in their name.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

from aidisclose.codec import cose
from aidisclose.errors import SigningError, UsageError
from aidisclose.io import temporary
from aidisclose.io.home import credentials_folder, home
from aidisclose.io.output import open_outputs
from aidisclose.named import NamedTuple
from aidisclose.signing.algorithm import choose_algorithm
from aidisclose.signing.signer import Signer
from aidisclose.trust.anchors import FOR_TESTING

ROOT: Final = "root.pem"
CHAIN: Final = "chain.pem"
KEY: Final = "key.pem"
TSA_CHAIN: Final = "tsa-chain.pem"
TSA_KEY: Final = "tsa-key.pem"
OCSP_CHAIN: Final = "ocsp-chain.pem"
OCSP_KEY: Final = "ocsp-key.pem"

FILES: Final = (ROOT, CHAIN, KEY, TSA_CHAIN, TSA_KEY, OCSP_CHAIN, OCSP_KEY)

#: RFC 5280 §A.1: an X.509 common name has at most 64 characters.
_NAME_LENGTH: Final = 64 - len(FOR_TESTING)
_ORGANIZATION_LENGTH: Final = 64

#: Of test credentials whose maker names no other.
ORGANIZATION: Final = "aidisclose test credentials"

#: Of the authorities and of the time stamps, which must outlive what they confirm.
_AUTHORITY_DAYS: Final = 3650

#: Machines that check the new certificate at once may have clocks a little behind.
_BACKDATED: Final = timedelta(minutes=10)

#: C2PA 2.2 §14.4.1: the purpose to which the official trust list is tied. E-mail protection beside
#: it is what every validator accepts, also older ones.
_SIGNING: Final = x509.ExtendedKeyUsage(
    [ExtendedKeyUsageOID.EMAIL_PROTECTION, ObjectIdentifier("1.3.6.1.4.1.62558.2.1")]
)
_TIME_STAMPING: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])

MLDSAKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
#: The private keys that C2PA permits.
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | MLDSAKey
_Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "es256": ec.SECP256R1(),
    "es384": ec.SECP384R1(),
    "es512": ec.SECP521R1(),
}

_RSA_HASHES: Final[dict[str, _Hash]] = {
    "ps256": hashes.SHA256(),
    "ps384": hashes.SHA384(),
    "ps512": hashes.SHA512(),
}

_ML_DSA: Final[dict[str, type[MLDSAKey]]] = {
    "ml-dsa-44": mldsa.MLDSA44PrivateKey,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey,
}

_Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


def _usage(*, signs: bool = False, commits: bool = False, issues: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )


_ISSUES: Final = (_usage(issues=True), True)
_LEAF: Final = (x509.BasicConstraints(ca=False, path_length=None), True)
_ISSUER: Final = (x509.BasicConstraints(ca=True, path_length=0), True)

#: Extensions of each kind of certificate, and whether they are critical (C2PA 2.2 §14.5.1.1; for
#: time stamps RFC 3161 §2.3).
_ROOT: Final[_Extensions] = ((x509.BasicConstraints(ca=True, path_length=1), True), _ISSUES)
_SIGNER_ISSUER: Final[_Extensions] = (_ISSUER, _ISSUES, (_SIGNING, False))
_TSA_ISSUER: Final[_Extensions] = (_ISSUER, _ISSUES, (_TIME_STAMPING, False))
SIGNER_EXTENSIONS: Final[_Extensions] = (
    _LEAF,
    (_usage(signs=True, commits=True), True),
    (_SIGNING, False),
)
_TSA: Final[_Extensions] = (_LEAF, (_usage(signs=True), True), (_TIME_STAMPING, True))
_OCSP: Final[_Extensions] = (
    _LEAF,
    (_usage(signs=True), True),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
    # Nobody has to ask whether the responder was revoked (RFC 6960 §4.2.2.2.1).
    (x509.OCSPNoCheck(), False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A folder with the files named in `FILES`.

    Attributes:
        folder: Where they are.
        alg: Algorithm that the signer's key is for.
        subject: Common name of the signer.
        not_after: When the signer's certificate expires.
    """

    folder: Path
    alg: str
    subject: str
    not_after: datetime

    @property
    def name(self) -> str:
        """The user's name for them: the name of their folder."""
        return self.folder.name

    def signer(self, password: bytes | None = None) -> Signer:
        """A signer with the chain and the key in the folder.

        Arguments:
            password: What the key is encrypted with.

        Raises:
            OSError: A file cannot be read.
            SigningError: They cannot be used.
        """
        chain, key = ((self.folder / name).read_bytes() for name in (CHAIN, KEY))
        return Signer.from_pem(chain=chain, key=key, password=password, alg=self.alg)


def create(
    folder: Path,
    *,
    alg: str = "es256",
    name: str = "Signer",
    organization: str = ORGANIZATION,
    days: int = 365,
    at: datetime | None = None,
    password: bytes | None = None,
    ocsp: str | None = None,
    overwrite: bool = False,
) -> Credentials:
    """New test credentials in `folder`, which is made for the user alone if it does not exist.

    All files appear complete or, after an error, none does.

    Arguments:
        folder: Where `FILES` are written.
        alg: One of `cose.ALGORITHMS`.
        name: Of the signer; becomes part of the certificate. 1 to 27 printable characters.
        organization: The signer's; 1 to 64 printable characters. That the certificate is for
            testing stands in its common name, whatever the organization.
        days: How long the signer's certificate is valid, 1 to 3650.
        at: When they become valid, with a time zone; now if None.
        password: What all private keys are encrypted with; not at all if None.
        ocsp: Address of the OCSP responder that the signer's certificate is to name, in ASCII.
        overwrite: Replace credentials that are there.

    Raises:
        FileExistsError: The folder holds credentials, and `overwrite` is false.
        OSError: They cannot be written.
        UsageError: An argument is out of its range.
    """
    if alg not in cose.ALGORITHMS:
        raise UsageError(f"unknown algorithm {alg!r} (choose from {', '.join(cose.ALGORITHMS)})")
    if not 1 <= len(name) <= _NAME_LENGTH or not name.isprintable():
        raise UsageError(f"name has 1 to {_NAME_LENGTH} printable characters, not {name!r}")
    if not 1 <= len(organization) <= _ORGANIZATION_LENGTH or not organization.isprintable():
        raise UsageError(
            f"organization has 1 to {_ORGANIZATION_LENGTH} printable characters, "
            f"not {organization!r}"
        )
    if not 1 <= days <= _AUTHORITY_DAYS:
        raise UsageError(f"days is 1 to {_AUTHORITY_DAYS}, not {days}")
    if at is not None and at.tzinfo is None:
        raise UsageError("at needs a time zone")
    if password == b"":
        raise UsageError("the password is empty")
    if not overwrite:
        _refuse_present(folder)
    # X.509 has no finer unit than seconds (RFC 5280 §4.1.2.5.2).
    start = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0) - _BACKDATED
    subject = partial(_subject, name, organization=organization)
    files = _make(alg, subject, start, days, password=password, ocsp=ocsp)
    _publish(folder, files, overwrite=overwrite)
    return read(folder)


def read(folder: Path) -> Credentials:
    """The credentials in `folder`.

    Raises:
        OSError: They are not there or cannot be read.
        SigningError: The signer's certificate is damaged or not permitted.
    """
    path = folder / CHAIN
    try:
        leaf = x509.load_pem_x509_certificates(path.read_bytes())[0]
        names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        alg = _algorithm(leaf)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise SigningError(f"{path} holds no readable certificate: make new credentials") from None
    return Credentials(
        folder=folder,
        alg=alg,
        subject=str(names[0].value) if names else "",
        not_after=leaf.not_valid_after_utc,
    )


def find(folder: Path | None = None) -> Credentials | None:
    """The credentials in `folder`, in the default one if None; None if there are none.

    Raises:
        OSError: They cannot be read.
        SigningError: The signer's certificate is damaged or not permitted.
    """
    folder = folder or credentials_folder()
    return read(folder) if (folder / CHAIN).exists() else None


def listing() -> tuple[Credentials, ...]:
    """All credentials of the user, by name.

    Raises:
        OSError: A folder cannot be read.
        SigningError: A signer's certificate is damaged or not permitted.
    """
    # Names with a dot are temporary: a folder that is still being written does not count.
    chains = sorted((home() / "credentials").glob(f"[!.]*/{CHAIN}"))
    return tuple(read(chain.parent) for chain in chains)


def _algorithm(leaf: x509.Certificate) -> str:
    """The algorithm that the certified key is for.

    An RSA certificate does not say with which hash: `create` has the issuer sign with the same.
    """
    digest = leaf.signature_hash_algorithm
    if isinstance(leaf.public_key(), rsa.RSAPublicKey) and digest:
        return next((alg for alg, each in _RSA_HASHES.items() if each.name == digest.name), "ps256")
    return choose_algorithm(leaf.public_key())


class _Issuer(NamedTuple):
    name: x509.Name
    key: ec.EllipticCurvePrivateKey | MLDSAKey

    def issue(
        self,
        subject: x509.Name,
        public: CertificateIssuerPublicKeyTypes,
        extensions: _Extensions,
        *,
        start: datetime,
        days: int = _AUTHORITY_DAYS,
        digest: _Hash = hashes.SHA384(),  # noqa: B008 - immutable
    ) -> x509.Certificate:
        own = self.key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self.key, None if isinstance(self.key, MLDSAKey) else digest)


def _make(
    alg: str,
    subject: Callable[[str], x509.Name],
    start: datetime,
    days: int,
    *,
    password: bytes | None,
    ocsp: str | None,
) -> dict[str, bytes]:
    """The contents of all files, without touching a disk."""
    # Issuers are looked for by name: those of two sets must not be called the same.
    tag = os.urandom(4).hex()
    root, signing, stamping = (
        _Issuer(_subject(each, tag), _authority_key(alg))
        for each in ("Root", "Intermediate", "Time stamp issuer")
    )
    key, tsa_key, ocsp_key = new_key(alg), new_key("es256"), new_key("es256")

    def authority(subject: _Issuer, extensions: _Extensions) -> x509.Certificate:
        return root.issue(subject.name, subject.key.public_key(), extensions, start=start)

    leaf = signing.issue(
        subject(tag),
        key.public_key(),
        SIGNER_EXTENSIONS + (() if ocsp is None else ((_names_responder(ocsp), False),)),
        start=start,
        days=days,
        digest=_RSA_HASHES.get(alg, hashes.SHA384()),
    )
    stamper = stamping.issue(_subject("Time stamps", tag), tsa_key.public_key(), _TSA, start=start)
    # Below the signer's own issuer, or it could not answer for it (RFC 6960 §4.2.2.2).
    responder = signing.issue(_subject("OCSP", tag), ocsp_key.public_key(), _OCSP, start=start)
    issuer = authority(signing, _SIGNER_ISSUER)
    return {
        ROOT: _pem(authority(root, _ROOT)),
        CHAIN: _pem(leaf, issuer),
        KEY: key_pem(key, password),
        TSA_CHAIN: _pem(stamper, authority(stamping, _TSA_ISSUER)),
        TSA_KEY: key_pem(tsa_key, password),
        OCSP_CHAIN: _pem(responder, issuer),
        OCSP_KEY: key_pem(ocsp_key, password),
    }


def _authority_key(alg: str) -> ec.EllipticCurvePrivateKey | MLDSAKey:
    """The key of an authority: on the curve that the C2PA certificate policy asks for.

    A chain is as strong as its weakest signature, so that ML-DSA certificates have issuers of their
    own kind.
    """
    if alg in _ML_DSA:
        return _ML_DSA[alg].generate()
    return ec.generate_private_key(ec.SECP384R1())


def _names_responder(url: str) -> x509.AuthorityInformationAccess:
    location = x509.UniformResourceIdentifier(url)
    description = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)
    return x509.AuthorityInformationAccess([description])


def _subject(name: str, tag: str, *, organization: str = ORGANIZATION) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ZZ"),  # no country has this code
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, name + FOR_TESTING),
            # Two roots of one name would be taken for one another.
            x509.NameAttribute(NameOID.SERIAL_NUMBER, tag),
        ]
    )


def new_key(alg: str) -> Key:
    """A new private key for one of `cose.ALGORITHMS`."""
    if alg in _CURVES:
        return ec.generate_private_key(_CURVES[alg])
    if alg in _RSA_HASHES:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if alg in _ML_DSA:
        return _ML_DSA[alg].generate()
    return ed25519.Ed25519PrivateKey.generate()


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def key_pem(key: Key, password: bytes | None = None) -> bytes:
    """A private key as PKCS#8 in PEM, encrypted if there is a password."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def _refuse_present(folder: Path) -> None:
    if any(os.path.lexists(folder / name) for name in FILES):
        message = "there are credentials already, which are replaced only when asked for"
        raise FileExistsError(errno.EEXIST, message, os.fspath(folder))


def _publish(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write all files, which appear together."""
    if folder.is_dir():
        if not overwrite:
            _refuse_present(folder)
        _write(folder, files, overwrite=overwrite)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with temporary.folder(folder.parent) as aside:
        _write(aside, files, overwrite=False)
        try:
            aside.rename(folder)
        except OSError:
            _refuse_present(folder)  # somebody else made them meanwhile
            raise


def _write(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    with open_outputs(overwrite=overwrite) as outputs:
        for name, data in files.items():
            outputs.write(folder / name, data, mode=0o600)
