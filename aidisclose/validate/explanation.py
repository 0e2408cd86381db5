"""The reasons for which a signer is trusted or not: one sentence for each step of the decision.

The steps are those of the validator (C2PA 2.5 §14.7 to §14.9), and so is the verdict. Nothing is
decided here: each sentence says what the report holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import pairwise
from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.trust import certificate as certificates
from aidisclose.trust.anchors import TEST_CREDENTIALS, Anchor, Voucher
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.lists import Purpose, TrustList
from aidisclose.trust.ocsp import RevocationAnswer, RevocationStanding
from aidisclose.trust.path import RejectionReason
from aidisclose.trust.profile import SIGNER_PURPOSES, purpose_names
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature, SignerDecision
from aidisclose.validate.status import Results

#: Reasons that are about something else than the chain itself.
_OF_ANCHOR: Final = frozenset(
    {RejectionReason.ANCHOR_SCOPE, RejectionReason.OUTSIDE_VALIDITY, RejectionReason.PURPOSE}
)

#: What leaves open whether a certificate was revoked.
_OPEN: Final = (RevocationStanding.NOT_APPLICABLE, RevocationStanding.UNKNOWN)


class Topic(Enum):
    """The subject of a step."""

    SIGNATURE = "signature"
    TIME = "time"
    CERTIFICATE = "certificate"
    NAMED = "named"
    CHAIN = "chain"
    ANCHOR = "anchor"
    WINDOW = "window"
    PURPOSE = "purpose"
    VALIDITY = "validity"
    REVOCATION = "revocation"
    VERDICT = "verdict"


class Bearing(Enum):
    """The bearing of a step on the verdict."""

    FOR = "for"
    AGAINST = "against"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStep:
    """One step of a decision.

    Attributes:
        topic: The subject of the step.
        bearing: Whether it speaks for the signer.
        text: A sentence; names in it are untrusted text.
        details: The facts in it, by name.
    """

    topic: Topic
    bearing: Bearing
    text: str
    details: Mapping[str, str] = field(default_factory=dict)


class SignatureExplanation(NamedTuple):
    """The decision about the signer of one manifest.

    Attributes:
        manifest: Its label.
        is_active: Whether it is the active manifest, and not one that it updates.
        is_trusted: Whether the signer is trusted.
        steps: The steps of the decision.
    """

    manifest: str
    is_active: bool
    is_trusted: bool
    steps: tuple[TrustStep, ...]


def explain(
    report: Report, trust: TrustConfig, lists: Iterable[TrustList] = ()
) -> tuple[SignatureExplanation, ...]:
    """The decisions about the signers of a file: of the active manifest, and of what it updates.

    Nothing is returned of a file without credentials that can be read.

    Arguments:
        report: The result of verifying the file.
        trust: The signers and authorities that were trusted when it was verified.
        lists: The user's trust lists, among which those are that anchors come from.
    """
    validation, store = report.validation, report.store
    if validation is None or store is None:
        return ()
    labels = [store.active.label]
    if report.believed is not None and report.believed.subject.label not in labels:
        labels.append(report.believed.subject.label)
    explainer = _Explainer(report.time, trust, tuple(lists))
    return tuple(
        explainer.explain(
            label,
            validation.signatures.get(label),
            validation.manifests.get(label, Results()),
            is_active=label == store.active.label,
        )
        for label in labels
    )


class _Explainer:
    """One decision, step by step."""

    def __init__(
        self,
        now: datetime,
        trust: TrustConfig,
        lists: tuple[TrustList, ...],
    ) -> None:
        self._now = now
        self._trust = trust
        self._lists = lists

    def explain(
        self, label: str, signature: Signature | None, found: Results, *, is_active: bool
    ) -> SignatureExplanation:
        is_trusted = found.is_signer_trusted
        steps = (*self._steps(signature, found), self._verdict(found, is_trusted))
        return SignatureExplanation(label, is_active, is_trusted, steps)

    def _steps(self, signature: Signature | None, found: Results) -> Iterator[TrustStep]:
        yield self._signature(signature, found)
        if signature is None or signature.signer is None:
            return
        signer, decision = signature.signer, signature.decision
        stamped = signature.timestamp
        moment = stamped.time if stamped and stamped.is_trusted else self._now
        yield self._time(signature, found)
        yield self._certificate(signer, decision)
        path, anchor, rejection = decision.path, decision.anchor, decision.rejection
        if anchor is not None:
            yield from self._chain(path)
            yield from self._anchor(anchor, signer, moment)
            yield self._validity(path, moment)
            yield from self._revocation(decision)
        elif rejection is not None:
            topic = Topic.VALIDITY if rejection.reason in _OF_ANCHOR else Topic.CHAIN
            yield _against(topic, f"No chain leads to an anchor that counts: {rejection.detail}.")
            yield from self._nearest(signature)
        elif signature.voucher is not None:
            yield self._named(signer, signature.voucher)

    def _signature(self, signature: Signature | None, found: Results) -> TrustStep:
        holds = any(each.code == "claimSignature.validated" for each in found.success)
        if signature is None or not holds:
            # “mismatch” and “missing”; the other codes of the group are about the time.
            ways = ("claimSignature.m", "algorithm.", "signingCredential.invalid")
            broken = [each for each in found.failure if each.code.startswith(ways)]
            reason = broken[0].explanation if broken else "there is none that can be read"
            return _against(Topic.SIGNATURE, f"The signature of the claim does not hold: {reason}.")
        name = signature.signer.common_name if signature.signer else "nobody who is named"
        text = f"The claim is what {name!r} signed ({signature.algorithm})."
        return _for(Topic.SIGNATURE, text, algorithm=signature.algorithm or "")

    def _time(self, signature: Signature, found: Results) -> TrustStep:
        stamped = signature.timestamp
        now = f"{self._now:%Y-%m-%d %H:%M}"
        if stamped is None:
            bad = [each for each in found.informational if each.code.startswith("timeStamp.")]
            why = f"its time stamp is not usable: {bad[0].explanation}" if bad else ""
            lack = why or "no time stamp proves when it was signed"
            return _neither(Topic.TIME, f"As {lack}, it counts as signed now ({now}).")
        facts = {"time": stamped.time.isoformat(), "authority": stamped.authority}
        when = f"{stamped.time:%Y-%m-%d %H:%M}"
        if not stamped.is_trusted:
            doubt = "but you do not trust it"
            if any(each.code == "timeStamp.trusted" for each in found.success):
                doubt = "but it is of a signature of something else"
            elif stamped.is_early:
                doubt = "which is in the future"
            text = f"A time stamp of {stamped.authority!r} says {when}, {doubt}"
            return _neither(Topic.TIME, f"{text}, so it counts as signed now ({now}).", **facts)
        voucher = stamped.voucher or Voucher("")
        origin = self._origin(voucher, Purpose.TSA)
        text = f"A time stamp proves that it was signed by {when}"
        line = f"{text}; you trust its authority {stamped.authority!r} by {origin}."
        return _for(Topic.TIME, line, list=voucher.title, **facts)

    def _certificate(self, signer: Certificate, decision: SignerDecision) -> TrustStep:
        period = f"{signer.not_before:%Y-%m-%d} to {signer.not_after:%Y-%m-%d}"
        text = f"The certificate of {signer.common_name!r} is valid {period}"
        facts = _certificate_facts(signer)
        if broken := decision.violation:
            return _against(Topic.CERTIFICATE, f"{text}, and must not sign: {broken}.", **facts)
        return _for(Topic.CERTIFICATE, f"{text}, and follows the rules for signers.", **facts)

    def _named(self, signer: Certificate, voucher: Voucher) -> TrustStep:
        listed = self._list_of(voucher, Purpose.ALLOWED)
        origin = self._place(listed) if listed else voucher.title
        name = signer.common_name
        text = f"The certificate of {name!r} is on your list of signers by name: {origin}."
        facts = {"sha256": signer.sha256.hex(), "list": voucher.title}
        return _for(Topic.NAMED, text, **facts, **(_list_facts(listed) if listed else {}))

    def _chain(self, path: tuple[Certificate, ...]) -> Iterator[TrustStep]:
        for number, (below, above) in enumerate(pairwise(path)):
            is_last = number == len(path) - 2
            place = "an anchor of yours" if is_last else "an authority whose certificate came along"
            text = f"{below.common_name!r} was issued by {above.common_name!r}, {place}."
            yield _for(Topic.CHAIN, text, **_certificate_facts(above))

    def _anchor(self, anchor: Anchor, signer: Certificate, moment: datetime) -> Iterator[TrustStep]:
        name = anchor.certificate.common_name
        listed = self._list_of(anchor.voucher, Purpose.SIGNERS)
        facts = {"list": anchor.source, **_certificate_facts(anchor.certificate)}
        if listed is not None:
            facts |= _list_facts(listed)
        text = f"You trust {name!r} by {self._origin(anchor.voucher, Purpose.SIGNERS)}."
        yield _for(Topic.ANCHOR, text, **facts)
        if listed is not None and listed.next_update and listed.next_update < self._now:
            late = f"{listed.next_update:%Y-%m-%d}"
            text = f"That list was to be renewed by {late}: run `aidisclose trust update`."
            yield _neither(Topic.ANCHOR, text, next_update=listed.next_update.isoformat())
        yield self._window(anchor, moment)
        common = self._trust.purposes & (signer.purposes or frozenset())
        used = purpose_names(common & (anchor.purposes or SIGNER_PURPOSES))
        scope = "for no other signers" if anchor.purposes else "for signers of every purpose"
        text = f"The certificate may be used for {used}; the anchor vouches for it, {scope}."
        yield _for(Topic.PURPOSE, text, purposes=used)

    def _window(self, anchor: Anchor, moment: datetime) -> TrustStep:
        limits = [
            f"from {anchor.not_before:%Y-%m-%d}" if anchor.not_before else "",
            f"until {anchor.not_after:%Y-%m-%d}" if anchor.not_after else "",
        ]
        period = " ".join(filter(None, limits))
        facts = {
            name: value.isoformat()
            for name, value in (("not_before", anchor.not_before), ("not_after", anchor.not_after))
            if value is not None
        }
        text = f"It vouches for signatures {period}" if period else "No date limits what it vouches"
        end = f", and this one is of {moment:%Y-%m-%d}." if period else " for."
        return _for(Topic.WINDOW, text + end, **facts)

    def _validity(self, path: tuple[Certificate, ...], moment: datetime) -> TrustStep:
        count = len(path) - 1
        what = "The certificate was" if count == 1 else f"All {count} certificates below it were"
        return _for(Topic.VALIDITY, f"{what} valid on {moment:%Y-%m-%d}.")

    def _revocation(self, decision: SignerDecision) -> Iterator[TrustStep]:
        answers = dict(decision.revocations)
        for certificate in decision.path[:-1]:
            answer = answers.get(certificate.sha256)
            if answer is not None:
                yield _revocation_step(certificate, answer)

    def _nearest(self, signature: Signature) -> Iterator[TrustStep]:
        """The authority that would have to be trusted, and where it stands."""
        # As the file brings it: nobody has checked that it belongs to the chain.
        top = certificates.load(signature.chain[-1])
        if not self._trust.anchors:
            text = "You trust no authority for signers: `aidisclose trust update` gets the lists."
            yield _neither(Topic.ANCHOR, text)
        else:
            count = len(self._trust.anchors)
            text = f"None of your anchors ({count}) has issued {top.common_name!r}"
            wanted = f"it names {top.issuer_name!r} as its issuer"
            yield _neither(Topic.ANCHOR, f"{text}; {wanted}.", issuer=top.issuer_name)

    def _verdict(self, found: Results, is_trusted: bool) -> TrustStep:
        if is_trusted:
            return _for(Topic.VERDICT, "So the signer is trusted.")
        wrong = [
            each.explanation or each.code
            for each in found.failure
            if each.code.startswith(("signingCredential.", "claimSignature.", "algorithm."))
        ]
        reason = f": {wrong[0]}" if wrong else ""
        return _against(Topic.VERDICT, f"So the signer is not trusted{reason}.")

    def _list_of(self, voucher: Voucher, kind: Purpose) -> TrustList | None:
        """The installed list that vouches; None if it is a file that was named, or no list."""
        if not voucher.name:
            return None
        listed = (each for each in self._lists if (each.kind, each.name) == (kind, voucher.name))
        return next(listed, None)

    def _origin(self, voucher: Voucher, kind: Purpose) -> str:
        """An origin of anchors in words."""
        if voucher.title == TEST_CREDENTIALS:
            return "your test credentials, which nobody else trusts"
        found = self._list_of(voucher, kind)
        if found is None:
            return f"what you named: {voucher.title}"
        return self._place(found)

    @staticmethod
    def _place(found: TrustList) -> str:
        """A list in words: its name, what it is, and from where and when."""
        place = f", from {found.source}" if found.source else ""
        got = f", got on {found.fetched:%Y-%m-%d}" if found.fetched else ""
        frozen = "; nobody maintains it since 2026-01-01" if found.is_interim else ""
        return f"the list {found.name!r} ({found}{place}{got}{frozen})"


def _revocation_step(certificate: Certificate, answer: RevocationAnswer) -> TrustStep:
    name, found = certificate.common_name, answer.revocation
    facts = {"certificate": name, "source": answer.source}
    if found is None or found.outcome in _OPEN:
        reason = answer.problem or (found.reason if found else "")
        detail = f": {reason}" if reason else "; --online asks its issuer"
        text = f"Nothing shows whether the certificate of {name!r} was revoked{detail}."
        return _neither(Topic.REVOCATION, text, **facts)
    said = f"According to {answer.source}" if answer.source else "As far as is known"
    if found.outcome is RevocationStanding.REVOKED:
        text = f"{said}, the certificate of {name!r} was {found.reason}."
        return _against(Topic.REVOCATION, text, **facts)
    later = f" when it was used ({found.reason})" if found.reason.startswith("revoked") else ""
    since = f", as of {found.this_update:%Y-%m-%d}" if found.this_update else ""
    text = f"{said}, the certificate of {name!r} was not revoked{later}{since}."
    return _for(Topic.REVOCATION, text, **facts)


def _certificate_facts(certificate: Certificate) -> dict[str, str]:
    return {
        "subject": certificate.common_name,
        "issuer": certificate.issuer_name,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "sha256": certificate.sha256.hex(),
    }


def _list_facts(found: TrustList) -> dict[str, str]:
    facts = {"list_name": found.name, "list_source": found.source}
    if found.is_interim:
        facts["list_interim"] = "yes"
    if found.sequence is not None:
        facts["list_sequence"] = str(found.sequence)
    for name, value in (
        ("list_issued", found.issued),
        ("list_next_update", found.next_update),
        ("list_fetched", found.fetched),
    ):
        if value is not None:
            facts[name] = value.isoformat()
    return facts


def _step(topic: Topic, bearing: Bearing, text: str, facts: Mapping[str, str]) -> TrustStep:
    details = {name: value for name, value in facts.items() if value}
    return TrustStep(topic=topic, bearing=bearing, text=text, details=details)


def _for(topic: Topic, text: str, **facts: str) -> TrustStep:
    return _step(topic, Bearing.FOR, text, facts)


def _against(topic: Topic, text: str, **facts: str) -> TrustStep:
    return _step(topic, Bearing.AGAINST, text, facts)


def _neither(topic: Topic, text: str, **facts: str) -> TrustStep:
    return _step(topic, Bearing.NEITHER, text, facts)
