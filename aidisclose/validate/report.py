"""The result of verifying one file: three answers that are kept apart, and their evidence.

Integrity: is the file the one that was signed? Trust: who signed it, and does the user trust
them? Disclosure: what is said about AI? The first two are decided here, the third is only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from aidisclose.carriers import Found
from aidisclose.containers.container import SEGMENT
from aidisclose.errors import VerificationFailed
from aidisclose.frozen import dataclass, field, replace
from aidisclose.manifest.declared import Declared
from aidisclose.manifest.lineage import Believed
from aidisclose.manifest.store import Store
from aidisclose.trust.anchors import TEST_CREDENTIALS
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.content import Content
from aidisclose.validate.signature import Signature
from aidisclose.validate.state import TOLERATED, Gap, Integrity, State, Trust
from aidisclose.validate.status import Results, Status
from aidisclose.validate.validator import Validation

if TYPE_CHECKING:
    from aidisclose.trust.products import Product
    from aidisclose.validate.identity import Identity
    from aidisclose.validate.notices import DeclaredNotice
    from aidisclose.validate.watermarks import DeclaredWatermark

#: What codes about identity assertions begin with. Whoever they name, the claim's signer is another
#: question, and so is the content (CAWG 1.3 §7): they decide no state.
_IDENTITY: Final = "cawg."
#: The ending of the codes that say that a hash differs.
_CHANGED: Final = ".mismatch"
#: Codes of hard bindings: of what they find about the content, more is known than the code.
_OF_CONTENT: Final = tuple(
    f"assertion.{name}."
    for name in ("dataHash", "boxesHash", "bmffHash", "collectionHash", "multiAssetHash")
)
_NEEDED: Final = frozenset({"claimSignature.validated", "claimSignature.insideValidity"})


def state_of(validation: Validation) -> State:
    """The state that follows from the codes alone."""
    success = {status.code for status in validation.active.success}
    failures = {status.code for status in validation.active.failure}
    for delta in validation.deltas:
        failures |= {status.code for status in delta.results.failure}
    failures = {code for code in failures if not code.startswith(_IDENTITY)}
    if not success >= _NEEDED or failures - TOLERATED:
        return State.INVALID
    if validation.content is not None and not is_proven(validation):
        return State.INVALID
    if "signingCredential.trusted" in success and not failures:
        return State.TRUSTED
    return State.VALID


def is_proven(validation: Validation) -> bool:
    """Whether a hard binding matches the content, and is itself believed."""
    content, believed = validation.content, validation.believed
    if content is None or not content.is_match or believed is None:
        return False
    return any(item.url == content.binding for item in believed.subject.assertions)


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """The result of verifying a file.

    Attributes:
        media_type: Of the file, by its content.
        time: The time that counted as now.
        state: The C2PA state of the asset: it has no manifest, or it is invalid, valid, trusted.
        integrity: Whether the file is the one that was signed.
        trust: Whether the user trusts the signer.
        signature: Of the active manifest, None if it could not be read.
        product: The conforming product that signed, if the user has the list and trusts the signer.
        identities: The actors that the identity assertions of the active manifest name, if its
            signature verifies; they are not its signer.
        disclosure: The declaration about AI of the lineage of the active manifest.
        marks: The statements of the file besides its manifest.
        protected: The carriers that a matching hash covers, of `xmp`, `aigc` and `comment`.
        statuses: About the active manifest and the content.
        believed: The active manifest and what it was made from, as far as unbroken hashes from its
            verified signature prove it; None if they prove nothing.
        store: The manifest store as it stands there, None if there is none that can be read. A
            forger may have written all of it.
        validation: All that validating the store found.
        missing: Evidence that would allow a stronger statement.
        watermarks: Those that the active manifest declares, and whether they are in the content.
        notices: The same of labels and notices to people, by the record of a valid manifest.
        location: Path or address of the manifest store; None where it is in the file, empty where
            it has none.
        size: Of the file in bytes.
        sha256: Hash of all bytes of the file in hexadecimal digits, if `verify` was asked for it.
    """

    media_type: str
    time: datetime
    state: State
    integrity: Integrity = Integrity.NONE
    trust: Trust = Trust.NOT_CHECKED
    signature: Signature | None = None
    product: Product | None = None
    identities: tuple[Identity, ...] = ()
    disclosure: Declared = Declared()
    marks: Found = Found()
    protected: frozenset[str] = frozenset()
    statuses: Results = Results()
    believed: Believed | None = field(default=None, repr=False)
    store: Store | None = field(default=None, repr=False)
    validation: Validation | None = field(default=None, repr=False)
    missing: tuple[Gap, ...] = ()
    watermarks: tuple[DeclaredWatermark, ...] = ()
    notices: tuple[DeclaredNotice, ...] = ()
    location: str | None = None
    size: int | None = None
    sha256: str | None = None

    def __bool__(self) -> bool:
        # `if verify(…):` would read as "it is fine" for a forged file.
        raise TypeError("a report is neither true nor false: compare its state, or call require()")

    @property
    def record(self) -> Mapping[str, object]:
        """The record of the disclosure; empty without a valid manifest. Types are not checked."""
        if self.state < State.VALID or self.believed is None:
            return {}
        from aidisclose.manifest import recorded

        return recorded.read(self.believed.subject)

    def require(self, state: State) -> None:
        """Raise VerificationFailed unless the state is at least `state`.

        Raises:
            VerificationFailed: The state is lower; the message says why.
            TypeError: `state` is not a State.
        """
        if not isinstance(state, State):
            raise TypeError(
                f"a state is an aidisclose.State such as State.VALID, not {state!r:.80}"
            )
        if self.state >= state:
            return
        reasons = [f"{item.code}: {item.explanation}" for item in self.failures]
        why = f" ({'; '.join(reasons[:3])})" if reasons else ""
        raise VerificationFailed(f"the file is {self.state.value}, not {state.value}{why}")

    def as_dict(self) -> dict[str, object]:
        """The report as plain data that JSON can hold: docs/report.schema.json, one result."""
        from aidisclose.validate import transcript

        return transcript.describe(self)

    def __repr__(self) -> str:
        label = self.store.active.label if self.store else None
        return (
            f"<Report {self.state.value}, {self.integrity.value}, {self.trust.value}, "
            f"ai={self.disclosure.ai.value}, {self.media_type}, {label}>"
        )

    def _repr_html_(self) -> str:
        """A table, which notebooks show instead of `repr`."""
        from aidisclose.validate import notebook

        return notebook.describe(self)

    @property
    def is_test(self) -> bool:
        """Whether test credentials signed: the user's own, or others that were named to trust."""
        return self.signature is not None and self.signature.is_test

    @property
    def covered(self) -> Content | None:
        """The part of the file that the matching hash covers; None if none matches."""
        validation = self.validation
        return validation.content if validation and is_proven(validation) else None

    @property
    def failures(self) -> tuple[Status, ...]:
        """All failures, of the active manifest and of ingredients."""
        deltas = self.validation.deltas if self.validation else ()
        return self.statuses.failure + tuple(
            status for delta in deltas for status in delta.results.failure
        )


