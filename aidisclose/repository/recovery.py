"""Credentials that a file may have had: found by a watermark or its looks, judged by themselves."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from aidisclose.durable import iscc, matching, picture, watermark
from aidisclose.durable.fingerprint import queries
from aidisclose.durable.iscc import CodeUnit
from aidisclose.errors import Malformed, Unreadable, UnsupportedFormat, UsageError
from aidisclose.io.source import Readable, open_source
from aidisclose.manifest import softbinding
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.named import NamedTuple
from aidisclose.repository.repository import Match, Repository
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.verify import examine


class Means(StrEnum):
    """The means by which credentials were found."""

    WATERMARK = "watermark"
    FINGERPRINT = "fingerprint"


class Recovered(NamedTuple):
    """Credentials of a file that this one may be. That it is the same one is not proven.

    Attributes:
        id: Label of the active manifest.
        score: Similarity of the looks from 0 to 100; None if they were not compared.
        is_signed: Whether the manifest itself names what led to it, rather than who stored it.
        store: The manifest store.
        report: On the manifest store alone: nothing in it is about the file that was searched for.
        means: The means by which it was found.
    """

    id: str
    score: int | None
    is_signed: bool
    store: bytes
    report: Report
    means: Means = Means.FINGERPRINT


class Traces(NamedTuple):
    """The traces that lead from a file to its credentials.

    Attributes:
        units: Content codes under which it may be stored, see `durable.fingerprint.queries`.
        watermarks: Values of the watermarks that were found in it. Chance may look like one.
        problems: The reasons why there are no others, a line each.
    """

    units: tuple[CodeUnit, ...] = ()
    watermarks: tuple[SoftBinding, ...] = ()
    problems: tuple[str, ...] = ()


def trace(source: Readable) -> Traces:
    """The traces that lead from a file to its credentials: watermarks found here, and its looks.

    Raises:
        AidiscloseError: It has no fingerprint, see `durable.fingerprint.queries`, and no watermark
            was found in it either.
        OSError: It cannot be read.
    """
    found, problems = _watermarks(source)
    try:
        return Traces(queries(source), found, problems)
    except (UsageError, UnsupportedFormat, Unreadable) as error:
        if not found:
            raise
        return Traces((), found, (*problems, f"not searched for by its looks: {error}"))


def _watermarks(source: Readable) -> tuple[tuple[SoftBinding, ...], tuple[str, ...]]:
    """The watermarks of a picture, and why others could not be looked for."""
    found: list[SoftBinding] = []
    problems: list[str] = []
    try:
        names = watermark.names()
        if not names:
            return (), ()
        with open_source(source) as opened:
            seen = picture.read(opened)
    except (UnsupportedFormat, Unreadable):
        return (), ()  # watermarks are in pictures, and this is none
    except UsageError as error:
        return (), (str(error),)
    for name in names:
        try:
            value = watermark.load(name).detect(seen)
            if value is not None:
                found.append(SoftBinding(name, value))
        except UsageError as error:
            problems.append(f"not searched for by the watermark {name}: {error}")
    return tuple(found), tuple(problems)


def recover(
    traces: Traces,
    repository: Repository,
    *,
    trust: TrustConfig,
    at: datetime | None = None,
    most: int = 5,
) -> tuple[Recovered, ...]:
    """Credentials of files that one may be: those of its watermarks, then the most similar.

    Arguments:
        traces: The traces that lead from the file to them.
        repository: The repository that is searched.
        trust: The authorities and signers that the user trusts.
        at: The time that counts as now.
        most: Largest number to return, at most `limits.CANDIDATES`.

    Raises:
        OSError: The repository cannot be read.
    """
    alike = {each.id: each for each in repository.near(traces.units, most)}
    found: dict[str, Recovered] = {}
    for match, mark in (*_marked(traces.watermarks, repository, most), *_alike(alike.values())):
        if match.id in found or len(found) == most:
            continue
        store = repository.get(match.id)
        if store is None:
            continue
        report = examine(io.BytesIO(store), trust=trust, at=at)
        # A repository may have been made by somebody else, or damaged: which manifest this is, and
        # what it names itself, its signature says.
        if report.store is None or report.store.active.label != match.id:
            continue
        looks = alike.get(match.id)
        found[match.id] = Recovered(
            match.id,
            looks.score if looks is not None else None,
            match.is_signed and _names(report, mark, traces.units),
            store,
            report,
            Means.FINGERPRINT if mark is None else Means.WATERMARK,
        )
    return tuple(found.values())


def _marked(
    bindings: Iterable[SoftBinding], repository: Repository, most: int
) -> Iterable[tuple[Match, SoftBinding | None]]:
    for binding in bindings:
        for each in repository.by_binding(binding, most):
            yield each, binding


def _alike(matches: Iterable[Match]) -> Iterable[tuple[Match, SoftBinding | None]]:
    return ((each, None) for each in matches)


def _names(report: Report, mark: SoftBinding | None, codes: tuple[CodeUnit, ...]) -> bool:
    """Whether a manifest names the watermark that led to it, or else a fingerprint near these."""
    signed = signed_bindings(report)
    if mark is not None:
        return mark in signed
    apart = nearest_code(signed, codes)
    return apart is not None and apart <= matching.reach(codes[0].subtype)


def signed_bindings(report: Report) -> tuple[SoftBinding, ...]:
    """The soft bindings that are believed of a manifest."""
    if report.believed is None:
        return ()
    try:
        return softbinding.read(report.believed.subject.named(softbinding.LABEL))
    except Malformed:
        return ()


def nearest_code(bindings: Iterable[SoftBinding], codes: Iterable[CodeUnit]) -> int | None:
    """Bits between the file and the nearest fingerprint that is signed; None if there is none."""
    apart: list[int] = []
    for each in bindings:
        # A binding of a part, such as a region or a few seconds, says nothing of the whole.
        if each.alg != iscc.ALG or each.scope is not None:
            continue
        try:
            signed = iscc.searched(each.value)
        except Malformed:
            continue
        apart += [
            matching.distance(one.bits, code.bits)
            for one in signed
            for code in codes
            if one.group == code.group
        ]
    return min(apart, default=None)
