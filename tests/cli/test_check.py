"""`aidisclose check`, `diff`, `rule` and `receipt`, as users and pipelines run them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from aidisclose.carriers import xmp
from aidisclose.cli.diff import rename
from aidisclose.cli.exits import Exit
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.policy.profiles import RULES
from tests.cli.running import Done, Run, environment, program
from tests.containers import samples

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
EU = ("--policy", "eu-ai-act", "--as-of", "2026-12-05")


@pytest.fixture
def build(work: Path) -> Path:
    """A folder with files of every kind."""
    folder = work / "build"
    folder.mkdir()
    for name in ("generated.jpg", "unsigned.jpg", "altered.png", "cut.png"):
        shutil.copy(FIXTURES / name, folder)
    return folder


@pytest.mark.parametrize(
    ("names", "options", "code"),
    [
        (["generated.jpg"], [], Exit.OK),
        (["unsigned.jpg"], [], Exit.OK),
        (["unsigned.jpg"], ["--input", "ai=yes"], Exit.FAILED),
        (["unsigned.jpg"], ["--input", "ai=yes", "--exit-zero"], Exit.OK),
        (["generated.jpg"], ["--strict"], Exit.FAILED),
        (["generated.jpg"], ["--strict", "--select", "EU-001,EU-002"], Exit.OK),
        (["generated.jpg"], ["--strict", "--ignore", "EU-003,EU-004,EU-005"], Exit.OK),
        (["generated.jpg"], ["--require-determined"], Exit.UNDETERMINED),
        (["generated.jpg"], ["--require-determined", "--select", "EU-001"], Exit.OK),
        (["altered.png"], ["--require-determined"], Exit.FAILED),
        (["generated.jpg", "altered.png"], [], Exit.FAILED),
        (["cut.png"], [], Exit.UNREADABLE),
        (["cut.png"], ["--exit-zero"], Exit.UNREADABLE),
        (["altered.png", "cut.png"], [], Exit.UNREADABLE),
        (["missing.png"], [], Exit.UNREADABLE),
        (["generated.jpg"], ["--select", "FOO"], Exit.USAGE),
        (["generated.jpg"], ["--input", "mood=good"], Exit.USAGE),
        (["generated.jpg"], ["--input", "ai"], Exit.USAGE),
        (["generated.jpg"], ["--as-of", "soon"], Exit.USAGE),
        (["generated.jpg"], ["--policy", "nice"], Exit.USAGE),
        (["generated.jpg"], ["--policy", "missing.toml"], Exit.USAGE),
        (["generated.jpg"], ["--update-baseline"], Exit.USAGE),
        (["generated.jpg"], ["--baseline", "missing.json"], Exit.USAGE),
    ],
)
def test_the_exit_code_says_what_was_found(
    aidisclose: Run, build: Path, names: list[str], options: list[str], code: Exit
) -> None:
    done = aidisclose("check", *(build / name for name in names), *EU, *options)
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err


def test_text_says_the_texts_the_day_and_every_open_question(aidisclose: Run, build: Path) -> None:
    assert "--show undetermined" in aidisclose("check", build / "unsigned.jpg", *EU).out
    out = aidisclose("check", build / "unsigned.jpg", *EU, "--show", "undetermined").out
    assert out.startswith("eu-ai-act@2026-12-02, cross@1 · as of 2026-12-05\n")
    assert "EU-001 EU-002" in out, "rules with one reason stand in one line"
    assert "nothing says whether AI was used; state --input ai=yes or no" in out
    assert "complian" not in out.lower()


def test_one_unreadable_file_does_not_stop_the_others(aidisclose: Run, build: Path) -> None:
    done = aidisclose("check", build, *EU, "--format", "json")
    assert done.code == Exit.UNREADABLE
    document = done.json
    assert [Path(each["file"]).name for each in document["results"]] == [
        "altered.png",
        "cut.png",
        "generated.jpg",
        "unsigned.jpg",
    ]
    assert document["complete"] is True
    assert document["summary"]["unreadable"] == 1
    assert document["profiles"] == ["eu-ai-act@2026-12-02", "cross@1"]
    assert "cut.png" in done.err


def test_lines_are_the_results_of_the_document(aidisclose: Run, build: Path) -> None:
    whole = aidisclose("check", build, *EU, "--format", "json").json["results"]
    lines = aidisclose("check", build, *EU, "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == whole


def test_a_report_goes_into_a_file_that_replaces_the_old_one(
    aidisclose: Run, build: Path, work: Path
) -> None:
    (work / "report.json").write_text("old")
    done = aidisclose("check", build, *EU, "--format", "json", "-o", work / "report.json")
    assert done.out == ""
    assert json.loads((work / "report.json").read_text())["complete"] is True
    assert sorted(path.name for path in work.iterdir()) == ["build", "picture.png", "report.json"]


def test_statistics_count_what_each_rule_found(aidisclose: Run, build: Path) -> None:
    out = aidisclose("check", build, *EU, "--statistics", "--select", "EU-002").out
    row = next(line for line in out.splitlines() if line.startswith("EU-002"))
    assert row.split()[1:5] == ["1", "1", "0", "1"]  # the code of practice is voluntary


def test_a_baseline_accepts_what_is_there_and_fails_on_what_is_new(
    aidisclose: Run, build: Path, work: Path
) -> None:
    (build / "cut.png").unlink()
    options = (*EU, "--strict", "--baseline", work / "base.json")
    assert aidisclose("check", "build", *options, "--update-baseline").code == Exit.OK
    accepted = aidisclose("check", "build", *options, "--show", "all")
    assert accepted.code == Exit.OK
    assert "(accepted)" in accepted.out
    shutil.copy(FIXTURES / "altered.png", build / "new.png")
    done = aidisclose("check", "build", *options, "--format", "json")
    assert done.code == Exit.FAILED
    assert [
        Path(each["file"]).name for each in done.json["results"] if each["outcome"] == "fail"
    ] == ["new.png"]


def test_a_baseline_means_the_same_files_from_every_folder(
    aidisclose: Run, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pre-commit, editors and jobs of a monorepo run elsewhere than where it was made."""
    accepted = build.parent / "accepted.json"
    options = ("--policy", "eu-ai-act", "--baseline", accepted)
    files = ("build/altered.png", "build/unsigned.jpg")
    monkeypatch.chdir(build.parent)
    made = aidisclose("check", *files, *options, "--update-baseline")
    assert made.code == Exit.OK, made.err
    assert "build/altered.png" in accepted.read_text()
    for cwd, names in (
        (build, ("altered.png", "unsigned.jpg")),
        (build.parent, files),
        (build, (build / "altered.png",)),
    ):
        monkeypatch.chdir(cwd)
        done = aidisclose("check", *names, *options)
        assert done.code == Exit.OK, done.out
        assert "accepts " in done.err
        assert "obsolete" not in done.err
    (build / "again").symlink_to(build)
    linked = aidisclose("check", build / "again" / "altered.png", *options)
    assert linked.code == Exit.OK, "links lead to the same file"
    shutil.copy(FIXTURES / "generated.jpg", build / "altered.png")
    monkeypatch.chdir(build.parent)
    assert "obsolete" in aidisclose("check", *files, *options).err


