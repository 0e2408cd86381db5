"""The diagnosis of a certificate chain, rule by rule, and how to fix it.

The rules about single certificates are those that validation applies (`profile`), so that what is
said here is what `sign` and `verify` say; those of the conformance programme come after them
(`programme`). The rules about the chain as a whole are in `_chain_findings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from itertools import chain as chained
from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.trust import programme
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate, is_issued_by
from aidisclose.trust.path import Rejection, find_path
from aidisclose.trust.profile import SIGNER_PURPOSES, ProfileRule, Use, evaluate
from aidisclose.trust.signature import Check, KeyInfo

#: Certificates are renewed by people: a warning comes this long before, or in the last third.
_SOON: Final = timedelta(days=30)

_CHAIN: Final = "C2PA 2.2 §14.5"
_TRUST: Final = "C2PA 2.2 §14.5.1.2"
_APPEND: Final = (
    "append the issuer's certificate, which the CA publishes: cat issuer.pem >> chain.pem"
)
#: A certificate alone may be below an anchor directly, which only the anchor shows.
_DIRECT: Final = "if validators trust that issuer itself, name it: --trust issuer.pem"
_ORDER_FIX: Final = "cat signer.pem issuer.pem … > chain.pem, each followed by its issuer"


class Compliance(Enum):
    """The outcome of a rule; ADVISED: not followed, but only a recommendation."""

    PASSED = "passed"
    FAILED = "failed"
    ADVISED = "advised"
    NOT_APPLICABLE = "not applicable"


class Advice(NamedTuple):
    """The finding of one rule.

    Attributes:
        rule: Its name.
        outcome: Whether it holds.
        certificate: Number of the certificate in the file from 1 on; 0 for the chain as a whole.
        wanted: The demand of the rule, for a person.
        found: The content found instead; empty unless it failed or is advised.
        fix: The way to get what is wanted.
        clause: The clause in which the rule is written.
    """

    rule: str
    outcome: Compliance
    certificate: int
    wanted: str
    found: str
    fix: str
    clause: str

    def __str__(self) -> str:
        if self.outcome is Compliance.FAILED:
            return f"{self.wanted} is required, found {self.found}"
        if self.outcome is Compliance.ADVISED:
            return f"{self.wanted} is recommended, found {self.found}"
        return self.wanted


def examine(
    chain: Sequence[Certificate],
    *,
    use: Use,
    at: datetime,
    key: KeyInfo | None = None,
    anchors: Sequence[Anchor] = (),
) -> tuple[Advice, ...]:
    """Every rule for the certificates of a file: the end entity's, its issuers', the chain's.

    Not checked: whether a certificate was revoked.

    Arguments:
        chain: At least one certificate, in the order of the file.
        use: The use of the end entity: SIGNER, TSA or OCSP.
        at: The time that counts as now, with time zone.
        key: The public half of the private key that goes with it, if that is to be compared.
        anchors: The anchors at which the chain is to end. Without, a chain of several
            certificates counts as complete, and one of a certificate alone does not.
    """
    leaf = _find_leaf(chain, key)
    path = _follow(leaf, chain)
    found = [
        finding
        for number, certificate in enumerate(chain, 1)
        for finding in _certificate_findings(
            certificate, number, use if certificate == leaf else Use.CA, at
        )
    ]
    found += _chain_findings(chain, path, key, anchors)
    found.append(_path_finding(path, anchors, at, skipped=_is_spoilt(found)))
    return tuple(found)


def _find_leaf(chain: Sequence[Certificate], key: KeyInfo | None) -> Certificate:
    """The end entity: the first, unless another one has the key or alone is not a CA.

    Of a file in the wrong order, the order is what is wrong.
    """
    for certificate in chain:
        if key is not None and certificate.key_info.bits == key.bits and not certificate.is_ca:
            return certificate
    entities = [certificate for certificate in chain if not certificate.is_ca]
    return entities[0] if len(entities) == 1 else chain[0]


def _follow(leaf: Certificate, pool: Sequence[Certificate]) -> list[Certificate]:
    """The end entity and its issuers as far as they are in the file."""
    path = [leaf]
    while issuer := next((each for each in pool if _issued(path[-1], each, path)), None):
        path.append(issuer)
    return path


def _issued(certificate: Certificate, issuer: Certificate, path: list[Certificate]) -> bool:
    # An algorithm that cannot be checked has a rule of its own.
    return issuer not in path and is_issued_by(certificate, issuer) is not Check.BAD


def _is_spoilt(found: Sequence[Advice]) -> bool:
    return any(finding.outcome is Compliance.FAILED for finding in found)


def _certificate_findings(
    certificate: Certificate, number: int, use: Use, at: datetime
) -> Iterator[Advice]:
    is_programme = programme.POLICY in certificate.policies
    # One line says that the programme does not apply; its other rules would only repeat it.
    extra = programme.RULES if is_programme else programme.RULES[:1]
    results = chained(evaluate(certificate, use=use), evaluate(certificate, use=use, rules=extra))
    for rule, found in results:
        yield Advice(
            rule=rule.id,
            outcome=_outcome(rule, found),
            certificate=number,
            wanted=rule.wanted,
            found=found or "",
            fix=rule.fix,
            clause=rule.clause,
        )
    yield from _validity_findings(certificate, number, at)


def _outcome(rule: ProfileRule, found: str | None) -> Compliance:
    if found is None:
        return Compliance.NOT_APPLICABLE
    if not found:
        return Compliance.PASSED
    return Compliance.FAILED if rule.is_required or rule.is_needed else Compliance.ADVISED


def _validity_findings(certificate: Certificate, number: int, at: datetime) -> Iterator[Advice]:
    start, end = certificate.not_before, certificate.not_after
    found = ""
    if at > end:
        found = f"one that expired on {end:%Y-%m-%d}"
    elif at < start:
        found = f"one that is valid from {start:%Y-%m-%d %H:%M} UTC on"
    is_root = certificate.is_self_issued and certificate.is_ca
    skipped = is_root or start > end
    outcome = Compliance.FAILED if found else Compliance.PASSED
    yield Advice(
        rule="valid-now",
        outcome=Compliance.NOT_APPLICABLE if skipped else outcome,
        certificate=number,
        wanted="a certificate that is valid now",
        found="" if skipped else found,
        fix="have it renewed; if it should be valid, set the clock of this machine right",
        clause="C2PA 2.2 §15.7",
    )
    warning = min(_SOON, (end - start) / 3)
    left = end - at
    soon = f"{left.days} days left" if left < warning else ""
    outcome = Compliance.ADVISED if soon else Compliance.PASSED
    yield Advice(
        rule="expires-soon",
        outcome=Compliance.NOT_APPLICABLE if skipped or found else outcome,
        certificate=number,
        wanted="a certificate that does not expire soon",
        found="" if skipped or found else soon,
        fix="have it renewed; what is signed and time-stamped by then stays valid",
        clause="C2PA 2.2 §15.7",
    )


def _chain_findings(
    chain: Sequence[Certificate],
    path: list[Certificate],
    key: KeyInfo | None,
    anchors: Sequence[Anchor],
) -> Iterator[Advice]:
    yield _key_finding(chain, path[0], key)
    impostor = _impostor(chain, path)
    yield _chain_finding(
        "issuer-signature",
        "a signature of the issuer on every certificate",
        f"none of {impostor.common_name!r} on {path[-1].common_name!r}" if impostor else "",
        "get both certificates again from where they were issued: there may be several issuers "
        "of that name",
        "RFC 5280 §6.1.3",
    )
    gap = "" if impostor else _gap(path, anchors)
    yield _chain_finding(
        "chain-order",
        "the end entity's certificate first, then each one's issuer, and no other",
        None if impostor else _disorder(chain, path, is_broken=bool(gap)),
        _ORDER_FIX,
        _CHAIN,
    )
    yield _chain_finding(
        "chain-complete",
        "every CA certificate between the end entity and the anchor",
        gap,
        _APPEND if anchors or len(path) > 1 else f"{_APPEND}; {_DIRECT}",
        _CHAIN,
    )
    top = path[-1]
    is_included = len(path) > 1 and top.is_self_issued
    yield _chain_finding(
        "root-included",
        "a chain without its root, which validators have",
        f"the root {top.common_name!r}" if is_included else "",
        "leave the last certificate out; `aidisclose sign` does so itself",
        _CHAIN,
        failure=Compliance.ADVISED,
    )


def _chain_finding(
    rule: str,
    wanted: str,
    found: str | None,
    fix: str,
    clause: str,
    *,
    failure: Compliance = Compliance.FAILED,
) -> Advice:
    outcome = failure if found else Compliance.PASSED
    return Advice(
        rule=rule,
        outcome=Compliance.NOT_APPLICABLE if found is None else outcome,
        certificate=0,
        wanted=wanted,
        found=found or "",
        fix=fix,
        clause=clause,
    )


def _key_finding(chain: Sequence[Certificate], leaf: Certificate, key: KeyInfo | None) -> Advice:
    found: str | None = None
    if key is not None:
        owners = [number for number, each in enumerate(chain, 1) if each.key_info.bits == key.bits]
        other = f"that of certificate {owners[0]}" if owners else "another one"
        found = "" if leaf.key_info.bits == key.bits else other
    return _chain_finding(
        "key-match",
        "the private key of the end entity's certificate",
        found,
        "use the key that the certificate was requested with, or request a certificate for this "
        "one: aidisclose credentials csr",
        _CHAIN,
    )


def _impostor(chain: Sequence[Certificate], path: list[Certificate]) -> Certificate | None:
    """A certificate with the name of the topmost issuer whose key did not make its signature."""
    top = path[-1]
    return next(
        (each for each in chain if each.subject == top.issuer and each not in path and each != top),
        None,
    )


def _gap(path: list[Certificate], anchors: Sequence[Anchor]) -> str:
    """The issuer that is missing above the path; empty if none is, as far as that can be told."""
    top = path[-1]
    if top.is_self_issued:
        return ""
    if any(
        anchor.certificate == top or anchor.certificate.subject == top.issuer for anchor in anchors
    ):
        return ""
    return f"none of {top.issuer_name!r}" if anchors or len(path) == 1 else ""


def _disorder(
    chain: Sequence[Certificate], path: list[Certificate], *, is_broken: bool
) -> str | None:
    """The disorder of the chain; None if it cannot be told because an issuer is missing."""
    if list(chain) == path:
        return ""
    strangers = [each for each in chain if each not in path]
    if not strangers:
        order = ", ".join(str(list(chain).index(each) + 1) for each in path)
        repeated = len(chain) > len(path)
        return "one of them twice" if repeated else f"another order ({order} would be right)"
    if is_broken:
        return None
    return f"{strangers[0].common_name!r}, which issued none of the others"


def _path_finding(
    path: list[Certificate], anchors: Sequence[Anchor], at: datetime, *, skipped: bool
) -> Advice:
    """Whether the certificates make a chain by RFC 5280, up to an anchor if there are any."""
    leaf, top = path[0], path[-1]
    ends = anchors or ([Anchor(certificate=top)] if len(path) > 1 else [])
    found: str | None = None
    if ends and not skipped:
        purposes = SIGNER_PURPOSES | (leaf.purposes or frozenset())
        result = find_path(
            leaf, path[1:], ends, at=at, purposes=purposes, usual=None, budget=Budget()
        )
        found = result.detail if isinstance(result, Rejection) else ""
    return _chain_finding(
        "path",
        "a valid chain to an anchor" if anchors else "a valid chain",
        found,
        "ask the CA for certificates whose constraints permit this chain",
        _TRUST,
    )
