"""Soft bindings: what finds the manifest of content that lost it (C2PA 2.2 §18.10).

Whether the content has that fingerprint or watermark is not checked.
"""

from __future__ import annotations

from typing import Final

from aidisclose.errors import Malformed
from aidisclose.manifest.store import Assertion
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses

NAME: Final = "c2pa.soft-binding"


def check_soft_binding(scope: Scope, assertion: Assertion) -> Statuses:
    """That it names an algorithm, of its own or that of the claim: there is no default."""
    try:
        # The field `alg` of the claim is for hashes; `alg_soft` is the one for soft bindings.
        alg = assertion.fields.get("alg", scope.claim.fields.get("alg_soft"))
    except Malformed as error:
        yield Status("general.error", assertion.url, error.reason)
        return
    if not (isinstance(alg, str) and alg):
        yield Status("algorithm.unsupported", assertion.url, "a soft binding names no algorithm")