def without_manifest(media_type: str, time: datetime) -> Report:
    """The report on a file that carries no manifest. It does not say that no AI was used."""
    missing = (Gap.INIT_SEGMENT,) if media_type == SEGMENT else ()
    return Report(media_type=media_type, time=time, state=State.NONE, missing=missing)


def inaccessible(media_type: str, time: datetime, problem: Status) -> Report:
    """The report on a file that refers to a manifest elsewhere, which is not at hand.

    It is one without a manifest (C2PA 2.5 §14.5.1), but does not seem to be one.
    """
    report = without_manifest(media_type, time)
    return replace(report, statuses=Results(failure=(problem,)), missing=(Gap.MANIFEST,))


def unusable(
    media_type: str, time: datetime, reasons: Iterable[str], *, code: str = "general.error"
) -> Report:
    """The report on a file with traces of a manifest that cannot be read, or must not be there."""
    failures = tuple(Status(code, "", reason) for reason in reasons)
    return Report(
        media_type=media_type,
        time=time,
        state=State.INVALID,
        integrity=Integrity.UNPROVEN,
        statuses=Results(failure=failures),
    )


def summarize(
    media_type: str,
    time: datetime,
    store: Store,
    validation: Validation,
    disclosure: Declared,
    *,
    trust: TrustConfig,
) -> Report:
    """The report on a file whose manifest store was validated."""
    has_anchors = bool(trust.anchors or trust.allowed)
    is_stale = trust.next_update is not None and trust.next_update < time
    state = state_of(validation)
    signature = validation.signatures.get(store.active.label)
    missing = list(_missing(signature, has_anchors=has_anchors, is_stale=is_stale))
    if validation.content is not None and validation.content.unchecked:
        missing.append(Gap.FRAGMENTS)
    if validation.content is not None and validation.content.removed:
        missing.append(Gap.PARTS)
    trusted = _trust(validation, has_anchors=has_anchors)
    return Report(
        media_type=media_type,
        time=time,
        state=state,
        integrity=_integrity(validation, signature),
        trust=trusted,
        signature=signature,
        product=_product(signature, trust) if trusted is Trust.TRUSTED else None,
        identities=_named(validation, store),
        disclosure=disclosure,
        statuses=validation.active,
        believed=validation.believed,
        store=store,
        validation=validation,
        missing=tuple(missing),
    )


