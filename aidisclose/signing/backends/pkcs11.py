"""`pkcs11:…`: a key in a token or hardware security module, by its RFC 7512 address.

Understood are `token`, `serial`, `slot-id`, `object` and `id`, and after the question mark
`module-path`, `pin-source` and `pin-value`. What is not there comes from `PKCS11_MODULE_PATH` and
`PKCS11_PIN`. Needs `pip install aidisclose[pkcs11]`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from aidisclose.codec import cose
from aidisclose.errors import SigningError
from aidisclose.named import NamedTuple
from aidisclose.signing.backends.device import Device, KeyTerms, PerProcess, digest, shorten

T = TypeVar("T")

_MODULE: Final = "PKCS11_MODULE_PATH"
_PIN: Final = "PKCS11_PIN"

#: What is wrong, by the name of the exception.
_ADVICE: Final[Mapping[str, str]] = {
    "PinIncorrect": "the PIN is wrong",
    "PinInvalid": "the PIN is wrong",
    "PinLenRange": "the PIN is wrong: it is too short or too long",
    "PinLocked": "the PIN is locked after too many wrong ones",
    "PinExpired": "the PIN has expired",
    "NoSuchToken": "no such token",
    "TokenNotPresent": "no such token",
    "MultipleTokensReturned": "several tokens match: name one by its serial",
    "NoSuchKey": "no such private key in the token",
    "MultipleObjectsReturned": "several private keys match: name one by its id",
    "MechanismInvalid": "the token does not sign with this algorithm",
    "DeviceRemoved": "the token was removed",
}


class _Address(NamedTuple):
    """The parts of an address; `module` or `pin` may come from the environment."""

    module: str
    token: tuple[tuple[str, Any], ...]
    key: tuple[tuple[str, Any], ...]
    pin: str | None


def connect(what: str, terms: KeyTerms) -> Device:
    """The key in the token; it is looked for when it first signs.

    Raises:
        SigningError: The address cannot be understood, or the library is not installed.
    """
    try:
        import pkcs11  # noqa: F401
    except ImportError:
        message = "pkcs11: needs a library: pip install 'aidisclose[pkcs11]'"
        raise SigningError(message) from None
    chain, algorithm = terms.certified()
    pin = terms.password.decode("utf-8", "surrogateescape") if terms.password else None
    address = _read(what, pin)
    session = _session(address)

    def sign(data: bytes) -> bytes:
        return _guard(lambda: session.get().sign(address.key, algorithm, data))

    return Device(sign, chain, algorithm.name)


def _read(what: str, pin: str | None) -> _Address:
    path, _, query = what.partition("?")
    attributes = _pairs(path, ";")
    options = _pairs(query, "&")
    module = unquote(options.get("module-path", "")) or os.environ.get(_MODULE, "")
    if not module:
        raise SigningError(f"pkcs11: name the library of the token with ?module-path= or {_MODULE}")
    token: dict[str, Any] = {}
    if "token" in attributes:
        token["token_label"] = unquote(attributes["token"])
    if "serial" in attributes:
        token["token_serial"] = unquote_to_bytes(attributes["serial"])
    if "slot-id" in attributes:
        token["slot_id"] = attributes["slot-id"]
    key: dict[str, Any] = {}
    if "object" in attributes:
        key["label"] = unquote(attributes["object"])
    if "id" in attributes:
        key["id"] = unquote_to_bytes(attributes["id"])
    if not key:
        raise SigningError("pkcs11: name the private key with object= or id=")
    secret = _pin(options) or pin or os.environ.get(_PIN)
    return _Address(module, tuple(token.items()), tuple(key.items()), secret)


def _pairs(text: str, separator: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, sign, value = part.partition("=")
        if not sign or name in found:
            raise SigningError(f"pkcs11: {name!r} in the address is not understood")
        found[name] = value
    return found


def _pin(options: Mapping[str, str]) -> str | None:
    if "pin-value" in options:
        return unquote(options["pin-value"])
    if "pin-source" not in options:
        return None
    path = Path(unquote(options["pin-source"]).removeprefix("file:").removeprefix("//"))
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise SigningError(f"pkcs11: the PIN cannot be read from {path}") from None


class _Session:
    """A session with a token; it does one thing at a time."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._lock = threading.Lock()

    def sign(
        self, key: tuple[tuple[str, Any], ...], algorithm: cose.Algorithm, data: bytes
    ) -> bytes:
        """The signature as the token makes it."""
        from pkcs11 import ObjectClass

        with self._lock:
            private = ObjectClass.PRIVATE_KEY
            found = self._session.get_key(object_class=private, **dict(key))
            return _sign(found, algorithm, data)


