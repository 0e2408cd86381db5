"""Model data from what a file itself says: its credentials, its XMP, and what generators leave.

Only fields that the user left open are filled, and never a prompt: what somebody wrote into a
prompt is theirs to publish. Whether what a file says is true nobody can check, so this is done
only if it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from aidisclose import carriers
from aidisclose.errors import SigningError
from aidisclose.io.source import Readable
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.named import NamedTuple
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify


class Origin(NamedTuple):
    """The program that made a file, as the file says; untrusted text.

    Attributes:
        place: The place in the file that says so.
        model: Name of the model.
        version: Its version.
        identifier: A URI that identifies it.
        seed: Of the random numbers.
    """

    place: str
    model: str
    version: str | None = None
    identifier: str | None = None
    seed: str | None = None


def find(source: Readable) -> Origin | None:
    """The origin of a file; statements that are harder to forge count first.

    Raises:
        UnsupportedFormat: The file is not of a format that is known.
        MalformedFile: Its structure cannot be followed.
        LimitExceeded: It is larger or deeper than `aidisclose.limits` allows.
        OSError: It cannot be read.
    """
    report = verify(source, trust=TrustConfig.none())
    return next(chain(_from_manifest(report), _from_carriers(report.marks)), None)


def _from_manifest(report: Report) -> Iterator[Origin]:
    """The origin that valid credentials state; invalid ones may be of another file."""
    model = report.disclosure.model
    if report.state >= State.VALID and model.name:
        yield Origin("the credentials", model.name, model.version, model.identifier)


def _from_carriers(found: carriers.Found) -> Iterator[Origin]:
    seeds = [hint.seed for hint in found.hints if hint.seed]
    # XMP ties no version to a system; most writers name one of each.
    for system in found.xmp.get("Iptc4xmpExt:AISystemUsed", ()):
        versions = found.xmp.get("Iptc4xmpExt:AISystemVersionUsed", (None,))
        yield Origin("XMP", system, versions[0], seed=seeds[0] if seeds else None)
    for hint in found.hints:
        if hint.model:
            place = f"what {hint.generator} left ({hint.place})"
            yield Origin(place, hint.model, hint.version, seed=hint.seed)


def complete(disclosure: Disclosure, source: Readable) -> Disclosure:
    """The disclosure with the model that a file names, where it names none itself.

    Raises:
        SigningError: Neither names one.
        UnsupportedFormat: See `find`.
        MalformedFile: See `find`.
        LimitExceeded: See `find`.
        OSError: See `find`.
    """
    if disclosure.model or disclosure.ai == "none":
        return disclosure
    origin = find(source)
    if origin is None:
        raise SigningError("the file's metadata names no model; name it with --model")
    return replace(
        disclosure,
        model=origin.model,
        model_version=disclosure.model_version or origin.version,
        model_id=disclosure.model_id or origin.identifier,
        # A seed alone says nothing to anybody, and there is no place for it without a prompt.
        seed=disclosure.seed or (origin.seed if disclosure.prompt or disclosure.inputs else None),
    )
