"""The GitHub Action, the pre-commit hook and the recipes of docs/ci.md, run step by step.

What a step installs is not installed: the program under test stands in its place.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from aidisclose.containers import CONTAINERS

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "fixtures"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
RECIPES = (ROOT / "docs" / "ci.md").read_text()


class Done(NamedTuple):
    """What a script returned and wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A checkout with generated files in it, and a folder of programs."""
    folder = tmp_path / "checkout"
    (folder / "generated").mkdir(parents=True)
    shutil.copy(FIXTURES / "generated.jpg", folder / "generated" / "two words.jpg")
    programs = tmp_path / "bin"
    programs.mkdir()
    write(programs / "aidisclose", f'exec {sys.executable} -m aidisclose "$@"')
    # `pip install` of what is a Python project does nothing, anything else fails.
    install = (
        'for each; do last=$each; done\n[ "$last" = "git+@" ] || [ -f "$last/pyproject.toml" ]'
    )
    write(programs / "pip", install)
    write(
        programs / "python3",
        'if [ "$1 $2 $3" = "-m pip install" ]; then shift 2; exec pip "$@"; fi\n'
        'if [ "$1 $2 $3" = "-P -m venv" ]; then mkdir -p "$4/bin" && '
        'ln -s "$(command -v pip)" "$(command -v aidisclose)" "$4/bin"; exit; fi\n'
        "exit 9",
    )
    return folder


def write(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def bash(script: str, folder: Path, variables: dict[str, str] | None = None) -> Done:
    """A script as the runner of GitHub runs it."""
    path = folder.parent / "script.sh"
    path.write_text(script)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(path)],
        cwd=folder,
        env=environment(folder, variables or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def environment(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIDISCLOSE_")}
    return {
        **kept,
        "PATH": f"{folder.parent / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "AIDISCLOSE_HOME": str(folder.parent / "home"),
        **variables,
    }


# the GitHub Action


def act(folder: Path, **given: str) -> Done:
    """All steps of the action, as the runner does: inputs first, then script after script."""
    inputs = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()} | given
    done = Done(0, "", "")
    for step in ACTION["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input in a script could be a command"
        variables = {name: expand(text, inputs) for name, text in step.get("env", {}).items()}
        done = bash(step["run"], folder, {"GITHUB_ACTION_PATH": str(ROOT), **variables})
        if done.code:
            break
    return done


def expand(text: str, inputs: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: inputs[match[1]], text)


def test_the_action_is_one_that_github_takes() -> None:
    """The keys of https://docs.github.com/actions, metadata syntax."""
    assert ACTION.keys() <= {
        "name",
        "author",
        "description",
        "inputs",
        "outputs",
        "runs",
        "branding",
    }
    assert ACTION["runs"]["using"] == "composite"
    for each in ACTION["inputs"].values():
        assert each.keys() <= {"description", "required", "default", "deprecationMessage"}
        assert each["description"]
    for step in ACTION["runs"]["steps"]:
        assert step.keys() <= {"name", "id", "if", "shell", "env", "run", "working-directory"}


def test_the_action_passes_what_discloses(runner: Path) -> None:
    done = act(runner, paths="generated", policy="eu-ai-act", premises="ai=yes")
    assert done.code == 0, done.err
    assert "::warning file=generated/two words.jpg,title=EU-004" in done.out


def test_the_action_fails_what_does_not(runner: Path) -> None:
    shutil.copy(FIXTURES / "unsigned.jpg", runner / "generated")
    done = act(runner, policy="eu-ai-act", premises="ai=yes\nplaced-on-market=2026-09-01\n")
    assert done.code == 1
    assert "::error file=generated/unsigned.jpg,title=EU-001" in done.out


def test_the_action_writes_sarif(runner: Path) -> None:
    done = act(
        runner,
        paths="generated/two words.jpg\n",
        policy="iptc",
        format="sarif",
        output="report.sarif",
        options="--exit-zero\n--ignore\nIPTC-001",
    )
    assert done.code == 0, done.err
    document = json.loads((runner / "report.sarif").read_text())
    assert "IPTC-001" not in {each["ruleId"] for each in document["runs"][0]["results"]}


@pytest.mark.parametrize("text", ["$(touch hacked)", "`touch hacked`", '"; touch hacked; "'])
def test_an_input_of_the_action_is_never_a_command(runner: Path, text: str) -> None:
    names = [name for name in ACTION["inputs"] if name not in ("format", "output")]
    for name in names:
        assert act(runner, **{"policy": "iptc", name: text}).code != 0
    assert not list(runner.rglob("hacked"))


def test_a_path_is_never_an_option(runner: Path) -> None:
    assert act(runner, paths="--exit-zero", policy="iptc").code == 4


# the pre-commit hook


def test_pre_commit_accepts_the_hook() -> None:
    pytest.importorskip("pre_commit")
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_hook_gets_every_file_of_a_known_format() -> None:
    """A gate that is not given a file passes it."""
    (hook,) = HOOKS
    endings = sorted(
        ending[1:] for each in CONTAINERS if not each.is_archive for ending in each.extensions
    )
    assert hook["files"] == rf"(?i)\.({'|'.join(endings)})$"
    # pre-commit has no type tags for most media formats, and takes files alone for granted.
    assert (hook["types"], hook["types_or"]) == ([], ["file", "symlink"])
    assert re.search(hook["files"], "a/B.JPG")
    assert not re.search(hook["files"], "a/jpg.txt")


