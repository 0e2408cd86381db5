"""Who takes part: an honest signer whom everybody trusts, and a stranger with keys of their own.

Their certificates are valid for as long as other programs, which know no other time than now, look
at the files.
"""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import Final

from aidisclose.trust.config import TrustConfig
from tests.manifest.build import Seal
from tests.trust import pki
from tests.trust.pki import NOW, Entity

END: Final = NOW + timedelta(days=3650)


@functools.cache
def root() -> Entity:
    """The anchor that everybody trusts."""
    return pki.issue("Honest Root", number=10, ca=True, not_after=END)


@functools.cache
def authority() -> Entity:
    """The authority that issues the honest signer's certificate."""
    return pki.issue("Honest CA", root(), number=11, ca=True, path_length=0, not_after=END)


@functools.cache
def honest() -> Entity:
    """The honest signer."""
    return pki.issue("Honest", authority(), number=12, not_after=END)


@functools.cache
def stranger() -> Entity:
    """Anybody, with a certificate that nobody trusts."""
    issuer = pki.issue("Strange Root", number=13, ca=True, not_after=END)
    return pki.issue("Stranger", issuer, number=14, not_after=END)


TRUST: Final = TrustConfig(
    anchors=(root().anchor,), tsa_anchors=(root().anchor,), allowed=frozenset()
)


def sealed(*, size: int | None = 4_000) -> Seal:
    """The honest signer's signature, with padding that leaves room."""
    return Seal(signer=honest(), chain=(honest(), authority()), size=size)


def strange(*, size: int | None = None) -> Seal:
    """The stranger's signature."""
    return Seal(signer=stranger(), chain=(stranger(),), size=size)
