"""Level 4: what was checked by which clause, the certificates, and the bytes that a hash covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.errors import Unreadable
from aidisclose.render import words
from aidisclose.render.language import Language, mark
from aidisclose.render.page import meanings
from aidisclose.render.page.document import count, escape, head, quote, rows
from aidisclose.render.page.summary import time_of
from aidisclose.trust import certificate as certificates
from aidisclose.trust.certificate import Certificate
from aidisclose.validate.codes import CODES
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.status import Results, Status

#: Statuses, certificates and ranges that are listed; a hostile file has more.
_STATUSES: Final = 200
_CERTIFICATES: Final = 10
_RANGES: Final = 20
_KINDS: Final = (
    ("fail", mark("failed"), "failure"),
    ("note", mark("noted"), "informational"),
    ("pass", mark("passed"), "success"),
)


def sections(report: Report, language: Language, level: int) -> str:
    """The details for experts.

    Arguments:
        report: The report on the file.
        language: Of the page.
        level: Of the headings.
    """
    say = language.say
    parts = [rows(_facts(report, language))]
    if report.signature is not None and (chain := list(_chain(report.signature))):
        parts.append(_heading(say("Certificates"), level) + _certificates(chain, language))
    if report.statuses.statuses:
        parts.append(_heading(say("Status codes"), level) + _statuses(report.statuses, language))
    deltas = report.validation.deltas if report.validation else ()
    for delta in islice(deltas, _RANGES):
        if delta.results.statuses:
            title = say("Status codes of {url}", url=quote(delta.url))
            parts.append(_heading(title, level) + _statuses(delta.results, language))
    return _within(parts, language)


def _within(parts: Iterable[str], language: Language) -> str:
    """As many parts as a page may have."""
    found, left = [], 2 * limits.PAGE_PART
    for part in parts:
        left -= len(part)
        if left < 0:
            found.append(f"<p>{escape(language.say('The rest is too long for a page.'))}</p>\n")
            break
        found.append(part)
    return "".join(found)


def _heading(title: str, level: int) -> str:
    return f"<h{level}>{escape(title)}</h{level}>\n"


def _facts(report: Report, language: Language) -> Iterator[tuple[str, str]]:
    say, content, signature = language.say, report.covered, report.signature
    yield say("State (C2PA)"), words.state(report)
    yield say("Integrity"), report.integrity.value
    yield say("Trust"), report.trust.value
    if signature is not None:
        if signature.anchor:
            yield say("Trust anchor"), quote(signature.anchor)
        if signature.trust_list is not None:
            yield say("Trust list"), quote(signature.trust_list.uri)
        if signature.algorithm:
            yield say("Algorithm of the signature"), signature.algorithm
    if report.store is not None:
        yield say("Active manifest"), quote(report.store.active.label)
        yield say("Manifests"), count(len(report.store.manifests))
    if report.location:
        yield say("Place of the manifest"), quote(report.location)
    if report.size is not None:
        yield say("Size in bytes"), count(report.size)
    if report.sha256:
        yield "SHA-256", report.sha256
    if content is not None:
        yield say("Bytes that no hash covers"), _outside(report)
    yield say("Checked on"), time_of(report.time)


def _outside(report: Report) -> str:
    content = report.covered
    if content is None or not content.is_partial:
        return "0"
    ranges = [f"{count(each.start)}–{count(each.end)}" for each in content.outside[:_RANGES]]
    if len(content.outside) > _RANGES:
        ranges.append("…")
    return ", ".join(ranges) or quote(content.elsewhere)


def _chain(signature: Signature) -> Iterator[tuple[Certificate, bool]]:
    """The certificates, and whether what identifies them is shown; signer first."""
    if not signature.chain and signature.signer is not None:
        yield signature.signer, False
    for data in signature.chain[:_CERTIFICATES]:
        try:
            yield certificates.load(data), True
        except Unreadable:
            continue


def _certificates(chain: list[tuple[Certificate, bool]], language: Language) -> str:
    """A table for each: a wide one would lose its headings on a phone."""
    say = language.say
    return "".join(
        rows(
            (
                (say("Name"), quote(words.name_of(each))),
                (say("Issuer"), quote(each.issuer_name)),
                (say("Valid"), f"{each.not_before:%Y-%m-%d} – {each.not_after:%Y-%m-%d}"),
                (say("SHA-256 of the certificate"), each.sha256.hex() if is_shown else "–"),
            )
        )
        for each, is_shown in chain
    )


def _statuses(results: Results, language: Language) -> str:
    say = language.say
    titles = (say("Result"), say("Status code (C2PA)"), say("Clause"), say("About"))
    body, shown, left = [], 0, limits.PAGE_PART
    for kind, word, name in _KINDS:
        for item in getattr(results, name):
            row = _row(kind, say(word), item, meanings.of(item.code, name, language))
            left -= len(row)
            if left < 0 or shown == _STATUSES:
                break
            body.append(row)
            shown += 1
    table = f"<table>\n{head(titles)}<tbody>\n{''.join(body)}</tbody>\n</table>\n"
    if more := len(results.statuses) - shown:
        table += f"<p>{escape(say('and {count} more', count=count(more)))}</p>\n"
    return table


def _row(kind: str, word: str, item: Status, meaning: str) -> str:
    clause = escape(_clause(item.code))
    about = f'{escape(meaning)}<div lang="en">{escape(quote(item.url))}'
    if item.explanation:
        about += f"<br>{escape(quote(item.explanation))}"
    name = escape(quote(item.code)).replace(".", ".<wbr>")
    return (
        f'<tr><td class="{kind}">{escape(word)}</td><td>{name}</td><td>{clause}</td>'
        f"<td>{about}</div></td></tr>\n"
    )


def _clause(code: str) -> str:
    """The address at which a code is defined; private ones have none."""
    known = CODES.get(code)
    if known is None:
        return "–"
    if known.clause.startswith("CAWG"):
        return known.clause
    is_current = known.clause.replace(".", "").isdecimal()
    return f"C2PA 2.5 §{known.clause}" if is_current else f"C2PA {known.clause}"
