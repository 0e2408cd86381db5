"""The view of a check: one manifest, the store around it, and the settings of the run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from aidisclose.codec.jumbf import Superbox
from aidisclose.manifest import actions, label, lineage, uri
from aidisclose.manifest.claim import Claim
from aidisclose.manifest.label import AssertionLabel
from aidisclose.manifest.lineage import Digests, Lineage, Node
from aidisclose.manifest.store import Assertion, Manifest, Store
from aidisclose.manifest.uri import HashedURI, make_absolute
from aidisclose.named import NamedTuple
from aidisclose.trust.budget import Budget
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.supplements import SignatureEvidence

if TYPE_CHECKING:
    from aidisclose.validate.issuer import Issuers


class Session(NamedTuple):
    """One validation run over a store.

    Attributes:
        store: All manifests.
        trust: The signers and authorities to trust.
        at: The time that counts as now, with time zone.
        lineage: The active manifest and all that it descends from.
        evidence: The evidence that manifests brought for the signatures of others.
        budget: The checks of signatures that are left.
        digests: Digests of boxes that were needed before.
        issuers: Documents of the issuers of credentials; None if none is at hand or fetched.
    """

    store: Store
    trust: TrustConfig
    at: datetime
    lineage: Lineage
    evidence: SignatureEvidence
    budget: Budget
    digests: Digests
    issuers: Issuers | None = None


class Scope(NamedTuple):
    """One manifest being validated.

    Attributes:
        session: The run.
        node: The manifest and how it stands in the lineage.
        claim: Its claim.
        listed: The assertions that the claim lists and that are there, in its order.
        created: Labels of those that the signer vouches for; all of a version 1 claim.
        beginnings: The first actions assertion among those that the signer vouches for, and the
            first of those that were passed on.
        names: Of all assertions that are there, without version and instance.
    """

    session: Session
    node: Node
    claim: Claim
    listed: tuple[Assertion, ...]
    created: frozenset[str]
    beginnings: tuple[Assertion, ...]
    names: frozenset[str]

    @classmethod
    def open(cls, session: Session, node: Node) -> Scope:
        """The scope of a manifest.

        Raises:
            Malformed: Its claim or its assertion store cannot be read.
            LimitExceeded: It has too many assertions.
        """
        manifest = node.manifest
        claim = manifest.claim
        created = _resolve(manifest, claim.created)
        gathered = _resolve(manifest, claim.gathered)
        return cls(
            session=session,
            node=node,
            claim=claim,
            listed=created + gathered,
            created=frozenset(item.label for item in created),
            beginnings=_first_actions(created) + _first_actions(gathered),
            names=frozenset(item.parts.name for item in manifest.assertions.values()),
        )

    @property
    def manifest(self) -> Manifest:
        """The manifest."""
        return self.node.manifest

    @property
    def claim_url(self) -> str:
        """The URL of statuses about the claim."""
        return self.manifest.url(self.manifest.claim_boxes[0].label)

    def is_redacted(self, url: str) -> bool:
        """Whether a claim above the manifest of an assertion redacts it, by its URI."""
        redacted = self.session.lineage.redacted
        return bool(redacted) and make_absolute(url, self.manifest.label) in redacted

    def locate(self, url: str) -> AssertionLabel | None:
        """The label of the assertion of this manifest at a URI; a redacted one may be gone."""
        target = uri.parse(url)
        if target is None or target.manifest not in (None, self.manifest.label):
            return None
        if len(target.path) != 2 or target.path[0] != uri.ASSERTIONS:
            return None
        if self.manifest.resolve(url) is None and not self.is_redacted(url):
            return None
        return label.split(target.path[1])

    def alg(self, named: object) -> str | None:
        """The hash algorithm to use where `named` stands; None if none is named or allowed."""
        return lineage.algorithm(named, self.claim)

    def matches(self, box: Superbox, reference: HashedURI, alg: str) -> bool:
        """Whether a box of the store is the one that was referred to."""
        return self.session.digests.match(box, reference, alg)


def _resolve(manifest: Manifest, references: Iterable[HashedURI]) -> tuple[Assertion, ...]:
    found = (manifest.resolve(item.url) for item in references)
    return tuple(item for item in found if item is not None)


def _first_actions(group: Iterable[Assertion]) -> tuple[Assertion, ...]:
    first = next((item for item in group if item.parts.name == actions.NAME), None)
    return () if first is None else (first,)
