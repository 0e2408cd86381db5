"""Updates as they are written here, and what somebody makes of them (C2PA 2.5 §11.2.3, §14.12)."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import aidisclose as ad
from aidisclose.codec import jumbf
from aidisclose.containers import bmff
from aidisclose.manifest.store import UUID
from aidisclose.signing.compression import compress
from tests.attacks import files
from tests.attacks.attack import Attack
from tests.attacks.parties import TRUST, authority, honest, sealed, stranger
from tests.bindings.build import asset
from tests.manifest import build
from tests.trust.pki import NOW, Entity

CLAUSE: Final = "C2PA 2.5 §11.2.3, §14.12"
_SECRET: Final = "com.example.place"
_ROOM: Final = 20_000
_UPDATE: Final = ad.Update(
    metadata=(json.dumps({"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:a": "b"}),)
)


def attacks() -> Iterator[Attack]:
    """Content beside, behind and in an update that is sound."""
    yield from _room()
    yield from _iso()
    yield from _signers()
    yield from _compressed()
    yield from _redacted()


@functools.cache
def _signer(entity: Entity, *chain: Entity) -> ad.Signer:
    key = entity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ad.Signer.from_pem(chain=b"".join(each.pem for each in (entity, *chain)), key=key)


def _honest() -> ad.Signer:
    return _signer(honest(), authority())


def _sign(data: bytes, signer: ad.Signer | None = None, **options: Any) -> bytes:
    output = io.BytesIO()
    if not options.keys() & {"update", "manifest"}:
        options["disclosure"] = ad.Disclosure(ai="generated")
    ad.sign(data, output, signer=signer or _honest(), trust=TRUST, at=NOW, **options)
    return output.getvalue()


def _updated(name: str, **options: Any) -> bytes:
    signed = _sign(files.media(name).data, update_room=_ROOM)
    return _sign(signed, update=_UPDATE, **options)


def _room() -> Iterator[Attack]:
    """Content where room is left for updates, which no hash covers."""
    for name in ("WAV", "WebP", "AVI", "FLAC", "MP3"):
        honest_file = _updated(name)
        store = files.store_of(honest_file)
        blank = len(store) - len(store.rstrip(b"\0"))
        assert blank > 1_000, name
        for place, begins in (("first", len(store) - blank + 8), ("last", len(store) - 4)):
            filled = store[:begins] + b"more" + store[begins + 4 :]
            forged = honest_file.replace(store, filled)
            assert forged != honest_file
            title = f"update: {place} bytes of the room in {name}"
            yield Attack(title, CLAUSE, honest_file, forged, "manifest store")
        fresh = _sign(files.media(name).data, update_room=_ROOM)
        begins = len(files.store_of(fresh)) - 4
        data = files.store_of(fresh)
        forged = fresh.replace(data, data[:begins] + b"more")
        yield Attack(f"update: room before any in {name}", CLAUSE, fresh, forged, "manifest store")
        yield Attack(f"update: behind {name}", CLAUSE, honest_file, honest_file + b"more", "")


def _iso() -> Iterator[Attack]:
    """The two boxes of an updated ISO file, taken apart and put together."""
    honest_file = _updated("MP4")
    other = _sign(_sign(files.media("MP4").data), update=ad.Update(publishes=True))
    last = asset(honest_file).layout.blocks[-1]
    box, before = honest_file[last.start :], honest_file[: last.start]
    theirs = other[asset(other).layout.blocks[-1].start :]
    extra = bmff.frame(b"", purpose="merkle")
    mdat = (16).to_bytes(4) + b"mdat" + b"unsigned"
    free = (16).to_bytes(4) + b"free" + b"unsigned"
    forgeries = {
        "the update alone": before.replace(b"original\0", b"manifest\0", 1) + box,
        "no update": before,
        "two updates": honest_file + box,
        "of another file": before + theirs,
        "media behind": honest_file + mdat,
        "media before": before + mdat + box,
        "a merkle box behind": honest_file + extra,
        "retagged": before + box.replace(b"update\0", b"merkle\0", 1),
    }
    for name, forged in forgeries.items():
        yield Attack(f"update: ISO, {name}", CLAUSE, honest_file, forged, "")
    padded = before + (len(box) + 4).to_bytes(4) + box[4:] + b"more"
    yield Attack("padding: behind an update in an ISO file", CLAUSE, honest_file, padded, "")
    # What C2PA leaves out of hashes by the box's type can be put behind, and is not shown.
    yield Attack(
        "update: ISO, free space behind",
        CLAUSE,
        honest_file,
        honest_file + free,
        "",
        may_stand=True,
    )


def _signers() -> Iterator[Attack]:
    """An update by somebody else does not keep the trust that the signer has."""
    for name in ("PNG", "MP4"):
        signed = _sign(files.media(name).data)
        output = _sign(signed, _signer(stranger()), update=_UPDATE)
        title = f"update: by a stranger in {name}"
        yield Attack(title, CLAUSE, signed, output, "untrusted", below=ad.State.TRUSTED)


def _compressed() -> Iterator[Attack]:
    """Manifests that were compressed after they were referred to, or hold something else."""
    honest_file = _updated("PNG", compress=True)
    first, last = map(files.whole, files.manifests(files.store_of(honest_file)))
    other = _updated("PNG", compress=True)
    _, theirs = map(files.whole, files.manifests(files.store_of(other)))
    forgeries = {
        "the updated manifest compressed": build.store(compress(first), last),
        "of another file": build.store(first, theirs),
        "compressed twice": build.store(first, compress(last)),
        "under another name": build.store(first, last.replace(_label(last), _label(first), 1)),
    }
    for name, store in forgeries.items():
        forged = files.embed(files.media("PNG").data, store)
        yield Attack(f"compressed: {name}", "C2PA 2.5 §11.2.4", honest_file, forged, "")


def _label(manifest: bytes) -> bytes:
    return jumbf.parse(manifest).label.encode()


def _redacted() -> Iterator[Attack]:
    """Something in the place that an update has emptied, or another place emptied as well."""
    definition = {
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": "trainedAlgorithmicMedia",
                        }
                    ]
                },
            },
            {"label": _SECRET, "data": {"latitude": 47.1}},
            {"label": "com.example.kept", "data": {"x": 1}},
        ]
    }
    signed = _sign(files.media("PNG").data, manifest=definition)
    honest_file = _sign(signed, update=ad.Update(redactions=(_SECRET,)))
    first, last = files.manifests(files.store_of(honest_file))
    clause = "C2PA 2.5 §8.8, §14.10.3"
    slot = files.child(first, "c2pa.assertions", _SECRET)
    filled = build.cbor(_SECRET, {"latitude": 0}).box
    kept = files.child(first, "c2pa.assertions", "com.example.kept")
    blank = jumbf.superbox(UUID, "com.example.kept", [])
    for name, manifest in (
        ("filled again", files.replaced(first, slot, filled)),
        ("more is emptied", files.replaced(first, kept, blank)),
        ("more is gone", files.replaced(first, kept)),
    ):
        store = build.store(manifest, files.whole(last))
        forged = files.embed(files.media("PNG").data, store)
        yield Attack(f"redacting update: {name}", clause, honest_file, forged, "assertion.")
    unredacted = files.whole(files.manifests(files.store_of(signed))[0])
    back = files.embed(files.media("PNG").data, build.store(unredacted, files.whole(last)))
    yield Attack("redacting update: undone", clause, honest_file, back, "notRedacted")
    own = replace(files.updated(unredacted), seal=sealed())
    actions = build.url(jumbf.parse(unredacted).label, "c2pa.assertions", "c2pa.actions.v2")
    hides = replace(own, claim={**own.claim, "redacted_assertions": [actions]})
    forged = files.unbound(hides, unredacted)
    yield Attack("redacting update: of the actions", clause, honest_file, forged, "redacted")
