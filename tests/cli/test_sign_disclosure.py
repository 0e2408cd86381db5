"""What `aidisclose sign` can declare, beyond the kind of AI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

import aidisclose as ad
from aidisclose.cli.exits import Exit
from aidisclose.manifest.label import DISCLOSURE as LABEL
from tests.cli.running import Run

TEMPLATE = """
model = "SDXL"
model-version = "1.0"
policy-url = "https://example.org/policy"
training = "prohibited"

[consent]
status = "not-applicable"
"""


def report(path: Path) -> ad.Report:
    return ad.verify(path, trust=ad.TrustConfig.none())


def record(path: Path) -> dict[Any, Any]:
    store = report(path).store
    assert store is not None
    (found,) = store.active.named(LABEL)
    return dict(found.fields)


def test_a_template_fills_what_options_leave_open(aidisclose: Run, work: Path) -> None:
    (work / "ai.toml").write_text(TEMPLATE)
    done = aidisclose(
        "sign", "picture.png", "--ai", "generated", "--disclosure", "ai.toml", "--model", "X"
    )
    assert (done.code, done.err.count("\n")) == (0, 1)
    signed = work / "picture.signed.png"
    assert report(signed).disclosure.model.name == "X"
    assert record(signed)["consent"] == {"status": "not-applicable"}


def test_a_template_may_be_json_and_say_the_kind(aidisclose: Run, work: Path) -> None:
    (work / "ai.json").write_text(json.dumps({"ai": "composite", "purpose": "art"}))
    assert aidisclose("sign", "picture.png", "--disclosure", "ai.json").code == 0
    assert record(work / "picture.signed.png")["purpose"] == "art"


def test_a_project_names_its_template(aidisclose: Run, work: Path) -> None:
    (work / "ai.toml").write_text(TEMPLATE)
    (work / "aidisclose.toml").write_text('[sign]\ndisclosure = "ai.toml"\n')
    assert aidisclose("sign", "picture.png", "--ai", "generated").code == 0
    assert record(work / "picture.signed.png")["policy_url"] == "https://example.org/policy"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modell = 1", "unknown field 'modell'; did you mean model or model_id or model_type?"),
        ("[consent]\nstatus = 'x'", "unknown consent.status"),
        ("model = ", "ai.toml:"),
    ],
)
def test_a_wrong_template_is_one_line_that_names_the_field(
    aidisclose: Run, work: Path, text: str, message: str
) -> None:
    (work / "ai.toml").write_text(text)
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--disclosure", "ai.toml")
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (work / "picture.signed.png").exists()


def test_a_prompt_is_written_only_if_it_is_given(aidisclose: Run, work: Path) -> None:
    (work / "prompt.txt").write_text("a cat, Zoë\n")
    aidisclose("sign", "picture.png", "--ai", "generated", "-o", "without.png")
    assert b"AIPrompt" not in (work / "without.png").read_bytes()
    aidisclose(
        "sign", "picture.png", "--ai", "generated", "--prompt", "@prompt.txt", "-o", "with.png"
    )
    assert report(work / "with.png").marks.xmp["Iptc4xmpExt:AIPromptInformation"] == ("a cat, Zoë",)


def test_xmp_can_be_left_out(aidisclose: Run, work: Path) -> None:
    aidisclose("sign", "picture.png", "--ai", "generated", "--no-xmp")
    assert report(work / "picture.signed.png").disclosure.carriers == ("c2pa",)


def test_a_label_for_china_is_written_if_asked_for(aidisclose: Run, work: Path) -> None:
    arguments = ("sign", "picture.png", "--ai", "generated", "--aigc-producer", "ACME")
    done = aidisclose(*arguments)
    assert done.code == 2
    assert "--aigc-producer needs --aigc-id" in done.err
    assert aidisclose(*arguments, "--aigc-id", "7").code == 0
    (label,) = report(work / "picture.signed.png").marks.labels
    assert label.fields is not None
    assert (label.place, label.fields["ProduceID"]) == ("XMP", "7")


def test_a_platform_completes_the_label_that_is_there(aidisclose: Run, work: Path) -> None:
    label = ("--aigc-producer", "ACME", "--aigc-id", "7")
    assert aidisclose("sign", "picture.png", "--ai", "generated", *label, "-o", "a.png").code == 0
    platform = ("--aigc-propagator", "TheNet", "--aigc-propagate-id", "99")
    action = ("--ai", "none", "--action", "c2pa.published")
    done = aidisclose("sign", "a.png", *action, *platform, "-o", "b.png")
    assert done.code == 0, done.err
    (found,) = report(work / "b.png").marks.labels
    assert found.fields == {
        "Label": "1",
        "ContentProducer": "ACME",
        "ProduceID": "7",
        "ReservedCode1": "",
        "ContentPropagator": "TheNet",
        "PropagateID": "99",
        "ReservedCode2": "",
    }
    assert aidisclose("diff", "a.png", "b.png").code == 0, "what the producer wrote is kept"
    again = ("--aigc-propagator", "Other", "--aigc-propagate-id", "1")
    done = aidisclose("sign", "b.png", *action, *again, "-o", "c.png")
    assert "named the platform 'TheNet' before" in done.err
    gate = ("--policy", "cn-gb45438", "--input", "role=distributor", "--select", "CN-009")
    assert aidisclose("check", "b.png", *gate, "--strict").code == 0
    assert "CN-009" in (done := aidisclose("check", "a.png", *gate, "--strict")).out
    assert done.code == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--aigc-propagator", "TheNet"), "--aigc-propagator needs --aigc-propagate-id"),
        (("--aigc-propagate-id", "1"), "--aigc-propagate-id needs --aigc-propagator"),
        (("--aigc-propagator", "The Net", "--aigc-propagate-id", "1"), "printable ASCII"),
        (("--aigc-propagator", "TheNet", "--aigc-propagate-id", "1"), "no AIGC label"),
        (
            ("--aigc-producer", "A", "--aigc-id", "7", "--aigc-propagator", "TheNet"),
            "--aigc-propagator needs",
        ),
    ],
)
def test_a_platform_needs_name_number_and_a_label(
    aidisclose: Run, work: Path, options: tuple[str, ...], message: str
) -> None:
    done = aidisclose("sign", "picture.png", "--ai", "generated", *options)
    assert done.code in (1, 2)
    assert message in done.err
    assert not (work / "picture.signed.png").exists()


def generated(path: Path, **texts: str) -> None:
    info = PngImagePlugin.PngInfo()
    for name, value in texts.items():
        info.add_text(name, value)
    Image.new("RGB", (16, 16)).save(path, pnginfo=info)


def test_the_model_is_taken_from_the_file_if_asked_for(aidisclose: Run, work: Path) -> None:
    generated(work / "a.png", parameters="a secret\nSteps: 20, Model hash: 31e35c, Model: sd_xl")
    generated(work / "b.png", parameters="a secret\nSteps: 20, Model: other")
    done = aidisclose("sign", "a.png", "b.png", "--ai", "generated", "--from-metadata")
    assert done.code == 0
    models = [report(work / f"{name}.signed.png").disclosure.model for name in "ab"]
    assert [(model.name, model.version) for model in models] == [
        ("sd_xl", "31e35c"),
        ("other", None),
    ]
    store = report(work / "a.signed.png").store
    assert store is not None
    assert b"a secret" not in bytes(store.active.box.whole)


def test_a_file_that_names_no_model_is_refused(aidisclose: Run) -> None:
    done = aidisclose("sign", "picture.png", "--ai", "generated", "--from-metadata")
    assert done.code != 0
    assert "names no model; name it with --model" in done.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a." * 40_000 + "a = 1", "a key of more than 32 parts"),
        ("a = " + "[" * 20_000, "nested too deeply"),
    ],
)
def test_a_template_that_costs_much_is_refused(
    aidisclose: Run, work: Path, content: str, reason: str
) -> None:
    (work / "t.toml").write_text(content)
    done = aidisclose("sign", "picture.png", "--disclosure", "t.toml")
    assert done.code == Exit.USAGE
    assert done.err.startswith("aidisclose: t.toml: ")
    assert reason in done.err


TAM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
STATED = """
ai = "generated"
role = "creator"
techniques = ["represent-entity"]
policy-url = "https://example.com/policy"
training-data-url = "https://example.com/data"
bias-url = "https://example.com/bias"
uncertainty = "share of AI edits unknown"
[consent]
status = "obtained"
subjects = "2 actors"
[harm-review]
done = true
by-role = "editor"
[[direct]]
type = "label"
text = "AI GENERATED\u202e"
lang = "en"
"""


def test_what_is_recorded_is_shown(aidisclose: Run, work: Path) -> None:
    (work / "stated.toml").write_text(STATED, encoding="utf-8")
    done = aidisclose("sign", "picture.png", "--disclosure", "stated.toml", "-o", "a.png")
    assert done.code == 0, done.err
    tree = aidisclose("inspect", "a.png").out
    page = aidisclose("inspect", "a.png", "--format", "html").out
    for text in (
        "consent: status obtained, subjects 2 actors",
        "techniques: represent-entity",
        "harm review: done yes, by_role editor",
        "https://example.com/policy",
        "https://example.com/data",
        "https://example.com/bias",
        "uncertainty: share of AI edits unknown",
    ):
        assert text in tree
        assert text in page
    assert "record      direct: type label" in tree
    assert "\u202e" not in tree + page
    assert "passed on from elsewhere" not in tree
    found = aidisclose("verify", "a.png", "--format", "json").json["results"][0]["disclosure"]
    assert found["record"]["consent"] == {"status": "obtained", "subjects": "2 actors"}
    assert found["record"]["direct"][0]["lang"] == "en"


def test_what_an_altered_file_records_is_not_shown(aidisclose: Run, work: Path) -> None:
    (work / "stated.toml").write_text(STATED, encoding="utf-8")
    aidisclose("sign", "picture.png", "--disclosure", "stated.toml", "-o", "a.png")
    data = bytearray((work / "a.png").read_bytes())
    data[-20] ^= 1
    (work / "a.png").write_bytes(data)
    found = aidisclose("verify", "a.png", "--format", "json").json["results"][0]["disclosure"]
    assert found["record"] == {}
    assert "2 actors" not in aidisclose("inspect", "a.png").out.partition("active manifest")[0]


def hostile(depth: int) -> object:
    return {"x": hostile(depth - 1)} if depth else float("inf")


def test_a_hostile_record_is_bounded(aidisclose: Run, work: Path) -> None:
    data = {
        "direct": ["\x1b[31m" * 1000] * 1000,
        "consent": hostile(50),
        "n": 2**70,
        **{f"field {number}": [[1] * 200] * 50 for number in range(40)},
    }
    manifest = {
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": TAM}]},
            },
            {"label": LABEL, "data": data},
        ]
    }
    (work / "m.json").write_text(json.dumps(manifest).replace("Infinity", "1e308"))
    done = aidisclose("sign", "picture.png", "--manifest", "m.json", "-o", "a.png")
    assert done.code == 0, done.err
    tree = aidisclose("inspect", "a.png").out
    assert "\x1b" not in tree
    lines = [line for line in tree.splitlines() if line.startswith("  record")]
    assert 0 < len(lines) < 60
    assert max(map(len, lines)) < 450
    found = aidisclose("verify", "a.png", "--format", "json").json["results"][0]["disclosure"]
    assert found["record"]["n"] is None
