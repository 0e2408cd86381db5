"""The pages in Chromium: dropped, chosen and pasted files, keyboard, phones, what axe says."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import CHROMIUM, chromium, look, width
from tests.render.test_page import hostile
from tests.service.running import Service, serving
from tests.service.test_limits import stopped

FIXTURES = Path(__file__).parents[2] / "fixtures"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def small(home: Path) -> Iterator[Service]:
    """A service that takes little, and few at once."""
    with serving(home, "--max-size", 1, "--workers", 1, changed={"WAITING": 1}) as running:
        yield running


@pytest.fixture
def complaints() -> list[str]:
    """Errors of scripts, and violations of the policy."""
    return []


@pytest.fixture
def page(browser: Browser, service: Service, complaints: list[str]) -> Iterator[Page]:
    opened = browser.new_page(locale="en")
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type == "error" and "status of 4" not in message.text
            else None
        ),
    )
    opened.goto(service.url)
    yield opened
    opened.close()
    assert complaints == []


DROP = """
([text, name, type, how]) => {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type }));
    const more = { bubbles: true, cancelable: true };
    document.body.dispatchEvent(
        how === "paste"
            ? new ClipboardEvent("paste", { clipboardData: data, ...more })
            : new DragEvent(how, { dataTransfer: data, ...more }),
    );
    const off = [...document.querySelectorAll("button")].every((each) => each.disabled);
    return [document.getElementById("status").textContent, off];
}
"""


def give(page: Page, how: str, data: bytes) -> tuple[str, bool]:
    """What the page says at once, and whether its buttons cannot be pressed again."""
    text = base64.b64encode(data).decode()
    told, is_off = page.evaluate(DROP, [text, "picture.jpg", "image/jpeg", how])
    return told, is_off


def test_the_page_can_be_used_by_anybody(page: Page) -> None:
    look(page, "start")
    page.get_by_role("link", name="What this does").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What this does")
    look(page, "about")


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("generated.jpg", "unchanged since"),
        ("altered-claim.jpg", "changed afterwards"),
        ("unsigned.jpg", "No Content Credentials"),
        ("edited.jpg", "unchanged since"),
    ],
)
def test_a_chosen_file_is_explained(page: Page, name: str, headline: str) -> None:
    page.get_by_label("Choose a file").set_input_files(FIXTURES / name)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("article")).to_contain_text(headline)
    expect(page.get_by_role("img").first).to_be_visible()
    look(page, f"result-{name.partition('.')[0]}")
    for each in page.locator("summary").all():
        each.click()
    look(page, f"result-{name.partition('.')[0]}-open")
    assert page.evaluate("document.images[0].naturalWidth") > 0


@pytest.mark.parametrize(
    ("code", "said"),
    [("de", "KI"), ("fr", "IA"), ("es", "IA"), ("it", "IA"), ("zh", "人工智能"), ("ja", "AI")],
)
def test_a_visitor_reads_their_language(
    browser: Browser, service: Service, code: str, said: str
) -> None:
    context = browser.new_context(locale=code)
    page = context.new_page()
    page.goto(service.url)
    for state in ("start", "result"):
        expect(page.locator("html")).to_have_attribute("lang", code)
        expect(page.get_by_role("heading", level=1)).not_to_be_empty()
        look(page, f"{state}-{code}", ("light",))
        if state == "start":
            expect(page.get_by_role("main")).to_contain_text(said)
            give(page, "drop", (FIXTURES / "edited.jpg").read_bytes())
            expect(page.get_by_role("article")).to_contain_text(said)
    context.close()


def test_the_language_can_be_changed(page: Page) -> None:
    page.get_by_role("link", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    give(page, "drop", (FIXTURES / "generated.jpg").read_bytes())
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.get_by_role("article")).to_contain_text("AI")
    page.get_by_role("link", name="別のファイル").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_file_can_be_given_otherwise(page: Page, how: str) -> None:
    give(page, how, (FIXTURES / "generated.jpg").read_bytes())
    expect(page.get_by_role("article")).to_contain_text("generated by AI")


@pytest.fixture(scope="session")
def named(home: Path) -> Iterator[Service]:
    """A service with a name of its own."""
    with serving(home, "--public-address", "http://verify.test") as running:
        yield running


def test_a_page_reads_nothing_under_a_name_of_its_own(browser: Browser, service: Service) -> None:
    """DNS rebinding: `verify.test` leads to this machine, and the service does not know it."""
    page = browser.new_page()
    answer = page.goto(f"http://verify.test:{service.url.rpartition(':')[2]}/about")
    assert answer is not None
    assert answer.status == 421
    page.close()


def test_forms_of_the_page_are_answered_over_http(browser: Browser, named: Service) -> None:
    """To a name that is not of this machine, Chromium says no Sec-Fetch-Site, and our origin."""
    host = f"http://verify.test:{named.url.rpartition(':')[2]}"
    page = browser.new_page(locale="en")
    sent: list[dict[str, str]] = []
    page.on("request", lambda request: sent.append(request.all_headers()))
    page.goto(host)
    page.get_by_label("Choose a file").set_input_files(FIXTURES / "generated.jpg")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("article")).to_contain_text("generated by AI")
    assert {each["origin"] for each in sent if "origin" in each} == {host}
    assert not any("sec-fetch-site" in each for each in sent)
    page.close()


def test_what_hangs_over_the_page_is_shown(page: Page) -> None:
    give(page, "dragover", b"x")
    expect(page.locator("fieldset.over")).to_be_visible()


def test_a_file_that_cannot_be_checked_is_explained(page: Page) -> None:
    give(page, "drop", b"nothing that is known")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("could not be checked")
    expect(page).to_have_title(re.compile("^It could not be checked"))
    look(page, "error")
    give(page, "drop", (FIXTURES / "generated.jpg").read_bytes())
    expect(page.get_by_role("article")).to_be_visible()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\xff\xff", "The file is damaged"),
        (bytes(2 << 20), "files of up to 1 MiB are checked"),
    ],
)
def test_every_refusal_is_explained(
    browser: Browser, small: Service, data: bytes, said: str
) -> None:
    page = browser.new_page(locale="en")
    page.goto(small.url)
    page.evaluate("document.getElementById('upload').dataset.bytes = '0'")  # as without scripts
    give(page, "drop", data)
    expect(page.get_by_role("alert")).to_contain_text(said)
    look(page, f"error-{said.split()[-1]}", ("dark",))
    page.close()


def test_an_address_that_cannot_be_fetched_is_explained(page: Page) -> None:
    page.get_by_label("Address").fill("https://127.0.0.1/picture.jpg")
    page.get_by_role("button", name="Check the address").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be fetched")
    look(page, "error-address", ("light",))


def test_a_busy_service_asks_to_come_again(browser: Browser, small: Service) -> None:
    page = browser.new_page(locale="en")
    page.goto(small.url)
    data = (FIXTURES / "generated.jpg").read_bytes()
    with stopped(small):
        waiting = [threading.Thread(target=small.verify, args=(data,)) for _ in range(4)]
        for each in waiting:
            each.start()
        small.until(lambda: small.client.get("/ready").status_code == 503)
        give(page, "drop", data)
        expect(page.get_by_role("alert")).to_contain_text("Try again in a moment")
        look(page, "error-busy", ("light",))
    for each in waiting:
        each.join()
    give(page, "drop", data)
    expect(page.get_by_role("article")).to_be_visible()
    page.close()


def test_a_file_that_is_too_large_is_not_sent(page: Page) -> None:
    page.evaluate("document.getElementById('upload').dataset.bytes = '10'")
    give(page, "drop", bytes(11))
    expect(page.get_by_role("status")).to_contain_text("too large")
    expect(page.get_by_role("button", name="Check the file")).to_be_enabled()


def test_an_address_is_checked(browser: Browser, home: Path) -> None:
    with serving(home, fetched=FIXTURES / "generated.jpg") as service:
        page = browser.new_page(locale="en")
        page.goto(service.url)
        page.get_by_label("Address").fill("http://example.com/picture.jpg")
        page.get_by_role("button", name="Check the address").click()
        assert page.evaluate("document.getElementById('address').validity.patternMismatch")
        page.get_by_label("Address").fill("https://example.com/picture.jpg")
        page.get_by_role("button", name="Check the address").click()
        expect(page.get_by_role("article")).to_contain_text("generated by AI")
        page.close()


def test_the_keyboard_is_enough(page: Page) -> None:
    page.on(
        "filechooser", lambda _chooser: None
    )  # else the first one may open before it is watched
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip")).to_be_focused()
    expect(page.get_by_role("link", name="Skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Choose a file")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(FIXTURES / "generated.jpg")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_be_visible()
    opened = page.locator("details").first
    opened.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(opened).to_have_attribute("open", "")


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    for name in ("start", "result"):
        assert width(page) <= 320, name
        look(page, f"phone-{name}")
        if name == "start":
            give(page, "drop", (FIXTURES / "edited.jpg").read_bytes())
            expect(page.get_by_role("article")).to_be_visible()
            for each in page.locator("summary").all():
                each.click()


def test_it_works_without_scripts(browser: Browser, service: Service) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(service.url)
    expect(page.get_by_text("Or drop it here")).to_be_hidden()
    page.get_by_label("Choose a file").set_input_files(FIXTURES / "generated.jpg")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("article")).to_contain_text("generated by AI")
    context.close()


def test_the_signed_result_can_be_saved(page: Page, tmp_path: Path) -> None:
    give(page, "drop", (FIXTURES / "generated.jpg").read_bytes())
    with page.expect_download() as download:
        page.get_by_role("link", name="Save this result").click()
    download.value.save_as(tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text().startswith('{\n"schema": 1')
    assert download.value.suggested_filename == "detection-result.json"


def test_a_slow_network_says_that_it_takes_a_moment(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": 20_000}
    session.send("Network.emulateNetworkConditions", slow)
    told, is_off = give(page, "drop", (FIXTURES / "generated.jpg").read_bytes() + bytes(20_000))
    assert ("being checked" in told, is_off) == (True, True)
    expect(page.get_by_role("article")).to_be_visible(timeout=20_000)


def test_going_back_finds_a_page_that_works(page: Page) -> None:
    give(page, "drop", (FIXTURES / "generated.jpg").read_bytes())
    expect(page.get_by_role("article")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Check the file")).to_be_enabled()


def test_nothing_in_a_hostile_file_is_executed(
    browser: Browser, home: Path, complaints: list[str]
) -> None:
    with serving(home, "--personal") as service:
        page = browser.new_page(locale="en")
        page.goto(service.url)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        give(page, "drop", hostile())
        expect(page.get_by_role("article")).to_contain_text("<script>")
        for each in page.locator("summary").all():
            each.click()
        assert page.title() == "What the file says of itself"
        assert page.locator("article script, article svg, article style").count() == 0
        for each in page.locator("article img").all():
            assert (each.get_attribute("src") or "").startswith("data:image/jpeg;base64,")
        outside = [each for each in asked if not each.startswith((service.url, "data:"))]
        assert outside == []
        page.close()


def test_it_can_be_printed(page: Page) -> None:
    give(page, "drop", (FIXTURES / "generated.jpg").read_bytes())
    expect(page.get_by_role("article")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    assert page.pdf().startswith(b"%PDF")


def test_it_works_under_a_path(browser: Browser, home: Path) -> None:
    with serving(home, "--root-path", "/tools") as service:
        page = browser.new_page(locale="en")
        page.goto(service.url + "/")
        give(page, "drop", (FIXTURES / "generated.jpg").read_bytes())
        expect(page.get_by_role("article")).to_be_visible()
        page.get_by_role("link", name="Check another file").click()
        expect(page).to_have_url(service.url + "/")
        page.close()
