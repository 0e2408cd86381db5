"""The terms of the specification in words for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from aidisclose.carriers.aigc import DEGREES
from aidisclose.errors import Unreadable
from aidisclose.manifest import source_type
from aidisclose.manifest.declared import AI, Declared
from aidisclose.message import within_quotes
from aidisclose.render.safe import clean, clean_part
from aidisclose.trust.anchors import TEST_CREDENTIALS
from aidisclose.trust.certificate import Certificate
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.state import TOLERATED, Gap, Integrity, State

if TYPE_CHECKING:
    from aidisclose.policy.rule import Finding
    from aidisclose.validate.identity import Identity


NO_MANIFEST: Final = "no Content Credentials; this does not mean that no AI was used"

_DISCLOSURES: Final = {
    AI.GENERATED: "declared AI-generated",
    AI.COMPOSITE: "declared partly AI-generated",
    AI.EDITED: "declared edited with AI",
    AI.NONE: "declared made without generative AI",
    AI.UNDECLARED: "nothing declared about AI",
}

#: By term; the wording follows the definitions of the vocabulary.
SOURCE_TYPES: Final = {
    "digitalCapture": "captured by a digital device",
    "computationalCapture": "captured by a digital device, several frames or sensors combined",
    "negativeFilm": "digitised from a negative",
    "positiveFilm": "digitised from a positive",
    "print": "digitised from a print",
    "humanEdits": "edited by people, without generative AI",
    "algorithmicallyEnhanced": "enhanced by an algorithm, without generative AI",
    "digitalCreation": "made by people with digital tools, without generative AI",
    "dataDrivenMedia": "made from data",
    "trainedAlgorithmicMedia": "made by generative AI",
    "algorithmicMedia": "made by an algorithm that was not trained on media",
    "screenCapture": "captured from a screen",
    "virtualRecording": "recorded in a virtual event or of one",
    "composite": "composed of several elements",
    "compositeCapture": "composed of several captured elements",
    "compositeSynthetic": "composed of elements of which AI made at least one",
    "compositeWithTrainedAlgorithmicMedia": "edited or composed with generative AI",
    "minorHumanEdits": "slightly edited by people; a retired term",
    "digitalArt": "made by people with digital tools; a retired term",
    "softwareImage": "made by software; a retired term",
    "empty": "empty, to be filled",
    "trainedAlgorithmicData": "data made by generative AI",
}

#: Evidence that is not there, and what it would show. These words stand in pages as well, whose
#: readers have no command line: what to type is in `REMEDIES`.
MISSING: Final = {
    Gap.TIMESTAMP: "no trusted time stamp proves when it was signed",
    Gap.OCSP: "nothing shows whether the certificate was revoked",
    Gap.MANIFEST: "the credentials are not in the file but elsewhere, and were not looked at",
    Gap.ASSET: "the file that these credentials are about was not looked at",
    Gap.FRAGMENTS: "not all fragments that were signed were looked at",
    Gap.PARTS: "a part that was signed as optional was taken away",
    Gap.INIT_SEGMENT: "a fragment, which is verified together with its initialization segment",
    Gap.TRUST_ANCHORS: "there are no trust anchors, so nobody can be trusted",
    Gap.TRUST_LIST: "a trust list is older than it should be",
}

#: What to type where evidence is missing; only text of commands says it.
REMEDIES: Final = {
    Gap.MANIFEST: "--online fetches them",
    Gap.FRAGMENTS: "name them with --fragment",
    Gap.INIT_SEGMENT: "name that, and this with --fragment",
    Gap.TRUST_ANCHORS: "`aidisclose trust update` gets the official lists",
    Gap.TRUST_LIST: "`aidisclose trust update` gets it anew",
}


def missing(gap: Gap) -> str:
    """The evidence that is not there, and what to type: for text of commands alone."""
    remedy = REMEDIES.get(gap)
    return f"{MISSING[gap]}; {remedy}" if remedy else MISSING[gap]


#: What decides a rule besides premises, and what to type; the names are those of `policy.rule`.
_DECIDING: Final = {
    "before": "--before names it",
    "trust anchors": "--trust names them",
    "recovery": "--recover searches for them",
    "conforming products": "`aidisclose trust update` gets the list",
}


def told(finding: Finding) -> str:
    """The reason of a finding, and what to type to decide it: for text of commands alone."""
    typed = "".join(f"; {_DECIDING.get(each) or _statement(each)}" for each in finding.asks)
    return f"{finding.reason}{typed}"


def _statement(asked: str) -> str:
    """The option that states a premise."""
    from aidisclose.policy.inputs import INPUTS

    name, is_given, _ = asked.partition("=")
    if is_given:
        return f"state --input {asked} or another"
    values = INPUTS[name].values
    return f"state --input {name}={'yes or no' if values else 'DATE'}"


#: What people conclude and must not.
LIMITS: Final = (
    "Intact means: this is what was signed. It does not mean that what it shows is true.",
    "Trusted means: somebody you trust vouches for the signer's name, not for the content.",
    "What is declared about AI is the signer's statement; nothing in a file can prove it.",
    "Where nothing is declared, AI may still have been used.",
)


#: What each answer about integrity means.
_INTEGRITY: Final = {
    Integrity.INTACT: "intact: this is what was signed",
    Integrity.PARTIAL: "partial: a part of this is what was signed",
    Integrity.ALTERED: "altered: this is not what was signed",
    Integrity.UNPROVEN: "unproven: nothing shows whether this is what was signed",
    Integrity.NONE: "none: nothing was signed",
    Integrity.UNREADABLE: "unreadable: the file could not be read",
}


def integrity(report: Report) -> str:
    """Whether the file is what was signed, in words."""
    if Gap.ASSET in report.missing:
        return "none: the file that was signed was not looked at"
    return _INTEGRITY[report.integrity]


def cover(report: Report) -> str:
    """The share of the file that the signature covers, if it is not all of it.

    Or that a part is not there that was signed, as the signer permits.
    """
    content = report.covered
    if content is None or not content.is_partial:
        return MISSING[Gap.PARTS] if content is not None and content.removed else ""
    if not content.outside:
        return f"not covered by the signature: {clean(content.elsewhere)}"
    left_out = sum(part.length for part in content.outside)
    first = content.outside[0]
    where = (
        f"the first at offset {first.start:,}"
        if len(content.outside) > 1
        else (f"at offset {first.start:,}")
    )
    return (
        f"not covered by the signature: {left_out:,} of {content.size:,} bytes "
        f"({number(len(content.outside), 'part')}, {where})"
    )


def history(report: Report) -> str:
    """The ingredients that were invalid when they were added, if there are any.

    What was found then is the signer's statement; nobody can check it without their content.
    """
    found = report.validation.recorded if report.validation else ()
    broken = {
        delta.url: item.code
        for delta in found
        for item in delta.results.failure
        if item.code not in TOLERATED
    }
    if not broken:
        return ""
    codes = ", ".join(dict.fromkeys(clean(code) for code in list(broken.values())[:_MARKS]))
    return f"{number(len(broken), 'ingredient')} invalid when the signer added it: {codes}"


def disclosure(declared: Declared) -> str:
    """The declaration about AI."""
    words = _DISCLOSURES[declared.ai]
    model = clean_part(str(declared.model) or declared.model.identifier or "")
    return f"{words}, model {model}" if model else words


def marks(report: Report) -> tuple[str, ...]:
    """Marks about AI besides the manifest, a line each, and what they are worth."""
    found = report.marks

    def worth(carrier: str) -> str:
        is_protected = carrier in report.protected
        return "signed with the file" if is_protected else "unsigned: anybody can write it"

    lines = [
        f"XMP: {source_type_of(value)} ({worth('xmp')})"
        for value in found.xmp.get("Iptc4xmpExt:DigitalSourceType", ())[:_MARKS]
    ]
    # Where the hash covers a part only, that is known of the first packet alone.
    further = "xmp" if report.integrity is Integrity.INTACT else ""
    lines += [
        f"XMP in {clean(place)}: {source_type_of(value)} ({worth(further)})"
        for place, value in found.elsewhere[:_MARKS]
    ]
    lines += [
        f"comment in {clean(item.place)}: {clean(item.text)} ({worth('comment')})"
        for item in found.comments[:_MARKS]
    ]
    for label in found.labels[:_MARKS]:
        fields = label.fields or {}
        carrier = "xmp" if label.place == "XMP" else "aigc"
        degree = DEGREES.get(fields.get("Label", ""), "unreadable")
        producer = (
            f", producer {clean(fields['ContentProducer'])}" if "ContentProducer" in fields else ""
        )
        if fields.get("ContentPropagator"):
            producer += f", platform {clean(fields['ContentPropagator'])}"
        lines.append(f"AIGC label in {clean(label.place)}: {degree}{producer} ({worth(carrier)})")
    for hint in found.hints[:_MARKS]:
        model = f", model {clean(hint.model)}" if hint.model else ""
        lines.append(f"hint: {clean(hint.generator)}{model}, by {clean(hint.place)}; no disclosure")
    lines += [f"cannot be read: {clean(reason)}" for reason in found.problems]
    return tuple(lines)


def record(report: Report) -> tuple[str, ...]:
    """The record of the disclosure, a line for each field; nobody checks it."""
    lines: list[str] = []
    for name, value in list(report.record.items())[:_FIELDS]:
        items = value if name == "direct" and isinstance(value, list) else [value]
        title = clean(str(name)).replace("_", " ")
        lines += [clean(f"{title}: {_flat(item)}", _LINE) for item in items[:_MARKS]]
    return tuple(lines)


def _flat(value: object, depth: int = 0) -> str:
    """A value in one line; the innermost of what is nested deeply is left out."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list) and depth == _NESTED:
        return "…"
    if isinstance(value, dict):
        pairs = list(value.items())[:_FIELDS]
        parts = (f"{clean(str(name))} {_flat(item, depth + 1)}" for name, item in pairs)
        return ", ".join(parts)
    if isinstance(value, list):
        return ", ".join(_flat(item, depth + 1) for item in value[:_FIELDS])
    return clean(value) if isinstance(value, str) else clean(str(value)[:_LONGEST])


