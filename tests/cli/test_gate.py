"""What a gate says of processing steps and of whole repositories, through the command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aidisclose.cli.exits import Exit
from aidisclose.policy.profiles import RULES
from tests.cli.running import Done, Run

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ALL = "eu-ai-act,pai,ca-sb942,cn-gb45438"
STEPS = {"X-003", "EU-008", "PAI-011", "CA-010", "CN-012"}


def outcomes(done: Done) -> dict[str, str]:
    (result,) = done.json["results"]
    return {each["rule"]: each["outcome"] for each in result["findings"]}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_diff_names_the_rules_that_a_step_breaks_and_where_they_stand(aidisclose: Run) -> None:
    files = (FIXTURES / "generated.jpg", FIXTURES / "unsigned.jpg")
    done = aidisclose(
        "diff", *files, "--policy", ALL, "--input", "signatory=yes", "--as-of", "2027-01-01"
    )
    assert done.code == Exit.FAILED
    for rule in STEPS - {"CN-012"}:
        assert f"fail  {rule}, {RULES[rule].citation}: lost since" in done.out
    assert "undetermined  CN-012" in done.out, "there was no label of China"


def test_diff_names_rules_in_json_and_on_the_page(aidisclose: Run) -> None:
    files = (FIXTURES / "generated.jpg", FIXTURES / "unsigned.jpg", "--policy", ALL)
    done = aidisclose("diff", *files, "--as-of", "2026-12-05", "--format", "json")
    assert outcomes(done) == {
        "EU-008": "warn",  # a code of practice
        "PAI-011": "fail",
        "CA-010": "warn",  # from 2027-01-01
        "CN-012": "undetermined",
        "X-003": "fail",
    }
    page = aidisclose("diff", *files, "--format", "html")
    assert "EU-008" in page.out
    assert "measure 1.2" in page.out


def test_diff_without_a_policy_names_no_rule(aidisclose: Run) -> None:
    files = (FIXTURES / "generated.jpg", FIXTURES / "unsigned.jpg")
    assert outcomes(aidisclose("diff", *files, "--format", "json")) == {}


def test_a_file_that_is_gone_breaks_the_same_rules(aidisclose: Run, work: Path) -> None:
    for name in ("before", "after"):
        (work / name).mkdir()
    shutil.copy(FIXTURES / "generated.jpg", work / "before")
    done = aidisclose("diff", "before", "after", "--policy", "pai", "--format", "json")
    assert done.code == Exit.FAILED
    assert outcomes(done) == {"PAI-011": "fail", "X-003": "fail"}


def test_a_step_that_keeps_everything_breaks_no_rule(aidisclose: Run) -> None:
    file = FIXTURES / "generated.jpg"
    done = aidisclose("diff", file, file, "--policy", "eu-ai-act", "--format", "json")
    assert done.code == Exit.OK
    assert outcomes(done) == {"EU-008": "pass", "X-003": "pass"}


@pytest.mark.parametrize(
    "options",
    [
        ("--policy", "nice"),
        ("--input", "ai=yes"),
        ("--as-of", "2026-12-05"),
        ("--policy", "pai", "--as-of", "soon"),
        ("--policy", "pai", "--input", "ai"),
        ("--policy", "none.toml"),
    ],
)
def test_diff_refuses_what_it_does_not_understand(
    aidisclose: Run, options: tuple[str, ...]
) -> None:
    file = FIXTURES / "generated.jpg"
    done = aidisclose("diff", file, file, *options)
    assert done.code == Exit.USAGE
    assert len(done.err.splitlines()) <= 3


def test_a_policy_without_rules_about_steps_is_an_error(aidisclose: Run, work: Path) -> None:
    (work / "own.toml").write_text('version = 1\n[[require]]\nstate = "valid"\n')
    file = FIXTURES / "generated.jpg"
    done = aidisclose("diff", file, file, "--policy", "own.toml")
    assert done.code == Exit.USAGE
    assert "processing step" in done.err


def test_files_of_a_folder_with_the_same_findings_are_told_together(
    aidisclose: Run, work: Path
) -> None:
    for folder, name in (("one", "unsigned.jpg"), ("two", "altered.png")):
        (work / "repo" / folder).mkdir(parents=True)
        for number in range(40):
            ending = Path(name).suffix
            shutil.copy(FIXTURES / name, work / "repo" / folder / f"{number:02}{ending}")
    shutil.copy(FIXTURES / "altered.png", work / "repo" / "one" / "odd.png")
    options = ("--policy", "eu-ai-act,ca-sb942", "--input", "ai=yes", "--as-of", "2026-12-05")
    for jobs in ("1", "2"):
        done = aidisclose("check", "repo", *options, "--jobs", jobs)
        assert done.code == Exit.FAILED
        assert "fail            repo/one/  40 files: 00.jpg, 01.jpg, 02.jpg and 37 more" in done.out
        assert "repo/two/  40 files: 00.png" in done.out
        assert re.search(r"and 37 more; [-CAEUX0-9 ]+ as in repo/one/odd.png", done.out)
        assert "repo/one/odd.png  4 fail" in done.out, "what is alone is told alone"
        assert "81 files: 81 fail" in done.out
        assert done.out.count("EU-001:") == 2, "the same findings are not told again"
        assert len(done.out.splitlines()) < 50, "what fits on a screen is what matters"


def test_folders_that_repeat_what_was_told_are_one_line(aidisclose: Run, work: Path) -> None:
    """A screen shows a repository of 2,000 files in twenty folders: each kind of file once."""
    names = ("unsigned.jpg", "altered.png")
    for folder in range(20):
        (work / "repo" / f"{folder:02}").mkdir(parents=True)
        for number in range(6):
            name = names[number % 2]
            copy = work / "repo" / f"{folder:02}" / f"{number}-{name}"
            copy.hardlink_to(FIXTURES / name)
    options = ("--policy", "eu-ai-act", "--input", "ai=yes", "--as-of", "2026-12-05")
    for jobs in ("1", "2"):
        done = aidisclose("check", "repo", *options, "--jobs", jobs)
        assert done.code == Exit.FAILED
        lines = done.out.splitlines()
        assert len(lines) < 22
        again = [each for each in lines if "19 folders" in each]
        assert again[-1].startswith("fail            19 folders  57 files: repo/01/, repo/02/")
        assert again[-1].endswith("16 more; X-004 as in repo/00/1-altered.png")
        assert lines[-1] == "120 files: 120 fail"


def test_what_stands_over_all_files_is_told_at_the_end(aidisclose: Run, work: Path) -> None:
    """Law and failures first; of a rule that few files break, those are named."""
    (work / "repo").mkdir()
    for number in range(30):
        shutil.copy(FIXTURES / "unsigned.jpg", work / "repo" / f"{number:02}.jpg")
    shutil.copy(FIXTURES / "altered.png", work / "repo" / "odd.png")
    options = ("--policy", "eu-ai-act", "--input", "ai=yes", "--as-of", "2026-12-05")
    lines = aidisclose("check", "repo", *options).out.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("in all files: "))
    assert lines[start].startswith("in all files: 1 duty of law not shown, 1 measure of a code")
    assert "1 needs your statement (--input deepfake)" in lines[start]
    table = [line.split(maxsplit=3) for line in lines[start + 2 : -1]]
    assert [row[:3] for row in table] == [
        ["fail", "EU-001", "31"],
        ["fail", "X-004", "1"],
        ["warn", "EU-002", "31"],
    ]
    assert table[1][3] == "nothing is written after signing: repo/odd.png"
    (work / "few").mkdir()
    shutil.copy(FIXTURES / "unsigned.jpg", work / "few")
    assert "in all files" not in aidisclose("check", "few", *options).out


def test_quiet_is_silent_where_everything_holds(aidisclose: Run, work: Path) -> None:
    shutil.copy(FIXTURES / "unsigned.jpg", work)
    options = ("unsigned.jpg", "--policy", "eu-ai-act", "--as-of", "2026-12-05", "-q")
    held = aidisclose("check", *options)
    assert (held.code, held.out, held.err) == (Exit.OK, "", "")
    failed = aidisclose("check", *options, "--input", "ai=yes")
    assert failed.code == Exit.FAILED
    head, told, *_ = failed.out.splitlines()
    assert head.startswith("eu-ai-act@")
    assert told.startswith("fail ")


def test_what_different_files_share_is_told_once(aidisclose: Run, work: Path) -> None:
    """Each has findings of its own besides."""
    (work / "repo").mkdir()
    for name in ("unsigned.jpg", "altered.png", "generated.jpg"):
        shutil.copy(FIXTURES / name, work / "repo")
    options = ("--input", "ai=yes", "--input", "deepfake=yes", "--as-of", "2026-12-05")
    done = aidisclose("check", "repo", "--policy", "eu-ai-act", *options)
    assert done.out.count("EU-010") == 1
    assert "repo/  3 files: altered.png, generated.jpg, unsigned.jpg" in done.out
    alone = aidisclose("check", "repo/unsigned.jpg", "--policy", "eu-ai-act", *options)
    for line in alone.out.splitlines():
        if "EU-001" in line:
            assert line in done.out


def test_a_hostile_name_of_a_file_is_escaped_in_a_group(aidisclose: Run, work: Path) -> None:
    (work / "repo").mkdir()
    for number in range(3):
        shutil.copy(FIXTURES / "unsigned.jpg", work / "repo" / f"\x1b[31m{number}.jpg")
    done = aidisclose("check", "repo", "--policy", "pai", "--input", "ai=yes")
    assert "3 files" in done.out
    assert "\x1b" not in done.out


def test_reports_for_people_are_by_finding(aidisclose: Run, work: Path) -> None:
    (work / "repo").mkdir()
    for number in range(30):
        shutil.copy(FIXTURES / "unsigned.jpg", work / "repo" / f"{number:02}.jpg")
    shutil.copy(FIXTURES / "cut.png", work / "repo" / "cut.png")
    options = ("--policy", "eu-ai-act", "--input", "ai=yes", "--as-of", "2026-12-05")
    text = aidisclose("check", "repo", *options, "--format", "markdown")
    assert text.code == Exit.UNREADABLE
    assert text.out.count("EU-001") == 1
    assert "**fail** 30 files\\: repo\\/00\\.jpg" in text.out
    assert "**unreadable** repo\\/cut\\.png" in text.out
    page = aidisclose("check", "repo", *options, "--format", "html").out
    assert page.count("<td>EU-001</td>") == 1
    assert "Files: 30 (repo/00.jpg, repo/01.jpg, repo/02.jpg and 27 more)" in page
    assert "<h2>Open statements</h2>" in page
    assert "deepfake: the content is a deep fake (30)" in page
    assert "--input" not in page
    assert "<h2>Not read</h2>" in page
    aidisclose("check", "repo", *options, "--summary", "page.md")
    assert (work / "page.md").read_text().count("EU-001") == 1


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_names_of_files_act_on_no_report(aidisclose: Run, work: Path, form: str) -> None:
    (work / "repo").mkdir()
    for number in range(3):
        name = f"{number}\x1b<b>[x](y) @all.jpg"
        shutil.copy(FIXTURES / "unsigned.jpg", work / "repo" / name)
    options = ("--policy", "pai", "--input", "ai=yes", "--format", form)
    out = aidisclose("check", "repo", *options).out
    assert ("Files: 3" if form == "html" else "3 files") in out
    assert "\x1b" not in out
    assert "<b>" not in out
    assert "[x](y)" not in out or form == "html"


def test_a_baseline_accepts_what_it_was_made_for(aidisclose: Run, work: Path) -> None:
    """That nobody signed a file was accepted; that somebody changed one was not."""
    options: tuple[str, ...] = ("--policy", "eu-ai-act", "--select", "EU-002", "--input", "ai=yes")
    options = (*options, "--input", "signatory=yes", "--as-of", "2026-12-05")
    options = (*options, "--baseline", "base.json")
    shutil.copy(FIXTURES / "unsigned.jpg", work / "picture.png")
    aidisclose("check", "picture.png", *options, "--update-baseline")
    assert aidisclose("check", "picture.png", *options).code == Exit.OK
    shutil.copy(FIXTURES / "altered.png", work / "picture.png")
    done = aidisclose("check", "picture.png", *options)
    assert done.code == Exit.FAILED
    assert "accepts 0 findings; 1 obsolete" in done.err
    document = json.loads((work / "base.json").read_text())
    assert document["accepted"][0].pop("because") == "the file has no manifest"
    (work / "base.json").write_text(json.dumps(document))
    done = aidisclose("check", "picture.png", *options)
    assert done.code == Exit.OK, "older baselines do not say why"


@pytest.mark.parametrize("wanted", ['state = "trusted"', 'integrity = "intact"'])
def test_a_baseline_tells_states_apart(aidisclose: Run, work: Path, wanted: str) -> None:
    (work / "own.toml").write_text(f"version = 1\n[[require]]\n{wanted}\n")
    options = ("--policy", "own.toml", "--baseline", "base.json")
    shutil.copy(FIXTURES / "unsigned.jpg", work / "picture.jpg")
    aidisclose("check", "picture.jpg", *options, "--update-baseline")
    assert aidisclose("check", "picture.jpg", *options).code == Exit.OK
    shutil.copy(FIXTURES / "altered-claim.jpg", work / "picture.jpg")
    assert aidisclose("check", "picture.jpg", *options).code == Exit.FAILED


def test_a_file_that_git_tracks_is_not_hidden_by_a_gitignore(aidisclose: Run, work: Path) -> None:
    """Who adds both in one change would hide a file from the gate."""
    repository = work / "repo"
    (repository / "sub").mkdir(parents=True)
    (repository / "build").mkdir()
    for name in ("tracked.jpg", "sub/tracked.jpg", "sub/left.jpg", "build/made.jpg"):
        shutil.copy(FIXTURES / "unsigned.jpg", repository / name)
    (repository / ".gitignore").write_text("*.jpg\nsub/\n")
    git(repository, "init", "--quiet")
    git(repository, "add", "--force", "tracked.jpg", "sub/tracked.jpg", "build/made.jpg")
    options = ("--policy", "eu-ai-act", "--input", "ai=yes", "--as-of", "2026-12-05")
    document = aidisclose("check", "repo", *options, "--format", "json").json
    names = [each["file"] for each in document["results"]]
    assert names == ["repo/tracked.jpg", "repo/build/made.jpg", "repo/sub/tracked.jpg"]
    done = aidisclose("check", "repo", *options, "--exclude", "sub/")
    assert "files and folders but 2 that git tracks; --no-ignore" in done.err
    assert "2 files: 2 fail" in done.out


def test_what_only_says_from_when_a_law_applies_is_no_duty(aidisclose: Run, work: Path) -> None:
    shutil.copy(FIXTURES / "unsigned.jpg", work / "picture.jpg")
    options = ("--policy", "eu-ai-act", "--input", "ai=yes", "--as-of", "2026-11-27")
    done = aidisclose("check", "picture.jpg", *options, "--input", "placed-on-market=2026-01-01")
    assert "warn            EU-014" in done.out
    assert "\n  1 duty of law not shown, 1 measure of a code of practice not shown" in done.out
