"""What a check gets to see: one manifest, the store around it, and the settings of the run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from aidisclose.bindings.binding import HASH_ALGORITHMS
from aidisclose.codec.jumbf import Superbox
from aidisclose.manifest import actions, label, uri
from aidisclose.manifest.claim import Claim
from aidisclose.manifest.label import AssertionLabel
from aidisclose.manifest.store import Assertion, Manifest, Store
from aidisclose.manifest.uri import HashedURI, make_absolute
from aidisclose.trust.anchors import TrustConfig
from aidisclose.trust.budget import Budget
from aidisclose.validate.evidence import Evidence


class Session(NamedTuple):
    """One validation run over a store.

    Attributes:
        store: All manifests.
        trust: Whom to trust.
        at: The time that counts as now, with time zone.
        redacted: Absolute URIs of all assertions that claims of this lineage redact.
        shortened: Labels of the manifests that these assertions stand in.
        evidence: What manifests brought for the signatures of others.
        budget: What checking signatures may still cost.
        digests: Of boxes, by their place and the algorithm. A store may refer to one
            large box a million times.
    """

    store: Store
    trust: TrustConfig
    at: datetime
    redacted: frozenset[str]
    shortened: frozenset[str]
    evidence: Evidence
    budget: Budget
    digests: dict[tuple[int, int, int, str], bytes]

    def matches(self, box: Superbox, reference: HashedURI, alg: str) -> bool:
        """Whether a box of the store is the one that was referred to."""
        key = (id(box.data), box.start, box.end, alg)
        digest = self.digests.get(key)
        if digest is None:
            digest = self.digests[key] = hashlib.new(alg, box.payload).digest()
        return digest == reference.hash


class Scope(NamedTuple):
    """One manifest being validated.

    Attributes:
        session: The run.
        manifest: The manifest.
        claim: Its claim.
        listed: The assertions that the claim lists and that are there, in its order.
        created: Labels of those that the signer vouches for; all of a version 1 claim.
        beginnings: The first actions assertion among those that the signer vouches for, and the
            first of those that were passed on.
        names: Of all assertions that are there, without version and instance.
        intact: The assertions whose hash matches the claim, filled as they are checked; only
            these may be believed.
    """

    session: Session
    manifest: Manifest
    claim: Claim
    listed: tuple[Assertion, ...]
    created: frozenset[str]
    beginnings: tuple[Assertion, ...]
    names: frozenset[str]
    intact: dict[str, Assertion]

    @classmethod
    def open(cls, session: Session, manifest: Manifest) -> Scope:
        """The scope of a manifest.

        Raises:
            Malformed: Its claim or its assertion store cannot be read.
            LimitExceeded: It has too many assertions.
        """
        claim = manifest.claim
        created = _resolve(manifest, claim.created)
        gathered = _resolve(manifest, claim.gathered)
        return cls(
            session=session,
            manifest=manifest,
            claim=claim,
            listed=created + gathered,
            created=frozenset(item.label for item in created),
            beginnings=_first_actions(created) + _first_actions(gathered),
            names=frozenset(item.parts.name for item in manifest.assertions.values()),
            intact={},
        )

    @property
    def claim_url(self) -> str:
        """Where statuses about the claim point."""
        return self.manifest.url(self.manifest.claim_boxes[0].label)

    def is_redacted(self, url: str) -> bool:
        """Whether some claim of the lineage redacts the assertion at a URI of this manifest."""
        return bool(self.session.redacted) and (
            make_absolute(url, self.manifest.label) in self.session.redacted
        )

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
        alg = named if named is not None else self.claim.alg
        return alg if isinstance(alg, str) and alg in HASH_ALGORITHMS else None


def _resolve(manifest: Manifest, references: Iterable[HashedURI]) -> tuple[Assertion, ...]:
    found = (manifest.resolve(item.url) for item in references)
    return tuple(item for item in found if item is not None)


def _first_actions(group: Iterable[Assertion]) -> tuple[Assertion, ...]:
    first = next((item for item in group if item.parts.name == actions.NAME), None)
    return () if first is None else (first,)
