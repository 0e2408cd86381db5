"""Wrong values of every option of every command: one clear line, and never an internal error."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from aidisclose.cli.main import COMMANDS, commands
from tests.cli.running import Done, Run

#: Values that options get: wrong, empty, extreme, hostile.
VALUES = (
    "",
    "x y",
    "-1",
    "0",
    "nan",
    "a\0b",
    "fd:99999999999999999999",
    "999999999999999999999999",
    "9999-12-31T23:59:59-12:00",
    "https://x y",
    "https://",
    "file:///nowhere",
    "pkcs11:",
    "nofile.bin",
    "odd.bin",
    ".",
    "/dev/null/x",
    "\x1b[31m",
    "a=b",
    "a=b=c",
    "*",
    "%s{0}[bold]",
    "💥",
    "é" * 300,
)
#: What has to be there for an option to be looked at.
NEEDED = {
    "sign": ("picture.png", "--ai", "generated", "--force"),
    "check": ("picture.png", "--policy", "pai"),
    "verify": ("picture.png",),
    "inspect": ("picture.png",),
    "label": ("picture.png", "--force"),
    "diff": ("picture.png", "picture.png"),
    "doctor": ("odd.bin",),
    "receipt verify": ("odd.bin",),
    "trust add": ("odd.bin",),
    "trust remove": ("nobody",),
    # It is no repository: nothing is served.
    "serve": ("--repository", "odd.bin"),
    "credentials csr": ("--name", "N", "--organization", "O", "--country", "DE"),
}
#: Options that wait for somebody, or for the network.
WAITING = {"--tsa", "--ocsp", "--online", "--from", "--source"}


def leaves(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from leaves(found, f"{name} {each}".strip())
    else:
        yield name, command


def _options() -> Iterator[tuple[str, str, bool]]:
    """Every command, each of its options, and whether that is a flag."""
    for name, command in leaves(commands):
        for each in command.params:
            if isinstance(each, click.Option) and not WAITING & set(each.opts):
                spelling = max(each.opts, key=len)
                yield name, spelling, each.is_flag


OPTIONS = sorted({option for option in _options() if option[0].partition(" ")[0] in COMMANDS})


@pytest.fixture
def aidisclose(aidisclose: Run, work: Path) -> Run:
    (work / "odd.bin").write_bytes(b"\x00odd\xff" * 20)
    return aidisclose


def _assert_plain(done: Done, arguments: tuple[str, ...]) -> None:
    assert done.code in (0, 1, 2, 3, 4), (arguments, done.err)
    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert "\x1b[31m" not in done.out + done.err, arguments
    if done.code == 2:
        assert done.err.startswith("aidisclose: "), arguments


@pytest.mark.parametrize(("command", "option", "is_flag"), OPTIONS)
def test_an_option(command: str, option: str, is_flag: bool, aidisclose: Run) -> None:
    needed = NEEDED.get(command, ())
    if option in needed:
        needed = ("picture.png",)
    for value in () if is_flag else VALUES:
        arguments = (*command.split(), *needed, option, value)
        _assert_plain(aidisclose(*arguments), arguments)
    if is_flag:
        arguments = (*command.split(), *needed, option)
        _assert_plain(aidisclose(*arguments), arguments)


#: The mistakes of which a review found that they were reported as bugs, or about the wrong file.
MISTAKES = [
    (("--ai", "none", "--action", "c2pa.modified", "--spec", "2.2"), "c2pa.modified exists since"),
    (
        ("--ai", "edited", "--action", "c2pa.resized.proportional", "--spec", "2.2"),
        "c2pa.resized.proportional exists since",
    ),
    (("--ai", "generated", "--sidecar", "--xmp"), "--xmp is written into a copy"),
    (("--ai", "generated", "--alg", "zz"), "invalid value for '--alg'"),
    (("--ai", "generated", "--remote", "https://x y"), "invalid address of a manifest store"),
    (("--ai", "generated", "--parent", "odd.bin"), "odd.bin: not a media format"),
    (("--ai", "generated", "--ingredient", "odd.bin"), "odd.bin: not a media format"),
    (("--ai", "generated", "--ingredient", "nofile.png"), "nofile.png: no such file"),
    (("--ai", "generated", "--parent", "nofile.png"), "nofile.png: no such file"),
]


@pytest.mark.parametrize(("options", "line"), MISTAKES)
def test_a_mistake_is_named(options: tuple[str, ...], line: str, aidisclose: Run) -> None:
    done = aidisclose("sign", "picture.png", *options)
    assert done.code in (2, 4)
    assert line in done.err.splitlines()[-1]


@pytest.mark.parametrize(
    "line",
    [
        "verify picture.png --output {}",
        "verify picture.png --format html --output {}",
        "verify picture.png --receipt {}",
        "verify picture.png --results {}",
        "check picture.png --policy pai --output {}",
        "check picture.png --policy pai --summary {}",
        "check picture.png --policy pai --receipt {}",
        "check picture.png --policy pai --results {}",
        "check picture.png --policy pai --update-baseline --baseline {}",
        "inspect picture.png --output {}",
        "inspect picture.png --force --store {}",
        "inspect picture.png --force --certs {}",
        "receipt verify picture.png --output {}",
    ],
)
def test_an_output_replaces_no_source(line: str, aidisclose: Run, work: Path) -> None:
    picture = work / "picture.png"
    before = picture.read_bytes()
    (work / "linked.png").hardlink_to(picture)
    (work / "other.png").symlink_to(picture)
    for name in ("picture.png", "./picture.png", "linked.png", "other.png"):
        done = aidisclose(*line.format(name).split())
        assert (done.code, done.out) == (2, ""), name
        assert "would change picture.png, a file that is looked at" in done.err
    assert picture.read_bytes() == before


@pytest.mark.parametrize("name", ["picture.c2pa", "picture.png.c2pa", "store.c2pa"])
def test_an_output_replaces_no_credentials(name: str, aidisclose: Run, work: Path) -> None:
    """Those beside a picture are read as well, and those that are named."""
    (work / name).write_bytes(b"credentials")
    line = ("verify", "picture.png", "--manifest", "store.c2pa", "-o", name)
    done = aidisclose(*line)
    assert (done.code, done.out) == (2, "")
    assert f"would change {name}, a file that is looked at" in done.err
    assert (work / name).read_bytes() == b"credentials"


@pytest.mark.parametrize(
    "line",
    [
        "verify picture.png --receipt {} --output {}",
        "check picture.png --policy pai --exit-zero --receipt {} --summary {}",
        "check picture.png --policy pai --exit-zero --update-baseline --baseline {} --output {}",
        "inspect picture.png --store {} --certs {}",
    ],
)
def test_two_outputs_have_two_places(line: str, aidisclose: Run, work: Path) -> None:
    """Only the last one would be there."""
    (work / "linked").symlink_to("out")
    done = aidisclose(*line.format("out", "linked").split())
    assert (done.code, done.out) == (2, "")
    assert "would both write" in done.err
    assert not (work / "out").exists()
    assert aidisclose(*line.format("/dev/null", "/dev/null").split()).code in (0, 1)


@pytest.mark.parametrize("command", ["verify", "inspect", "label", "sign --ai generated"])
def test_the_name_of_a_source_is_not_empty(command: str, aidisclose: Run) -> None:
    done = aidisclose(*command.split(), "")
    assert (done.code, done.out) == (2, "")
    assert "the name of a source is empty" in done.err


def test_a_hash_that_no_output_shows_is_refused(aidisclose: Run) -> None:
    done = aidisclose("verify", "picture.png", "--sha256")
    assert (done.code, done.out) == (2, "")
    assert "--sha256 needs a format that shows hashes: --format json, jsonl, html" in done.err
    digest = hashlib.sha256(Path("picture.png").read_bytes()).hexdigest()
    for form in ("json", "jsonl", "html", "csv"):
        assert digest in aidisclose("verify", "picture.png", "--sha256", "-f", form).out, form


def test_a_folder_is_not_compared_with_a_file(aidisclose: Run, work: Path) -> None:
    (work / "folder").mkdir()
    done = aidisclose("diff", "folder", "picture.png")
    assert (done.code, done.out) == (2, "")
    assert "folder is a folder and picture.png is not: name two of a kind" in done.err


@pytest.mark.parametrize("command", ["verify", "inspect"])
def test_a_time_beyond_the_calendar_is_refused(command: str, aidisclose: Run) -> None:
    done = aidisclose(command, "picture.png", "--at", "9999-12-31T23:59:59-12:00")
    assert (done.code, done.out) == (2, "")
    assert "outside of the years 1 to 9999" in done.err
