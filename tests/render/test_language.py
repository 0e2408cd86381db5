"""Catalogues of messages: all of them or none, with the same places for values."""

from __future__ import annotations

import ast
import io
import json
import pickle
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import aidisclose as ad
from aidisclose.carriers.aigc import DEGREES
from aidisclose.message import Message
from aidisclose.policy.check import plan
from aidisclose.policy.inputs import INPUTS
from aidisclose.policy.profiles import CROSS, PROFILES, RULES
from aidisclose.policy.requirement import Requirement, rules_of
from aidisclose.policy.sources import Addressee, Certainty, TextKind
from aidisclose.render import language, words
from aidisclose.render.language import ENGLISH, FOLDER, NAMES, Language, choose, load, of_locale
from aidisclose.render.page import meanings
from aidisclose.render.page.article import LIMITS, article
from aidisclose.trust import certificate as certificates
from aidisclose.validate.codes import CODES as CODES_OF_C2PA
from tests.containers import samples
from tests.manifest import build
from tests.render.test_page import RUN, hostile
from tests.signing.test_metadata import packet_with, with_packet

PACKAGE = Path(language.__file__).parents[1]
CODES = [code for code in NAMES if code != "en"]


def _said_in(path: Path) -> Iterator[str]:
    """Messages of a module; those in f-strings, which no extractor of Babel finds, included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ("say", "mark"):
                yield str(node.args[0].value)


#: What makes a reason: a sentence, and the values in it.
MAKERS = ("passed", "failed", "warned", "undetermined", "inapplicable", "Message")


def _reasons_in(path: Path) -> Iterator[str]:
    """Sentences of a module of policies: all constants that a reason may begin with."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "how":
            yield from _constants(node.value, {})
        match node:
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in MAKERS:
                yield from _constants(first, constants)


def _constants(node: ast.expr, known: dict[str, ast.expr]) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if re.search(r"[A-Za-z]{2}", re.sub(r"{\w+}", "", text)):
            yield text
        case ast.IfExp():
            yield from _constants(node.body, known)
            yield from _constants(node.orelse, known)
        case ast.Name() if node.id in known:
            yield from _constants(known[node.id], {})
        case ast.JoinedStr():
            raise AssertionError(f"line {node.lineno}: a reason has its values beside it")


def _said() -> set[str]:
    """Every message that a page can say."""
    modules = [*(PACKAGE / "render" / "page").glob("*.py"), *(PACKAGE / "service").glob("*.py")]
    found = {message for path in modules for message in _said_in(path)}
    for path in (PACKAGE / "service" / "templates").glob("*.html"):
        for each in extract_from_file(
            "jinja2.ext:babel_extract", str(path), keywords={"say": None}
        ):
            message: object = each[1]
            found.add(str(message[0] if isinstance(message, tuple) else message))
    found |= {*words.SOURCE_TYPES.values(), *DEGREES.values()}
    speaking = [*(PACKAGE / "policy").rglob("*.py"), PACKAGE / "cli" / "diff.py"]
    speaking += [
        PACKAGE / "validate" / f"{name}.py" for name in ("contradictions", "notices", "verify")
    ]
    for path in [*speaking, PACKAGE / "manifest" / "declared.py"]:
        found.update(_reasons_in(path))
    for rule in (*RULES.values(), *CROSS.rules, *rules_of([EVERYTHING])):
        found |= {rule.title, rule.fix}
    found |= {each.meaning for each in INPUTS.values()} | set(_notices())
    return found | {each.value for kind in (TextKind, Certainty, Addressee) for each in kind}