def _session(address: _Address) -> PerProcess[_Session]:
    """The session with the token of an address, for all its keys."""
    return _sessions(address.module, address.token, address.pin)


@lru_cache(maxsize=32)
def _sessions(
    module: str, token: tuple[tuple[str, Any], ...], pin: str | None
) -> PerProcess[_Session]:
    return PerProcess(lambda: _Session(_open(module, dict(token), pin)))


def _open(module: str, token: dict[str, Any], pin: str | None) -> Any:
    import pkcs11

    library = pkcs11.lib(module)
    if _loaded.setdefault(module, os.getpid()) == os.getpid():
        return _log_in(library, token, pin)
    _loaded[module] = os.getpid()
    for _ in range(_LOOKS):
        library.reinitialize()  # a forked process must not use what its parent opened
        try:
            return _log_in(library, token, pin)
        except (pkcs11.NoSuchToken, pkcs11.GeneralError):
            time.sleep(_BETWEEN_LOOKS)
    return _log_in(library, token, pin)


def _log_in(library: Any, token: dict[str, Any], pin: str | None) -> Any:
    import pkcs11

    found = _token(library, token)
    try:
        return found.open(user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:  # which counts for all sessions of a process
        return found.open()


#: SoftHSM cannot read a token while another process logs in, as those do that were forked together,
#: and then has none for a moment.
_LOOKS: Final = 10
_BETWEEN_LOOKS: Final = 0.02

#: In which process the library of a module was last initialized.
_loaded: Final[dict[str, int]] = {}


def _token(library: Any, wanted: dict[str, Any]) -> Any:
    import pkcs11

    slot = wanted.get("slot_id")
    if slot is None:
        return library.get_token(**wanted)
    for each in library.get_slots(token_present=True):
        if str(each.slot_id) == slot:
            return each.get_token()
    raise pkcs11.NoSuchToken


def _sign(key: Any, algorithm: cose.Algorithm, data: bytes) -> bytes:
    from pkcs11 import MGF, Mechanism

    options: dict[str, Any]
    if algorithm.family == "ecdsa":
        # Hashed here: many tokens sign only hashes with EC keys.
        data, options = digest(algorithm, data), {"mechanism": Mechanism.ECDSA}
    elif algorithm.family == "ed25519":
        options = {"mechanism": Mechanism.EDDSA}
    elif algorithm.family == "ml-dsa":
        options = {"mechanism": _ml_dsa()}
    else:
        size = algorithm.digest.removeprefix("sha")
        scheme = getattr(Mechanism, f"SHA{size}"), getattr(MGF, f"SHA{size}"), int(size) // 8
        mechanism = getattr(Mechanism, f"SHA{size}_RSA_PKCS_PSS")
        options = {"mechanism": mechanism, "mechanism_param": scheme}
    signature: bytes = key.sign(data, **options)
    return signature


def _ml_dsa() -> Any:
    """The mechanism of ML-DSA (PKCS #11 3.2)."""
    from pkcs11 import Mechanism

    found = getattr(Mechanism, "ML_DSA", None)
    if found is None:
        raise SigningError("pkcs11: ML-DSA needs python-pkcs11 0.10")
    return found


def _guard(work: Callable[[], T]) -> T:
    """Return the result of `work`; errors of the library become one line."""
    import pkcs11

    try:
        return work()
    except pkcs11.PKCS11Error as error:
        name = type(error).__name__
        raise SigningError(f"pkcs11: {_ADVICE.get(name) or shorten(error) or name}") from None
    except RuntimeError as error:  # the library of the token cannot be loaded
        raise SigningError(f"pkcs11: {shorten(error)}") from None
