"""Signers that are named by the fingerprint of their certificate, or by a file that they signed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aidisclose as ad
from aidisclose.cli import messages
from aidisclose.errors import Unreadable, UsageError
from aidisclose.io.place import real

if TYPE_CHECKING:
    from aidisclose.trust.lists import TrustList

_PREFIX: Final = "sha256:"
_DIGITS: Final = re.compile(r"[0-9A-Fa-f]{64}")
#: How files begin that hold certificates or lists rather than media.
_LISTS: Final = (b"{", b"-----BEGIN ", b"aidisclose trust list")
_HEAD: Final = 4096


def is_fingerprint(text: str) -> bool:
    """Whether `text` is meant as the fingerprint of a certificate."""
    return text.lower().startswith(_PREFIX) or _DIGITS.fullmatch(text.replace(":", "")) is not None


def digest(text: str) -> bytes:
    """The SHA-256 in a fingerprint: 64 hexadecimal digits, with colons or `sha256:` or without.

    Raises:
        UsageError: It is none.
    """
    has_prefix = text.lower().startswith(_PREFIX)
    digits = text[len(_PREFIX) * has_prefix :].replace(":", "")
    if not _DIGITS.fullmatch(digits):
        raise UsageError(
            f"invalid fingerprint {text!r}: expected sha256: and 64 hexadecimal digits"
        )
    return bytes.fromhex(digits)


def is_media(path: Path) -> bool:
    """Whether a file is of a media format, rather than a list of certificates."""
    from aidisclose.containers import identify
    from aidisclose.io.source import open_source

    try:
        with open_source(path) as source:
            head = source.read_at(0, min(source.size, _HEAD))
            if head.lstrip().startswith(_LISTS) or b"-----BEGIN " in head:
                return False
            identify(source)
    except (Unreadable, ad.UnsupportedFormat, OSError):
        return False
    return True


def signer_of(path: Path, name: str) -> TrustList:
    """The signer of a media file, as a list of one signer by name.

    The file has to be what was signed. Whether its certificate has expired since is not asked: it
    is named, not judged.

    Raises:
        TrustConfigError: The file is not signed, or was changed after signing.
    """
    from aidisclose.trust.lists import ListedCertificate, Purpose, TrustList
    from aidisclose.validate.state import Integrity

    try:
        report = ad.verify(path, trust=ad.TrustConfig.none())
    except (ad.AidiscloseError, OSError) as error:
        raise ad.TrustConfigError(f"{path}: {messages.why(error)}") from None
    signature = report.signature
    signer = signature.signer if signature else None
    is_signed = any(each.code == "claimSignature.validated" for each in report.statuses.success)
    if signer is None or not is_signed:
        raise ad.TrustConfigError(f"{path}: no signature that verifies, so no signer to trust")
    if report.integrity not in (Integrity.INTACT, Integrity.PARTIAL):
        raise ad.TrustConfigError(f"{path}: the content is not what was signed; use another file")
    now = datetime.now(UTC)
    problems = []
    if not signer.is_valid_at(now):
        ended = f"expired on {signer.not_after:%Y-%m-%d}"
        problems.append(
            f"the certificate {ended}: what it signed counts only with a trusted time stamp"
        )
    return TrustList(
        name=name,
        kind=Purpose.ALLOWED,
        entries=(ListedCertificate(signer),),
        title=f"Signer of {path.name}",
        source=str(real(path)),
        problems=tuple(problems),
    )
