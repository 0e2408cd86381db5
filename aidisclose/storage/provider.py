"""Services that keep objects: how they are reached, and what their errors mean.

Credentials, regions and endpoints are looked up as the programs of the providers do it: variables,
profiles, files, and what a machine or a container of theirs is given.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.errors import AidiscloseError, Unreachable, UsageError
from aidisclose.storage.address import Parts, split

if TYPE_CHECKING:
    from opendal import Operator

#: Attempts after the first, with pauses of 0.5, 1, 2, 4 and 8 seconds, each up to twice as long.
_RETRIES: Final = 5
_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 20.0

_WEB: Final = ("https", "http")
_NOBODY: Final = (
    "no credentials for this storage were found; docs/scale.md names the variables they are read "
    "from"
)


def reach(address: str, *, writing: bool = False, retrying: bool = True) -> tuple[Operator, str]:
    """The service that keeps an object, and the object's name there.

    Arguments:
        address: Of the object, or a prefix.
        writing: Whether it is to be written.
        retrying: Whether what was not answered, was throttled or broke off is asked for again.

    Raises:
        UsageError: The address is invalid, or cannot be written.
        AidiscloseError: opendal is not installed, or the service is not set up.
    """
    scheme, place, key = split(address)
    if writing and scheme in _WEB:
        raise UsageError(f"{address!r} can only be read: https addresses are not a destination")
    if writing and (not key or key.endswith("/")):
        raise UsageError(f"{address!r} names no object")
    with explained(address):
        # By process: threads of opendal do not live on in a child.
        return _operator(scheme, place, os.getpid(), retrying), key


@lru_cache(maxsize=limits.SERVICES)
def _operator(scheme: str, place: str, _process: int, retrying: bool) -> Operator:
    try:
        from opendal import Operator
        from opendal.layers import RetryLayer, TimeoutLayer
    except ImportError:
        message = "object storage needs opendal: pip install 'aidisclose[cloud]'"
        raise AidiscloseError(message) from None
    service, options = _options(Parts(scheme, place, ""))
    operator = Operator(service, **options)
    operator = operator.layer(TimeoutLayer(limits.STORAGE_TIME, limits.STORAGE_TIME))
    if not retrying:
        return operator
    # Twice as long each time, and a random part: many workers are throttled at the same moment.
    retries = RetryLayer(_RETRIES, 2.0, True, _LONGEST_PAUSE, _PAUSE)
    return operator.layer(retries)


def pauses() -> Iterator[float]:
    """Seconds to wait before each further attempt."""
    for attempt in range(_RETRIES):
        yield min(_PAUSE * 2**attempt, _LONGEST_PAUSE)


def is_passing(error: Exception) -> bool:
    """Whether an error of opendal may be gone at the next attempt."""
    # Only its text says so.
    return isinstance(error, _kinds()) and "(temporary)" in str(error)


def _options(parts: Parts) -> tuple[str, dict[str, str]]:
    """The name of a service in opendal, and what it is told that it does not look up itself."""
    match parts.scheme:
        case "s3":
            region = _variable("AWS_REGION", "AWS_DEFAULT_REGION")
            # Amazon's own tools let the one of a service win over the one of all.
            endpoint = _variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
            if endpoint and not region:
                region = "us-east-1"  # what services that are not Amazon's expect
            found = {"bucket": parts.place, "region": region, "endpoint": endpoint}
            if _variable("AWS_EC2_METADATA_DISABLED").lower() == "true":
                found["disable_ec2_metadata"] = "true"
            service = "s3"
        case "gs":
            emulator = _variable("STORAGE_EMULATOR_HOST")
            found = {"bucket": parts.place, "endpoint": emulator}
            if emulator:  # which knows no accounts, as Google's own libraries expect
                found["allow_anonymous"] = "true"
            service = "gcs"
        case "az":
            account = _variable("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")
            default = f"https://{account}.blob.core.windows.net" if account else ""
            found = {
                "container": parts.place,
                "account_name": account,
                "account_key": _variable("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY"),
                "sas_token": _variable("AZURE_STORAGE_SAS_TOKEN"),
                "endpoint": _variable("AZURE_STORAGE_SERVICE_ENDPOINT") or default,
            }
            service = "azblob"
        case "webhdfs":
            found = {
                "endpoint": f"http://{parts.place}",
                "root": "/",
                "user_name": _variable("HADOOP_USER_NAME"),
                "delegation": _variable("HADOOP_DELEGATION_TOKEN"),
            }
            service = "webhdfs"
        case _:
            found = {"endpoint": f"{parts.scheme}://{parts.place}"}
            service = "http"
    return service, {name: value for name, value in found.items() if value}


def _variable(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "")


@contextlib.contextmanager
def explained(address: str) -> Iterator[None]:
    """Errors of opendal in the block become ours, about this address.

    Raises:
        FileNotFoundError: There is no such object.
        FileExistsError: There is one, and it is not to be replaced.
        PermissionError: Access is denied.
        OSError: The object was changed while it was read.
        Unreachable: The service cannot be reached, or gives no usable answer.
    """
    try:
        yield
    except Exception as error:
        found = _explain(error, address)
        if found is None:
            raise
        raise found from None


def _explain(error: Exception, address: str) -> Exception | None:
    kinds = _kinds()
    kind = next((kind for kind in kinds if isinstance(error, kind)), None)
    name = kind.__name__ if kind else ""
    text = _reason(str(error))
    if kind is None:
        # What opendal's files raise has lost its kind, but not its text.
        is_files = isinstance(error, OSError) and error.errno is None and "=>" in str(error)
        if not is_files:
            return None
        name = next((each.__name__ for each in kinds if str(error).startswith(each.__name__)), "")
    match name:
        case "NotFound":
            return FileNotFoundError(errno.ENOENT, "no such object or bucket", address)
        case "AlreadyExists":
            return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), address)
        case "PermissionDenied":
            reason = "access denied: check the credentials and rights for this place"
            return PermissionError(errno.EACCES, reason, address)
        case "ConditionNotMatch" | "RangeNotSatisfied" | "Conflict":
            return changed(address)
        case "RateLimited":
            return about(address, f"the storage asks to slow down: fewer --jobs help ({text})")
        case "ConfigInvalid":
            return about(address, f"the storage is not set up: {text}")
        case "Unsupported":
            return about(address, f"this kind of storage cannot do that: {text}")
        case _ if "failed to load signing credential" in text:
            return about(address, _NOBODY)
        case _:
            return about(address, f"the storage gives no usable answer: {text}")


@lru_cache(maxsize=1)
def _kinds() -> tuple[type[Exception], ...]:
    try:
        from opendal import exceptions
    except ImportError:
        return ()
    found = [item for item in vars(exceptions).values() if isinstance(item, type)]
    return tuple(item for item in found if issubclass(item, Exception))


def changed(address: str) -> OSError:
    """The object is not what it was when it was opened; bytes of both must not be mixed."""
    message = "it was changed while it was read"
    return OSError(errno.ESTALE, message, address)


def about(address: str, reason: str) -> Unreachable:
    """The error of a service, about an address."""
    error = Unreachable(reason)
    error.file = address
    return error


def _reason(text: str) -> str:
    """The essence of an opendal error, on one line: the rest is context and call stack."""
    shown = " ".join(text.partition("Backtrace:")[0].split())
    first, _, last = shown.partition("=>")
    return (last or first).strip()[: limits.STATUS_EXPLANATION]
