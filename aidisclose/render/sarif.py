"""SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from aidisclose.policy.rule import Rule, Severity
from aidisclose.render import alerts, clauses, json
from aidisclose.render.alerts import Notice
from aidisclose.render.checked import Checked, CheckRun
from aidisclose.render.checked_json import describe_terms
from aidisclose.render.language import ENGLISH
from aidisclose.render.page import meanings
from aidisclose.render.renderer import UNREADABLE, Renderer, Result, Run
from aidisclose.render.words import number
from aidisclose.validate.codes import CODES, Code, StatusKind
from aidisclose.validate.transcript import moment
from aidisclose.version import VERSION

#: Results of a run that GitHub takes; it refuses a document with more.
MOST: Final = 25_000
_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: SARIF wants level "none" wherever nothing failed.
_LEVELS: Final = {alerts.OPEN: "none", alerts.PASS: "none"}
_KINDS: Final = {alerts.OPEN: "open", alerts.PASS: "pass"}
#: What `--show` asks for → level of notices.
_SHOWN: Final = {"undetermined": alerts.OPEN, "pass": alerts.PASS}
_SEVERITIES: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}


def _begin(
    run: Run, rules: Iterable[dict[str, object]], properties: dict[str, object], kind: str
) -> str:
    """The document up to its first result. Results come before what follows from all of them."""
    driver = {
        "name": "aidisclose",
        "version": VERSION,
        "rules": list(rules),
    }
    # UTF-16 is how columns would be counted; there are none in binary files.
    head: dict[str, object] = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits"}
    # Runs of one id replace each other in code scanning, and those of others do not.
    head |= {"automationDetails": {"id": f"aidisclose/{kind}/"}}
    head |= {"properties": {**properties, "validationTime": moment(run.time)}}
    text = json.encode(head)[:-1]
    return f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{text}, "results": ['


def _rule(rule: Rule, day: date) -> dict[str, object]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title}. {rule.citation}. Looks at: {rule.evidence}."},
        "help": {"text": rule.fix, "markdown": _help(rule)},
        **({"helpUri": rule.source.address} if rule.source.address else {}),
        "properties": {
            "tags": ["ai-disclosure", rule.source.kind.value],
            "kind": rule.source.kind.value,
            "addressee": rule.addressee.value,
            "citation": rule.citation,
            "certainty": rule.certainty(day).value,
            "since": rule.since.isoformat() if rule.since else None,
        },
        "defaultConfiguration": {"level": _SEVERITIES[rule.weight()]},
    }


def _help(rule: Rule) -> str:
    source = rule.source
    text = f"[{source.title}]({source.address})" if source.address else source.title
    return f"{rule.fix}\n\nFrom: {text}, {rule.citation}. Addressed to: {rule.addressee.value}."


def _results(notices: Iterable[Notice]) -> str:
    return ",".join(f"\n{json.encode(_result(each))}" for each in notices)


def _result(each: Notice) -> dict[str, object]:
    # Without the text of the finding: code scanning follows an alert by this, and a changed number
    # in a sentence would close it and open another.
    key = hashlib.sha256(f"{each.rule}\0{each.file}".encode(errors="replace")).hexdigest()
    return {
        "ruleId": each.rule,
        "kind": _KINDS.get(each.level, "fail"),
        "level": _LEVELS.get(each.level, each.level),
        "message": {"text": each.text or each.rule},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(each.file)},
                    # GitHub documents the region as required; a picture has no lines.
                    "region": {"startLine": 1},  # without one, code scanning shows nothing
                }
            }
        ],
        "partialFingerprints": {"ruleAndFile/v1": key},
        **({"suppressions": [{"kind": "external"}]} if each.is_accepted else {}),
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    text = quote(path.as_posix(), errors="surrogateescape")
    # Relative where it can be: code scanning resolves it against the repository.
    return f"file://{text}" if path.is_absolute() else text


_END: Final = "}]}\n"


def _told(checked: Checked, run: Run) -> list[Notice]:
    """The notices about a file; what is open or passes only if it is asked for."""
    hidden = {alerts.PASS, alerts.OPEN} - {_SHOWN[each] for each in run.shown & _SHOWN.keys()}
    return [each for each in alerts.of_checked(checked) if each.level not in hidden]


class Capped:
    """Writes as many results as code scanning takes, and a last one that says what is left out."""

    def __init__(self, run: Run, most: int = MOST) -> None:
        self._run = run
        self._most = most
        self._written = 0
        self._left: list[Notice] = []
        self._count = 0

    def add(self, kept: Checked) -> str:
        """Take a result; returns what can be written now."""
        notices = _told(kept, self._run)
        # One is kept back for the result that says what is left out.
        space = self._most - 1 - self._written
        if notices[space:]:
            self._left = self._left or notices[space:][:1]
            self._count += len(notices[space:])
        return self._write(notices[:space])

    def flush(self) -> str:
        """Return what is left to be written."""
        if not self._left:
            return ""
        first = self._left[0]
        text = f"{number(self._count, 'result')} left out, from this file on: check fewer at once"
        return self._write([Notice(first.file, "left-out", alerts.WARNING, text)])

    def _write(self, notices: list[Notice]) -> str:
        separator = "," if self._written and notices else ""
        self._written += len(notices)
        return separator + _results(notices)


def checks(scope: CheckRun) -> Renderer[Checked]:
    """The renderer of one check."""

    def begin(run: Run) -> str:
        properties = describe_terms(scope.plan) | {"maxResults": MOST}
        names = "+".join(edition.partition("@")[0] for edition in scope.plan.editions)
        rules = (_rule(each, run.time.date()) for each in scope.plan.rules)
        return _begin(run, rules, properties, names)

    def result(checked: Checked, run: Run) -> str:
        return _results(_told(checked, run))

    def end(counts: Mapping[str, int], _run: Run) -> str:
        is_done = scope.is_complete(counts) and not counts[UNREADABLE]
        done = json.encode({"executionSuccessful": is_done})
        return f'\n], "invocations": [{done}]{_END}'

    return Renderer(begin=begin, result=result, end=end, separator=",")


def _verified(result: Result, _run: Run) -> str:
    return _results(alerts.of_result(result))


def _begin_verified(run: Run) -> str:
    failures = (each for each in CODES.values() if each.kind is StatusKind.FAILURE)
    codes = (_code(each) for each in failures if not each.absent)
    return _begin(run, codes, {}, "verify")


def _code(code: Code) -> dict[str, object]:
    clause = f"C2PA {code.versions}, §{code.clause}"
    meaning = meanings.of(code.name, StatusKind.FAILURE.value, ENGLISH)
    return {
        "id": code.name,
        # Code scanning lists alerts by it.
        "shortDescription": {"text": meaning},
        "help": {"text": f"{meaning}. {clause}"},
        "helpUri": clauses.address(code.name),
    }


def _end_verified(counts: Mapping[str, int], _run: Run) -> str:
    done = json.encode({"executionSuccessful": not counts[UNREADABLE]})
    return f'\n], "invocations": [{done}]{_END}'


RENDERER: Final = Renderer(
    begin=_begin_verified, result=_verified, end=_end_verified, separator=","
)