#: By the value of `Presence`.
_PRESENCES: Final = {
    "present": "is in the content",
    "absent": "is not in the content",
    "different": "is not in the content, which has another one",
}


def watermarks(report: Report) -> tuple[str, ...]:
    """The result of the search for each watermark that is declared; cleaned text."""
    return tuple(
        f"the declared watermark {clean(each.alg)} "
        + _PRESENCES.get(each.presence.value, f"is undetermined: {clean(each.reason)}")
        for each in report.watermarks
    )


def contradictions(declared: Declared) -> tuple[str, ...]:
    """Contradictions between carriers; which of them is right, nothing shows."""
    return tuple(f"contradiction: {clean(line)}" for line in declared.contradictions[:_MARKS])


def unread(declared: Declared) -> tuple[str, ...]:
    """Parts of the manifest store that leave open whether AI was used.

    They could not be read, or nobody vouches for who says that none was used.
    """
    if declared.ai is not AI.UNDECLARED:
        return ()
    return (
        *(f"not read, may say more: {clean(url)}" for url in declared.unread[:_MARKS]),
        *(
            f"that no AI was used, no signer whom you trust vouches for: {clean(url)}"
            for url in declared.doubted[:_MARKS]
        ),
    )


#: Letters of a line about a record.
_LINE: Final = 400
#: Fields of a record or of a part of it, how deep they are shown, and digits of a number.
_FIELDS: Final = 20
_NESTED: Final = 3
_LONGEST: Final = 100
#: Lines of one kind: a hostile file may have thousands.
_MARKS: Final = 5


