"""Signing with a key that is not at hand, and the common parts of such devices."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Container
from typing import Final, Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric import mldsa

from aidisclose.codec import cose
from aidisclose.errors import SigningError
from aidisclose.named import NamedTuple
from aidisclose.signing.algorithm import certified_algorithm
from aidisclose.signing.keyfile import certified_key, load_chain

T = TypeVar("T")

#: Seconds that a service may take.
TIMEOUT: Final = 30.0

#: Bytes that a service may answer; RSA signatures have 2 KiB, chains in PEM 10 KiB.
ANSWER_SIZE: Final = 1024 * 1024

#: Characters shown of what a service says about a failure.
_SHOWN: Final = 200


class KeyTerms(NamedTuple):
    """The facts about a key that its address does not tell.

    Attributes:
        chain: The certificates in PEM.
        password: A PIN.
        alg: One of `cose.ALGORITHMS`.
    """

    chain: bytes | None = None
    password: bytes | None = None
    alg: str | None = None

    def certified(self, *, without: Container[str] = ()) -> tuple[bytes, cose.Algorithm]:
        """The chain, and the algorithm with which its key signs.

        Arguments:
            without: Algorithms that the device or service is not asked for.

        Raises:
            SigningError: There is none, or it cannot be used.
        """
        if self.chain is None:
            raise SigningError("a key alone is not enough: give the chain of its certificates")
        algorithm = certified_algorithm(self.chain, self.alg)
        if algorithm.name in without:
            raise SigningError(
                f"signing with {algorithm.name} there is not supported: use a key file, env:, "
                "exec:, https:, awskms:, gcpkms: or pkcs11:"
            )
        return self.chain, algorithm


class Device(NamedTuple):
    """A device or service that signs.

    Attributes:
        sign: As for `Signer.from_callback`.
        chain: The certificates in PEM.
        alg: One of `cose.ALGORITHMS`; None for the usual one.
    """

    sign: Callable[[bytes], bytes]
    chain: bytes
    alg: str | None = None


class PerProcess(Generic[T]):
    """Something that must be opened anew in every process, such as a connection.

    Arguments:
        open: Opens it, when it is first needed.
    """

    def __init__(self, open: Callable[[], T]) -> None:  # noqa: A002
        self._open = open
        self._lock = threading.Lock()
        # By process; what a parent opened is kept, as closing it here could close our own.
        self._found: dict[int, T] = {}

    def get(self) -> T:
        """The one of this process."""
        process = os.getpid()
        with self._lock:
            if process not in self._found:
                self._found[process] = self._open()
            return self._found[process]


def digest(algorithm: cose.Algorithm, data: bytes) -> bytes:
    """The hash that is signed; Ed25519, which signs all of the data, has none."""
    return hashlib.new(algorithm.digest, data).digest()


def usual_name(algorithm: cose.Algorithm) -> str:
    """The name of what a device does: ESP256 is ES256 under a number that names the curve too."""
    return algorithm.name.replace("esp", "es")


def representative(chain: bytes, data: bytes) -> bytes:
    """The 64 bytes that an ML-DSA key signs of `data`: µ (FIPS 204 §6.2), without a context.

    Services take no more than some kilobytes of data, and the certificates alone, which are signed
    too, have more.

    Arguments:
        chain: Of the key, in PEM.
        data: The bytes that are to be signed.

    Raises:
        SigningError: The key is not an ML-DSA key.
    """
    key = certified_key(load_chain(chain)[0])
    if not isinstance(
        key, mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
    ):
        raise SigningError("the key of the certificate is not an ML-DSA key")
    of_key = hashlib.shake_256(key.public_bytes_raw()).digest(64)
    return hashlib.shake_256(of_key + bytes(2) + data).digest(64)


def shorten(text: object) -> str:
    """The message of a device about a failure, on one line of bounded length; untrusted text."""
    line = " ".join(str(text).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
