"""The reason for a state in one sentence, and what the user can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aidisclose.validate.signature import Signature
from aidisclose.validate.state import TOLERATED, Gap, Integrity, State, Trust
from aidisclose.validate.status import Status

if TYPE_CHECKING:
    from aidisclose.validate.report import Report

#: Said where no trust list is installed.
NO_LISTS: Final = (
    "you have no trust list, so no signer can be trusted: `aidisclose trust update` gets the "
    "official lists of the C2PA, with --interim also that of 2025 and before"
)
_STAMP: Final = (
    "a time stamp would show that a file was signed before its certificate expired, but you do not "
    "trust its authority: `aidisclose trust update` gets the official lists, with --interim also "
    "that of 2025 and before; `aidisclose trust add FILE --tsa` adds an authority"
)
_NO_STAMP: Final = (
    "nothing proves that a file was signed before its certificate expired; --at checks it as of a "
    "time that you know"
)
_UNKNOWN: Final = (
    "`aidisclose trust explain FILE` says who would have to be trusted; `aidisclose trust add FILE "
    "--allowed` trusts the signer of a file"
)
_INGREDIENT: Final = "`aidisclose inspect FILE` shows the ingredients and their signers"
_ALTERED: Final = (
    "ask where a file comes from for one that nothing has edited or converted since it was signed; "
    "`aidisclose inspect FILE` shows what does not match"
)
_FRAGMENTED: Final = "--fragment names the media segments that belong to an initialization segment"
_REFUSED: Final = (
    "`aidisclose trust explain FILE` shows step by step why the certificate of a signer is refused"
)
_BROKEN: Final = "`aidisclose inspect FILE` shows which part of the credentials does not hold"
_STALE: Final = "a trust list is older than it should be: `aidisclose trust update`"
_ELSEWHERE: Final = "--online fetches credentials that are stored elsewhere; the host sees that"

_OUTSIDE: Final = "claimSignature.outsideValidity"
_UNTRUSTED: Final = "signingCredential.untrusted"
_FRAGMENT_HASH: Final = "assertion.bmffHash.mismatch"
#: How codes begin that are about the certificate of the signer.
_CREDENTIAL: Final = ("signingCredential.", _OUTSIDE)

_COVERED: Final = {
    Integrity.INTACT: "the file is what was signed",
    Integrity.PARTIAL: "a part of the file is what was signed",
}


def reason(report: Report) -> str:
    """The reason for the state of a file in a sentence; names in it are untrusted text."""
    if report.state is State.NONE:
        return _absence(report)
    if report.state is State.INVALID:
        return _refusal(report)
    known = _COVERED.get(report.integrity, "the manifest is what was signed")
    if report.state is State.TRUSTED:
        test = ", who has test credentials: that proves nothing to others" if report.is_test else ""
        return f"{known}, and {_voucher(report.signature)} vouches for the signer{test}"
    if distrust := _said(report.statuses.failure):
        if report.trust is Trust.NOT_CHECKED:
            return f"{known}, but you have no trust list, so nobody vouches for the signer"
        return f"{known}, but nobody whom you trust vouches for the signer: {distrust}"
    for title, failures in _ingredients(report):
        if distrust := _said(failures):
            return f"{known}, but nobody whom you trust vouches for {title}: {distrust}"
    return known


def hint(report: Report) -> str | None:
    """A step by which the user learns more or trusts the signer; None if none is known."""
    return next(_hints(report), None)


def distrust(report: Report) -> str:
    """The reason why a valid file is not trusted; names in it are untrusted text."""
    if said := _said(report.statuses.failure):
        return f"the signer is not trusted: {said}"
    for title, failures in _ingredients(report):
        if said := _said(failures):
            return f"the signer is trusted, but not {title}: {said}"
    return "the signer is not trusted: no anchor vouches for it"


def _hints(report: Report) -> Iterator[str]:
    signature = report.signature
    if Gap.MANIFEST in report.missing:
        yield _ELSEWHERE
    if report.state is State.INVALID:
        yield _remedy(report)
        return
    if report.state is State.NONE or signature is None:
        return
    if Gap.TRUST_ANCHORS in report.missing:
        yield NO_LISTS
    elif report.state is State.VALID:
        yield _UNKNOWN if _fails(report, _UNTRUSTED) else _INGREDIENT
    if Gap.TRUST_LIST in report.missing:
        yield _STALE


def _remedy(report: Report) -> str:
    """A step that helps with a file that is invalid."""
    signature = report.signature
    codes = {each.code for each in report.statuses.failure if _counts(each)}
    if signature and codes == {_OUTSIDE}:
        return _STAMP if stamped_in_time(signature) else _NO_STAMP
    if _FRAGMENT_HASH in codes and report.integrity is Integrity.UNPROVEN:
        return _FRAGMENTED
    if report.integrity is Integrity.ALTERED:
        return _ALTERED
    if signature and codes and all(each.startswith(_CREDENTIAL) for each in codes):
        return _REFUSED
    return _BROKEN


def stamped_in_time(signature: Signature) -> bool:
    """Whether a time stamp of somebody who is not trusted says that the signer was valid then."""
    stamp, signer = signature.timestamp, signature.signer
    # One of the future is not trusted either, but to trust its authority would change nothing.
    if stamp is None or signer is None or stamp.is_trusted or stamp.is_early:
        return False
    return signer.is_valid_at(stamp.time)


def _absence(report: Report) -> str:
    if Gap.MANIFEST in report.missing:
        return "the credentials are not in the file but elsewhere, and were not looked at"
    if Gap.INIT_SEGMENT in report.missing:
        return "a fragment of media, whose credentials are in its initialization segment"
    return "no Content Credentials; this does not mean that no AI was used"


def _refusal(report: Report) -> str:
    counted = [each for each in report.statuses.failure if _counts(each)]
    # That content was changed matters more than whatever else is wrong.
    counted.sort(key=lambda each: not each.code.endswith(".mismatch"))
    if counted:
        is_altered = report.integrity is Integrity.ALTERED
        head = "the file is not what was signed: " if is_altered else ""
        return f"{head}{counted[0].explanation or counted[0].code}"
    for title, failures in _ingredients(report):
        for each in failures:
            if _counts(each):
                return f"{title}: {each.explanation or each.code}"
    return "nothing shows that the file is what was signed"


def _counts(status: Status) -> bool:
    return status.code not in TOLERATED and not status.code.startswith("cawg.")


def _fails(report: Report, code: str) -> bool:
    return any(each.code == code for each in report.statuses.failure)


def _said(failures: tuple[Status, ...]) -> str:
    found = (each for each in failures if each.code == _UNTRUSTED)
    return next((each.explanation or each.code for each in found), "")


def _voucher(signature: Signature | None) -> str:
    voucher = signature.voucher if signature else None
    if voucher is None:
        return "somebody whom you trust"
    if voucher.is_by_name:
        return f"your list of signers ({voucher.title})"
    interim = ", which nobody maintains any more," if voucher.is_interim else ""
    return f"an anchor of {voucher.title}{interim}"


def _ingredients(report: Report) -> Iterator[tuple[str, tuple[Status, ...]]]:
    """The failures of ingredients, each with the ingredient in words."""
    believed = report.believed
    titles = {}
    for step in believed.walk() if believed else ():
        for each in step.manifest.ingredients:
            titles[each.value.assertion.url] = each.value.title
    for delta in report.validation.deltas if report.validation else ():
        title = titles.get(delta.url)
        name = f"the signer of the ingredient {title!r}" if title else "the signer of an ingredient"
        yield name, delta.results.failure