def _notices() -> Iterator[str]:
    """Why it is open whether a label is in the content."""
    tree = ast.parse((PACKAGE / "validate" / "notices.py").read_text("utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Return(value=ast.Tuple(elts=[_, ast.Constant(value=str(text))])) if text:
                yield text
            case ast.Call(func=ast.Name(id="_open"), args=[ast.Constant(value=str(text))]):
                yield text


#: Every kind of requirement becomes a rule.
EVERYTHING = Requirement(
    state="valid",
    signers=("x",),
    issuers=("x",),
    source_types=("x",),
    models=("x",),
    timestamp="present",
    carriers=("x",),
    identity="valid",
    actors=("x",),
    roles=("x",),
    recovered="valid",
    integrity="intact",
)
SAID = _said()


#: Words that are the same in another language.
SAME = {
    "Content Credentials (C2PA)",
    "Name",
    "Source",
    "Pages",
    "Clause",
    "Feedback",
    *("C2PA", "Data-Mining"),
    "XMP in {place}",
}


def _places(message: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(message) if name is not None)


def test_there_is_something_to_say() -> None:
    assert len(SAID) > 250
    assert "Thumbnail of this step" in SAID
    assert LIMITS[0] in SAID
    assert "Check the file" in SAID


@pytest.mark.parametrize("code", CODES)
def test_a_language_is_complete(code: str) -> None:
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    found = {str(each.id): str(each.string) for each in catalogue if each.id}
    assert set(found) == SAID
    for message, text in found.items():
        assert text.strip() == text != "", message
        assert _places(text) == _places(message), message
        assert not re.search(r"[<>\x00-\x1f\u202a-\u202e]", text), message
        assert "  " not in text, message
    assert not any(each.fuzzy for each in catalogue if each.id)
    same = [message for message, text in found.items() if message == text]
    assert set(same) <= SAME, same


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_is_compiled(code: str) -> None:
    """`make languages` writes what is read."""
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    written = io.BytesIO()
    write_mo(written, catalogue)
    assert (FOLDER / f"{code}.mo").read_bytes() == written.getvalue()
    assert {load(code).say(message) for message in SAID} == {
        str(each.string) for each in catalogue if each.id
    }


def test_punctuation_is_that_of_the_language() -> None:
    """Spaces before colons do not break in French; Chinese and Japanese have signs of their own."""
    for message in SAID:
        assert not re.search(r" [:;?!»]|« ", load("fr").say(message)), message
        for code in ("zh", "ja"):
            text = re.sub(r"https://|\{\w+\}", "", load(code).say(message))
            assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff][,:;?!(]", text), text


#: One word for one thing, by language: the terms that the C2PA, its members and X.509 use there.
GLOSSARY: dict[str, dict[str, str]] = {
    "Content Credentials": {
        **dict.fromkeys(("de", "fr", "es", "it"), "Content Credentials"),
        "zh": "内容凭证|Content Credentials（C2PA）",
        "ja": "コンテンツクレデンシャル|Content Credentials（C2PA）",
    },
    "manifest": {
        "de": "Manifest",
        "fr": "manifeste",
        "es": "manifiesto",
        "it": "manifest",
        "zh": "清单",
        "ja": "マニフェスト",
    },
    "time stamp": {
        "de": "Zeitstempel",
        "fr": "horodat",
        "es": "sellos? de tiempo|sellad",
        "it": "marc\\w+ temporal",
        "zh": "时间戳",
        "ja": "タイムスタンプ",
    },
    "signer": {
        "de": "Unterzeichner",
        "fr": "signataire",
        "es": "firmante",
        "it": "firmatari",
        "zh": "签名者",
        "ja": "署名者",
    },
    "trust list": {
        "de": "Vertrauenslist",
        "fr": "listes? de confiance",
        "es": "listas? de confianza",
        "it": "elenc\\w+ di fiducia",
        "zh": "信任列表",
        "ja": "信頼リスト",
    },
    "certificate": {
        "de": "Zertifikat",
        "fr": "certificat",
        "es": "certificado",
        "it": "certificat",
        "zh": "证书",
        "ja": "証明書",
    },
    "source type": {
        "de": "Quell|Herkunft",
        "fr": "types? de source",
        "es": "tipos? de origen",
        "it": "tip[oi] di origine",
        "zh": "来源类型",
        "ja": "ソースタイプ",
    },
    "watermark": {
        "de": "Wasserzeichen",
        "fr": "filigran",
        "es": "marcas? de agua",
        "it": "filigran",
        "zh": "水印",
        "ja": "透かし",
    },
}
#: Names of the specification within a message; these stay.
_NAMED = re.compile(r"\{\w+\}|`[^`]*`|\b(c2pa|cawg)\.[a-z._-]+")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("term", GLOSSARY)
def test_a_term_is_translated_in_one_way(code: str, term: str) -> None:
    found = [each for each in SAID if re.search(rf"\b{term}", _NAMED.sub("", each), re.I)]
    assert len(found) > 5
    for message in found:
        told = load(code).say(message)
        assert re.search(GLOSSARY[term][code], _NAMED.sub("", told), re.I), told


@pytest.mark.parametrize("code", NAMES)
def test_every_status_code_has_a_meaning(code: str) -> None:
    """A sentence of its own language, whatever a validator of ours may emit."""
    for each in CODES_OF_C2PA.values():
        if not each.absent:
            told = meanings.of(each.name, each.kind.value, load(code))
            assert told, each.name
            assert code == "en" or told != meanings.of(each.name, each.kind.value, ENGLISH)
    assert meanings.of("org.example.pwned", "success", load(code)) == ""
    assert meanings.of("org.example.pwned", "failure", load(code))


def test_no_catalogue_is_forgotten() -> None:
    assert {path.stem for path in FOLDER.glob("*.po")} == set(CODES)


@pytest.mark.parametrize(
    ("preferred", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, fr;q=0.3, it;q=0.7", "it"),
        ("zh-Hant-TW", "zh"),
        ("ja-JP", "ja"),
        ("*", "en"),
        ("xx", "en"),
        ("de;q=0, es", "es"),
        ("de;q=x, es", "es"),
        ("../../etc/passwd", "en"),
        ("," * 100_000, "en"),
        ("\u00e9;q=1", "en"),
    ],
)
def test_the_language_that_fits_best_is_chosen(preferred: str, code: str) -> None:
    assert choose(preferred) == code


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_AT.UTF-8", "LC_ALL": "fr_CA@euro"}, "fr"),
        ({"LANG": "de_AT.UTF-8", "LC_MESSAGES": "ja_JP"}, "ja"),
        ({"LANG": "de_AT.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de", "LC_ALL": ""}, "de"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "../../etc"}, "en"),
    ],
)
def test_the_language_of_a_locale_is_chosen(variables: dict[str, str], code: str) -> None:
    assert of_locale(variables) == code


