"""The requirements of a user's own policy, and the rules that check them."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from aidisclose.message import Message
from aidisclose.named import NamedTuple
from aidisclose.policy.evidence import Evidence, find_type
from aidisclose.policy.rule import (
    ANCHORS,
    ERROR,
    RECOVERY,
    WORST_FIRST,
    Rule,
    Verdict,
    failed,
    inapplicable,
    passed,
    undetermined,
    warned,
)
from aidisclose.policy.sources import OWN, Addressee
from aidisclose.trust.anchors import FOR_TESTING
from aidisclose.validate.state import Integrity, State

if TYPE_CHECKING:
    from aidisclose.validate.identity import Identity

#: `present` is any time stamp that fits the signature, `trusted` one of an authority you trust.
TIMESTAMPS: Final = ("present", "trusted")
INTEGRITIES: Final = (Integrity.INTACT.value,)
#: Standings of actors.
IDENTITIES: Final = (State.VALID.value, State.TRUSTED.value)
_TEST: Final = "only test credentials vouch for the signer: nobody else trusts them"
#: Names of actors that are said.
_SHOWN: Final = 5
CARRIERS: Final = ("c2pa", "xmp", "comment", "aigc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A requirement on the files that a pattern means.

    Attributes:
        path: Pattern that the end of a file's name must match, `**` for any folders; None for all.
        state: The state that a file must have at least.
        integrity: `intact`, if all of the content must be what was signed.
        signers: Common names or organizations of which a trusted signer must have one.
        issuers: Common names of which the issuer of a trusted signer must have one.
        source_types: Terms of which every declared source type must be one.
        models: Patterns of which the name of each model must match one.
        timestamp: One of `TIMESTAMPS`.
        carriers: All that must disclose AI.
        identity: The standing that an actor must have at least whom the file names besides its
            signer: `valid` or `trusted`.
        actors: Names of which a trusted actor must have one.
        roles: Roles of which an actor must have one.
        recovered: The state that the file must have, or credentials that were found by its
            watermark or looks and are bound to that by their own signature: `valid`, `trusted`.
    """

    path: str | None = None
    state: str | None = None
    integrity: str | None = None
    signers: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    timestamp: str | None = None
    carriers: tuple[str, ...] = ()
    identity: str | None = None
    actors: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    recovered: str | None = None

    def covers(self, file: str) -> bool:
        """Whether it is about a file.

        Capital and small letters are not told apart, nor forms of one letter in Unicode: otherwise
        a file could be named so that less is required of it.
        """
        # Patterns have slashes on every system: on Windows, a gate would judge no file otherwise.
        name = _composed(file.replace(os.sep, "/"))
        return self.path is None or _pattern(self.path).fullmatch(name) is not None


#: What stands for any folders.
_FOLDERS: Final = re.compile(r"(?:(?<=/)|^)(?:\*\*/)+")


def stars(glob: str) -> int:
    """The most stars of a pattern that share a name: each makes matching longer by its length.

    Those that do not stop at slashes share every name.
    """
    rest = _FOLDERS.sub("", glob)
    names = max(part.replace("**", "").count("*") for part in rest.split("/"))
    # `x**/` counts twice: each folder behind each place of `x` is tried.
    return rest.count("**") + rest.count("**/") + names


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


@lru_cache
def _pattern(glob: str) -> re.Pattern[str]:
    # `fnmatch` knows no folders: its `*` would match across them, and a rule for `public/*` would
    # judge private/public/x.
    *parts, last = re.split(r"(\*\*/|\*\*)", _composed(glob))
    gap, text = "**/", ""
    for part, following in zip(parts[::2], parts[1::2], strict=True):
        if part:
            # After the first place where a part fits, any folders may follow: no other place is
            # tried. Each would be, for all parts, in a name of hundreds of folders.
            is_final = following == "**" or part.endswith("/")
            text += f"({'?>' if is_final else '?:'}{_GAPS[gap]}{_part(part)})"
        gap = following if part or following == "**" else gap
    return re.compile(f"{text}{_GAPS[gap]}{_part(last)}", re.DOTALL | re.IGNORECASE)


#: What may stand before a part of a pattern: any folders, or anything.
_GAPS: Final = {"**/": "(?:.*?/)??", "**": ".*?"}
_WILDCARDS: Final = {"*": "[^/]*?", "?": "[^/]"}


def _part(glob: str) -> str:
    """A part of a pattern that stays in its folders, as a regular expression."""
    return "".join(_WILDCARDS.get(each, re.escape(each)) for each in re.split(r"(\*|\?)", glob))


def _state(wanted: Requirement, evidence: Evidence) -> Verdict:
    state = evidence.report.state
    if state < State(wanted.state):
        return failed("{state}, not {wanted}", state=Message(state.value), wanted=wanted.state)
    if wanted.state == State.TRUSTED.value and not evidence.is_vouched_for:
        return failed(_TEST)
    if evidence.report.integrity is Integrity.PARTIAL:
        return warned("the signature is valid, but a part of the content is not signed")
    return passed(state.value)


