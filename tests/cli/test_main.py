"""What holds for every command: start-up, help, errors, and what it never does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

import aidisclose as ad
from aidisclose.cli import main as program
from aidisclose.cli.main import COMMANDS, commands, main
from aidisclose.version import VERSION
from tests.cli import running
from tests.cli.running import Run

HEAVY = ("rich", "PIL", "cryptography", "cbor2", "multiprocessing", "tomllib", "json")
UNNEEDED = ("rich", "PIL", "cryptography.x509", "multiprocessing", "tomllib", "tempfile")


def imported(folder: Path, *arguments: object) -> set[str]:
    """The modules that a command has imported when it is done."""
    script = (
        "import sys; from aidisclose.cli.main import main; code = main(sys.argv[1:]);"
        "sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=folder,
        env=running.environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    modules = imported(tmp_path, *arguments)
    assert "click" in modules
    assert modules.isdisjoint(HEAVY)


def test_verify_imports_nothing_needless(work: Path, aidisclose: Run) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated")
    modules = imported(work, "verify", "picture.signed.png")
    assert "aidisclose.validate.verify" in modules
    assert modules.isdisjoint(UNNEEDED)
    assert not any(name.startswith("aidisclose.signing") for name in modules)


def test_version(aidisclose: Run) -> None:
    assert aidisclose("--version") == (0, f"aidisclose, version {VERSION}\n", "")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_lists_every_command(aidisclose: Run, arguments: tuple[str, ...]) -> None:
    done = aidisclose(*arguments)
    assert (done.code, done.err) == (0, "")
    for name, text in COMMANDS.items():
        assert f"  {name}" in done.out
        assert text[:30] in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(aidisclose: Run, name: str) -> None:
    done = aidisclose(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: aidisclose {name}")


def test_commands_of_groups_have_help(aidisclose: Run) -> None:
    context = click.Context(commands)
    found = {name: commands.get_command(context, name) for name in COMMANDS}
    groups = {name: each for name, each in found.items() if isinstance(each, click.Group)}
    assert {"receipt", "stream", "trust"} <= groups.keys()
    for name, group in groups.items():
        for member in group.commands:
            done = aidisclose(name, member, "--help")
            assert (done.code, done.err) == (0, ""), (name, member)
            assert done.out.startswith(f"Usage: aidisclose {name} {member}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    context = click.Context(commands)
    found = commands.get_command(context, name)
    assert found is not None
    group = found.commands.values() if isinstance(found, click.Group) else [found]
    options = [each for item in group for each in item.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize(
    ("arguments", "what", "help_of"),
    [
        (("frobnicate",), "unknown command 'frobnicate'", ""),
        (
            ("verify",),
            "verify: missing argument SRC: name files or folders, or --files-from",
            " verify",
        ),
        (("credentials",), "credentials: name a command: csr, list, new", " credentials"),
        (
            ("verify", "x", "--jobs", "0"),
            "verify: invalid value for '-j' / '--jobs': 0 is not in the range 1<=x<=256",
            " verify",
        ),
        (
            ("verify", "x", "--at", "2026-01-01T12"),
            "verify: invalid value for '--at': '2026-01-01T12' has no time zone: append Z for UTC",
            " verify",
        ),
        (
            ("verify", "x", "--at", "noon"),
            (
                "verify: invalid value for '--at': invalid time 'noon': expected RFC 3339, such as "
                "2026-08-02T00:00:00Z"
            ),
            " verify",
        ),
    ],
)
def test_wrong_usage_is_one_line(
    aidisclose: Run, arguments: tuple[str, ...], what: str, help_of: str
) -> None:
    done = aidisclose(*arguments)
    assert done == (2, "", f"aidisclose: {what}; see `aidisclose{help_of} --help`\n")


def test_an_unknown_option_is_one_line(aidisclose: Run) -> None:
    done = aidisclose("verify", "x", "--forse")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("aidisclose: verify: unknown option --forse; did you mean ")


def test_a_bug_is_called_one(aidisclose: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_arguments: object) -> int:
        raise RuntimeError("surprise\x1b[31m")

    monkeypatch.setattr(program, "_invoke", fail)
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.out, done.err.count("\n")) == (70, "", 1)
    assert done.err.startswith("aidisclose: internal error: ")
    assert "RuntimeError at test_main.py:" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("module", ["cbor2", "cryptography.x509"])
def test_a_package_that_is_not_installed_is_named(tmp_path: Path, module: str) -> None:
    script = (
        f"import sys; sys.modules['{module}'] = None; from aidisclose.cli.main import main;"
        "sys.exit(main(['credentials', 'new', '--dir', 'made']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=running.environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    message = f"the Python package {module} is not installed: install aidisclose again"
    assert done.stderr == f"aidisclose: {message}\n"


def test_a_bug_about_one_file_keeps_the_others(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = ad.verify

    def fail(source: str, **arguments: object) -> ad.Report:
        if source.startswith("bad"):
            raise RuntimeError("surprise")
        return verify(source, **arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ad, "verify", fail)
    done = aidisclose("verify", "bad.png", "picture.png", "--format", "json")
    assert done.code == 70
    assert [each["state"] for each in done.json["results"]] == ["unreadable", "none"]
    assert "internal error" in done.json["results"][0]["error"]


def test_broken_pipe_is_quiet(work: Path, home: Path) -> None:
    command = [sys.executable, "-m", "aidisclose", "verify", *["picture.png"] * 5000]
    with subprocess.Popen(
        command,
        cwd=work,
        env=running.environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_standard_output_is_one_line(work: Path, home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "aidisclose", "verify", "picture.png"],
            cwd=work,
            env=running.environment(home),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr == (
        b"aidisclose: standard output cannot be written: No space left on device\n"
    )


def test_closed_streams_do_no_harm(work: Path, home: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m aidisclose verify picture.png >&- 2>&-"],
        cwd=work,
        env=running.environment(home),
        check=False,
    )
    assert done.returncode == 1


def test_unknown_commands_get_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, line in {
        "verfy": "unknown command 'verfy'; did you mean verify?",
        "zzzzz": "unknown command 'zzzzz'; see `aidisclose --help`",
    }.items():
        assert main([wrong]) == 2
        assert line in capsys.readouterr().err
