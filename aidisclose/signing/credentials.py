"""Test credentials in a folder of the user's: a root, a signer, a time stamp authority, OCSP."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from aidisclose.errors import SigningError
from aidisclose.io import temporary
from aidisclose.io.home import credentials_folder, home
from aidisclose.io.output import open_outputs
from aidisclose.signing import issuance
from aidisclose.signing.algorithm import choose_algorithm
from aidisclose.signing.issuance import ORGANIZATION
from aidisclose.signing.signer import Signer

ROOT: Final = "root.pem"
CHAIN: Final = "chain.pem"
KEY: Final = "key.pem"
TSA_CHAIN: Final = "tsa-chain.pem"
TSA_KEY: Final = "tsa-key.pem"
OCSP_CHAIN: Final = "ocsp-chain.pem"
OCSP_KEY: Final = "ocsp-key.pem"

FILES: Final = (ROOT, CHAIN, KEY, TSA_CHAIN, TSA_KEY, OCSP_CHAIN, OCSP_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A folder with the files named in `FILES`.

    Attributes:
        folder: The path of the folder.
        alg: Algorithm that the signer's key is for.
        subject: Common name of the signer.
        not_after: The time at which the signer's certificate expires.
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
            password: The password that the key is encrypted with.

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
        folder: The folder that `FILES` are written to.
        alg: One of `cose.ALGORITHMS`.
        name: Of the signer; becomes part of the certificate. 1 to 27 printable characters.
        organization: The signer's; 1 to 64 printable characters. That the certificate is for
            testing stands in its common name, whatever the organization.
        days: The number of days for which the signer's certificate is valid, 1 to 3650.
        at: The time from which they are valid, with a time zone; now if None.
        password: The password that all private keys are encrypted with; not at all if None.
        ocsp: Address of the OCSP responder that the signer's certificate is to name, in ASCII.
        overwrite: Replace credentials that are there.

    Raises:
        FileExistsError: The folder holds credentials, and `overwrite` is false.
        OSError: They cannot be written.
        UsageError: An argument is out of its range.
    """
    if not overwrite:
        _refuse_present(folder)
    issued = issuance.issue(
        alg=alg,
        name=name,
        organization=organization,
        days=days,
        at=at,
        password=password,
        ocsp=ocsp,
    )
    files = dict(zip(FILES, issued, strict=True))
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
    # Not every folder there is one of credentials.
    chains = sorted((home() / "credentials").glob(f"[!.]*/{CHAIN}"))
    return tuple(read(chain.parent) for chain in chains)


def _algorithm(leaf: x509.Certificate) -> str:
    """The algorithm that the certified key is for.

    An RSA certificate does not say with which hash: `create` has the issuer sign with the same.
    """
    digest = leaf.signature_hash_algorithm
    if isinstance(leaf.public_key(), rsa.RSAPublicKey) and digest:
        hashed = issuance.RSA_HASHES.items()
        return next((alg for alg, each in hashed if each.name == digest.name), "ps256")
    return choose_algorithm(leaf.public_key())


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
            # Certificates too: one mode for all is one less to get wrong.
            outputs.write(folder / name, data, mode=0o600)