def _integrity(wanted: Requirement, evidence: Evidence) -> Verdict:
    report = evidence.report
    # Hashes alone prove nothing: anybody can write them.
    found = report.integrity.value if evidence.is_valid else report.state.value
    if found == wanted.integrity:
        return passed(found)
    return failed("{state}, not {wanted}", state=Message(found), wanted=wanted.integrity)


def _signer(wanted: Requirement, evidence: Evidence) -> Verdict:
    signer = evidence.report.signature.signer if evidence.report.signature else None
    names = (signer.common_name, signer.organization) if signer else ()
    return _pinned(wanted.signers, names, _signed_by, evidence)


def _issuer(wanted: Requirement, evidence: Evidence) -> Verdict:
    signer = evidence.report.signature.signer if evidence.report.signature else None
    return _pinned(wanted.issuers, (signer.issuer_name,) if signer else (), _issued_by, evidence)


def _signed_by(name: str) -> Message:
    return Message("signed by {name}", name=repr(name))


def _issued_by(name: str) -> Message:
    return Message("issued by {name}", name=repr(name))


def _pinned(
    wanted: tuple[str, ...],
    names: tuple[str, ...],
    named: Callable[[str], Message],
    evidence: Evidence,
) -> Verdict:
    """A name proves something only if somebody vouches for it."""
    if not names:
        return failed("there is no signature that can be read")
    who = named(names[0])
    # Said before it is asked whether anybody vouches for the name: a wrong one is wrong either way.
    if not set(wanted) & set(names):
        return failed("{who}, not {wanted}", who=who, wanted=_either(map(repr, wanted)))
    if evidence.report.state is State.TRUSTED and evidence.is_vouched_for:
        return passed("{who}", who=who)
    if evidence.report.trust == "not_checked" and evidence.is_valid:
        return undetermined("no trust anchors were given, so a name proves nothing", asks=ANCHORS)
    if evidence.report.state is State.TRUSTED:
        return failed(_TEST)
    state = Message(evidence.report.state.value)
    return failed("{who}, but the file is {state}", who=who, state=state)


def _either(wanted: Iterable[str]) -> Message | str:
    """Values of which one is enough."""
    first, *others = wanted
    return Message("{one} or {other}", one=first, other=_either(others)) if others else first


def _source_types(wanted: Requirement, evidence: Evidence) -> Verdict:
    values = [*evidence.declared.source_types, *evidence.source_types]
    if not values:
        return failed("no source type is declared")
    for value in values:
        found = find_type(value)
        if found is None or found.term not in wanted.source_types:
            return failed("{term} is not permitted", term=found.term if found else value)
    # What says so is not a source type, or not where one counts: a gate for photographs would let
    # through a picture with an AI model in its credentials.
    if evidence.declared.is_disputed:
        return failed("something in the file says otherwise, or leaves open whether AI was used")
    if evidence.declared.doubted:
        return failed("no signer whom you trust vouches for that no AI was used")
    return passed("only permitted source types")


def _model(wanted: Requirement, evidence: Evidence) -> Verdict:
    names = evidence.declared.models
    if not names:
        return failed("no model is named")
    # All of them: a picture may be made by one that is permitted, and changed by another.
    for name in names:
        # Not `fnmatch`, which folds case on Windows alone: a gate has to judge alike everywhere.
        if not any(fnmatchcase(name, pattern) for pattern in wanted.models):
            return failed("{name} is not permitted", name=name)
    return passed(names[0])


def _timestamp(wanted: Requirement, evidence: Evidence) -> Verdict:
    stamp = evidence.stamp
    if stamp is None:
        return failed("no time stamp")
    if wanted.timestamp == "trusted" and not stamp.is_trusted:
        return failed(
            "the time stamp of {authority} is not trusted",
            authority=stamp.authority or Message("its authority"),
        )
    return passed("time-stamped on {time}", time=f"{stamp.time:%Y-%m-%d}")


def _carriers(wanted: Requirement, evidence: Evidence) -> Verdict:
    missing = [name for name in wanted.carriers if name not in evidence.carriers]
    if not missing:
        return passed("disclosed in {carriers}", carriers=", ".join(wanted.carriers))
    return failed("AI is not disclosed in {missing}", missing=Message(", ".join(missing)))


def _identity(wanted: Requirement, evidence: Evidence) -> Verdict:
    found = evidence.identities
    if not found:
        return failed("no valid identity assertion names anybody")
    names = _names(found)
    if wanted.identity == State.TRUSTED.value and not _vouched(found):
        return failed("names {names}, and nobody whom you trust vouches for it", names=names)
    return passed("names {names}", names=names)


