"""Everything that a rule may look at, computed once for each file.

All text in it is untrusted. Whether the manifest that says it is valid is evidence like the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

from aidisclose.carriers import Found
from aidisclose.errors import Unreadable
from aidisclose.manifest import recorded, softbinding, source_type
from aidisclose.manifest.actions import CREATED, Action, Actions
from aidisclose.manifest.claim import Claim
from aidisclose.manifest.declared import Declared
from aidisclose.manifest.ingredient import Ingredient
from aidisclose.manifest.lineage import Believed
from aidisclose.manifest.source_type import Share, SourceType
from aidisclose.manifest.store import Assertion
from aidisclose.message import Message
from aidisclose.validate.contradictions import Statement, statements
from aidisclose.validate.notices import DeclaredNotice
from aidisclose.validate.report import Report
from aidisclose.validate.state import Integrity, State
from aidisclose.validate.watermarks import Presence

if TYPE_CHECKING:
    from aidisclose.validate.identity import Identity
    from aidisclose.validate.timestamp import SignatureTimestamp

T = TypeVar("T")

#: Bounded by RFC 5321 §4.5.3.1 and RFC 1035 §2.3.4: without bounds, a megabyte of letters takes
#: quadratic time.
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+")
#: Levels of an assertion that are looked at.
_DEPTH: Final = 20


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that a rule may look at.

    Attributes:
        report: The report on the file.
        as_of: The day whose law counts.
        inputs: Premises that the user states, by the names of `inputs.INPUTS`.
        before: The file as it was before the step that is judged, if it is known.
        file: Its name, for policies that depend on it; empty if it has none.
        manifest: The part that is believed of the active manifest, or of the one that it only
            updates. None if nothing of it is.
        claim: Its claim.
        action_lists: Its actions assertions that can be read.
        ingredients: Its ingredients that can be read.
        assertions: Its assertions that match the claim.
        record: Its record of the disclosure; empty without one.
        recovered: States of the credentials that were found by the watermark or the looks of the
            file, and that name these themselves; None if nobody searched.
    """

    report: Report
    as_of: date
    inputs: Mapping[str, str] = field(default_factory=dict)
    before: Evidence | None = None
    file: str = ""
    manifest: Believed | None = None
    claim: Claim | None = None
    action_lists: tuple[Actions, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    record: Mapping[str, object] = field(default_factory=dict)
    recovered: tuple[State, ...] | None = None

    @cached_property
    def of_content(self) -> Evidence:
        """The evidence about the content; a manifest that is not valid does not count.

        It may have been made for another file. Of how a manifest is made it is evidence all the
        same.
        """
        if self.is_valid or self.manifest is None:
            return self
        return replace(
            self,
            manifest=None,
            claim=None,
            action_lists=(),
            ingredients=(),
            assertions=(),
            record={},
        )

    @cached_property
    def is_valid(self) -> bool:
        """Whether a manifest is there that is what was signed, of this content.

        One that nothing binds to the content may be of another file.
        """
        # `State.VALID` is what C2PA calls it (2.5 §13.3): signature and certificate are good. A
        # store without its file is that too.
        is_bound = self.report.integrity is not Integrity.UNPROVEN
        return self.report.state >= State.VALID and is_bound

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """All actions of the manifest, in order."""
        return tuple(action for each in self.action_lists for action in each.actions)

    @cached_property
    def ai_actions(self) -> tuple[Action, ...]:
        """Those whose source type says that generative AI did it."""
        return tuple(each for each in self.actions if says_ai(each.source_type))

    @cached_property
    def is_created_with_ai(self) -> bool:
        """Whether the action that made the asset says that AI did it, all or in part.

        Where people or a camera made it, and AI changed it afterwards, it is altered.
        """
        # Regulation (EU) 2024/1689 Art. 50(2) and (4) tell what is generated from what is
        # manipulated; so do the rules here.
        return any(each.name == CREATED for each in self.ai_actions)

    @cached_property
    def is_whole_of_ai(self) -> bool:
        """Whether the file says that all of it was made with AI, in the step that made it.

        What opened something keeps the XMP of that, which is about an earlier step.
        """
        values = [each.source_type for each in self.actions if each.name == CREATED]
        if not self.actions:
            values += [*self.source_types, *(value for _, value in self.marks.elsewhere)]
        return any(found.share is Share.ALL for found in map(find_type, values) if found)

    @property
    def names_system(self) -> bool:
        """Whether the file names the AI system that was used, whatever its source types say."""
        # A system may be named without any source type: IPTC 2025.1 makes neither depend on the
        # other.
        in_xmp = any(map(text, self.xmp("Iptc4xmpExt:AISystemUsed")))
        return in_xmp or (self.is_valid and bool(self.named("c2pa.ai-disclosure")))

    @cached_property
    def denies_ai(self) -> bool:
        """Whether the manifest says of the asset's origin that generative AI had no part."""
        origins = (find_type(each.source_type) for each in self.actions if each.name == CREATED)
        return not self.ai_actions and any(each and each.share is Share.NONE for each in origins)

    @cached_property
    def created_labels(self) -> frozenset[str]:
        """Labels of the assertions that the signer itself makes."""
        # Gathered assertions come from elsewhere, and the signer does not answer for what they say
        # (C2PA 2.2 §10.2.2). Claims of version 1 know one list, which is the signer's.
        listed = self.claim.created if self.claim else ()
        return frozenset(each.url.rpartition("/")[2] for each in listed)

    @cached_property
    def soft_bindings(self) -> tuple[str, ...]:
        """Names of the algorithms of soft bindings; empty for one without."""
        listed = (fields_of(each) for each in self.named("c2pa.soft-binding"))
        return tuple(text(fields.get("alg")) for fields in listed)

    @cached_property
    def private(self) -> tuple[tuple[Assertion, Message], ...]:
        """The assertions in which something private is signed, and what that is."""
        return tuple((each, what) for each in self.assertions if (what := _private(each)))

    def watermark(self, *, is_registered: bool) -> Presence | None:
        """Whether a watermark that is declared is in the content; None if none is declared.

        Of several, one that is there counts, then one of which that is not known.

        Arguments:
            is_registered: Whether only algorithms count that C2PA has registered.
        """
        declared = [
            each
            for each in self.report.watermarks
            if each.alg in self.soft_bindings
            # Others cannot look for a watermark whose algorithm nobody but its maker knows.
            and (not is_registered or each.alg in softbinding.ALGORITHMS)
        ]
        found = {each.presence for each in declared}
        order = (Presence.PRESENT, Presence.UNDETERMINED, Presence.DIFFERENT, Presence.ABSENT)
        return next((each for each in order if each in found), None)

    @property
    def spec(self) -> tuple[int, int] | None:
        """The version of C2PA to follow: the user's input, else what the claim says."""
        # The user's word first: a claim may name no version, or one that its maker did not follow.
        stated = self.inputs.get("spec") or self.spec_version
        parts = (stated or "").split(".")
        if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
            return None
        # Untrusted text: `int` takes quadratic time for long numbers.
        return int(parts[0][:4]), int(parts[1][:4])

    @property
    def spec_version(self) -> str | None:
        """`specVersion` of the claim generator."""
        generators = self.claim.generators if self.claim else ()
        return text(generators[0].get("specVersion")) or None if generators else None

    @property
    def placed_on_market(self) -> date | None:
        """The day on which the generating system came on the market, by the user's input."""
        stated = self.inputs.get("placed-on-market")
        return date.fromisoformat(stated) if stated else None

    @cached_property
    def source_types(self) -> tuple[str, ...]:
        """Values of the source type in XMP."""
        return self.xmp("Iptc4xmpExt:DigitalSourceType")

    @property
    def direct(self) -> tuple[Mapping[object, object], ...]:
        """Disclosures to viewers that the record declares."""
        return recorded.direct(self.record)

    @property
    def notices(self) -> tuple[DeclaredNotice, ...]:
        """The same, and whether their pixels or samples are in the content."""
        found, declared = self.report.notices, self.direct
        # Those of a manifest that is not valid were not looked for.
        if len(found) == len(declared):
            return found
        return tuple(DeclaredNotice(each, Presence.UNDETERMINED) for each in declared)

    @property
    def marks(self) -> Found:
        """The marks of the file outside its manifest."""
        return self.report.marks

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statement of each carrier about AI; a manifest that is not valid makes none."""
        return tuple(statements(self.declared, self.marks))

    @cached_property
    def carriers(self) -> tuple[str, ...]:
        """The carriers that say that AI was used: `c2pa`, `xmp`, `comment`, `aigc`."""
        return tuple(dict.fromkeys(each.carrier for each in self.statements if each.is_ai))

    @cached_property
    def declared(self) -> Declared:
        """The declaration about AI in the manifest; empty if the manifest is not valid."""
        return self.report.disclosure if self.is_valid else Declared()

    @cached_property
    def refuted(self) -> Mapping[str, Message]:
        """The premises that the file contradicts, and what it says instead.

        Of source types against `ai`, see X-005. A record counts in a valid manifest only.
        """
        found = ((name, self._against(name, value)) for name, value in self.inputs.items())
        return {name: why for name, why in found if why}

    def _against(self, name: str, value: str) -> Message | None:
        record = self.record if self.is_valid else {}
        listed = record.get("techniques")
        techniques = listed if isinstance(listed, list) else []
        material = record.get("material")
        match f"{name}={value}":
            # Only what contradicts is listed: that the record is silent proves nothing.
            case "ai=no" if self.names_system and not self.carriers:
                return Message("an AI system made or changed it, which is named")
            case "assistive=yes" if self.is_whole_of_ai:
                return Message("all of it was created with AI")
            case "deepfake=no" if "misattributed-act" in techniques:
                return Message("a person is shown in an act that never was (misattributed-act)")
            case "depicts-person=no" if "misattributed-act" in techniques:
                return Message("a person is shown in an act that never was (misattributed-act)")
            case "realistic=no" if "fake-persona" in techniques:
                return Message("a person who does not exist is shown as real (fake-persona)")
            case "material=no" if isinstance(material, dict) and material.get("value") == "yes":
                return Message("the use of AI is material")
            case "advertisement=no" if record.get("purpose") == "ads":
                return Message("the purpose is ads")
            case "artistic=yes" if record.get("purpose") == "news":
                return Message("the purpose is news")
        return None

    def stated(self, name: str) -> str | None:
        """The value of a premise; None if it is not stated, or the file contradicts it."""
        return None if name in self.refuted else self.inputs.get(name)

    @property
    def stamp(self) -> SignatureTimestamp | None:
        """The time stamp of the signature; one of test credentials is trusted by nobody."""
        found = self.report.signature.timestamp if self.report.signature else None
        if found is not None and found.is_test:
            # With `--trust` on the root of test credentials a rule would pass that nobody else can
            # reproduce.
            return found._replace(is_trusted=False)
        return found

    @cached_property
    def is_ai(self) -> bool | None:
        """Whether AI had a part: by what the file says, else by the user's input; None: unknown.

        A premise does not change what a file says: that they differ is a finding of its own.
        """
        if self.carriers:
            return True
        stated = self.stated("ai")
        return None if stated is None else stated != "no"

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        """The actors whom the manifest names besides its signer, if the file is what was signed.

        Those that are not valid, or signed in an unknown way, are left out.
        """
        return tuple(
            each
            for each in (self.report.identities if self.is_valid else ())
            if each.standing.value in (State.VALID.value, State.TRUSTED.value)
        )

    @property
    def is_vouched_for(self) -> bool:
        """Whether an anchor that others may know vouches for the signer: no test credentials.

        These stay what they are where their root is trusted by name, as with `--trust`.
        """
        return self.report.trust == "trusted" and not self.report.is_test

    @property
    def voucher(self) -> Message:
        """The anchor or list that vouches for a trusted signer; an interim list is named."""
        signature = self.report.signature
        voucher = signature.voucher if signature else None
        if voucher is not None and voucher.is_interim:
            return Message("the {name}, which nobody maintains any more,", name=voucher.title)
        return Message("an anchor that you trust")

    def named(self, name: str) -> tuple[Assertion, ...]:
        """The assertions of one kind, of any version."""
        return tuple(each for each in self.assertions if each.parts.name == name)

    def xmp(self, name: str) -> tuple[str, ...]:
        """The values of a property of XMP, as `Iptc4xmpExt:DigitalSourceType`."""
        return self.marks.xmp.get(name, ())


def collect(
    report: Report,
    *,
    as_of: date,
    inputs: Mapping[str, str],
    before: Evidence | None = None,
    file: str = "",
    recovered: tuple[State, ...] | None = None,
) -> Evidence:
    """The evidence in what verifying a file found; nothing in a manifest can make it fail."""
    manifest = report.believed.subject if report.believed else None
    listed = manifest.assertions if manifest else ()
    return Evidence(
        report=report,
        as_of=as_of,
        inputs=inputs,
        before=before,
        file=file,
        manifest=manifest,
        claim=manifest.claim if manifest else None,
        action_lists=manifest.action_lists if manifest else (),
        ingredients=tuple(item.value for item in manifest.ingredients) if manifest else (),
        assertions=listed,
        record=recorded.read(manifest),
        recovered=recovered,
    )


def find_type(value: str | None) -> SourceType | None:
    """The term of the vocabulary that a source type means."""
    return source_type.find(value) if value else None


def says_ai(value: str | None) -> bool:
    """Whether a source type says that generative AI made all or part of something."""
    found = find_type(value)
    return found is not None and found.share.includes_ai


def _private(assertion: Assertion) -> Message | None:
    """The first private thing in an assertion; None if there is none."""
    label = assertion.label
    for name, value in walk(label, fields_of(assertion)):
        # As in `exif:GPSLatitude` and in names of other namespaces. A position in a signed
        # assertion cannot be taken out again without breaking the signature of everybody who
        # built on it.
        if "gps" in name.lower():
            return Message("{label} has a position ({name})", label=label, name=name)
        if "PromptWriterName" in name:
            return Message("{label} names who wrote the prompt", label=label)
        # A text of megabytes is not a mail address, and searching it costs time for each file.
        if isinstance(value, str) and "@" in value and _EMAIL.search(value[:4096]):
            return Message("{label} has a mail address ({name})", label=label, name=name)
    return None


def walk(name: str, value: object) -> Iterator[tuple[str, object]]:
    """The values in decoded data, each with its key; of lists, with that of the list."""
    waiting: list[tuple[str, object, int]] = [(name, value, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        yield name, value
        if depth == _DEPTH:
            continue
        if isinstance(value, dict):
            waiting += [(str(key), item, depth + 1) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(name, item, depth + 1) for item in value]


def fields_of(assertion: Assertion) -> Mapping[object, object]:
    """Its decoded map; empty if there is none."""
    return _try(lambda: assertion.fields, {})


def text(value: object) -> str:
    """`value` if it is text in which there is something to read, else nothing."""
    return value if isinstance(value, str) and is_legible(value) else ""


def is_legible(value: str) -> bool:
    """Whether a character of it can be seen: spaces and what has no width name nobody."""
    # Enough of it to judge: hostile text can be long.
    # C: controls, formats, surrogates, unassigned. Z: spaces and separators. A name of zero-width
    # joiners would satisfy a rule that asks for a name.
    return any(unicodedata.category(each)[0] not in "CZ" for each in value[:4096])


def standing(report: Report) -> State:
    """The state of a file, which test credentials make valid, no more."""
    return State.VALID if report.state is State.TRUSTED and report.is_test else report.state


def _try(make: Callable[[], T], default: T) -> T:
    try:
        return make()
    except Unreadable:
        return default
