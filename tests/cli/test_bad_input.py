"""Bad input, through the program: one clear line, the right code, nothing half written."""

from __future__ import annotations

import os
import resource
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aidisclose.signing import credentials
from tests.cli import running
from tests.cli.running import Done, Run
from tests.issuing import Issued
from tests.render import media

Program = Run

NOT_MEDIA = "not a media format that aidisclose knows (see `aidisclose formats`)"
SIGN = ("sign", "--ai", "generated", "--cert", "chain.pem", "--key", "key.pem")


@pytest.fixture
def folder(work: Path, issued: Issued) -> Path:
    """The working folder, with everything that can go wrong in it."""
    for name in ("chain.pem", "key.pem"):
        shutil.copy(issued("es256").folder / name, work / name)
    shutil.copy(issued("ed25519").folder / "key.pem", work / "other-key.pem")
    credentials.create(work / "expired", at=datetime(2020, 1, 1, tzinfo=UTC), days=30)
    picture = media.picture()
    (work / "picture.signed.png").write_bytes(b"precious")
    (work / "empty.png").touch()
    (work / "truncated.png").write_bytes(picture[:20])
    (work / "really-png.jpg").write_bytes(picture)
    (work / "notes.txt").write_text("only text")
    (work / "text.png").write_text("only text")
    (work / "no-media").mkdir()
    shutil.copy(work / "notes.txt", work / "no-media")
    (work / "definition.json").write_text('{"ingredients": [{"path": "missing.jpg"}]}')
    (work / "certificate.der").write_bytes(b"\x30\x82\x01\x00")
    os.mkfifo(work / "pipe.png")
    return work


@pytest.fixture
def program(folder: Path, home: Path) -> Program:
    def run(*arguments: object, **more: object) -> Done:
        return running.program(*arguments, home=home, cwd=folder, **more)  # type: ignore[arg-type]

    return run


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("verify", "missing.png"), 4, "missing.png: no such file or directory"),
        (
            ("verify", "no-media"),
            4,
            "no-media: no media files in this folder, so nothing was looked at; see `aidisclose ",
        ),
        (("verify", "empty.png"), 4, "empty.png: the file is empty"),
        (("verify", "text.png"), 4, f"text.png: {NOT_MEDIA}"),
        (("verify", "notes.txt"), 4, f"notes.txt: {NOT_MEDIA}"),
        (("verify", "pipe.png"), 4, "pipe.png: 'pipe.png' is not a regular file"),
        (("inspect", "missing.png"), 4, "missing.png: no such file or directory"),
        (("inspect", "no-media"), 4, "no-media: no media files in this folder"),
        (("inspect", "empty.png"), 4, "empty.png: the file is empty"),
        ((*SIGN, "missing.png"), 4, "missing.png: no such file or directory"),
        (
            (*SIGN, "no-media"),
            4,
            "no-media: no media files in this folder, so nothing was looked at; see `aidisclose ",
        ),
        ((*SIGN, "empty.png"), 4, "empty.png: the file is empty"),
        ((*SIGN, "picture.png"), 2, "picture.signed.png: it exists already; --force replaces it"),
        ((*SIGN, "picture.png", "-o", "notes.txt/x.png"), 4, "notes.txt/x.png: not a directory"),
        (
            (*SIGN, "picture.png", "--output-dir", "notes.txt/x"),
            4,
            "notes.txt/x: not a directory",
        ),
        (
            (*SIGN, "picture.png", "-o", "missing/x.png"),
            4,
            "missing/x.png: the folder that it is in does not exist",
        ),
        (
            (*SIGN, "picture.png", "--parent", "missing.png", "-o", "x.png"),
            4,
            "missing.png: no such file or directory",
        ),
        (
            (*SIGN, "picture.png", "--key", "other-key.pem"),
            2,
            "chain.pem, other-key.pem: the private key does not belong to the certificate ",
        ),
        (
            (*SIGN, "picture.png", "--key", "chain.pem"),
            2,
            "chain.pem, chain.pem: the key file holds no private key: are chain and key exchanged?",
        ),
        (
            (*SIGN, "picture.png", "--cert", "certificate.der"),
            2,
            "certificate.der, key.pem: the chain file holds a damaged certificate: get it again",
        ),
        (
            (*SIGN, "picture.png", "--cert", "missing.pem"),
            2,
            "missing.pem: no such file or directory",
        ),
        (
            (*SIGN, "picture.png", "--cert", "expired/chain.pem", "--key", "expired/key.pem"),
            2,
            "expired/chain.pem, expired/key.pem: the certificate ",
        ),
        (("verify", "picture.png", "--trust", "missing.pem"), 2, "missing.pem: no such file or"),
        (("verify", "picture.png", "--manifest", "missing.c2pa"), 4, "missing.c2pa: no such file"),
        (("trust", "explain", "picture.png", "--manifest", "none.c2pa"), 4, "none.c2pa: no such"),
        (("trust", "explain", "missing.png"), 4, "missing.png: no such file or directory"),
        (("doctor", "missing.pem"), 4, "missing.pem: no such file or directory"),
        (("doctor", "notes.txt"), 4, "notes.txt: there is no certificate in it"),
        (("receipt", "verify", "missing.json"), 4, "missing.json: no such file or directory"),
        (("receipt", "verify", "notes.txt"), 1, "notes.txt: not a receipt: line 1: "),
        (("summarize", "missing.jsonl"), 4, "missing.jsonl: no such file or directory"),
        (("diff", "missing.png", "picture.png"), 4, "missing.png: no such file or directory"),
        (
            (*SIGN, "picture.png", "--ingredient", "missing.jpg", "-o", "x.png"),
            4,
            "missing.jpg: no such file or directory",
        ),
        (
            (*SIGN, "picture.png", "--ingredient", "picture.png,inputto", "-o", "x.png"),
            2,
            "sign: --ingredient picture.png,inputto: unknown relationship 'inputto' (choose from ",
        ),
        (
            ("sign", "picture.png", "--manifest", "definition.json", "-o", "x.png"),
            4,
            "missing.jpg: no such file or directory",
        ),
        (("credentials", "new", "--dir", "/proc/made"), 4, "/proc: no such file or directory"),
    ],
)
def test_one_line_and_nothing_written(
    program: Program, folder: Path, arguments: tuple[str, ...], code: int, line: str
) -> None:
    before = contents(folder)
    done = program(*arguments)
    assert done.code == code
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith(f"aidisclose: {line}")
    assert contents(folder) == before


