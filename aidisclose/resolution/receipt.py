"""Receipts of a repository: its signature that it has a manifest (C2PA 2.5, Decoupled).

The form is that of the Soft Binding Resolution API; what is signed, and how, every repository
decides. Ours signs the address of the repository, the label of the manifest, the hash of its store
and the time at which it was stored, as canonical JSON, with a certificate that is in the receipt.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from aidisclose.codec import cose
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.repository.repository import Entry
from aidisclose.signing.signer import Signer
from aidisclose.trust import certificate as certificates

_TYPE: Final = "org.c2pa.manifest-receipt"
_CONTEXT: Final = {
    "c2pa": "https://c2pa.org/ns/",
    "receipt": "https://c2pa.org/ns/manifest-receipt#",
}
#: Stands before what is signed, so that no signature over something else counts.
_SIGNED: Final = b"aidisclose manifest receipt 1\0"
_CERTIFICATES: Final = 8
_PROOF: Final = frozenset({"alg", "sha256", "stored_at", "value", "x5c"})


def issue(entry: Entry, base: str, signer: Signer) -> dict[str, object]:
    """A receipt for what a repository keeps.

    Arguments:
        entry: The manifest.
        base: Address of the API.
        signer: The repository's credentials.

    Raises:
        SigningError: A device or service refuses to sign.
    """
    stored = entry.time.isoformat()
    signature = signer.sign(_signed(base, entry.id, entry.sha256, stored))
    proof = {
        "alg": signer.alg,
        "sha256": entry.sha256,
        "stored_at": stored,
        "value": base64.b64encode(signature).decode(),
        "x5c": [base64.b64encode(each).decode() for each in signer.chain],
    }
    return _document(base, entry.id, proof)


def _document(base: str, name: str, proof: dict[str, Any]) -> dict[str, object]:
    return {
        "@context": dict(_CONTEXT),
        "@type": _TYPE,
        "repository": {"uri": base, "manifestId": name},
        "anchor": {"uri": f"{base}/manifests/{name}/receipts", "proof": proof},
    }


def parse(kept: str) -> dict[str, Any]:
    """The receipt that a repository keeps.

    Raises:
        OSError: It is none: the database was damaged, or somebody else wrote in it.
    """
    try:
        found = json.loads(kept)
        # What is not Unicode, or not a number, cannot be answered with.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
        if found["@type"] == _TYPE and _first(found):
            return dict(found)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        pass
    raise OSError("the repository cannot be read: a receipt in it is not one")


def _first(receipt: Any) -> bytes:
    """The certificate of the one who issued a receipt."""
    return base64.b64decode(receipt["anchor"]["proof"]["x5c"][0], validate=True)


def problem(receipt: Any, entry: Entry, signer: Signer | None, kept: str | None) -> str | None:
    """The reason why a receipt is not one of ours for this manifest; None if it is.

    Arguments:
        receipt: Decoded JSON, from anybody.
        entry: The manifest.
        signer: The repository's credentials now.
        kept: The receipt that was issued for the manifest, as JSON.

    Raises:
        Malformed: It does not have the form of a receipt.
        OSError: The kept one is not a receipt.
    """
    try:
        base, name = receipt["repository"]["uri"], receipt["repository"]["manifestId"]
        proof = receipt["anchor"]["proof"]
        values = [str(proof[each]) for each in ("alg", "sha256", "stored_at", "value")]
        chain = [base64.b64decode(each, validate=True) for each in proof["x5c"]]
        signature = base64.b64decode(values[3], validate=True)
        if receipt["@type"] != _TYPE or not isinstance(base, str) or not isinstance(name, str):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Malformed("not a receipt of this repository") from None
    if name != entry.id:
        return "the manifestId of the receipt is not the requested one"
    if values[1] != entry.sha256:
        return "the receipt is about another manifest store"
    # Its own certificates alone: a receipt is a statement of this repository, not of anybody
    # trusted.
    known = {signer.chain[0]} if signer is not None else set()
    if kept is not None:
        # That of the time when it was issued, which may have been renewed since.
        known.add(_first(parse(kept)))
    if not 0 < len(chain) <= _CERTIFICATES or chain[0] not in known:
        return "it is not signed by this repository"
    try:
        key = certificates.load(chain[0]).public_key
    except (Malformed, LimitExceeded):
        return "its certificate cannot be read"
    algorithm = cose.NAMED.get(values[0])
    signed = _signed(base, name, values[1], values[2])
    if algorithm is None or key is None or not cose.verify(algorithm, key, signature, signed):
        return "its signature is not good"
    # The signature covers the values, and not the form around them.
    if receipt != _document(base, name, proof) or proof.keys() != _PROOF:
        return "something in it is not as it was issued"
    return None


def _signed(base: str, name: str, sha256: str, stored: str) -> bytes:
    told = {"manifestId": name, "sha256": sha256, "storedAt": stored, "uri": base}
    return _SIGNED + json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
