"""The reference implementation, as tests use it: sign, read, compare."""

from __future__ import annotations

import io
import json
from typing import Any

import c2pa

from aidisclose.codec.cose import ALGORITHMS, POST_QUANTUM
from aidisclose.signing.credentials import CHAIN, KEY, ROOT, Credentials

#: The algorithms that it knows: no ML-DSA, which C2PA has since 2.5.
KNOWN = tuple(name for name in ALGORITHMS if name not in POST_QUANTUM)

CREATED = {
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
}


def definition(*actions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A manifest definition with these actions."""
    data = {"actions": list(actions), "allActionsIncluded": True}
    return {
        "claim_generator_info": [{"name": "reference", "version": "1"}],
        "title": "file",
        "assertions": [{"label": "c2pa.actions.v2", "data": data}] if actions else [],
        **fields,
    }


def context(made: Credentials, settings: dict[str, Any] | None = None) -> c2pa.Context:
    """Settings that trust these credentials; nothing is fetched, no thumbnail made."""
    root = (made.folder / ROOT).read_text()
    fields: dict[str, Any] = {
        "version": 1,
        "trust": {"user_anchors": root},
        "verify": {"remote_manifest_fetch": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    return c2pa.Context.from_dict(fields | (settings or {}))


def signer(made: Credentials) -> c2pa.Signer:
    """The signer of these credentials."""
    info = c2pa.C2paSignerInfo(
        alg=made.alg.encode(),
        sign_cert=(made.folder / CHAIN).read_bytes(),
        private_key=(made.folder / KEY).read_bytes(),
        ta_url=None,
    )
    return c2pa.Signer.from_info(info)


def read(data: bytes, made: Credentials, media_type: str = "image/png") -> dict[str, Any]:
    """What the reference says about a file."""
    with c2pa.Reader(media_type, io.BytesIO(data), context=context(made)) as reader:
        found: dict[str, Any] = json.loads(reader.json())
    return found


def crjson(data: bytes, made: Credentials, media_type: str = "image/png") -> dict[str, Any]:
    """Its crJSON document."""
    with c2pa.Reader(media_type, io.BytesIO(data), context=context(made)) as reader:
        found: dict[str, Any] = json.loads(reader.crjson())
    return found


def sign(
    data: bytes,
    made: Credentials,
    manifest: dict[str, Any],
    *,
    media_type: str = "image/png",
    ingredients: tuple[tuple[dict[str, Any], bytes], ...] = (),
    update: bool = False,
    settings: dict[str, Any] | None = None,
) -> bytes:
    """A file signed by the reference; `ingredients` are descriptions with files."""
    made_by = c2pa.Builder(json.dumps(manifest), context=context(made, settings))
    if update:
        made_by.set_intent(c2pa.C2paBuilderIntent.UPDATE)
    for description, content in ingredients:
        made_by.add_ingredient(json.dumps(description), media_type, io.BytesIO(content))
    out = io.BytesIO()
    made_by.sign(signer(made), media_type, io.BytesIO(data), out)
    return out.getvalue()
