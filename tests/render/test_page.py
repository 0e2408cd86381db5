"""Pages of `verify`, `inspect` and `diff`: for people, and harmless whatever a file says."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose.manifest.lineage import BelievedIngredient
from aidisclose.policy.profiles import PROFILES
from aidisclose.render.compared import Compared
from aidisclose.render.language import ENGLISH, NAMES
from aidisclose.render.page import article, comparison, pictures, verified
from aidisclose.render.renderer import Result, Run
from aidisclose.repository.recovery import Recovered
from aidisclose.trust.products import Product
from aidisclose.validate import reason
from aidisclose.validate.verify import examine
from tests.manifest import build
from tests.manifest.build import TRUST, Fields, Recipe

RUN = Run(datetime(2026, 6, 1, tzinfo=UTC))
#: An option of a command, or a command, in a text.
OPTION = r"(?<![\w-])--[a-z]|`"
#: What a title must not be able to do.
HOSTILE = (
    "</title></td><script>document.title='pwned'</script>"
    "<img src=x onerror=\"document.title='pwned'\"><svg onload=\"document.title='pwned'\">"
    "<style>body{display:none}</style>\u202egnp.exe\x1b[31m"
)
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "h4", "p"),
    *("article", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "details", "summary"),
    *("pre", "div", "figure", "img", "br", "wbr"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "scope"),
    *("src", "width", "height", "alt"),
}


def page(data: bytes, name: str = "picture.png", run: Run = RUN) -> str:
    report = ad.verify(data, trust=TRUST, at=RUN.time)
    made = pictures.draw(io.BytesIO(data), report.media_type, report.believed)
    renderer = verified.RENDERER
    result = renderer.result(Result(name, report, pictures=made), run)
    return renderer.begin(run) + result + renderer.end({report.state.value: 1}, run)


def shown(report: ad.Report, **more: Any) -> str:
    result = Result("picture.png", report)._replace(**more)
    return verified.RENDERER.result(result, RUN)


def report_of(recipe: Recipe | None = None) -> ad.Report:
    return ad.verify(build.signed(recipe or Recipe()), trust=TRUST, at=RUN.time)


def png(side: int = 64) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(written, "PNG")
    return written.getvalue()


def hostile() -> bytes:
    action: Fields = {
        "action": "c2pa.created",
        "softwareAgent": {"name": HOSTILE},
        "description": HOSTILE,
        "when": HOSTILE,
    }
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' onload='{HOSTILE}'/>".encode()
    recipe = Recipe(
        claim={"dc:title": HOSTILE, "claim_generator_info": {"name": HOSTILE}},
        assertions=(
            build.actions(action),
            build.cbor("com.example", {HOSTILE: HOSTILE}),
            build.file("c2pa.thumbnail.claim", svg, b"image/svg+xml"),
            build.file("c2pa.thumbnail.claim__1", png() + HOSTILE.encode(), b"image/svg+xml"),
        ),
    )
    return build.signed(recipe)


class Tags(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.sources: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value or "" for name, value in attrs if name == "src"]


@pytest.mark.parametrize("code", NAMES)
@pytest.mark.parametrize("make", [build.signed, hostile])
def test_a_page_has_nothing_that_acts(make: Callable[[], bytes], code: str) -> None:
    text = page(make(), HOSTILE.replace("/", ""), RUN._replace(language=code))
    found = Tags(text)
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES
    assert all(each.startswith("data:image/jpeg;base64,") for each in found.sources)
    assert not re.search(r"[\u202a-\u202e\x00-\x08\x0b-\x1f\x7f]", text)
    assert f'<html lang="{code}">' in text


def test_a_page_answers_at_its_top() -> None:
    text = page(build.signed())
    top = text.partition("<details>")[0]
    assert "Signed by a trusted signer, and unchanged since." in top
    assert "Yes: all that a signature can cover is unchanged" in top
    assert "What this does not mean" in text
    assert "default-src 'none'" in top


@pytest.mark.parametrize("state", [ad.State.TRUSTED, ad.State.VALID])
@pytest.mark.parametrize("integrity", ad.Integrity)
def test_only_intact_content_is_called_unchanged(state: ad.State, integrity: ad.Integrity) -> None:
    text = shown(replace(report_of(), state=state, integrity=integrity))
    assert ("unchanged since" in text) is (integrity is ad.Integrity.INTACT)


def test_a_store_without_content_is_not_called_unchanged() -> None:
    report = examine(io.BytesIO(build.store(Recipe().build())), trust=TRUST, at=RUN.time)
    text = shown(report)
    assert "unchanged since" not in text
    assert "Signed, but nothing shows that this content is what was signed." in text
    assert "The file that these Content Credentials are about" in text


def test_test_credentials_are_not_called_trusted() -> None:
    report = report_of()
    assert report.signature is not None
    signature = report.signature._replace(anchor="your test credentials")
    text = shown(replace(report, signature=signature))
    assert "Signed with credentials for testing, and unchanged since." in text
    assert "trusted signer, and" not in text
    assert "confirmed" not in text
    assert "(credentials for testing)" in text


@pytest.mark.parametrize(
    ("product", "said"),
    [
        (Product("1", "Camera <b>", "Maker", assurance_level=2), "assurance level 2"),
        (Product("1", "Camera <b>", "Maker"), "on the C2PA list of conforming products"),
        (Product("1", "Camera <b>", "Maker", is_conformant=False), "no longer on the C2PA list"),
    ],
)
def test_the_product_that_signed_is_named(product: Product, said: str) -> None:
    text = shown(replace(report_of(), product=product))
    assert "Camera &lt;b&gt; (Maker)" in text
    assert said in text


def test_a_product_that_claims_too_much_is_named() -> None:
    action: Fields = {"action": "c2pa.created", "digitalSourceType": build.SOURCE_TYPE}
    report = report_of(Recipe(assertions=(build.actions(action),)))
    product = Product("1", "Camera", "Maker", disallowed=frozenset({"fullyGenAIMedia"}))
    assert "Camera may not claim fullyGenAIMedia" in shown(replace(report, product=product))


def test_failures_are_said_in_words_with_their_codes() -> None:
    data = bytearray(build.signed())
    data[-20] ^= 1
    text = page(bytes(data))
    assert "This is not what was signed" in text
    assert "The content is not the one that was signed (assertion.dataHash.mismatch" in text


def test_the_history_has_a_thumbnail_of_each_step() -> None:
    thumbnails = (
        build.file("c2pa.thumbnail.claim", png(), b"image/png"),
        build.file("c2pa.thumbnail.ingredient", png(32), b"image/png"),
    )
    reference = {"url": "self#jumbf=c2pa.assertions/c2pa.thumbnail.ingredient", "hash": b"0" * 32}
    item = build.cbor(
        "c2pa.ingredient.v3",
        {"relationship": "componentOf", "dc:title": "part \u05d0", "thumbnail": reference},
    )
    text = page(build.signed(Recipe(assertions=(build.actions(), *thumbnails, item))))
    history = text.partition("History")[2].partition("</details>")[0]
    sizes = re.findall(r'<img src="data:image/jpeg;base64,\S+" width="(\d+)"', history)
    assert sizes == ["64", "32"]
    assert "Part of it: \u2068part \u05d0\u2069 (without Content Credentials)" in history


def test_experts_find_clauses_and_certificates() -> None:
    text = page(build.signed())
    report = report_of()
    assert report.signature is not None
    assert report.signature.signer is not None
    assert report.signature.signer.sha256.hex() in text
    assert "C2PA 2.5 §14.7" in text
    assert "Bytes that no hash covers" in text


def test_a_file_without_credentials_is_said_to_prove_nothing() -> None:
    report = ad.verify(png(), trust=TRUST, at=RUN.time)
    text = shown(report)
    assert "No Content Credentials were found. AI may have been used nevertheless." in text
    assert "For experts" not in text


def test_credentials_of_similar_files_are_kept_apart() -> None:
    report = report_of()
    nothing = ad.verify(png(), trust=TRUST, at=RUN.time)
    found = (Recovered("urn:x", 97, is_signed=False, store=b"", report=report),)
    text = shown(nothing, recovered=found)
    first, _, rest = text.partition("Nothing proves that this file is one of those.")
    assert "No Content Credentials were found" in first
    assert "unchanged since" not in first
    assert "Similarity: 97 %" in rest
    assert "by a fingerprint that is not signed" in rest
    assert "<h4" in rest
    assert "None were found." in shown(nothing, recovered=())


def test_no_page_names_options_of_commands() -> None:
    """For whoever reads a page there is no command line."""
    gaps = tuple(ad.Gap)
    reports = [
        report_of(),
        ad.verify(build.signed(), trust=ad.TrustConfig.none(), at=RUN.time),
        replace(ad.verify(png(), trust=TRUST, at=RUN.time), missing=gaps),
        replace(report_of(), missing=gaps),
    ]
    for report in reports:
        text = shown(report, reasons=(reason.distrust(report), reason.reason(report)))
        said = text.partition('<details class="data">')[0]
        assert not re.search(OPTION, re.sub(r"<[^>]*>", "", said))
        assert "the signer is not trusted" in text


def test_no_reason_of_a_rule_names_options_of_commands() -> None:
    """They stand in pages, and in what a library returns."""
    require = ad.Policy.from_toml(
        b'version = 1\n[[require]]\nsigners = ["A"]\nrecovered = "valid"\n'
    )
    for data in (png(), build.signed()):
        for stated in ({}, {"ai": "yes", "deepfake": "yes", "realistic": "yes"}):
            for day in ("2026-08-10", "2028-01-01"):
                found = ad.check(
                    data, [*PROFILES, require], inputs=stated, as_of=date.fromisoformat(day)
                )
                for each in found:
                    assert not re.search(OPTION, each.reason), each.rule.id


def large() -> bytes:
    """As much as can be said of a file in every place, in letters that are long in HTML."""
    noise = io.BytesIO()
    Image.effect_noise((512, 512), 100).save(noise, "PNG")
    text = "<\"'&\u202e" * 5_000
    action: Fields = {"action": text, "softwareAgent": {"name": text}, "when": text}
    many = (
        *(build.cbor(f"com.{'<' * 60}.{n}", {"a": text}) for n in range(200)),
        *(
            build.file(f"c2pa.thumbnail.claim__{n}", noise.getvalue(), b"image/png")
            for n in range(30)
        ),
        *(
            build.cbor(
                f"c2pa.ingredient.v3__{n}", {"relationship": "inputTo", "dc:title": text[:9000]}
            )
            for n in range(150)
        ),
    )
    claim = {"dc:title": text, "claim_generator_info": {"name": text, "version": text}}
    return build.signed(Recipe(claim=claim, assertions=(build.actions(*[action] * 40), *many)))


def test_a_page_stays_small_whatever_a_file_says() -> None:
    data = large()
    assert len(data) > 5_000_000
    text = page(data)
    assert len(text.encode()) < 2 << 20
    report = ad.verify(data, trust=TRUST, at=RUN.time)
    assert len(verified.render(Result("picture.png", report), RUN).encode()) < 2 << 20


def test_a_history_stays_small_whatever_refers_to_what() -> None:
    """Thousands of references to one picture, and steps that say much each."""
    noise = io.BytesIO()
    Image.effect_noise((256, 256), 100).save(noise, "PNG")
    reference = {"url": "self#jumbf=c2pa.assertions/c2pa.thumbnail.ingredient", "hash": b"0" * 32}
    fields = {"relationship": "inputTo", "dc:title": "x", "thumbnail": reference}
    items = (build.cbor(f"c2pa.ingredient.v3__{n}", fields) for n in range(1, 60))
    action: Fields = {"action": '"' * 500, "softwareAgent": {"name": '"' * 500}, "when": '"' * 500}
    thumbnail = build.file("c2pa.thumbnail.ingredient", noise.getvalue(), b"image/png")
    recipe = Recipe(assertions=(build.actions(*[action] * 30), thumbnail, *items))
    report = report_of(recipe)
    assert report.believed is not None
    one = report.believed
    many = tuple(
        BelievedIngredient(item.value, replace(one, label=f"{number}", ingredients=()))
        for number, item in enumerate(one.ingredients)
    )
    assert len(many) > 50
    report = replace(report, believed=replace(one, ingredients=many))
    made = pictures.draw(io.BytesIO(), "audio/wav", one)
    text = shown(report, pictures=made)
    assert text.count("<img") == 1
    history = text.partition("History")[2].partition("</details>")[0]
    assert len(history) < 400_000
    assert "…" in history


def test_what_could_not_be_read_is_said() -> None:
    text = verified.RENDERER.result(Result("<b>", error="cut <i>"), RUN)
    assert 'This file could not be read: <span lang="en">cut &lt;i&gt;</span>' in text
    assert "<b>" not in text


def test_the_page_of_a_comparison() -> None:
    changes = (ad.Difference("xmp", HOSTILE, None, is_kept=False, how="removed"),)
    text = comparison.RENDERER.result(Compared("a", "b", changes), RUN)
    assert Tags(text).tags <= TAGS
    assert "removed" in text
    text = comparison.RENDERER.result(Compared("a", "b", changes), RUN._replace(language="de"))
    assert "verloren" in text


def test_pictures_are_made_in_a_process_of_their_own(tmp_path: Path) -> None:
    thumbnail = build.file("c2pa.thumbnail.claim", png(600), b"image/png")
    data = build.signed(Recipe(assertions=(build.actions(), thumbnail)))
    report = ad.verify(data, trust=TRUST, at=RUN.time)
    (tmp_path / "picture.png").write_bytes(data)
    for file in (data, tmp_path / "picture.png"):
        made = pictures.collect(file, report.media_type, report.believed)
        assert made.file is not None
        [found] = made.thumbnails.values()
        assert (found.width, found.height) == (256, 256)
        assert Image.open(io.BytesIO(found.jpeg)).format == "JPEG"
    assert pictures.collect(b"x", "audio/wav", None) == pictures.NONE
    assert pictures.collect(tmp_path / "gone.png", "image/png", None) == pictures.NONE


def test_a_process_that_is_taken_over_shows_no_more_than_jpegs() -> None:
    svg = pictures.Picture(b"<svg onload='x'/>", 1, 1)
    good = pictures.Picture(b"\xff\xd8\xff", 10, 10)
    wide = pictures.Picture(b"\xff\xd8\xff", 10_000, 10)
    written = b"".join(map(pictures.pack, (svg, good, None, wide, good)))
    assert list(pictures.unpack(written[:-1])) == [None, good, None, None, None]
    assert list(pictures.unpack(b"\xff" * 50)) == [None]


def test_decoding_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that takes too long is ended; what it had made is shown."""
    monkeypatch.setattr("aidisclose.limits.PICTURES_TIME", 0.0)
    assert pictures.collect(png(), "image/png", None).file is None


def test_data_stays_within_its_part() -> None:
    text = page(build.signed())
    data = text.partition('<pre lang="en">')[2].partition("</pre>")[0]
    found = json.loads(data.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert found["state"] == "trusted"


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
    assert base64.b64encode(b"\xff\xd8\xff").decode() in done.stdout


def test_the_level_of_headings_is_kept() -> None:
    text = article.article(report_of(), ENGLISH)
    levels = [int(each) for each in re.findall(r"<h(\d)", text)]
    assert levels[0] == 2
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
