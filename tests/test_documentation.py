"""Every command block of the README and of docs/ is run, and prints what the page shows.

Each block has a folder of its own, with the files that its commands name. `…` stands for any text,
and dates, sizes, labels and hashes for others of their kind; a page may break a long line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

import aidisclose as ad
from tests import reader
from tests.cli import running
from tests.cli.running import Done
from tests.issuing import Issued
from tests.servers import Server, serve
from tests.signing.test_tsa import openssl_tsa

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: Commands that are not run here, by how they begin, and why; or what proves them instead.
NOT_RUN: Final = {
    "make test": "runs this very test",
    "pip install": "the program under test stands in its place: tests/test_distribution.py",
    "make demo": "test_the_demo_shows_what_it_says runs its script",
    "aidisclose serve": "runs until it is stopped: tests/cli/test_serve.py",
    "aidisclose trust update": "asks the network: tests/cli/test_trust.py has it ask a mirror",
    "podman": "builds an image from the network",
    "dask": "runs until it is stopped: tests/cluster",
    "aidisclose verify s3:": "storage of somebody: tests/storage has a server of S3",
    "aidisclose verify 's3:": "storage of somebody: tests/storage has a server of S3",
    "aidisclose sign s3:": "storage of somebody: tests/storage has a server of S3",
    "export PKCS11_MODULE_PATH": "a token: tests/signing/backends/test_devices.py",
    'aidisclose sign picture.png --ai generated --cert chain.pem --signer "pkcs11:': "a token",
    "AIDISCLOSE_SIGNER_TOKEN": "a service of somebody: tests/signing/backends/test_devices.py",
    "aidisclose sign picture.png --ai generated --cert chain.pem --signer awskms:": "a cloud",
    "aidisclose sign picture.png --ai generated --cert chain.pem --signer gcpkms:": "a cloud",
    "aidisclose sign picture.png --ai generated --cert chain.pem --signer azurekms:": "a cloud",
    "export GOOGLE_OAUTH_ACCESS_TOKEN": "a cloud: tests/signing/backends/test_devices.py",
    "export AZURE_ACCESS_TOKEN": "a cloud: tests/signing/backends/test_devices.py",
    "aidisclose sign picture.jpg --update --certificate-status": "asks responders:"
    " tests/cli/test_update.py has its own",
    "aidisclose stream verify init.mp4": "a live stream: tests/cli/test_stream.py",
    "git add": "an example of what follows",
    "aidisclose verify download.jpg": "a download of 2025: tests/cli/test_trust_interim.py",
    "aidisclose trust add their-picture.jpg": "a file of somebody: tests/cli/test_trust.py",
    "aidisclose trust add sha256:": "a certificate of somebody: tests/cli/test_trust.py",
    "aidisclose trust add allowed.sha256.txt": "a list of somebody: tests/cli/test_trust.py",
    "aidisclose verify incoming/ --signer": "files of somebody: tests/cli/test_verify.py",
    "aidisclose trust export": "the lists of trust update: tests/cli/test_trust.py",
    "aidisclose trust import": "the lists of trust update: tests/cli/test_trust.py",
    "aidisclose watermark add": "weights of somebody: tests/cli/test_watermark.py has stand-ins",
    "aidisclose sign picture.jpg --ai generated --watermark": "weights of somebody, too",
    "AIDISCLOSE_REPOSITORY_TOKEN": "a server of somebody: tests/resolution",
    "aidisclose recover copy.jpg --server": "a server of somebody: tests/resolution",
}
#: What a reader has done before a command, by how it begins.
BEFORE: Final = {
    "aidisclose verify altered.png": "flip picture.signed.png altered.png",
    "aidisclose check build/": "mkdir build; cp picture.png build/a.png;"
    " aidisclose sign picture.png -o build/a.signed.png --ai generated",
    "aidisclose credentials csr": "rm key.pem",
    "aidisclose diff a.signed.png": "aidisclose sign picture.png -o a.signed.png --ai generated;"
    " cp picture.png after-the-cdn.png",
    "aidisclose doctor chain.pem --key key.pem --trust root.pem": "cp wrong.pem chain.pem",
    "aidisclose trust explain": "aidisclose sign picture.png --ai generated",
    "aidisclose sign picture.png --ai generated --cert chain.pem --signer env:"
    "": "rm picture.signed.png",
    "aidisclose sign picture.png --ai generated --signer": "rm picture.signed.png",
    "aidisclose summarize november": "aidisclose verify generated --results november.jsonl",
    "aidisclose recover": "cp picture.signed.png downloaded.jpg",
    "aidisclose diff originals/": "mkdir originals delivered;"
    " aidisclose sign picture.png -o originals/a.png --ai generated;"
    " cp picture.webp delivered/a.webp",
    "aidisclose sign picture.jpg --update --metadata": "aidisclose sign picture.jpg --ai generated"
    " --in-place",
    "aidisclose sign picture.jpg --ai generated --from-metadata": "cp gemini.jpg picture.jpg",
    "aidisclose verify picture.jpg --format html": "aidisclose sign picture.jpg --ai generated"
    " --in-place; mkdir folder; aidisclose sign picture.png -o folder/a.png --ai generated",
    "aidisclose verify --files-from": "aidisclose sign picture.png --ai generated;"
    " echo picture.signed.png > addresses.txt",
    "aidisclose sign image.png --ai edited": "rm image.signed.png;"
    " aidisclose sign picture.png -o image.png --force --ai generated --model DALL-E",
}
#: Commands that are meant to fail, by how they begin, and their exit code.
CODES: Final = {
    "aidisclose check build/": 1,
    "aidisclose diff": 1,
    "aidisclose doctor chain.pem --key key.pem --trust root.pem": 1,
}
#: What differs from run to run, and stands for its kind.
VARYING: Final = (
    (r"urn:c2pa:[0-9a-f-]{36}", "urn:c2pa:…"),
    (r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", "DATE"),
    (r"[\d,]+ (bytes|kB|MB)\b", "SIZE"),
    (r"\b[0-9a-f]{32,64}\b", "HASH"),
)


@dataclass(frozen=True)
class Command:
    """A command of a page, and what the page shows that it prints."""

    line: str
    shown: str


@dataclass(frozen=True)
class Block:
    """One block of commands."""

    page: Path
    number: int
    commands: tuple[Command, ...]

    def __str__(self) -> str:
        return f"{self.page.name}:{self.number}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in FENCE.finditer(text):
            if match[1] in ("console", "sh"):
                number = text.count("\n", 0, match.start()) + 1
                yield Block(page, number, tuple(read(match[2], match[1] == "console")))


def read(text: str, has_prompts: bool) -> Iterator[Command]:
    """The commands of a block; without prompts, each line is one."""
    for part in re.split(r"^\$ " if has_prompts else r"(?<!\\)\n", text, flags=re.MULTILINE):
        if not part.strip() or part.startswith("#"):
            continue
        line, _, shown = part.replace("\\\n", "").partition("\n")
        yield Command(line, shown.strip())


def chosen(table: dict[str, Any], line: str) -> Any:
    """What a table has for the longest beginning of a command."""
    keys = [key for key in table if line.startswith(key)]
    return table[max(keys, key=len)] if keys else None


BLOCKS: Final = list(blocks())
LINES: Final = [command.line for block in BLOCKS for command in block.commands]


@pytest.fixture(scope="session")
def stamps(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Iterator[Server]:
    """An authority that answers for all hosts: the pages name those of others."""
    folder = tmp_path_factory.mktemp("stamps")
    with serve(openssl_tsa(issued("es256").folder, folder)) as server:
        yield server


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> Path:
    """The files that the pages name, and a user with credentials."""
    folder = tmp_path_factory.mktemp("documentation")
    reader.prepare(folder, issued)
    return folder


def run(block: Block, prepared: Path, folder: Path, proxy: str) -> list[Done | None]:
    """Exit code, output and messages of each command; no code where it is not run."""
    shutil.copytree(prepared / "work", folder / "work")
    if not any("credentials new" in command.line for command in block.commands):
        shutil.copytree(prepared / "home", folder / "home" / "aidisclose")
    script: list[str] = []
    for number, command in enumerate(block.commands):
        if before := chosen(BEFORE, command.line):
            script += ["(", before, f") > before.{number} 2>&1"]
        if chosen(NOT_RUN, command.line) is None:
            script += ["{", local(command.line, proxy), f"}} > {number}.out 2> {number}.err"]
            script += [f"echo $? > {number}.code"]
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "\n".join(script)],
        cwd=folder / "work",
        env=running.environment(
            folder / "home" / "aidisclose",
            PATH=f"{prepared / 'bin'}:{os.environ['PATH']}",
            WORK=str(folder / "work"),
            SIGNING_KEY=(prepared / "work" / "key.pem").read_text(),
            http_proxy=proxy,
            no_proxy="",
        ),
        stdin=subprocess.DEVNULL,
        timeout=240,
        check=False,
    )
    return [done(folder / "work", number) for number in range(len(block.commands))]


def done(folder: Path, number: int) -> Done | None:
    """What a command left; messages on standard error may be left out of a page."""
    code, out, err = (folder / f"{number}.{end}" for end in ("code", "out", "err"))
    return Done(int(code.read_text()), out.read_text(), err.read_text()) if code.exists() else None


def local(line: str, proxy: str) -> str:
    """A command with addresses that lead to this machine; http goes there through the proxy."""
    return re.sub(r"https://tsa\.example", f"{proxy}/", line)


def same(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; blanks may be line ends, `…` any text."""
    for pattern, kind in VARYING:
        shown, printed = re.sub(pattern, kind, shown), re.sub(pattern, kind, printed)
    parts = [" ".join(part.split()) for part in shown.split("…")]
    blanks = [re.sub(r"\\ ", r"\\s+", re.escape(part)) for part in parts]
    return re.fullmatch(r"\s*.*?\s*".join(blanks), printed.strip(), re.DOTALL) is not None


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_commands_print_what_is_shown(
    block: Block, prepared: Path, tmp_path: Path, stamps: Server
) -> None:
    if all(chosen(NOT_RUN, command.line) for command in block.commands):
        pytest.skip("; ".join(chosen(NOT_RUN, command.line) for command in block.commands))
    results = run(block, prepared, tmp_path, stamps.url)
    for command, result in zip(block.commands, results, strict=True):
        if result is not None:
            wanted = chosen(CODES, command.line) or 0
            assert (command.line, result.code) == (command.line, wanted), result.err
            if command.shown:
                assert same(command.shown, result.out), f"{command.line}\n{result.out}"


