"""The settings of the service, which its operator decides."""

from __future__ import annotations

from dataclasses import dataclass

from aidisclose import limits
from aidisclose.signing.signer import Signer
from aidisclose.trust.config import TrustConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings of the service.

    Attributes:
        trust: The authorities and signers that it trusts.
        workers: Processes that verify.
        size: Bytes that a file may have.
        spool: Bytes that all uploads may have at once.
        time: Seconds that verifying one file may take.
        memory: Bytes of address space that a worker may have.
        waiting: Uploads that may wait for a worker.
        personal: Whether names of people, titles and serial numbers are shown.
        addresses: Whether files are fetched from addresses that visitors name.
        origins: Origins whose pages may read answers of the API; `*` for all.
        address: The public address, without a slash at its end; empty if it is not known.
        names: The names that it answers to besides addresses of IP, in lower case; None for all.
        root_path: Path under which a proxy publishes the service, without a slash at its end.
        feedback: Address of a page or mailbox for feedback; empty for none.
        signer: Signs results; None if they cannot be had signed.
    """

    trust: TrustConfig
    workers: int = 1
    size: int = limits.UPLOAD_SIZE
    spool: int = limits.SPOOL_SIZE
    time: float = 20.0
    memory: int = 1024 * limits.MIB
    waiting: int = limits.WAITING
    personal: bool = False
    addresses: bool = True
    origins: frozenset[str] = frozenset()
    address: str = ""
    names: frozenset[str] | None = None
    root_path: str = ""
    feedback: str = ""
    signer: Signer | None = None
