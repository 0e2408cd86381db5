"""What people see at a terminal: a real one, of a fixed size; pipes never import rich."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rich.cells import cell_len

from tests.cli.running import ROOT, environment

Watch = Callable[..., str]

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


def plain(text: str) -> str:
    """The text without colours and links."""
    return _ESCAPES.sub("", text).replace("\r\n", "\n")


@pytest.fixture
def watch(home: Path, work: Path) -> Watch:
    """Runs a command at a terminal, and returns all that it writes there."""

    def run(*arguments: object, columns: int = 80, **variables: str) -> str:
        own = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **variables}
        seen = environment(home, **own)
        seen.pop("COLUMNS", None)
        command = [sys.executable, "-m", "aidisclose", *map(str, arguments)]
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            cwd=work,
            env=seen,
        )
        os.close(terminal)
        parts: list[bytes] = []
        try:
            while part := os.read(controller, 65_536):
                parts.append(part)
        except OSError:  # the other end is closed
            pass
        process.wait(timeout=60)
        os.close(controller)
        return b"".join(parts).decode()

    return run


#: XMP that says that AI made a picture.
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" e:DigitalSourceType=
 "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def folder(work: Path) -> Path:
    """Files of two folders, of several states."""
    for name in ("generated.png", "generated.jpg", "altered.png", "unsigned.jpg", "edited.jpg"):
        for place in ("one", "two/三つの写真"):
            (work / place).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "fixtures" / name, work / place / name)
    return work


@pytest.mark.parametrize("columns", [40, 80, 100, 132])
def test_many_files_fit_the_width(columns: int, watch: Watch, folder: Path) -> None:
    text = plain(watch("verify", ".", columns=columns))
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert sum(line.startswith("one") for line in lines) == 1
    assert "11 files: 6 valid, 2 invalid, 3 none" in text
    assert text.count("generated.png") == 2
    assert "assertion.dataHash.mismatch" in text.replace("\n", "")


def test_what_files_share_is_said_once(watch: Watch, folder: Path) -> None:
    text = plain(watch("verify", "one", columns=200))
    assert text.count("aidisclose fixtures") == 1


def test_what_all_signed_files_answer_is_said_once(watch: Watch, work: Path) -> None:
    (work / "many").mkdir()
    for number in range(3):
        shutil.copy(ROOT / "fixtures" / "generated.png", work / "many" / f"{number}.png")
    text = plain(watch("verify", "many", columns=200))
    assert text.startswith("many  all signed by ")
    assert text.count("intact · declared AI-generated, model Fixture 1.0") == 1
    shutil.copy(ROOT / "fixtures" / "unsigned.jpg", work / "many")
    head = plain(watch("verify", "many", columns=200)).splitlines()[0]
    assert head.startswith("many  unless said otherwise: signed by "), "not all are signed"
    assert "intact · declared AI-generated" in head


def test_no_line_is_empty_where_answers_are_shared(watch: Watch, work: Path) -> None:
    (work / "bare").mkdir()
    for number in range(3):
        with Image.open(ROOT / "fixtures" / "unsigned.jpg") as opened:
            chunks = PngInfo()
            chunks.add_itxt("XML:com.adobe.xmp", XMP)
            opened.save(work / "bare" / f"{number}.png", pnginfo=chunks)
    text = plain(watch("verify", "bare"))
    assert text.count("XMP: trainedAlgorithmicMedia") == 3
    assert not [line for line in text.splitlines() if not line.strip()]


def test_one_file_is_a_card(watch: Watch, folder: Path) -> None:
    lines = plain(watch("verify", "one/generated.png")).splitlines()
    assert lines[0].startswith("╭─ one/generated.png ─")
    assert {cell_len(line) for line in lines} == {80}
    assert any("declared AI-generated, model Fixture 1.0" in line for line in lines)


def test_a_picture_is_shown_where_colours_allow(watch: Watch, folder: Path) -> None:
    shown = watch("verify", "one/generated.png", columns=120, COLORTERM="truecolor")
    assert "▀" in shown
    assert "▀" not in watch("verify", "one/generated.png", columns=120)
    assert "▀" in watch("verify", "one/generated.png", columns=80, COLORTERM="truecolor")
    assert "▀" not in watch("verify", "one/generated.png", columns=79, COLORTERM="truecolor")


def test_a_picture_stands_upright(watch: Watch, work: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # Orientation: the camera was held upright
    Image.new("RGB", (64, 16)).save(work / "upright.jpg", exif=turned)
    Image.new("RGB", (64, 16)).save(work / "lying.jpg")
    rows = [
        sum("▀" in line for line in watch("verify", name, COLORTERM="truecolor").splitlines())
        for name in ("upright.jpg", "lying.jpg")
    ]
    assert rows[0] > rows[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "one/edited.jpg"),
        ("check", "--policy", "iptc,pai", "one", "--show", "all"),
        ("diff", "one/generated.png", "one/altered.png"),
        ("doctor", "home/credentials/default/chain.pem"),
        ("rule", "EU-001"),
        ("rule",),
        ("law", "list"),
        ("formats",),
        ("trust", "list"),
        ("trust", "list", "mine"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_command_fits_the_width(
    arguments: tuple[str, ...], columns: int, watch: Watch, folder: Path
) -> None:
    if arguments[0] == "doctor":
        arguments = ("doctor", str(folder.parent / arguments[1]))
    if arguments[0] == "trust":
        watch("trust", "add", ROOT / "fixtures" / "root.pem", "--name", "mine")
    text = plain(watch(*arguments, columns=columns))
    assert text
    assert max(map(cell_len, text.splitlines())) <= columns


def test_what_stands_over_many_files_fits_the_width(watch: Watch, work: Path) -> None:
    (work / "many").mkdir()
    for number in range(25):
        shutil.copy(work / "picture.png", work / "many" / f"{number}.png")
    policy = ("--policy", "eu-ai-act", "--input", "ai=yes", "--as-of", "2026-12-05")
    for columns in (40, 80):
        text = plain(watch("check", "many", *policy, columns=columns))
        assert "in all files: " in text
        lines = [line for line in text.splitlines() if not line.endswith(" left")]
        assert max(map(cell_len, lines)) <= columns


@pytest.mark.parametrize("command", ["verify", "stream verify"])
def test_the_last_line_fits_the_width(command: str, watch: Watch, work: Path) -> None:
    for name in ("generated.png", "altered.png", "unsigned.jpg"):
        shutil.copy(ROOT / "fixtures" / name, work / name)
    (work / "broken.png").write_bytes(b"broken")
    names = ("generated.png", "altered.png", "unsigned.jpg", "broken.png")
    text = plain(watch(*command.split(), *names, columns=40))
    assert text.splitlines()
    assert max(map(cell_len, text.splitlines())) <= 40


def test_ascii_where_the_encoding_has_no_more(watch: Watch, folder: Path) -> None:
    for arguments in (
        ("verify", "."),
        ("verify", "one/generated.png"),
        ("inspect", "one/edited.jpg"),
    ):
        assert watch(*arguments, PYTHONIOENCODING="ascii").isascii()
        assert "\\u2" not in watch(*arguments, PYTHONIOENCODING="ascii")


def test_markup_of_a_name_stays_text(watch: Watch, work: Path) -> None:
    name = "[bold red]x[/] [link=https://evil.example]y[/].png"
    path = work / name.replace("/", "∕")  # a slash cannot be in a name
    shutil.copy(ROOT / "fixtures" / "generated.png", path)
    for arguments in (("verify", path.name), ("verify", path.name, path.name)):
        shown = watch(*arguments, columns=150)
        assert "[bold red]x[" in plain(shown)
        assert "evil.example\x1b" not in shown


def test_colours_can_be_chosen(watch: Watch, folder: Path) -> None:
    file = "one/generated.png"
    assert "\x1b[" in watch("verify", file)
    for quiet in (watch("verify", file, NO_COLOR="1"), watch("--color", "never", "verify", file)):
        assert "\x1b[" not in quiet
    assert "\x1b[" in watch("--color", "always", "verify", file, NO_COLOR="1")


@pytest.mark.parametrize("variables", [{"FORCE_COLOR": "1"}, {"CLICOLOR_FORCE": "1"}, {}])
def test_a_pipe_is_coloured_if_asked_for(
    variables: dict[str, str], home: Path, folder: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aidisclose", "verify", "one/generated.png"],
        cwd=folder,
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("\x1b[" in done.stdout) == bool(variables)
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "one"],
        ["verify", "one", "--format", "json"],
        ["inspect", "one/edited.jpg"],
        ["check", "--policy", "iptc", "one"],
        ["formats"],
    ],
    ids=" ".join,
)
def test_a_pipe_never_imports_rich(arguments: list[str], home: Path, folder: Path) -> None:
    code = (
        "import sys; from aidisclose.cli.main import main; "
        f"main({arguments!r}); sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(home),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_what_is_known_is_a_link(watch: Watch, folder: Path) -> None:
    shown = watch("verify", "one/altered.png", columns=120)
    assert "\x1b\\\x1b[1;31mone/altered.png" in shown
    assert (folder / "one" / "altered.png").as_uri() in shown
    assert "C2PA_Specification.html#:~:text=assertion.dataHash.mismatch\x1b\\" in shown
    judged = watch("check", "--policy", "eu-ai-act", "one/altered.png", columns=120)
    law = re.escape("https://eur-lex.europa.eu/eli/reg/2024/1689/oj\x1b\\")
    assert re.search(rf"{law}(\x1b\[1m)?EU-001", judged)
    assert "\x1b]8" not in watch("verify", "one/altered.png", NO_COLOR="1")


def test_sorted_results_name_their_folders(watch: Watch, folder: Path) -> None:
    lines = plain(watch("verify", "one", "two", "--sort", "state")).splitlines()
    named = [line.split()[1] for line in lines if line.startswith(("invalid", "none", "valid"))]
    assert named[:2] == ["one/altered.png", "two/三つの写真/altered.png"]
    assert max(map(cell_len, lines)) <= 80


@pytest.mark.parametrize("columns", [80, 120])
def test_a_file_that_fails_is_a_card(columns: int, watch: Watch, folder: Path) -> None:
    lines = plain(
        watch("check", "--policy", "iptc", "one/altered.png", columns=columns)
    ).splitlines()
    assert lines[1].startswith("╭─ fail  one/altered.png ─")
    assert len(lines[1]) == columns
    inside = " ".join(line.strip("│ ") for line in lines)
    assert "IPTC-012" in inside
    assert "the file is not what was signed, perhaps its XMP" in inside
    assert "→ write XMP first, and sign last" in inside
    assert lines[-1] == "1 file: 1 fail"


def test_repeated_findings_are_lines(watch: Watch, folder: Path) -> None:
    shown = plain(watch("check", "--policy", "iptc", "one", "two"))
    assert shown.count("the file is not what was signed, perhaps its XMP") == 1
    assert "as in one/altered.png" in shown


def test_what_was_lost_is_a_card(watch: Watch, folder: Path) -> None:
    shown = plain(watch("diff", "one/generated.png", "one/altered.png"))
    assert shown.startswith("╭─ lost  one/generated.png → one/altered.png ─")
    assert "│ lost  c2pa source type, removed " in shown
    kept = plain(watch("diff", "one/generated.png", "two/三つの写真/generated.png"))
    assert kept.startswith("kept  one/generated.png → two/三つの写真/generated.png\n")
    assert "c2pa manifest (unchanged)" in kept
    assert "╭" not in kept


def test_every_certificate_is_a_card(watch: Watch, folder: Path) -> None:
    chain = folder.parent / "home" / "credentials" / "default" / "chain.pem"
    lines = plain(watch("doctor", chain, columns=120)).splitlines()
    titles = [line for line in lines if line.startswith("╭")]
    assert [title[3] for title in titles] == ["1", "2", "t"]
    assert any("passed  validity " in line for line in lines)
    assert lines[-1].startswith("passed (")


@pytest.mark.parametrize("columns", [80, 120])
def test_formats_are_cards_where_a_table_is_too_wide(columns: int, watch: Watch) -> None:
    shown = plain(watch("formats", columns=columns))
    assert "JPEG  " in shown
    assert "image/jpeg" in shown
    assert ("in the file · .jpg .jpeg .jpe .jfif · image/jpeg" in shown) == (columns == 80)
    assert ("media type" in shown) == (columns == 120)


def test_a_rule_leads_to_its_law(watch: Watch) -> None:
    shown = watch("rule", "EU-001")
    address = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"
    assert f";{address}\x1b\\" in shown
    assert plain(shown).startswith("╭─ EU-001 ─")
    assert f";{address}\x1b\\" in watch("rule")


def test_certificates_of_a_list_are_a_card(watch: Watch) -> None:
    watch("trust", "add", ROOT / "fixtures" / "root.pem", "--name", "mine")
    card = plain(watch("trust", "list"))
    assert card.startswith("mine  for signers\n  1 certificate · got ")
    assert plain(watch("trust", "list", columns=120)).startswith("name  for      certificates")
    assert plain(watch("trust", "list", "mine")).startswith("╭─ mine for signers, 1 certificate")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--policy", "iptc", "one/altered.png"),
        ("diff", "one/generated.png", "one/altered.png"),
        ("rule", "EU-001"),
        ("formats",),
    ],
    ids=" ".join,
)
def test_cards_in_ascii(arguments: tuple[str, ...], watch: Watch, folder: Path) -> None:
    shown = watch(*arguments, PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert plain(shown).isascii()
    assert "\\u" not in shown


def test_deep_trees_are_folded(watch: Watch, work: Path) -> None:
    name = "edited.jpg"
    shutil.copy(ROOT / "fixtures" / name, work / "0.jpg")
    for step in range(2):
        watch("sign", f"{step}.jpg", "--ai", "edited", "-o", f"{step + 1}.jpg")
    shown = plain(watch("inspect", "2.jpg"))
    assert "folded, and 2 manifests below it; --depth shows more" in shown
    whole = plain(watch("inspect", "2.jpg", "--depth", "20"))
    assert "folded" not in whole
    assert len(whole.splitlines()) > len(shown.splitlines())


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_pipe_without_lines_has_marks_that_look_like_them(
    encoding: str, home: Path, folder: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aidisclose", "inspect", "one/edited.jpg"],
        cwd=folder,
        env=environment(home, PYTHONIOENCODING=encoding),
        capture_output=True,
        check=True,
    )
    shown = done.stdout.decode(encoding)
    assert "\n+- signature: Signer" in shown
    assert "\\u" not in shown
    assert ("·" in shown) == (encoding == "cp1252")


@pytest.mark.parametrize("columns", [80, 120])
def test_what_files_without_credentials_share_is_said_once(
    columns: int, watch: Watch, folder: Path
) -> None:
    for number in range(3):
        shutil.copy(ROOT / "fixtures" / "unsigned.jpg", folder / "one" / f"{number}.jpg")
    lines = plain(watch("verify", "one", columns=columns)).splitlines()
    gap = "no Content Credentials; this does not mean that no AI was used"
    assert lines.count(f"none: {gap}") == 1
    assert sum("no Content Credentials" in line for line in lines) == 1
    assert sum(line.startswith("none ") for line in lines) == 4
