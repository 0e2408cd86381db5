"""The documents cannot rot: what they name is there, and what is there they name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import aidisclose
from aidisclose.cli import exits, main
from aidisclose.policy.profiles import PROFILES
from aidisclose.render import formats

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("command", main.COMMANDS)
def test_the_readme_has_every_command(command: str) -> None:
    assert re.search(rf"^\| `{command}\b", README, re.MULTILINE)


@pytest.mark.parametrize("command", ["verify", "inspect", "check", "diff"])
def test_the_readme_has_every_format(command: str) -> None:
    [row] = re.findall(rf"^\| `{command}\b.*", README, re.MULTILINE)
    [named] = re.findall(r"--format ([\w\\|]+)", row)
    assert named.split(r"\|") == list(formats.FORMATS[command])


@pytest.mark.parametrize("profile", PROFILES)
def test_the_readme_has_every_profile(profile: str) -> None:
    assert f"`{profile}`" in README


def test_the_readme_has_every_exit_code() -> None:
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert table == {code.value for code in exits.Exit if code.value < 100}


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "action.yml", *sorted((ROOT / "docs").glob("*.md"))],
    ids=lambda page: page.name,
)
def test_no_page_has_pip_ask_an_index_for_a_name_that_is_not_ours(page: Path) -> None:
    """Whoever registers it there would run beside the keys of everybody who follows the page."""
    installed = re.findall(r"pip install (?:-\S+ )*(.*)", page.read_text())
    ours = re.compile(r"""\s*(['"]?\.\[|\.$|\.`|.*git\+|.*GITHUB_ACTION_PATH)""")
    assert [each for each in installed if not ours.match(each)] == []


def test_the_json_of_the_readme_has_the_keys_of_its_schema() -> None:
    example = json.loads(README.split("```json")[1].split("```")[0])
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    assert set(example) == set(schema["properties"])


def test_the_python_of_the_readme_uses_public_names_only() -> None:
    code = README.split("```python")[1].split("```")[0]
    names = set(re.findall(r"\bad\.(\w+)", code))
    assert names
    assert names <= set(aidisclose.__all__)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_python_of_a_page_uses_public_names_only(page: Path) -> None:
    for block in page.read_text().split("```python")[1:]:
        code = block.split("```")[0]
        names = re.findall(r"\b(?:ad|aidisclose)\.(\w+)", code)
        assert set(names) <= {*aidisclose.__all__, "watermarks"}, code
        assert not re.findall(r"from aidisclose\.|import aidisclose\.", code)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./]+)\)", README))))
def test_links_of_the_readme_lead_somewhere(path: str) -> None:
    assert (ROOT / path).exists()
