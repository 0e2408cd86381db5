"""The exception tree, by blame.

A caller's mistake raises `TypeError` or `ValueError`. A request that cannot be carried out raises
an `AidiscloseError`, whose text is one line for a person. A bad *file* is not an exception but a
value: a status, a finding. What the operating system refuses stays an `OSError`.
"""

from __future__ import annotations


class AidiscloseError(Exception):
    """A request that cannot be carried out; `str()` is one line that says what to do."""


class Malformed(AidiscloseError):
    """Bytes that do not follow their format.

    Attributes:
        offset: Where in the examined bytes the problem starts, in bytes, or None.
        reason: What is wrong, in a few words.
    """

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason if offset is None else f"{reason} (at offset {offset})")
        self.reason = reason
        self.offset = offset


class MalformedFile(Malformed):
    """A media file whose structure cannot be followed, so nothing in it can be located."""


class UnsupportedFormat(AidiscloseError):
    """A file format, or a variant of one, that aidisclose does not read or does not write."""


class LimitExceeded(AidiscloseError):
    """Input beyond a cap of `aidisclose.limits`, refused before it costs memory or time."""


class SigningError(AidiscloseError):
    """Signing was asked for and cannot be done: credentials, output or options do not permit it."""


class TrustConfigError(AidiscloseError):
    """Trust anchors, an allowed list or a certificate file that cannot be used."""


class Unreachable(AidiscloseError):
    """A server that gives no answer, or none that can be used."""


class VerificationFailed(AidiscloseError):
    """`Report.require` found a state below the one that was required."""
