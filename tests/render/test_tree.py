"""`inspect` as text and as a document: everything is there, nothing runs away."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import cbor2
import pytest

import aidisclose as ad
from aidisclose.codec import jumbf
from aidisclose.manifest import store
from aidisclose.manifest.source_type import SOURCE_TYPES
from aidisclose.render import contents, tree
from aidisclose.render.data import DEPTH, Converter
from aidisclose.render.renderer import Result, Run
from aidisclose.render.tree import Line, Part
from aidisclose.validate.report import Report, summarize, unusable
from aidisclose.validate.validator import validate
from tests.issuing import Issued
from tests.render import media

RUN = Run(datetime.now(UTC))
SIGNER = "Signer, for testing, trusted by nobody else (aidisclose test credentials)"


def shown(report: Report) -> list[str]:
    return tree.render(Result("a.png", report), RUN).splitlines()


@pytest.fixture(scope="module")
def edited(issued: Issued) -> bytes:
    """Generated, then edited by somebody else."""
    first = media.sign(
        media.picture(), issued("es256"), ad.Disclosure(ai="generated", model="SDXL"), title="first"
    )
    return media.sign(
        first,
        issued("ed25519"),
        ad.Disclosure(
            ai="edited", model="Inpainter", model_id="pkg:x", oversight="human_validated"
        ),
        title="second",
    )


def test_draw() -> None:
    root = Line("a", (Line("b", (Line("c"),)), Line("d", (Line("e"), Line("f")))))
    assert list(tree.draw(root)) == ["a", "├─ b", "│  └─ c", "└─ d", "   ├─ e", "   └─ f"]


def test_everything_is_in_the_tree(issued: Issued, edited: bytes) -> None:
    lines = shown(media.verify(edited, issued("ed25519"), "anchors.pem"))
    assert lines[0] == "a.png  image/png"
    assert lines[1:5] == [
        "  state       trusted (test signer)",
        "  integrity   intact: this is what was signed",
        f"  trust       signed by {SIGNER} · anchor: anchors.pem",
        "  disclosure  declared AI-generated, model Inpainter",
    ]
    text = "\n".join(lines)
    for part in (
        "├─ title: second\n",
        "made with: aidisclose",
        "algorithm: ed25519",
        "anchor: anchors.pem",
        "time stamp: none",
        "c2pa.opened",
        f"c2pa.edited · {SOURCE_TYPES['compositeWithTrainedAlgorithmicMedia'].term}: edited or ",
        "with Inpainter",
        'parentOf: "first" (image/png)',
        "   ├─ title: first\n",
        "anchor: none",
        "c2pa.created · trainedAlgorithmicMedia: made by generative AI · with SDXL",
        "c2pa.hash.data (",
        "signingCredential.untrusted: ",
        "passed\n",
        "├─ signingCredential.trusted: a trust list confirms the name of the signer\n",
        "├─ claimSignature.validated: the signature matches what was signed\n",
        "\nmissing\n  timestamp      no trusted time stamp",
        "\nwhat this does not mean\n",
    ):
        assert part in text


def test_nothing_missing_is_said(issued: Issued, edited: bytes) -> None:
    report = media.verify(edited, issued("ed25519"))
    lines = shown(dataclasses.replace(report, missing=()))
    assert lines[lines.index("missing") + 1] == "  nothing"


def test_a_store_that_cannot_be_read_says_why() -> None:
    lines = shown(unusable("image/png", RUN.time, ["two stores"]))
    assert "  general.error: two stores" in lines


def test_what_was_altered_is_marked(issued: Issued, edited: bytes) -> None:
    text = "\n".join(shown(media.verify(media.flip(edited), issued("ed25519"))))
    assert "├─ failures\n│  └─ assertion.dataHash.mismatch" in text


def test_ingredients_are_shown_to_a_depth(issued: Issued) -> None:
    data = media.picture()
    for _ in range(tree.DEPTH + 3):
        data = media.sign(data, issued("ed25519"), ad.Disclosure(ai="edited"))
    text = "\n".join(shown(media.verify(data)))
    assert text.count("made with:") == tree.DEPTH + 1
    assert "(nested too deeply to be shown)" in text
    assert "not reached from there: 1 manifest" in text


def hostile_store(*assertions: bytes) -> store.Store:
    """A store whose claim cannot be read, with these assertions."""
    boxes = jumbf.superbox(store.ASSERTION_STORE, "c2pa.assertions", list(assertions))
    manifest = jumbf.superbox(store.ManifestKind.STANDARD.value, "urn:c2pa:\x1b[31m\u202e", [boxes])
    return store.parse(jumbf.superbox(store.STORE, "c2pa", [manifest]))


def cbor_box(label: str, value: object) -> bytes:
    return jumbf.superbox(store.CBOR, label, [jumbf.box(b"cbor", cbor2.dumps(value))])


def json_box(label: str, text: bytes) -> bytes:
    return jumbf.superbox(store.JSON, label, [jumbf.box(b"json", text)])


HOSTILE = "\x1b]0;x\x07\u202e\n"


def report_on(parsed: store.Store) -> Report:
    trust = ad.TrustConfig.none()
    found = validate(parsed, asset=None, trust=trust, at=RUN.time, online=False)
    declared = ad.Report(media_type="", time=RUN.time, state=ad.State.NONE).disclosure
    return summarize("image/png", RUN.time, parsed, found, declared, trust=trust)


def hostile_report() -> Report:
    action = {"action": HOSTILE, "softwareAgent": HOSTILE, "digitalSourceType": HOSTILE}
    fields = {"relationship": "parentOf", "dc:title": HOSTILE, "dc:format": HOSTILE}
    return report_on(
        hostile_store(
            cbor_box("c2pa.actions.v2", {"actions": [action]}),
            cbor_box("c2pa.ingredient.v3", fields),
            cbor_box(f"org.{HOSTILE}", {HOSTILE: HOSTILE}),
        )
    )


def test_hostile_text_never_reaches_the_terminal() -> None:
    lines = tree.render(Result(HOSTILE, hostile_report()), RUN).split("\n")
    assert len(lines) > 10
    assert all(line.isprintable() for line in lines)


def test_long_lists_are_cut() -> None:
    boxes = [cbor_box(f"org.example__{number}", {}) for number in range(1, 500)]
    lines = shown(report_on(hostile_store(*boxes)))
    assert sum("org.example" in line for line in lines) < 2 * tree._SHOWN + 10
    assert any(line.endswith("└─ and 449 more") for line in lines)


def test_the_document_has_every_manifest(issued: Issued, edited: bytes) -> None:
    report = media.verify(edited, issued("ed25519"))
    found = json.loads(contents.render(Result("a.png", report), RUN))
    assert found["result"]["state"] == "trusted"
    assert [each["active"] for each in found["manifests"]] == [False, True]
    active = found["manifests"][1]
    assert active["claim"]["fields"]["dc:title"] == "second"
    assert active["signature"]["algorithm"] == "ed25519"
    assert len(active["signature"]["certificates"]) == 2
    labels = {each["label"]: each["data"] for each in active["assertions"]}
    assert labels["c2pa.ai-disclosure"]["modelName"] == "Inpainter"
    assert set(labels["c2pa.hash.data"]["hash"]) == {"base64"}
    assert active["statuses"]["failure"] == []


def test_the_document_of_a_hostile_store_is_ascii() -> None:
    text = contents.render(Result(HOSTILE, hostile_report()), RUN)
    assert text.isascii()
    found = json.loads(text)
    assert found["manifests"][0]["claim"] == {"error": "the manifest has no claim"}
    assert found["manifests"][0]["assertions"][2]["data"] == {HOSTILE: HOSTILE}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({1: b"\0", b"x": None}, {"1": {"base64": "AA=="}, "b'x'": None}),
        ([float("nan"), float("-inf"), 1.5, True], ["nan", "-inf", 1.5, True]),
        (cbor2.CBORTag(1, 5), {"tag": 1, "value": 5}),
        (
            store.EmbeddedFile("image/png", "../../etc/passwd", b"abc"),
            {"media_type": "image/png", "name": "../../etc/passwd", "size": 3},
        ),
    ],
)
def test_what_json_does_not_know_is_spelled_out(value: object, expected: object) -> None:
    assert Converter().convert(value) == expected


def test_deeply_nested_json_ends() -> None:
    deep = b"[" * 900 + b"]" * 900
    report = report_on(hostile_store(json_box("org.deep", deep)))
    found = json.loads(contents.render(Result("a", report), RUN))
    data = found["manifests"][0]["assertions"][0]["data"]
    levels = 0
    while isinstance(data, list):
        data, levels = data[0], levels + 1
    assert (data, levels) == ("…", DEPTH + 1)


def test_a_folded_manifest_keeps_signer_and_failures() -> None:
    def manifest(name: str, *below: Line) -> Line:
        signer = Line("signer", (Line("algorithm"),), Part.SIGNER)
        failures = Line("failures", (Line("mismatch"),), Part.FAILURES)
        ingredients = Line("ingredients", below)
        return Line(name, (signer, ingredients, failures, Line("passed")), Part.MANIFEST)

    root = manifest("a", manifest("b", manifest("c", manifest("d"))))
    assert list(tree.draw(tree.fold(root, 0))) == [
        "a",
        "├─ signer",
        "│  └─ algorithm",
        "├─ ingredients",
        "│  └─ b",
        "│     ├─ signer",
        "│     ├─ failures",
        "│     │  └─ mismatch",
        "│     └─ folded, and 2 manifests below it; --depth shows more",
        "├─ failures",
        "│  └─ mismatch",
        "└─ passed",
    ]
    assert tree.fold(root, None) == tree.fold(root, 3) == root