@pytest.mark.parametrize("table", [NOT_RUN, BEFORE, CODES], ids=["NOT_RUN", "BEFORE", "CODES"])
def test_no_exception_is_left_of_a_command_that_is_gone(table: dict[str, object]) -> None:
    assert [key for key in table if not any(line.startswith(key) for line in LINES)] == []


def test_commands_stand_in_blocks_that_are_run() -> None:
    """Neither indented nor in a block of another kind, where nobody would run them."""
    for page in PAGES:
        bare = FENCE.sub("", page.read_text("utf-8"))
        assert re.findall(r"^(?: {4}|\$ )aidisclose .*", bare, re.MULTILINE) == [], page.name


def test_what_differs_is_noticed() -> None:
    assert same("made … in\n  2026-01-01", "made  a b in 2027-02-02\n")
    assert not same("made 2026-01-01", "make 2026-01-01")
    assert not same("made", "made and more")


def test_the_demo_shows_what_it_says(prepared: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "demo.sh", tmp_path / "docs")
    done = subprocess.run(
        ["bash", "docs/demo.sh"],
        cwd=tmp_path,
        env=running.environment(
            tmp_path / "a" / "home", PATH=f"{prepared / 'bin'}:{os.environ['PATH']}"
        ),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "(exit code 1)" in done.stdout


class Generated:
    """What a generator of diffusers returns."""

    images = (Image.new("RGB", (64, 64), "teal"),)


def python() -> Iterator[tuple[str, str]]:
    """The blocks of all pages but that whose blocks build on each other: test_notebooks runs it."""
    for page in PAGES:
        if page.name == "python.md":
            continue
        for number, (kind, code) in enumerate(FENCE.findall(page.read_text("utf-8"))):
            if kind == "python":
                yield f"{page.name}:{number}", code


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in python()])
def test_python_runs(
    code: str, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what the text around it says is there."""
    shutil.copytree(prepared / "work", tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    Path("out.png").unlink()
    shutil.copy("picture.png", "in.png")
    chain, key = Path("chain.pem").read_bytes(), Path("key.pem").read_bytes()
    signer = ad.Signer.from_pem(chain=chain, key=key)
    given = {
        "ad": ad,
        "signer": signer,
        "camera": signer,
        "chain": Path("ann.pem").read_bytes(),
        "key": Path("ann-key.pem").read_bytes(),
        "pipeline": lambda _prompt: Generated,
    }
    exec(compile(code, "documentation", "exec"), given)
    trust = ad.TrustConfig.from_pem(Path("root.pem").read_bytes())
    for made in map(Path, ("out.png", "castle.signed.png")):
        if made.name in code:
            assert ad.verify(made, trust=trust).state is ad.State.TRUSTED