def names(done: Done) -> list[str]:
    return [Path(each["file"]).name for each in done.json["results"]]


def test_ignored_files_are_left_out_and_told(aidisclose: Run, build: Path) -> None:
    (build / ".git").mkdir()
    (build / ".gitignore").write_text("cut.*\n!generated.jpg\n\n!\n")
    for folder in ("node_modules", "sub"):
        (build / folder).mkdir()
        shutil.copy(FIXTURES / "generated.jpg", build / folder / "more.jpg")
    (build / "sub" / ".gitignore").write_text("more.jpg\n")
    options = (*EU, "--format", "json", "--exit-zero")
    done = aidisclose("check", build, *options)
    assert names(done) == ["altered.png", "generated.jpg", "unsigned.jpg"]
    assert "left out 3" in done.err
    done = aidisclose("check", build, *options, "--no-ignore")
    assert names(done).count("more.jpg") == 2
    done = aidisclose("check", build / "sub" / "more.jpg", *options)
    assert names(done) == ["more.jpg"], "a file that is named is checked"
    done = aidisclose("check", build / "node_modules", *options)
    assert names(done) == ["more.jpg"], "so is a folder that is named"


def test_files_are_excluded_as_gitignore_does(
    aidisclose: Run, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = (*EU, "--format", "json", "--exit-zero", "--exclude", "build/*.png")
    monkeypatch.chdir(build.parent)
    done = aidisclose("check", "build", *options)
    assert names(done) == ["generated.jpg", "unsigned.jpg"]


def test_patterns_that_would_take_forever_are_passed_over(aidisclose: Run, build: Path) -> None:
    (build / ".git").mkdir()
    (build / ".gitignore").write_text("*a" * 60 + "b\n")
    shutil.copy(FIXTURES / "generated.jpg", build / f"{'a' * 200}.jpg")
    assert len(names(aidisclose("check", build, *EU, "--format", "json"))) == 5


@pytest.mark.parametrize("end", ["\n", "\0"])
def test_a_list_of_files_is_checked(
    aidisclose: Run, build: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    listed = build.parent / "list"
    listed.write_text(f"generated.jpg{end}altered.png{end}")
    options = (*EU, "--format", "json", "--files-from", listed)
    monkeypatch.chdir(build)
    done = aidisclose("check", *options)
    assert names(done) == ["generated.jpg", "altered.png"]
    assert aidisclose("check", *EU).code == Exit.USAGE


def test_a_gate_that_saw_nothing_does_not_pass(aidisclose: Run, build: Path) -> None:
    empty, listed = build / "empty", build.parent / "list"
    empty.mkdir()
    listed.write_text("")
    for source, reason in (
        ((empty,), "no media files in this folder, so nothing was looked at"),
        (("--files-from", listed), "it lists no files, so nothing was looked at"),
    ):
        done = aidisclose("check", *source, *EU, "--format", "sarif")
        assert done.code == Exit.UNREADABLE
        assert reason in done.err
        assert done.json["runs"][0]["invocations"] == [{"executionSuccessful": False}]


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_a_step_stripped_is_seen_with_the_file_before(
    aidisclose: Run, build: Path, is_folder: bool
) -> None:
    after = build.parent / "after"
    after.mkdir()
    shutil.copy(FIXTURES / "unsigned.jpg", after / "generated.jpg")
    shutil.copy(FIXTURES / "unsigned.jpg", after / "new.jpg")
    source = after if is_folder else after / "generated.jpg"
    before = build if is_folder else build / "generated.jpg"
    options = ("--policy", "eu-ai-act,pai", "--before", before, "--format", "json")
    done = aidisclose("check", source, *options)
    assert done.code == Exit.FAILED
    found = {each["rule"]: each["outcome"] for each in done.json["results"][0]["findings"]}
    assert found["X-003"] == found["PAI-011"] == "fail"
    assert found["EU-008"] == "warn", "the code of practice is voluntary"
    assert ("1 file not there before, such as" in done.err) is is_folder


def test_a_summary_is_appended_and_shows_hostile_names_as_text(
    aidisclose: Run, build: Path
) -> None:
    page = build.parent / "page.md"
    page.write_text("before\n")
    shutil.copy(FIXTURES / "altered.png", build / "![x](http:x) <b>@you.png")
    aidisclose("check", build, *EU, "--summary", page)
    text = page.read_text()
    assert text.startswith("before\n## AI disclosure\n")
    assert r"\!\[x\]\(http\:x\) \<b\>\@you\.png" in text
    assert "**5 files**" in text


@pytest.mark.parametrize("content", ["", "[]", '{"schema": 2}', '{"schema": 1, "accepted": [1]}'])
def test_a_file_that_is_no_baseline_is_refused(
    aidisclose: Run, build: Path, work: Path, content: str
) -> None:
    (work / "base.json").write_text(content)
    done = aidisclose("check", build, *EU, "--baseline", work / "base.json")
    assert done.code == Exit.USAGE
    assert "not a baseline; make one" in done.err


def git(folder: Path, *arguments: str) -> str:
    """Run git; returns what it says of faults that do not end it."""
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    command = ["git", *identity, *arguments]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_only_files_that_changed_since_a_revision_are_checked(
    aidisclose: Run, build: Path, work: Path
) -> None:
    git(work, "init", "-q")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "first")
    assert "nothing changed" in aidisclose("check", "build", *EU, "--since", "HEAD").err
    shutil.copy(FIXTURES / "generated.jpg", build / "unsigned.jpg")
    shutil.copy(FIXTURES / "generated.wav", build / "new one.wav")
    results = aidisclose("check", "build", *EU, "--since", "HEAD", "--format", "json").json[
        "results"
    ]
    assert [each["file"] for each in results] == ["build/new one.wav", "build/unsigned.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
@pytest.mark.parametrize(
    "key",
    [
        *("core.fsmonitor", "diff.external", "core.sshCommand", "diff.f.textconv"),
        *("filter.f.clean", "filter.f.process", "filter.f=g.clean"),
    ],
)
def test_no_program_of_the_repository_is_run(
    aidisclose: Run, build: Path, work: Path, key: str
) -> None:
    git(work, "init", "-q")
    name = key.split(".")[1] if key.startswith("filter") else "f"
    (work / ".gitattributes").write_text(f"* filter={name} diff=f\n")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "first")
    evil = work / ".git" / "evil"
    evil.write_text(f"#!/bin/sh\ntouch '{work}/run'\ncat\n")
    evil.chmod(0o755)
    git(work, "config", key, str(evil))
    for file in build.iterdir():
        os.utime(file, (1, 1))  # git looks at the content
    done = aidisclose("check", "build", *EU, "--since", "HEAD")
    assert done.code in (Exit.OK, Exit.USAGE), done
    assert not (work / "run").exists()
    for file in build.iterdir():
        os.utime(file, (2, 2))  # the command may have had git note the times
    said = git(work, "status")
    # These run for `git status`, so that the test would notice.
    assert (work / "run").exists() is key.startswith(("core.fsm", "filter")), said


@pytest.mark.parametrize("revision", ["nowhere", "--output=hacked", ""])
def test_an_unknown_revision_is_refused(
    aidisclose: Run, build: Path, work: Path, revision: str
) -> None:
    git(work, "init", "-q")
    done = aidisclose("check", "build", *EU, f"--since={revision}")
    assert done.code == Exit.USAGE
    assert not (work / "hacked").exists()


def test_mistakes_in_a_policy_are_told_with_file_line_and_key(
    aidisclose: Run, build: Path, work: Path
) -> None:
    (work / "own.toml").write_text('version = 1\nprofiles = ["iptc"]\nselct = ["IPTC"]\n')
    done = aidisclose("check", build, "--policy", "own.toml")
    assert done.code == Exit.USAGE
    assert done.err.startswith("aidisclose: own.toml: line 3: selct: unknown key")


def test_settings_of_a_repository_say_what_is_checked(
    aidisclose: Run, build: Path, work: Path
) -> None:
    (work / "aidisclose.toml").write_text(
        '[check]\npolicy = ["eu-ai-act"]\ninput = ["ai=yes"]\nselect = ["EU-001"]\n'
        'as-of = "2026-12-05"\n'
    )
    assert aidisclose("check", build / "unsigned.jpg").code == Exit.FAILED
    assert aidisclose("check", build / "generated.jpg").code == Exit.OK


def test_standard_input_is_checked(home: Path, work: Path) -> None:
    data = (FIXTURES / "generated.jpg").read_bytes()
    done = program("check", "-", *EU, "--format", "json", home=home, cwd=work, stdin=data)
    assert done.code == Exit.OK
    assert done.json["results"][0]["media_type"] == "image/jpeg"


def thousand(folder: Path) -> Path:
    """A repository of mixed files, one of which cannot be read."""
    folder.mkdir()
    names = ("generated.jpg", "generated.png", "unsigned.jpg", "altered.png", "generated.wav")
    for number in range(1_000):
        name = "cut.png" if number == 500 else names[number % len(names)]
        os.link(FIXTURES / name, folder / f"{number:04}-{name}")
    return folder


def test_a_thousand_files_in_stable_order_whatever_the_number_of_jobs(
    home: Path, tmp_path: Path
) -> None:
    folder = thousand(tmp_path / "many")
    at = ("--at", "2026-12-05T00:00:00Z", "--select", "EU-001,EU-002")
    options = ("--policy", "eu-ai-act", *at, "--format", "jsonl", folder)
    done = [program("check", "--jobs", jobs, *options, home=home, cwd=tmp_path) for jobs in (1, 2)]
    assert done[0].out == done[1].out
    assert len(done[0].out.splitlines()) == 1_000
    assert [each.code for each in done] == [Exit.UNREADABLE] * 2
    assert "1,000 files" in done[0].err


def test_an_interruption_leaves_a_report_that_says_so(home: Path, tmp_path: Path) -> None:
    folder = thousand(tmp_path / "many")
    report = tmp_path / "report.json"
    arguments = ("check", folder, *EU, "--jobs", "2", "--format", "json", "-o", report)
    receipt = ("--receipt", tmp_path / "receipt.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "aidisclose", *map(str, (*arguments, *receipt))],
        env=environment(home),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:  # until something was written
        if any(path.stat().st_size > 5_000 for path in tmp_path.glob(".aidisclose-*.tmp")):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == Exit.INTERRUPTED
    assert "interrupted" in errors
    document = json.loads(report.read_text())
    assert document["complete"] is False
    assert 0 < len(document["results"]) < 1_000
    assert document["summary"]["files"] == len(document["results"])
    sealed = json.loads((tmp_path / "receipt.json").read_text())
    assert sealed["seal"]["complete"] is False
    assert sealed["seal"]["count"] == len(sealed["entries"])


# receipts


@pytest.fixture
def receipt(aidisclose: Run, build: Path, work: Path) -> Path:
    path = work / "receipt.json"
    aidisclose("check", build, *EU, "--receipt", path)
    return path


def test_a_receipt_says_what_was_checked(aidisclose: Run, receipt: Path) -> None:
    done = aidisclose("receipt", "verify", receipt)
    assert done.code == Exit.OK
    assert "trusted (test signer)" in done.out
    assert "4 files" in done.out
    assert "eu-ai-act@2026-12-02" in done.out
    found = aidisclose("receipt", "verify", receipt, "--format", "json").json
    assert (found["intact"], found["complete"], found["error"]) == (True, True, None)
    assert (found["trusted"], found["test"], found["distrust"]) == (True, True, None)
    assert sum(found["outcomes"].values()) == 4
    assert found["head"]["profiles"][0] == "eu-ai-act@2026-12-02"
    changed = receipt.with_name("changed.json")
    changed.write_text(receipt.read_text().replace("generated.jpg", "innocent.jpg"))
    refused = aidisclose("receipt", "verify", changed, "--format", "json")
    assert (refused.code, refused.json["intact"], refused.json["signer"]) == (1, False, None)
    assert refused.json["error"]
    entries = json.loads(receipt.read_text())["entries"]
    assert all(each["sha256"] for each in entries if each["error"] is None)


def test_a_signer_that_nobody_vouches_for_can_be_refused(aidisclose: Run, receipt: Path) -> None:
    untrusting = ("receipt", "verify", receipt, "--no-default-trust")
    assert aidisclose(*untrusting).code == Exit.OK
    assert "not trusted" in aidisclose(*untrusting).out
    assert aidisclose(*untrusting, "--require", "trusted").code == Exit.FAILED


def test_a_receipt_records_whom_was_trusted_and_what_was_asked(
    aidisclose: Run, build: Path, work: Path
) -> None:
    policy = work / "own.toml"
    policy.write_text('version = 1\nprofiles = ["pai"]\n')
    path = work / "receipt.json"
    options = ("--policy", "own.toml,pai", "--select", "PAI", "--ignore", "PAI-002", "--strict")
    aidisclose("check", build, *options, "--at", "2026-12-05T01:00:00+01:00", "--receipt", path)
    head = json.loads(path.read_text())["head"]
    assert head["options"] == {
        "src": [str(build)],
        "files_from": None,
        "since": None,
        "exclude": [],
        "no_ignore": False,
        "select": ["PAI"],
        "ignore": ["PAI-002"],
        "baseline": None,
        "update_baseline": False,
        "before": None,
        "strict": True,
        "require_determined": False,
        "exit_zero": False,
        "at": "2026-12-05T00:00:00Z",
        "policy": [
            {"name": "own", "sha256": hashlib.sha256(policy.read_bytes()).hexdigest()},
            "pai",
        ],
    }
    assert head["time"] != head["options"]["at"], "the time at which it was made"
    assert all(len(each) == 64 for each in head["trust"]["anchors"])
    aidisclose("check", build, *options, "--no-default-trust", "--receipt", path)
    narrow = json.loads(path.read_text())["head"]["trust"]
    assert narrow == {"anchors": [], "tsa_anchors": [], "allowed": []}
    assert head["trust"] != narrow


def test_a_receipt_that_was_changed_is_noticed(aidisclose: Run, receipt: Path) -> None:
    text = receipt.read_text()
    receipt.write_text(text.replace('"outcome":"fail"', '"outcome":"pass"'))
    assert receipt.read_text() != text
    done = aidisclose("receipt", "verify", receipt)
    assert done.code == Exit.FAILED
    assert done.out == ""
    assert "entry 1 of the receipt was changed" in done.err


def test_an_expired_receipt_is_judged_as_of_a_time(aidisclose: Run, receipt: Path) -> None:
    late = ("receipt", "verify", receipt, "--at", "2099-01-01T00:00:00Z")
    assert aidisclose(*late).code == Exit.OK
    assert "has expired" in aidisclose(*late).out
    assert aidisclose(*late, "--require", "trusted").code == Exit.FAILED


# rule


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_explained(aidisclose: Run, rule: str) -> None:
    done = aidisclose("rule", rule)
    assert done.code == Exit.OK
    for word in (
        rule,
        "requires",
        "addressed to",
        "text",
        "paragraph",
        "read",
        "looks at",
        "to meet it",
    ):
        assert word in done.out


def test_the_days_on_which_laws_change_are_listed(aidisclose: Run) -> None:
    out = aidisclose("law", "list").out
    assert "2026-08-02" in out
    assert "eu-ai-act" in out
    days = [each["day"] for each in aidisclose("law", "list", "--format", "json").json["changes"]]
    assert days == sorted(days)
    assert "2027-01-01" in days, "platforms in California"


def test_a_rule_says_what_its_text_is_and_when_it_was_read(aidisclose: Run) -> None:
    described = aidisclose("rule", "EU-002", "--format", "json").json["rules"][0]
    assert described["kind"] == "code of practice"
    assert described["severity"] == "warning"
    assert described["source"]["read"]
    out = aidisclose("rule", "ca-sb942").out
    assert "CA-001" in out
    assert "CA-012" in out


def test_all_rules_are_listed(aidisclose: Run) -> None:
    out = aidisclose("rule").out
    assert all(rule in out for rule in RULES)
    assert len(aidisclose("rule", "--format", "json").json["rules"]) == len(RULES)


def test_an_unknown_rule_leads_to_those_there_are(aidisclose: Run) -> None:
    done = aidisclose("rule", "EU-00")
    assert done.code == Exit.USAGE
    assert "EU-001" in done.err


def test_an_unknown_rule_leads_to_one_place(aidisclose: Run) -> None:
    done = aidisclose("rule", "nope")
    said = "aidisclose: unknown rule 'nope'; `aidisclose rule` lists all\n"
    assert (done.code, done.err) == (Exit.USAGE, said)


# diff


def test_a_step_that_keeps_everything_passes(aidisclose: Run, build: Path) -> None:
    done = aidisclose("diff", build / "generated.jpg", build / "generated.jpg")
    assert done.code == Exit.OK
    assert "unchanged" in done.out


def test_a_manifest_that_becomes_an_ingredient_is_kept(
    aidisclose: Run, build: Path, work: Path
) -> None:
    aidisclose("sign", build / "generated.jpg", "-o", work / "edited.jpg", "--ai", "edited")
    done = aidisclose("diff", build / "generated.jpg", work / "edited.jpg")
    assert done.code == Exit.OK
    assert "kept as an ingredient" in done.out


def test_a_packet_that_imagemagick_moves_is_kept(aidisclose: Run, work: Path) -> None:
    packet = xmp.create({xmp.SOURCE_TYPE: SOURCE_TYPES["trainedAlgorithmicMedia"].uri})
    lines = b"\nxmp\n%8d\n%b\n" % (len(packet), packet.hex().encode())
    data = samples.png()
    for name, content in {
        "before.png": b"iTXt" + b"XML:com.adobe.xmp\0\0\0\0\0" + packet,
        "after.png": b"zTXt" + b"Raw profile type xmp\0\0" + zlib.compress(lines),
    }.items():
        chunk = samples.png_chunk(content[:4], content[4:])
        (work / name).write_bytes(data[:33] + chunk + data[33:])
    for before, after in (("before.png", "after.png"), ("after.png", "before.png")):
        done = aidisclose("diff", work / before, work / after)
        assert done.code == Exit.OK
        assert "kept" in done.out
    (work / "plain.png").write_bytes(data)
    done = aidisclose("diff", work / "after.png", work / "plain.png")
    assert done.code == Exit.FAILED
    assert "further xmp, removed" in done.out


@pytest.mark.parametrize("after", ["unsigned.jpg", "altered.png"])
def test_a_step_that_loses_or_breaks_a_disclosure_fails(
    aidisclose: Run, build: Path, after: str
) -> None:
    done = aidisclose("diff", build / "generated.jpg", build / after, "--format", "json")
    assert done.code == Exit.FAILED
    assert done.json["results"][0]["outcome"] == "lost"


def test_the_loss_of_xmp_alone_is_noticed(aidisclose: Run, work: Path) -> None:
    """As of a platform that keeps one carrier and drops the other."""
    aidisclose("sign", "picture.png", "--ai", "generated", "--no-xmp", "-o", "bare.png")
    if not (work / "bare.png").exists():
        pytest.skip("sign has no --no-xmp")
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "full.png")
    done = aidisclose("diff", "full.png", "bare.png")
    assert done.code == Exit.FAILED
    assert "xmp" in done.out


def test_folders_are_compared_by_name_and_renaming(
    aidisclose: Run, build: Path, work: Path
) -> None:
    (build / "cut.png").unlink()
    after = work / "after"
    (after / "web").mkdir(parents=True)
    shutil.copy(build / "generated.jpg", after / "web" / "generated.jpeg")
    shutil.copy(build / "unsigned.jpg", after / "web" / "unsigned.jpeg")
    done = aidisclose("diff", build, after, "--map", "*.jpg=web/*.jpeg", "--format", "json")
    outcomes = {Path(each["before"]).name: each["outcome"] for each in done.json["results"]}
    assert outcomes == {"altered.png": "lost", "generated.jpg": "kept", "unsigned.jpg": "none"}
    assert done.code == Exit.FAILED


@pytest.mark.parametrize(
    ("name", "rules", "expected"),
    [
        ("a.png", [], "a.png"),
        ("a.png", [("*.png", "*.webp")], "a.webp"),
        ("x/a.png", [("*.jpg", "*"), ("x/*", "y/*")], "y/a.png"),
        ("a.png", [("a.png", "b.png")], "b.png"),
        ("a+b.png", [("a+*.png", "*.gif")], "b.gif"),
    ],
)
def test_names_are_mapped_by_the_first_pattern_that_fits(
    name: str, rules: list[tuple[str, str]], expected: str
) -> None:
    assert rename(name, tuple(rules)) == expected


@pytest.mark.parametrize("value", ["*.png", "*=", "*.png=x.png", "**=*", "=x"])
def test_a_renaming_that_is_none_is_refused(aidisclose: Run, build: Path, value: str) -> None:
    assert aidisclose("diff", build, build, "--map", value).code == Exit.USAGE


def test_reports_say_what_a_policy_changes_in_the_profiles(aidisclose: Run, build: Path) -> None:
    """Else a gate that leaves out what fails looks like one that passes."""
    policy = build.parent / "own.toml"
    policy.write_text(
        'version = 1\nprofiles = ["eu-ai-act"]\nignore = ["X", "EU-011"]\n'
        '[severity]\nEU-001 = "info"\nEU-002 = "warning"\n'
    )
    options = ("check", build, "--policy", policy, "--input", "ai=yes", "--as-of", "2027-02-01")
    head = aidisclose(*options).out.partition("\n")[0]
    assert head.endswith("not judged: EU-011, X-001, X-002, X-003 and 2 more · EU-001 as info")
    document = aidisclose(*options, "--format", "json").json
    assert document["left_out"] == ["EU-011", *(f"X-00{n}" for n in range(1, 6))]
    assert document["severities"] == {"EU-001": "info"}, "the other has it by itself"
    [run] = aidisclose(*options, "--format", "sarif").json["runs"]
    assert run["properties"]["left_out"] == document["left_out"]
    assert "EU\\-001 as info" in aidisclose(*options, "--format", "markdown").out
    page = aidisclose(*options, "--format", "html").out
    assert "Not judged: EU-011, X-001" in page
    assert "Counted otherwise: EU-001 (info)" in page
    assert "not judged" not in aidisclose("check", build, *EU).out
