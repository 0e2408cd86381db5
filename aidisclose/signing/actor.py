"""Actors whom a manifest names besides its signer: identity assertions (CAWG 1.3 §5, §8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from aidisclose.errors import SigningError, UsageError
from aidisclose.frozen import dataclass, replace
from aidisclose.identity import assertion as assertions
from aidisclose.manifest import label
from aidisclose.manifest.draft import Draft, LateAssertion, NewAssertion
from aidisclose.manifest.uri import HashedURI
from aidisclose.signing.seal import Seal
from aidisclose.signing.signer import Signer
from aidisclose.trust import certificate as certificates
from aidisclose.trust.profile import ACTOR_PURPOSES, purpose_names

#: All assertions of the manifest, as `Actor.references` names them.
EVERY: Final = "*"
_OWN: Final = "cawg."
#: The roles of CAWG by their short names.
PREDEFINED: Final = {each.removeprefix(_OWN): each for each in assertions.ROLES}
#: Roles of others begin with the domain of who defines them (CAWG 1.3 §5.1.2).
_ROLE: Final = re.compile(r"(?=.{3,100}\Z)[A-Za-z0-9-]+(\.[A-Za-z0-9_-]+)+")
#: Room for the padding itself.
_SLACK: Final = 16
_NUMBERED: Final = tuple(label.number(assertions.NAME, each) for each in range(100))


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person or organisation that signs, with its own key, what it had to do with an asset.

    Attributes:
        signer: Certificate chain and key of the actor.
        roles: The parts that it had in the asset: `cawg.creator` and others of `assertion.ROLES`,
            or the domain of who defines a role, backwards, such as `com.example.retoucher`.
        references: Labels of the assertions that it vouches for besides the hard binding, such as
            `c2pa.actions.v2`; without an instance number all of that label, `*` for all there are.
        staples: OCSP responses to embed, as `fetch_ocsp` returns them; they are not checked.

    Raises:
        UsageError: A role is unknown, or something is named twice.
    """

    signer: Signer
    roles: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    staples: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        check_roles(self.roles)
        if len({*self.references}) != len(self.references):
            raise UsageError("a referenced assertion is named twice")

    def check(self, at: datetime) -> None:
        """Check that the certificate may sign identity assertions at `at`.

        Raises:
            SigningError: It may not, as `Signer.check` says, or it is for another purpose than
                signing documents or mail (CAWG 1.3 §8.2.2).
            UsageError: `at` has no time zone.
        """
        self.signer.check(at)
        purposes = certificates.load(self.signer.chain[0]).purposes
        if not ACTOR_PURPOSES & (purposes or frozenset()):
            raise SigningError(
                "the certificate of an actor is for signing documents or mail "
                f"(documentSigning, emailProtection), found {purpose_names(purposes)}"
            )


def check_roles(roles: Iterable[str]) -> None:
    """Refuse roles that nobody could have defined.

    Raises:
        UsageError: A role is unknown, or named twice.
    """
    seen: set[str] = set()
    for role in roles:
        if role in seen:
            raise UsageError(f"the role {role!r} is named twice")
        seen.add(role)
        if role in assertions.ROLES:
            continue
        if role.startswith(_OWN) or not _ROLE.fullmatch(role):
            known = ", ".join(assertions.ROLES)
            raise UsageError(
                f"unknown role {role!r} (choose from {known}, or one such as com.example.role)"
            )


def name_actors(
    drafted: Draft,
    actors: Sequence[tuple[Actor, Seal]],
    *,
    binding: HashedURI | None = None,
) -> Draft:
    """The draft with an identity assertion for each actor.

    Arguments:
        drafted: A store.
        actors: Each with how it signs, which is asked once.
        binding: The hard binding that counts if the draft has none: that of the manifest which it
            updates.

    Raises:
        UsageError: An actor refers to an assertion that is not there, or they are too many.
    """
    if not actors:
        return drafted
    bound = drafted.bound(bytes(drafted.binding_size))
    names = {each.label for each in bound} | {each.label for each in drafted.late}
    late = list(drafted.late)
    for actor, seal in actors:
        name = next((each for each in _NUMBERED if each not in names), None)
        if name is None:
            raise UsageError(f"a manifest names at most {len(_NUMBERED)} actors")
        names.add(name)
        late.append(_draft(name, actor, seal, bound, binding))
    return replace(drafted, late=tuple(late))


def _draft(
    name: str,
    actor: Actor,
    seal: Seal,
    bound: Sequence[NewAssertion],
    binding: HashedURI | None,
) -> LateAssertion:
    """An identity assertion of which only hashes and the signature are missing."""
    blank = assertions.encode(_payload(actor, bound, binding), bytes(seal.size))
    size = len(blank) + _SLACK

    def write(others: Sequence[NewAssertion]) -> bytes:
        payload = _payload(actor, others, binding)
        signature = seal.sign(assertions.encode_payload(payload), is_padded=False)
        return assertions.encode(payload, signature, size=size)

    return LateAssertion(label=name, size=size, write=write)


def _payload(
    actor: Actor, others: Sequence[NewAssertion], binding: HashedURI | None
) -> dict[str, object]:
    """The payload that the actor signs; the reference to the hard binding comes first."""
    first = [binding] if binding else [others[-1].reference]
    rest = others if binding else others[:-1]
    named: set[str] = set()
    for wanted in actor.references:
        found = [each.label for each in others if _is_named(each.label, wanted)]
        if not found:
            known = ", ".join(each.label for each in others)
            raise UsageError(f"no assertion {wanted!r} to refer to (choose from {known})")
        named.update(found)
    listed = [*first, *(each.reference for each in rest if each.label in named)]
    return assertions.signer_payload(listed, sig_type=assertions.X509, roles=actor.roles)


def _is_named(name: str, wanted: str) -> bool:
    return wanted in (EVERY, name, label.split(name).base)
