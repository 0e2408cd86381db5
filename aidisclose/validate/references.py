"""References from assertions and claims to other boxes of the store (C2PA 2.5 §14.10.4.3)."""

from __future__ import annotations

from aidisclose.codec.jumbf import Superbox
from aidisclose.errors import Malformed, Unreadable
from aidisclose.manifest import actions, ingredient, uri
from aidisclose.manifest.store import Assertion
from aidisclose.manifest.uri import HashedURI
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses


def check_hashed_uri(scope: Scope, url: str, value: object, what: str) -> Statuses:
    """Whether what a hashed URI refers to is there and unchanged.

    A redacted target is taken as it is, and one outside of the store is not fetched.

    Arguments:
        scope: The manifest in which it stands.
        url: The URL that the statuses are about.
        value: The hashed URI; nothing of it is believed.
        what: Its role, for people.
    """
    target = value.get("url") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(target, str):
        yield Status("hashedURI.missing", url, f"{what} names no URL")
        return
    # Of a box that was redacted the hash cannot fit any more, nor has it to.
    if uri.parse(target) is None or scope.is_redacted(target):
        return
    box = find_box(scope, target)
    if box is None:
        yield Status("hashedURI.missing", url, f"{what}: nothing at {target}")
        return
    try:
        # §14.10.4.3 calls a missing hash a mismatch. To take it for none would let a forger leave
        # it out.
        reference = HashedURI.decode(value)
    except Malformed:
        yield Status("hashedURI.mismatch", url, f"{what} has no hash")
        return
    alg = scope.alg(reference.alg)
    if alg is None:
        yield Status("algorithm.unsupported", url, f"{what}: hash algorithm {reference.alg!r}")
    elif not scope.matches(box, reference, alg):
        yield Status("hashedURI.mismatch", url, f"{what}: {target} was changed")


def check_icon(scope: Scope, url: str, generator: object) -> Statuses:
    """The icon of a generator-info-map, if it has one."""
    if isinstance(generator, dict) and "icon" in generator:
        yield from check_hashed_uri(scope, url, generator["icon"], "icon")


def check_related(
    scope: Scope, url: str, value: object, *, code: str, ending: str = ""
) -> Statuses:
    """The `relatedAssertions` of an action or an ingredient (C2PA 2.5 §14.10.4.2.4, §14.11.3.2).

    Arguments:
        scope: The manifest in which they stand.
        url: The URL that the statuses are about.
        value: The list; nothing of it is believed.
        code: Of the failures.
        ending: The ending that the names of related assertions must have.
    """
    if not isinstance(value, list) or not value:
        yield Status(code, url, "relatedAssertions is not a list with an assertion")
        return
    for item in value:
        yield from check_hashed_uri(scope, url, item, "related assertion")
        target = item.get("url") if isinstance(item, dict) else None
        if not isinstance(target, str):
            continue
        found = scope.locate(target)
        if found is None:
            yield Status(code, url, f"no assertion of this manifest at {target}")
            continue
        if found.name in (actions.NAME, ingredient.NAME):
            yield Status(code, url, f"{target} cannot be a related assertion")
        elif not found.base.endswith(ending):
            yield Status(code, url, f"{target} does not end with {ending}")
        if scope.is_redacted(target):
            yield Status("assertion.redacted", url, f"{target} was redacted")


def find_box(scope: Scope, url: str) -> Superbox | None:
    """The box at a JUMBF URI, in whichever manifest of the store; None if it cannot be told."""
    try:
        return scope.session.store.find(url, base=scope.manifest.label)
    except Unreadable:
        return None  # what is wrong with that manifest is reported where it is checked


def find_ingredient(scope: Scope, url: str) -> Assertion | None:
    """The ingredient at a JUMBF URI, in whichever manifest of the store."""
    target = uri.parse(url)
    store = scope.session.store
    manifest = (
        scope.manifest
        if target is None or target.manifest is None
        else (store.manifests.get(target.manifest))
    )
    try:
        found = manifest.resolve(url) if manifest else None
    except Unreadable:
        return None
    return found if found is not None and found.parts.name == ingredient.NAME else None