def test_a_truncated_file(program: Program, folder: Path) -> None:
    before = contents(folder)
    for arguments in (("verify",), ("inspect",), SIGN):
        done = program(*arguments, "truncated.png")
        assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
        assert done.err.startswith("aidisclose: truncated.png: ")
    assert contents(folder) == before


def test_content_decides_not_the_name(program: Program) -> None:
    done = program(*SIGN, "really-png.jpg", "-o", "out.png", "--format", "json")
    assert done.code == 0
    assert done.json["results"][0]["media_type"] == "image/png"
    assert program("verify", "out.png").code == 0


def test_a_read_only_folder(program: Program, folder: Path) -> None:
    """What even root may not write."""
    if not Path("/proc/self").is_dir():
        pytest.skip("no /proc, the only folder that root cannot write")
    done = program(*SIGN, "picture.png", "-o", "/proc/out.png")
    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
    assert done.err.startswith("aidisclose: /proc/out.png: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(program: Program, folder: Path) -> None:
    (folder / "no-media").chmod(0o500)
    done = program(*SIGN, "picture.png", "-o", "no-media/x.png")
    assert done == (4, "", "aidisclose: no-media/x.png: permission denied\n")


def no_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


@pytest.mark.parametrize("size", [1 << 16, 9 << 20], ids=["in memory", "streamed"])
@pytest.mark.parametrize("where", [("-o", "out.wav"), ("--in-place",)], ids=["new", "in place"])
def test_a_full_disk(program: Program, folder: Path, size: int, where: tuple[str, ...]) -> None:
    """Stands for it: a process that may write no more than 4 KiB to a file."""
    (folder / "large.wav").write_bytes(media.wave_head(size) + bytes(size))
    before = contents(folder)
    # Python itself would keep what it could write of its bytecode, and fail with that afterwards.
    quiet = {"PYTHONDONTWRITEBYTECODE": "1"}
    done = program(*SIGN, "large.wav", *where, preexec_fn=no_large_files, variables=quiet)
    name = "out.wav" if where[0] == "-o" else "large.wav"
    line = f"aidisclose: {name}: larger than files may be here; nothing was written\n"
    assert done == (4, "", line)
    assert contents(folder) == before


def test_a_name_that_is_longer_than_any_path_is_cut_off(program: Program, folder: Path) -> None:
    (folder / "names.txt").write_text(f"{'x' * 1_000_000}\n")
    done = program("verify", "--files-from", "names.txt")
    assert done.code == 4
    assert done.err == f"aidisclose: {'x' * 200}… (1,000,000 characters): file name too long\n"
