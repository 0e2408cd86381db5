"""Chains from a certificate to an anchor (RFC 5280 §6, C2PA 2.2 §14.5.1.2).

Chains are built depth first from the certificate up. Anchors are tried before certificates from
outside, and those with the right key identifier before others. A certificate joins a chain if

1. its subject is the name that is looked for, and none with its name and key is there already;
2. it may issue: one from outside follows the profile of a CA; an anchor needs no more than to be a
   CA whose critical extensions are understood;
3. it has no name constraints, which are not implemented, and its path length is kept;
4. its key made the signature below it.

A chain that has reached an anchor is accepted if the anchor covers purpose and moment, and every
certificate below the anchor is valid at that moment. An anchor is trusted because the user says so:
as in RFC 5280 §6 its own dates do not count, though the limits that it puts on others do. No policy
is asked for, so policies do not matter. Revocation is looked at in `ocsp`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import IntEnum

from aidisclose import limits
from aidisclose.named import NamedTuple
from aidisclose.trust.anchors import Anchor, can_issue
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import NAME_CONSTRAINTS, Certificate, is_issued_by
from aidisclose.trust.profile import Use, purpose_names, violations
from aidisclose.trust.signature import Check

CertificateChain = tuple[Certificate, ...]


class RejectionReason(IntEnum):
    """The reason why there is no path; of several, the one that got furthest (highest) counts."""

    NO_ANCHOR = 0
    SIGNATURE = 1
    UNSUPPORTED_KEY = 2
    NOT_AN_ISSUER = 3
    PROFILE = 4
    NAME_CONSTRAINTS = 5
    PATH_LENGTH = 6
    LIMIT = 7
    ANCHOR_SCOPE = 8
    OUTSIDE_VALIDITY = 9
    PURPOSE = 10
    CA_AS_SIGNER = 11
    REVOKED = 12


class Path(NamedTuple):
    """A valid path.

    Attributes:
        certificates: From the end entity to the anchor, both included; all but the anchor's were
            valid at the moment that was asked for.
        anchor: The anchor at its end.
    """

    certificates: CertificateChain
    anchor: Anchor


class Rejection(NamedTuple):
    """There is no valid path.

    Attributes:
        reason: The reason why there is none.
        detail: The same for a person, on one line; names in it are untrusted text.
        certificate: The certificate at fault.
    """

    reason: RejectionReason
    detail: str
    certificate: Certificate


def find_path(
    leaf: Certificate,
    pool: Iterable[Certificate],
    anchors: Sequence[Anchor],
    *,
    at: datetime,
    purposes: frozenset[str],
    budget: Budget,
    usual: frozenset[str] | None,
) -> Path | Rejection:
    """A path from `leaf` through certificates of `pool` to one of `anchors`, or why there is none.

    An end entity is not trusted for being in `anchors` itself: whom the user trusts by name is in
    `TrustConfig.allowed`, and the caller asks that first. The profile of `leaf` is the caller's to
    check as well (`profile.violations`).

    Arguments:
        leaf: The certificate of the end entity.
        pool: Untrusted certificates, in any order; the first `limits.CERTIFICATES` are looked at.
        anchors: The anchors at which a path may end.
        at: The moment for which it is to be valid.
        purposes: Extended key usages of which `leaf` must have one; an anchor that is held for
            certain ones counts only if `leaf` has one of those.
        budget: The checks of signatures that are left.
        usual: Those of them that an anchor which is held for no certain ones counts for; None for
            all. What one list adds for its own anchors must not hold for those of others.

    Raises:
        LimitExceeded: The budget is spent.
    """
    common = purposes & (leaf.purposes or frozenset())
    # C2PA 2.2 §14.5.1.2: a CA must not sign claims. Otherwise an intermediate whose key leaked
    # would sign in everybody's name, and not only issue.
    if leaf.is_ca:
        return Rejection(RejectionReason.CA_AS_SIGNER, "the certificate is that of a CA", leaf)
    if not common:
        found = purpose_names(leaf.purposes)
        return Rejection(RejectionReason.PURPOSE, f"no accepted purpose among {found}", leaf)
    # What is told is the chain that came closest: "expired on …" helps, "no anchor for …" of
    # another dead end does not.
    worst: Rejection | None = None
    # Certificates of one name can issue each other in every order: of ten, there are millions of
    # chains.
    given = tuple(pool)[: limits.CERTIFICATES]
    # What only an interim list vouches for has to be marked, so that list is asked last.
    for group in _by_standing(anchors):
        for result in _search(leaf, given, group, budget):
            if not isinstance(result, Rejection):
                result = _complete(result, common, usual, at)
            if isinstance(result, Path):
                return result
            if worst is None or result.reason > worst.reason:
                worst = result
    return worst or Rejection(
        RejectionReason.NO_ANCHOR, f"no anchor for {leaf.issuer_name!r}", leaf
    )


def _by_standing(anchors: Sequence[Anchor]) -> Iterator[Sequence[Anchor]]:
    """The anchors of lists that are maintained, then those of interim lists."""
    interim = [each for each in anchors if each.is_interim]
    yield [each for each in anchors if not each.is_interim] if interim else anchors
    if interim:
        yield interim


def _search(
    leaf: Certificate, pool: CertificateChain, anchors: Sequence[Anchor], budget: Budget
) -> Iterator[Path | Rejection]:
    """Chains that reach an anchor, at whatever time and for whatever purpose, and dead ends."""
    open_chains: list[CertificateChain] = [(leaf,)]
    checks = 0
    while open_chains:
        chain = open_chains.pop()
        longer: list[CertificateChain] = []
        for issuer, anchor in _candidates(chain, pool, anchors):
            checks += 1
            # A check is a verification of a signature, up to milliseconds for a large RSA key.
            if checks > limits.PATH_CHECKS:
                yield Rejection(RejectionReason.LIMIT, "too many possible issuers", chain[-1])
                return
            budget.spend(issuer)
            if problem := _joining_problem(chain, issuer, anchor):
                yield problem
            elif anchor:
                yield Path((*chain, issuer), anchor)
            else:
                longer.append((*chain, issuer))
        # The last one is taken next: the most likely issuer of this certificate.
        open_chains.extend(reversed(longer))


def _candidates(
    chain: CertificateChain, pool: CertificateChain, anchors: Sequence[Anchor]
) -> list[tuple[Certificate, Anchor | None]]:
    """Certificates with the name of the issuer that is looked for, the most likely first."""
    top = chain[-1]
    found: list[tuple[Certificate, Anchor | None]] = [
        (anchor.certificate, anchor)
        for anchor in anchors
        if anchor.certificate.subject == top.issuer
    ]
    found += [
        (issuer, None)
        for issuer in pool
        # By its encoded name, byte for byte. RFC 5280 §7.1 would fold case and spaces, which every
        # authority avoids and parsers do differently.
        if issuer.subject == top.issuer
        and not any(
            issuer.subject == other.subject and issuer.key_info == other.key_info for other in chain
        )
    ]
    # Anchors first: every certificate more in a chain is one more that anybody may have sent.
    if len(found) > 1:
        found.sort(key=lambda pair: (pair[1] is None, _key_differs(top, pair[0])))
    return found


def _key_differs(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the key identifiers differ: a hint of what to try last, no more (RFC 5280 §4.2.1)."""
    wanted, found = certificate.authority_key_id, issuer.subject_key_id
    return wanted is not None and found is not None and wanted != found


