"""Words and options of other programs: each is answered with the command that does it here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import aidisclose as ad
from aidisclose.cli import habits
from aidisclose.cli.main import COMMANDS, commands
from aidisclose.version import VERSION
from tests.cli.running import Run

VERIFY = "aidisclose: verify: unknown option"


@pytest.mark.parametrize("words", [("help",), ("help", "verify"), ("help", "trust", "add")])
def test_help_is_a_command(aidisclose: Run, words: tuple[str, ...]) -> None:
    done = aidisclose(*words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(" ".join(("Usage: aidisclose", *words[1:], "[OPTIONS]")))


def test_version_is_a_command(aidisclose: Run) -> None:
    expected = (0, f"aidisclose, version {VERSION}\n", "")
    assert aidisclose("version") == aidisclose("-V") == expected


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("show x.jpg", "unknown command 'show'; it is `aidisclose inspect FILE`; see"),
        ("validate x.jpg", "unknown command 'validate'; it is `aidisclose verify FILE`; see"),
        ("init", "unknown command 'init'; it is `aidisclose credentials new`; see"),
        (
            "trust show x.jpg",
            (
                "trust: unknown command 'show'; it is `aidisclose trust list` or "
                "`aidisclose trust explain FILE`; see"
            ),
        ),
        ("trust lst", "trust: unknown command 'lst'; did you mean list? See"),
        ("repository", "repository: name a command: check, export, import, list, remove; see"),
        ("receipt", "receipt: name a command: verify; see"),
        ("help nope", "unknown command 'nope'; see"),
        (
            "picture.png",
            "'picture.png', but a file: `aidisclose verify picture.png` checks it; see",
        ),
        ("--json", "options stand behind the command: `aidisclose COMMAND --format json`; see"),
        ("-v", "unknown option -v; it is --version; see"),
        ("verify --json x", f"{VERIFY} --json; it is --format json; see"),
        ("verify -r x", f"{VERIFY} -r; folders are searched with all that is below them: leave"),
        ("verify -v x", f"{VERIFY} -v; `aidisclose inspect FILE` shows all that a file says; see"),
        ("verify --debug x", f"{VERIFY} --debug; it is `aidisclose --debug verify`; see"),
        ("verify --version", f"{VERIFY} --version; it is `aidisclose version`; see"),
        ("verify --formt x", f"{VERIFY} --formt; did you mean --format or"),
        ("check -v x --policy pai", "check: unknown option -v; it is --show all; see"),
        ("sign -n x --ai none", "sign: unknown option -n; it is --dry-run; see"),
        ("verify -o", "aidisclose: verify: option '-o' requires an argument; see"),
    ],
)
def test_a_habit_is_answered(work: Path, aidisclose: Run, line: str, answer: str) -> None:
    done = aidisclose(*line.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert answer in done.err


@pytest.mark.parametrize("name", ["-picture.png", "--ai.png"])
def test_a_file_that_looks_like_an_option_is_named(work: Path, aidisclose: Run, name: str) -> None:
    (work / "picture.png").rename(work / name)
    done = aidisclose("verify", name)
    assert done.code == 2
    assert f"{name!r} is an option, and there is a file of this name: ./ before it" in done.err
    assert aidisclose("verify", f"./{name}").code == 1


def _answers() -> Iterator[str]:
    for words in habits._WORDS.values():
        for answer in words.values():
            yield from re.split("` or `aidisclose ", answer)


@pytest.mark.parametrize("answer", sorted(set(_answers()) - {"help"}))
def test_every_answer_is_a_command(answer: str) -> None:
    found: click.Command | None = commands
    words = answer.split()
    while isinstance(found, click.Group) and words:
        found = found.get_command(click.Context(found), words.pop(0))
    assert found is not None
    assert not isinstance(found, click.Group)
    known = {each for option in found.params for each in option.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_no_answer_hides_a_command() -> None:
    for path, words in habits._WORDS.items():
        group = commands.get_command(click.Context(commands), path) if path else commands
        assert isinstance(group, click.Group)
        assert set(words).isdisjoint(group.list_commands(click.Context(group)))


def test_every_answer_is_an_option_somewhere() -> None:
    known = set()
    for name in COMMANDS:
        found = commands.get_command(click.Context(commands), name)
        assert found is not None
        known |= {each for option in found.params for each in option.opts}
    assert {answer.split()[0] for answer in habits._OPTIONS.values()} <= known


def test_an_internal_error_is_traced_if_wanted(
    work: Path, aidisclose: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> ad.Report:
        raise RuntimeError("surprise\x1b[31m")

    monkeypatch.setattr(ad, "verify", fail)
    plain = aidisclose("verify", "picture.png")
    traced = aidisclose("--debug", "verify", "picture.png")
    assert (plain.code, traced.code) == (70, 70)
    assert "Traceback" not in plain.err
    assert "Traceback (most recent call last):" in traced.err
    assert "\x1b" not in traced.err
