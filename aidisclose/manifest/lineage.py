"""The lineage of a store: what its active manifest was made from, and what of it is believed.

Two things are kept apart, by type:

- What stands there. `trace` follows the ingredient assertions of a `Store`, and says of every
  manifest which assertions match its claim, which were redacted, and by which hash each reference
  to another manifest holds. A forger may have written all of it.
- What is believed. `believe` returns the part whose chain of hashes from the verified signature of
  the active claim is unbroken: `Believed`. Only the validator calls it, for only the validator
  knows which signatures hold. Whatever a report, a policy or a signer says of a file comes from
  there. It cannot be made from a `Manifest` by mistake: the types do not fit.

Nothing else in this program goes from one manifest to another. This module knows no keys, no
certificates, and no content of a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import cached_property

from aidisclose import limits, sha2
from aidisclose.codec.jumbf import ContentBox, Superbox
from aidisclose.errors import Malformed, Unreadable
from aidisclose.frozen import dataclass, field
from aidisclose.manifest import actions, ingredient, uri
from aidisclose.manifest.actions import Actions
from aidisclose.manifest.claim import Claim
from aidisclose.manifest.ingredient import PARENT_OF, Ingredient
from aidisclose.manifest.store import Assertion, Manifest, ManifestKind, Store
from aidisclose.manifest.uri import HASH_ALGORITHMS, HashedURI
from aidisclose.named import NamedTuple


class Pin(Enum):
    """The part of another manifest that the hash of a reference to it matches.

    MANIFEST: every byte of it. CLAIM: its claim (before C2PA 1.3). CLAIM_SIGNATURE: its signature,
    as the only thing that a redaction leaves as it was. NONE: nothing that it names is as it says.
    """

    MANIFEST = "manifest"
    CLAIM = "claim"
    CLAIM_SIGNATURE = "claim signature"
    NONE = "none"


class Edge(NamedTuple):
    """An ingredient, and the manifest that it refers to.

    Attributes:
        ingredient: As decoded from an assertion that matches the claim and is not redacted.
        manifest: The manifest in the same store, None if it names none or it is not there.
        pin: The part of the manifest that the hash of the reference matches.
        is_redacted: Whether something was redacted in the manifest after it was referred to: by the
            claim with the ingredient, or by one above it.
        is_unchanged: Whether every byte of the manifest is as it was when it was referred to.
    """

    ingredient: Ingredient
    manifest: Manifest | None
    pin: Pin
    is_redacted: bool = False
    is_unchanged: bool = False


class Node(NamedTuple):
    """One manifest of a lineage, as it stands there.

    Attributes:
        manifest: The manifest.
        intact: The assertions by label whose hash is the one in the claim, and which no claim above
            redacts.
        redacted: Absolute URIs of the assertions of this manifest that claims above redact.
        edges: Its ingredients, in the order of the claim.
    """

    manifest: Manifest
    intact: dict[str, Assertion]
    redacted: frozenset[str]
    edges: tuple[Edge, ...]


class Lineage(NamedTuple):
    """The manifests that the active one descends from; others in the store are ignored.

    Attributes:
        nodes: By label, the active manifest first. One whose claim cannot be read has no edges.
        redacted: Absolute URIs of all redacted assertions.
        bound: From the active manifest, over the manifests that it updates, to the standard
            manifest whose hard binding counts (C2PA 2.5 §14.12). The last one is an update manifest
            if there is no such standard manifest.
    """

    nodes: dict[str, Node]
    redacted: frozenset[str]
    bound: tuple[Node, ...]

    @property
    def subject(self) -> Node | None:
        """The standard manifest whose hard binding counts; None if there is none."""
        return _standard(self.bound)

    def subject_of(self, label: str) -> Node | None:
        """The standard manifest whose hard binding counts for a manifest of the lineage.

        It is the manifest itself if that updates none; None if there is none.
        """
        return _standard(tuple(_bound(self.nodes, label)))


class Digests:
    """Digests of boxes of one store: it may refer to one large box a million times.

    Attributes:
        is_spent: Whether boxes were not compared because more than `limits.HASHED_BOXES` bytes
            would have had to be hashed. They do not match.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int, str], bytes] = {}
        self._left = limits.HASHED_BOXES
        self.is_spent = False

    def match(self, box: Superbox, reference: HashedURI, alg: str) -> bool:
        """Whether a box is the one that was referred to."""
        return self._digest(box.data, box.body, box.end, alg) == reference.hash

    def match_content(self, box: ContentBox, reference: HashedURI, alg: str) -> bool:
        """Whether the content of a box is what was referred to."""
        return self._digest(box.data, box.body, box.end, alg) == reference.hash

    def _digest(self, data: bytes, start: int, end: int, alg: str) -> bytes | None:
        # The store keeps the bytes, so no others get this id. Hashing them for a key would cost as
        # much as the digest.
        key = (id(data), start, end, alg)
        digest = self._known.get(key)
        if digest is None:
            # Only what is hashed costs: a box that was hashed before is known.
            self._left -= end - start
            self.is_spent = self._left < 0
            if self.is_spent:
                return None
            part = memoryview(data)[start:end]
            digest = self._known[key] = sha2.digest(alg, part)
        return digest


