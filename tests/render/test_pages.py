"""Pages of `verify`, `inspect` and `diff`: for people, and harmless whatever a file says."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.render import pages
from aidisclose.render.compared import Compared
from aidisclose.render.renderer import Result, Run
from aidisclose.validate.verify import examine
from tests.manifest import build
from tests.manifest.build import TRUST, Fields, Recipe

RUN = Run(datetime(2026, 6, 1, tzinfo=UTC))
#: What a title must not be able to do.
HOSTILE = (
    "</title></td><script>document.title='pwned'</script>"
    "<img src=x onerror=\"document.title='pwned'\"><svg onload=\"document.title='pwned'\">"
    "<style>body{display:none}</style>\u202egnp.exe\x1b[31m"
)
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "article"),
    *("table", "thead", "tbody", "tr", "th", "td", "ul", "li", "details", "summary", "pre"),
}


def page(data: bytes, name: str = "picture.png") -> str:
    report = ad.verify(data, trust=TRUST, at=RUN.time)
    renderer = pages.RENDERER
    result = renderer.result(Result(name, report), RUN)
    return renderer.begin(RUN) + result + renderer.end({report.state.value: 1}, RUN)


def hostile() -> bytes:
    action: Fields = {
        "action": "c2pa.created",
        "softwareAgent": {"name": HOSTILE},
        "description": HOSTILE,
    }
    recipe = Recipe(
        claim={"dc:title": HOSTILE, "claim_generator_info": {"name": HOSTILE}},
        assertions=(build.actions(action), build.cbor("com.example", {HOSTILE: HOSTILE})),
    )
    return build.signed(recipe)


class Tags(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("make", [build.signed, hostile])
def test_a_page_has_nothing_that_acts(make: Callable[[], bytes]) -> None:
    found = Tags(page(make(), HOSTILE.replace("/", "")))
    assert found.tags <= TAGS
    assert found.attributes <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "scope",
    }


def test_a_page_answers_at_its_top() -> None:
    text = page(build.signed())
    top = text.partition("<details>")[0]
    assert "Signed by somebody you trust, and unchanged since." in top
    assert "intact: this is what was signed" in top
    assert "What this does not mean" in text
    assert "default-src 'none'" in top


@pytest.mark.parametrize("state", [ad.State.TRUSTED, ad.State.VALID])
@pytest.mark.parametrize("integrity", ad.Integrity)
def test_only_intact_content_is_called_unchanged(state: ad.State, integrity: ad.Integrity) -> None:
    report = replace(
        ad.verify(build.signed(), trust=TRUST, at=RUN.time), state=state, integrity=integrity
    )
    text = pages.RENDERER.result(Result("picture.png", report), RUN)
    assert ("unchanged since" in text) is (integrity is ad.Integrity.INTACT)


def test_a_store_without_content_is_not_called_unchanged() -> None:
    report = examine(io.BytesIO(build.store(Recipe().build())), trust=TRUST, at=RUN.time)
    text = pages.RENDERER.result(Result("picture.c2pa", report), RUN)
    assert "unchanged since" not in text
    assert "Signed, but nothing shows that this content is what was signed." in text


def test_large_texts_stay_small() -> None:
    many = tuple(build.cbor(f"com.example.{n}", {"a": "<b>" * 20_000}) for n in range(50))
    text = page(build.signed(Recipe(assertions=(build.actions(), *many))))
    assert len(text.encode()) < 2_000_000


def test_what_could_not_be_read_is_said() -> None:
    text = pages.RENDERER.result(Result("<b>", error="cut <i>"), RUN)
    assert "It could not be read: cut &lt;i&gt;" in text
    assert "<b>" not in text


def test_the_page_of_a_comparison() -> None:
    changes = (ad.Difference("xmp", HOSTILE, None, is_kept=False, how="removed"),)
    text = pages.COMPARED.result(Compared("a", "b", changes), RUN)
    assert Tags(text).tags <= TAGS
    assert "removed" in text


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium")
def test_nothing_runs_in_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page(hostile()), "utf-8")
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"),
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "<html" not in done.stdout:
        pytest.skip("Chromium does not start here")
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title is not None
    assert title[1] == "Content Credentials"
    assert "pwned'&lt;/script&gt;" in done.stdout
