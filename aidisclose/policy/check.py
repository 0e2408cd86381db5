"""`check`: what rules find in a file. `diff`: what a processing step left of its disclosures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache

from aidisclose import arguments
from aidisclose.errors import UsageError, suggestion
from aidisclose.io.source import Readable
from aidisclose.named import NamedTuple
from aidisclose.policy.compare import Difference, changes
from aidisclose.policy.evidence import Evidence, collect
from aidisclose.policy.inputs import check as check_inputs
from aidisclose.policy.own import Policy
from aidisclose.policy.profiles import CROSS, PROFILES
from aidisclose.policy.requirement import rules_of
from aidisclose.policy.rule import Finding, Profile, Rule, Settled, Severity, judge, settle
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State

#: One name, one policy, or several.
Profiles = str | Policy | Iterable[str | Policy]


class PlannedRule(NamedTuple):
    """A rule that will be judged, and how.

    Attributes:
        rule: The rule.
        profile: Name and version of the profile that it is judged for, or name of a policy.
        wanted: The severity that a policy gives it; None leaves its own.
        settled: The part of its finding that is settled before any file is looked at.
        as_of: The day whose law counts.
        is_about_manifest: Whether it looks at manifests that are not valid, too.
    """

    rule: Rule
    profile: str
    wanted: Severity | None
    settled: Settled
    as_of: date
    is_about_manifest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The rules that are judged, by the texts and with the premises that count.

    Attributes:
        as_of: The day whose law counts, unless a profile names one of its own.
        editions: Name and version of each profile, as `eu-ai-act@2026-08-02`.
        inputs: Premises that the user states.
        left_out: Ids of rules of these profiles that are not judged.
        severities: Of rules that count as more or less than they do by themselves.
        steps: The rules that are judged, in order.
    """

    as_of: date
    editions: tuple[str, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    steps: tuple[PlannedRule, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in order."""
        return tuple(step.rule for step in self.steps)

    @property
    def of_steps(self) -> Plan:
        """The rules about what a processing step has to keep, and no others.

        Raises:
            UsageError: None of the rules is about that.
        """
        steps = tuple(step for step in self.steps if step.rule.is_about_step)
        if not steps:
            raise UsageError("none of the rules is about what a processing step has to keep")
        return replace(self, steps=steps)

    def judge(
        self,
        report: Report,
        *,
        file: str = "",
        before: Report | None = None,
        recovered: tuple[State, ...] | None = None,
    ) -> list[Finding]:
        """The findings of every rule; see `check`.

        Arguments:
            report: The report on the file.
            file: Its name.
            before: The report on the file as it was.
            recovered: See `Evidence.recovered`.
        """
        days = {step.as_of for step in self.steps}
        found = {day: self._collect(report, day, file, before, recovered) for day in days}
        about_content = {day: evidence.of_content for day, evidence in found.items()}
        return [
            judge(
                step.rule,
                (found if step.is_about_manifest else about_content)[step.as_of],
                step.profile,
                step.settled,
            )
            for step in self.steps
        ]

    def _collect(
        self,
        report: Report,
        day: date,
        file: str,
        before: Report | None,
        recovered: tuple[State, ...] | None,
    ) -> Evidence:
        old = None if before is None else collect(before, as_of=day, inputs={})
        return collect(
            report, as_of=day, inputs=self.inputs, before=old, file=file, recovered=recovered
        )


def plan(
    profiles: Profiles,
    *,
    inputs: Mapping[str, str] | None = None,
    as_of: date | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
) -> Plan:
    """The rules of profiles and policies, each once.

    Arguments:
        profiles: Names of built-in profiles, as `eu-ai-act` or `ca-sb942@2026-08-02` for the text
            of that day, and policies of one's own; a lone one needs no list.
        inputs: Premises by name; they come before those of policies.
        as_of: The day whose law counts; today if None.
        select: Ids, or how they begin, of the only rules that are judged.
        ignore: The same of rules that are not.

    Raises:
        UsageError: A profile, rule or input is not known, or no rule is left.
        TypeError: `as_of` is not a date.
    """
    if as_of is not None and (isinstance(as_of, datetime) or not isinstance(as_of, date)):
        raise TypeError(f"as_of is a datetime.date such as date(2026, 8, 2), not {as_of!r:.80}")
    lone = isinstance(profiles, str | Policy)
    every = (profiles,) if lone else profiles
    listed: tuple[object, ...] = arguments.several("profiles", every, object, "names of profiles")
    select, ignore = _several("select", select), _several("ignore", ignore)
    arguments.single("inputs", inputs, Mapping, "a mapping such as {'deepfake': 'yes'}")
    own = tuple(each for each in listed if isinstance(each, Policy))
    named = tuple(each for each in listed if isinstance(each, str))
    if len(own) + len(named) < len(listed):
        raise UsageError("a profile is given by its name, or as a Policy")
    stated: dict[str, str] = {}
    for policy in own:
        stated |= policy.inputs
    stated |= inputs or {}
    check_inputs(stated)
    day = as_of or next((each.as_of for each in own if each.as_of), None) or _today()
    if own:
        return _plan(named, own, stated, day, select, ignore)
    return _usual_plan(named, tuple(stated.items()), day, select, ignore)


@lru_cache(maxsize=64)
def _usual_plan(
    named: tuple[str, ...],
    inputs: tuple[tuple[str, str], ...],
    day: date,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
) -> Plan:
    """The plan of built-in profiles; remembered for whoever checks files one by one."""
    return _plan(named, (), dict(inputs), day, select, ignore)


def _plan(
    named: tuple[str, ...],
    own: tuple[Policy, ...],
    stated: Mapping[str, str],
    day: date,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
) -> Plan:
    steps = list(_steps(named, own, stated, day))
    all_rules = [step.rule.id for step in steps]
    for patterns in (*(each.select for each in own), select):
        if patterns:
            # One list after the other: what a policy leaves out, the command line does not bring
            # back.
            steps = [step for step in steps if _matches(step.rule, patterns)]
    for patterns in (*(each.ignore for each in own), ignore):
        _known(patterns, own)
        steps = [step for step in steps if not _matches(step.rule, patterns)]
    _known(select, own)
    if not steps:
        raise UsageError("no rule is left to be judged")  # which would pass everything
    judged = {step.rule.id for step in steps}
    is_signatory = stated.get("signatory") == "yes"
    return Plan(
        as_of=day,
        editions=tuple(dict.fromkeys(step.profile for step in steps)),
        inputs=stated,
        left_out=tuple(each for each in all_rules if each not in judged),
        severities={
            step.rule.id: step.wanted
            for step in steps
            if step.wanted and step.wanted is not step.rule.weight(is_signatory=is_signatory)
        },
        steps=tuple(steps),
    )


def _several(name: str, ids: str | Iterable[str]) -> tuple[str, ...]:
    """The ids; a lone one is not taken for its letters."""
    return arguments.several(name, (ids,) if isinstance(ids, str) else ids, str, "ids of rules")


def _today() -> date:
    return datetime.now(UTC).date()


def _steps(
    named: tuple[str, ...], own: tuple[Policy, ...], inputs: Mapping[str, str], day: date
) -> Iterator[PlannedRule]:
    severities = {id_: level for policy in own for id_, level in policy.severities.items()}

    def step(rule: Rule, label: str, when: date, *, is_about_manifest: bool = False) -> PlannedRule:
        wanted = severities.get(rule.id)
        settled = settle(rule, inputs, when, wanted)
        return PlannedRule(rule, label, wanted, settled, when, is_about_manifest)

    names = [*named, *(name for policy in own for name in policy.profiles)]
    # A file whose carriers contradict each other meets no text of law, whichever is asked for. A
    # policy of the user's own says itself what it asks for, so nothing is added to it.
    wanted = dict.fromkeys([*names, CROSS.name]) if names else {}
    seen: set[str] = set()
    for name in wanted:
        profile, when = find_profile(name, day)
        label = f"{profile.name}@{profile.edition(when).version}"
        for rule in profile.rules:
            # A policy and the command line may name two editions of one profile: the first counts.
            if rule.id not in seen:
                seen.add(rule.id)
                yield step(rule, label, when, is_about_manifest=profile.is_about_manifest)
    for policy in own:
        for rule in rules_of(policy.requirements):
            yield step(rule, policy.name, day)


def find_profile(name: str, day: date) -> tuple[Profile, date]:
    """The profile that a name means, and the day whose text counts.

    Raises:
        UsageError: There is none of that name.
    """
    name, _, version = name.partition("@")
    if name not in PROFILES:
        hint = suggestion(name, PROFILES) or f"; choose from {', '.join(PROFILES)}"
        raise UsageError(f"unknown profile {name!r}{hint}")
    profile = PROFILES[name]
    if not version:
        return profile, day
    for edition in profile.editions:
        if edition.version == version:
            return profile, edition.since
    there = ", ".join(edition.version for edition in profile.editions)
    raise UsageError(f"{name} has no version {version!r}; it has {there}")


def _matches(rule: Rule, patterns: Iterable[str]) -> bool:
    # As ruff selects its rules: EU is all of that text, EU-01 the ten that begin so.
    return rule.id.startswith(tuple(each.rstrip("*").upper() for each in patterns))


def _known(patterns: Iterable[str], own: Iterable[Policy]) -> None:
    if not patterns:
        return
    rules = [rule for profile in PROFILES.values() for rule in profile.rules]
    rules += [rule for policy in own for rule in rules_of(policy.requirements)]
    for each in patterns:
        if not any(_matches(rule, (each,)) for rule in rules):
            hint = suggestion(each, [rule.id for rule in rules]) or "; see `aidisclose rule`"
            raise UsageError(f"no rule is or begins with {each!r}{hint}")


def check(
    source: Report | Readable,
    profiles: Profiles,
    *,
    trust: TrustConfig | None = None,
    inputs: Mapping[str, str] | None = None,
    as_of: date | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    before: Report | Readable | None = None,
    file: str = "",
) -> list[Finding]:
    """Check a file against the rules of some profiles.

    Says which requirement has which evidence, never that a file complies with a law. What the
    file cannot show is undetermined.

    Arguments:
        source: The file, or what `verify` found in it.
        profiles: See `plan`.
        trust: The authorities and signers to trust when `source` or `before` is verified here; None
            for nobody, which leaves rules about trust undetermined.
        inputs: Premises that no file can show, as `{"deepfake": "yes"}`.
        as_of: The day whose law counts; today if None.
        select: Ids, or how they begin, of the only rules that are judged.
        ignore: The same of rules that are not.
        before: The file as it was before, or what `verify` found in it, for rules on what must be
            kept.
        file: Name of the file, for policies that depend on it; the path of `source` if that is
            one.

    Raises:
        UsageError: A profile, rule or input is not known, no rule is left, or `trust` is given
            although nothing is verified here.
        Unreadable: A file cannot be read as what it is; see `verify`.
        UnsupportedFormat: A file is not of a format that can carry credentials.
        OSError: A file cannot be read.
    """
    steps = plan(profiles, inputs=inputs, as_of=as_of, select=select, ignore=ignore)
    is_verified = isinstance(source, Report) and (before is None or isinstance(before, Report))
    if trust is not None and is_verified:
        raise UsageError("trust counts where a file is verified, not for a report that is there")
    if not file and isinstance(source, str | os.PathLike):
        file = os.fsdecode(source)
    old = None if before is None else _report(before, trust)
    return steps.judge(_report(source, trust), file=file, before=old)


def _report(source: Report | Readable, trust: TrustConfig | None) -> Report:
    if isinstance(source, Report):
        return source
    from aidisclose.validate.verify import verify

    return verify(source, trust=trust or TrustConfig.none(), detect=True)


def diff(
    before: Report | Readable, after: Report | Readable, *, trust: TrustConfig | None = None
) -> list[Difference]:
    """Compare the disclosures of a file before and after a processing step.

    Arguments:
        before: The file before the step, or what `verify` found in it.
        after: The same after it.
        trust: The authorities and signers to trust when they are verified here; None for nobody.

    Raises:
        Unreadable: A file cannot be read as what it is; see `verify`.
        UnsupportedFormat: A file is not of a format that can carry credentials.
        OSError: A file cannot be read.
    """
    earlier, later = _report(before, trust), _report(after, trust)
    # `diff` names no law; evidence has to have a day all the same.
    day = later.time.date()
    old, new = (collect(report, as_of=day, inputs={}) for report in (earlier, later))
    return list(changes(old, new))