def _actor(wanted: Requirement, evidence: Evidence) -> Verdict:
    found = evidence.identities
    named = [each for each in found if set(wanted.actors) & set(each.names)]
    if not named:
        asked = _either(map(repr, wanted.actors))
        if not found:
            return failed("names nobody, not {wanted}", wanted=asked)
        return failed("names {names}, not {wanted}", names=_names(found), wanted=asked)
    if not _vouched(named):
        return failed(
            "names {names}, and nobody whom you trust vouches for it", names=_names(named)
        )
    return passed("names {names}", names=_names(_vouched(named)))


def _role(wanted: Requirement, evidence: Evidence) -> Verdict:
    """With `actors` or `identity`, the role is that of one whom they accept."""
    found = evidence.identities
    if wanted.actors or wanted.identity == State.TRUSTED.value:
        found = tuple(_vouched(found))
    if wanted.actors:
        found = tuple(each for each in found if set(wanted.actors) & set(each.names))
    roles = [role for each in found for role in each.roles]
    if set(wanted.roles) & set(roles):
        return passed(next(role for role in roles if role in wanted.roles))
    has = ", ".join(dict.fromkeys(roles)) or Message("nobody with a role")
    return failed("{who}, not {wanted}", who=has, wanted=_either(wanted.roles))


def _recovered(wanted: Requirement, evidence: Evidence) -> Verdict:
    state, own = State(wanted.recovered), evidence.report.state
    is_tested = state is State.TRUSTED and not evidence.is_vouched_for
    if own >= state and not is_tested:
        return passed("the file itself is {state}", state=own.value)
    if evidence.is_valid and evidence.recovered is None:
        # Nobody searches for other credentials of a file whose own are valid.
        if own >= state:
            return failed(_TEST)
        return failed("{state}, not {wanted}", state=Message(own.value), wanted=state.value)
    if evidence.recovered is None:
        return undetermined(
            "credentials of files that look alike were not searched for", asks=RECOVERY
        )
    best = max(evidence.recovered, default=State.NONE)
    if best >= state:
        return passed(
            "it looks like a file whose credentials are {state}, or has its watermark; that it "
            "is the same is not proven",
            state=best.value,
        )
    if best is State.NONE:
        return failed("no credentials of a file that looks alike were found")
    return failed(
        "the credentials that were found are {state}, not {wanted}",
        state=Message(best.value),
        wanted=state.value,
    )


def _vouched(found: Iterable[Identity]) -> list[Identity]:
    """The actors for whom somebody vouches whom the user trusts; test credentials name nobody."""
    return [
        each
        for each in found
        if each.standing.value == State.TRUSTED.value
        and not any(name.endswith(FOR_TESTING) for name in each.names)
    ]


def _names(found: Iterable[Identity]) -> Message | str:
    names = dict.fromkeys(name for each in found for name in each.names)
    shown = ", ".join(repr(name) for name in list(names)[:_SHOWN])
    return shown or Message("an actor without a name")


class _Kind(NamedTuple):
    """A kind of requirement: its rule, and which attribute asks for it."""

    id: str
    title: str
    attribute: str
    check: Callable[[Requirement, Evidence], Verdict]


_KINDS: Final = (
    _Kind("REQ-001", "the file has the required state", "state", _state),
    _Kind("REQ-002", "a named signer signed it", "signers", _signer),
    _Kind("REQ-003", "a named issuer vouches for the signer", "issuers", _issuer),
    _Kind("REQ-004", "only permitted source types are declared", "source_types", _source_types),
    _Kind("REQ-005", "a permitted model made it", "models", _model),
    _Kind("REQ-006", "it is time-stamped", "timestamp", _timestamp),
    _Kind("REQ-007", "the required carriers disclose AI", "carriers", _carriers),
    _Kind("REQ-008", "it names who stands behind it", "identity", _identity),
    _Kind("REQ-009", "a named actor stands behind it", "actors", _actor),
    _Kind("REQ-010", "an actor has a required role", "roles", _role),
    _Kind("REQ-011", "its credentials are there or can be recovered", "recovered", _recovered),
    _Kind("REQ-012", "all of its content is what was signed", "integrity", _integrity),
)
#: The ids of all rules that requirements can become.
IDS: Final = tuple(kind.id for kind in _KINDS)


def rules_of(requirements: Iterable[Requirement]) -> list[Rule]:
    """One rule for each kind of requirement that is there; the rules of all files."""
    listed = tuple(requirements)
    return [
        Rule(
            id=kind.id,
            source=OWN,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title=kind.title,
            citation="your policy",
            evidence=kind.attribute.replace("_", " "),
            fix="change the file, or the policy",
            check=partial(_all, kind, tuple(asking)),
        )
        for kind in _KINDS
        if (asking := [each for each in listed if getattr(each, kind.attribute)])
    ]


def _all(kind: _Kind, asking: tuple[Requirement, ...], evidence: Evidence) -> Verdict:
    """The worst verdict, of all requirements about this file; of several, the first."""
    verdicts = [kind.check(each, evidence) for each in asking if each.covers(evidence.file)]
    if not verdicts:
        return inapplicable("nothing is required of this file")
    return min(verdicts, key=lambda each: WORST_FIRST.index(each.outcome))
