"""docs/architecture.md: its layers are those that are enforced, its recipes work in a copy."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.render import media
from tests.test_layers import ROWS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_layers_are_those_that_are_enforced() -> None:
    rows = re.findall(r"^\| \d+ \| (.*?) \|", PAGE, re.MULTILINE)
    listed = [tuple(re.findall(r"`(\w+)`", row)) for row in rows]
    assert [set(row) for row in listed] == [set(row) for row in ROWS]


def test_what_the_page_names_is_there() -> None:
    """Every `path/of.py: NAME` of the recipes, and every `module.name` of the two paths."""
    for path, name in re.findall(r"`([\w/]+\.py): (\w+)`", PAGE):
        base = ROOT if path.startswith("tests/") else ROOT / "aidisclose"
        assert re.search(rf"^{name}\b", (base / path).read_text("utf-8"), re.MULTILINE), path


class Copy:
    """A copy of the package that can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(
            ROOT / "aidisclose",
            folder / "aidisclose",
            ignore=shutil.ignore_patterns("__pycache__"),
        )

    def add(self, path: str, text: str) -> None:
        """The one file."""
        (self.folder / "aidisclose" / path).write_text(text, "utf-8")

    def name(self, path: str, before: str, line: str) -> None:
        """The one line, put before another one."""
        file = self.folder / "aidisclose" / path
        text = file.read_text("utf-8")
        assert text.count(before) == 1, before
        file.write_text(text.replace(before, f"{line}\n{before}"), "utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        variables = os.environ | {
            "PYTHONPATH": str(self.folder),
            "AIDISCLOSE_HOME": str(self.folder / "home"),
        }
        return subprocess.run(
            [sys.executable, "-m", "aidisclose", *arguments],
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    made = Copy(tmp_path)
    (tmp_path / "picture.png").write_bytes(media.picture())
    return made


OUTPUT = '''"""The states of files, one a line."""

from __future__ import annotations

from aidisclose.render.json import no_end
from aidisclose.render.renderer import Renderer, Result, Run, nothing


def _line(result: Result, _run: Run) -> str:
    return f"STATE {result.outcome}\\n"


RENDERER = Renderer(begin=nothing, result=_line, end=no_end)
'''


def test_an_output(copy: Copy) -> None:
    copy.add("render/state.py", OUTPUT)
    copy.name(
        "render/formats.py",
        '        "json": "json:RENDERER",',
        '        "state": "state:RENDERER",',
    )
    assert copy.run("verify", "--format", "state", "picture.png").stdout == "STATE none\n"


PROFILE = '''"""A rule of a house."""

from __future__ import annotations

from datetime import date

from aidisclose.policy import sources
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.rule import ERROR, Edition, Profile, Rule, Verdict, failed, passed
from aidisclose.policy.sources import Addressee


def _signed(evidence: Evidence) -> Verdict:
    return passed("it is signed") if evidence.is_valid else failed("it is not signed")


PROFILE = Profile(
    "our-house",
    "Rules of our house",
    (Edition("1", date(2026, 1, 1), "in force"),),
    (
        Rule(
            id="HOUSE-001",
            source=sources.PAI,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="everything is signed",
            citation="1",
            evidence="the state",
            fix="sign it",
            check=_signed,
        ),
    ),
)
'''


def test_a_profile(copy: Copy) -> None:
    copy.add("policy/profiles/our_house.py", PROFILE)
    copy.name("policy/profiles/__init__.py", '    "cross",', '    "our_house",')
    found = copy.run("check", "--policy", "our-house", "picture.png")
    assert found.returncode == 1, found.stderr
    assert "HOUSE-001: it is not signed" in found.stdout


FORMAT = '''"""Plain lines that begin with a magic word, their store at the end."""

from __future__ import annotations

from aidisclose.containers.container import (
    KEEP,
    Block,
    Container,
    Edits,
    EmbeddedStore,
    Layout,
)
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice

_MAGIC = b"LINES 1\\n"
_MARK = b"\\nSTORE "


class Lines(Container):
    """Plain lines."""

    name = "Lines"
    media_types = ("text/x-lines",)
    extensions = (".lines",)

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith(_MAGIC)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        data = source.read_at(0, source.size)
        start = data.find(_MARK)
        end = start if start >= 0 else source.size
        blocks = [Block("lines", 0, end)]
        stores = ()
        if start >= 0:
            frame = Range(start, source.size - start)
            blocks.append(Block("store", *frame))
            piece = Range(start + len(_MARK), frame.length - len(_MARK))
            stores = (EmbeddedStore(frame, (frame,), (piece,)),)
        return Layout("text/x-lines", source.size, tuple(blocks), stores)

    def _frame(self, store: bytes) -> bytes:
        return _MARK + store

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        if edits.store is KEEP:
            return change(source, ())
        end = layout.blocks[0].end
        new = b"" if edits.store is None else self.frame(edits.store)
        return change(source, [Change(end, source.size - end, new)])


CONTAINER = Lines()
'''


def test_a_media_format(copy: Copy) -> None:
    copy.add("containers/lines.py", FORMAT)
    copy.name("containers/__init__.py", '    "mp3": (".mp3",),', '    "lines": (".lines",),')
    (copy.folder / "text.lines").write_bytes(b"LINES 1\none\n")
    assert copy.run("credentials", "new").returncode == 0
    signed = copy.run("sign", "text.lines", "--ai", "generated", "-o", "signed.lines")
    assert signed.returncode == 0, signed.stderr
    assert copy.run("verify", "signed.lines", "--require", "trusted").returncode == 0
    file = copy.folder / "signed.lines"
    file.write_bytes(file.read_bytes().replace(b"one", b"two"))
    assert "altered" in copy.run("verify", "signed.lines").stdout


COMMAND = '''"""`aidisclose hello`."""

from __future__ import annotations

import click

from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit


@click.command(cls=options.Command)
def command() -> Exit:
    """Say hello."""
    terminal.write("hello\\n")
    return Exit.OK
'''


def test_a_command(copy: Copy) -> None:
    copy.add("cli/hello.py", COMMAND)
    copy.name("cli/main.py", '    "formats": "List the media', '    "hello": "Say hello.",')
    assert copy.run("hello").stdout == "hello\n"


def test_a_signer(copy: Copy) -> None:
    copy.add(
        "signing/backends/shelf.py",
        '"""Keys on a shelf."""\n\nfrom pathlib import Path\n\n\ndef read(what: str) -> bytes:\n'
        '    """The key file."""\n    return Path("home/credentials/default", what).read_bytes()\n',
    )
    path = copy.folder / "aidisclose" / "signing" / "backends" / "__init__.py"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace('"env": "environment"}', '"env": "environment", "shelf": "shelf"}')
    )
    assert copy.run("credentials", "new").returncode == 0
    chain = "home/credentials/default/chain.pem"
    made = copy.run(
        "sign", "picture.png", "--ai", "none", "--signer", "shelf:key.pem", "--cert", chain
    )
    assert made.returncode == 0, made.stderr


