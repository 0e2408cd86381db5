"""ECDSA with a hash, as `cryptography` takes it to check a signature."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


class Scheme(ec.ECDSA):
    """As its base, whose constructor imports what only signing has use for.

    That is a thirtieth of a cold `verify`. Whoever signs uses the base.
    """

    def __init__(self, algorithm: hashes.HashAlgorithm) -> None:
        self._hash = algorithm

    @property
    def algorithm(self) -> hashes.HashAlgorithm:
        """The hash."""
        return self._hash

    @property
    def deterministic_signing(self) -> bool:
        """Whether signing chooses no random numbers: nothing is signed."""
        return False
