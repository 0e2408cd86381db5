"""Redaction: leaving nothing of an assertion in the manifest of an ingredient (C2PA 2.2 §6.8).

The signature of the ingredient stays good, since its claim is not touched; the new claim lists what
is gone, and says why in an action. Where nothing but that changes, it is an update manifest
(`update_manifest`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from aidisclose.codec import jumbf
from aidisclose.codec.jumbf import Superbox
from aidisclose.errors import SigningError, UsageError
from aidisclose.manifest import actions, ingredient, label, store, uri
from aidisclose.manifest.store import ASSERTION_STORE, REDACTED, STORE, UUID, Manifest, Store
from aidisclose.signing.history import History

#: Without its hard binding a manifest is about no content, and without its actions about no
#: history: both say who made what.
_HASH: Final = "c2pa.hash."

#: What is left in the place of an assertion. Its label stays, so that the URI that says what was
#: redacted still leads somewhere.
_BLANK: Final = jumbf.box(b"uuid", REDACTED + b"\0")


def redact(histories: Sequence[History], urls: Iterable[str]) -> list[History]:
    """The same histories, with nothing left of some assertions.

    Arguments:
        histories: Of all ingredients.
        urls: Absolute JUMBF URIs of the assertions.

    Raises:
        SigningError: One is not of an ingredient, or must not be redacted.
        UsageError: One is not an absolute URI of an assertion.
    """
    gone: dict[str, set[str]] = {}
    for url in urls:
        target = uri.parse(url)
        if target is None or target.manifest is None or target.path[:-1] != (uri.ASSERTIONS,):
            raise UsageError(f"{url} is not an absolute URI of an assertion")
        name = target.path[-1]
        if label.split(name).name == actions.NAME or name.startswith(_HASH):
            raise SigningError(f"redactions: {name} must not be redacted (C2PA 2.2 §6.8)")
        if label.split(name).name == ingredient.NAME:
            # Permitted, but the reference implementation cannot read it, or finds an action broken.
            raise SigningError(
                f"redactions: {name} is not supported: ingredients cannot be redacted"
            )
        if not any(_holds(history.store, target.manifest, name) for history in histories):
            raise SigningError(f"redactions: no ingredient has an assertion at {url}")
        gone.setdefault(target.manifest, set()).add(name)
    return [
        replace(history, store=_without(history.store, gone)) if history.store else history
        for history in histories
    ]


def _holds(found: Store | None, manifest: str, assertion: str) -> bool:
    held = found.manifests.get(manifest) if found else None
    return held is not None and assertion in held.assertions


def _without(found: Store, gone: dict[str, set[str]]) -> Store:
    boxes = [_blank(item, gone.get(item.label, ())) for item in found.manifests.values()]
    # Read again, like every store: what is signed next refers to the boxes as they are now.
    return store.parse(jumbf.superbox(STORE, "c2pa", boxes))


def _blank(manifest: Manifest, gone: Collection[str]) -> bytes:
    """A manifest without some assertions; a compressed one is compressed no more."""
    if not gone:
        return bytes(manifest.box.whole)

    def write(box: Superbox) -> bytes:
        if box.uuid != ASSERTION_STORE:
            return bytes(box.whole)
        return jumbf.refill(
            box,
            (
                jumbf.superbox(UUID, child.label, [_BLANK])
                if child.label in gone
                else bytes(child.whole)
                for child in box.superboxes
            ),
        )

    return jumbf.refill(manifest.content, map(write, manifest.content.superboxes))
