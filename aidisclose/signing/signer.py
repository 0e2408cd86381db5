"""`Signer`: a private key with its certificates, ready to sign claims."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from aidisclose import arguments
from aidisclose.codec import cose
from aidisclose.errors import SigningError
from aidisclose.signing.algorithm import (
    certified,
    choose_algorithm,
    load_certificate,
    only_digest,
    signature_size,
)
from aidisclose.signing.keyfile import (
    is_pkcs12,
    load_chain,
    load_key,
    load_pkcs12,
    plain_text,
)
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.profile import Use, violations

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Signer:
    """Signs claims with one key; safe to use from several threads.

    Whether the certificates follow the C2PA certificate profile is not checked before `check` is
    called, and never whether anybody trusts them.

    Attributes:
        alg: One of `cose.NAMED`.
        chain: Certificates in DER: the signer's own, then each one's issuer, without a root.
        signature_size: Length of every signature, in bytes.
        sign: The COSE signature of its argument (RFC 9053 §2): `r || s` of fixed length for ECDSA,
            PSS with a salt as long as the hash for RSA. Raises `SigningError` where a device or
            service refuses.

    Raises:
        SigningError: A certificate cannot be read.
    """

    alg: str
    chain: tuple[bytes, ...]
    signature_size: int
    sign: Callable[[bytes], bytes]
    _certificates: tuple[Certificate, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_certificates", tuple(map(load_certificate, self.chain)))

    @classmethod
    def from_pem(
        cls, *, chain: bytes, key: bytes, password: bytes | None = None, alg: str | None = None
    ) -> Self:
        """A signer from the contents of two PEM files.

        Arguments:
            chain: The signer's certificate, then each one's issuer. A self-signed root at the end
                is left out of the signature (C2PA 2.2 §14.5).
            key: The private key, as PKCS#8 or in the older PKCS#1 and SEC 1 forms.
            password: Of an encrypted key.
            alg: One of `cose.NAMED`. An RSA key signs with `ps256` unless told otherwise, a key on
                a curve with `es256` and the like rather than `esp256`.

        Raises:
            SigningError: One of them cannot be read, they do not belong together, or C2PA does not
                permit the key.
            TypeError: A path or text was given instead of bytes.
            UsageError: `alg` is unknown.
        """
        for name, value in (("chain", chain), ("key", key)):
            if not isinstance(value, bytes):
                kind = type(value).__name__
                raise TypeError(f"{name} is the content of a PEM file as bytes, not {kind}")
        private = load_key(key, password)
        public = private.public_key()
        choose_algorithm(public, alg)
        certificates = load_chain(chain, public)
        alg = choose_algorithm(public, alg, digest=only_digest(certificates[0]))
        return cls(
            alg=alg,
            chain=certificates,
            signature_size=signature_size(public),
            sign=_operation(private, alg),
        )

    @classmethod
    def load(
        cls,
        key: bytes,
        *,
        chain: bytes | None = None,
        password: bytes | None = None,
        alg: str | None = None,
    ) -> Self:
        """A signer from the content of a key file: PEM or PKCS#12 (`.p12`, `.pfx`).

        Arguments:
            key: The file; it may hold the certificates as well.
            chain: The certificates in PEM, instead of those in `key`.
            password: Of an encrypted key or file.
            alg: As for `from_pem`.

        Raises:
            SigningError: As `from_pem`, or there are no certificates.
            UsageError: `alg` is unknown.
        """
        key = plain_text(key)
        if is_pkcs12(key):
            key, own = load_pkcs12(key, password)
            chain, password = chain or own, None
        elif chain is None and b"CERTIFICATE-----" not in key:
            raise SigningError("the key file holds no certificates: give their chain as well")
        return cls.from_pem(chain=chain or key, key=key, password=password, alg=alg)

    @classmethod
    def from_files(
        cls,
        key: str | os.PathLike[str],
        chain: str | os.PathLike[str] | None = None,
        *,
        password: bytes | None = None,
        alg: str | None = None,
    ) -> Self:
        """A signer from a key file and, if its certificates are elsewhere, a chain file.

        Arguments:
            key: PEM or PKCS#12.
            chain: PEM; as for `load`.
            password: Of an encrypted key or file.
            alg: As for `from_pem`.

        Raises:
            OSError: A file cannot be read.
            SigningError: As `load`.
            UsageError: `alg` is unknown.
        """
        certificates = None if chain is None else Path(chain).read_bytes()
        return cls.load(Path(key).read_bytes(), chain=certificates, password=password, alg=alg)

    @classmethod
    def test(cls, *, alg: str = "es256") -> Self:
        """A signer for trying things out: new credentials that nobody trusts, and nothing keeps.

        Arguments:
            alg: One of `cose.ALGORITHMS`.

        Raises:
            UsageError: `alg` is unknown.
        """
        from aidisclose.signing import issuance

        issued = issuance.issue(alg=alg)
        return cls.from_pem(chain=issued.chain, key=issued.key, alg=alg)

    @classmethod
    def from_callback(
        cls, sign: Callable[[bytes], bytes], *, chain: bytes, alg: str | None = None
    ) -> Self:
        """A signer whose key is elsewhere: in a device, or a service.

        Every signature is checked with the certificate before it is used.

        Arguments:
            sign: Hashes its argument and returns the signature of that; for ECDSA either `r || s`
                or DER. It raises `SigningError` if it cannot.
            chain: As for `from_pem`.
            alg: As for `from_pem`.

        Raises:
            SigningError: The chain cannot be used.
            UsageError: `alg` is unknown.
        """
        certificates = load_chain(chain)
        algorithm, public = certified(certificates[0], alg)
        size = signature_size(public)

        def checked(data: bytes) -> bytes:
            # A device with a wrong key, or a service that hashes once more, would else show only
            # when somebody verifies what was published.
            signature = sign(data)
            # PKCS#11 and Azure Key Vault return `r || s`, AWS and Google Cloud DER.
            for candidate in _encodings(signature, size, algorithm.family):
                if cose.verify(algorithm, public, candidate, data):
                    return candidate
            raise SigningError(
                f"the signature is not one of {algorithm.name} with the key of the certificate: "
                "is it another key, or another algorithm?"
            )

        return cls(alg=algorithm.name, chain=certificates, signature_size=size, sign=checked)

    @classmethod
    def from_uri(
        cls,
        uri: str,
        *,
        chain: bytes | None = None,
        password: bytes | None = None,
        alg: str | None = None,
    ) -> Self:
        """A signer by address, such as `file:key.pem` or `pkcs11:token=…;object=…`.

        The schemes are those of `aidisclose.signing.backends`. What an address is about is not
        looked at before it is needed, except for its certificates.

        Arguments:
            uri: The address.
            chain: As for `from_pem`; None if what the address names has the certificates itself.
            password: Of an encrypted key, or the PIN of a device.
            alg: As for `from_pem`.

        Raises:
            SigningError: The address is invalid, or its key cannot be used.
            UsageError: `alg` is unknown.
            OSError: A file that it names cannot be read.
        """
        from aidisclose.signing import backends

        if (read := backends.reader(uri)) is not None:
            return cls.load(read(), chain=chain, password=password, alg=alg)
        # Devices know nothing of how COSE numbers what they sign with.
        plain = alg.replace("esp", "es") if alg in cose.WITH_CURVE else alg
        device = backends.connect(uri, chain=chain, password=password, alg=plain)
        named = alg if plain != alg else device.alg
        return cls.from_callback(device.sign, chain=device.chain, alg=named)

    def check(self, at: datetime) -> None:
        """Check that the chain may sign at `at`, a time with a time zone.

        Raises:
            SigningError: One has expired or is not valid yet, or does not follow the C2PA
                certificate profile.
            UsageError: `at` has no time zone.
        """
        arguments.moment("at", at)
        for each in self._certificates:
            if at > each.not_after:
                raise SigningError(
                    f"the certificate {_name(each)} expired on {each.not_after:%Y-%m-%d}: "
                    "get it renewed"
                )
            if at < each.not_before:
                start = f"{each.not_before:%Y-%m-%d %H:%M} UTC"
                raise SigningError(
                    f"the certificate {_name(each)} is not valid before {start}: "
                    "is the clock right?"
                )
        for number, each in enumerate(self._certificates):
            _check_profile(each, Use.CA if number else Use.SIGNER)

    def __repr__(self) -> str:
        return f"<Signer {self.alg} {_name(self._certificates[0])}>"


def _encodings(signature: bytes, size: int, family: str) -> Iterator[bytes]:
    """The forms that a foreign signature may have in COSE: as it is, or converted from DER."""
    # DER may have this length too: the caller checks which of the two is a good signature.
    if len(signature) == size:
        yield signature
    if family == "ecdsa":
        with contextlib.suppress(ValueError, OverflowError):
            r, s = decode_dss_signature(signature)
            yield r.to_bytes(size // 2) + s.to_bytes(size // 2)


def _name(certificate: Certificate) -> str:
    """The quoted name of the holder, for a message."""
    name = certificate.common_name
    return repr(name) if name else "without a name"


def _check_profile(certificate: Certificate, use: Use) -> None:
    """Refuse a certificate that validators would refuse, in the words that they use."""
    for violation in violations(certificate, use=use):
        raise SigningError(
            f"the certificate {_name(certificate)} is not permitted: {violation}; "
            f"to fix it: {violation.rule.fix}"
        )


def _operation(key: PrivateKeyTypes, alg: str) -> Callable[[bytes], bytes]:
    """The function that signs."""
    match key:
        case ec.EllipticCurvePrivateKey():
            return _ecdsa(key, _HASHES[cose.NAMED[alg].digest])
        case rsa.RSAPrivateKey():
            digest = _HASHES[cose.NAMED[alg].digest]
            scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            return lambda data: key.sign(data, scheme, digest)
        case ed25519.Ed25519PrivateKey():
            return key.sign
        case mldsa.MLDSA44PrivateKey() | mldsa.MLDSA65PrivateKey() | mldsa.MLDSA87PrivateKey():
            return key.sign
    raise AssertionError(alg)


def _ecdsa(
    key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm
) -> Callable[[bytes], bytes]:
    scheme = ec.ECDSA(digest)
    width = (key.key_size + 7) // 8

    def sign(data: bytes) -> bytes:
        # COSE wants both numbers at the full width of the curve (RFC 9053 §2.1), not the DER of
        # OpenSSL.
        r, s = decode_dss_signature(key.sign(data, scheme))
        return r.to_bytes(width) + s.to_bytes(width)

    return sign
