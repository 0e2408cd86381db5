"""Pages of commands in Chromium: in every language, on a phone, in print, and hostile ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import aidisclose as ad
from aidisclose.render.language import NAMES
from aidisclose.render.page import pictures, verified
from aidisclose.render.renderer import Result
from tests.browsing import CHROMIUM, chromium, look, width
from tests.manifest import build
from tests.manifest.build import TRUST, Recipe
from tests.render import test_reports
from tests.render.test_page import RUN, hostile, large, page, png

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def whole() -> bytes:
    """A file with a history and pictures."""
    thumbnails = (
        build.file("c2pa.thumbnail.claim", png(), b"image/png"),
        build.file("c2pa.thumbnail.ingredient", png(32), b"image/png"),
    )
    reference = {"url": "self#jumbf=c2pa.assertions/c2pa.thumbnail.ingredient", "hash": b"0" * 32}
    item = build.cbor(
        "c2pa.ingredient.v3",
        {"relationship": "componentOf", "dc:title": "part \u05d0\u05d1", "thumbnail": reference},
    )
    return build.signed(Recipe(assertions=(build.actions(), *thumbnails, item)))


def kept(folder: Path, text: str) -> str:
    path = folder / "page.html"
    path.write_text(text, "utf-8")
    return path.as_uri()


@pytest.mark.parametrize("code", NAMES)
def test_a_page_can_be_read_by_anybody(browser: Browser, tmp_path: Path, code: str) -> None:
    opened = browser.new_page(viewport={"width": 320, "height": 600})
    opened.goto(kept(tmp_path, page(whole(), run=RUN._replace(language=code))))
    expect(opened.get_by_role("article")).to_be_visible()
    for each in opened.locator("summary").all():
        each.click()
    assert width(opened) <= 320
    look(opened, f"page-{code}")
    sizes = opened.evaluate("[...document.images].map((each) => each.naturalWidth)")
    assert len(sizes) == 3
    assert all(sizes)
    opened.close()


@pytest.mark.parametrize("name", ["invalid", "none", "unreadable", "check"])
def test_every_kind_of_page_can_be_read(browser: Browser, tmp_path: Path, name: str) -> None:
    if name == "invalid":
        data = bytearray(build.signed())
        data[-20] ^= 1
        text = page(bytes(data))
    elif name == "none":
        text = page(png())
    elif name == "check":
        text = test_reports.render_check("html")
    else:
        result = verified.RENDERER.result(Result("a", error="cut"), RUN)
        text = verified.begin(RUN) + result + verified.end({"unreadable": 1}, RUN)
    opened = browser.new_page(viewport={"width": 1000, "height": 700})
    opened.goto(kept(tmp_path, text))
    for each in opened.locator("summary").all():
        each.click()
    assert width(opened) <= 1000
    look(opened, f"page-{name}")
    opened.set_viewport_size({"width": 320, "height": 600})
    assert width(opened) <= 320
    opened.close()


def test_a_printed_page_shows_what_is_folded(browser: Browser, tmp_path: Path) -> None:
    opened = browser.new_page()
    opened.goto(kept(tmp_path, page(whole())))
    history = opened.get_by_text("Part of it")
    expect(history).to_be_hidden()
    opened.emulate_media(media="print")
    expect(history).to_be_visible()
    expect(opened.locator("details.data")).to_be_hidden()
    assert opened.pdf().startswith(b"%PDF")
    opened.close()


@pytest.mark.parametrize("make", [hostile, large])
def test_nothing_in_a_hostile_file_is_executed(
    browser: Browser, tmp_path: Path, make: object
) -> None:
    assert callable(make)
    data = make()
    report = ad.verify(data, trust=TRUST, at=RUN.time)
    made = pictures.collect(data, report.media_type, report.believed)
    text = verified.render(Result("<img src=x onerror=alert(1)>", report, pictures=made), RUN)
    assert len(text.encode()) < 2 << 20
    opened = browser.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("dialog", lambda dialog: complaints.append(dialog.message))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(kept(tmp_path, text))
    for each in opened.locator("summary").all():
        each.click()
    assert opened.title() == "Content Credentials"
    assert opened.locator("script, svg, iframe, object, form, a, link").count() == 0
    assert opened.locator("style").count() == 1
    assert [each for each in asked if not each.startswith(("data:image/jpeg", "file:"))] == []
    assert complaints == []
    opened.close()
