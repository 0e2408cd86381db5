"""Signers by address, `scheme:what`: one module for each scheme.

To add one, write a module and name it here: in `READERS` if the private key is at hand, with a
function `read(what) -> bytes` that returns a key file; else in `DEVICES`, with a function
`connect(what, terms) -> Device`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Final

from aidisclose.errors import SigningError
from aidisclose.signing.backends.device import Device, KeyTerms

#: Scheme → module.
READERS: Final = {"file": "file", "fd": "descriptor", "env": "environment"}
DEVICES: Final = {
    "exec": "command",
    "pkcs11": "pkcs11",
    "https": "remote",
    "awskms": "aws",
    "gcpkms": "gcp",
    "azurekms": "azure",
}
SCHEMES: Final = (*READERS, *DEVICES)


def reader(uri: str) -> Callable[[], bytes] | None:
    """The reader of the key file that an address names; None if it names a device.

    Raises:
        SigningError: It is not an address of a signer.
    """
    scheme, what = _split(uri)
    return partial(_load(READERS[scheme]).read, what) if scheme in READERS else None


def connect(
    uri: str,
    *,
    chain: bytes | None = None,
    password: bytes | None = None,
    alg: str | None = None,
) -> Device:
    """The device or service that an address names.

    Arguments:
        uri: An address with one of the schemes of `DEVICES`.
        chain: The certificates in PEM; None if they are to be had from there.
        password: A PIN, if one is needed.
        alg: One of `cose.ALGORITHMS`, where the key leaves a choice.

    Raises:
        SigningError: It cannot be used, or the library for it is not installed.
    """
    scheme, what = _split(uri)
    device: Device = _load(DEVICES[scheme]).connect(what, KeyTerms(chain, password, alg))
    return device


def _split(uri: str) -> tuple[str, str]:
    scheme, colon, what = uri.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in SCHEMES:
        schemes = ", ".join(f"{each}:" for each in SCHEMES)
        raise SigningError(f"the address of a signer begins with one of {schemes}")
    if not what:
        raise SigningError(f"the address {scheme}: of a signer names nothing")
    return scheme, what


def _load(module: str) -> Any:
    return import_module(f"aidisclose.signing.backends.{module}")
