"""The Python of the documents runs: docs/python.md block by block, and the notebook made of it."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad
from docs import notebook
from tests.issuing import Issued
from tests.render import media

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIDISCLOSE_HOME", str(tmp_path / "home"))


def run(sources: list[str]) -> list[object]:
    """Run cells as a notebook does; returns the value of the last expression of each."""
    space: dict[str, Any] = {}
    values: list[object] = []
    for source in sources:
        *body, last = ast.parse(source).body
        shown = ast.Expression(last.value) if isinstance(last, ast.Expr) else None
        if shown is None:
            body.append(last)
        exec(compile(ast.Module(body, []), "cell", "exec"), space)
        values.append(eval(compile(shown, "cell", "eval"), space) if shown else None)
    return values


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = [text for kind, text in notebook.cells(PAGE) if kind == "code"]
    assert len(blocks) >= 8
    values = run(blocks)
    (report,) = (each for each in values if isinstance(each, ad.Report))
    assert report._repr_html_().startswith("<table>")
    assert "valid - the file is what was signed" in capsys.readouterr().out


def test_the_notebook_is_the_page_and_runs() -> None:
    text = (ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8")
    assert text == notebook.notebook(PAGE), "run `make docs`"
    document = json.loads(text)
    run(["".join(each["source"]) for each in document["cells"] if each["cell_type"] == "code"])


# What a notebook shows.


def test_reprs_are_short(issued: Issued) -> None:
    made = issued("es256")
    data = media.sign(media.picture(), made, ad.Disclosure(ai="generated", model="SDXL"))
    report = media.verify(data, made)
    parts = (report, report.signature, report.believed, report.validation)
    assert report.signature is not None
    for each in (*parts, report.signature.signer, ad.TrustConfig.none()):
        assert len(repr(each)) < 300, type(each)
    assert repr(report.signature.signer).startswith("<Certificate 'Signer, for testing")


def test_the_table_of_a_report(issued: Issued) -> None:
    made = issued("es256")
    data = media.sign(media.picture(), made, ad.Disclosure(ai="generated", model="SDXL"))
    table = media.verify(data, made)._repr_html_()
    for text in (">trusted<", "an anchor of user vouches for the signer", "SDXL", "generated"):
        assert text in table
    table = media.verify(data)._repr_html_()
    assert "you have no trust list" in table
    assert "whom nobody vouches for" in table
    assert "no Content Credentials" in media.verify(media.picture())._repr_html_()


def test_text_of_a_file_cannot_be_markup(issued: Issued) -> None:
    made = issued("es256")
    hostile = "<script>alert(1)</script>\u202e&\x1b[31m" + "x" * 5_000
    data = media.sign(media.picture(), made, ad.Disclosure(ai="generated", model=hostile))
    table = media.verify(data, made)._repr_html_()
    assert "<script" not in table
    assert "&lt;script&gt;" in table
    assert table.isprintable()
    assert len(table) < 5_000


# Choices are checked at the door.

#: Type checkers find these, too.
api: Any = ad

SENTENCES = [
    (
        lambda signer: api.sign(b"", signer=signer, disclosure="generated"),
        "an aidisclose.Disclosure",
    ),
    (
        lambda _: api.sign(b"", "x.png", signer=None, disclosure=api.Disclosure(ai="generated")),
        "signer is an aidisclose.Signer, such as Signer.from_files",
    ),
    (
        lambda signer: api.sign(
            b"", "x.png", signer=signer, disclosure=api.Disclosure(ai="generated"), trust="root.pem"
        ),
        "trust is an aidisclose.TrustConfig or None",
    ),
    (lambda _: api.verify(b"", trust=None), "trust is an aidisclose.TrustConfig, such as"),
    (lambda _: api.verify(b"", trust="root.pem"), "trust is an aidisclose.TrustConfig, such as"),
    (
        lambda _: api.verify(b"", trust=api.TrustConfig.none(), at="2026-01-01"),
        "at is a datetime with a time zone, not '2026-01-01'",
    ),
    (lambda _: api.TrustConfig.from_pem("root.pem"), r"read it with Path\(…\)\.read_bytes\(\)"),
    (lambda _: api.TrustConfig.from_pem(tsa=Path("root.pem")), "tsa is the content of a PEM file"),
    (lambda _: api.Disclosure(ai=None), "ai is one of 'generated', 'composite'"),
    (lambda _: api.Disclosure(ai="generated", model=3), "model is a text or None, not 3"),
    (lambda _: api.Disclosure(ai="generated", inputs="yes"), "inputs is True or False, not 'yes'"),
    (
        lambda _: api.Disclosure(ai="none", actions="c2pa.cropped"),
        "actions is a tuple, each a text",
    ),
    (lambda _: api.Disclosure(ai="none", actions=(1,)), "actions is a tuple, each a text"),
    (lambda _: api.Disclosure(ai="generated", consent="yes"), "consent is an aidisclose.Consent"),
    (lambda _: api.Consent(status=1), "status is one of 'obtained'"),
    (lambda _: api.Direct(type="label", size="big"), "size is a number or None"),
    (lambda _: api.HarmReview(done="yes"), "done is True or False"),
    (lambda _: api.Watermark(alg=1), "alg is a text or None"),
]


@pytest.mark.parametrize(("call", "sentence"), SENTENCES)
def test_wrong_types_are_refused_in_a_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence) as caught:
        call(ad.Signer.test())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ai": "gen"}, "unknown ai 'gen'"),
        ({"oversight": "some"}, "unknown oversight 'some'"),
        ({"training": "yes"}, "unknown training 'yes'"),
        ({"role": "boss"}, "unknown role 'boss'"),
        ({"material": "perhaps"}, "unknown material"),
        ({"purpose": "fun"}, "unknown purpose 'fun'"),
        ({"techniques": ("magic",)}, "unknown techniques 'magic'"),
        ({"source_type": "trainedAlgorithmicMedai"}, "did you mean trainedAlgorithmicMedia"),
        ({"source_type": "foo"}, "'foo' is not a digital source type"),
    ],
)
def test_unknown_values_are_refused_in_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ad.UsageError, match=sentence):
        ad.Disclosure(**{"ai": "generated", **fields})


def test_lists_are_taken_for_tuples() -> None:
    made = ad.Disclosure(ai="none", actions=["c2pa.cropped"])  # type: ignore[arg-type]
    assert made.actions == ("c2pa.cropped",)
    assert hash(made) == hash(ad.Disclosure(ai="none", actions=("c2pa.cropped",)))


def test_a_state_is_required_as_one() -> None:
    report = ad.verify(media.picture(), trust=ad.TrustConfig.none(), at=datetime.now(UTC))
    with pytest.raises(TypeError, match=r"an aidisclose\.State such as State\.VALID, not 'valid'"):
        report.require("valid")  # type: ignore[arg-type]
