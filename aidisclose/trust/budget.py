"""The budget for checking signatures in one file."""

from __future__ import annotations

from aidisclose import limits
from aidisclose.errors import LimitExceeded
from aidisclose.trust.certificate import Certificate

# Bits of an RSA modulus. Keys of other kinds have the size 0 and cost one check.
_SHORT_KEY = 4096


class Budget:
    """The checks that are left for one file, with keys of usual length.

    Arguments:
        checks: The number of checks at first.
    """

    __slots__ = ("_left",)

    def __init__(self, checks: int = limits.SIGNATURE_CHECKS) -> None:
        self._left = checks

    def spend(self, signer: Certificate) -> None:
        """Pay for one check with the key of `signer`; the time grows with the square of its length.

        Raises:
            LimitExceeded: Nothing is left.
        """
        self.take(1 + (signer.key_info.size // _SHORT_KEY) ** 2)

    def take(self, checks: int = 1) -> None:
        """Pay for checks with keys of usual length, such as those that are in no certificate.

        Raises:
            LimitExceeded: Nothing is left.
        """
        self._left -= checks
        if self._left < 0:
            raise LimitExceeded("the file has too many signatures and certificates to check")
