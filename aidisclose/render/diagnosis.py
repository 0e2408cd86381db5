"""The output of `doctor` about a certificate file, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from aidisclose.named import NamedTuple
from aidisclose.render import json, words
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.render.style import Style
from aidisclose.trust.certificate import Certificate, format_name
from aidisclose.trust.doctor import Advice, Compliance
from aidisclose.trust.profile import Use
from aidisclose.validate.transcript import moment

COLOURS: Final = {
    Compliance.PASSED: "green",
    Compliance.FAILED: "red",
    Compliance.ADVISED: "yellow",
    Compliance.NOT_APPLICABLE: "dim",
}
LABELS: Final = {Compliance.NOT_APPLICABLE: "–"}
_WIDTH: Final = max(len(outcome.value) for outcome in Compliance if outcome not in LABELS)

PURPOSES: Final = {
    Use.SIGNER: "signing claims",
    Use.TSA: "time stamps",
    Use.OCSP: "OCSP responses",
}


class Diagnosis(NamedTuple):
    """The findings of the rules in a certificate file.

    Attributes:
        file: Its name.
        chain: The certificates in it, the signer's first.
        findings: The finding of each rule.
        use: The purpose of the first certificate.
    """

    file: str
    chain: Sequence[Certificate]
    findings: Sequence[Advice]
    use: Use


def text(found: Diagnosis, run: Run) -> str:
    """One line for each rule, and for each that is not followed another one with the way there."""
    file, chain, findings, use = found
    style = run.style
    names = max(len(finding.rule) for finding in findings)
    lines = [f"{clean(file, None)}: {words.number(len(chain), 'certificate')} for {PURPOSES[use]}"]
    for number in (*range(1, len(chain) + 1), 0):
        lines.append(style.paint(title(chain, number), "bold"))
        for finding in findings:
            if finding.certificate == number:
                lines += _lines(finding, names, style)
    lines.append(summary(findings, style))
    return "".join(f"{line}\n" for line in lines)


def title(chain: Sequence[Certificate], number: int) -> str:
    """The certificate of a number, from 1 on, in a line; of 0, the chain of them all."""
    if not number:
        return "the chain"
    each = chain[number - 1]
    period = f"valid {each.not_before:%Y-%m-%d} to {each.not_after:%Y-%m-%d}"
    return f"{number}  {clean(each.common_name)}, issued by {clean(each.issuer_name)}, {period}"


def _lines(finding: Advice, names: int, style: Style) -> Iterator[str]:
    outcome = finding.outcome
    label = f"{LABELS.get(outcome, outcome.value):<{_WIDTH}}"
    line = f"  {style.paint(label, COLOURS[outcome])}  {finding.rule:<{names}}  "
    applies = outcome is not Compliance.NOT_APPLICABLE
    yield line + clean(str(finding) if applies else f"not applicable: {finding}", None)
    if outcome in (Compliance.FAILED, Compliance.ADVISED):
        yield f"  {'':<{_WIDTH}}  {'':<{names}}  → {finding.fix} ({finding.clause})"


def summary(findings: Sequence[Advice], style: Style) -> str:
    """The verdict, and how many rules came to each outcome."""
    counts = Counter(finding.outcome for finding in findings)
    parts = [f"{counts[outcome]} {outcome.value}" for outcome in Compliance if counts[outcome]]
    if counts[Compliance.FAILED]:
        verdict = style.paint(
            "failed: validators will refuse it, or trust it only if told to", "red"
        )
    elif counts[Compliance.ADVISED]:
        verdict = style.paint("passed, with recommendations", "yellow")
    else:
        verdict = style.paint("passed", "green")
    return f"{verdict} ({', '.join(parts)})"


def document(found: Diagnosis, _run: Run) -> str:
    """The diagnosis as a JSON object."""
    file, chain, findings, use = found
    counts = Counter(finding.outcome for finding in findings)
    certificates = [
        {
            "subject": format_name(each.subject),
            "issuer": format_name(each.issuer),
            "serial": str(each.serial),
            "not_before": moment(each.not_before),
            "not_after": moment(each.not_after),
            "sha256": each.sha256.hex(),
        }
        for each in chain
    ]
    rules = [
        {
            "certificate": each.certificate or None,
            "rule": each.rule,
            "outcome": each.outcome.value,
            "wanted": each.wanted,
            "found": each.found or None,
            "fix": each.fix,
            "clause": each.clause,
        }
        for each in findings
    ]
    fields = {
        "schema": json.SCHEMA,
        "file": file,
        "purpose": use.value,
        "certificates": certificates,
        "findings": rules,
        "summary": {outcome.value: counts[outcome] for outcome in Compliance},
    }
    return json.encode(fields, indent=2) + "\n"
