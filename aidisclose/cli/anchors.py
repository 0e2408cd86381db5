"""Whom a command trusts: the user's anchors, their own test root, and who is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aidisclose as ad
from aidisclose.cli.files import read_small
from aidisclose.io import home
from aidisclose.render.words import TEST_CREDENTIALS

if TYPE_CHECKING:
    from aidisclose import TrustConfig

_TEST_ROOT: Final = "root.pem"


def load(
    *,
    trust: Iterable[Path] = (),
    tsa_trust: Iterable[Path] = (),
    allowed: Iterable[Path] = (),
    default: bool = True,
) -> TrustConfig:
    """Trust in the anchors of the files that are named, and by default in the user's own.

    Raises:
        ClickException: A file cannot be read.
        TrustConfigError: A file holds no certificate that can serve.
    """
    config = ad.TrustConfig.none()
    for each in (*(_user_anchors() if default else ()), *(_signers(path) for path in trust)):
        config |= each
    for path in tsa_trust:
        config |= _authorities(path)
    for path in allowed:
        config |= _named(path)
    return config


def _signers(path: Path, source: str | None = None) -> TrustConfig:
    return ad.TrustConfig.from_pem(read_small(path), source=source or path.name)


def _authorities(path: Path) -> TrustConfig:
    found = _signers(path).anchors
    if not found:
        raise ad.TrustConfigError(f"{path}: none of the certificates is a CA")
    return ad.TrustConfig(anchors=(), tsa_anchors=found, allowed=frozenset())


def _named(path: Path) -> TrustConfig:
    """Trust in the signers themselves; a CA among them vouches for nobody."""
    from aidisclose.trust.certificate import load_pem

    try:
        found = load_pem(read_small(path))
    except ad.AidiscloseError as error:
        raise ad.TrustConfigError(f"allowed signers ({path}): {error}") from None
    if not found:
        raise ad.TrustConfigError(f"allowed signers ({path}): no certificate in PEM form in it")
    return ad.TrustConfig(
        anchors=(), tsa_anchors=(), allowed=frozenset(each.sha256 for each in found)
    )


def _user_anchors() -> Iterator[TrustConfig]:
    try:
        folder, credentials = home.trust_folder(), home.credentials_folder()
    except OSError:  # no home folder: a user without one has no anchors
        return
    for path in sorted(folder.glob("*.pem")):
        yield _signers(path)
    for path in sorted((folder / "tsa").glob("*.pem")):
        yield _authorities(path)
    root = credentials / _TEST_ROOT
    if root.is_file():
        yield _signers(root, TEST_CREDENTIALS)