def source_type_of(text: str) -> str:
    """A digital source type: its term and what that means."""
    found = source_type.find(text)
    if found is None:
        return f"{clean(text)} (not in the vocabulary)"
    return f"{found.term}: {SOURCE_TYPES[found.term]}"


def name_of(certificate: Certificate) -> str:
    """Common name and organization of the subject, as the certificate says."""
    name = clean_part(certificate.common_name)
    organization = clean_part(certificate.organization)
    return f"{name} ({organization})" if organization and organization != name else name


def signer(report: Report) -> str:
    """The signer, and whether the name is verified or only claimed."""
    signature = report.signature
    if signature is None or signature.signer is None:
        return "no readable signature"
    name = name_of(signature.signer)
    if not any(item.code == "claimSignature.validated" for item in report.statuses.success):
        return f'the signature of "{within_quotes(name)}" does not verify'
    if report.trust == "trusted":
        by = f"signed by {name}{_proven_time(signature)}{product(report)}"
        return f"{by} · anchor: {anchor(signature)}"
    ending = {"untrusted": "not trusted", "revoked": "certificate revoked"}
    standing = ending.get(report.trust, "trust not checked: no anchors")
    return f'signed by "{within_quotes(name)}", {standing}'


def shortfall(report: Report) -> str:
    """The reason why a file with a trusted signer is not trusted: what an ingredient lacks."""
    if report.state is not State.VALID or report.trust != "trusted" or report.validation is None:
        return ""
    failures = [item for each in report.validation.deltas for item in each.results.failure]
    if not failures:
        return ""
    found = failures[0]
    label = found.url.partition("/c2pa/")[2].partition("/")[0]
    manifest = report.store.manifests.get(label) if report.store else None
    try:
        title = manifest.claim.title if manifest else None
    except Unreadable:
        title = None
    which = f'ingredient "{within_quotes(clean(title))}"' if title else "an ingredient"
    reason = f": {clean(found.explanation)}" if found.explanation else ""
    return f"the signer is trusted, but {which} is not: {clean(found.code)}{reason}"


