"""Alternative representations of the content (C2PA 2.5 §14.10.4.2.8)."""

from __future__ import annotations

from typing import Final

from aidisclose.errors import Malformed
from aidisclose.manifest.store import Assertion
from aidisclose.manifest.uri import HashedURI
from aidisclose.validate.references import find_box
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses

NAME: Final = "c2pa.alternative-content-representation"
_ORIGINAL: Final = "exif.originalPreservationImage"
_MULTI_ASSET: Final = "c2pa.hash.multi-asset"
_CODE: Final = "assertion.alternativeContentRepresentation"


def check_representation(scope: Scope, assertion: Assertion) -> Statuses:
    """An image as it was before it was processed: a part of the file, or embedded data."""
    try:
        fields = assertion.fields
    except Malformed as error:
        yield Status(f"{_CODE}.malformed", assertion.url, error.reason)
        return
    if not _is_original(assertion):
        return
    problem = _problem(scope, assertion, fields)
    if problem is None:
        yield Status(f"{_CODE}.match", assertion.url)
    else:
        yield problem


def _is_original(assertion: Assertion) -> bool:
    try:
        return assertion.fields.get("type") == _ORIGINAL
    except Malformed:
        return False


def _problem(scope: Scope, assertion: Assertion, fields: dict[object, object]) -> Status | None:
    url = assertion.url
    # The first is judged like any; those behind it are the ones that are too many. Other types may
    # stand before it in any number.
    if next(filter(_is_original, scope.manifest.named(NAME))) is not assertion:
        return Status(f"{_CODE}.malformed", url, "more than one original image")
    parameters = fields.get("parameters")
    if not isinstance(parameters, dict):
        return Status(f"{_CODE}.malformed", url, "an original image without parameters")
    index, embedded = (
        parameters.get(name)
        for name in ("multiAssetPartIndex", "embeddedOriginalPreservationImage")
    )
    if (index is None) == (embedded is None):
        return Status(f"{_CODE}.malformed", url, "not either a part of the file or embedded data")
    if embedded is None:
        if type(index) is int and 0 <= index < _count_parts(scope):
            return None
        return Status(f"{_CODE}.malformed", url, f"no part {index} of a multi-asset hash")
    return _embedded_problem(scope, url, embedded)


def _count_parts(scope: Scope) -> int:
    for assertion in scope.manifest.named(_MULTI_ASSET)[:1]:
        # One that was changed after signing could have any number of parts.
        if assertion.label in scope.node.intact and isinstance(assertion.data, dict):
            parts = assertion.data.get("parts")
            return len(parts) if isinstance(parts, list) else 0
    return 0


def _embedded_problem(scope: Scope, url: str, value: object) -> Status | None:
    try:
        reference = HashedURI.decode(value)
    except Malformed:
        return Status(f"{_CODE}.malformed", url, "no hashed URI of the original image")
    box = find_box(scope, reference.url)
    if box is None:
        return Status(f"{_CODE}.missing", url, f"nothing at {reference.url}")
    alg = scope.alg(reference.alg)
    if alg is None or not scope.matches(box, reference, alg):
        return Status(f"{_CODE}.hashMismatch", url, "the original image was changed")
    return None
