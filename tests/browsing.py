"""Chromium, as tests of pages use it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
#: Where screenshots are kept, if somebody wants to look at them.
SCREENSHOTS = os.environ.get("AIDISCLOSE_TEST_SCREENSHOTS")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    # A name that is not one of this machine, to a browser.
    "--host-resolver-rules=MAP verify.test 127.0.0.1",
)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the time of a block."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


def look(page: Page, name: str, schemes: tuple[Literal["light", "dark"], ...] = SCHEMES) -> None:
    """What axe and an eye say of a state, light and dark."""
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        if SCREENSHOTS:
            page.screenshot(path=f"{SCREENSHOTS}/{name}-{scheme}.png", full_page=True)


def width(page: Page) -> int:
    """Pixels that a page takes, whatever its window has."""
    found: int = page.evaluate("document.documentElement.scrollWidth")
    return found