CARRIER = '''"""The line by which a house says in PNG that a machine drew a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aidisclose.carriers.comment import FoundComment
from aidisclose.carriers.text import Text

_AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def find(texts: Iterable[Text]) -> Iterator[FoundComment]:
    """The lines in these texts."""
    for item in texts:
        if item.name == "Drawn-By" and item.value == "machine":
            yield FoundComment(item.place, item.value, _AI)
'''


def test_a_carrier(copy: Copy) -> None:
    copy.add("carriers/house.py", CARRIER)
    file = copy.folder / "aidisclose" / "carriers" / "__init__.py"
    text = file.read_text("utf-8").replace("(comment.find,)", "(comment.find, house.find)")
    file.write_text(text.replace("import aigc, comment,", "import aigc, comment, house,"))
    chunk = b"tEXtDrawn-By\0machine"
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    picture = (copy.folder / "picture.png").read_bytes()
    (copy.folder / "drawn.png").write_bytes(picture[:33] + framed + picture[33:])
    found = copy.run("verify", "drawn.png", "--format", "json")
    [comment] = json.loads(found.stdout)["results"][0]["marks"]["comments"]
    assert comment["text"] == "machine"
    said = copy.run("check", "--policy", "cross", "--show", "all", "drawn.png").stdout
    assert re.search(r"pass +X-001", said)  # open where no carrier says anything


def test_a_rule(copy: Copy) -> None:
    """A rule in a profile that is there: it is explained, judged and listed."""
    rule = (
        '        Rule(\n            id="PAI-900",\n            source=sources.PAI,\n'
        "            addressee=Addressee.PROVIDER,\n            severity=ERROR,\n"
        '            title="it is signed",\n            citation="none",\n'
        '            evidence="the state",\n            fix="sign it",\n'
        "            check=disclosed,\n"
        "        ),"
    )
    path = "policy/profiles/pai.py"
    copy.name(path, '        Rule(\n            id="PAI-001",', rule)
    assert "it is signed" in copy.run("rule", "PAI-900").stdout
    found = copy.run("check", "--policy", "pai", "--select", "PAI-900", "picture.png")
    assert (found.returncode, "PAI-900" in found.stdout) == (1, True)


def test_a_binding(copy: Copy) -> None:
    """A label of one's own for the data hash: it can be asked for, and is written."""
    copy.add(
        "bindings/house_hash.py",
        '"""The data hash under the name of a house."""\n\n'
        "from aidisclose.bindings import data_hash\n\nBINDING = data_hash.BINDING\n",
    )
    copy.name(
        "bindings/__init__.py",
        '    "c2pa.hash.data": "data_hash.BINDING",',
        '    "com.example.hash": "house_hash.BINDING",',
    )
    code = (
        "from aidisclose.signing.request import WRITABLE; from aidisclose.bindings import BINDINGS;"
        "assert 'com.example.hash' in WRITABLE and 'com.example.hash' in BINDINGS"
    )
    variables = os.environ | {"PYTHONPATH": str(copy.folder)}
    subprocess.run([sys.executable, "-c", code], env=variables, cwd=copy.folder, check=True)
