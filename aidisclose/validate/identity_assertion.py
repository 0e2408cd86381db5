"""Identity assertions of a manifest (CAWG Identity Assertion 1.3 §7, §8).

Who is named by them is another question than who signed the claim: neither decides the other.
"""

from __future__ import annotations

import functools
from collections.abc import Generator
from typing import Final

from aidisclose.bindings import BINDINGS
from aidisclose.codec import cose
from aidisclose.errors import Unreadable
from aidisclose.identity import assertion as assertions
from aidisclose.identity.assertion import BadPadding, IdentityAssertion
from aidisclose.manifest import label, uri
from aidisclose.manifest.store import Assertion
from aidisclose.trust import certificate as certificates
from aidisclose.validate.identity import Identity, IdentityCheck, IdentityStanding
from aidisclose.validate.scope import Scope
from aidisclose.validate.signature import Signature
from aidisclose.validate.status import Status, Statuses

NAME: Final = assertions.NAME


def check_identities(
    scope: Scope, signature: Signature | None
) -> Generator[Status, None, tuple[Identity, ...]]:
    """All identity assertions that the claim covers; returns who is named.

    Arguments:
        scope: The manifest.
        signature: Of its claim, None if that does not verify.
    """
    found: list[Identity] = []
    named = [item for item in scope.node.intact.values() if item.parts.name == NAME]
    claimed = _Claimed(scope, signature)
    for item in named:
        found.append((yield from _check(scope, claimed, item)))
    return tuple(found)


class _Claimed:
    """The facts of the claim that identity assertions are compared with, each read once."""

    def __init__(self, scope: Scope, signature: Signature | None) -> None:
        self._scope = scope
        self._listed: dict[str, dict[str, bytes]] = {}
        stamp = signature.timestamp if signature else None
        #: When the claim was signed, if a trusted time stamp says so.
        self.time = stamp.time if stamp and stamp.is_trusted else None

    def lists(self, url: str, digest: bytes) -> bool:
        """Whether this claim, or one that it descends from, lists an assertion (§5.1.1)."""
        target = uri.parse(url)
        name = target.manifest if target else None
        return name is not None and self._references(name).get(url) == digest

    def _references(self, name: str) -> dict[str, bytes]:
        """The hashes that the claim of a manifest of the lineage lists, by absolute URI."""
        if name not in self._listed:
            node = self._scope.session.lineage.nodes.get(name)
            try:
                listed = node.manifest.claim.assertions if node else ()
            except Unreadable:
                listed = ()
            self._listed[name] = {uri.make_absolute(each.url, name): each.hash for each in listed}
        return self._listed[name]

    @functools.cached_property
    def bindings(self) -> frozenset[str]:
        """URIs of the hard bindings that may count: of an update, those of what it updates."""
        own = self._scope.manifest.label
        subject = self._scope.session.lineage.subject_of(own)
        name = subject.manifest.label if subject else own
        return frozenset(filter(_binds, self._references(name)))

    @functools.cached_property
    def identities(self) -> int:
        """The number of identity assertions that the claim lists."""
        return sum(each.parts.name == NAME for each in self._scope.listed)

    @functools.cached_property
    def signer(self) -> bytes | None:
        """SHA-256 of the certificate that the claim is signed with."""
        content = self._scope.manifest.signature_content
        try:
            # Read anew: of a signature that does not verify, nothing else is kept.
            chain = cose.parse(content).certificates if content else ()
            return certificates.load(chain[0]).sha256 if chain else None
        except Unreadable:
            return None


def _check(scope: Scope, claimed: _Claimed, item: Assertion) -> IdentityCheck:
    url = item.url
    invalid = Identity(url, IdentityStanding.INVALID, "")
    try:
        made = assertions.decode(item.encoded, values=scope.manifest.values)
    except BadPadding as error:
        yield Status("cawg.identity.pad.invalid", url, error.reason)
        return invalid
    except Unreadable as error:
        yield Status("cawg.identity.cbor.invalid", url, str(error))
        return invalid
    known = Identity(
        url,
        IdentityStanding.INVALID,
        made.sig_type,
        made.roles,
        references=tuple(each.url for each in made.references),
    )
    # Who signed is looked at nevertheless: one run says all that is wrong with an assertion.
    failures = list(_check_references(scope, claimed, made, url))
    yield from failures
    yield from _check_expected(claimed, made, url)
    if made.sig_type == assertions.X509:
        # Late: few files name anybody, and each module counts in the start of `verify`.
        from aidisclose.validate.actor import check_actor

        named = yield from check_actor(scope, made, known, claimed.time)
    elif made.sig_type == assertions.AGGREGATION:
        from aidisclose.validate.aggregation import check_credential

        named = yield from check_credential(scope, made, known, claimed.time)
    else:
        message = f"unknown signature type {made.sig_type!r}"
        yield Status("cawg.identity.sig_type.unknown", url, message)
        return known._replace(standing=IdentityStanding.UNKNOWN)
    if failures or named.standing is IdentityStanding.INVALID:
        return named._replace(standing=IdentityStanding.INVALID)
    # Neither good nor bad: what would decide was not at hand.
    if named.standing is IdentityStanding.UNKNOWN:
        return named
    yield Status("cawg.identity.well-formed", url)
    if named.standing is IdentityStanding.TRUSTED:
        yield Status("cawg.identity.trusted", url, ", ".join(named.names))
    return named


def _check_references(
    scope: Scope, claimed: _Claimed, made: IdentityAssertion, url: str
) -> Statuses:
    """CAWG 1.3 §5.1.1, §7.1: a claim lists each, once; the one hard binding is among them."""
    seen: set[str] = set()
    for reference in made.references:
        absolute = uri.make_absolute(reference.url, scope.manifest.label)
        if absolute in seen:
            yield Status("cawg.identity.assertion.duplicate", url, reference.url)
        elif not claimed.lists(absolute, reference.hash):
            message = f"{reference.url} is not what the claim lists"
            yield Status("cawg.identity.assertion.mismatch", url, message)
        seen.add(absolute)
    bound = set(filter(_binds, seen))
    if not bound:
        message = "no hard binding is among the referenced assertions"
        yield Status("cawg.identity.hard_binding_missing", url, message)
    elif len(bound) > 1 or not bound <= claimed.bindings:
        message = "the hard binding that counts is not the one that is referred to"
        yield Status("cawg.identity.hard_binding_incorrect", url, message)


def _binds(url: str) -> bool:
    """Whether a URI is that of a hard binding."""
    target = uri.parse(url)
    path = target.path if target else ()
    return bool(path) and label.split(path[-1]).base in BINDINGS


def _check_expected(claimed: _Claimed, made: IdentityAssertion, url: str) -> Statuses:
    """Say where what the actor expected of the claim did not come.

    CAWG 1.3 §5.1 has taken these fields away, so that they decide nothing any more.
    """
    generator = made.expected.get("expected_claim_generator")
    if generator is not None:
        named = generator.get("hash") if isinstance(generator, dict) else None
        if named is None or named != claimed.signer:
            message = "the claim was signed by somebody else than was expected"
            yield Status("cawg.identity.expected_claim_generator.mismatch", url, message)
    others = made.expected.get("expected_countersigners")
    # The assertion itself is one of those that the claim lists.
    if isinstance(others, list) and claimed.identities < len(others) + 1:
        message = f"{len(others)} further identity assertions were expected"
        yield Status("cawg.identity.expected_countersigner.missing", url, message)
