"""Detection results: what was looked for in files, and what was found; signed as receipts are.

A result is a receipt (`policy.receipt`) whose head has the kind `detection`. It proves what
somebody found in a file with this hash, not that it is right, and nothing about files that look
alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from aidisclose.policy.receipt import DETECTION, UNREADABLE
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from aidisclose.validate.transcript import moment
from aidisclose.version import VERSION

#: Codes and values of one kind that an entry lists.
_LISTED: Final = 100
#: Of every entry; null where there is nothing.
_FIELDS: Final = (
    *("file", "sha256", "size", "media_type", "techniques", "integrity", "trust", "signer"),
    *("organization", "signed", "identifier", "ai", "digital_source_types", "model"),
    *("model_version", "failures", "outcome", "error"),
)


class Technique(StrEnum):
    """A way in which a file can say that AI had a part in it.

    CONTENT_CREDENTIALS: a C2PA manifest store, in the file or beside it. SOURCE_TYPE: the IPTC
    property in XMP. AIGC_LABEL: the label of GB 45438-2025. COMMENT: a line in a comment. HINT:
    traces of generators, which disclose nothing. Watermarks are not looked for.
    """

    CONTENT_CREDENTIALS = "c2pa"
    SOURCE_TYPE = "iptc_digital_source_type"
    AIGC_LABEL = "aigc_label"
    COMMENT = "comment"
    HINT = "generator_hint"


def head(*, trust: TrustConfig, time: datetime, at: datetime, online: bool) -> dict[str, object]:
    """The head of a result.

    Arguments:
        trust: The authorities and signers that the user trusts; recorded by the SHA-256 of the
            certificates.
        time: The time at which the result is made.
        at: The time that counted as now.
        online: Whether manifests were fetched.
    """
    return {
        "kind": DETECTION,
        "tool": {"name": "aidisclose", "version": VERSION},
        "time": moment(time),
        "as_of": moment(at),
        "techniques": [each.value for each in Technique],
        "online": online,
        "trust": {
            "anchors": _hashes(trust.anchors),
            "tsa_anchors": _hashes(trust.tsa_anchors),
            "allowed": sorted(each.hex() for each in trust.allowed),
            "next_update": moment(trust.next_update) if trust.next_update else None,
        },
    }


def _hashes(anchors: Iterable[Anchor]) -> list[str]:
    return sorted({each.certificate.sha256.hex() for each in anchors})


def found(report: Report) -> tuple[Technique, ...]:
    """The techniques by which a file says something; whether that holds is not asked."""
    marks = report.marks
    there = {
        Technique.CONTENT_CREDENTIALS: report.state is not State.NONE,
        Technique.SOURCE_TYPE: bool(marks.xmp.get("Iptc4xmpExt:DigitalSourceType"))
        or bool(marks.elsewhere),
        Technique.AIGC_LABEL: bool(marks.labels),
        Technique.COMMENT: bool(marks.comments),
        Technique.HINT: bool(marks.hints),
    }
    return tuple(each for each, is_there in there.items() if is_there)


def entry(file: str, report: Report | None, error: str | None = None) -> dict[str, object]:
    """The line about one file: what it says, and whether that holds.

    Arguments:
        file: Its name; empty if that is nobody's business.
        report: The report on it, with `sha256`; None if it could not be read.
        error: The reason why it could not be read.
    """
    if report is None:
        return {**dict.fromkeys(_FIELDS), "file": file, "outcome": UNREADABLE, "error": error}
    signature = report.signature
    signer = signature.signer if signature else None
    stamp = signature.timestamp if signature else None
    declared = report.disclosure
    return {
        "file": file,
        "sha256": report.sha256,
        "size": report.size,
        "media_type": report.media_type,
        "techniques": [each.value for each in found(report)],
        "integrity": report.integrity.value,
        "trust": report.trust.value,
        "signer": signer.common_name if signer else None,
        "organization": signer.organization if signer else None,
        "signed": moment(stamp.time) if stamp and stamp.is_trusted else None,
        "identifier": report.store.active.label if report.store else None,
        "ai": declared.ai.value,
        "digital_source_types": list(declared.source_types[:_LISTED]),
        "model": declared.model.name,
        "model_version": declared.model.version,
        "failures": list(dict.fromkeys(each.code for each in report.failures))[:_LISTED],
        "outcome": report.state.value,
        "error": error,
    }
