"""What a disclosure may say: typed, and refused with the field and the rule named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from aidisclose.carriers.aigc import Label
from aidisclose.manifest import training
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.record import Consent, Direct, HarmReview, Watermark
from aidisclose.manifest.spec import Spec

TEMPLATE = """
ai = "generated"
model = "SDXL"
model-version = "1.0"
provider = "ACME"
oversight = "prompt_guided"
training = "constrained"
training-constraint = "ask us"
techniques = ["represent-entity"]
harm-review = { done = true, by-role = "editor", harms = ["fraud"] }

[consent]
status = "obtained"
scope = ["create", "distribute"]

[[direct]]
type = "audible"
text = "Made with AI"
start = 0
end = 2.5

[watermark]
alg = "com.adobe.trustmark.P"
value = "abc"

[aigc]
producer = "ACME"
content-id = "1"
"""


def test_a_template_gives_a_typed_disclosure() -> None:
    assert Disclosure.from_fields(tomllib.loads(TEMPLATE)) == Disclosure(
        ai="generated",
        model="SDXL",
        model_version="1.0",
        provider="ACME",
        oversight="prompt_guided",
        training="constrained",
        training_constraint="ask us",
        techniques=("represent-entity",),
        harm_review=HarmReview(done=True, by_role="editor", harms=("fraud",)),
        consent=Consent(status="obtained", scope=("create", "distribute")),
        direct=(Direct(type="audible", text="Made with AI", start=0, end=2.5),),
        watermark=Watermark(alg="com.adobe.trustmark.P", value="abc"),
        aigc=Label(producer="ACME", content_id="1"),
    )


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": (
        {"modell": "x"},
        "unknown field 'modell'; did you mean model or model_id or model_type?",
    ),
    "unknown nested field": ({"consent": {"stat": "x"}}, r"unknown field 'consent\.stat'"),
    "missing nested field": ({"consent": {}}, r"consent\.status is missing"),
    "item of a list": ({"direct": [{"type": "sign"}]}, "unknown direct.type"),
    "type of a list": ({"direct": {"type": "label"}}, "direct is a list of tables"),
    "field of an item": (
        {"direct": [{"type": "label", "n": 1}]},
        r"unknown field 'direct\[0\]\.n'",
    ),
    "text": ({"model": 5}, "model is a text, not 5"),
    "empty text": ({"model": ""}, "model is a text"),
    "list of texts": ({"techniques": "x"}, "techniques is a list of texts"),
    "flag": ({"inputs": "yes"}, "inputs is true or false"),
    "number": ({"direct": [{"type": "label", "start": True}]}, r"direct\[0\]\.start is a number"),
    "range": ({"direct": [{"type": "audible", "end": 1.0}]}, "direct.end needs"),
    "infinity": (
        {"direct": [{"type": "audible", "start": float("inf")}]},
        "direct.start is a time",
    ),
    "oversight": ({"oversight": "none"}, "unknown oversight"),
    "training": ({"training": "never"}, "unknown training"),
    "constraint": ({"training": "constrained"}, "training_constraint belong together"),
    "role": ({"role": "owner"}, "unknown role"),
    "material": ({"material": "maybe"}, "unknown material"),
    "purpose": ({"purpose": "fun"}, "unknown purpose"),
    "url": ({"policy_url": "example.org"}, "policy_url is a web address"),
    "technique": ({"techniques": ["x"]}, "unknown techniques"),
    "no consent": ({"techniques": ["misattributed-act"]}, "PAI practice 10"),
    "date": ({"harm_review": {"done": True, "date": "soon"}}, "invalid date in harm_review.date"),
    "half a binding": ({"watermark": {"alg": "com.x"}}, "watermark.alg and watermark.value"),
    "a fingerprint": (
        {"watermark": {"alg": "io.iscc.v0", "value": "y"}},
        "io.iscc.v0 is a fingerprint, not a watermark",
    ),
    "half a byte": (
        {"watermark": {"alg": "com.x", "value": "abc", "encoding": "hex"}},
        "invalid watermark.value 'abc': expected hex",
    ),
    "no base64": (
        {"watermark": {"alg": "com.x", "value": "a!", "encoding": "base64"}},
        "invalid watermark.value 'a!': expected base64",
    ),
    "no encoding": (
        {"watermark": {"alg": "com.x", "value": "ab", "encoding": "rot13"}},
        "watermark.encoding",
    ),
    "algorithm": ({"watermark": {"alg": "x", "value": "y"}}, "watermark.alg is a name"),
    "writer without prompt": ({"prompt_writer": "x"}, "prompt_writer needs a prompt"),
    "deprecated action": ({"actions": ["c2pa.copied"]}, "cannot be a further action"),
    "action that needs data": ({"actions": ["c2pa.placed"]}, "cannot be a further action"),
    "prompt without AI": ({"ai": "none", "prompt": "x"}, "although ai is none: prompt"),
    "label without AI": (
        {"ai": "none", "aigc": {"producer": "A", "content_id": "1"}},
        "although ai is none: aigc",
    ),
    "retired term": ({"source_type": "digitalArt"}, "retired; use digitalCreation"),
    "term without AI": ({"source_type": "digitalCapture"}, "says that no AI was used"),
    "not a table": ({"consent": "obtained"}, "consent is a table of fields"),
    "label": (
        {"aigc": {"producer": "A B", "content_id": "1"}},
        r"aigc\.producer may hold printable",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_permitted_is_refused(name: str) -> None:
    fields, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        Disclosure.from_fields({"ai": "generated"} | fields)


@pytest.mark.parametrize("action", ["c2pa.mastered", "c2pa.resized.proportional"])
def test_an_action_is_refused_for_versions_that_lack_it(action: str) -> None:
    disclosure = Disclosure(ai="edited", actions=(action,))
    disclosure.check_spec(Spec.V2_4)
    with pytest.raises(ValueError, match="exists since C2PA 2"):
        disclosure.check_spec(Spec.V2_2)


@pytest.mark.parametrize("policy", training.POLICIES)
def test_both_vocabularies_say_the_same(policy: str) -> None:
    entries = training.write(policy, None)["entries"]
    assert isinstance(entries, dict)
    uses = {name: entry["use"] for name, entry in entries.items()}
    term = training.plus(policy).rpartition("/")[2]
    if term == "DMI-ALLOWED":
        assert set(uses.values()) == {"allowed"}
    elif term == "DMI-PROHIBITED":
        assert set(uses.values()) == {"notAllowed"}
    elif term == "DMI-PROHIBITED-SEECONSTRAINT":
        assert set(uses.values()) == {"constrained"}
    else:
        assert uses["cawg.ai_generative_training"] == "notAllowed"
        assert (uses["cawg.ai_training"] == "notAllowed") == (term == "DMI-PROHIBITED-AIMLTRAINING")


def test_an_unbound_watermark_is_refused_for_versions_that_lack_it() -> None:
    disclosure = Disclosure(ai="generated", watermark=Watermark())
    disclosure.check_spec(Spec.V2_4)
    with pytest.raises(ValueError, match=r"needs a soft binding before C2PA 2\.3"):
        disclosure.check_spec(Spec.V2_2)


def test_the_documented_template_is_permitted() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "disclosure.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (template,) = [block for block in blocks if block.startswith("ai =")]
    disclosure = Disclosure.from_fields(tomllib.loads(template))
    disclosure.check_spec(Spec.V2_2)
    assert disclosure.material_reason == "the whole scene is synthetic"