def product(report: Report) -> str:
    """The conforming product that signed; empty if it is not known."""
    found = report.product
    if found is None:
        return ""
    level = f", assurance level {found.assurance_level}" if found.assurance_level else ""
    ending = "" if found.is_conformant else ", whose conformance ended"
    return f" · product: {clean_part(found.name)}{level}{ending}"


def overclaims(report: Report) -> tuple[str, ...]:
    """Claims of the product that signed that it may not make, a line each."""
    if report.product is None or not report.product.disallowed:
        return ()
    from aidisclose.policy.signals import overclaimed

    name = clean(report.product.name)
    return tuple(
        f"{name} may not claim {clean(signal)} (list of conforming products)"
        for signal in overclaimed(report)
    )


def identities(report: Report, *, names_options: bool = False) -> tuple[str, ...]:
    """The actors that identity assertions name, a line each, and what that is worth.

    Arguments:
        report: On a file.
        names_options: Whether options of commands may be named.
    """
    return tuple(
        f"{identity(each, names_options=names_options)}; not the signer"
        for each in report.identities[:_MARKS]
    )


#: By the value of `IdentityStanding`.
_STANDINGS: Final = {
    "trusted": "vouched for by one whom you trust",
    "valid": "not vouched for by anybody whom you trust",
    "invalid": "not valid",
    "unknown": "cannot be checked here",
}


def _few(texts: Sequence[str], shown: Callable[[str], str]) -> str:
    """The first texts, as they are shown, and how many more there are."""
    left = len(texts) - _MARKS
    more = (f"and {left:,} more",) if left > 0 else ()
    return ", ".join((*map(shown, texts[:_MARKS]), *more))


def identity(found: Identity, *, names_options: bool = False) -> str:
    """The actor that an identity assertion names, and what that is worth; see `identities`."""
    names = _few(found.names, lambda name: f'"{within_quotes(clean(name))}"') or "nobody by name"
    roles = _few(found.roles, lambda role: clean(role).removeprefix("cawg."))
    by = ""
    if found.verifier:
        verifier = clean(found.verifier)
        # Anybody can write a credential in which anybody has verified them.
        is_trusted = found.standing == "trusted"
        by = f"verified by {verifier}" if is_trusted else f'"{within_quotes(verifier)}" says so'
        by = f", {by}"
    when = f" on {found.time:%Y-%m-%d}" if found.time else ""
    role = f" as {roles}" if roles else ""
    is_elsewhere = found.standing == "unknown" and found.verifier.startswith("did:web:")
    hint = " without keys of its issuer" if is_elsewhere else ""
    hint += " (--did-document, --online)" if hint and names_options else ""
    return f"names {names}{role}{by}{when}: {_STANDINGS[found.standing]}{hint}"


#: By the name of the use, without its prefix.
_USES: Final = {
    "ai_generative_training": "training of generative AI",
    "ai_inference": "AI inference",
    "ai_training": "training of AI",
    "data_mining": "data mining",
}
_PERMISSIONS: Final = {
    "allowed": "allowed",
    "constrained": "under conditions",
    "notAllowed": "not allowed",
}


def training(declared: Declared) -> str:
    """The permissions for mining and training; empty without any."""
    parts = []
    for item in declared.training[:_MARKS]:
        use = _USES.get(item.use.partition(".")[2], clean(item.use))
        permission = _PERMISSIONS.get(item.permission, clean(item.permission))
        terms = f" ({clean(item.constraint)})" if item.constraint else ""
        parts.append(f"{use} {permission}{terms}")
    return ", ".join(parts)


def anchor(signature: Signature) -> str:
    """The list that vouches for a trusted signer."""
    voucher = signature.voucher
    if voucher is None:
        return clean(signature.anchor or "your list of allowed signers")
    listed = clean(voucher.title)
    return f"signers that you allow ({listed})" if voucher.is_by_name else listed


def state(report: Report) -> str:
    """The state; trust in test credentials or by the interim list is called that."""
    signature = report.signature
    if report.state is not State.TRUSTED or signature is None:
        return report.state.value
    if signature.anchor == TEST_CREDENTIALS:
        return "trusted (test root)"
    if signature.voucher is not None and signature.voucher.is_interim:
        return "trusted (interim list)"
    return "trusted (test signer)" if report.is_test else report.state.value


def _proven_time(signature: Signature) -> str:
    stamp = signature.timestamp
    if stamp is None or not stamp.is_trusted:
        return ""
    is_interim = stamp.voucher is not None and stamp.voucher.is_interim
    by = f" (time stamp by {clean(stamp.voucher.title)})" if is_interim and stamp.voucher else ""
    by = " (time stamp by test credentials)" if stamp.is_test else by
    return f" on {stamp.time:%Y-%m-%d}{by}"


def number(count: int, noun: str) -> str:
    """A count with its noun: `1 file`, `2,000 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