def _joining_problem(
    chain: CertificateChain, issuer: Certificate, anchor: Anchor | None
) -> Rejection | None:
    """The reason why `issuer` cannot be the next in `chain`; None if it can."""
    # An anchor ends the chain, and costs nothing more.
    if anchor is None and len(chain) > limits.PATH_LENGTH:
        return Rejection(RejectionReason.LIMIT, "the chain is too long", issuer)
    if problem := _issuing_problem(issuer, is_anchor=anchor is not None):
        return problem
    # RFC 5280 §6.1.4 (l): a CA that renews its own key, by a certificate to itself, does not count.
    between = sum(not certificate.is_self_issued for certificate in chain[1:])
    if issuer.path_length is not None and between > issuer.path_length:
        detail = f"{issuer.common_name!r} allows {issuer.path_length} CAs below it, not {between}"
        return Rejection(RejectionReason.PATH_LENGTH, detail, issuer)
    check = is_issued_by(chain[-1], issuer)
    if check is Check.GOOD:
        return None
    by = f"of {issuer.common_name!r} on the certificate of {chain[-1].common_name!r}"
    if check is Check.UNSUPPORTED:
        return Rejection(RejectionReason.UNSUPPORTED_KEY, f"unsupported signature {by}", issuer)
    return Rejection(RejectionReason.SIGNATURE, f"wrong signature {by}", issuer)


def _issuing_problem(issuer: Certificate, *, is_anchor: bool) -> Rejection | None:
    reason, detail = RejectionReason.PROFILE, ""
    # Refused, critical or not: to pass over them would trust names that the issuer's own issuer
    # denied it (RFC 5280 §4.2.1.10).
    if NAME_CONSTRAINTS in issuer.extensions:
        reason, detail = RejectionReason.NAME_CONSTRAINTS, "name constraints are not supported"
    elif not is_anchor:
        detail = next(map(str, violations(issuer, use=Use.CA)), "")
    elif not can_issue(issuer):
        reason, detail = RejectionReason.NOT_AN_ISSUER, "it is not a CA"
    elif issuer.unhandled:
        detail = "it has critical extensions that are not known"
    return Rejection(reason, f"{issuer.common_name!r}: {detail}", issuer) if detail else None


def _complete(
    path: Path, purposes: frozenset[str], usual: frozenset[str] | None, at: datetime
) -> Path | Rejection:
    """`path` if it holds for a purpose and a moment."""
    anchor = path.anchor
    if anchor.purposes is None and usual is not None:
        purposes &= usual
    if not (purposes and anchor.covers(purposes, at)):
        detail = f"the anchor {anchor.certificate.common_name!r} is not held for this use and time"
        return Rejection(RejectionReason.ANCHOR_SCOPE, detail, anchor.certificate)
    # Without the anchor: for how long to trust it, the user says (RFC 5280 §6.1).
    for certificate in path.certificates[:-1]:
        if not certificate.is_valid_at(at):
            return Rejection(RejectionReason.OUTSIDE_VALIDITY, certificate.lapse(at), certificate)
    return path
