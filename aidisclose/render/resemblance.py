"""Credentials that were found by a watermark or the looks of a file, and how little that proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aidisclose.message import within_quotes
from aidisclose.render import words
from aidisclose.render.safe import clean
from aidisclose.validate.state import State, Trust
from aidisclose.validate.transcript import moment

if TYPE_CHECKING:
    from aidisclose.repository.recovery import Recovered
    from aidisclose.validate.report import Report

#: What a search that finds nothing says.
NOTHING: Final = "no credentials of a file that looks alike were found"
#: The sentence that stands wherever such credentials are shown.
UNPROVEN: Final = "this file is not proven to be the one that was signed"


def seems(found: Recovered) -> str:
    """Whose file this one looks like, when that was signed, and how alike the two are."""
    from aidisclose.repository.recovery import Means  # whose search few runs need

    signature = found.report.signature
    signer = _signer(found.report)
    stamp = signature.timestamp if signature else None
    when = f" on {stamp.time:%Y-%m-%d}" if stamp and stamp.is_trusted else ""
    if found.means is Means.WATERMARK:
        by = "" if found.is_signed else " (which its manifest does not name)"
        alike = f", and looks {found.score} % alike" if found.score is not None else ""
        return f"has the watermark{by} of a file that {signer} signed{when}{alike}"
    by = "" if found.is_signed else " (by a fingerprint that is not signed)"
    return f"looks like a file that {signer} signed{when}{by}, {found.score or 0} % alike"


def _signer(report: Report) -> str:
    """The name of the signer, and that it is only claimed where nobody vouches for it."""
    certificate = report.signature.signer if report.signature else None
    if certificate is None:
        return "nobody"
    name = clean(certificate.common_name or "an unnamed signer")
    if report.state < State.VALID:
        return f'"{within_quotes(name)}" (not valid)'
    if report.trust is not Trust.TRUSTED:
        return f'"{within_quotes(name)}" (not trusted)'
    return name


def worth(found: Recovered) -> str:
    """The worth of the credentials by themselves, and their declaration."""
    declared = words.disclosure(found.report.disclosure)
    return f"{clean(found.id)}: credentials {found.report.state.value} by themselves, {declared}"


def lines(found: tuple[Recovered, ...]) -> tuple[str, ...]:
    """The lines about what a search found."""
    if not found:
        return (NOTHING,)
    listed = (line for each in found for line in (seems(each), f"  {worth(each)}"))
    return (*listed, f"  {UNPROVEN}")


def describe(found: tuple[Recovered, ...] | None) -> list[dict[str, object]] | None:
    """`recovered` of a result in JSON; None if nobody searched."""
    return None if found is None else list(map(_describe, found))


def _describe(found: Recovered) -> dict[str, object]:
    signature = found.report.signature
    certificate = signature.signer if signature else None
    stamp = signature.timestamp if signature else None
    return {
        "manifest": found.id,
        "similarity": found.score,
        "match": found.means.value,
        "is_signed": found.is_signed,
        "state": found.report.state.value,
        "signer": certificate.common_name if certificate else None,
        "signed_at": moment(stamp.time) if stamp and stamp.is_trusted else None,
        "ai": found.report.disclosure.ai.value,
    }