def algorithm(named: object, claim: Claim) -> str | None:
    """The hash algorithm where `named` stands, or else the claim's; None if it is not permitted."""
    alg = named if named is not None else claim.alg
    return alg if isinstance(alg, str) and alg in HASH_ALGORITHMS else None


def target(store: Store, found: Ingredient) -> Manifest | None:
    """The manifest that an ingredient refers to.

    A reference to a box inside of a manifest does not count: nothing in there was validated
    as a manifest of its own.
    """
    place = uri.parse(found.manifest.url) if found.manifest else None
    # Where some code takes such a path for the manifest around it and some does not, a file is
    # "intact" by a manifest that nobody has verified.
    if place is None or place.manifest is None or place.path:
        return None
    return store.manifests.get(place.manifest)


def trace(store: Store, digests: Digests | None = None) -> Lineage:
    """The lineage of a store as it stands there; no signature is looked at.

    Redactions go downward only (C2PA 2.5 §6.8, §14.10.2): a claim redacts assertions of the
    manifests that its asset was made from, and of no others. So no ingredient can take away what
    the manifests above or beside it say. A reference that does not hold makes the active manifest
    invalid, so it does not matter what is redacted along it.
    """
    return _Trace(store, digests or Digests()).run()


class _Draft(NamedTuple):
    """A manifest whose redactions are not known yet."""

    manifest: Manifest
    matching: dict[str, Assertion]
    edges: tuple[Edge, ...]
    redacts: dict[str, frozenset[str]]


