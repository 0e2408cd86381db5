"""The validation of a manifest store, in the order of the specification (C2PA 2.5 §14)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.bindings.binding import Asset
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.manifest import lineage
from aidisclose.manifest.lineage import Believed, Digests, Edge, Lineage
from aidisclose.manifest.store import Store
from aidisclose.named import NamedTuple
from aidisclose.trust.budget import Budget
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.actions import check_presence
from aidisclose.validate.assertions import IDENTITY, check_assertions
from aidisclose.validate.claim import check_claim, check_generators
from aidisclose.validate.content import Content, check_content
from aidisclose.validate.ingredients import check_reference, is_known
from aidisclose.validate.scope import Scope, Session
from aidisclose.validate.signature import Signature, check_signature
from aidisclose.validate.status import Results, Room, Status
from aidisclose.validate.supplements import collect

#: Codes that say already why a manifest cannot be looked at. After any other, and above all after
#: one that leaves it valid, it must be said that the checks were not completed.
_UNREADABLE: Final = ("claim.", "manifest.compressed.")
#: Codes that say that something stands in the manifest that no signature covers.
_UNSIGNED: Final = frozenset({"assertion.undeclared", "assertion.notRedacted"})
_ADDED: Final = "an assertion that was added to the manifest"
_RECORDED: Final = "recorded when the ingredient was added"

if TYPE_CHECKING:
    from aidisclose.validate.identity import Identity


class Delta(NamedTuple):
    """The results about one ingredient beyond those that its manifest recorded.

    Attributes:
        url: JUMBF URI of the ingredient assertion.
        results: The new statuses.
    """

    url: str
    results: Results


class Validation(NamedTuple):
    """Everything that validating a store found.

    Attributes:
        active: About the active manifest and the content of the asset.
        deltas: About ingredients at any depth, one for each ingredient assertion that has any.
        signatures: Of each manifest whose signature could be read, by label.
        manifests: All statuses of each manifest that was validated, by label.
        recorded: The findings of whoever added an ingredient that were not found again: about its
            content, above all, which is not there any more. They change no verdict: what is false
            in them, nobody can tell now (C2PA 2.5 §14.11.3.3 returns them among the results).
        depth: The number of ingredients of ingredients that were followed, one below the other.
        believed: The active manifest and its lineage as far as hashes prove them, None if the
            signature of the active claim does not hold. What a report says rests on it alone.
        content: The result of checking the content, None if there was none to check.
        identities: The actors that the identity assertions of each manifest name, by label.
    """

    active: Results
    deltas: tuple[Delta, ...]
    signatures: dict[str, Signature]
    manifests: dict[str, Results]
    recorded: tuple[Delta, ...] = ()
    depth: int = 0
    believed: Believed | None = None
    content: Content | None = None
    identities: Mapping[str, tuple[Identity, ...]] = MappingProxyType({})

    def __repr__(self) -> str:
        codes = ", ".join(each.code for each in self.active.failure[:3]) or "no failure"
        return f"<Validation {len(self.manifests)} manifests, {codes}>"


def validate(
    store: Store,
    *,
    asset: Asset | None,
    trust: TrustConfig,
    at: datetime,
    online: bool,
) -> Validation:
    """Validate the active manifest, its ingredients, and the content of the asset.

    Arguments:
        store: The store; nothing in it is believed.
        asset: The file that it is about; None leaves the content unchecked, as for a manifest
            whose asset is not at hand.
        trust: The signers and authorities to trust.
        at: The time that counts as now, with time zone.
        online: Whether documents of issuers of identities are fetched.

    A store that is deeper or wider than `limits` allows is refused as a status, not followed.
    """
    # Shared by all manifests: references to one box, a thousand times, hash it once. Boxes of a
    # hundred megabytes, each referred to by a hundred manifests, end at `HASHED_BOXES`.
    digests = Digests()
    found = lineage.trace(store, digests)
    evidence = collect(node.manifest for node in found.nodes.values())
    session = Session(store, trust, at, found, evidence, Budget(), digests)
    # Loaded for files with credentials about identities only, which are few.
    if online or trust.documents:
        from aidisclose.validate.issuer import Issuers

        session = session._replace(issuers=Issuers(trust.documents, online=online))
    walk = _Walk(session)
    active = list(walk.validate(store.active.label, depth=0))
    content: Content | None = None
    if asset is not None:
        try:
            content = walk.room.drain(check_content(found, asset), active)
            # Not altered, for no hash differs; but not all that is there is what was signed.
            if content.is_match and any(each.code in _UNSIGNED for each in active):
                content = content._replace(elsewhere=content.elsewhere or _ADDED)
        except Unreadable as error:
            content = Content()
            reason = error.reason if isinstance(error, Malformed) else str(error)
            # The same fault of the file may have been found by a binding and by its container.
            if not any(status.explanation == reason for status in active):
                active.append(Status("general.error", store.active.url(), reason))
    if digests.is_spent:
        message = f"more than {limits.HASHED_BOXES} bytes of boxes would have to be hashed"
        active.append(Status("general.error", store.active.url(), message))
    return Validation(
        active=Results.sort(active),
        deltas=tuple(walk.deltas),
        signatures=walk.signatures,
        identities=walk.identities,
        manifests={label: Results.sort(found) for label, found in walk.found.items()}
        | {store.active.label: Results.sort(active)},
        recorded=tuple(walk.recorded),
        depth=walk.depth,
        believed=lineage.believe(found, store.active.label, verified=walk.verified),
        content=content,
    )


class _Walk:
    """One depth-first walk along the ingredients; every manifest is validated once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lineage: Lineage = session.lineage
        self.verified: set[str] = set()
        self.found: dict[str, tuple[Status, ...]] = {}
        self.signatures: dict[str, Signature] = {}
        self.identities: dict[str, tuple[Identity, ...]] = {}
        self.deltas: list[Delta] = []
        self.depth = 0
        self.recorded: list[Delta] = []
        self.room = Room()

    def validate(self, label: str, *, depth: int) -> tuple[Status, ...]:
        """The statuses of one manifest; those of its ingredients go to `deltas`."""
        self.found[label] = ()  # an ingredient that refers back finds nothing new
        self.depth = max(self.depth, depth)
        statuses: list[Status] = []
        scope = self._collect(label, statuses)
        # Stored before ingredients are followed: in a circle these are found.
        self.found[label] = tuple(statuses)
        # Only what such a signature covers may be believed; a trusted signer is not needed for
        # that.
        if any(status.code == "claimSignature.validated" for status in statuses):
            self.verified.add(label)
        if scope is not None:
            self._follow(scope, depth=depth)
        return self.found[label]

    def _collect(self, label: str, statuses: list[Status]) -> Scope | None:
        """Append the statuses of one manifest; returns its scope if the claim can be read."""
        node = self._lineage.nodes[label]
        manifest = node.manifest
        try:
            self.room.take(check_claim(manifest), statuses)
            if manifest.problem:
                return None
            scope = Scope.open(self._session, node)
            self.room.take(check_generators(scope), statuses)
            signature = self.room.drain(check_signature(scope), statuses)
            if signature is not None:
                self.signatures[label] = signature
            self.room.take(check_assertions(scope), statuses)
            if IDENTITY in scope.names:
                # Few manifests have any: the others do not pay for the import.
                from aidisclose.validate.identity_assertion import check_identities

                is_signed = any(each.code == "claimSignature.validated" for each in statuses)
                found = check_identities(scope, signature if is_signed else None)
                self.identities[label] = self.room.drain(found, statuses)
            self.room.take(check_presence(scope), statuses)
        except LimitExceeded as error:
            statuses.append(Status("general.error", manifest.url(), str(error)))
            return None
        except Malformed as error:
            if not any(status.code.startswith(_UNREADABLE) for status in statuses):
                statuses.append(Status("general.error", manifest.url(), error.reason))
            return None
        return scope

    def _follow(self, scope: Scope, *, depth: int) -> None:
        for edge in scope.node.edges:
            slot = len(self.deltas)  # before the deltas of what it was itself made from
            url = edge.ingredient.assertion.url
            try:
                new, old = self._judge(scope, edge, depth=depth)
            except LimitExceeded as error:
                failure = Status("general.error", scope.manifest.url(), str(error))
                self.deltas.insert(slot, Delta(url=url, results=Results.sort([failure])))
                return  # there is no room for what else there is
            if new:
                # In the order in which c2pa-rs walks: depth first, each before what it was made
                # from.
                self.deltas.insert(slot, Delta(url=url, results=Results.sort(new)))
            if old:
                self.recorded.append(Delta(url=url, results=Results.sort(old)))

    def _judge(self, scope: Scope, edge: Edge, *, depth: int) -> tuple[list[Status], list[Status]]:
        """The new results about an ingredient, and the recorded ones that are not found again.

        Raises:
            LimitExceeded: All statuses together say too much.
        """
        about = self._about(edge, depth=depth)
        is_update = self._is_updated(scope, edge)
        known = edge.ingredient.recorded
        # Of the reference itself nothing is known beforehand: it was made with the record.
        new: list[Status] = []
        self.room.take(check_reference(edge), new)
        new += [item for item in about if not is_known(edge, item, is_update=is_update)]
        again = {(item.code, item.url) for item in about}
        return new, [Status(code, url, _RECORDED) for code, url in sorted(known - again)]

    def _about(self, edge: Edge, *, depth: int) -> tuple[Status, ...]:
        """The statuses of the manifest that an ingredient refers to."""
        if edge.manifest is None:
            return ()
        if edge.manifest.label in self.found:
            return tuple(map(self.room.admit, self.found[edge.manifest.label]))
        if depth >= limits.INGREDIENT_DEPTH:
            message = f"ingredients nest more than {limits.INGREDIENT_DEPTH} deep"
            return (Status("general.error", edge.ingredient.assertion.url, message),)
        return self.validate(edge.manifest.label, depth=depth + 1)

    def _is_updated(self, scope: Scope, edge: Edge) -> bool:
        """Whether the content of the asset still has to match what an ingredient says."""
        bound = [node.manifest.label for node in self._lineage.bound]
        target = edge.manifest.label if edge.manifest else None
        return scope.manifest.label in bound[:-1] and target in bound