#: How pip says that it reaches no package index.
_OFFLINE = re.compile(r"No matching distribution|NewConnectionError|ConnectTimeoutError|SSLError")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout, so nothing to install")
def test_pre_commit_installs_and_runs_the_hook(tmp_path: Path) -> None:
    """The commit that is checked out, with its dependencies from PyPI."""
    pytest.importorskip("pre_commit")
    variables = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "PYTHONPATH": ""}
    variables |= {"AIDISCLOSE_HOME": str(tmp_path / "home")}
    project = tmp_path / "project"
    (project / "av").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", project], check=True)
    shutil.copy(FIXTURES / "unsigned.jpg", project / "av" / "A.JPG")
    shutil.copy(FIXTURES / "unsigned.jpg", project / "av" / "picture")
    (project / "av" / "linked.jpg").symlink_to("picture")
    subprocess.run(["git", "-C", project, "add", "."], check=True)
    config = {
        "repo": str(ROOT),
        "rev": git("rev-parse", "HEAD"),
        "hooks": [{"id": "aidisclose-check", "args": ["--policy", "pai", "--input", "ai=yes"]}],
    }
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [config]}))
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose"],
        cwd=project,
        env=variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    output = done.stdout + done.stderr
    if "AIDISCLOSE_TEST_INSTALL" not in os.environ and _OFFLINE.search(output):
        pytest.skip("no package index can be reached")
    assert done.returncode == 1, output
    assert "PAI-001" in done.stdout
    assert "2 files: 2 fail" in done.stdout, "A.JPG, and what linked.jpg shows"
    assert "av" in done.stdout


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("name", "code"), [("generated.jpg", 0), ("unsigned.jpg", 1)])
def test_the_hook_refuses_a_commit_that_does_not_disclose(
    runner: Path, name: str, code: int
) -> None:
    """pre-commit appends the arguments of the user, then the files."""
    shutil.copy(FIXTURES / name, runner)
    given = ["--policy", "pai", "--input", "ai=yes"]
    command = [*shlex.split(HOOKS[0]["entry"]), *given, name]
    done = bash(shlex.join(command), runner)
    assert done.code == code, done.out + done.err


# the recipes


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", RECIPES, re.DOTALL)


def test_the_recipes_for_github_use_the_inputs_that_there_are() -> None:
    used = 0
    for text in blocks("yaml"):
        for step in steps_of(yaml.safe_load(text)):
            if step.get("uses") == "./tools/aidisclose":
                used += 1
                assert step["with"].keys() <= ACTION["inputs"].keys()
                required = {n for n, each in ACTION["inputs"].items() if each.get("required")}
                assert required <= step["with"].keys()
    assert used == 2


def steps_of(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return [each for each in document if "uses" in each]
    jobs = document.get("jobs", {})
    return [step for job in jobs.values() for step in job["steps"]]


def test_no_recipe_names_an_address_that_nobody_owns() -> None:
    """Whoever registered it would run code beside the keys of users."""
    for page in (ROOT / "docs").glob("*.md"):
        text = page.read_text()
        assert "github.com/aidisclose" not in text
        assert not re.search(r"uses: aidisclose/", text)
        assert not re.search(r"pip install '?aidisclose'?$", text, re.MULTILINE)


def test_the_recipe_for_gitlab_writes_the_report_that_it_names(runner: Path) -> None:
    job = next(
        each["disclosure"] for each in map(yaml.safe_load, blocks("yaml")) if "disclosure" in each
    )
    done = bash("\n".join(job["script"]), runner)
    assert done.code == 0, done.err
    assert ET.parse(runner / job["artifacts"]["reports"]["junit"]).getroot().tag == "testsuites"


def test_the_recipe_for_jenkins_writes_the_report_that_it_names(runner: Path) -> None:
    (text,) = blocks("groovy")
    done = bash("\n".join(re.findall(r"sh '(.*)'", text)), runner)
    assert done.code == 0, done.err
    report = re.search(r"junit '(.*)'", text)
    assert report
    assert ET.parse(runner / report[1]).getroot().tag == "testsuites"


def test_the_hook_of_the_recipe_is_there() -> None:
    config = next(each for each in map(yaml.safe_load, blocks("yaml")) if "repos" in each)
    (hook,) = config["repos"][0]["hooks"]
    assert hook["id"] in {each["id"] for each in HOOKS}


def test_the_settings_of_the_recipe_are_understood(runner: Path) -> None:
    (settings,) = blocks("toml")
    (runner / "aidisclose.toml").write_text(settings)
    done = bash("aidisclose check generated --exit-zero", runner)
    assert done.code == 0, done.err


def test_the_commands_of_the_recipes_work(runner: Path) -> None:
    """Baseline, comparison and receipt; what needs a network or a history is left out."""
    shutil.copytree(runner / "generated", runner / "originals")
    shutil.copytree(runner / "generated", runner / "delivered")
    assert bash("aidisclose credentials new", runner).code == 0
    root = runner.parent / "home" / "credentials" / "default" / "root.pem"
    shutil.copy(root, runner / "company-root.pem")
    lines = [line for text in blocks("sh") for line in text.splitlines()]
    commands = [line for line in lines if line.startswith("aidisclose ")]
    assert len(commands) == 5
    for line in commands:
        done = bash(line, runner)
        assert done.code == 0, (line, done)