class _Trace:
    def __init__(self, store: Store, digests: Digests) -> None:
        self._store = store
        self._digests = digests
        self._drafts: dict[str, _Draft] = {}

    def run(self) -> Lineage:
        order = self._order()
        above = _Above(order)
        redactors = [name for name in order if self._drafts[name].redacts]
        nodes: dict[str, Node] = {}
        for label in order:
            draft = self._drafts[label]
            redacted = frozenset[str]().union(
                *(
                    self._drafts[name].redacts.get(label, ())
                    for name in redactors
                    if above.holds(name, label)
                )
            )
            intact = {
                name: item for name, item in draft.matching.items() if item.url not in redacted
            }
            edges = tuple(item for item in draft.edges if item.ingredient.assertion.label in intact)
            nodes[label] = Node(draft.manifest, intact, redacted, edges)
            for edge in edges:
                if edge.manifest is not None:
                    above.refer(label, edge.manifest.label)
        nodes = self._settle(nodes, above)
        return Lineage(
            nodes=nodes,
            redacted=frozenset[str]().union(*(node.redacted for node in nodes.values())),
            bound=tuple(_bound(nodes, self._store.active.label)),
        )

    def _order(self) -> list[str]:
        """Labels of all manifests that can be reached, each behind those that refer to it.

        References by hash cannot be circular. Where some that do not hold are, the order is
        arbitrary, and the active manifest invalid.
        """
        finished: list[str] = []
        label = self._store.active.label
        self._draft(self._store.active)
        # Not recursive: a hostile store could have more generations than Python's stack has room
        # for.
        waiting = [(label, iter(self._drafts[label].edges))]
        while waiting:
            label, rest = waiting[-1]
            edge = next(rest, None)
            if edge is None:
                finished.append(label)
                waiting.pop()
            elif edge.manifest is not None and edge.manifest.label not in self._drafts:
                self._draft(edge.manifest)
                waiting.append((edge.manifest.label, iter(self._drafts[edge.manifest.label].edges)))
        return finished[::-1]

    def _draft(self, manifest: Manifest) -> None:
        draft = _Draft(manifest, {}, (), {})
        try:
            claim = manifest.claim
            matching = self._matching(manifest, claim)
        except Unreadable:  # the validator reports it
            self._drafts[manifest.label] = draft
            return
        edges = tuple(self._edge(claim, found) for found in _ingredients(matching.values()))
        self._drafts[manifest.label] = _Draft(manifest, matching, edges, _redacts(manifest, claim))

    def _matching(self, manifest: Manifest, claim: Claim) -> dict[str, Assertion]:
        found: dict[str, Assertion] = {}
        for reference in claim.assertions:
            assertion = manifest.resolve(reference.url)
            alg = algorithm(reference.alg, claim)
            if assertion and alg and self._digests.match(assertion.box, reference, alg):
                found[assertion.label] = assertion
        return found

    def _edge(self, claim: Claim, found: Ingredient) -> Edge:
        manifest = target(self._store, found)
        if manifest is None or found.manifest is None:
            return Edge(found, None, Pin.NONE)
        # The claim's own algorithm where the reference names none (C2PA 2.2 §15.4.1).
        alg = algorithm(found.manifest.alg, claim)
        if alg is not None:
            if self._digests.match(manifest.box, found.manifest, alg):
                return Edge(found, manifest, Pin.MANIFEST, is_unchanged=True)
            if claim.version == 1 and self._is_claim(manifest, found.manifest, alg):
                return Edge(found, manifest, Pin.CLAIM)
        return Edge(found, manifest, self._signature_pin(claim, found, manifest))

    def _is_claim(self, manifest: Manifest, reference: HashedURI, alg: str) -> bool:
        """Before C2PA 1.3, the hash was that of the claim, in a version 1 assertion."""
        box = manifest.claim_boxes[0].only if manifest.claim_boxes else None
        if box is None or box.type != b"cbor":
            return False
        return self._digests.match_content(box, reference, alg)

    def _signature_pin(self, claim: Claim, found: Ingredient, manifest: Manifest) -> Pin:
        """C2PA 2.5 §14.11.3.3.1: the very box that is verified is the one that is compared."""
        reference, box = found.claim_signature, manifest.signature_box
        if reference is None or box is None:
            return Pin.NONE
        place = uri.parse(reference.url)
        if place is None or place.manifest != manifest.label or place.path != (uri.SIGNATURE,):
            return Pin.NONE
        alg = algorithm(reference.alg, claim)
        holds = alg is not None and self._digests.match(box, reference, alg)
        return Pin.CLAIM_SIGNATURE if holds else Pin.NONE

    def _settle(self, nodes: dict[str, Node], above: _Above) -> dict[str, Node]:
        """Hold manifests that were redacted later by their claim signature, and no others.

        Otherwise anybody could exchange a manifest for another around the same signature box
        (C2PA 2.5 §14.11.3.3 permits either method where nothing was redacted). What was redacted
        by a claim below had been redacted when the reference was made.
        """
        redactors: dict[str, list[str]] = {label: [] for label in nodes}
        for label in nodes:
            for redacted in self._drafts[label].redacts.keys() & nodes.keys():
                redactors[redacted].append(label)
        by = {label: above.join(names) for label, names in redactors.items()}
        settled: dict[str, Node] = {}
        for label, node in nodes.items():
            around = above.around(label)
            edges = tuple(self._settled(node, edge, around, by) for edge in node.edges)
            settled[label] = node._replace(edges=edges)
        return settled

    def _settled(self, node: Node, edge: Edge, around: int, by: dict[str, int]) -> Edge:
        """An edge, by the manifests at and above its node, and those that redact in each."""
        if edge.manifest is None:
            return edge
        if not around & by[edge.manifest.label]:
            return edge._replace(pin=Pin.NONE) if edge.pin is Pin.CLAIM_SIGNATURE else edge
        pin = self._signature_pin(node.manifest.claim, edge.ingredient, edge.manifest)
        return edge._replace(pin=pin, is_redacted=True)