def _product(signature: Signature | None, trust: TrustConfig) -> Product | None:
    """The product to which an authority of the user's issued the signer's certificate."""
    if trust.products is None or signature is None or signature.signer is None:
        return None
    if signature.anchor in (None, TEST_CREDENTIALS):
        return None  # whoever made that certificate may have written anything into it
    if signature.voucher is not None and signature.voucher.is_interim:
        return None  # those authorities issue nothing for the conformance programme
    return trust.products.find(signature.signer)


def _named(validation: Validation, store: Store) -> tuple[Identity, ...]:
    """The identities that unbroken hashes from the verified signature prove."""
    if validation.believed is None:
        return ()
    return validation.identities.get(store.active.label, ())


def _integrity(validation: Validation, signature: Signature | None) -> Integrity:
    """Whether this is what was signed; a certificate that expired, for one, alters nothing."""
    content = validation.content
    is_altered = content is not None and content.is_altered
    # One that cannot be read or checked shows neither that something was changed nor that not.
    is_broken = signature is not None and signature.is_broken
    if is_altered or is_broken or any(map(_is_change, validation.active.failure)):
        return Integrity.ALTERED
    if content is None or not is_proven(validation):
        return Integrity.UNPROVEN
    return Integrity.PARTIAL if content.is_partial else Integrity.INTACT


def _is_change(status: Status) -> bool:
    apart = (*_OF_CONTENT, _IDENTITY, "claimSignature.")
    return status.code.endswith(_CHANGED) and not status.code.startswith(apart)


def _trust(validation: Validation, *, has_anchors: bool) -> Trust:
    codes = {status.code for status in validation.active.statuses}
    if "signingCredential.ocsp.revoked" in codes:
        return Trust.REVOKED
    # Not by the chain alone, which stands in every file that the signer has signed: anybody can
    # copy it.
    if validation.active.is_signer_trusted:
        return Trust.TRUSTED
    is_judged = not codes.isdisjoint(("signingCredential.trusted", "signingCredential.untrusted"))
    return Trust.UNTRUSTED if has_anchors and is_judged else Trust.NOT_CHECKED


def _missing(signature: Signature | None, *, has_anchors: bool, is_stale: bool) -> Iterable[Gap]:
    if signature is None or signature.timestamp is None:
        yield Gap.TIMESTAMP
    if signature is None or not signature.has_ocsp:
        yield Gap.OCSP
    if not has_anchors:
        yield Gap.TRUST_ANCHORS
    if is_stale:
        yield Gap.TRUST_LIST