def test_a_language_that_is_not_known_is_english() -> None:
    assert load("../de") is ENGLISH
    assert load("en").say("{count} x", count=1) == "1 x"


@pytest.mark.parametrize("code", NAMES)
def test_results_of_every_kind_can_be_told(code: str) -> None:
    spoken = load(code)
    files = [build.signed(), hostile(), *(_fixture(name) for name in ("unsigned", "altered-claim"))]
    for data in files:
        for trust in (build.TRUST, ad.TrustConfig.none()):
            report = ad.verify(data, trust=trust, at=RUN.time)
            text = article(report, spoken)
            assert not re.search(r"\{\w+\}", text)
            assert "<script" not in text


@pytest.mark.parametrize("code", CODES)
def test_rules_and_reasons_are_told(code: str) -> None:
    """No sentence of ours is left in English; only where a law is written is."""
    spoken = load(code)
    report = ad.verify(_fixture("generated"), trust=ad.TrustConfig.none())
    found = [
        finding
        for name in PROFILES
        for inputs in ({}, {"ai": "no", "role": "distributor"}, {"deepfake": "yes", "ai": "yes"})
        for finding in plan((name,), as_of=date(2026, 9, 1), inputs=inputs).judge(report)
    ]
    assert len(found) > 250
    for each in found:
        told = spoken.tell(each.said)
        assert not re.search(r"\{\w+\}", told)
        is_sentence = " " in re.sub(r"{\w+}|^ | $", "", each.said.text).strip()
        assert told != each.reason or not is_sentence, each.reason
        assert spoken.say(each.rule.title) != each.rule.title
        assert spoken.say(each.rule.fix) != each.rule.fix