class _Above:
    """The manifests that lie above each, on whichever way: one bit of a number for each.

    A thousand manifests may have a hundred thousand references, and sets of a thousand labels would
    be copied for each of them.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self._bit = {label: 1 << place for place, label in enumerate(labels)}
        self._above = dict.fromkeys(self._bit, 0)

    def refer(self, label: str, to: str) -> None:
        """Put a manifest, and what is above it so far, above the one that it refers to."""
        self._above[to] |= self.around(label)

    def around(self, label: str) -> int:
        """The manifest and those above it."""
        return self._bit[label] | self._above[label]

    def holds(self, above: str, label: str) -> bool:
        """Whether the manifest `above` is above another one."""
        return bool(self._bit[above] & self._above[label])

    def join(self, labels: Iterable[str]) -> int:
        """Several manifests."""
        return sum(self._bit[label] for label in labels)


def _ingredients(assertions: Iterable[Assertion]) -> Iterator[Ingredient]:
    for assertion in assertions:
        if assertion.parts.name == ingredient.NAME:
            try:
                yield ingredient.decode(assertion)
            except Malformed:
                continue  # the validator reports it


def _redacts(manifest: Manifest, claim: Claim) -> dict[str, frozenset[str]]:
    """The redactions of a claim, by the label of the manifest; never of its own assertions."""
    found: dict[str, set[str]] = {}
    for url in claim.redacted:
        place = uri.parse(url)
        if place is not None and place.manifest not in (None, manifest.label):
            found.setdefault(str(place.manifest), set()).add(
                uri.absolute(str(place.manifest), *place.path)
            )
    return {label: frozenset(urls) for label, urls in found.items()}


def _standard(bound: tuple[Node, ...]) -> Node | None:
    last = bound[-1]
    return None if last.manifest.kind is ManifestKind.UPDATE else last


def _bound(nodes: dict[str, Node], label: str) -> Iterator[Node]:
    seen: set[str] = set()
    while label not in seen:
        seen.add(label)
        node = nodes[label]
        yield node
        parents = [item for item in node.edges if item.ingredient.relationship == PARENT_OF]
        if node.manifest.kind is not ManifestKind.UPDATE or len(parents) != 1:
            return
        parent = parents[0]
        if parent.manifest is None or parent.pin is Pin.NONE:
            return
        label = parent.manifest.label


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Believed:
    """A manifest whose every part below is bound by hashes to a verified claim signature.

    It says who claims what, not that it is true. All text in it is as the signer wrote it.

    Attributes:
        label: Of the manifest.
        kind: Its type.
        claim: Its claim, as signed.
        assertions: Those that match the claim and that nobody redacted, in the claim's order.
        created: Labels of those that the signer makes itself; all of a version 1 claim.
        ingredients: The ingredients that it was made from.
    """

    label: str
    kind: ManifestKind
    claim: Claim
    assertions: tuple[Assertion, ...] = field(repr=False)
    created: frozenset[str] = field(repr=False)
    ingredients: tuple[BelievedIngredient, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        counts = f"{len(self.assertions)} assertions, {len(self.ingredients)} ingredients"
        return f"<Believed {self.label}, {self.kind.name.lower()}, {counts}>"

    def named(self, name: str) -> tuple[Assertion, ...]:
        """The assertions of one kind, of any version, in the claim's order."""
        return tuple(item for item in self.assertions if item.parts.name == name)

    @cached_property
    def action_lists(self) -> tuple[Actions, ...]:
        """The actions assertions that can be decoded."""
        found: list[Actions] = []
        for assertion in self.named(actions.NAME):
            try:
                found.append(actions.decode(assertion))
            except Malformed:
                continue  # the validator reports it
        return tuple(found)

    @property
    def parent(self) -> Believed | None:
        """The manifest of the asset that it was made from, if it is believed."""
        parents = (item for item in self.ingredients if item.value.relationship == PARENT_OF)
        return next((item.manifest for item in parents), None)

    @property
    def subject(self) -> Believed:
        """The manifest that says how the asset came to be: what update manifests only update."""
        return self.bound[-1]

    @property
    def bound(self) -> tuple[Believed, ...]:
        """This manifest, those that it updates, and the standard one below them."""
        found = [self]
        while found[-1].kind is ManifestKind.UPDATE and found[-1].parent is not None:
            found.append(found[-1].parent)
        return tuple(found)

    def walk(self) -> Iterator[Step]:
        """This manifest and all that it was made from, breadth first, each once."""
        waiting = [Step(self, is_parent=True, depth=0)]
        seen, parents = {self.label}, self._parents()
        for step in waiting:  # grows while it is walked
            yield step
            for item in step.manifest.ingredients:
                if item.manifest is not None and item.manifest.label not in seen:
                    seen.add(item.manifest.label)
                    is_parent = item.manifest.label in parents
                    waiting.append(Step(item.manifest, is_parent=is_parent, depth=step.depth + 1))

    def _parents(self) -> AbstractSet[str]:
        """Labels of the manifests of what the asset itself once was, this one included.

        What is named as a component first may be the parent as well.
        """
        found, waiting = {self.label}, [self]
        for manifest in waiting:  # grows while it is walked
            for item in manifest.ingredients:
                below = item.manifest if item.value.relationship == PARENT_OF else None
                if below is not None and below.label not in found:
                    found.add(below.label)
                    waiting.append(below)
        return found


