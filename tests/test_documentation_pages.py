"""What is made from code and pages: manual pages, the site, pictures of the terminal."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import click
import pytest

from aidisclose.cli.main import COMMANDS, commands
from docs import manual, pages, screenshots

ROOT: Final = Path(__file__).resolve().parents[1]


# manual pages


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return manual.pages()


def test_every_command_has_a_manual_page(written: dict[str, str]) -> None:
    assert {f"aidisclose-{name}.1" for name in COMMANDS} <= set(written)
    assert {"aidisclose.1", "aidisclose-trust-explain.1", "aidisclose-receipt-verify.1"} <= set(
        written
    )


@pytest.mark.parametrize("name", ["sign", "verify", "check"])
def test_a_manual_page_has_every_option(name: str, written: dict[str, str]) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    page = written[f"aidisclose-{name}.1"].replace(r"\-", "-")
    options = [
        option
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden
        for option in each.opts
    ]
    assert len(options) > 10
    assert [option for option in options if option not in page] == []


def test_roff_finds_nothing_wrong_in_manual_pages(written: dict[str, str]) -> None:
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    # Words longer than a line, such as lists of choices, cannot be broken.
    command = ["groff", "-K", "utf8", "-man", "-ww", "-W", "break", "-T", "utf8"]
    done = subprocess.run(
        command, input="".join(written.values()), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    plain = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    assert "AIDISCLOSE-SIGN(1)" in plain
    assert "--model-version VERSION" in plain


def test_text_is_never_a_request_of_roff() -> None:
    command = click.Command("x", help=".so /etc/passwd \\fB\n\n'ex")
    found = list(manual._lines(click.Context(command, info_name="x")))
    assert [line for line in found if line.startswith((".so", "'"))] == []
    assert r"\&.so /etc/passwd \efB" in found


# the site


class Links(HTMLParser):
    """What a page of HTML refers to, and what in it can be referred to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name == "src" or (name == "href" and tag == "link"):
                self.loaded.append(value or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Links]:
    """The pages of the site, read."""
    pytest.importorskip("material", reason="mkdocs-material is not installed")
    folder = tmp_path_factory.mktemp("site")
    pages.gather(folder / "pages")
    configuration = (ROOT / "mkdocs.yml").read_text().replace("build/", "")
    (folder / "mkdocs.yml").write_text(configuration)
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
        cwd=folder,
        env={"PATH": "", "HOME": str(folder), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for path in (folder / "site").rglob("*.html"):
        found[path] = Links()
        found[path].feed(path.read_text("utf-8"))
    return found


def test_every_page_is_in_the_site(site: dict[Path, Links]) -> None:
    made = {path.parent.name for path in site}
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= made


def test_links_of_the_site_lead_somewhere(site: dict[Path, Links]) -> None:
    broken = []
    for path, page in site.items():
        if path.name == "404.html":  # shown in any folder
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            ids = site[target].ids if target in site else set()
            if not target.exists() or (anchor and anchor not in {*ids, "__top"}):
                broken.append(f"{path.parent.name}: {link}")
    assert broken == []


def test_the_site_loads_nothing_from_elsewhere(site: dict[Path, Links]) -> None:
    loaded = [each for page in site.values() for each in page.loaded]
    assert loaded
    assert [each for each in loaded if urlsplit(each).netloc] == []


def test_a_link_to_nothing_is_noticed(tmp_path: Path) -> None:
    match = pages._LINK.match("[text](nowhere.md)")
    assert match
    with pytest.raises(FileNotFoundError):
        pages._follow(match, tmp_path)


# pictures of the terminal


def shown(svg: str) -> list[str]:
    """The lines of text of a picture."""
    rows = re.findall(r"<text[^>]* y=\"([\d.]+)\"[^>]*>([^<]*)</text>", svg)
    lines: dict[str, str] = {}
    for y, text in rows:
        lines[y] = lines.get(y, "") + text.replace("&#160;", " ")
    return [line.rstrip() for line in lines.values()]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
@pytest.mark.parametrize("name", screenshots.SHOTS)
def test_pictures_show_what_is_printed(name: str) -> None:
    """The same text; `make screenshots` draws them anew."""
    svg = screenshots.path(name).read_text("utf-8")
    assert shown(svg) == shown(screenshots.draw(name)), "run `make screenshots`"
    assert len(shown(svg)) > 5
    assert not re.search(r"(src|href|url\()=?['\"]?(https?:)?//", svg)
