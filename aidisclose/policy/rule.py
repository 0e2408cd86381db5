"""Rules, profiles and findings.

Two rules about rules. What a file cannot show is undetermined, never failed. And nothing says that
a file complies with a law: a finding says which requirement of which version has which evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Final

from aidisclose.message import Message
from aidisclose.named import NamedTuple
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.sources import Addressee, Certainty, LegalText, TextKind


class Outcome(Enum):
    """The outcome of a rule."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not-applicable"


WORST_FIRST: Final = (
    Outcome.FAIL,
    Outcome.WARN,
    Outcome.UNDETERMINED,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)


class Severity(Enum):
    """The severity of a rule that does not hold."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


#: What may be missing besides premises: the file as it was, anchors, a search, a list.
BEFORE: Final = "before"
ANCHORS: Final = "trust anchors"
RECOVERY: Final = "recovery"
PRODUCTS: Final = "conforming products"
_NO_PREMISES: Final = (BEFORE, ANCHORS, RECOVERY, PRODUCTS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of a check on a file.

    Attributes:
        outcome: FAIL says that the rule does not hold, WARN that it is doubtful.
        said: The reason; never empty. Values in it may be untrusted text.
        asks: The facts that would decide it: premises, as `deepfake` or `ai=generated`, or one of
            `BEFORE`, `ANCHORS`, `RECOVERY` and `PRODUCTS`.
    """

    outcome: Outcome
    said: Message
    asks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.said.text:
            raise ValueError("a verdict needs a reason")

    @property
    def reason(self) -> str:
        """The reason, in English."""
        return str(self.said)


#: Characters of the longest sentence of ours.
_OWN_WORDS: Final = 300


def passed(reason: str, /, **values: object) -> Verdict:
    """The rule holds."""
    return _verdict(Outcome.PASS, reason, values)


def warned(reason: str, /, **values: object) -> Verdict:
    """Whether the rule holds is doubtful, or it holds with a flaw."""
    return _verdict(Outcome.WARN, reason, values)


def failed(reason: str, /, *, asks: str = "", **values: object) -> Verdict:
    """The rule does not hold; its severity decides what becomes of that."""
    return _verdict(Outcome.FAIL, reason, values, asks)


def undetermined(reason: str, /, *, asks: str = "", **values: object) -> Verdict:
    """The file cannot show it, or what would decide it, `asks`, was not given."""
    return _verdict(Outcome.UNDETERMINED, reason, values, asks)


def inapplicable(reason: str, /, **values: object) -> Verdict:
    """The rule does not apply to this file, or to who checks it."""
    return _verdict(Outcome.NOT_APPLICABLE, reason, values)


def _verdict(
    outcome: Outcome, reason: str, values: Mapping[str, object], asks: str = ""
) -> Verdict:
    # What one file says is not kept for the next.
    if values or isinstance(reason, Message) or len(reason) > _OWN_WORDS:
        return Verdict(outcome, Message(reason, **values), (asks,) if asks else ())
    return _constant(outcome, reason, asks)


@lru_cache(maxsize=512)
def _constant(outcome: Outcome, reason: str, asks: str) -> Verdict:
    return Verdict(outcome, Message(reason), (asks,) if asks else ())


