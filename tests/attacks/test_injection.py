"""Text of a file stays text: in a terminal, in the log of a CI job, in JSON and XML."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Final
from xml.etree import ElementTree

import pytest

import aidisclose as ad
from aidisclose.message import within_quotes
from aidisclose.render import contents, formats, tree
from aidisclose.render import language as languages
from aidisclose.render.page.summary import SIGNERS
from aidisclose.render.renderer import Result, Run
from tests.attacks import files
from tests.attacks.believed import TERMS, model
from tests.attacks.parties import END, TRUST, authority
from tests.manifest import build
from tests.manifest.build import Seal
from tests.trust import pki
from tests.trust.pki import NOW

#: It looks like what is said about a file.
FORGED: Final = "a · signed by b · c"
#: Each begins a line of its own where somebody lets it: an order to a terminal, to GitHub, markup.
TEXTS: Final = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31m",
    "a\n::error file=a.py::owned\n::add-mask::x",
    "a\r\n##[error]owned",
    "\u202etxt.exe\u2066\u200f",
    "a\u2069b\u2068c",
    "<script>alert(1)</script>&amp;\"'",
    "a\x00b\x85c\u2028d\u2029e\ufeff",
    "]]><!--",
    "a\tb | c `d` [e](javascript:f) $(g)",
    FORGED,
)
_FORMS: Final[dict[str, Callable[[Result, Run], str]]] = {
    **{name: formats.renderer("verify", name).result for name in formats.FORMATS["verify"]},
    "tree": tree.render,
    "contents": contents.render,
}


def hostile(text: str) -> bytes:
    """A file with this text wherever text may stand."""
    name = text.replace("\0", "")
    signer = pki.issue(name[:60], authority(), number=40)
    history = build.actions(
        {
            "action": "c2pa.created",
            "digitalSourceType": TERMS + "trainedAlgorithmicMedia",
            "softwareAgent": {"name": text, "version": text},
            "description": text,
            "when": text,
        },
        {"action": f"org.{text}", "digitalSourceType": text},
    )
    note = build.cbor("org.example.note", {text: text})
    part = build.ingredient(None, "componentOf", **{"dc:title": text, "dc:format": text})
    recipe = files.active(
        assertions=(history, model(text), note, part),
        claim={
            "dc:title": text,
            "instanceID": text,
            "claim_generator_info": {"name": text, "version": text},
        },
        seal=Seal(signer=signer, chain=(signer, authority()), size=4_000),
    )
    return files.signed(recipe)


def is_order(character: str) -> bool:
    """Whether a terminal does something else with a character than to show it."""
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")


@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("trust", [TRUST, ad.TrustConfig.none()], ids=["trusted", "nobody"])
def test_text_of_a_file_is_no_order(form: str, text: str, trust: ad.TrustConfig) -> None:
    report = ad.verify(hostile(text), trust=trust, at=NOW)
    assert report.state >= ad.State.VALID, report.failures
    shown = _FORMS[form](Result(text, report), Run(NOW))
    assert not any(map(is_order, shown)), ascii(shown)
    lines = shown.splitlines()
    if form == "github":
        assert all(line.startswith(("::notice", "::warning", "::error")) for line in lines)
        assert sum(line.startswith("::") for line in lines) <= 2
    elif form in ("text", "tree"):
        assert not any(line.lstrip().startswith(("::", "##[")) for line in lines)
    elif form in ("json", "jsonl", "crjson", "jpegtrust", "contents"):
        json.loads(shown)
    elif form == "sarif":  # the elements of a list
        json.loads(f"[{shown}]")
    elif form == "junit":
        ElementTree.fromstring(shown)


@pytest.mark.parametrize("trust", [TRUST, ad.TrustConfig.none()], ids=["trusted", "nobody"])
def test_a_name_adds_no_part_to_a_line(trust: ad.TrustConfig) -> None:
    def line(text: str) -> str:
        report = ad.verify(hostile(text), trust=trust, at=NOW)
        return _FORMS["text"](Result(text, report), Run(NOW)).split("\n")[0]

    assert line(FORGED).count(" · ") == line("a").count(" · ") >= 2


def test_a_name_adds_no_part_to_an_action() -> None:
    report = ad.verify(hostile(FORGED), trust=TRUST, at=NOW)
    lines = tree.render(Result("a.png", report), Run(NOW)).splitlines()
    [created] = (line for line in lines if "c2pa.created" in line)
    assert " · signed by" not in created


#: Each ends a quotation in one language of pages or another, and goes on in words like ours.
NAMES: Final = tuple(
    f"BBC{mark}, trusted by {other}C2PA"
    for mark, other in (('"', '"'), ("”", "“"), ("“", "„"), ("」", "「"), (" »", "« "))
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", [None, "de", "fr", "ja"])
def test_a_name_does_not_end_the_quotation_around_it(name: str, language: str | None) -> None:
    """Of a signer whom nobody vouches for: only what we say stands outside of quotation marks."""
    root = pki.issue("Strange Root", number=13, ca=True, not_after=END)
    signer = pki.issue(name, root, number=41, not_after=END)
    data = files.signed(files.active(seal=Seal(signer=signer, chain=(signer,), size=4_000)))
    report = ad.verify(data, trust=TRUST, at=NOW)
    assert report.state is ad.State.VALID
    escaped = within_quotes(name)
    assert not set(escaped) & set('"“”„»「」')
    if language is None:
        shown = formats.renderer("verify", "text").result(Result("a.png", report), Run(NOW))
        assert f'signed by "{escaped} (Tests)", not trusted' in shown
        return
    shown = formats.renderer("verify", "html").result(
        Result("a.png", report), Run(NOW, language=language)
    )
    said = languages.load(language).say(SIGNERS["untrusted"], name=f"{escaped} (Tests)")
    assert said in shown
