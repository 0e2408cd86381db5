"""The provenance of an asset, and its statements besides its manifest, as plain data (schema 1)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from aidisclose.manifest.lineage import BelievedIngredient
from aidisclose.validate.codes import StatusKind, kind_of
from aidisclose.validate.state import Integrity

if TYPE_CHECKING:
    from aidisclose.manifest.actions import Action
    from aidisclose.validate.report import Report

T = TypeVar("T")

#: Entries of a list, and of a list within one, and characters of a text and of a code: a hostile
#: file may have any number, and all together should stay below a few MB.
_ENTRIES: Final = 100
_PARTS: Final = 20
_LENGTH: Final = 2_000
_CODE: Final = 100


def describe(report: Report) -> dict[str, object]:
    """Title, generator, actions and ingredients; only what unbroken hashes prove."""
    believed = report.believed
    subject = believed.subject if believed else None
    claim = subject.claim if subject else None
    listed = (each for part in subject.action_lists for each in part.actions) if subject else ()
    return {
        "title": _text(claim.title) if claim else None,
        "generator": _text(claim.generator) or None if claim else None,
        "claim_version": claim.version if claim else None,
        "actions": [_action(each) for each in _first(listed)],
        "history": [
            _ingredient(each, report) for each in _first(subject.ingredients if subject else ())
        ],
        "remote": _remote(report),
    }


def _action(action: Action) -> dict[str, object]:
    agent = action.agent
    return {
        "action": _text(action.name),
        "digital_source_type": _text(action.source_type),
        "software_agent": _text(str(agent)) if agent else None,
        "when": _text(action.when),
    }


def _ingredient(found: BelievedIngredient, report: Report) -> dict[str, object]:
    value, manifest = found.value, found.manifest
    failures = {code for code, _ in value.recorded if kind_of(code) is StatusKind.FAILURE}
    signature = None
    if manifest is not None and report.validation is not None:
        signature = report.validation.signatures.get(manifest.label)
    signer = signature.signer if signature else None
    judged = None
    if manifest is not None and report.validation is not None:
        judged = report.validation.manifests.get(manifest.label)
    return {
        "url": value.assertion.url,
        "title": _text(value.title),
        "media_type": _text(value.media_type),
        "relationship": value.relationship,
        "manifest": manifest.label if manifest else None,
        "signer": _text(signer.common_name) if signer else None,
        "signer_trusted": judged.is_signer_trusted if judged else False,
        "thumbnail": value.fields.get("thumbnail") is not None,
        "recorded": [code[:_CODE] for code in sorted(failures)[:_PARTS]],
    }


def _remote(report: Report) -> str | None:
    """The address of a manifest store elsewhere, if the file names one."""
    place = report.location or ""
    return _text(place) if place.lower().startswith(("https:", "http:")) else None


def marks(report: Report) -> dict[str, object]:
    """Marks about AI besides the manifest; `protected` says whether a matching hash covers them.

    What is not protected anybody may have written or changed; what is, the signer may still have
    taken over from elsewhere.
    """
    found = report.marks
    is_whole = report.integrity is Integrity.INTACT
    return {
        "xmp": [
            {
                "property": name,
                "value": _text(value),
                "place": "XMP",
                "protected": "xmp" in report.protected,
            }
            for name, values in list(found.xmp.items())[:_ENTRIES]
            for value in values[:_PARTS]
        ]
        + [
            {
                "property": "Iptc4xmpExt:DigitalSourceType",
                "value": _text(value),
                "place": _text(place),
                # Where the hash covers a part only, that is known of the first packet alone.
                "protected": is_whole,
            }
            for place, value in _first(found.elsewhere)
        ],
        "comments": [
            {
                "text": _text(item.text),
                "place": _text(item.place),
                "protected": "comment" in report.protected,
            }
            for item in _first(found.comments)
        ],
        "labels": [
            {
                "fields": None
                if label.fields is None
                else {
                    _text(key) or "": _text(value)
                    for key, value in list(label.fields.items())[:_PARTS]
                },
                "place": _text(label.place),
                "primary": label.is_primary,
                "protected": ("xmp" if label.place == "XMP" else "aigc") in report.protected,
            }
            for label in found.labels[:_PARTS]
        ],
        "generators": [
            {
                "generator": _text(hint.generator),
                "model": _text(hint.model),
                "version": _text(hint.version),
                "seed": _text(hint.seed),
                "prompt": _text(hint.prompt),
                "place": _text(hint.place),
                "protected": is_whole,
            }
            for hint in _first(found.hints)
        ],
        "problems": [_text(each) for each in _first(found.problems)],
    }


def _first(items: Iterable[T]) -> list[T]:
    return list(islice(items, _ENTRIES))


def _text(text: str | None) -> str | None:
    """A text, cut where it is too long."""
    if text is None or len(text) <= _LENGTH:
        return text
    return f"{text[: _LENGTH - 1]}…"
