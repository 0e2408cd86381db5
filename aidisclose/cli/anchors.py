"""Whom a command trusts: the user's anchors, their own test root, and who is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aidisclose as ad
from aidisclose.cli.files import read_small
from aidisclose.io import home
from aidisclose.trust.anchors import TEST_CREDENTIALS

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
    for each in _user_anchors() if default else ():
        config |= each
    for path in trust:
        config |= ad.TrustConfig.from_pem(read_small(path), source=path.name)
    for path in tsa_trust:
        config |= ad.TrustConfig.from_pem(tsa=read_small(path), source=path.name)
    for path in allowed:
        config |= ad.TrustConfig.from_pem(allowed=read_small(path), source=path.name)
    return config


def load_identities(
    *,
    trust: Iterable[Path],
    allowed: Iterable[Path],
    issuers: Iterable[str],
    documents: Iterable[Path],
) -> TrustConfig:
    """Trust in those whom identity assertions name.

    Raises:
        ClickException: A file cannot be read.
        TrustConfigError: A file holds no certificate that can serve, or no DID document.
    """
    from aidisclose.identity import did

    config = ad.TrustConfig.for_identities(issuers=issuers)
    for path in trust:
        config |= ad.TrustConfig.for_identities(read_small(path), source=path.name)
    for path in allowed:
        config |= ad.TrustConfig.for_identities(allowed=read_small(path), source=path.name)
    for path in documents:
        data = read_small(path)
        try:
            subject = did.read(data).subject
        except ad.Malformed as error:
            raise ad.TrustConfigError(f"{path}: {error}") from None
        config |= ad.TrustConfig.for_identities(documents=[(subject, data)])
    return config


def _user_anchors() -> Iterator[TrustConfig]:
    try:
        folder, credentials = home.trust_folder(), home.credentials_folder()
    except OSError:  # no home folder: a user without one has no anchors
        return
    if folder.is_dir():
        from aidisclose.trust import lists

        yield lists.load_all(folder)
    root = credentials / _TEST_ROOT
    if root.is_file():
        pem = read_small(root)
        yield ad.TrustConfig.from_pem(pem, tsa=pem, source=TEST_CREDENTIALS)