class _Marked(Language):
    """A language in which every message is known by its brackets."""

    def say(self, message: str, **values: object) -> str:
        text = message.format(**values) if values else message
        return f"⟦{text}⟧"


class _Texts(HTMLParser):
    """The texts of a page that are in its language, as far as no message says them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.depth = 0
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        for name in ("alt", "title", "aria-label"):
            self.handle_data(told.get(name) or "")
        if tag not in ("br", "img", "wbr"):
            is_other = tag in ("style", "script") or told.get("lang") == "en"
            self.open.append((tag, is_other))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if any(is_other for _, is_other in self.open):
            return
        outside = ""
        for letter in data:
            self.depth += {"⟦": 1, "⟧": -1}.get(letter, 0)
            outside += letter if self.depth == 0 else " "
        self.found.update(each for each in outside.split("⟧") if re.search(r"[A-Za-z]{2}", each))


#: Words of specifications, for experts, and of no language.
_TERMS = re.compile(
    r"SHA-256|[a-z]+/[a-z0-9.+-]+|(C2PA|CAWG) [0-9.]+( §[0-9A-Z.]+)?"
    r"|.*\d{4}-\d\d-\d\d.*|[A-Za-z0-9_.-]+|self#jumbf=.*"
)


@pytest.mark.parametrize(
    "name", ["generated", "altered-claim", "unsigned", "partial", "hostile", "marked"]
)
def test_nothing_but_data_is_said_without_a_message(name: str) -> None:
    data = hostile() if name == "hostile" else _sample(name)
    for trust in (build.TRUST, ad.TrustConfig.none()):
        report = ad.verify(data, trust=trust, at=RUN.time)
        known = json.dumps(report.as_dict(), ensure_ascii=False)
        chain = report.signature.chain if report.signature else ()
        issuers = " ".join(certificates.load(each).issuer_name for each in chain)
        page = article(report, _Marked("xx"))
        for text in _Texts(page).found:
            for part in re.split(r" \(|\)| · ", text.strip(" ·(),“”:…")):
                is_data = json.dumps(part, ensure_ascii=False)[1:-1] in known or part in issuers
                assert is_data or _TERMS.fullmatch(part) or "pwned" in part, text


def _marked() -> bytes:
    """A picture whose metadata says that a camera took it, by another program."""
    camera = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    packet = packet_with(DigitalSourceType=camera, AISystemUsed="Other")
    return with_packet(samples.jpeg(), packet)


def _sample(name: str) -> bytes:
    if name == "partial":
        return build.signed() + b"what nobody signed"
    if name == "marked":
        out = io.BytesIO()
        made = ad.Disclosure(ai="generated", model="SDXL")
        signer = ad.Signer.test()
        ad.sign(_marked(), out, disclosure=made, signer=signer, xmp=False)
        return out.getvalue()
    return _fixture(name)


def test_a_message_keeps_its_values() -> None:
    """Also where a value has the form of a place, and in another process."""
    message = Message("{a} or {b}", a="{b}", b=Message("{c}!", c=1))
    assert str(message) == "{b} or 1!"
    assert str(pickle.loads(pickle.dumps(message))) == str(message)
    assert str(Message("{of a file}")) == "{of a file}"
    assert ENGLISH.tell(Message("{of a file}")) == "{of a file}"
    assert len({message, Message("{b} or 1!"), Message("x")}) == 2


def _fixture(name: str) -> bytes:
    return (PACKAGE.parent / "fixtures" / f"{name}.jpg").read_bytes()


def test_an_answer_is_in_its_language() -> None:
    report = ad.verify(_fixture("generated"), trust=ad.TrustConfig.none())
    text = article(report, load("de"))
    assert "Wurde KI verwendet?" in text
    assert "von KI erzeugt" in text
    text = article(report, ENGLISH)
    assert "Was AI used?" in text
    assert "generated by AI" in text
    assert "Fixture 1.0" in text
