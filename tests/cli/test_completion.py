"""Shells complete commands, options and values: real shells, with the script that is printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import tree_sitter_powershell
from click.shell_completion import get_completion_class
from tree_sitter import Language, Parser

from aidisclose.cli.main import commands
from aidisclose.policy.profiles import PROFILES
from tests.cli import running
from tests.cli.running import Run

#: How each shell is asked what it would offer for the words of a line, without a person.
ASKED: Final = {
    "bash": (
        "bash --noprofile --norc -c",
        (
            'eval "$(aidisclose completion bash)"; COMPREPLY=(); COMP_WORDS=({words});'
            " COMP_CWORD={last}; _aidisclose_completion aidisclose;"
            ' printf "%s\\n" "${{COMPREPLY[@]}}"'
        ),
    ),
    "zsh": (
        "zsh -f -c",
        (
            'autoload -U compinit; compinit -u -D; eval "$(aidisclose completion zsh)";'
            ' [ "$_comps[aidisclose]" = _aidisclose_completion ] || exit 9;'
            " _describe() {{ print -l -- ${{(P)3}}; }}; compadd() {{ print -l -- ${{(P)5}}; }};"
            ' words=({words}); CURRENT=$(({last} + 1)); _aidisclose_completion | sed "s/:.*//"'
        ),
    ),
    "fish": (
        "fish --no-config -c",
        "aidisclose completion fish | source; complete -C {line!r} | cut -f1",
    ),
}
CHOICES = (*ASKED, "powershell")
LINES = {
    "aidisclose ver": {"verify"},
    "aidisclose check --policy eu-": {"eu-ai-act"},
    "aidisclose check --policy pai,ipt": {"pai,iptc"},
    "aidisclose check --select EU-00": {f"EU-00{number}" for number in range(1, 10)},
    "aidisclose check --input assis": {"assistive="},
    "aidisclose verify --format js": {"json", "jsonl"},
    "aidisclose rule eu-a": {"eu-ai-act"},
    "aidisclose credentials li": {"list"},
    "aidisclose sign --ai gen": {"generated"},
    "aidisclose sign --source-type neg": {"negativeFilm"},
    "aidisclose completion power": {"powershell"},
}
#: Those that real shells are asked, each for two processes: commands, and lists with commas.
REAL: Final = tuple(LINES)[:3]


@pytest.fixture
def variables(home: Path, tmp_path: Path) -> dict[str, str]:
    """Of a shell that finds the program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / "aidisclose"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aidisclose "$@"\n')
    path.chmod(0o755)
    found = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    return running.environment(home, **found)


@pytest.mark.parametrize("shell", ASKED)
def test_a_shell_offers_what_fits(shell: str, work: Path, variables: dict[str, str]) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    program, script = ASKED[shell]
    # A shell each time would cost the suite seconds; all lines go to one.
    asked = [script.format(words=line, last=len(line.split()) - 1, line=line) for line in REAL]
    done = subprocess.run(
        [*program.split(), "; echo ----; ".join(asked)],
        cwd=work,
        env=variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    offered = [set(part.split()) for part in done.stdout.split("----")]
    assert offered == [LINES[line] for line in REAL], done.stderr


def powershell(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The values for a line, as its script asks; that itself runs in `.github/workflows`."""
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - (not line.endswith(" "))))
    found = get_completion_class("powershell")
    assert found is not None
    values = found(commands, {}, "aidisclose", "_AIDISCLOSE_COMPLETE")
    return values.complete().splitlines()[1::3]


@pytest.mark.parametrize("line", LINES)
def test_powershell_offers_what_fits(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(powershell(line, monkeypatch)) == LINES[line]


def test_every_profile_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = powershell("aidisclose check --policy ", monkeypatch)
    assert offered == [name for name in PROFILES if name != "cross"]


def test_files_are_offered_where_no_profile_begins_like_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert powershell("aidisclose check --policy ./our", monkeypatch) == ["./our"]


def faults(script: str) -> list[str]:
    """The parts of a script that are not PowerShell."""
    parser = Parser(Language(tree_sitter_powershell.language()))
    found = []
    nodes = [parser.parse(script.encode()).root_node]
    while nodes:
        node = nodes.pop()
        nodes += node.children
        if node.is_error or node.is_missing:
            found.append((node.text or b"").decode() or node.type)
    return found


def test_what_is_for_powershell_is_powershell(aidisclose: Run) -> None:
    script = aidisclose("completion", "powershell").out
    assert "Register-ArgumentCompleter" in script
    assert faults(script) == []
    assert faults(script.replace("{", "(", 1)), "the parser sees what is wrong"
    pages = sorted((running.ROOT / "docs").glob("*.md"))
    blocks = [
        block
        for page in pages
        for block in re.findall(r"^```powershell\n(.*?)^```$", page.read_text(), re.M | re.S)
    ]
    assert blocks
    assert [fault for block in blocks for fault in faults(block)] == []


@pytest.mark.parametrize("shell", CHOICES)
def test_the_script_is_that_of_the_shell(aidisclose: Run, shell: str) -> None:
    done = aidisclose("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"{shell}_complete" in done.out
    assert "%(" not in done.out


def test_settings_of_a_folder_are_not_read(work: Path, home: Path) -> None:
    """Not even those that would be an error."""
    (work / "aidisclose.toml").write_text("[sign\n")
    asked = {
        "_AIDISCLOSE_COMPLETE": "powershell_complete",
        "COMP_WORDS": "aidisclose sign --ai non",
        "COMP_CWORD": "3",
    }
    done = running.program(home=home, cwd=work, variables=asked)
    assert (done.code, done.out.split(), done.err) == (0, ["plain", "none", "_"], "")


def test_the_help_says_how_to_keep_it(aidisclose: Run) -> None:
    done = aidisclose("completion", "--help")
    for shell in CHOICES:
        assert f"aidisclose completion {shell}" in done.out


def test_an_unknown_shell(aidisclose: Run) -> None:
    done = aidisclose("completion", "tcsh")
    assert done.code == 2
    assert done.err.count("\n") == 1
