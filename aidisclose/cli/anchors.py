"""The trust of a command: the user's anchors, their own test root, and signers that are named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

import aidisclose as ad
from aidisclose.cli import messages
from aidisclose.cli.files import read_small
from aidisclose.io.home import trust_folder

if TYPE_CHECKING:
    from aidisclose import TrustConfig


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
        TrustConfigError: A file holds no usable certificate, or the user's lists cannot be read.
    """
    try:
        config = ad.TrustConfig.user() if default else ad.TrustConfig.none()
    except OSError as error:
        remedy = "--no-default-trust does without your own lists"
        message = f"{error.filename}: {messages.why(error)}; {remedy}"
        raise ad.TrustConfigError(message) from None
    for path in trust:
        # By the name of the file alone: reports are published, and paths tell where somebody works.
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
    status_lists: Iterable[Path],
) -> TrustConfig:
    """Trust in those whom identity assertions name.

    Raises:
        ClickException: A file cannot be read.
        TrustConfigError: A file holds no usable certificate, no DID document or no status list.
    """
    config = ad.TrustConfig.for_identities(issuers=issuers)
    for path in trust:
        config |= ad.TrustConfig.for_identities(read_small(path), source=path.name)
    for path in allowed:
        config |= ad.TrustConfig.for_identities(allowed=read_small(path), source=path.name)
    for path in documents:
        from aidisclose.identity import did

        data = read_small(path)
        try:
            subject = did.read(data).subject
        except ad.Malformed as error:
            raise ad.TrustConfigError(f"{path}: {error}") from None
        config |= ad.TrustConfig.for_identities(documents=[(subject, data)])
    for path in status_lists:
        from aidisclose.identity import status_list

        data = read_small(path)
        try:
            address = status_list.read(data).address
        except ad.Malformed as error:
            raise ad.TrustConfigError(f"{path}: {error}") from None
        config |= ad.TrustConfig.for_identities(documents=[(address, data)])
    return config


def is_unlisted() -> bool:
    """Whether the user has installed no trust list, and names nobody whom this command trusts."""
    given = click.get_current_context().params
    named = ("trust", "allowed", "no_default_trust", "quiet")
    if any(given.get(name) for name in named):
        return False
    try:
        folder = trust_folder()
        return not any(True for _ in folder.glob("*.pem")) and not any(folder.glob("allowed/*.pem"))
    except OSError:
        return False
