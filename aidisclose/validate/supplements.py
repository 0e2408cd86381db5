"""The additions of later manifests to earlier ones: time stamps and revocation information.

C2PA 2.5 §14.8.1.2, §14.9. It proves itself, by the signature of an authority over the signature or
the certificate that it is about, so it counts whoever added it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aidisclose import limits
from aidisclose.errors import Malformed, Unreadable
from aidisclose.manifest.store import Assertion, Manifest
from aidisclose.named import NamedTuple
from aidisclose.trust.ocsp import Responses

TIME_STAMP: Final = "c2pa.time-stamp"
CERTIFICATE_STATUS: Final = "c2pa.certificate-status"


class SignatureEvidence(NamedTuple):
    """The assertions about signatures of other manifests.

    Attributes:
        time_stamps: TimeStampTokens by the label of the manifest that they are about.
        responses: OCSP responses about whomever.
    """

    time_stamps: dict[str, tuple[bytes, ...]]
    responses: Responses


def collect(manifests: Iterable[Manifest]) -> SignatureEvidence:
    """The evidence in a lineage, up to `limits` of it.

    Time stamps beyond `limits.TIMESTAMPS` for one signature are passed over: a signature without
    one proves less.
    """
    stamps: dict[str, tuple[bytes, ...]] = {}
    responses: list[bytes] = []
    for manifest in manifests:
        for assertion in _named(manifest, TIME_STAMP):
            for label, token in _fields(assertion).items():
                if isinstance(label, str) and isinstance(token, bytes):
                    stamps[label] = (*stamps.get(label, ()), token)[: limits.TIMESTAMPS]
        for assertion in _named(manifest, CERTIFICATE_STATUS):
            values = _fields(assertion).get("ocspVals")
            items = values if isinstance(values, list) else []
            responses += (value for value in items if isinstance(value, bytes))
    return SignatureEvidence(stamps, Responses(responses))


def _named(manifest: Manifest, name: str) -> tuple[Assertion, ...]:
    try:
        return manifest.named(name)
    except Unreadable:
        return ()  # reported where that manifest is checked


def _fields(assertion: Assertion) -> dict[object, object]:
    try:
        return assertion.fields
    except Malformed:
        return {}