class BelievedIngredient(NamedTuple):
    """An ingredient that a believed manifest names.

    Attributes:
        value: The ingredient as the manifest describes it.
        manifest: Its own manifest, None if it has none that is believed.
    """

    value: Ingredient
    manifest: Believed | None


class Step(NamedTuple):
    """One manifest of a walk through what is believed.

    Attributes:
        manifest: The manifest.
        is_parent: Whether the asset itself, and not only a part of it, once was what this manifest
            is about.
        depth: Number of references between the active manifest and this one.
    """

    manifest: Believed
    is_parent: bool
    depth: int


def believe(lineage: Lineage, active: str, *, verified: AbstractSet[str]) -> Believed | None:
    """The believed part of a lineage; None if the signature of the active manifest does not hold.

    Arguments:
        lineage: The lineage as it stands there.
        active: Label of the active manifest.
        verified: Labels of the manifests whose claim signature was verified over the claim.
    """
    made: dict[str, Believed | None] = {}
    # Ingredients first. A reference that is circular does not hold.
    for label in _children_first(lineage, active):
        made[label] = _believed(lineage.nodes[label], made) if label in verified else None
    return made.get(active)


def _children_first(lineage: Lineage, active: str) -> list[str]:
    finished: list[str] = []
    seen = {active}
    waiting = [(active, iter(lineage.nodes[active].edges))]
    while waiting:
        label, rest = waiting[-1]
        edge = next(rest, None)
        if edge is None:
            finished.append(label)
            waiting.pop()
        elif edge.manifest and edge.pin is not Pin.NONE and edge.manifest.label not in seen:
            seen.add(edge.manifest.label)
            waiting.append((edge.manifest.label, iter(lineage.nodes[edge.manifest.label].edges)))
    return finished


def _believed(node: Node, made: dict[str, Believed | None]) -> Believed:
    claim = node.manifest.claim
    created = (node.manifest.resolve(item.url) for item in claim.created)
    return Believed(
        label=node.manifest.label,
        kind=node.manifest.kind,
        claim=claim,
        assertions=tuple(node.intact.values()),
        created=frozenset(item.label for item in created if item) & node.intact.keys(),
        ingredients=tuple(
            BelievedIngredient(
                edge.ingredient,
                made.get(edge.manifest.label)
                if edge.manifest and edge.pin is not Pin.NONE
                else None,
            )
            for edge in node.edges
        ),
    )