RuleCheck = Callable[[Evidence], Verdict]
#: Decides a rule before it looks at the file, or None.
Condition = Callable[[Evidence], Verdict | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One requirement.

    Attributes:
        id: Stable name.
        source: The text that it is from.
        addressee: The party that has to meet it.
        severity: The severity of not holding, for the party that is bound by it; see `weight`.
        title: The requirement, in a few words.
        citation: The place where it is written.
        evidence: The evidence that is looked at, in words.
        fix: The way to meet it, in words.
        check: Decides it.
        premise: The condition under which it applies at all.
        since: Day from which it is required; before, it can only warn. None: since ever.
        legacy_since: The same for systems that were on the market before `since`.
        until: Last day on which it is required; None: no end is known.
        is_about_step: Whether it compares the file with how it was before a step.
    """

    id: str
    source: LegalText
    addressee: Addressee
    severity: Severity
    title: str
    citation: str
    evidence: str
    fix: str
    check: RuleCheck
    premise: Condition | None = None
    since: date | None = None
    legacy_since: date | None = None
    until: date | None = None
    is_about_step: bool = False

    def weight(self, *, is_signatory: bool = False, wanted: Severity | None = None) -> Severity:
        """The consequence of not holding.

        A draft, or a text that was not verified, fails nothing. A code of practice binds those who
        signed it.

        Arguments:
            is_signatory: Whether the code was signed by who checks.
            wanted: The severity that the user's policy gives it; None leaves its own.
        """
        severity = wanted or self.severity
        if not self.source.is_settled:
            return Severity.INFO
        is_voluntary = self.source.kind is TextKind.CODE and not is_signatory and wanted is None
        return Severity.WARNING if is_voluntary and severity is Severity.ERROR else severity

    def certainty(self, day: date) -> Certainty:
        """The stage of the text on a day: what is adopted is in force when it is required."""
        if self.source.certainty is Certainty.DRAFT or self.since is None:
            return self.source.certainty
        return Certainty.IN_FORCE if self.since <= day else Certainty.ADOPTED

    def start(self, evidence: Evidence) -> date | None:
        """The day from which it is required of this file."""
        placed = evidence.placed_on_market
        is_legacy = self.since and placed and placed < self.since
        return self.legacy_since if is_legacy and self.legacy_since else self.since


class Edition(NamedTuple):
    """A text of a profile.

    Attributes:
        version: Its name, mostly its date.
        since: First day on which it counts.
        note: A few words about it.
    """

    version: str
    since: date
    note: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Rules that belong together.

    Attributes:
        name: As `--policy` takes it.
        title: Its full name.
        editions: Its texts, oldest first.
        rules: In order of their ids.
        is_about_manifest: Whether they judge how the manifest is made, so that one that is not
            valid is evidence too.
    """

    name: str
    title: str
    editions: tuple[Edition, ...]
    rules: tuple[Rule, ...]
    is_about_manifest: bool = False

    def edition(self, day: date) -> Edition:
        """The text that counts on a day; before the first one, the first."""
        counting = [each for each in self.editions if each.since <= day]
        return counting[-1] if counting else self.editions[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The finding of one rule in one file.

    Attributes:
        rule: The rule.
        profile: Name and version of the profile, as `eu-ai-act@2026-08-02`.
        outcome: Pass, warn, fail, undetermined or not applicable.
        severity: Of the rule, as the policy has it.
        said: The reason; values in it may be untrusted text.
        asks: The facts that would decide it; see `Verdict`.
        is_accepted: Whether a baseline accepts it.
    """

    rule: Rule
    profile: str
    outcome: Outcome
    severity: Severity
    said: Message
    asks: tuple[str, ...] = ()
    is_accepted: bool = False

    @property
    def reason(self) -> str:
        """The reason, in English; may hold untrusted text."""
        return str(self.said)

    @property
    def premises(self) -> tuple[str, ...]:
        """The premises that would decide it, if the user stated them."""
        return tuple(each.partition("=")[0] for each in self.asks if each not in _NO_PREMISES)

    @property
    def is_broken(self) -> bool:
        """Whether it is a failure that nobody accepted."""
        return self.outcome is Outcome.FAIL and not self.is_accepted

    @property
    def is_warning(self) -> bool:
        """Whether it is a warning that counts under `--strict` and that nobody accepted."""
        is_counted = self.severity is not Severity.INFO and not self.is_accepted
        return self.outcome is Outcome.WARN and is_counted


def worst_outcome(findings: Iterable[Finding]) -> Outcome:
    """The worst outcome of findings that no baseline accepts; PASS if none says more."""
    found = {each.outcome for each in findings if not each.is_accepted}
    return next((each for each in WORST_FIRST[:-1] if each in found), Outcome.PASS)


ERROR: Final = Severity.ERROR
WARNING: Final = Severity.WARNING
INFO: Final = Severity.INFO


#: Mere distribution is outside of what providers and deployers have to do.
_NOT_OF_DISTRIBUTORS: Final = (Addressee.PROVIDER, Addressee.DEPLOYER, Addressee.CAPTURE)


class Settled(NamedTuple):
    """The part of a finding that is settled before any file is looked at.

    Attributes:
        severity: The severity of not holding.
        verdict: The verdict on every file; None where it depends on the file.
    """

    severity: Severity
    verdict: Verdict | None


def settle(
    rule: Rule, inputs: Mapping[str, str], day: date, wanted: Severity | None = None
) -> Settled:
    """The part of the findings of a rule that premises and a day settle.

    Arguments:
        rule: The rule.
        inputs: Premises that the user states.
        day: The day whose law counts.
        wanted: The severity that the user's policy gives it.
    """
    severity = rule.weight(is_signatory=inputs.get("signatory") == "yes", wanted=wanted)
    return Settled(severity, _ended(rule, day) or _addressed(rule, inputs))


def judge(rule: Rule, evidence: Evidence, profile: str, settled: Settled) -> Finding:
    """The finding of a rule about a file."""
    severity, verdict = settled
    verdict = verdict or (rule.premise(evidence) if rule.premise else None)
    verdict = verdict or rule.check(evidence)
    outcome, said, asks = _weigh(verdict, severity), verdict.said, verdict.asks
    start = rule.start(evidence) if outcome is Outcome.FAIL else None
    if start and evidence.as_of < start:
        outcome = Outcome.WARN
        said = Message("{reason} (required from {day})", reason=said, day=start)
    elif outcome is Outcome.FAIL and _may_be_legacy(rule, evidence):
        # No file shows when a system came on the market: Art. 111(4) AI Act gives older ones time
        # until then, and what may be lawful does not fail. Both known cases are told otherwise.
        said = Message(
            "{reason} (older systems have until {day})", reason=said, day=rule.legacy_since
        )
        outcome, asks = Outcome.WARN, (*asks, "placed-on-market")
    return Finding(
        rule=rule, profile=profile, outcome=outcome, severity=severity, said=said, asks=asks
    )


def _may_be_legacy(rule: Rule, evidence: Evidence) -> bool:
    """Whether a day that the user has not stated would make the rule one for later."""
    later = rule.legacy_since
    return later is not None and evidence.as_of < later and evidence.placed_on_market is None


def _ended(rule: Rule, day: date) -> Verdict | None:
    """Whether the text that the rule is from required it only until an earlier day."""
    if rule.until is not None and day > rule.until:
        return inapplicable("required until {until}", until=rule.until)
    return None


def _addressed(rule: Rule, inputs: Mapping[str, str]) -> Verdict | None:
    """Whether the role that the user states makes the rule one for others."""
    is_binding = rule.source.kind in (TextKind.LAW, TextKind.CODE)
    is_for_others = is_binding and rule.addressee in _NOT_OF_DISTRIBUTORS
    if is_for_others and inputs.get("role") == "distributor":
        return inapplicable(
            "for the {addressee}; you state role=distributor",
            addressee=Message(rule.addressee.value),
        )
    return None


def _weigh(verdict: Verdict, severity: Severity) -> Outcome:
    """Only an error can fail."""
    is_capped = verdict.outcome is Outcome.FAIL and severity is not Severity.ERROR
    return Outcome.WARN if is_capped else verdict.outcome
